//! Owner, group and mode: what a caller asks for, and what a file has.

use crate::error::Problem;
use crate::mode::ModeChange;
use std::os::fd::{AsFd, BorrowedFd};
use std::process::{Command, Stdio};

/// The mode of a new file for which the caller asks for none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum NewFileMode {
    /// 0600: for secrets.
    #[default]
    Private,
    /// 0666 without the bits of the process's umask, as most programs create files.
    Umask,
}

impl NewFileMode {
    fn bits(self) -> u32 {
        match self {
            Self::Private => 0o600,
            Self::Umask => 0o666 & !crate::mode::umask(),
        }
    }
}

/// The attributes that a file should have. Attributes without a request stay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttributeRequest {
    pub(crate) owner: Option<u32>,
    pub(crate) group: Option<u32>,
    pub(crate) mode: Option<ModeChange>,
    pub(crate) new_file: NewFileMode,
    pub(crate) unsafe_writes: bool,
}

impl AttributeRequest {
    /// No attribute; a new file gets 0600.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The user's number ([`user_id`] finds it by name).
    #[must_use]
    pub fn owner(mut self, owner: u32) -> Self {
        self.owner = Some(owner);
        self
    }

    /// The group's number ([`group_id`] finds it by name).
    #[must_use]
    pub fn group(mut self, group: u32) -> Self {
        self.group = Some(group);
        self
    }

    /// The mode.
    #[must_use]
    pub fn mode(mut self, mode: ModeChange) -> Self {
        self.mode = Some(mode);
        self
    }

    /// The mode of a new file, where [`AttributeRequest::mode`] was not called.
    #[must_use]
    pub fn new_file(mut self, new_file: NewFileMode) -> Self {
        self.new_file = new_file;
        self
    }

    /// Writes the file in place where it cannot be replaced in one step. A reader may then see a part of it, and a failure
    /// may leave a part of it.
    #[must_use]
    pub fn unsafe_writes(mut self, allowed: bool) -> Self {
        self.unsafe_writes = allowed;
        self
    }

    /// The change for a file with these attributes.
    pub(crate) fn change(&self, before: &FileAttributes) -> Option<AttributeChange> {
        let (owner, group, mode) = self.resolve(Some(before));
        let after = FileAttributes { owner: owner.unwrap_or(before.owner), group: group.unwrap_or(before.group), mode };
        (after != *before).then(|| AttributeChange { before: before.clone(), after })
    }

    /// Owner, group and mode of the written file, from those of the existing one. `None`: those of a new file of this user.
    pub(crate) fn resolve(&self, existing: Option<&FileAttributes>) -> (Option<u32>, Option<u32>, u32) {
        let current = existing.map_or_else(|| self.new_file.bits(), |existing| existing.mode);
        (
            self.owner.or(existing.map(|existing| existing.owner)),
            self.group.or(existing.map(|existing| existing.group)),
            self.mode.as_ref().map_or(current, |mode| mode.apply(current)),
        )
    }
}

/// The attributes of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileAttributes {
    /// The user's number.
    pub owner: u32,
    /// The group's number.
    pub group: u32,
    /// The permission bits, with setuid, setgid and sticky.
    pub mode: u32,
}

/// A difference between the attributes of a file and the requested ones.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AttributeChange {
    /// The current attributes.
    pub before: FileAttributes,
    /// The requested attributes.
    pub after: FileAttributes,
}

/// The number of a user, by name or number, from `/etc/passwd` or another database of the host (LDAP, NIS).
#[must_use]
pub fn user_id(name: &str) -> Option<u32> {
    id("passwd", name.trim())
}

/// The number of a group, as [`user_id`].
#[must_use]
pub fn group_id(name: &str) -> Option<u32> {
    id("group", name.trim())
}

fn id(database: &str, name: &str) -> Option<u32> {
    if let Ok(number) = name.parse() {
        return Some(number);
    }
    if name.is_empty() || name.starts_with('-') || name.contains(':') {
        return None;
    }
    let number_in = |lines: &str| {
        lines.lines().find_map(|line| {
            let mut fields = line.split(':');
            (fields.next()? == name).then(|| fields.nth(1)?.parse().ok()).flatten()
        })
    };
    let lines = std::fs::read(format!("/etc/{database}")).unwrap_or_default();
    number_in(&String::from_utf8_lossy(&lines)).or_else(|| {
        let mut getent = Command::new("getent");
        getent.args([database, name]).stdin(Stdio::null()).stderr(Stdio::null());
        number_in(&String::from_utf8_lossy(&getent.output().ok()?.stdout))
    })
}

/// Copies the extended attributes of one file to another: access control lists and the SELinux label among them. Returns the
/// names of those that this user cannot set.
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
                // The host may have given the new file this label already. Few users can set it.
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

/// Gives an open file its owner and group. A group that is only kept, and that this user cannot give, is a warning.
pub(crate) fn set_owner_and_group(
    file: impl AsFd,
    owner: Option<u32>,
    group: Option<u32>,
    group_is_requested: bool,
    warnings: &mut Vec<String>,
) -> Result<(), Problem> {
    use crate::error::error_text;
    use rustix::fs::{Gid, Uid, fchown};
    let status = rustix::fs::fstat(file.as_fd()).map_err(|error| Problem::NotExamined(error_text(error)))?;
    if let Some(owner) = owner.filter(|owner| *owner != status.st_uid) {
        fchown(file.as_fd(), Some(Uid::from_raw(owner)), None)
            .map_err(|error| Problem::OwnerNotSet(owner, error_text(error)))?;
    }
    if let Some(group) = group.filter(|group| *group != status.st_gid) {
        if let Err(error) = fchown(file.as_fd(), None, Some(Gid::from_raw(group))) {
            let problem = Problem::GroupNotSet(group, error_text(error));
            if group_is_requested {
                return Err(problem);
            }
            warnings.push(problem.to_string());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_and_groups_are_found_by_name_and_by_number() {
        assert_eq!((user_id("root"), group_id(" root "), user_id("4321")), (Some(0), Some(0), Some(4321)));
        for name in ["", "no-such-user-here", "-h", "root:x"] {
            assert_eq!(user_id(name), None, "{name}");
        }
    }

    #[test]
    fn what_is_not_asked_for_stays_and_a_new_file_is_its_owners_alone() {
        let existing = FileAttributes { owner: 1, group: 2, mode: 0o644 };
        let request = |mode: Option<&str>, owner| AttributeRequest {
            mode: mode.map(|mode| ModeChange::parse(mode).unwrap()),
            owner,
            ..AttributeRequest::default()
        };
        assert_eq!(request(None, None).resolve(None), (None, None, 0o600));
        assert_eq!(request(None, None).resolve(Some(&existing)), (Some(1), Some(2), 0o644));
        assert_eq!(request(Some("g-r,o-r"), Some(7)).resolve(Some(&existing)), (Some(7), Some(2), 0o600));
        for (mode, owner, differs) in
            [(None, None, false), (Some("0644"), Some(1), false), (Some("0640"), None, true), (None, Some(3), true)]
        {
            assert_eq!(request(mode, owner).change(&existing).is_some(), differs);
        }
    }

    #[test]
    fn a_new_file_follows_the_umask_only_where_the_caller_asks() {
        let request = AttributeRequest::new().new_file(NewFileMode::Umask);
        assert_eq!(request.resolve(None).2, 0o666 & !crate::mode::umask());
        let existing = FileAttributes { owner: 1, group: 2, mode: 0o640 };
        assert_eq!(request.resolve(Some(&existing)).2, 0o640);
    }
}
