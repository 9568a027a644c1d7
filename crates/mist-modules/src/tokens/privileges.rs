//! The option `privileges`, read: with sites and site groups by id or by name.

use super::options::{PrivilegeOptions, Role, Scope};
use crate::common::options;
use mist_tokens::privilege::Privilege;

/// The most privileges a token can have (official API document, `org_apitoken_privileges`).
const MOST: usize = 10;

/// Reads the option. `is_mentioned` tells whether the task has an option at all, even as nothing: `privileges[0].site`.
///
/// # Errors
/// A sentence that names the option and says what to give.
pub fn read(options: &[PrivilegeOptions], is_mentioned: &dyn Fn(&str) -> bool) -> Result<Vec<Privilege>, String> {
    match options.len() {
        0 => Err("privileges: the list is empty; give 1 to 10, such as {role: read}".into()),
        count if count > MOST => Err(format!("privileges: there are {count}; give at most {MOST}")),
        _ => options
            .iter()
            .enumerate()
            .map(|(position, options)| {
                let path = format!("privileges[{position}]");
                let is_mentioned = |option: &str| is_mentioned(&format!("{path}.{option}"));
                one(options, &is_mentioned).map_err(|error| format!("{path}.{error}"))
            })
            .collect(),
    }
}

fn one(options: &PrivilegeOptions, is_mentioned: &dyn Fn(&str) -> bool) -> Result<Privilege, String> {
    let id = |option: &str, id: &Option<String>| match id.as_deref() {
        Some(id) if id.trim().is_empty() => Err(came_to_nothing(option)),
        Some(id) => options::uuid(option, id).map(Some).map_err(String::from),
        None if is_mentioned(option) => Err(came_to_nothing(option)),
        None => Ok(None),
    };
    let site_id = id("site_id", &options.site_id)?;
    let sitegroup_id = id("sitegroup_id", &options.sitegroup_id)?;
    for (option, name, id) in [("site", &options.site, &site_id), ("sitegroup", &options.sitegroup, &sitegroup_id)] {
        let is_nothing = name.as_deref().map_or_else(|| is_mentioned(option), |name| name.trim().is_empty());
        if is_nothing {
            return Err(came_to_nothing(option));
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
    Ok(Privilege {
        scope: scope_name(scope).to_owned(),
        role: role_name(options.role).to_owned(),
        site_id,
        sitegroup_id,
        views: options.views.clone().filter(|views| !views.is_empty()),
        site: options.site.clone(),
        sitegroup: options.sitegroup.clone(),
        ..Privilege::default()
    })
}

fn came_to_nothing(option: &str) -> String {
    format!(
        "{option}: it is given and empty (null, or a variable without a value), which would make the privilege hold in the \
         whole organisation; give the {}, or leave {option} out and set scope: org if the whole organisation is meant",
        if option.starts_with("sitegroup") { "site group" } else { "site" }
    )
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
