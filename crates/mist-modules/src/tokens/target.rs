//! What the options of one token come to.

use super::options::TokenOptions;
use super::{messages, privileges, selection};
use crate::OwnerRef;
use crate::common::options::{seconds, uuid};
use mist_tokens::desired::DesiredToken;
use mist_tokens::key_file::KeyFile;
use mist_tokens::privilege;
use mist_tokens::rotation::Rotation;
use mist_tokens::target::{Target, Unfiled};

/// The most sources a token can have (official API document, `org_apitoken_src_ips`).
const MOST_SOURCES: usize = 10;

/// The token that these options want. `is_mentioned` tells whether the task has an option at all: `privileges[0].site`.
///
/// # Errors
/// A sentence that names the option and says what to give.
pub fn wanted(
    name: &str,
    id: Option<&str>,
    options: &TokenOptions,
    unfiled: Unfiled,
    owner: &OwnerRef,
    is_mentioned: &dyn Fn(&str) -> bool,
) -> Result<DesiredToken, String> {
    selection::check_name(name)?;
    if *owner == OwnerRef::User {
        for (option, given) in [("privileges", options.privileges.is_some()), ("src_ips", options.src_ips.is_some())] {
            if given {
                return Err(format!(
                    "{option}: a user token has the privileges of its account, from anywhere; for a token with its own, set org_id (and token_type: org)"
                ));
            }
        }
    }
    let key_file = key_file(options)?;
    let writer = key_file.as_ref().map(|file| options.file.target(&file.path)).transpose()?;
    let target = Target {
        name: name.to_owned(),
        id: id.map(|id| uuid("id", id)).transpose()?,
        privileges: options.privileges.as_deref().map(|list| privileges::read(list, is_mentioned)).transpose()?,
        src_ips: options.src_ips.as_deref().map(sources).transpose()?,
        recreate: options.recreate,
        rotation: rotation(options)?,
        key_file,
        unfiled,
    };
    Ok(DesiredToken { target, writer })
}

/// The option `key_file`.
///
/// # Errors
/// A sentence that names it.
pub fn key_file(options: &TokenOptions) -> Result<Option<KeyFile>, String> {
    let Some(path) = &options.key_file else {
        let file = &options.file;
        let given = [("owner", file.owner.is_some()), ("group", file.group.is_some()), ("mode", file.mode.is_some())];
        return match given.into_iter().find(|(_, given)| *given) {
            Some((option, _)) => Err(format!("{option}: it is of key_file, and there is none; set that too")),
            None => Ok(None),
        };
    };
    let file = KeyFile::new(path, options.key_file_format).map_err(|fault| messages::key_file(&fault))?;
    Ok(Some(KeyFile { mode_was_chosen: options.file.mode.is_some(), ..file }))
}

fn rotation(options: &TokenOptions) -> Result<Option<Rotation>, String> {
    let overlap = match options.overlap.as_str() {
        "" => 0.0,
        text => seconds("overlap", text)?,
    };
    match options.max_age.as_deref().map(|text| seconds("max_age", text)).transpose()? {
        Some(max_age) if max_age > 0.0 => Ok(Some(Rotation { max_age, overlap })),
        Some(_) => Err("max_age: it is 0; give how old a token may become, such as 90d (recreate: always makes a new one every time)".into()),
        None if overlap > 0.0 => Err("overlap: it says how long a rotated token is kept, and there is no rotation without max_age; set that too".into()),
        None => Ok(None),
    }
}

fn sources(given: &[String]) -> Result<Vec<String>, String> {
    if given.len() > MOST_SOURCES {
        return Err(format!("src_ips: there are {}; give at most {MOST_SOURCES}", given.len()));
    }
    given
        .iter()
        .map(|text| match privilege::parse_source(text) {
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
