//! The declaration of a token with its key file, and the selection of existing ones.

use crate::error::{Refusal, Result};
use crate::key_file::{Fault, FaultKind, Found, KeyFile};
use crate::plan::Plan;
use crate::privilege::Privilege;
use crate::rotation::Rotation;
use crate::token::{Token, TokenRef};
use atomic_file::TargetFile;
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

#[derive(Debug)]
pub struct DesiredToken {
    pub target: Target,
    /// Writes the key file of the target.
    pub writer: Option<TargetFile>,
}

/// The state of a key file.
#[derive(Clone, Debug)]
pub struct AtPlace {
    pub found: Found,
    /// True if its owner, group or mode differ from the declared ones.
    pub other_attributes: bool,
}

impl AtPlace {
    /// Without a key file.
    #[must_use]
    pub fn nowhere() -> Self {
        Self { found: Found::Nothing, other_attributes: false }
    }
}

impl DesiredToken {
    /// The key file and its writer.
    #[must_use]
    pub fn place(&self) -> Option<(&KeyFile, &TargetFile)> {
        Some((self.target.key_file.as_ref()?, self.writer.as_ref()?))
    }

    /// Reads the key file.
    pub fn look(&self) -> Result<AtPlace> {
        let Some((file, writer)) = self.place() else { return Ok(AtPlace::nowhere()) };
        let found = file.read()?;
        let other_attributes = !matches!(found, Found::Nothing) && file.has_other_attributes(writer)?;
        Ok(AtPlace { found, other_attributes })
    }

    /// Checks without writing whether the planned key can be written, and adds warnings to the plan.
    pub fn check(&self, plan: &mut Plan) -> Result<()> {
        if let Some((file, writer)) = self.place()
            && (plan.create.is_some() || plan.rewrite)
        {
            plan.notices.extend(file.check(writer)?);
        }
        Ok(())
    }
}

/// The future of the key file of a deleted token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeadFile {
    /// No file exists.
    None,
    /// It contains only the key of a deleted token, and is deleted.
    Goes,
    /// It is kept.
    Stays(crate::error::KeyFileStays),
}

impl DeadFile {
    #[must_use]
    pub fn of(found: Result<&Found, &Fault>, deleted: &[Token]) -> Self {
        use crate::error::KeyFileStays::{Fault, HoldsMore, NoKey, OtherKey};
        match found {
            Err(fault) if fault.kind == FaultKind::Foreign => Self::Stays(NoKey),
            Err(fault) if matches!(fault.kind, FaultKind::HoldsMore(_)) => Self::Stays(HoldsMore),
            Err(fault) => Self::Stays(Fault(fault.clone())),
            Ok(Found::Nothing) => Self::None,
            Ok(Found::NoKey) => Self::Stays(NoKey),
            Ok(found @ Found::Key(held)) => match deleted.iter().any(|token| found.is_key_of(token)) {
                true if held.alone => Self::Goes,
                true => Self::Stays(HoldsMore),
                false => Self::Stays(OtherKey),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::KeyFileStays;
    use crate::key_file::{Format, HeldKey};
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

    #[test]
    fn only_a_file_that_holds_nothing_but_the_dead_key_goes() {
        let token: Token = serde_json::from_value(json!({"id": "1", "key": "AAAA...ZZZZ"})).unwrap();
        let held = |key: &str, alone| Found::Key(HeldKey { key: key.into(), exposed: false, alone, as_wanted: true });
        let (dead, other) = ("AAAAbbbbbbbbbbbbbbbbbbbbZZZZ", "CCCCbbbbbbbbbbbbbbbbbbbbZZZZ");
        for (found, expected) in [
            (Found::Nothing, DeadFile::None),
            (held(dead, true), DeadFile::Goes),
            (held(dead, false), DeadFile::Stays(KeyFileStays::HoldsMore)),
            (held(other, true), DeadFile::Stays(KeyFileStays::OtherKey)),
            (Found::NoKey, DeadFile::Stays(KeyFileStays::NoKey)),
        ] {
            assert_eq!(DeadFile::of(Ok(&found), std::slice::from_ref(&token)), expected, "{found:?}");
        }
        assert_eq!(DeadFile::of(Ok(&held(dead, true)), &[]), DeadFile::Stays(KeyFileStays::OtherKey));
        for (kind, expected) in
            [(FaultKind::Foreign, KeyFileStays::NoKey), (FaultKind::HoldsMore(Format::Env), KeyFileStays::HoldsMore)]
        {
            let fault = Fault { path: "/k".into(), kind };
            assert_eq!(DeadFile::of(Err(&fault), &[]), DeadFile::Stays(expected));
        }
    }
}
