//! The `_ansible_*` entries that Ansible puts beside a task's options.

use serde_json::{Map, Value};

const PREFIX: &str = "_ansible_";

/// What Ansible says about the run. Entries that no version here knows are ignored, so that a newer Ansible may add some.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Internal {
    pub(crate) check_mode: bool,
    pub(crate) diff: bool,
    pub(crate) ignore_unknown_options: bool,
    pub(crate) keep_remote_files: bool,
    pub(crate) no_log: bool,
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
    /// A switch that is neither on nor off: running for real what was meant as a check is no way out.
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
    /// What the task called the module (perhaps by its full name in a collection).
    pub(crate) fn name<'a>(&'a self, own: &'a str) -> &'a str {
        self.module_name.as_deref().unwrap_or(own)
    }

    /// The collection in which the task found the module, if it is in one. As of ansible-core 2.19 the version of a deprecation
    /// is told only with the collection that it is of.
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
        _ => Err(format!(
            "{name} must be true or false, and is neither: the arguments do not come from Ansible as they are"
        )),
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
