//! The directory for temporary files, chosen as `AnsibleModule.tmpdir` does (ansible-core `module_utils/basic.py`).

use crate::arguments::Internal;
use crate::process::on_exit;
use crate::spec::{Argument, ArgumentSpec, ArgumentType, Rules};
use crate::validation::validate;
use serde_json::{Map, Value};
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// Only the user can read it.
const MODE: u32 = 0o700;

/// An existing directory, or the way to create one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Temporary {
    /// It exists.
    At(PathBuf),
    /// It is created in `base`, if that is usable.
    Under {
        base: Option<PathBuf>,
        /// True if it stays after the run.
        keep: bool,
    },
}

impl Default for Temporary {
    fn default() -> Self {
        Self::Under { base: None, keep: false }
    }
}

impl Temporary {
    pub(crate) fn of(internal: &Internal, environment: &dyn Fn(&str) -> Option<String>) -> Self {
        match (&internal.tmpdir, &internal.remote_tmp) {
            (Some(directory), _) => Self::At(directory.into()),
            (None, base) => Self::Under {
                base: base.as_ref().and_then(|base| expanded(base, environment)),
                keep: internal.keep_remote_files,
            },
        }
    }

    /// The directory, created at the first call, and possibly a warning.
    pub(super) fn directory(&mut self) -> io::Result<(PathBuf, Option<String>)> {
        let (base, keep) = match self {
            Self::At(directory) => return Ok((directory.clone(), None)),
            Self::Under { base, keep } => (base.clone(), *keep),
        };
        let (base, warning) = usable_base(base);
        let directory = make_in(&base)?;
        if !keep {
            let directory = directory.clone();
            on_exit(move || {
                // It may have been deleted before.
                let _ = std::fs::remove_dir_all(directory);
            });
        }
        *self = Self::At(directory.clone());
        Ok((directory, warning))
    }
}

/// Expands `~` and variables, as in an option of type `path`.
fn expanded(path: &str, environment: &dyn Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let argument = Argument { argument_type: Some(ArgumentType::Path), ..Argument::default() };
    let spec = ArgumentSpec::from_iter([("path".to_owned(), argument)]);
    let values = Map::from_iter([("path".to_owned(), Value::from(path))]);
    validate(&spec, &Rules::default(), &values, environment)
        .validated_parameters
        .get("path")
        .and_then(Value::as_str)
        .map(PathBuf::from)
}

fn usable_base(base: Option<PathBuf>) -> (PathBuf, Option<String>) {
    let Some(base) = base else {
        return (std::env::temp_dir(), None);
    };
    if base.exists() {
        return (base, None);
    }
    let shown = base.display();
    match DirBuilder::new().recursive(true).mode(MODE).create(&base) {
        Ok(()) => {
            let warning = format!(
                "Module remote_tmp {shown} did not exist and was created with a mode of 0700, this may cause issues \
                 when running as another user. To avoid this, create the remote_tmp dir with the correct permissions \
                 manually"
            );
            (base, Some(warning))
        }
        Err(error) => {
            let warning = format!("Unable to use {shown} as temporary directory, failing back to system: {error}");
            (std::env::temp_dir(), Some(warning))
        }
    }
}

/// Creates a new directory. Creation fails for an existing name, so that a guessed name does not help an attacker.
fn make_in(base: &Path) -> io::Result<PathBuf> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut attempt = 0;
    loop {
        let name = format!("ansible-moduletmp-{}-{}-{attempt}", since.as_nanos(), std::process::id());
        let directory = base.join(name);
        match DirBuilder::new().mode(MODE).create(&directory) {
            Ok(()) => return Ok(directory),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && attempt < 100 => {
                attempt += 1;
            }
            Err(error) => return Err(error),
        }
    }
}
