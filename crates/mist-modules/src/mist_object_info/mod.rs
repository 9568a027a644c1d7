//! The Ansible module `mist_object_info`: lists the objects of a kind. Documentation, help, validation and schema come from the
//! types of its options and results. `Dest` is the file that the option `dest` names: the objects as JSON, which `mist_objects` and
//! `mist_object` read again.

pub mod docs;

use crate::common::messages;
use crate::common::options::OptionError;
use crate::objects::kinds::{self, KindOptions};
use crate::objects::location::{ScopeOptions, ScopeRef};
use crate::objects::masking::{self, Declaring};
use crate::objects::{declared, errors};
use crate::{ConnectionOptions, MistModule};
use ansible_binary_module::file::{FileOptions, TargetFile};
use ansible_binary_module::{AnsiblePath, Diff, Documentation, Failure, Outcome, Success, Task, TextCommand};
use mist_client::Client;
use mist_objects::access::{self, Protected};
use mist_objects::filter::Filter;
use mist_objects::listing::Scope;
use mist_objects::names::{self, Index, Unresolved};
use mist_objects::plan::Fields;
use mist_objects::table::{Kind, Schema};
use mist_objects::{export, find, listing, matching, secrets};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::ser::{PrettyFormatter, Serializer};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fmt::Display;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

#[derive(Debug)]
pub struct MistObjectInfo;

/// The option with conditions.
const CONDITIONS: &[Declaring] = &[Declaring::Conditions("where")];

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Options {
    #[serde(flatten)]
    pub kind: KindOptions,
    #[serde(flatten)]
    pub scope: ScopeOptions,
    /// ID of the only object to read.
    pub id: Option<String>,
    /// Conditions that every listed object meets: fields with their values. A dot leads into a dictionary, or into each item of a list (C(auth_servers.host)). A list of values means any of them. In a list of the object, one item must match.
    ///
    /// A text can be a pattern: V(*) is any text, V(?) one character, V([ab]) one of these. A name can replace an ID (C(template: Branch*) for C(template_id)). MAC addresses match in any notation. V(null) matches absent and empty values.
    ///
    /// Device profiles of all types are listed unless C(type) is among the conditions.
    #[schemars(extend("examples" = [{"name": "Branch*", "country_code": "DE"}]))]
    #[serde(rename = "where")]
    pub filter: Option<Map<String, Value>>,
    /// Return the objects in the form of M(mist_objects): without fields that only the cloud sets, and with unique names in place of IDs.
    #[serde(default)]
    pub as_declared: bool,
    /// Return secrets, too. Only with O(as_declared=true). Use C(no_log) on the task then, or O(dest).
    #[serde(default)]
    pub include_secrets: bool,
    /// File for the objects, on the host that runs the task. The objects are written there as JSON, and are not in the result. With O(as_declared=true), O(mist_objects#module:src) and O(mist_object#module:src) read the file.
    ///
    /// The file has a list of the objects, or the object itself for C(setting). It is replaced in one step and has mode V(0600). Its directory must exist.
    pub dest: Option<AnsiblePath>,
    #[serde(flatten)]
    pub connection: ConnectionOptions,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Results {
    /// The objects, sorted by their identifying fields (name, SSID, MAC address), then by ID. Secrets are masked, or omitted with O(as_declared=true).
    #[schemars(extend("x-ansible-returned" = "success, without O(dest)"))]
    #[schemars(extend("examples" = [[{"id": "53f10664-3ce8-4c27-b382-0ef66432349f", "name": "Lobby"}]]))]
    pub objects: Option<Vec<Value>>,
    /// Number of objects.
    #[schemars(extend("x-ansible-returned" = "success"), example = 1)]
    pub count: usize,
    /// Omitted secrets, each with the name of its object and its dotted path. Secrets that the cloud masks are among them. So are those that it does not show although the API document or the type of the object requires them.
    #[schemars(extend("x-ansible-returned" = "when O(as_declared=true)"))]
    #[schemars(extend("examples" = [["Guests: auth.psk"]]))]
    pub secrets_left_out: Option<Vec<String>>,
    /// IDs of other objects that stay, because no object or several objects have their name. Each has the name of the object, the dotted path, and the ID.
    #[schemars(extend("x-ansible-returned" = "when O(as_declared=true)"))]
    #[schemars(extend("examples" = [["Guests: template_id 53f10664-3ce8-4c27-b382-0ef66432349f"]]))]
    pub unresolved: Option<Vec<String>>,
    /// Absolute path of the file with the objects.
    #[schemars(extend("x-ansible-returned" = "when O(dest) is set"))]
    #[schemars(example = &"/etc/mist/wlans.json")]
    pub dest: Option<String>,
}

/// The checked options.
#[derive(Debug)]
pub struct Params {
    kind: Kind,
    scope: ScopeRef,
}

impl MistModule for MistObjectInfo {
    const NAME: &'static str = "mist_object_info";
    const DOCUMENTATION: Documentation = docs::DOCUMENTATION;
    const TEXT_COMMANDS: &'static [TextCommand] = kinds::TYPES;
    type Options = Options;
    type Results = Results;
    type Params = Params;

    fn secrets(parameters: &Map<String, Value>) -> Vec<String> {
        masking::unreadable(parameters, CONDITIONS)
    }

    fn secrets_in_messages(parameters: &Map<String, Value>) -> Vec<String> {
        masking::secrets_of(parameters, CONDITIONS)
    }

    fn shown(parameters: Map<String, Value>) -> Map<String, Value> {
        masking::shown(parameters, CONDITIONS)
    }

    fn connection(options: &Options) -> &ConnectionOptions {
        &options.connection
    }

    fn read(options: &Options, task: &mut Task) -> Result<Params, OptionError> {
        let mut kind = options.kind.kind(task, &options.scope, &["name".to_owned()])?;
        let scope = options.scope.scope(task, &kind)?;
        if options.id.as_deref().is_some_and(|id| id.trim().is_empty()) {
            return Err(OptionError::new("id", "set but empty. Set the ID of the object, or remove the option."));
        }
        let refuse = |reason| Err(OptionError::new("include_secrets", reason));
        if options.include_secrets && !options.as_declared {
            return refuse("only for as_declared: true. Set as_declared, or remove the option.");
        }
        if access::check_kind(&kind, options.id.as_deref()) == Err(Protected::Tokens) {
            kind.schema = Schema::token();
            if options.include_secrets {
                return refuse("keys of API tokens are never returned. Remove the option.");
            }
        }
        options.dest.as_ref().map(Dest::new).transpose()?;
        Ok(Params { kind, scope })
    }

    fn run(client: &Client, task: &mut Task, options: &Options, params: Params) -> Outcome<Results> {
        let scope = params.scope.resolve(client).map_err(|error| messages::failure_in(task, error))?.of(&params.kind);
        for sentence in declared::typos(&params.kind, options.filter.iter().flat_map(Fields::keys)) {
            task.warn(format!("where: {sentence}"));
        }
        run(client, task, scope, &params.kind, options)
    }
}

fn run(client: &Client, task: &mut Task, mut scope: Scope, kind: &Kind, options: &Options) -> Outcome<Results> {
    let filter = options.filter.as_ref().map(|conditions| Filter::new(kind.schema, conditions)).unwrap_or_default();
    let known = declared::known(client, &mut scope, kind, [], &filter)
        .map_err(|error| errors::failure_of(error, errors::ONE))?;
    let filter = declared::conditions(task, filter, &known)?;
    let id = options.id.as_deref().map(str::trim);
    let mut found =
        find::all(client, &scope, kind, id, &filter).map_err(|error| errors::failure_of(error, errors::ONE))?;
    found.retain(|object| filter.fits(object, &declared::matches));
    export::in_order(kind, &mut found);
    if !options.as_declared {
        let masked = |object: Fields| secrets::masked(kind.schema, &Value::Object(object));
        return delivered(task, kind, options, found.into_iter().map(masked).collect(), None);
    }
    let mut kinds = BTreeSet::new();
    let found: Vec<Value> = found.into_iter().map(Value::Object).collect();
    found.iter().for_each(|object| names::referred(kind.schema, object, &mut kinds));
    let known = listing::known(client, &mut scope, kind.level, kinds)
        .map_err(|error| errors::failure_of(error.into(), errors::ONE))?;
    let index = Index::new(&known);
    let (mut objects, mut left_out, mut unresolved) = (Vec::with_capacity(found.len()), Vec::new(), Vec::new());
    for object in found.iter().filter_map(Value::as_object) {
        let exported = export::as_declared(kind, object, &index, options.include_secrets);
        let title = if kind.one { kind.word.clone() } else { matching::title(&kind.key, object) };
        left_out.extend(exported.secrets_left_out.iter().map(|path| format!("{title}: {path}")));
        let one = |one: &Unresolved| format!("{title}: {} {}", one.path, one.id);
        unresolved.extend(exported.unresolved.iter().map(one));
        objects.push(exported.object);
    }
    delivered(task, kind, options, objects, Some((left_out, unresolved)))
}

/// The objects in the result, or in the file of `dest`.
fn delivered(
    task: &mut Task,
    kind: &Kind,
    options: &Options,
    objects: Vec<Value>,
    export: Option<(Vec<String>, Vec<String>)>,
) -> Outcome<Results> {
    // Masked data would be written somewhere as if it were complete.
    let export_is_masked = export.is_some() && task.masks(&objects);
    let (secrets_left_out, unresolved) = export.unzip();
    let results = Results { count: objects.len(), secrets_left_out, unresolved, ..Results::default() };
    let Some(path) = &options.dest else {
        if export_is_masked {
            return Err(Failure::new(
                "as_declared: a value of an object contains the password or token of this task, which Ansible masks in results, so \
                 the objects would be incomplete. Set dest, or use other credentials.",
            ));
        }
        return Ok(Success::unchanged(Results { objects: Some(objects), ..results }));
    };
    let dest = Dest::new(path)?;
    let (changed, diff) = dest.write(kind, &objects, task)?;
    Ok(Success::new(changed, Results { dest: Some(dest.shown()), ..results }).with_diff(diff))
}

/// An existing file above this size is replaced without being compared or shown.
const LARGEST: u64 = 1 << 28;

/// The file, before it is written.
pub struct Dest {
    path: PathBuf,
    file: TargetFile,
}

impl Dest {
    /// # Errors
    /// The path cannot be used.
    pub fn new(path: &AnsiblePath) -> Result<Self, OptionError> {
        let path: &Path = path;
        if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv")) {
            return Err(error(path, "ends in .csv, but the file is JSON. Use a name that ends in .json"));
        }
        let path = std::path::absolute(path).map_err(|_| error(path, "is not the path of a file"))?;
        let options = FileOptions::default().with_mode("0600");
        let file = options.target(&path).map_err(|error| OptionError::new("dest", error.to_string()))?;
        Ok(Self { path, file })
    }

    /// Writes the objects unless the file has them already. Check mode only predicts the change.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn write(&self, kind: &Kind, objects: &[Value], task: &mut Task) -> Result<(bool, Option<Diff>), OptionError> {
        let content = text(kind, objects);
        let difference = |before: Option<&[u8]>| {
            let before = before.map(|before| masked_text(kind, before)).unwrap_or_default();
            Diff::new(before, masked_text(kind, content.as_bytes())).headed(self.shown())
        };
        if task.check_mode() && self.path.parent().is_some_and(|folder| !folder.exists()) {
            // An earlier task of the same run may create the directory.
            return Ok((true, task.diff_mode().then(|| difference(None))));
        }
        let failed = |problem: atomic_file::Error| error(&self.path, problem.problem());
        for warning in self.file.check().map_err(failed)? {
            task.warn(format!("dest: '{}' {warning}.", self.shown()));
        }
        let before = read(&self.path)
            .map_err(|cause| error(&self.path, format!("cannot be read ({})", atomic_file::error_text(cause))))?;
        let same = before.as_deref() == Some(content.as_bytes());
        if same && !self.file.has_other_attributes().map_err(failed)? {
            return Ok((false, None));
        }
        if !task.check_mode() {
            let written = self.file.prepare(0).and_then(|file| file.write(content.as_bytes())).map_err(failed)?;
            for warning in written.warnings.into_iter().chain(written.unsynced) {
                task.warn(format!("dest: '{}' {warning}.", self.shown()));
            }
        }
        Ok((true, (!same && task.diff_mode()).then(|| difference(before.as_deref()))))
    }

    /// The absolute path, as results show it.
    pub fn shown(&self) -> String {
        self.path.display().to_string()
    }
}

fn error(path: &Path, problem: impl Display) -> OptionError {
    OptionError::new("dest", format!("'{}' {problem}.", path.display().to_string().escape_debug()))
}

fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
        Ok(file) => {
            let mut content = Vec::new();
            file.take(LARGEST).read_to_end(&mut content).map(|_| Some(content))
        }
    }
}

/// A list of the objects; the object itself where the kind has only one.
fn text(kind: &Kind, objects: &[Value]) -> String {
    let mut document = if kind.one {
        objects.first().cloned().unwrap_or_else(|| Value::Object(Map::new()))
    } else {
        Value::Array(objects.to_vec())
    };
    // Two files of the same objects are equal.
    document.sort_all_objects();
    pretty(&document)
}

fn pretty(value: &Value) -> String {
    let mut text = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut text, PrettyFormatter::with_indent(b"    "));
    // Writing a value to memory cannot fail.
    let _ = value.serialize(&mut serializer);
    text.push(b'\n');
    String::from_utf8(text).unwrap_or_default()
}

/// The text of a file in a diff: its objects with masked secrets. Nothing is shown of other content.
fn masked_text(kind: &Kind, content: &[u8]) -> String {
    match serde_json::from_slice(content) {
        Ok(Value::Array(objects)) if objects.iter().all(Value::is_object) => {
            pretty(&objects.iter().map(|object| secrets::masked(kind.schema, object)).collect())
        }
        Ok(object @ Value::Object(_)) => pretty(&secrets::masked(kind.schema, &object)),
        _ => "(not a JSON document of objects)\n".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mist_objects::table::{self, Level};
    use serde_json::json;

    #[test]
    fn the_module_passes_the_check_of_the_protocol() {
        ansible_binary_module::check::<crate::Mist<MistObjectInfo>>().unwrap();
    }

    fn kind(word: &str) -> Kind {
        table::kind(Level::Org, word).unwrap()
    }

    #[test]
    fn fields_are_sorted_and_values_kept() {
        let objects = [json!({"ssid": "é {{x}}", "auth": {"type": "psk", "psk": "p"}, "n": 1.10})];
        let expected = "[\n    {\n        \"auth\": {\n            \"psk\": \"p\",\n            \"type\": \"psk\"\n        },\n        \
                        \"n\": 1.1,\n        \"ssid\": \"é {{x}}\"\n    }\n]\n";
        assert_eq!(text(&kind("wlans"), &objects), expected);
        assert_eq!(text(&kind("wlans"), &[]), "[]\n");
    }

    #[test]
    fn a_kind_of_which_there_is_one_is_a_dictionary() {
        assert_eq!(text(&kind("setting"), &[json!({"a": 1})]), "{\n    \"a\": 1\n}\n");
        assert_eq!(text(&kind("setting"), &[]), "{}\n");
    }

    #[test]
    fn a_diff_shows_no_secret_and_no_foreign_file() {
        let wlans = kind("wlans");
        let file = json!([{"ssid": "s", "auth": {"psk": "canary"}}]).to_string();
        let shown = masked_text(&wlans, file.as_bytes());
        assert!(!shown.contains("canary") && shown.contains("\"ssid\": \"s\""), "{shown}");
        for foreign in [&b"canary"[..], b"[\"canary\"]", b"\"canary\"", b"\xff"] {
            let shown = masked_text(&wlans, foreign);
            assert!(!shown.contains("canary") && !shown.is_empty(), "{shown}");
        }
    }
}
