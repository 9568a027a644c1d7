//! A declared token with its key file.

use crate::error::Result;
use crate::key_file::{Fault, FaultKind, Found, KeyFile};
use crate::plan::Plan;
use crate::target::Target;
use crate::token::Token;
use atomic_file::TargetFile;

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
    ///
    pub fn look(&self) -> Result<AtPlace> {
        let Some((file, writer)) = self.place() else { return Ok(AtPlace::nowhere()) };
        let found = file.read()?;
        let other_attributes = !matches!(found, Found::Nothing) && file.has_other_attributes(writer)?;
        Ok(AtPlace { found, other_attributes })
    }

    /// Checks without writing whether the planned key can be written, and adds warnings to the plan.
    ///
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
