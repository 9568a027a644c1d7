//! The options of one token, in `mist_api_token` and in each element of a set, checked without asking the cloud.

use super::message_formatter;
use super::privileges::{self, DeclaredPrivilege, PrivilegeOptions};
use crate::OwnerRef;
use crate::common::options::{OptionError, seconds, uuid};
use crate::common::since_0_2;
use ansible_binary_module::file::FileOptions;
use ansible_binary_module::{AnsiblePath, NoLog};
use mist_client::redact::quoted;
use mist_tokens::key_file::{self, KeyFile};
use mist_tokens::privilege::parse_source;
use mist_tokens::rotation::Rotation;
use mist_tokens::target::{self, DesiredToken, Selection, Target, Unfiled};
use mist_tokens::token::is_key;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

/// The options of one token next to its name.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[schemars(transform = since_0_2(vec!["owner", "group", "mode", "unsafe_writes"]))]
pub struct TokenOptions {
    /// Privileges of an organization token, 1 to 10. Required to create one; by default, an existing token keeps its own.
    pub privileges: Option<Vec<PrivilegeOptions>>,
    /// Addresses or networks (CIDR) from which an organization token may be used, at most 10. They cannot change after the creation; see O(recreate).
    ///
    /// By default, an existing token keeps its own.
    #[schemars(extend("x-ansible-elements" = "str"))]
    pub src_ips: Option<Vec<String>>,
    /// Action when only a new token meets the declaration: its O(src_ips) differ, or O(key_file) is missing or contains another token's key.
    #[serde(default)]
    pub recreate: Recreate,
    /// Absolute path of the file for the key of a new token, on the host that runs the task.
    ///
    /// The file is written completely or not at all. A new file has mode 0600. An existing one keeps its owner, group, mode, links, and its other lines (V(env)) or fields (V(json)). A key in another of the formats is converted. A file with other content is never overwritten. A file with the key of a token of another name is overwritten only if O(recreate) allows it.
    ///
    /// With O(state=absent), the file is deleted if it contains only the key of a deleted token. Otherwise, it is kept and a warning is returned.
    pub key_file: Option<AnsiblePath>,
    /// Format of O(key_file).
    #[serde(default)]
    pub key_file_format: KeyFileFormat,
    /// Attributes of O(key_file).
    #[serde(flatten)]
    pub file: FileOptions,
    /// Rotation: age at which a token is replaced. A number with V(s), V(m), V(h), V(d) or V(w), or of seconds.
    ///
    /// With this option, several tokens of the name are allowed: the newest is the current one, and the others are deleted after O(overlap).
    pub max_age: Option<String>,
    /// Rotation: time for which a replaced token is kept after the creation of the new one, so that its users can change over.
    ///
    /// With V(0), it is deleted after the new one was tried and its key delivered.
    #[serde(default = "at_once")]
    pub overlap: String,
}

fn at_once() -> String {
    "0".to_owned()
}

/// When a new token may replace an old one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Recreate {
    /// Fail, and report the difference.
    #[default]
    Never,
    /// Create the new token, try it, deliver its key, and then delete the old one.
    StateChange,
    /// The same, each time the task runs.
    Always,
}

impl From<Recreate> for target::Recreate {
    fn from(recreate: Recreate) -> Self {
        match recreate {
            Recreate::Never => Self::Never,
            Recreate::StateChange => Self::StateChange,
            Recreate::Always => Self::Always,
        }
    }
}

/// The format of a key file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyFileFormat {
    /// The key and a line end, and nothing else.
    #[default]
    Raw,
    /// The lines C(MIST_HOST=...), C(MIST_API_TOKEN=...) and C(MIST_APITOKEN=...), for a shell, systemd or docker. Other lines of the file are kept.
    Env,
    /// An object with C(host), C(id), C(name) and C(key). Other fields of the file are kept.
    Json,
}

impl From<KeyFileFormat> for key_file::Format {
    fn from(format: KeyFileFormat) -> Self {
        match format {
            KeyFileFormat::Raw => Self::Raw,
            KeyFileFormat::Env => Self::Env,
            KeyFileFormat::Json => Self::Json,
        }
    }
}

/// The most sources of a token (official API document, `org_apitoken_src_ips`).
const MOST_SOURCES: usize = 10;

/// A declared token, whose privileges may contain names that are not looked up yet.
#[derive(Debug)]
pub struct DeclaredToken {
    pub token: DesiredToken,
    pub privileges: Option<Vec<DeclaredPrivilege>>,
}

/// Reads the options of one token. `is_mentioned` returns true if the task mentions an option such as `privileges[0].site`.
pub fn declared_token(
    name: &str,
    id: Option<&str>,
    options: &TokenOptions,
    unfiled: Unfiled,
    owner: &OwnerRef,
    is_mentioned: &dyn Fn(&str) -> bool,
) -> Result<DeclaredToken, OptionError> {
    check_name(name)?;
    if *owner == OwnerRef::User {
        for (option, given) in [("privileges", options.privileges.is_some()), ("src_ips", options.src_ips.is_some())] {
            if given {
                let reason = "only for organization tokens: a user token has the privileges of its account, from anywhere. \
                              Set org_id (and token_type: org).";
                return Err(OptionError::new(option, reason));
            }
        }
    }
    let key_file = key_file(options)?;
    let writer = key_file.as_ref().map(|file| options.file.target(&file.path)).transpose()?;
    let target = Target {
        name: name.to_owned(),
        id: id.map(|id| uuid("id", id)).transpose()?,
        privileges: None,
        src_ips: options.src_ips.as_deref().map(sources).transpose()?,
        recreate: options.recreate.into(),
        rotation: rotation(options)?,
        key_file,
        unfiled,
    };
    let privileges = options.privileges.as_deref().map(|list| privileges::read(list, is_mentioned)).transpose()?;
    Ok(DeclaredToken { token: DesiredToken { target, writer }, privileges })
}

/// The option `key_file`.
pub fn key_file(options: &TokenOptions) -> Result<Option<KeyFile>, OptionError> {
    let Some(path) = &options.key_file else {
        let file = &options.file;
        let given = [("owner", file.owner.is_some()), ("group", file.group.is_some()), ("mode", file.mode.is_some())];
        return match given.into_iter().find(|(_, given)| *given) {
            Some((option, _)) => Err(OptionError::new(option, "requires key_file. Set it.")),
            None => Ok(None),
        };
    };
    let file = KeyFile::new(path, options.key_file_format.into())
        .map_err(|fault| OptionError::new("key_file", message_formatter::key_file_reason(&fault)))?;
    Ok(Some(KeyFile { mode_was_chosen: options.file.mode.is_some(), ..file }))
}

fn rotation(options: &TokenOptions) -> Result<Option<Rotation>, OptionError> {
    let overlap = match options.overlap.as_str() {
        "" => 0.0,
        text => seconds("overlap", text)?,
    };
    match options.max_age.as_deref().map(|text| seconds("max_age", text)).transpose()? {
        Some(max_age) if max_age > 0.0 => Ok(Some(Rotation { max_age, overlap })),
        Some(_) => {
            let reason =
                "0 is not an age. Give an age, for example 90d; or set recreate: always for a new token each time.";
            Err(OptionError::new("max_age", reason))
        }
        None if overlap > 0.0 => Err(OptionError::new("overlap", "requires max_age. Set it.")),
        None => Ok(None),
    }
}

fn sources(given: &[String]) -> Result<Vec<String>, OptionError> {
    let refused = |reason: String| OptionError::new("src_ips", reason);
    if given.len() > MOST_SOURCES {
        return Err(refused(format!("the list has {} elements. Give at most {MOST_SOURCES}.", given.len())));
    }
    let read = |text: &String| match parse_source(text) {
        Some(_) => Ok(text.trim().to_owned()),
        None => Err(refused(format!(
            "{} is neither an address nor a network. For example: 63.3.55.4 or 63.3.56.0/24.",
            quoted(text)
        ))),
    };
    given.iter().map(read).collect()
}

/// No name is longer.
const LONGEST_NAME: usize = 255;

/// Text around a pasted key, in small letters: from a log, a file of variables or a request.
const AROUND: [&str; 13] = [
    "export ",
    "mist_api_token",
    "mist_apitoken",
    "mist_api_key",
    "authorization",
    "api_token",
    "apitoken",
    "token",
    "bearer",
    "key",
    "=",
    ":",
    "-h ",
];

/// Reads the options `name`, `id` and `key`.
pub fn selection(name: Option<&str>, id: Option<&str>, key: Option<&NoLog>) -> Result<Selection, OptionError> {
    if let Some(name) = name {
        check_name(name)?;
    }
    Ok(Selection {
        name: name.map(str::to_owned),
        id: id.map(|id| uuid("id", id)).transpose()?,
        key: key.map(|key| whole_key(key.expose())).transpose()?,
    })
}

/// Checks a name.
pub fn check_name(name: &str) -> Result<(), OptionError> {
    let refused = |reason: String| Err(OptionError::new("name", reason));
    let count = name.chars().count();
    if name.trim().is_empty() {
        return refused("empty. Give the token a name that describes its use.".into());
    }
    if count > LONGEST_NAME {
        return refused(format!("too long, {count} characters. Give at most {LONGEST_NAME}."));
    }
    if name.chars().any(char::is_control) {
        return refused(format!("{} contains a control character. Remove it.", quoted(name)));
    }
    // The cloud would trim it, and the next run would not find it and create another.
    if name.trim() != name {
        return refused(format!("{} begins or ends with a space. Remove it.", quoted(name)));
    }
    Ok(())
}

/// The key in a pasted text.
fn whole_key(pasted: &str) -> Result<SecretString, OptionError> {
    let key = unwrapped(pasted);
    if key.contains("...") || key.contains('\u{2026}') || key.contains('*') {
        return Err(OptionError::new("key", "masked. Give the whole key, or select the token by id."));
    }
    if !is_key(key) {
        let reason =
            "not a whole key: at least 16 letters and digits, and nothing else. Give it as the cloud showed it.";
        return Err(OptionError::new("key", reason));
    }
    Ok(key.to_owned().into())
}

/// Removes the text around a key, which itself has letters and digits only.
fn unwrapped(pasted: &str) -> &str {
    let mut key = pasted;
    loop {
        let before = key.len();
        key = key.trim_matches(|character: char| character.is_whitespace() || "\"'`,;{}()[]<>".contains(character));
        for around in AROUND {
            let Some(start) = key.get(..around.len()).filter(|start| start.eq_ignore_ascii_case(around)) else {
                continue;
            };
            let rest = &key[start.len()..];
            // The word must end before the key.
            if !around.ends_with(|last: char| last.is_ascii_alphanumeric())
                || rest.starts_with(|next: char| !next.is_ascii_alphanumeric() && next != '_')
            {
                key = rest;
            }
        }
        if key.len() == before {
            return key;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    const KEY: &str = "tokenAbCdEfGhIjKlMnOpQrStUvWxYz0123456789key";

    #[test]
    fn a_key_is_found_in_what_it_was_pasted_with() {
        for pasted in [
            KEY.to_owned(),
            format!("  {KEY}\n"),
            format!("MIST_API_TOKEN={KEY}"),
            format!("export MIST_APITOKEN='{KEY}'\n"),
            format!("\"{KEY}\""),
            format!("'{KEY}',"),
            format!("Token {KEY}"),
            format!("Authorization: Token {KEY}"),
            format!("-H 'Authorization: Token {KEY}'"),
            format!("\"key\": \"{KEY}\","),
            format!("api_token: {KEY}"),
            format!("MIST_API_KEY = \"{KEY}\""),
            format!("Bearer {KEY}"),
            format!("`{KEY}`"),
        ] {
            assert_eq!(whole_key(&pasted).unwrap().expose_secret(), KEY, "{pasted}");
        }
    }

    #[test]
    fn what_can_be_no_key_is_refused_and_not_quoted() {
        for (pasted, words) in [
            ("1qkb...QQCL".to_owned(), "key: masked"),
            ("1qkb\u{2026}QQCL".to_owned(), "key: masked"),
            ("MIST_API_TOKEN=********".to_owned(), "key: masked"),
            (String::new(), "key: not a whole key"),
            ("Token ".to_owned(), "key: not a whole key"),
            ("short".to_owned(), "key: not a whole key"),
            (format!("{KEY} {KEY}"), "key: not a whole key"),
            (format!("{KEY}!"), "key: not a whole key"),
            (format!("{{{{ {KEY}_x }}}}"), "key: not a whole key"),
        ] {
            let error = whole_key(&pasted).unwrap_err().to_string();
            assert!(error.starts_with(words) && !error.contains(KEY), "{pasted}: {error}");
        }
    }
}
