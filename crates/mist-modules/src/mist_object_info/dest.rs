//! The file that `dest` names: the objects as JSON, which `mist_objects` and `mist_object` read again.

use crate::common::options::OptionError;
use ansible_binary_module::file::{FileOptions, TargetFile};
use ansible_binary_module::{AnsiblePath, Diff, Task};
use mist_objects::secrets;
use mist_objects::table::Kind;
use serde::Serialize;
use serde_json::ser::{PrettyFormatter, Serializer};
use serde_json::{Map, Value};
use std::fmt::Display;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

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
        let options = FileOptions { mode: Some("0600".into()), ..FileOptions::default() };
        let file = options.target(&path).map_err(|reason| OptionError::new("dest", reason))?;
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
    let objects: Vec<Value> = objects.iter().map(in_order).collect();
    let document = if kind.one {
        objects.into_iter().next().unwrap_or_else(|| Value::Object(Map::new()))
    } else {
        Value::Array(objects)
    };
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

/// Fields sorted by name, so that two files of the same objects are equal.
fn in_order(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<(&String, &Value)> = fields.iter().collect();
            fields.sort_by_key(|(name, _)| *name);
            Value::Object(fields.into_iter().map(|(name, value)| (name.clone(), in_order(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(in_order).collect()),
        other => other.clone(),
    }
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
