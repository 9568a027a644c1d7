//! The declaration of a token, and the selection of existing ones.

use crate::error::Refusal;
use crate::key_file::KeyFile;
use crate::privilege::Privilege;
use crate::rotation::Rotation;
use crate::token::{Token, TokenRef};
use secrecy::{ExposeSecret, SecretString};

/// A declared token.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Target {
    pub name: String,
    /// The id that finds the token in place of its name.
    pub id: Option<String>,
    /// `None` keeps the existing ones.
    pub privileges: Option<Vec<Privilege>>,
    /// `None` keeps the existing ones.
    pub src_ips: Option<Vec<String>>,
    pub recreate: Recreate,
    pub rotation: Option<Rotation>,
    pub key_file: Option<KeyFile>,
    /// The use of a new key without a key file.
    pub unfiled: Unfiled,
}

/// When a new token may replace an old one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Recreate {
    /// Fail, and report what differs.
    #[default]
    Never,
    /// Create the new token, try it, deliver its key, and then delete the old one.
    StateChange,
    /// The same, each time the task runs.
    Always,
}

/// The use of a new key without a key file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unfiled {
    /// The result contains it. A failed run deletes the new token again, because the result of a failed task is printed.
    #[default]
    Returned,
    /// The result contains it, also of a failed run.
    ReturnedAlways,
    /// It is dropped.
    Dropped,
    /// No token is created without a key file.
    Refused,
}

impl Target {
    /// True if the result is the only copy of a new key.
    #[must_use]
    pub fn is_key_in_result_alone(&self) -> bool {
        self.key_file.is_none() && matches!(self.unfiled, Unfiled::Returned | Unfiled::ReturnedAlways)
    }
}

/// All given parts must match.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    pub name: Option<String>,
    pub id: Option<String>,
    pub key: Option<SecretString>,
}

#[must_use]
pub fn matching<'a>(selection: &Selection, tokens: &'a [Token]) -> Vec<&'a Token> {
    let fits = |token: &&Token| {
        selection.name.as_deref().is_none_or(|name| token.name() == name)
            && selection.id.as_deref().is_none_or(|id| token.id.eq_ignore_ascii_case(id))
            && selection.key.as_ref().is_none_or(|key| token.has_key(key.expose_secret()))
    };
    tokens.iter().filter(fits).collect()
}

/// The tokens that match; at most one by key.
///
/// # Errors
/// A key that matches several tokens: the leaked one is unknown.
pub fn select<'a>(selection: &Selection, tokens: &'a [Token]) -> Result<Vec<&'a Token>, Refusal> {
    let found = matching(selection, tokens);
    if selection.key.is_some() && found.len() > 1 {
        return Err(Refusal::KeyFitsSeveral(refs(&found)));
    }
    Ok(found)
}

pub(crate) fn refs(tokens: &[&Token]) -> Vec<TokenRef> {
    tokens.iter().map(|token| TokenRef::from(*token)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const KEY: &str = "AAAAbbbbbbbbbbbbbbbbbbbbbbbbZZZZ";
    const OTHER_KEY: &str = "CCCCddddddddddddddddddddddddYYYY";

    fn token(value: Value) -> Token {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_selection_fits_what_every_given_part_of_it_fits() {
        let named = |id: &str| token(json!({"id": id, "name": "n", "key": "AAAA...ZZZZ"}));
        let tokens = [named("1"), named("2"), token(json!({"id": "3", "name": "m", "key": "CCCC...YYYY"}))];
        let select = |name: Option<&str>, id: Option<&str>, key: Option<&str>| {
            let selection = Selection { name: name.map(Into::into), id: id.map(Into::into), key: key.map(Into::into) };
            select(&selection, &tokens)
                .map(|found| found.iter().map(|token| token.id.clone()).collect::<Vec<_>>().concat())
        };
        for (name, id, key, found) in [
            (None, None, None, "123"),
            (Some("n"), None, None, "12"),
            (Some("n"), Some("2"), None, "2"),
            (Some("m"), Some("2"), None, ""),
            (None, None, Some(OTHER_KEY), "3"),
            (None, Some("1"), Some(KEY), "1"),
            (None, None, Some("EEEEffffffffffffffffffffffffXXXX"), ""),
        ] {
            assert_eq!(select(name, id, key), Ok(found.to_owned()), "{name:?} {id:?}");
        }
        let both = ["1", "2"].map(|id| TokenRef { id: id.into(), name: "n".into() });
        assert_eq!(select(None, None, Some(KEY)), Err(Refusal::KeyFitsSeveral(both.to_vec())));
    }
}
