//! The arguments of a task: the JSON that Ansible passes, and its `_ansible_*` entries.

use serde_json::{Map, Value};
use std::io::Read;

/// More than the arguments of any task. Without a limit, `/dev/zero` would be read forever.
const LARGEST: u64 = 64 * 1024 * 1024;

/// Reads a source to its end.
///
/// # Errors
///
/// It cannot be read, or is too large.
pub(crate) fn read(source: impl Read, place: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    source
        .take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| format!("Cannot read the arguments from {place}: {}", atomic_file::error_text(error)))?;
    if bytes.len() as u64 > LARGEST {
        return Err(format!(
            "The arguments in {place} are larger than 64 MiB. Pass the path of a file instead of large content"
        ));
    }
    Ok(bytes)
}

/// The arguments as an object. Errors never quote them, because they can contain secrets.
///
/// # Errors
///
/// The arguments are not UTF-8, not JSON, or not an object.
pub(crate) fn parse(bytes: &[u8], place: &str) -> Result<Map<String, Value>, String> {
    let expected = "expected one JSON object with the module's options, such as {\"name\": \"value\"}";
    let text = std::str::from_utf8(bytes).map_err(|error| {
        format!("The arguments in {place} are not UTF-8 (from byte {} on): {expected}", error.valid_up_to())
    })?;
    if text.trim().is_empty() {
        return Err(format!("The arguments in {place} are empty: {expected}"));
    }
    let value = crate::exact::parse(text.trim_start_matches('\u{feff}'))
        .map_err(|error| format!("The arguments in {place} are not JSON ({error}): {expected}"))?;
    match value {
        Value::Object(arguments) => Ok(arguments),
        other => Err(format!("The arguments in {place} are {}: {expected}", kind(&other))),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

const PREFIX: &str = "_ansible_";

/// Ansible's settings for the run. Unknown entries are ignored, so that a newer Ansible can add some.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Internal {
    pub(crate) check_mode: bool,
    pub(crate) diff: bool,
    pub(crate) ignore_unknown_options: bool,
    pub(crate) keep_remote_files: bool,
    pub(crate) no_log: bool,
    pub(crate) debug: bool,
    pub(crate) verbosity: u8,
    pub(crate) module_name: Option<String>,
    pub(crate) remote_tmp: Option<String>,
    pub(crate) syslog_facility: Option<String>,
    pub(crate) target_log_info: Option<String>,
    pub(crate) tmpdir: Option<String>,
}

impl Internal {
    /// Takes every `_ansible_*` entry out of the arguments.
    ///
    /// # Errors
    ///
    /// A switch that is neither on nor off: a check must never become a real run.
    pub(crate) fn take(arguments: &mut Map<String, Value>) -> Result<Self, String> {
        let (own, options): (Map<String, Value>, Map<String, Value>) =
            std::mem::take(arguments).into_iter().partition(|(key, _)| key.starts_with(PREFIX));
        *arguments = options;
        let switch = |name| switch(&own, name);
        let text =
            |name: &str| own.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
        Ok(Self {
            check_mode: switch("_ansible_check_mode")?,
            diff: switch("_ansible_diff")?,
            ignore_unknown_options: switch("_ansible_ignore_unknown_opts")?,
            keep_remote_files: switch("_ansible_keep_remote_files")?,
            no_log: switch("_ansible_no_log")?,
            debug: switch("_ansible_debug")?,
            verbosity: verbosity(own.get("_ansible_verbosity")),
            module_name: text("_ansible_module_name"),
            remote_tmp: text("_ansible_remote_tmp"),
            syslog_facility: text("_ansible_syslog_facility"),
            target_log_info: text("_ansible_target_log_info"),
            tmpdir: text("_ansible_tmpdir"),
        })
    }
}

impl Internal {
    /// The module's name in the task, with its collection where the task gives one.
    pub(crate) fn name<'a>(&'a self, own: &'a str) -> &'a str {
        self.module_name.as_deref().unwrap_or(own)
    }

    /// The collection of the module, if the task names one. Since ansible-core 2.19, the version of a deprecation is shown only
    /// with its collection.
    pub(crate) fn collection(&self) -> Option<String> {
        let (collection, _) = self.module_name.as_deref()?.rsplit_once('.')?;
        let mut parts = collection.split('.');
        let (namespace, name) = (parts.next()?, parts.next()?);
        Some(format!("{namespace}.{name}"))
    }
}

/// The words are those of ansible-core's `module_utils/parsing/convert_bool.py`.
fn switch(entries: &Map<String, Value>, name: &str) -> Result<bool, String> {
    let Some(value) = entries.get(name) else {
        return Ok(false);
    };
    let text = match value {
        Value::Null => return Ok(false),
        Value::String(text) => text.trim().to_lowercase(),
        Value::Number(number) => number.as_f64().unwrap_or_default().to_string(),
        other => other.to_string(),
    };
    match text.as_str() {
        "y" | "yes" | "on" | "1" | "true" | "t" => Ok(true),
        "n" | "no" | "off" | "0" | "false" | "f" => Ok(false),
        _ => Err(format!("{name} must be true or false. The arguments were changed after Ansible wrote them")),
    }
}

fn verbosity(value: Option<&Value>) -> u8 {
    let number = match value {
        Some(Value::String(text)) => text.trim().parse().ok(),
        Some(value) => value.as_u64(),
        None => None,
    };
    u8::try_from(number.unwrap_or_default()).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_taken_with_or_without_a_byte_order_mark() {
        assert_eq!(parse(b" {\"a\": 1}\n", "x").unwrap().len(), 1);
        assert_eq!(parse("\u{feff}{\"a\": 1}".as_bytes(), "x").unwrap().len(), 1);
    }

    #[test]
    fn anything_else_is_refused_without_quoting_it() {
        let deep = "[".repeat(100_000);
        let deep_object = format!("{}1{}", "{\"a\":".repeat(200), "}".repeat(200));
        for (bytes, words) in [
            (&b""[..], "are empty"),
            (b" \n", "are empty"),
            (b"s3cret", "are not JSON"),
            (b"{\"k\": \"s3cret\"", "are not JSON"),
            (b"{\"k\": \"s3cret\"} {}", "are not JSON"),
            (b"{\"k\": \"\xff\"}", "not UTF-8 (from byte 7 on)"),
            (b"[\"s3cret\"]", "are a list"),
            (b"\"s3cret\"", "are a string"),
            (b"1", "are a number"),
            (b"null", "are null"),
            (b"true", "are true or false"),
            (deep.as_bytes(), "recursion limit"),
            (deep_object.as_bytes(), "recursion limit"),
        ] {
            let error = parse(bytes, "the file x").unwrap_err();
            assert!(error.contains(words), "{error}");
            assert!(error.contains("the file x"), "{error}");
            assert!(error.contains("expected one JSON object"), "{error}");
            assert!(!error.contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn what_never_ends_is_refused() {
        let error = read(std::io::repeat(b' '), "/dev/zero").unwrap_err();
        assert!(error.contains("larger than 64 MiB"), "{error}");
    }

    #[test]
    fn ten_megabytes_are_read() {
        let text = format!("{{\"name\": \"{}\"}}", "x".repeat(10_000_000));
        let bytes = read(text.as_bytes(), "x").unwrap();
        assert_eq!(parse(&bytes, "x").unwrap()["name"].as_str().unwrap().len(), 10_000_000);
    }
}

#[cfg(test)]
mod internal_tests {
    use super::*;
    use serde_json::json;

    fn take(arguments: Value) -> (Result<Internal, String>, Map<String, Value>) {
        let mut arguments = arguments.as_object().unwrap().clone();
        (Internal::take(&mut arguments), arguments)
    }

    #[test]
    fn every_internal_entry_is_taken_out_and_the_options_stay() {
        let (internal, options) = take(json!({
            "name": "x", "_ansible_check_mode": true, "_ansible_diff": "yes", "_ansible_verbosity": 3,
            "_ansible_tmpdir": "/tmp/x", "_ansible_from_the_future": {"a": 1}, "_ansible_no_log": 1,
            "_ansible_ignore_unknown_opts": false, "_ansible_module_name": "a.b.c", "_ansible_remote_tmp": null,
        }));
        assert_eq!(
            internal.unwrap(),
            Internal {
                check_mode: true,
                diff: true,
                no_log: true,
                verbosity: 3,
                tmpdir: Some("/tmp/x".into()),
                module_name: Some("a.b.c".into()),
                ..Internal::default()
            }
        );
        assert_eq!(Value::Object(options), json!({"name": "x"}));
    }

    #[test]
    fn switches_read_as_ansible_reads_booleans() {
        for (value, wanted) in [
            (json!(true), Some(true)),
            (json!("True"), Some(true)),
            (json!(" on "), Some(true)),
            (json!(1), Some(true)),
            (json!(1.0), Some(true)),
            (json!("F"), Some(false)),
            (json!(0), Some(false)),
            (json!(null), Some(false)),
            (json!("maybe"), None),
            (json!(2), None),
            (json!([]), None),
        ] {
            let (internal, _) = take(json!({"_ansible_check_mode": value}));
            assert_eq!(internal.ok().map(|internal| internal.check_mode), wanted, "{value}");
        }
    }

    #[test]
    fn the_collection_is_that_of_the_full_name() {
        for (name, collection) in [
            (json!("a.b.c"), Some("a.b")),
            (json!("a.b.sub.c"), Some("a.b")),
            (json!("ansible.legacy.c"), Some("ansible.legacy")),
            (json!("c"), None),
            (json!("a.c"), None),
            (json!(null), None),
        ] {
            let (internal, _) = take(json!({"_ansible_module_name": name}));
            assert_eq!(internal.unwrap().collection().as_deref(), collection, "{name}");
        }
    }

    #[test]
    fn a_switch_that_is_neither_on_nor_off_is_named() {
        let (internal, _) = take(json!({"_ansible_diff": "perhaps"}));
        assert!(internal.unwrap_err().starts_with("_ansible_diff must be"));
    }
}
