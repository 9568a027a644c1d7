//! Which tokens are meant, by name, id and key.

use crate::error::Refusal;
use crate::token::{Token, TokenRef};
use secrecy::{ExposeSecret, SecretString};

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

/// The tokens that a selection fits.
#[must_use]
pub fn matching<'a>(selection: &Selection, tokens: &'a [Token]) -> Vec<&'a Token> {
    let fits = |token: &&Token| {
        selection.name.as_deref().is_none_or(|name| token.name() == name)
            && selection.id.as_deref().is_none_or(|id| token.id.eq_ignore_ascii_case(id))
            && selection.key.as_ref().is_none_or(|key| token.has_key(key.expose_secret()))
    };
    tokens.iter().filter(fits).collect()
}

/// The tokens that a selection fits, only one if it is by key.
///
/// # Errors
/// When a key fits several: which one leaked cannot be told.
pub fn select<'a>(selection: &Selection, tokens: &'a [Token]) -> Result<Vec<&'a Token>, Refusal> {
    let found = matching(selection, tokens);
    if selection.key.is_some() && found.len() > 1 {
        return Err(Refusal::KeyFitsSeveral(refs(&found)));
    }
    Ok(found)
}

/// As an error names them.
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
