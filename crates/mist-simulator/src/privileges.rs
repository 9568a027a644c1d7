//! The privileges of an organization token, and the requests that they allow.

use crate::cloud::Cloud;
use crate::config::ViewsForm;
use crate::message::{FieldError, Reply};
use serde_json::{Map, Value, json};

const ROLES: [&str; 5] = ["admin", "helpdesk", "installer", "read", "write"];
/// The views of the document, and `org_network_admin`, which was seen.
const VIEWS: [&str; 9] = [
    "lobby_admin",
    "location",
    "marketing",
    "mxedge_admin",
    "org_network_admin",
    "reporting",
    "security",
    "super_observer",
    "switch_admin",
];

/// A token has 1 to this many privileges.
const MOST: usize = 10;

/// The access that a request needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Read the organization, its sites and its objects, except its tokens.
    ReadOrg,
    /// Read and write the organization's tokens.
    ManageTokens,
    /// Read one site and its objects.
    ReadSite,
    /// Write one site and its objects.
    WriteSite,
    /// Write the organization and its objects, except its tokens. Create and delete sites.
    WriteOrg,
}

/// Returns true if one of the privileges allows the access. `site` is the site of the request.
///
/// | role | sites | tokens |
/// | --- | --- | --- |
/// | `admin` | reads and writes | reads and writes in scope `org` |
/// | `write` | reads and writes | |
/// | `read`, `helpdesk`, `installer` | reads | |
///
/// The scope selects the sites. Only `org` and `orgsites` can list them. The document does not define which calls a
/// role allows. This is the narrowest reading of the role names, so that a client that works here works there.
pub(crate) fn allow(privileges: &[Value], access: Access, org_id: &str, site: Option<&Map<String, Value>>) -> bool {
    privileges.iter().any(|privilege| allows(privilege, access, org_id, site))
}

fn allows(privilege: &Value, access: Access, org_id: &str, site: Option<&Map<String, Value>>) -> bool {
    let text = |field: &str| privilege.get(field).and_then(Value::as_str).unwrap_or_default();
    if text("org_id") != org_id {
        return false;
    }
    let (scope, role) = (text("scope"), text("role"));
    let writes = matches!(role, "admin" | "write");
    match access {
        Access::ReadOrg => matches!(scope, "org" | "orgsites"),
        Access::ManageTokens => scope == "org" && role == "admin",
        Access::ReadSite => covers(scope, privilege, site),
        Access::WriteOrg => writes && scope == "org",
        Access::WriteSite => writes && covers(scope, privilege, site),
    }
}

fn covers(scope: &str, privilege: &Value, site: Option<&Map<String, Value>>) -> bool {
    let Some(site) = site else {
        return false;
    };
    match scope {
        "org" | "orgsites" => true,
        "site" => site.get("id") == privilege.get("site_id"),
        "sitegroup" => {
            let groups = site.get("sitegroup_ids").and_then(Value::as_array);
            groups.is_some_and(|groups| groups.iter().any(|group| Some(group) == privilege.get("sitegroup_id")))
        }
        _ => false,
    }
}

/// The refusal, worded as in the OpenAPI document.
pub(crate) fn refusal() -> Reply {
    Reply::detail(403, "You do not have permission to perform this action.")
}

/// Converts the views to the form of this cloud.
pub(crate) fn show_views(form: ViewsForm, privilege: &mut Value) {
    let Some(fields) = privilege.as_object_mut() else {
        return;
    };
    let Some(Value::Array(views)) = fields.get("views").cloned() else {
        return;
    };
    let first = views.first().cloned().unwrap_or_default();
    match form {
        ViewsForm::Views => {}
        ViewsForm::View => {
            fields.shift_remove("views");
            fields.insert("view".to_owned(), first);
        }
        ViewsForm::Both => drop(fields.insert("view".to_owned(), first)),
        ViewsForm::TextInViews => drop(fields.insert("views".to_owned(), first)),
    }
}

/// Validates the privileges of a request and adds the organization.
pub(crate) fn check(cloud: &Cloud, org_id: &str, value: &Value) -> Result<Vec<Value>, FieldError> {
    let wrong = |problem: String| Err(FieldError::new("privileges", problem));
    let Value::Array(items) = value else {
        return wrong("Expected a list of items.".to_owned());
    };
    if items.is_empty() || items.len() > MOST {
        return wrong(format!("Ensure this field has 1 to {MOST} elements."));
    }
    let mut privileges: Vec<Value> = Vec::with_capacity(items.len());
    for item in items {
        match check_one(cloud, org_id, item) {
            Ok(privilege) if privileges.contains(&privilege) => {
                return wrong("Items are not unique.".to_owned());
            }
            Ok(privilege) => privileges.push(privilege),
            Err(problem) => return wrong(problem),
        }
    }
    Ok(privileges)
}

fn check_one(cloud: &Cloud, org_id: &str, item: &Value) -> Result<Value, String> {
    let Value::Object(fields) = item else {
        return Err("Invalid data. Expected a dictionary.".to_owned());
    };
    let text = |field: &str| match fields.get(field) {
        Some(Value::String(text)) => Ok(text.as_str()),
        Some(_) => Err(format!("{field}: Not a valid string.")),
        None => Err(format!("{field}: This field is required.")),
    };
    let choice = |field: &str, text: &str| format!("{field}: \"{text}\" is not a valid choice.");
    let (role, scope) = (text("role")?, text("scope")?);
    if !ROLES.contains(&role) {
        return Err(choice("role", role));
    }
    let mut privilege = Map::new();
    privilege.insert("scope".to_owned(), json!(scope));
    privilege.insert("role".to_owned(), json!(role));
    privilege.insert("org_id".to_owned(), json!(org_id));
    match scope {
        "org" => {}
        "orgsites" if cloud.config.variants.scope_orgsites => {}
        "site" => {
            let id = text("site_id")?;
            if cloud.objects.org_of_site(id) != Some(org_id) {
                return Err(format!("site_id: {id} does not exist."));
            }
            privilege.insert("site_id".to_owned(), json!(id));
        }
        "sitegroup" => {
            let id = text("sitegroup_id")?;
            if cloud.objects.sitegroup(org_id, id).is_none() {
                return Err(format!("sitegroup_id: {id} does not exist."));
            }
            privilege.insert("sitegroup_id".to_owned(), json!(id));
        }
        other => return Err(choice("scope", other)),
    }
    if let Some(views) = fields.get("views") {
        let known = |view: &Value| view.as_str().is_some_and(|view| VIEWS.contains(&view));
        if !views.as_array().is_some_and(|views| views.iter().all(known)) {
            return Err("views: not a list of known views.".to_owned());
        }
        privilege.insert("views".to_owned(), views.clone());
    } else if let Some(view) = fields.get("view") {
        if !view.as_str().is_some_and(|view| VIEWS.contains(&view)) {
            return Err(format!("view: {view} is not a valid choice."));
        }
        privilege.insert("views".to_owned(), json!([view]));
    }
    cloud.config.variants.privilege_fields_lost.iter().for_each(|field| drop(privilege.shift_remove(field)));
    Ok(Value::Object(privilege))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_and_scope_allows_what_it_should_and_no_more() {
        let site = json!({"id": "s1", "sitegroup_ids": ["g1"]});
        let all = [Access::ReadOrg, Access::ManageTokens, Access::ReadSite, Access::WriteSite, Access::WriteOrg];
        // One digit for each of: read organization, manage tokens, read site, write site, write organization.
        let table = [
            ("org", "admin", "11111"),
            ("org", "write", "10111"),
            ("org", "read", "10100"),
            ("org", "helpdesk", "10100"),
            ("org", "installer", "10100"),
            ("orgsites", "admin", "10110"),
            ("orgsites", "read", "10100"),
            ("site", "admin", "00110"),
            ("site", "write", "00110"),
            ("site", "read", "00100"),
            ("sitegroup", "write", "00110"),
            ("sitegroup", "read", "00100"),
        ];
        for (scope, role, expected) in table {
            let privilege = json!({"scope": scope, "role": role, "org_id": "o", "site_id": "s1", "sitegroup_id": "g1"});
            let allowed =
                |org: &str| -> String {
                    all.map(|access| {
                        if allow(std::slice::from_ref(&privilege), access, org, site.as_object()) { '1' } else { '0' }
                    })
                    .iter()
                    .collect()
                };
            assert_eq!(allowed("o"), expected, "{scope} {role}");
            assert_eq!(allowed("other"), "00000", "{scope} {role} in another organization");
        }
    }

    #[test]
    fn a_privilege_for_one_site_or_group_is_not_one_for_another() {
        let other = json!({"id": "s2", "sitegroup_ids": ["g2"]});
        for scope in ["site", "sitegroup"] {
            let privilege =
                json!({"scope": scope, "role": "admin", "org_id": "o", "site_id": "s1", "sitegroup_id": "g1"});
            assert!(!allow(&[privilege], Access::ReadSite, "o", other.as_object()), "{scope}");
        }
    }
}
