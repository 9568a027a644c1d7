//! Types for options that mean more to Ansible than a plain Rust type expresses.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;
use std::ops::Deref;
use std::path::{Path, PathBuf};

/// A secret: the option is `no_log`, and its value is masked wherever it would be printed or logged.
///
/// It cannot be printed by accident: `Debug` shows asterisks, and `Display` and `Serialize` are missing. It is not wiped from
/// memory, just as the arguments and the module's copies are not.
#[derive(Clone, PartialEq, Eq)]
pub struct NoLog(String);

thread_local! {
    /// The secrets read on this thread during [`collecting`].
    static READ: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// Calls `read` and returns every [`NoLog`] that it deserializes, at any depth of any type. The argument specification does not
/// reveal secrets in a type with a hand-written schema.
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
    /// The secret, for the one place that needs it.
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

/// A path on the host, with `~` and variables expanded (Ansible's type `path`).
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

impl From<&str> for AnsiblePath {
    fn from(path: &str) -> Self {
        Self(path.into())
    }
}

impl fmt::Display for AnsiblePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.display().fmt(formatter)
    }
}

/// As text. Bytes that are not UTF-8 become replacement characters.
impl Serialize for AnsiblePath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
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
