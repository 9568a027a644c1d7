//! The rows of the list of administrators, and their privileges.

use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The objects that a privilege is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    Org,
    /// All sites of the organization.
    Orgsites,
    Site(String),
    SiteGroup(String),
}

/// A role in the organization, on one site, or on the sites of one site group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    pub reach: Reach,
    pub role: String,
    pub views: BTreeSet<String>,
}

impl Grant {
    /// True for unrestricted access to the whole organization.
    #[must_use]
    pub fn is_superuser(&self) -> bool {
        self.reach == Reach::Org && self.role == "admin" && self.views.is_empty()
    }

    /// True if this grant certainly allows all that the other one allows.
    pub(super) fn covers(&self, other: &Self) -> bool {
        (self.reach == other.reach || self.reach == Reach::Org)
            && (self.role == other.role || self.role == "admin" || (self.role == "write" && other.role == "read"))
            && (self.views.is_empty() || self.views == other.views)
    }

    /// The grants of a privilege in this organization: one for each site group. None for a privilege of an MSP, of another
    /// organization, or of an unknown scope.
    pub(super) fn all_of(privilege: &Value, org_id: &str) -> Vec<Self> {
        let text = |field: &str| privilege[field].as_str().unwrap_or_default();
        let is_foreign = !text("org_id").is_empty() && !text("org_id").eq_ignore_ascii_case(org_id);
        let reaches = match text("scope") {
            _ if is_foreign => Vec::new(),
            "org" => vec![Reach::Org],
            "orgsites" => vec![Reach::Orgsites],
            "site" => vec![Reach::Site(text("site_id").to_ascii_lowercase())],
            "sitegroup" => {
                let several = privilege["sitegroup_ids"].as_array().into_iter().flatten().filter_map(Value::as_str);
                let ids: BTreeSet<&str> = several.chain(privilege["sitegroup_id"].as_str()).collect();
                ids.into_iter().map(|id| Reach::SiteGroup(id.to_ascii_lowercase())).collect()
            }
            _ => Vec::new(),
        };
        let views: BTreeSet<String> = ["views", "view"]
            .iter()
            .flat_map(|field| match &privilege[*field] {
                Value::Array(views) => views.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
                Value::String(view) if !view.is_empty() => vec![view.clone()],
                _ => Vec::new(),
            })
            .collect();
        let grant = |reach| Self { reach, role: text("role").to_owned(), views: views.clone() };
        reaches.into_iter().map(grant).collect()
    }

    /// The privilege in the form of the API.
    #[must_use]
    pub fn to_privilege(&self, org_id: &str) -> Value {
        let mut privilege = self.shown();
        privilege.insert("org_id".to_owned(), json!(org_id));
        Value::Object(privilege)
    }

    /// The privilege without its organization.
    #[must_use]
    pub fn shown(&self) -> Map<String, Value> {
        let (scope, id) = match &self.reach {
            Reach::Org => ("org", None),
            Reach::Orgsites => ("orgsites", None),
            Reach::Site(id) => ("site", Some(("site_id", json!(id)))),
            Reach::SiteGroup(id) => ("sitegroup", Some(("sitegroup_ids", json!([id])))),
        };
        let mut fields = Map::new();
        fields.insert("scope".to_owned(), json!(scope));
        fields.insert("role".to_owned(), json!(self.role));
        fields.extend(id.map(|(field, id)| (field.to_owned(), id)));
        if !self.views.is_empty() {
            fields.insert("views".to_owned(), json!(self.views));
        }
        fields
    }
}

/// The object behind a row of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowId {
    Admin(String),
    Invite(String),
    /// The row has no ID that can be a part of a path.
    Missing,
}

/// A row of the list: an administrator or an invite.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub id: RowId,
    /// Empty for the token of an organization.
    pub email: String,
    /// `None` if the row has no list of privileges.
    pub privileges: Option<Vec<Value>>,
    /// The end of an invite, in seconds since 1970.
    pub expires: Option<f64>,
}

impl Row {
    /// Reads a row. Fields of an unexpected type count as missing.
    #[must_use]
    pub fn of(row: &Value) -> Self {
        let id = |field: &str| row[field].as_str().filter(|id| mist_client::path::is_segment(id)).map(str::to_owned);
        let invite = id("invite_id").map(RowId::Invite);
        let id = invite.or_else(|| id("admin_id").or_else(|| id("id")).map(RowId::Admin));
        Self {
            id: id.unwrap_or(RowId::Missing),
            email: row["email"].as_str().unwrap_or_default().trim().to_owned(),
            privileges: row["privileges"].as_array().cloned(),
            expires: row["expire_time"].as_f64().filter(|end| *end > 0.0),
        }
    }

    /// The grants in this organization.
    #[must_use]
    pub fn grants(&self, org_id: &str) -> BTreeSet<Grant> {
        self.privileges.iter().flatten().flat_map(|privilege| Grant::all_of(privilege, org_id)).collect()
    }

    /// All privileges with these grants in this organization. Those of others, and unknown fields of kept ones, stay.
    pub(super) fn with_grants(&self, grants: &BTreeSet<Grant>, org_id: &str) -> Vec<Value> {
        let mut missing = grants.clone();
        let mut privileges: Vec<Value> = Vec::new();
        for privilege in self.privileges.iter().flatten() {
            let own = Grant::all_of(privilege, org_id);
            if own.iter().all(|grant| missing.contains(grant)) {
                missing.retain(|grant| !own.contains(grant));
                privileges.push(privilege.clone());
            }
        }
        privileges.extend(missing.iter().map(|grant| grant.to_privilege(org_id)));
        privileges
    }

    pub(super) fn is_expired(&self, now: f64) -> bool {
        self.expires.is_some_and(|end| end <= now)
    }
}

/// The form in which addresses are compared.
#[must_use]
pub fn key(email: &str) -> String {
    email.trim().to_lowercase()
}
