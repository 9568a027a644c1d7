//! The privileges that options ask for, with sites and site groups by id or by name.

use crate::ids;
use crate::mist_api_token::options::{PrivilegeOptions, Role, Scope};
use mist_client::Client;
use mist_client::names::{self, Kind};
use mist_tokens::privilege::Privilege;
use std::collections::{BTreeMap, BTreeSet};

/// The most privileges a token can have (official API document, `org_apitoken_privileges`).
const MOST: usize = 10;

/// A privilege that may still lack the id of its site or site group.
#[derive(Clone, Debug, PartialEq)]
pub struct PrivilegeWish {
    privilege: Privilege,
    site: Option<String>,
    sitegroup: Option<String>,
}

/// The ids of names that were looked up.
#[derive(Clone, Debug, Default)]
pub struct Names {
    sites: BTreeMap<String, String>,
    sitegroups: BTreeMap<String, String>,
}

impl Names {
    /// Looks up the names in these wishes, all together: no call without names, one listing for each kind with.
    ///
    /// # Errors
    /// A sentence that names the option and what is close to an unknown name.
    pub fn look_up<'a>(
        client: &Client,
        org_id: &str,
        wishes: impl IntoIterator<Item = &'a PrivilegeWish>,
    ) -> Result<Self, String> {
        let mut sites = BTreeSet::new();
        let mut sitegroups = BTreeSet::new();
        for wish in wishes {
            sites.extend(wish.site.as_deref());
            sitegroups.extend(wish.sitegroup.as_deref());
        }
        let ids =
            |kind, names: &BTreeSet<&str>| names::ids(client, org_id, kind, names).map_err(|error| error.to_string());
        Ok(Self { sites: ids(Kind::Site, &sites)?, sitegroups: ids(Kind::SiteGroup, &sitegroups)? })
    }

    /// The privileges that the wishes come to, each once.
    #[must_use]
    pub fn apply(&self, wishes: &[PrivilegeWish]) -> Vec<Privilege> {
        let mut list: Vec<Privilege> = Vec::new();
        for wish in wishes {
            let mut privilege = wish.privilege.clone();
            if let Some(name) = &wish.site {
                privilege.site_id = self.sites.get(name).cloned();
            }
            if let Some(name) = &wish.sitegroup {
                privilege.sitegroup_id = self.sitegroups.get(name).cloned();
            }
            if !list.iter().any(|known| known.essence() == privilege.essence()) {
                list.push(privilege);
            }
        }
        list
    }
}

/// Reads the option `privileges`.
///
/// # Errors
/// A sentence that names the option and says what to give.
pub fn wishes(options: &[PrivilegeOptions]) -> Result<Vec<PrivilegeWish>, String> {
    match options.len() {
        0 => Err("privileges: the list is empty; give 1 to 10, such as {role: read}".into()),
        count if count > MOST => Err(format!("privileges: there are {count}; give at most {MOST}")),
        _ => options
            .iter()
            .enumerate()
            .map(|(position, options)| wish(options).map_err(|error| format!("privileges[{position}].{error}")))
            .collect(),
    }
}

fn wish(options: &PrivilegeOptions) -> Result<PrivilegeWish, String> {
    let id = |option: &str, id: &Option<String>| id.as_deref().map(|id| ids::uuid(option, id)).transpose();
    let site_id = id("site_id", &options.site_id)?;
    let sitegroup_id = id("sitegroup_id", &options.sitegroup_id)?;
    for (option, name, id) in [("site", &options.site, &site_id), ("sitegroup", &options.sitegroup, &sitegroup_id)] {
        if name.as_deref().is_some_and(|name| name.trim().is_empty()) {
            return Err(format!("{option}: the name is empty"));
        }
        if name.is_some() && id.is_some() {
            return Err(format!("{option}: it excludes {option}_id; give one or the other"));
        }
    }
    let has_site = site_id.is_some() || options.site.is_some();
    let has_sitegroup = sitegroup_id.is_some() || options.sitegroup.is_some();
    let scope = options.scope.unwrap_or(match (has_site, has_sitegroup) {
        (true, _) => Scope::Site,
        (false, true) => Scope::Sitegroup,
        (false, false) => Scope::Org,
    });
    for (option, given, belongs) in [("site", has_site, Scope::Site), ("sitegroup", has_sitegroup, Scope::Sitegroup)] {
        let belongs_to = scope_name(belongs);
        if given && scope != belongs {
            let by_name = if option == "site" { options.site.is_some() } else { options.sitegroup.is_some() };
            let given = if by_name { option.to_owned() } else { format!("{option}_id") };
            return Err(format!("{given}: it goes with scope: {belongs_to}, not with scope: {}", scope_name(scope)));
        }
        if !given && scope == belongs {
            return Err(format!("{option}_id: it is needed with scope: {belongs_to}; give it, or {option} (a name)"));
        }
    }
    let privilege = Privilege {
        scope: scope_name(scope).to_owned(),
        role: role_name(options.role).to_owned(),
        site_id,
        sitegroup_id,
        views: options.views.clone().filter(|views| !views.is_empty()),
        ..Privilege::default()
    };
    Ok(PrivilegeWish { privilege, site: options.site.clone(), sitegroup: options.sitegroup.clone() })
}

fn scope_name(scope: Scope) -> &'static str {
    match scope {
        Scope::Org => "org",
        Scope::Site => "site",
        Scope::Sitegroup => "sitegroup",
        Scope::Orgsites => "orgsites",
    }
}

/// The API's name of a role, the dashboard's names included.
#[must_use]
pub fn role_name(role: Role) -> &'static str {
    match role {
        Role::Admin | Role::SuperUser => "admin",
        Role::Write | Role::NetworkAdmin => "write",
        Role::Read | Role::Observer => "read",
        Role::Helpdesk => "helpdesk",
        Role::Installer => "installer",
    }
}
