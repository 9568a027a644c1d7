//! The Ansible module `mist_export`: a whole organization as a folder of files.

pub mod docs;

use crate::common::glob::Glob;
use crate::common::messages;
use crate::common::options::OptionError;
use crate::common::scope::{self, IdOrName, OrgOptions};
use crate::objects::errors;
use crate::organization::{self, Patterns, folder_error};
use crate::{ConnectionOptions, MistModule};
use ansible_binary_module::{AnsiblePath, Diff, Documentation, Failure, Outcome, Success, Task};
use mist_client::Client;
use mist_client::redact::quoted;
use mist_objects::table::{Kind, Level};
use mist_objects::{secrets, source};
use mist_organization::export::{self, ExportError, Request};
use mist_organization::exported::{Export, Unread, render};
use mist_organization::folder::Folder;
use mist_organization::sync::{self, Change, Desired, SyncError};
use mist_organization::{layout, schemas};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

#[derive(Debug)]
pub struct MistExport;

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Options {
    /// Folder for the files, on the host that runs the task. It is created if it does not exist. Links below it are never followed.
    pub dest: AnsiblePath,
    #[serde(flatten)]
    pub org: OrgOptions,
    /// Types to export. V(org/wlans) and V(site/wlans) are those of one scope, V(wlans) those of both. V(all) is every type. Default: every type of the organization, and V(setting) and V(wlans) of each site.
    #[schemars(extend("x-ansible-elements" = "str"))]
    #[schemars(extend("examples" = [["sites", "org/wlans"]]))]
    pub kinds: Option<Vec<String>>,
    /// Sites to export: names, or patterns such as V(Branch*). Default: all. Files of other sites stay.
    #[schemars(extend("x-ansible-elements" = "str"))]
    #[schemars(extend("examples" = [["Branch*"]]))]
    pub sites: Option<Vec<String>>,
    /// Objects to export, by type: names or patterns. Other objects of the type stay in their files.
    #[schemars(extend("examples" = [{"wlans": ["Corp"]}]))]
    pub only: Option<Map<String, Value>>,
    /// Format of the files.
    #[serde(default)]
    pub format: Format,
    /// Place of the variables of sites.
    #[serde(default)]
    pub site_settings: SiteSettings,
    /// Folder for the secrets, in files with the same names. Only the owner can read it. Default: secrets are omitted.
    pub secrets_dest: Option<AnsiblePath>,
    /// Accept a O(secrets_dest) inside O(dest). A C(.gitignore) in it keeps the secrets out of git.
    #[serde(default)]
    pub secrets_in_dest: bool,
    #[serde(flatten)]
    pub connection: ConnectionOptions,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Comments in it name the JSON Schema for editors.
    #[default]
    Yaml,
    Json,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SiteSettings {
    /// The file C(setting) in the folder of each site.
    #[default]
    Files,
    /// One table, C(site-settings.csv). Variables that a table cannot hold stay in the files.
    Csv,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Results {
    /// Absolute path of the folder.
    #[schemars(extend("x-ansible-returned" = "success"), example = &"/srv/acme")]
    pub dest: Option<String>,
    /// Files that were written, below RV(dest). In check mode, those that would be written.
    #[schemars(extend("x-ansible-returned" = "always"), extend("examples" = [["sites/Branch 1/setting.yml", "wlans.yml"]]))]
    pub written: Vec<String>,
    /// Files of earlier exports that were deleted, because their objects do not exist any more.
    #[schemars(extend("x-ansible-returned" = "always"))]
    pub deleted: Vec<String>,
    /// Number of exported objects by type. Types of sites begin with C(site/).
    #[schemars(extend("x-ansible-returned" = "always"), extend("examples" = [{"sites": 2, "site/setting": 2}]))]
    pub counts: BTreeMap<String, usize>,
    /// Secrets that the files do not have, each with its type, object and dotted path.
    #[schemars(extend("x-ansible-returned" = "always"), extend("examples" = [["wlans: Guest: auth.psk"]]))]
    pub secrets_left_out: Vec<String>,
    /// Secrets that the cloud masks, so that no export has them.
    #[schemars(extend("x-ansible-returned" = "always"))]
    pub masked: Vec<String>,
    /// References that no name expresses, because the object does not exist or others have its name. The files do not have them.
    #[schemars(extend("x-ansible-returned" = "always"))]
    pub unresolved: Vec<String>,
    /// Lists that were not exported, with the reason. Their files stay.
    #[schemars(extend("x-ansible-returned" = "always"))]
    pub not_exported: Vec<NotExported>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NotExported {
    /// Type of the objects.
    pub kind: String,
    /// Name of the site.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-ansible-returned" = "for objects of a site"))]
    pub site: Option<String>,
    /// Error of the list.
    pub reason: String,
}

/// The checked options.
#[derive(Debug)]
pub struct Params {
    dest: PathBuf,
    secrets_dest: Option<PathBuf>,
    org: IdOrName,
    kinds: Vec<Kind>,
    sites: Option<Vec<Glob>>,
    only: Patterns,
}

impl MistModule for MistExport {
    const NAME: &'static str = "mist_export";
    const DOCUMENTATION: Documentation = docs::DOCUMENTATION;
    type Options = Options;
    type Results = Results;
    type Params = Params;

    fn connection(options: &Options) -> &ConnectionOptions {
        &options.connection
    }

    fn read(options: &Options, task: &mut Task) -> Result<Params, OptionError> {
        let org = options.org.required(task)?;
        let dest = absolute("dest", &options.dest)?;
        let secrets_dest = options.secrets_dest.as_ref().map(|path| absolute("secrets_dest", path)).transpose()?;
        if let Some(secrets) = &secrets_dest {
            check_secrets_dest(&dest, secrets, options.secrets_in_dest)?;
        } else if options.secrets_in_dest {
            return Err(OptionError::new("secrets_in_dest", "only with secrets_dest. Set it, or remove the option."));
        }
        let kinds = organization::kinds("kinds", options.kinds.as_deref())?;
        let only = Patterns::new("only", options.only.as_ref())?;
        let is_exported =
            |(level, word): (Level, &str)| kinds.iter().any(|kind| kind.level == level && kind.word == word);
        let words: BTreeSet<&str> = only.kinds().map(|(_, word)| word).collect();
        for word in words {
            if !only.kinds().any(|kind| kind.1 == word && is_exported(kind)) {
                return Err(OptionError::new("only", format!("{word} is not among kinds. Add it there.")));
            }
        }
        let sites = match &options.sites {
            Some(sites) if sites.is_empty() => {
                return Err(OptionError::new("sites", "set but empty. List names, or remove the option."));
            }
            sites => sites.as_ref().map(|sites| sites.iter().map(|site| Glob::new(site)).collect()),
        };
        Ok(Params { dest, secrets_dest, org, kinds, sites, only })
    }

    fn run(client: &Client, task: &mut Task, options: &Options, params: Params) -> Outcome<Results> {
        let org_id = scope::org_id(client, &params.org).map_err(|error| messages::failure_in(task, error))?;
        run(client, task, options, &params, &org_id)
    }
}

fn absolute(option: &str, path: &Path) -> Result<PathBuf, OptionError> {
    if path.as_os_str().is_empty() {
        return Err(OptionError::new(option, "set but empty. Set the path of a folder."));
    }
    std::path::absolute(path).map_err(|_| OptionError::new(option, "not the path of a folder."))
}

/// Refuses secrets in a folder for git, unless the task accepts it.
fn check_secrets_dest(dest: &Path, secrets: &Path, accepted: bool) -> Result<(), OptionError> {
    let (dest, secrets) = (real(dest), real(secrets));
    if secrets == dest || dest.starts_with(&secrets) {
        return Err(OptionError::new("secrets_dest", "contains dest. Set another folder."));
    }
    if secrets.starts_with(&dest) && !accepted {
        let reason = "inside dest, which may be under version control. Set another folder, or set secrets_in_dest.";
        return Err(OptionError::new("secrets_dest", reason));
    }
    Ok(())
}

/// The path without links and dots, as far as it exists.
fn real(path: &Path) -> PathBuf {
    let mut missing = Vec::new();
    let mut above = path;
    loop {
        if let Ok(real) = above.canonicalize() {
            return missing.iter().rev().fold(real, |path, step| path.join(step));
        }
        let (Some(parent), Some(name)) = (above.parent(), above.file_name()) else { return path.to_owned() };
        missing.push(name.to_owned());
        above = parent;
    }
}

fn run(client: &Client, task: &mut Task, options: &Options, params: &Params, org_id: &str) -> Outcome<Results> {
    let wants_site = |name: &str| params.sites.iter().flatten().any(|pattern| pattern.matches(name));
    let only = |kind: &Kind, name: &str| params.only.matches(kind, name);
    let request = Request {
        org_id,
        kinds: &params.kinds,
        sites: params.sites.as_ref().map(|_| &wants_site as &dyn Fn(&str) -> bool),
        only: &only,
        ending: if options.format == Format::Yaml { "yml" } else { "json" },
        site_table: options.site_settings == SiteSettings::Csv,
    };
    let export = export::export(client, &request).map_err(|error| export_error(&error))?;
    // A selection of sites is one of the objects of the type sites, too.
    let fits = |kind: &Kind, name: &str| match (only(kind, name), kind.word == "sites" && params.sites.is_some()) {
        (None, true) => Some(wants_site(name)),
        (Some(fits), true) => Some(fits && wants_site(name)),
        (fits, false) => fits,
    };
    let mut own: BTreeMap<String, String> = BTreeMap::new();
    let has_objects = !export.files.is_empty() || export.parts.values().any(|part| !part.items.is_empty());
    if has_objects {
        own.insert(layout::GIT_ATTRIBUTES.to_owned(), "* text eol=lf\n".to_owned());
    }
    if options.format == Format::Yaml {
        for kind in params.kinds.iter().filter(|kind| uses_schema(&export, kind)) {
            let path = format!("{}/{}", layout::SCHEMAS, layout::schema_file(kind));
            own.insert(path, format!("{}\n", schemas::of_file(kind)));
        }
    }
    let desired = Desired {
        files: &export.files,
        parts: &export.parts,
        is_secret: false,
        own: &own,
        coverage: &export.coverage,
        fits: &fits,
    };
    let mut results = results(params, &export);
    let changes = synchronize(task, "dest", &params.dest, false, &desired)?;
    let diff = task.diff_mode().then(|| difference(&changes, &params.dest)).filter(|_| !changes.is_empty());
    let mut secret_changes = Vec::new();
    if let Some(secrets_dest) = &params.secrets_dest {
        let inside = real(secrets_dest).starts_with(real(&params.dest));
        let own = BTreeMap::from_iter(inside.then(|| (layout::GIT_IGNORE.to_owned(), "*\n".to_owned())));
        let desired = Desired { files: &export.secrets, is_secret: true, own: &own, ..desired };
        secret_changes = synchronize(task, "secrets_dest", secrets_dest, true, &desired)?;
    }
    let changed = !(changes.is_empty() && secret_changes.is_empty());
    let paths = |deleted: bool| {
        let of = |change: &&Change| change.after.is_none() == deleted && change.path != layout::EXPORTED;
        changes.iter().filter(of).map(|change| change.path.clone()).collect()
    };
    (results.written, results.deleted) = (paths(false), paths(true));
    let (forbidden, failed): (Vec<&Unread>, Vec<&Unread>) =
        export.unread.iter().partition(|unread| unread.is_forbidden());
    if !forbidden.is_empty() {
        let names: Vec<String> = forbidden.iter().map(|unread| label(unread)).collect();
        task.warn(format!(
            "The credentials cannot read these, or the cloud does not have them, so their files stay: {}",
            errors::list(&names, ", ")
        ));
    }
    if failed.is_empty() {
        return Ok(Success::new(changed, results).with_diff(diff));
    }
    let causes: Vec<String> = failed
        .iter()
        .map(|unread| format!("{}: {}", label(unread), errors::message(&unread.error, errors::ONE)))
        .collect();
    let msg = format!(
        "{} lists could not be read. Their files stay, all others are up to date. Run the task again: {}",
        failed.len(),
        errors::list(&causes, " ")
    );
    let failure = Failure::new(msg).with_diff(diff);
    Err(failure.with_changed(changed && !task.check_mode()).with_results(results))
}

fn export_error(error: &ExportError) -> String {
    match error {
        ExportError::Object(error) => errors::message(error, errors::ONE),
        ExportError::Quota { needed, left } => format!(
            "sites: their objects need {needed} requests, and the quota of this hour has {left} left. Nothing was written. \
             Export fewer sites or kinds at a time."
        ),
    }
}

fn label(unread: &Unread) -> String {
    match &unread.site {
        Some(site) => format!("{} of {}", unread.kind, quoted(site)),
        None => unread.kind.clone(),
    }
}

fn uses_schema(export: &Export, kind: &Kind) -> bool {
    let is_site = kind.level == Level::Site;
    export.files.keys().chain(export.parts.keys()).any(|path| match layout::place(path) {
        Some(layout::Place::Objects { site, word, .. }) => word == kind.word && site.is_some() == is_site,
        _ => false,
    })
}

fn results(params: &Params, export: &Export) -> Results {
    let not_exported = export.unread.iter().map(|unread| NotExported {
        kind: unread.kind.clone(),
        site: unread.site.clone(),
        reason: errors::message(&unread.error, errors::ONE),
    });
    Results {
        dest: Some(params.dest.display().to_string()),
        counts: export
            .counts
            .iter()
            .filter(|(_, count)| **count > 0)
            .map(|(kind, count)| (kind.clone(), *count))
            .collect(),
        secrets_left_out: export.secrets_left_out.clone(),
        masked: export.masked.clone(),
        unresolved: export.unresolved.clone(),
        not_exported: not_exported.collect(),
        ..Results::default()
    }
}

/// Brings a folder to the desired content. In check mode, only the changes are returned.
fn synchronize(
    task: &Task,
    option: &str,
    path: &Path,
    is_private: bool,
    desired: &Desired<'_>,
) -> Result<Vec<Change>, OptionError> {
    let failed = |error: SyncError| match error {
        SyncError::Folder(error) => folder_error(option, path, &error),
        SyncError::Source { path: file, error } => OptionError::new(
            option,
            format!("{}: {error}. Nothing was written.", quoted(&path.join(file).display().to_string())),
        ),
    };
    let existing = Folder::open(path, is_private).map_err(|error| failed(error.into()))?;
    if task.check_mode() || existing.is_none() {
        let changes = sync::plan(desired, &existing.as_ref()).map_err(failed)?;
        if task.check_mode() || changes.is_empty() {
            return Ok(changes);
        }
    }
    let folder = Folder::create(path, is_private).map_err(|error| failed(error.into()))?;
    // Two exports at once: each is whole, one after the other.
    let guard = folder.lock().map_err(|error| failed(error.into()))?;
    let changes = sync::plan(desired, &Some(&folder)).map_err(failed)?;
    sync::apply(&folder, &changes).map_err(|error| failed(error.into()))?;
    drop(guard);
    Ok(changes)
}

/// The changed files with masked secrets: a file may have been written by hand.
fn difference(changes: &[Change], folder: &Path) -> Diff {
    let (mut before, mut after) = (Map::new(), Map::new());
    for change in changes {
        for (text, all) in [(&change.before, &mut before), (&change.after, &mut after)] {
            if let Some(text) = text {
                all.insert(change.path.clone(), masked(&change.path, text).into());
            }
        }
    }
    Diff::new(Value::Object(before), Value::Object(after)).headed(folder.display().to_string())
}

fn masked(path: &str, text: &str) -> String {
    let kind = match layout::place(path) {
        Some(layout::Place::Objects { site, word, .. }) => layout::kind(site.is_some(), &word),
        Some(layout::Place::SiteSettings) => layout::kind(true, "setting"),
        Some(layout::Place::Own) if path == layout::EXPORTED || path == layout::GIT_ATTRIBUTES => {
            return text.to_owned();
        }
        _ => None,
    };
    let hidden = || "(not shown)\n".to_owned();
    let Some(kind) = kind else { return hidden() };
    if path.ends_with(".csv") {
        return source::many(path, text, kind.schema).map_or_else(|_| hidden(), |_| text.to_owned());
    }
    let mask = |value: &Value| secrets::masked(kind.schema, value);
    if let Ok(objects) = source::many(path, text, kind.schema) {
        return render(&kind, path, &objects.into_iter().map(|object| mask(&Value::Object(object))).collect());
    }
    source::one(path, text, kind.schema)
        .map_or_else(|_| hidden(), |object| render(&kind, path, &mask(&Value::Object(object))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_passes_the_check_of_the_protocol() {
        ansible_binary_module::check::<crate::Mist<MistExport>>().unwrap();
    }

    #[test]
    fn secrets_are_refused_inside_of_dest_unless_accepted() {
        let place = tempfile::tempdir().unwrap();
        let dest = place.path().join("dest");
        for (secrets, accepted, fine) in [
            ("secrets", false, true),
            ("dest/secrets", false, false),
            ("dest/secrets", true, true),
            ("dest/../dest/secrets", false, false),
            ("dest", true, false),
            (".", true, false),
        ] {
            assert_eq!(check_secrets_dest(&dest, &place.path().join(secrets), accepted).is_ok(), fine, "{secrets}");
        }
        std::fs::create_dir(&dest).unwrap();
        std::os::unix::fs::symlink(&dest, place.path().join("link")).unwrap();
        assert!(check_secrets_dest(&dest, &place.path().join("link/secrets"), false).is_err());
    }
}
