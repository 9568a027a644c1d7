//! Owner, group and mode of a file: the options, what they mean on this host, and what a file has.

use crate::mode::Change;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::Value;
use std::borrow::Cow;
use std::os::fd::{AsFd, BorrowedFd};
use std::process::{Command, Stdio};

/// The mode of a new file for which none is asked.
const NEW: u32 = 0o600;

/// The options that Ansible's file modules have in common; a module's own options flatten these in.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
pub struct FileOptions {
    /// Name or number of the user that shall own the file. Without it, a file that is there keeps its owner.
    pub owner: Option<String>,
    /// Name or number of the group that shall own the file. Without it, a file that is there keeps its group.
    pub group: Option<String>,
    /// The permissions that the file shall have, such as V('0640') or V(u=rw,g=r,o=). Quote an octal number, so that YAML does not read it as another.
    ///
    /// Without it, a file that is there keeps its mode, and a new one has V('0600').
    pub mode: Option<Mode>,
    /// Whether the file is written in place where it cannot be replaced in one step: when it is mounted by itself (as containers do), or belongs to somebody else. A reader may then see half of it, and a failure leaves half of it.
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

/// The options as they are on this host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) owner: Option<u32>,
    pub(crate) group: Option<u32>,
    pub(crate) mode: Option<Change>,
    pub(crate) unsafe_writes: bool,
}

/// What a file has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attributes {
    pub(crate) owner: u32,
    pub(crate) group: u32,
    pub(crate) mode: u32,
}

impl Wanted {
    pub(crate) fn new(options: &FileOptions) -> Result<Self, String> {
        let number = |option: &str, database: &str, name: &Option<String>| {
            name.as_deref()
                .map(|name| {
                    id(database, name.trim()).ok_or_else(|| {
                        format!("{option}: there is no '{}' on this host; give a name or a number", name.escape_debug())
                    })
                })
                .transpose()
        };
        Ok(Self {
            owner: number("owner", "passwd", &options.owner)?,
            group: number("group", "group", &options.group)?,
            mode: options.mode.as_ref().map(mode).transpose()?,
            unsafe_writes: options.unsafe_writes,
        })
    }

    /// Whether a file has something else.
    pub(crate) fn differs(&self, existing: &Attributes) -> bool {
        self.of(Some(existing)) != Self::known(existing)
    }

    /// What the file shall have, from what it has.
    pub(crate) fn of(&self, existing: Option<&Attributes>) -> (Option<u32>, Option<u32>, u32) {
        let current = existing.map_or(NEW, |existing| existing.mode);
        (
            self.owner.or(existing.map(|existing| existing.owner)),
            self.group.or(existing.map(|existing| existing.group)),
            self.mode.as_ref().map_or(current, |mode| mode.of(current)),
        )
    }

    fn known(existing: &Attributes) -> (Option<u32>, Option<u32>, u32) {
        (Some(existing.owner), Some(existing.group), existing.mode)
    }
}

fn mode(mode: &Mode) -> Result<Change, String> {
    let change = match &mode.0 {
        Value::String(text) => Change::parse(text),
        Value::Number(number) => number.as_u64().and_then(|number| u32::try_from(number).ok()).and_then(Change::exact),
        _ => None,
    };
    change.ok_or_else(|| {
        format!("mode: {} is none; give octal digits in quotes, such as '0640', or such as u=rw,g=r,o=", mode.0)
    })
}

/// The number of a user or group, from the host's files, or from whatever the host asks besides them (LDAP …).
fn id(database: &str, name: &str) -> Option<u32> {
    if let Ok(number) = name.parse() {
        return Some(number);
    }
    if name.is_empty() || name.starts_with('-') || name.contains(':') {
        return None;
    }
    let of = |lines: &str| {
        lines.lines().find_map(|line| {
            let mut fields = line.split(':');
            (fields.next()? == name).then(|| fields.nth(1)?.parse().ok()).flatten()
        })
    };
    let lines = std::fs::read(format!("/etc/{database}")).unwrap_or_default();
    of(&String::from_utf8_lossy(&lines)).or_else(|| {
        let asked = Command::new("getent").args([database, name]).stdin(Stdio::null()).stderr(Stdio::null()).output();
        of(&String::from_utf8_lossy(&asked.ok()?.stdout))
    })
}

/// Copies the extended attributes of one file to another: access control lists and the SELinux label among them. Gives the
/// names of those that the host does not let this user set.
pub(crate) fn copy_extended(from: BorrowedFd<'_>, to: BorrowedFd<'_>) -> Vec<String> {
    use rustix::fs::{XattrFlags, fgetxattr, flistxattr, fsetxattr};
    let mut lost = Vec::new();
    let mut names = vec![0; 64 * 1024];
    let length = flistxattr(from.as_fd(), &mut names[..]).unwrap_or_default();
    for name in names[..length].split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
        let mut value = vec![0; 64 * 1024];
        let copied = fgetxattr(from.as_fd(), name, &mut value[..]).and_then(|length| {
            let mut has = vec![0; length + 1];
            match fgetxattr(to.as_fd(), name, &mut has[..]) {
                // A label that the host gave to the new file by itself need not be set, which few may do.
                Ok(same) if has[..same] == value[..length] => Ok(()),
                _ => fsetxattr(to.as_fd(), name, &value[..length], XattrFlags::empty()),
            }
        });
        if copied.is_err() {
            lost.push(String::from_utf8_lossy(name).into_owned());
        }
    }
    lost
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_and_groups_are_found_by_name_and_by_number() {
        assert_eq!((id("passwd", "root"), id("group", "root"), id("passwd", "4321")), (Some(0), Some(0), Some(4321)));
        for name in ["", "no-such-user-here", "-h", "root:x"] {
            assert_eq!(id("passwd", name), None, "{name}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_refused_by_its_option() {
        let none = FileOptions::default;
        let mode = |mode: Value| FileOptions { mode: Some(Mode(mode)), ..none() };
        for (options, words) in [
            (FileOptions { owner: Some("no-such-user".into()), ..none() }, "owner: there is no 'no-such-user'"),
            (FileOptions { group: Some("".into()), ..none() }, "group: there is no ''"),
            (mode("rw".into()), "mode: \"rw\" is none"),
            (mode(true.into()), "mode: true is none"),
            (mode((-1).into()), "mode: -1 is none"),
        ] {
            let error = Wanted::new(&options).unwrap_err();
            assert!(error.starts_with(words), "{error}");
        }
        assert_eq!(Wanted::new(&mode(0o640.into())).unwrap().mode, Change::parse("0640"));
    }

    #[test]
    fn what_is_not_asked_for_stays_and_a_new_file_is_its_owners_alone() {
        let existing = Attributes { owner: 1, group: 2, mode: 0o644 };
        let wanted = |mode: Option<&str>, owner| Wanted {
            mode: mode.map(|mode| Change::parse(mode).unwrap()),
            owner,
            ..Wanted::default()
        };
        assert_eq!(wanted(None, None).of(None), (None, None, 0o600));
        assert_eq!(wanted(None, None).of(Some(&existing)), (Some(1), Some(2), 0o644));
        assert_eq!(wanted(Some("g-r,o-r"), Some(7)).of(Some(&existing)), (Some(7), Some(2), 0o600));
        for (mode, owner, differs) in
            [(None, None, false), (Some("0644"), Some(1), false), (Some("0640"), None, true), (None, Some(3), true)]
        {
            assert_eq!(wanted(mode, owner).differs(&existing), differs);
        }
    }
}
