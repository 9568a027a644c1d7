//! Files as Ansible's own file modules write them: completely or not at all, with the owner, group and mode of the task.
//!
//! The work is done by [`atomic_file`]; this module holds the options.

pub use atomic_file::{FileStream, PreparedFile, TargetFile, Written};

use crate::{Context, Diff, Failure, Task, split_words};
use atomic_file::{AttributeChange, AttributeRequest, ModeChange, NewFileMode, error_text, group_id, user_id};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// The options that Ansible's file modules have in common. A module flattens them into its own options.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct FileOptions {
    /// Name or number of the user that owns the file. Default: an existing file keeps its owner.
    pub owner: Option<String>,
    /// Name or number of the group that owns the file. Default: an existing file keeps its group.
    pub group: Option<String>,
    /// Permissions of the file, such as V('0640') or V(u=rw,g=r,o=). Quote an octal number, because YAML reads an unquoted one as another number.
    ///
    /// Default: an existing file keeps its mode, and a new one gets V('0600').
    pub mode: Option<Mode>,
    /// Write the file in place where it cannot be replaced in one step: a bind mount in a container, a file of another user. A reader may then see a part of the content, and a failure may leave a part of it.
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
    /// The same options with this mode: for a module that does not leave it to the task.
    #[must_use]
    pub fn with_mode(mut self, mode: impl Into<Mode>) -> Self {
        self.mode = Some(mode.into());
        self
    }

    /// The same options with `unsafe_writes`.
    #[must_use]
    pub fn with_unsafe_writes(mut self) -> Self {
        self.unsafe_writes = true;
        self
    }

    /// The file at this absolute path, with these attributes.
    ///
    /// # Errors
    ///
    /// The first option that is not valid.
    pub fn target(&self, path: &Path) -> Result<TargetFile, InvalidFileOption> {
        Ok(TargetFile::new(path, self.request()?))
    }

    /// The options as they are on this host.
    ///
    /// # Errors
    ///
    /// The first option that is not valid.
    pub fn request(&self) -> Result<AttributeRequest, InvalidFileOption> {
        let mut request = AttributeRequest::new().unsafe_writes(self.unsafe_writes);
        if let Some(owner) = &self.owner {
            let unknown =
                || InvalidFileOption::new("owner", format!("no user '{}' exists on this host", owner.escape_debug()));
            request = request.owner(user_id(owner).ok_or_else(unknown)?);
        }
        if let Some(group) = &self.group {
            let unknown =
                || InvalidFileOption::new("group", format!("no group '{}' exists on this host", group.escape_debug()));
            request = request.group(group_id(group).ok_or_else(unknown)?);
        }
        if let Some(mode) = &self.mode {
            request = request.mode(mode_change(mode)?);
        }
        Ok(request)
    }
}

/// An option of [`FileOptions`] that is not valid on this host. Displayed as `option: reason`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidFileOption {
    /// The name of the option.
    pub option: &'static str,
    /// The problem, and the fix if there is one.
    pub reason: String,
}

impl InvalidFileOption {
    fn new(option: &'static str, reason: String) -> Self {
        Self { option, reason }
    }
}

impl fmt::Display for InvalidFileOption {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.option, self.reason)
    }
}

impl std::error::Error for InvalidFileOption {}

/// A file that a module keeps in a state. [`Task::file`] returns it.
#[derive(Debug)]
#[must_use = "the file is written with `write`"]
pub struct ManagedFile<'a> {
    task: &'a mut Task,
    path: PathBuf,
    request: AttributeRequest,
    backup: bool,
    validate: Option<String>,
}

/// The outcome of [`ManagedFile::write`].
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct FileChange {
    /// True if the content or the attributes changed, or would change in check mode.
    pub changed: bool,
    /// The path of the backup.
    pub backup_file: Option<String>,
    /// The change of the content, and that of the attributes, in Ansible's form.
    pub diff: Vec<Diff>,
}

impl Task {
    /// A file with these attributes.
    ///
    /// ```
    /// # use ansible_binary_module::{Failure, Task, file::FileOptions};
    /// # fn run() -> Result<(), Failure> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("motd");
    /// let mut task = Task::builder().build();
    /// let change = task.file(&path, &FileOptions::default())?.backup(true).write(b"Welcome\n")?;
    /// assert!(change.changed);
    /// # Ok(())
    /// # }
    /// # run().unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// An option that cannot be used, by name.
    pub fn file(&mut self, path: &Path, options: &FileOptions) -> Result<ManagedFile<'_>, Failure> {
        let request = options.request()?;
        Ok(ManagedFile { task: self, path: path.to_owned(), request, backup: false, validate: None })
    }
}

impl ManagedFile<'_> {
    /// Gives a new file the mode that the umask leaves, as Ansible's modules do, instead of 0600.
    pub fn new_file_follows_umask(mut self) -> Self {
        self.request = self.request.new_file(NewFileMode::Umask);
        self
    }

    /// Keeps a copy of a file whose content changes, under Ansible's name for backups (in UTC).
    pub fn backup(mut self, on: bool) -> Self {
        self.backup = on;
        self
    }

    /// Runs this command before the content is used. `%s` is the path of a file with the new content. An exit status other than
    /// 0 is a failure.
    pub fn validate(mut self, command: Option<&str>) -> Self {
        self.validate = command.map(str::to_owned);
        self
    }

    /// Gives the file this content and its attributes, or predicts that in check mode. A file whose content is right is changed
    /// in place.
    ///
    /// # Errors
    ///
    /// The reason why the file cannot be written, with its path.
    pub fn write(self, content: &[u8]) -> Result<FileChange, Failure> {
        let target = TargetFile::new(&self.path, self.request.clone());
        let before = match std::fs::read(&self.path) {
            Ok(before) => Some(before),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => {
                return Err(format!("'{}' cannot be read ({})", self.path.display(), error_text(error)).into());
            }
        };
        let differs = before.as_deref() != Some(content);
        let attributes = target.attribute_change()?;
        let mut change = FileChange { changed: differs || attributes.is_some(), ..FileChange::default() };
        let shown = self.path.display().to_string();
        if differs {
            let text = |content: &[u8]| String::from_utf8_lossy(content).into_owned();
            let diff = Diff::new(before.as_deref().map(text).unwrap_or_default(), text(content));
            change.diff.push(diff.headed(format!("{shown} (content)")));
        }
        if let Some(attributes) = &attributes {
            change.diff.push(attribute_diff(attributes).headed(format!("{shown} (file attributes)")));
        }
        let warnings = match (differs, self.task.check_mode()) {
            (true, true) => target.check()?,
            (true, false) => {
                if let Some(command) = &self.validate {
                    validate(self.task, command, content)?;
                }
                if let (true, Some(before)) = (self.backup, &before) {
                    change.backup_file = Some(back_up(&self.path, before)?);
                }
                let written = target.prepare(content.len())?.write(content)?;
                written.warnings.into_iter().chain(written.unsynced).collect()
            }
            (false, true) => {
                target.check_attributes()?;
                Vec::new()
            }
            (false, false) => {
                target.set_attributes()?;
                Vec::new()
            }
        };
        warnings.into_iter().for_each(|warning| self.task.warn(format!("'{shown}' {warning}")));
        Ok(change)
    }
}

/// The changed attributes as Ansible prints them.
fn attribute_diff(change: &AttributeChange) -> Diff {
    let (mut before, mut after) = (Map::new(), Map::new());
    let (old, new) = (&change.before, &change.after);
    if old.owner != new.owner {
        before.insert("owner".to_owned(), old.owner.into());
        after.insert("owner".to_owned(), new.owner.into());
    }
    if old.group != new.group {
        before.insert("group".to_owned(), old.group.into());
        after.insert("group".to_owned(), new.group.into());
    }
    if old.mode != new.mode {
        before.insert("mode".to_owned(), format!("{:04o}", old.mode).into());
        after.insert("mode".to_owned(), format!("{:04o}", new.mode).into());
    }
    Diff::new(before, after)
}

fn validate(task: &mut Task, command: &str, content: &[u8]) -> Result<(), Failure> {
    let words = split_words(command).filter(|words| words.iter().any(|word| word.contains("%s")));
    let words = words.ok_or_else(|| format!("validate must contain %s: {command}"))?;
    let path = task.temporary_directory().context("validate")?.join("validate");
    let written = TargetFile::new(&path, AttributeRequest::new()).prepare(content.len())?.write(content);
    let shown = path.to_string_lossy();
    let output = task.run_command(words.iter().map(|word| word.replace("%s", &shown))).run();
    let _ = std::fs::remove_file(&path);
    written?;
    match output? {
        output if output.rc == 0 => Ok(()),
        output => Err(Failure::new(format!("failed to validate: rc:{} error:{}", output.rc, output.stderr))
            .with_field("rc", output.rc)
            .with_field("stdout", output.stdout)
            .with_field("stderr", output.stderr)),
    }
}

/// Copies the content under another name, with the attributes of the file. Returns the path.
fn back_up(path: &Path, content: &[u8]) -> Result<String, Failure> {
    use std::os::unix::fs::MetadataExt;
    let status = std::fs::metadata(path).context(format!("'{}' cannot be backed up", path.display()))?;
    let mut request = AttributeRequest::new();
    if let Some(mode) = ModeChange::exact(status.mode() & 0o7777) {
        request = request.mode(mode);
    }
    if rustix::process::geteuid().is_root() {
        request = request.owner(status.uid()).group(status.gid());
    }
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.{}~", std::process::id(), timestamp(seconds)));
    let backup = PathBuf::from(name);
    TargetFile::new(&backup, request).prepare(content.len())?.write(content)?;
    Ok(backup.display().to_string())
}

/// `2026-11-30@18:00:00`, in UTC.
fn timestamp(seconds: u64) -> String {
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // Days to a civil date: eras of 400 years, which begin in March.
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}@{:02}:{:02}:{:02}", second / 3_600, second / 60 % 60, second % 60)
}

fn mode_change(mode: &Mode) -> Result<ModeChange, InvalidFileOption> {
    let change = match &mode.0 {
        Value::String(text) => ModeChange::parse(text),
        Value::Number(number) => {
            number.as_u64().and_then(|number| u32::try_from(number).ok()).and_then(ModeChange::exact)
        }
        _ => None,
    };
    change.ok_or_else(|| {
        let reason = format!("{} is not a mode. Give octal digits in quotes, such as '0640', or u=rw,g=r,o=", mode.0);
        InvalidFileOption::new("mode", reason)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_used_is_refused_by_its_option() {
        let none = FileOptions::default;
        let mode = |mode: Value| FileOptions { mode: Some(Mode(mode)), ..none() };
        for (options, option, words) in [
            (FileOptions { owner: Some("no-such-user".into()), ..none() }, "owner", "no user 'no-such-user'"),
            (FileOptions { group: Some("".into()), ..none() }, "group", "no group ''"),
            (mode("rw".into()), "mode", "\"rw\" is not a mode"),
            (mode(true.into()), "mode", "true is not a mode"),
            (mode((-1).into()), "mode", "-1 is not a mode"),
        ] {
            let error = options.request().unwrap_err();
            assert_eq!(error.option, option);
            assert!(error.reason.starts_with(words) && error.to_string().starts_with(option), "{error}");
        }
        assert_eq!(mode(0o640.into()).request(), mode("0640".into()).request());
        assert_eq!(mode("".into()).request(), none().request().map(|request| request.mode("".parse().unwrap())));
    }

    fn mode(path: &Path) -> u32 {
        use std::os::unix::fs::PermissionsExt;
        std::fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    fn write(path: &Path, options: &FileOptions, check_mode: bool, content: &str) -> Result<FileChange, Failure> {
        let mut task = Task::builder().check_mode(check_mode).build();
        task.file(path, options)?.backup(true).validate(Some("grep -q good %s")).write(content.as_bytes())
    }

    #[test]
    fn a_file_is_predicted_written_backed_up_and_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("f");
        let options = FileOptions { mode: Some("0640".into()), ..FileOptions::default() };
        for (content, backups) in [("good 1", 0), ("good 2", 1)] {
            let predicted = write(&path, &options, true, content).unwrap();
            assert_eq!((predicted.changed, &predicted.backup_file), (true, &None));
            let done = write(&path, &options, false, content).unwrap();
            assert_eq!((done.changed, &done.diff), (true, &predicted.diff));
            assert_eq!((std::fs::read_to_string(&path).unwrap().as_str(), mode(&path)), (content, 0o640));
            assert_eq!(done.backup_file.is_some(), backups == 1);
            if let Some(backup) = &done.backup_file {
                assert_eq!(std::fs::read_to_string(backup).unwrap(), "good 1");
                assert_eq!(mode(Path::new(backup)), 0o640);
                assert!(backup.starts_with(path.to_str().unwrap()) && backup.ends_with('~'), "{backup}");
            }
            assert_eq!(write(&path, &options, false, content).unwrap(), FileChange::default());
        }
        let refused = write(&path, &options, false, "bad").unwrap_err();
        assert_eq!((refused.msg.as_str(), &refused.fields["rc"]), ("failed to validate: rc:1 error:", &Value::from(1)));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "good 2");
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_change_of_the_mode_alone_is_a_diff_of_attributes() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("f");
        std::fs::write(&path, "good").unwrap();
        let from = format!("{:04o}", mode(&path));
        let options = FileOptions { mode: Some("0600".into()), ..FileOptions::default() };
        for check_mode in [true, false] {
            let change = write(&path, &options, check_mode, "good").unwrap();
            let [diff] = &change.diff[..] else { panic!("{change:?}") };
            assert_eq!((diff.before["mode"].as_str().unwrap(), &diff.after["mode"]), (from.as_str(), &"0600".into()));
            assert_eq!(diff.before_header, Some(format!("{} (file attributes)", path.display())));
            assert_eq!(mode(&path) == 0o600, !check_mode);
        }
    }

    #[test]
    fn a_new_file_is_private_or_follows_the_umask() {
        let directory = tempfile::tempdir().unwrap();
        let options = FileOptions::default();
        let mut task = Task::builder().build();
        task.file(&directory.path().join("private"), &options).unwrap().write(b"x").unwrap();
        task.file(&directory.path().join("usual"), &options).unwrap().new_file_follows_umask().write(b"x").unwrap();
        std::fs::write(directory.path().join("by std"), "x").unwrap();
        let mode = |name: &str| mode(&directory.path().join(name));
        assert_eq!((mode("private"), mode("usual")), (0o600, mode("by std")));
    }

    #[test]
    fn a_timestamp_is_a_date_of_the_calendar() {
        for (seconds, text) in [
            (0, "1970-01-01@00:00:00"),
            (951_782_399, "2000-02-28@23:59:59"),
            (951_782_400, "2000-02-29@00:00:00"),
            (1_709_251_199, "2024-02-29@23:59:59"),
            (1_796_083_200, "2026-12-01@00:00:00"),
        ] {
            assert_eq!(timestamp(seconds), text);
        }
    }
}
