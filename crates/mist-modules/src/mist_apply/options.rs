//! The options of `mist_apply`, and the declarations in its files.

use crate::ConnectionOptions;
use crate::common::options::OptionError;
use crate::common::scope::{IdOrName, OrgOptions};
use crate::mist_apply::results;
use crate::objects::declared::{self, UpdateSecrets};
use crate::organization::{self, Patterns};
use ansible_binary_module::{AnsiblePath, Task};
use mist_client::redact::quoted;
use mist_objects::compare::Rules;
use mist_objects::filter::Filter;
use mist_objects::plan::Fields;
use mist_objects::table::{Kind, Level};
use mist_organization::desired::Desired;
use mist_organization::file_name;
use mist_organization::read::{self, Texts};
use mist_organization::secret_files::Secrets;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Options {
    /// Folder with the files, or a list of files, on the host that runs the task. The format is that of M(mist_export). Only what is in the files is managed.
    #[schemars(extend("x-ansible-elements" = "path"))]
    #[schemars(extend("examples" = [["/srv/acme"]]))]
    pub src: Vec<AnsiblePath>,
    #[serde(flatten)]
    pub org: OrgOptions,
    /// Types to manage, in the form of O(mist_export#module:kinds). Default: every type in the files.
    #[schemars(extend("x-ansible-elements" = "str"))]
    pub kinds: Option<Vec<String>>,
    /// Objects to manage, by type: names or patterns. Other objects of the type are ignored.
    #[schemars(extend("examples" = [{"wlans": ["Corp"]}]))]
    pub only: Option<Map<String, Value>>,
    /// Dotted paths of declared dictionaries that may have only declared keys. Other keys are removed.
    #[schemars(extend("x-ansible-elements" = "str"))]
    #[schemars(extend("examples" = [["vars"]]))]
    pub exact: Option<Vec<String>>,
    /// Types of which undeclared objects are deleted, in the form of O(kinds). Only where a file of the type exists, also in the folder of the site. Requires O(max_deletes).
    #[schemars(extend("x-ansible-elements" = "str"))]
    pub purge: Option<Vec<String>>,
    /// Names or patterns of objects that O(purge) keeps, by type.
    #[schemars(extend("examples" = [{"wlans": ["Guest*"]}]))]
    pub keep: Option<Map<String, Value>>,
    /// Conditions for O(purge), by type, in the form of O(mist_object_info#module:where).
    #[serde(rename = "where")]
    #[schemars(extend("examples" = [{"wlans": {"enabled": false}}]))]
    pub conditions: Option<Map<String, Value>>,
    /// Do nothing if more objects would be deleted than this, in the whole run.
    pub max_deletes: Option<u32>,
    /// Accept O(purge) of a type of which the files declare no object.
    #[serde(default)]
    pub allow_empty: bool,
    /// Create an object although another one exists whose name differs only in blanks, case or Unicode form. Names that the files declare together are always accepted.
    #[serde(default)]
    pub allow_similar: bool,
    /// Refuse fields and values that the API document does not have, and new objects without its required fields. Default: they are warnings.
    #[serde(default)]
    pub strict: bool,
    /// When to write a declared secret that the cloud does not show, so that it cannot be compared.
    #[serde(default)]
    pub update_secrets: UpdateSecrets,
    /// Folder with secrets, as O(mist_export#module:secrets_dest) writes it. They are added to the declarations, and replace no declared field.
    pub secrets_src: Option<AnsiblePath>,
    /// Secrets by type and name, for vaulted variables: C({wlans: {Corp: {auth: {psk: ...}}}}). Types of sites have the site first: C({site/wlans: {Branch 1: {Corp: ...}}}). They replace no declared field.
    pub secrets: Option<Map<String, Value>>,
    /// Reaction to an error about one object.
    #[serde(default)]
    pub on_error: OnError,
    #[serde(flatten)]
    pub connection: ConnectionOptions,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnError {
    /// Write all objects that do not depend on it. The task fails at the end.
    #[default]
    Continue,
    /// Start nothing more.
    Stop,
}

/// The checked options.
#[derive(Debug)]
pub struct Params {
    pub org: IdOrName,
    /// The folder, for messages.
    pub src: PathBuf,
    pub desired: Desired,
    pub only: Patterns,
    pub keep: Patterns,
    pub purge: Vec<Kind>,
    pub conditions: Vec<(Kind, Filter)>,
    pub rules: Rules,
}

impl Params {
    /// Checks the options, and reads the files.
    ///
    /// # Errors
    /// An option or a file is not valid.
    pub fn new(options: &Options, task: &mut Task) -> Result<Self, OptionError> {
        let org = options.org.required(task)?;
        let kinds = options.kinds.as_deref().map(|kinds| organization::kinds("kinds", Some(kinds))).transpose()?;
        let purge = match options.purge.as_deref() {
            None | Some([]) => Vec::new(),
            Some(purge) => organization::kinds("purge", Some(purge))?,
        };
        if purge.is_empty() {
            for (option, given) in [
                ("max_deletes", options.max_deletes.is_some()),
                ("keep", options.keep.is_some()),
                ("where", options.conditions.is_some()),
            ] {
                if given {
                    return Err(OptionError::new(option, "only with purge. Set purge, or remove the option."));
                }
            }
        } else if options.max_deletes.is_none() {
            return Err(OptionError::new("max_deletes", "required with purge. Set the most deletions of the run."));
        }
        let mut conditions = Vec::new();
        for (word, given) in options.conditions.iter().flatten() {
            let kinds = organization::of_word(word);
            let (Some(fields), false) = (given.as_object(), kinds.is_empty()) else {
                return Err(OptionError::new("where", format!("{} is not a type with conditions.", quoted(word))));
            };
            conditions.extend(kinds.into_iter().map(|kind| {
                let filter = Filter::new(kind.schema, fields);
                (kind, filter)
            }));
        }
        let (src, texts) = read_src(&options.src)?;
        let mut secrets = secrets_of(options)?;
        if let Some(folder) = &options.secrets_src {
            let path: &Path = folder;
            let texts = Texts::of_folder(path).map_err(|error| unreadable("secrets_src", path, &error))?;
            secrets.add_folder(&texts);
        }
        secrets.texts().iter().for_each(|text| task.hide(text));
        let mut desired = read::desired(&texts, &secrets).map_err(|errors| results::read_errors(&errors))?;
        for object in &desired.objects {
            declared::hide(task, &object.kind, &object.fields);
        }
        let only = Patterns::new("only", options.only.as_ref())?;
        retain(&mut desired, kinds.as_deref(), &only);
        let is_empty = |kind: &Kind| {
            let is_of =
                |word: &str, site: Option<usize>| word == kind.word && site.is_some() == (kind.level == Level::Site);
            desired.scopes.iter().any(|(site, word)| is_of(word, *site))
                && !desired.objects.iter().any(|object| is_of(&object.kind.word, object.site))
        };
        if let (Some(kind), false) = (purge.iter().find(|kind| is_empty(kind)), options.allow_empty) {
            let reason =
                format!("the files declare none of the {}, so all would be deleted. Set allow_empty.", kind.word);
            return Err(OptionError::new("purge", reason));
        }
        let rules = Rules {
            exact: options.exact.iter().flatten().cloned().collect(),
            rewrite_secrets: options.update_secrets == UpdateSecrets::Always,
            ..Rules::default()
        };
        let keep = Patterns::new("keep", options.keep.as_ref())?;
        Ok(Self { org, src, desired, only, keep, purge, conditions, rules })
    }
}

fn unreadable(option: &str, path: &Path, error: &std::io::Error) -> OptionError {
    let cause = atomic_file::error_text(std::io::Error::from(error.kind()));
    OptionError::new(option, format!("{} cannot be read ({cause}).", quoted(&path.display().to_string())))
}

/// The files of a folder, or of a list of files.
fn read_src(src: &[AnsiblePath]) -> Result<(PathBuf, Texts), OptionError> {
    let paths: Vec<PathBuf> = src.iter().map(|path| path.to_path_buf()).collect();
    match paths.as_slice() {
        [] => Err(OptionError::new("src", "set but empty. Set a folder, or a list of files.")),
        [folder] if folder.is_dir() => {
            let texts = Texts::of_folder(folder).map_err(|error| unreadable("src", folder, &error))?;
            if texts.0.is_empty() {
                let reason = format!("{} has no files with objects.", quoted(&folder.display().to_string()));
                return Err(OptionError::new("src", reason));
            }
            Ok((folder.clone(), texts))
        }
        files => match files.iter().find(|file| file.is_dir()) {
            Some(folder) => {
                let reason =
                    format!("{} is a folder. Set one folder, or files alone.", quoted(&folder.display().to_string()));
                Err(OptionError::new("src", reason))
            }
            None => Ok((PathBuf::new(), Texts::of_files(files))),
        },
    }
}

/// The secrets of the option.
fn secrets_of(options: &Options) -> Result<Secrets, OptionError> {
    let mut secrets = Secrets::default();
    let wrong = |word: &str| {
        let reason = format!("{}: a dictionary of types, of names, and of fields is needed.", quoted(word));
        OptionError::new("secrets", reason)
    };
    for (word, given) in options.secrets.iter().flatten() {
        let kinds = organization::of_word(word);
        // A word of both levels means the organization.
        let kind = kinds.first().ok_or_else(|| wrong(word))?;
        let of = |value: &Value| value.as_object().cloned().ok_or_else(|| wrong(word));
        let mut add = |site: Option<&str>, by_name: Fields| -> Result<(), OptionError> {
            if kind.one {
                secrets.add_object(site, kind, "", by_name);
                return Ok(());
            }
            for (name, fields) in &by_name {
                secrets.add_object(site, kind, name, of(fields)?);
            }
            Ok(())
        };
        if kind.level == Level::Site {
            for (site, by_name) in &of(given)? {
                add(Some(&file_name::of(site)), of(by_name)?)?;
            }
        } else {
            add(None, of(given)?)?;
        }
    }
    Ok(secrets)
}

/// Keeps the chosen declarations. Other declared sites are looked up in the cloud.
fn retain(desired: &mut Desired, kinds: Option<&[Kind]>, only: &Patterns) {
    let wants_kind = |level: Level, word: &str| {
        kinds.is_none_or(|kinds| kinds.iter().any(|kind| kind.level == level && kind.word == word))
    };
    let level = |site: Option<usize>| if site.is_some() { Level::Site } else { Level::Org };
    let mut positions = Vec::with_capacity(desired.objects.len());
    let mut kept = Vec::new();
    for object in std::mem::take(&mut desired.objects) {
        let name = object.name().unwrap_or_default();
        let wanted =
            wants_kind(object.kind.level, &object.kind.word) && only.matches(&object.kind, name).unwrap_or(true);
        positions.push(wanted.then_some(kept.len()));
        if wanted {
            kept.push(object);
        }
    }
    desired.objects = kept;
    for site in &mut desired.sites {
        site.declared = site.declared.and_then(|declared| positions.get(declared).copied().flatten());
    }
    desired.scopes.retain(|(site, word)| wants_kind(level(*site), word));
    // A site without a chosen object is not needed.
    let used: BTreeSet<usize> = desired
        .objects
        .iter()
        .filter_map(|object| object.site)
        .chain(desired.scopes.iter().filter_map(|(site, _)| *site))
        .collect();
    let mut numbers = Vec::with_capacity(desired.sites.len());
    let mut sites = Vec::new();
    for (number, site) in std::mem::take(&mut desired.sites).into_iter().enumerate() {
        let is_used = used.contains(&number);
        numbers.push(sites.len());
        if is_used {
            sites.push(site);
        }
    }
    desired.sites = sites;
    let moved = |site: usize| numbers.get(site).copied().unwrap_or_default();
    for object in &mut desired.objects {
        object.site = object.site.map(moved);
    }
    desired.scopes =
        std::mem::take(&mut desired.scopes).into_iter().map(|(site, word)| (site.map(moved), word)).collect();
}
