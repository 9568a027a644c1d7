//! A token that is wanted, with the place of its key: what is found there, and whether a key could be written.

use crate::error::{Notice, Result};
use crate::key_file::{Destination, Fault, FaultKind, Found, KeyFile};
use crate::plan::Plan;
use crate::target::Target;
use crate::token::Token;

/// A token that shall be there.
#[derive(Debug)]
pub struct Wanted {
    /// What it shall be.
    pub target: Target,
    /// Where its key is written; as there is a place of it in the target.
    pub destination: Option<Box<dyn Destination>>,
}

/// What is at the place of a key.
#[derive(Clone, Debug)]
pub struct AtPlace {
    /// What the file holds; nothing where none is wanted.
    pub found: Found,
    /// Whether its owner, group or mode are others than wanted.
    pub other_attributes: bool,
}

impl AtPlace {
    /// Where no file is wanted.
    #[must_use]
    pub fn nowhere() -> Self {
        Self { found: Found::Nothing, other_attributes: false }
    }
}

impl Wanted {
    /// The file of the key and who writes it, where one is wanted.
    #[must_use]
    pub fn place(&self) -> Option<(&KeyFile, &dyn Destination)> {
        Some((self.target.key_file.as_ref()?, self.destination.as_deref()?))
    }

    /// Looks at the place of the key.
    ///
    /// # Errors
    /// When what is there is no file, or holds something else than a key.
    pub fn look(&self) -> Result<AtPlace> {
        let Some((file, destination)) = self.place() else { return Ok(AtPlace::nowhere()) };
        let found = file.read()?;
        let other_attributes = !matches!(found, Found::Nothing)
            && destination.has_other_attributes().map_err(|words| unwritable(file, words))?;
        Ok(AtPlace { found, other_attributes })
    }

    /// Whether the key that the plan brings could be written, judged without writing anything; what is to be told of the
    /// place goes into the plan.
    ///
    /// # Errors
    /// When it could not.
    pub fn check(&self, plan: &mut Plan) -> Result<()> {
        if let Some((file, destination)) = self.place()
            && (plan.create.is_some() || plan.rewrite)
        {
            let told = |words| Notice::Writer { path: file.path.clone(), words };
            plan.notices.extend(destination.check().map_err(|words| unwritable(file, words))?.into_iter().map(told));
        }
        Ok(())
    }
}

pub(crate) fn unwritable(file: &KeyFile, words: String) -> Fault {
    file.fault(FaultKind::Unwritable(words))
}

/// What becomes of the file of a key whose token is deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeadFile {
    /// There is none.
    None,
    /// It holds nothing but the key of a token that goes: it goes too.
    Goes,
    /// It stays.
    Stays(crate::error::KeyFileStays),
}

impl DeadFile {
    /// Decides it from what is at its place, and the tokens that go.
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
    use serde_json::json;

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
