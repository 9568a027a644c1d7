//! What a task wants, from its options: checked as far as it can be without asking the cloud.

use crate::options::{
    KeyFileFormat, Options, PrivilegeOptions, Recreate, Role, Scope, State, TokenType,
};
use ansible_binary_module::Task;
use mist_client::key_file::{Format, KeyFile};
use mist_client::privilege::Privilege;
use mist_client::src_ips;
use mist_client::token::Owner;
use mist_module_common::ids;
use secrecy::{ExposeSecret, SecretString};

/// The most privileges, and the most sources, a token can have (official API document).
const MOST: usize = 10;

/// A longer name is taken for a mistake.
const LONGEST_NAME: usize = 255;

/// No whole key is shorter.
const SHORTEST_KEY: usize = 16;

/// What a task wants.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Whose tokens.
    pub owner: Owner,
    /// What shall be.
    pub action: Action,
}

/// What shall be.
#[derive(Clone, Debug)]
pub enum Action {
    /// One token, as wanted.
    Present(Present),
    /// None of these.
    Absent(Selection),
    /// To know of these.
    Info(Selection),
}

/// Which tokens: those that every given part fits.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Of this name.
    pub name: Option<String>,
    /// Of this id.
    pub id: Option<String>,
    /// Of this key.
    pub key: Option<SecretString>,
}

/// The token that shall be there.
#[derive(Clone, Debug)]
pub struct Present {
    /// Its name.
    pub name: String,
    /// The id by which it is found, if not by its name.
    pub id: Option<String>,
    /// What it may do; as it is if none.
    pub privileges: Option<Vec<Privilege>>,
    /// From where it may be used; as it is if none.
    pub src_ips: Option<Vec<String>>,
    /// Whether a new one may take its place.
    pub recreate: Recreate,
    /// Where its key goes.
    pub key_file: Option<KeyFile>,
    /// Whether the result carries its key.
    pub return_key: bool,
}

impl Wanted {
    /// Reads the options.
    ///
    /// # Errors
    /// A sentence that names the option and says what to give.
    pub fn new(options: &Options, task: &Task) -> Result<Self, String> {
        let owner = owner(options, task.given("org_id"))?;
        let selection = selection(options)?;
        let action = match options.state {
            State::Present => Action::Present(present(options, selection, &owner)?),
            State::Absent => Action::Absent(selection),
            State::Info => Action::Info(selection),
        };
        Ok(Self { owner, action })
    }
}

fn owner(options: &Options, org_id_given: bool) -> Result<Owner, String> {
    let token_type = options.token_type.unwrap_or(if org_id_given {
        TokenType::Org
    } else {
        TokenType::User
    });
    match (token_type, options.org_id.as_deref().filter(|id| !id.is_empty())) {
        (TokenType::User, _) => Ok(Owner::User),
        (TokenType::Org, Some(id)) => Ok(Owner::Organisation(ids::uuid("org_id", id)?)),
        (TokenType::Org, None) => Err("org_id: it is needed for token_type: org; set it, or the environment variable MIST_ORG_ID".into()),
    }
}

fn selection(options: &Options) -> Result<Selection, String> {
    if let Some(name) = &options.name {
        check_name(name)?;
    }
    let key = options.key.as_ref().map(|key| key.0.clone());
    if let Some(key) = &key {
        check_key(key.expose_secret(), options.state)?;
    }
    Ok(Selection {
        name: options.name.clone(),
        id: options
            .id
            .as_deref()
            .map(|id| ids::uuid("id", id))
            .transpose()?,
        key,
    })
}

fn check_name(name: &str) -> Result<(), String> {
    let count = name.chars().count();
    if name.trim().is_empty() {
        return Err("name: it is empty; give the token a name that tells what it is for".into());
    }
    if count > LONGEST_NAME {
        return Err(format!(
            "name: it has {count} characters; give at most {LONGEST_NAME}"
        ));
    }
    if name.chars().any(char::is_control) {
        return Err(format!(
            "name: '{}' has a control character, such as a line end; leave it out",
            name.escape_debug()
        ));
    }
    // The cloud would trim it, and the next run would not find it and make another.
    if name.trim() != name {
        return Err(format!(
            "name: '{name}' begins or ends with a space; leave it out"
        ));
    }
    Ok(())
}

fn check_key(key: &str, state: State) -> Result<(), String> {
    if state == State::Present {
        return Err("key: it tells which token to look for with state: absent and state: info; the key of a new token is chosen by the cloud".into());
    }
    if key.contains("...") {
        return Err("key: it is masked; give the whole key, or name the token by id".into());
    }
    if key.len() < SHORTEST_KEY || key.chars().any(|character| !character.is_ascii_graphic()) {
        return Err(
            "key: it is no whole key; give it as the cloud showed it, without spaces".into(),
        );
    }
    Ok(())
}

fn present(options: &Options, selection: Selection, owner: &Owner) -> Result<Present, String> {
    if *owner == Owner::User {
        for (option, given) in [
            ("privileges", options.privileges.is_some()),
            ("src_ips", options.src_ips.is_some()),
        ] {
            if given {
                return Err(format!(
                    "{option}: a user token has the privileges of its account, from anywhere; for a token with its own, set org_id (and token_type: org)"
                ));
            }
        }
    }
    let key_file = options
        .key_file
        .as_ref()
        .map(|path| KeyFile::new(path, format(options.key_file_format)))
        .transpose()
        .map_err(|error| error.to_string())?;
    Ok(Present {
        name: selection.name.unwrap_or_default(),
        id: selection.id,
        privileges: options.privileges.as_deref().map(privileges).transpose()?,
        src_ips: options.src_ips.as_deref().map(sources).transpose()?,
        recreate: options.recreate,
        return_key: options.return_key.unwrap_or(key_file.is_none()),
        key_file,
    })
}

fn format(format: KeyFileFormat) -> Format {
    match format {
        KeyFileFormat::Raw => Format::Raw,
        KeyFileFormat::Env => Format::Env,
        KeyFileFormat::Json => Format::Json,
    }
}

/// The privileges that options ask for, in their order, each once.
///
/// # Errors
/// A sentence that names the option and says what to give.
pub fn privileges(options: &[PrivilegeOptions]) -> Result<Vec<Privilege>, String> {
    let mut list: Vec<Privilege> = Vec::new();
    for (position, options) in options.iter().enumerate() {
        let privilege =
            privilege(options).map_err(|error| format!("privileges[{position}].{error}"))?;
        if !list
            .iter()
            .any(|known| known.essence() == privilege.essence())
        {
            list.push(privilege);
        }
    }
    match list.len() {
        0 => Err("privileges: the list is empty; give 1 to 10, such as {role: read}".into()),
        count if count > MOST => Err(format!(
            "privileges: there are {count}; give at most {MOST}"
        )),
        _ => Ok(list),
    }
}

fn privilege(options: &PrivilegeOptions) -> Result<Privilege, String> {
    let id = |option: &str, id: &Option<String>| {
        id.as_deref().map(|id| ids::uuid(option, id)).transpose()
    };
    let site_id = id("site_id", &options.site_id)?;
    let sitegroup_id = id("sitegroup_id", &options.sitegroup_id)?;
    let scope = options.scope.unwrap_or(match (&site_id, &sitegroup_id) {
        (Some(_), _) => Scope::Site,
        (None, Some(_)) => Scope::Sitegroup,
        (None, None) => Scope::Org,
    });
    for (option, given, belongs) in [
        ("site_id", site_id.is_some(), Scope::Site),
        ("sitegroup_id", sitegroup_id.is_some(), Scope::Sitegroup),
    ] {
        let belongs_to = scope_name(belongs);
        if given && scope != belongs {
            return Err(format!(
                "{option}: it goes with scope: {belongs_to}, not with scope: {}",
                scope_name(scope)
            ));
        }
        if !given && scope == belongs {
            return Err(format!("{option}: it is needed with scope: {belongs_to}"));
        }
    }
    Ok(Privilege {
        scope: scope_name(scope).to_owned(),
        role: role_name(options.role).to_owned(),
        site_id,
        sitegroup_id,
        views: options.views.clone().filter(|views| !views.is_empty()),
        ..Privilege::default()
    })
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
fn role_name(role: Role) -> &'static str {
    match role {
        Role::Admin | Role::SuperUser => "admin",
        Role::Write | Role::NetworkAdmin => "write",
        Role::Read | Role::Observer => "read",
        Role::Helpdesk => "helpdesk",
        Role::Installer => "installer",
    }
}

fn sources(given: &[String]) -> Result<Vec<String>, String> {
    if given.len() > MOST {
        return Err(format!(
            "src_ips: there are {}; give at most {MOST}",
            given.len()
        ));
    }
    given
        .iter()
        .map(|text| match src_ips::parse(text) {
            Some(_) => Ok(text.trim().to_owned()),
            None => {
                let shown: String = text.chars().take(60).flat_map(char::escape_debug).collect();
                Err(format!("src_ips: '{shown}' is neither an address nor a network; give such as 63.3.55.4 or 63.3.56.0/24"))
            }
        })
        .collect()
}

#[cfg(test)]
#[path = "wanted_tests.rs"]
mod tests;
