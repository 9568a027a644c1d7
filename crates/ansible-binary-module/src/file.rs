//! Files as Ansible's own file modules write them: completely or not at all, with the owner, group and mode of the task.
//!
//! The work is done by [`atomic_file`]; this module holds the options.

pub use atomic_file::{PreparedFile, TargetFile, Written};

use atomic_file::{AttributeRequest, ModeChange, group_id, user_id};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::Value;
use std::borrow::Cow;
use std::path::Path;

/// The options that Ansible's file modules have in common. A module flattens them into its own options.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
pub struct FileOptions {
    /// Name or number of the user that owns the file. Default: an existing file keeps its owner.
    pub owner: Option<String>,
    /// Name or number of the group that owns the file. Default: an existing file keeps its group.
    pub group: Option<String>,
    /// Permissions of the file, such as V('0640') or V(u=rw,g=r,o=). Quote an octal number, because YAML reads an unquoted one as another number.
    ///
    /// Default: an existing file keeps its mode, and a new one gets V('0600').
    pub mode: Option<Mode>,
    /// Write the file in place where it cannot be replaced in one step, as with a bind mount in a container or a file of another user. A reader may then see a part of the content, and a failure may leave a part of it.
    #[serde(default)]
    pub unsafe_writes: bool,
}

/// A mode: octal digits, a number as YAML reads octal digits, or symbolic.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Mode(pub Value);

impl From<&str> for Mode {
    fn from(mode: &str) -> Self {
        Self(mode.into())
    }
}

impl JsonSchema for Mode {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Mode".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "x-ansible-type": "raw" })
    }
}

impl FileOptions {
    /// The file at this absolute path, with these attributes.
    ///
    /// # Errors
    ///
    /// A sentence that names the invalid option.
    pub fn target(&self, path: &Path) -> Result<TargetFile, String> {
        Ok(TargetFile::new(path, self.request()?))
    }

    /// The options as they are on this host.
    ///
    /// # Errors
    ///
    /// A sentence that names the invalid option.
    pub fn request(&self) -> Result<AttributeRequest, String> {
        let mut request = AttributeRequest::new().unsafe_writes(self.unsafe_writes);
        if let Some(owner) = &self.owner {
            let unknown = || format!("owner: no user '{}' exists on this host", owner.escape_debug());
            request = request.owner(user_id(owner).ok_or_else(unknown)?);
        }
        if let Some(group) = &self.group {
            let unknown = || format!("group: no group '{}' exists on this host", group.escape_debug());
            request = request.group(group_id(group).ok_or_else(unknown)?);
        }
        if let Some(mode) = &self.mode {
            request = request.mode(mode_change(mode)?);
        }
        Ok(request)
    }
}

fn mode_change(mode: &Mode) -> Result<ModeChange, String> {
    let change = match &mode.0 {
        Value::String(text) => ModeChange::parse(text),
        Value::Number(number) => {
            number.as_u64().and_then(|number| u32::try_from(number).ok()).and_then(ModeChange::exact)
        }
        _ => None,
    };
    change.ok_or_else(|| {
        format!("mode: {} is not a mode. Give octal digits in quotes, such as '0640', or u=rw,g=r,o=", mode.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_used_is_refused_by_its_option() {
        let none = FileOptions::default;
        let mode = |mode: Value| FileOptions { mode: Some(Mode(mode)), ..none() };
        for (options, words) in [
            (FileOptions { owner: Some("no-such-user".into()), ..none() }, "owner: no user 'no-such-user'"),
            (FileOptions { group: Some("".into()), ..none() }, "group: no group ''"),
            (mode("rw".into()), "mode: \"rw\" is not a mode"),
            (mode(true.into()), "mode: true is not a mode"),
            (mode((-1).into()), "mode: -1 is not a mode"),
        ] {
            let error = options.request().unwrap_err();
            assert!(error.starts_with(words), "{error}");
        }
        assert_eq!(mode(0o640.into()).request(), mode("0640".into()).request());
        assert_eq!(mode("".into()).request(), none().request().map(|request| request.mode("".parse().unwrap())));
    }
}
