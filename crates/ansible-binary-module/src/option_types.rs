//! Types for options whose meaning to Ansible a plain Rust type does not carry.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;
use std::ops::Deref;
use std::path::{Path, PathBuf};

/// A secret: the option is `no_log`, and the value is masked wherever it would be printed or logged.
///
/// It cannot be printed by accident: `Debug` shows asterisks, and there is neither `Display` nor `Serialize`. It is not
/// wiped from memory: the arguments that it came with, and what a module makes of it, are not either.
#[derive(Clone, PartialEq, Eq)]
pub struct NoLog(String);

thread_local! {
    /// The secrets that were read on this thread, while somebody collects them.
    static READ: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// Does `read` and gives every [`NoLog`] that came to be by it, in whatever place of whatever type: for the mask, which the
/// argument specification cannot tell of a secret whose schema somebody wrote by hand.
pub(crate) fn collecting<T>(read: impl FnOnce() -> T) -> (T, Vec<String>) {
    READ.set(Some(Vec::new()));
    let value = read();
    (value, READ.take().unwrap_or_default())
}

impl<'de> Deserialize<'de> for NoLog {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let secret = String::deserialize(deserializer)?;
        READ.with_borrow_mut(|read| {
            if let Some(read) = read {
                read.push(secret.clone());
            }
        });
        Ok(Self(secret))
    }
}

impl NoLog {
    /// The secret itself: for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&str> for NoLog {
    fn from(secret: &str) -> Self {
        Self(secret.to_owned())
    }
}

impl From<String> for NoLog {
    fn from(secret: String) -> Self {
        Self(secret)
    }
}

impl fmt::Debug for NoLog {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("NoLog(********)")
    }
}

impl JsonSchema for NoLog {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "NoLog".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "writeOnly": true, "x-ansible-no-log": true })
    }
}

/// A path on the host: `~` and variables are expanded (Ansible's type `path`).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(transparent)]
pub struct AnsiblePath(pub PathBuf);

impl Deref for AnsiblePath {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl AsRef<Path> for AnsiblePath {
    fn as_ref(&self) -> &Path {
        &self.0
    }
}

impl From<AnsiblePath> for PathBuf {
    fn from(path: AnsiblePath) -> Self {
        path.0
    }
}

impl From<PathBuf> for AnsiblePath {
    fn from(path: PathBuf) -> Self {
        Self(path)
    }
}

impl From<&Path> for AnsiblePath {
    fn from(path: &Path) -> Self {
        Self(path.to_owned())
    }
}

impl JsonSchema for AnsiblePath {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "AnsiblePath".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "x-ansible-type": "path" })
    }
}
