//! The option `privileges`: sites and site groups by id or by name.

use crate::common::options::{OptionError, uuid};
use ansible_binary_module::rules;
use mist_client::Client;
use mist_client::names::{self, Kind};
use mist_tokens::privilege::{self, Privilege};
use mist_tokens::{Error, Refusal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The most privileges of a token (official API document, `org_apitoken_privileges`).
const MOST: usize = 10;

/// One privilege.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[schemars(transform = rules::mutually_exclusive(vec!["site_id", "site"]))]
#[schemars(transform = rules::mutually_exclusive(vec!["sitegroup_id", "sitegroup"]))]
pub struct PrivilegeOptions {
    /// Scope of the privilege. Default: V(site) with a site, V(sitegroup) with a site group, otherwise V(org).
    ///
    /// An empty site or site group (C(null), or a text without a letter) is refused: it never means the whole organization.
    pub scope: Option<Scope>,
    /// Permitted actions.
    pub role: Role,
    /// The site, for O(privileges[].scope=site).
    pub site_id: Option<String>,
    /// Name of the site, in place of O(privileges[].site_id). One request finds all names.
    pub site: Option<String>,
    /// The site group, for O(privileges[].scope=sitegroup).
    pub sitegroup_id: Option<String>,
    /// Name of the site group, in place of O(privileges[].sitegroup_id).
    pub sitegroup: Option<String>,
    /// Views of the dashboard to which the role is limited, for example V(reporting), V(location), V(security) or V(super_observer).
    #[schemars(extend("x-ansible-elements" = "str"))]
    pub views: Option<Vec<String>>,
}

/// Scope of a privilege.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// The whole organization.
    Org,
    /// One site.
    Site,
    /// The sites of one site group.
    Sitegroup,
    /// All sites of the organization.
    Orgsites,
}

impl From<Scope> for privilege::Scope {
    fn from(scope: Scope) -> Self {
        match scope {
            Scope::Org => Self::Org,
            Scope::Site => Self::Site,
            Scope::Sitegroup => Self::Sitegroup,
            Scope::Orgsites => Self::Orgsites,
        }
    }
}

/// Permissions of a privilege.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything; the dashboard's super user.
    Admin,
    /// Read and write; the dashboard's network admin.
    Write,
    /// Read only; the dashboard's observer.
    #[default]
    Read,
    /// Monitor and troubleshoot.
    Helpdesk,
    /// Claim and place devices.
    Installer,
    /// The dashboard's name of V(admin).
    SuperUser,
    /// The dashboard's name of V(write).
    NetworkAdmin,
    /// The dashboard's name of V(read).
    Observer,
}

impl From<Role> for privilege::Role {
    fn from(role: Role) -> Self {
        match role {
            Role::Admin | Role::SuperUser => Self::Admin,
            Role::Write | Role::NetworkAdmin => Self::Write,
            Role::Read | Role::Observer => Self::Read,
            Role::Helpdesk => Self::Helpdesk,
            Role::Installer => Self::Installer,
        }
    }
}

/// A privilege whose names are not looked up yet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeclaredPrivilege {
    pub privilege: Privilege,
    pub site: Option<String>,
    pub sitegroup: Option<String>,
}

/// Reads the option. `is_mentioned` returns true if the task mentions an option such as `privileges[0].site`, even without a value.
pub fn read(
    options: &[PrivilegeOptions],
    is_mentioned: &dyn Fn(&str) -> bool,
) -> Result<Vec<DeclaredPrivilege>, OptionError> {
    let refused = |reason: String| Err(OptionError::new("privileges", reason));
    match options.len() {
        0 => refused("the list is empty. Give 1 to 10, for example {role: read}.".into()),
        count if count > MOST => refused(format!("the list has {count} elements. Give at most {MOST}.")),
        _ => options
            .iter()
            .enumerate()
            .map(|(position, options)| {
                let path = format!("privileges[{position}]");
                let is_mentioned = |option: &str| is_mentioned(&format!("{path}.{option}"));
                one(options, &is_mentioned).map_err(|error| error.within(&path))
            })
            .collect(),
    }
}

fn one(options: &PrivilegeOptions, is_mentioned: &dyn Fn(&str) -> bool) -> Result<DeclaredPrivilege, OptionError> {
    let id = |option: &str, id: &Option<String>| match id.as_deref() {
        Some(id) if id.trim().is_empty() => Err(empty(option)),
        Some(id) => uuid(option, id).map(Some),
        None if is_mentioned(option) => Err(empty(option)),
        None => Ok(None),
    };
    let site_id = id("site_id", &options.site_id)?;
    let sitegroup_id = id("sitegroup_id", &options.sitegroup_id)?;
    for (option, name, id) in [("site", &options.site, &site_id), ("sitegroup", &options.sitegroup, &sitegroup_id)] {
        if name.as_deref().map_or_else(|| is_mentioned(option), |name| name.trim().is_empty()) {
            return Err(empty(option));
        }
        if name.is_some() && id.is_some() {
            return Err(OptionError::mutually_exclusive(option, &format!("{option}_id")));
        }
    }
    let has_site = site_id.is_some() || options.site.is_some();
    let has_sitegroup = sitegroup_id.is_some() || options.sitegroup.is_some();
    let scope = options.scope.unwrap_or(match (has_site, has_sitegroup) {
        (true, _) => Scope::Site,
        (false, true) => Scope::Sitegroup,
        (false, false) => Scope::Org,
    });
    let name = |scope: Scope| privilege::Scope::from(scope).to_string();
    for (option, by_name, given, needed) in [
        ("site", options.site.is_some(), has_site, Scope::Site),
        ("sitegroup", options.sitegroup.is_some(), has_sitegroup, Scope::Sitegroup),
    ] {
        let id = format!("{option}_id");
        if given && scope != needed {
            let reason = format!("requires scope: {}, and scope is {}.", name(needed), name(scope));
            return Err(OptionError::new(if by_name { option } else { &id }, reason));
        }
        if !given && scope == needed {
            return Err(OptionError::new(&id, format!("required with scope: {option}. Set {id} or {option}.")));
        }
    }
    let privilege = Privilege {
        scope: scope.into(),
        role: options.role.into(),
        site_id,
        sitegroup_id,
        views: options.views.clone().filter(|views| !views.is_empty()),
        ..Privilege::default()
    };
    Ok(DeclaredPrivilege { privilege, site: options.site.clone(), sitegroup: options.sitegroup.clone() })
}

fn empty(option: &str) -> OptionError {
    let what = if option.starts_with("sitegroup") { "site group" } else { "site" };
    let reason = format!(
        "set but empty. Check the variable in it. For the whole organization, omit {option} and set scope: org; without \
         the {what}, the privilege would apply there."
    );
    OptionError::new(option, reason)
}

/// The ids of sites and site groups by their names.
#[derive(Clone, Debug, Default)]
pub struct Names {
    sites: BTreeMap<String, String>,
    sitegroups: BTreeMap<String, String>,
}

impl Names {
    /// Looks up all names in these privileges: one listing for each kind of name.
    pub fn look_up<'a>(
        client: &Client,
        org_id: &str,
        privileges: impl IntoIterator<Item = &'a DeclaredPrivilege>,
    ) -> Result<Self, Error> {
        let (mut sites, mut sitegroups) = (BTreeSet::new(), BTreeSet::new());
        for privilege in privileges {
            sites.extend(privilege.site.as_deref());
            sitegroups.extend(privilege.sitegroup.as_deref());
        }
        let ids = |kind, names: &BTreeSet<&str>| {
            names::ids(client, org_id, kind, names).map_err(|error| match error {
                mist_client::Error::NoSuchName { .. } | mist_client::Error::AmbiguousName { .. } => {
                    Error::Refused(Refusal::UnknownPlace(error))
                }
                other => Error::Cloud(other),
            })
        };
        Ok(Self { sites: ids(Kind::Site, &sites)?, sitegroups: ids(Kind::SiteGroup, &sitegroups)? })
    }

    /// The privileges by ids, each once.
    #[must_use]
    pub fn resolve(&self, declared: &[DeclaredPrivilege]) -> Vec<Privilege> {
        let mut list: Vec<Privilege> = Vec::with_capacity(declared.len());
        for DeclaredPrivilege { privilege, site, sitegroup } in declared {
            let mut privilege = privilege.clone();
            if let Some(name) = site {
                privilege.site_id = self.sites.get(name).cloned();
            }
            if let Some(name) = sitegroup {
                privilege.sitegroup_id = self.sitegroups.get(name).cloned();
            }
            if !list.iter().any(|known| known.is_same(&privilege)) {
                list.push(privilege);
            }
        }
        list
    }
}
