//! What a task wants, from its options: checked as far as it can be without asking the cloud.

use crate::mist_api_token::options::{KeyFileFormat, Options, Recreate, State, TokenOptions};
use crate::mist_api_token::plan::Target;
use crate::mist_api_token::privileges::{self, Names, PrivilegeWish};
use crate::mist_api_token::rotation::Rotation;
use crate::{OwnerWish, duration, ids};
use ansible_binary_module::{NoLog, Task};
use mist_tokens::key_file::{Format, KeyFile};
use mist_tokens::src_ips;
use secrecy::SecretString;

/// The most sources a token can have (official API document, `org_apitoken_src_ips`).
const MOST_SOURCES: usize = 10;

/// A longer name is taken for a mistake.
const LONGEST_NAME: usize = 255;

/// No whole key is shorter.
const SHORTEST_KEY: usize = 16;

/// What a task wants.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Whose tokens.
    pub owner: OwnerWish,
    /// Whether the account's tokens are looked through too: for a key, which does not tell whose it is.
    pub search_account_too: bool,
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
    pub privileges: Option<Vec<PrivilegeWish>>,
    /// From where it may be used; as it is if none.
    pub src_ips: Option<Vec<String>>,
    /// Whether a new one may take its place.
    pub recreate: Recreate,
    /// When it is replaced for its age.
    pub rotation: Option<Rotation>,
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
        let owner = options.owner.wish(task)?;
        if options.key.is_some() && options.state == State::Present {
            return Err("key: it tells which token to look for with state: absent and state: info; the key of a new token is chosen by the cloud".into());
        }
        let (name, id) = (options.name.as_deref(), options.id.as_deref());
        let selection = Selection::new(name, id, options.key.as_ref())?;
        let action = match options.state {
            State::Present => {
                let name = name.ok_or("name: it is needed; give the token a name that tells what it is for")?;
                Action::Present(Present::new(name, id, &options.token, options.return_key, &owner)?)
            }
            State::Absent => Action::Absent(selection),
            State::Info => Action::Info(selection),
        };
        let search_account_too =
            options.key.is_some() && owner != OwnerWish::User && options.owner.token_type.is_none();
        Ok(Self { owner, search_account_too, action })
    }
}

impl Selection {
    /// Reads the options `name`, `id` and `key`.
    ///
    /// # Errors
    /// A sentence that names the option and says what to give.
    pub fn new(name: Option<&str>, id: Option<&str>, key: Option<&NoLog>) -> Result<Self, String> {
        if let Some(name) = name {
            check_name(name)?;
        }
        if let Some(key) = key {
            check_key(key.expose())?;
        }
        Ok(Self {
            name: name.map(str::to_owned),
            id: id.map(|id| ids::uuid("id", id)).transpose()?,
            key: key.map(|key| key.0.clone()),
        })
    }
}

fn check_name(name: &str) -> Result<(), String> {
    let count = name.chars().count();
    if name.trim().is_empty() {
        return Err("name: it is empty; give the token a name that tells what it is for".into());
    }
    if count > LONGEST_NAME {
        return Err(format!("name: it has {count} characters; give at most {LONGEST_NAME}"));
    }
    if name.chars().any(char::is_control) {
        return Err(format!(
            "name: '{}' has a control character, such as a line end; leave it out",
            name.escape_debug()
        ));
    }
    // The cloud would trim it, and the next run would not find it and make another.
    if name.trim() != name {
        return Err(format!("name: '{name}' begins or ends with a space; leave it out"));
    }
    Ok(())
}

fn check_key(key: &str) -> Result<(), String> {
    if key.contains("...") {
        return Err("key: it is masked; give the whole key, or name the token by id".into());
    }
    if key.len() < SHORTEST_KEY || key.chars().any(|character| !character.is_ascii_graphic()) {
        return Err("key: it is no whole key; give it as the cloud showed it, without spaces".into());
    }
    Ok(())
}

impl Present {
    /// The token that these options want.
    ///
    /// # Errors
    /// A sentence that names the option and says what to give.
    pub fn new(
        name: &str,
        id: Option<&str>,
        options: &TokenOptions,
        return_key: Option<bool>,
        owner: &OwnerWish,
    ) -> Result<Self, String> {
        check_name(name)?;
        if *owner == OwnerWish::User {
            for (option, given) in
                [("privileges", options.privileges.is_some()), ("src_ips", options.src_ips.is_some())]
            {
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
        Ok(Self {
            name: name.to_owned(),
            id: id.map(|id| ids::uuid("id", id)).transpose()?,
            privileges: options.privileges.as_deref().map(privileges::wishes).transpose()?,
            src_ips: options.src_ips.as_deref().map(sources).transpose()?,
            recreate: options.recreate,
            rotation: rotation(options)?,
            return_key: return_key.unwrap_or(key_file.is_none()),
            key_file,
        })
    }
}

impl Present {
    /// What is planned for, its names of sites and site groups being known.
    #[must_use]
    pub fn target(&self, names: &Names) -> Target {
        Target {
            name: self.name.clone(),
            id: self.id.clone(),
            privileges: self.privileges.as_deref().map(|wishes| names.apply(wishes)),
            src_ips: self.src_ips.clone(),
            recreate: self.recreate,
            rotation: self.rotation,
            key_file: self.key_file.clone(),
        }
    }
}

fn rotation(options: &TokenOptions) -> Result<Option<Rotation>, String> {
    let seconds =
        |option: &str, text: &Option<String>| text.as_deref().map(|text| duration::seconds(option, text)).transpose();
    let overlap = seconds("overlap", &options.overlap)?;
    match seconds("max_age", &options.max_age)? {
        Some(max_age) if max_age > 0.0 => Ok(Some(Rotation { max_age, overlap: overlap.unwrap_or_default() })),
        Some(_) => Err("max_age: it is 0; give how old a token may become, such as 90d (recreate: always makes a new one every time)".into()),
        None if overlap.is_some() => Err("overlap: it says how long a rotated token is kept, and there is no rotation without max_age; set that too".into()),
        None => Ok(None),
    }
}

fn format(format: KeyFileFormat) -> Format {
    match format {
        KeyFileFormat::Raw => Format::Raw,
        KeyFileFormat::Env => Format::Env,
        KeyFileFormat::Json => Format::Json,
    }
}

fn sources(given: &[String]) -> Result<Vec<String>, String> {
    if given.len() > MOST_SOURCES {
        return Err(format!("src_ips: there are {}; give at most {MOST_SOURCES}", given.len()));
    }
    given
        .iter()
        .map(|text| match src_ips::parse(text) {
            Some(_) => Ok(text.trim().to_owned()),
            None => {
                let shown: String = text.chars().take(60).flat_map(char::escape_debug).collect();
                Err(format!(
                    "src_ips: '{shown}' is neither an address nor a network; give such as 63.3.55.4 or 63.3.56.0/24"
                ))
            }
        })
        .collect()
}

#[cfg(test)]
#[path = "wanted_tests.rs"]
mod tests;
