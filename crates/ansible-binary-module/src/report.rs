//! The one object that a run prints.

use crate::mask::Mask;
use crate::task::Deprecation;
use crate::{Diff, Task};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// What is known of a run when it ends.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) failed: bool,
    pub(crate) skipped: bool,
    pub(crate) changed: bool,
    pub(crate) msg: Option<String>,
    pub(crate) results: Map<String, Value>,
    pub(crate) diff: Vec<Diff>,
    /// The options as they were understood; `None` when it did not come to that.
    pub(crate) module_args: Option<Map<String, Value>>,
}

impl Report {
    pub(crate) fn failure(msg: impl Into<String>) -> Self {
        Self { failed: true, msg: Some(msg.into()), ..Self::default() }
    }

    /// Takes in the module's own results; a field that is `None` is no field.
    pub(crate) fn add_results<R: Serialize>(&mut self, results: &R) {
        match serde_json::to_value(results) {
            Ok(Value::Object(fields)) => self.results.extend(fields.into_iter().filter(|(_, value)| !value.is_null())),
            Ok(Value::Null) => {}
            Ok(_) => self.spoil("they are no object"),
            Err(error) => self.spoil(&error.to_string()),
        }
    }

    /// What was done is done, but cannot be told.
    fn spoil(&mut self, why: &str) {
        let msg =
            self.msg.take().unwrap_or_else(|| "The module did its work, but its results cannot be printed".to_owned());
        self.failed = true;
        self.msg = Some(format!("{msg} (the results are not printable: {why})"));
    }

    /// The printed object, every secret of the task masked in it.
    pub(crate) fn into_object(self, task: &Task) -> Map<String, Value> {
        let mut object = Map::new();
        object.insert("changed".to_owned(), self.changed.into());
        if self.failed {
            object.insert("failed".to_owned(), true.into());
        }
        if self.skipped {
            object.insert("skipped".to_owned(), true.into());
        }
        if let Some(msg) = self.msg {
            object.insert("msg".to_owned(), msg.into());
        }
        object.extend(self.results);
        if task.diff_mode() && !self.diff.is_empty() {
            object.insert("diff".to_owned(), diff(self.diff));
        }
        if !task.warnings.is_empty() {
            object.insert("warnings".to_owned(), json!(task.warnings));
        }
        if !task.deprecations.is_empty() {
            let told: Value = task.deprecations.iter().map(deprecation).collect();
            object.insert("deprecations".to_owned(), told);
        }
        if let Some(module_args) = self.module_args {
            object.insert("invocation".to_owned(), json!({ "module_args": module_args }));
        }
        let mut object = Value::Object(object);
        Mask::new(&task.secrets).value(&mut object);
        match object {
            Value::Object(object) => object,
            _ => Map::new(),
        }
    }
}

/// One is shown as it is, several as a list: Ansible takes both.
fn diff(mut diffs: Vec<Diff>) -> Value {
    if diffs.len() == 1 { json!(diffs.pop()) } else { json!(diffs) }
}

fn deprecation(deprecation: &Deprecation) -> Value {
    let (when, value) = match &deprecation.date {
        Some(date) => ("date", Some(date)),
        None => ("version", deprecation.version.as_ref()),
    };
    json!({ "msg": deprecation.msg, when: value, "collection_name": deprecation.collection_name })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Results {
        here: u8,
        not_here: Option<u8>,
        within: Value,
    }

    fn printed(report: Report, task: &Task) -> Value {
        Value::Object(report.into_object(task))
    }

    #[test]
    fn results_become_fields_and_none_is_left_out() {
        let mut report = Report::default();
        report.add_results(&Results { here: 1, not_here: None, within: json!({"kept": null}) });
        assert_eq!(printed(report, &Task::default()), json!({"changed": false, "here": 1, "within": {"kept": null}}));
        let mut nothing = Report::default();
        nothing.add_results(&());
        assert_eq!(printed(nothing, &Task::default()), json!({"changed": false}));
    }

    #[test]
    fn results_that_cannot_be_printed_fail_without_hiding_the_change() {
        let unprintable: std::collections::BTreeMap<Vec<u8>, u8> = [(vec![1], 1)].into();
        let mut report = Report { changed: true, ..Report::default() };
        report.add_results(&unprintable);
        let printed = printed(report, &Task::default());
        assert_eq!(printed["changed"], true);
        assert_eq!(printed["failed"], true);
        let msg = printed["msg"].as_str().unwrap();
        assert!(msg.contains("not printable"), "{msg}");
    }

    #[test]
    fn the_diff_is_there_in_diff_mode_only() {
        let diff = Diff::new("a", "b").headed("x");
        let one = json!({"before": "a", "after": "b", "before_header": "x", "after_header": "x"});
        for (diff_mode, diffs, wanted) in [
            (false, vec![diff.clone()], None),
            (true, vec![], None),
            (true, vec![diff.clone()], Some(one.clone())),
            (true, vec![diff.clone(), diff], Some(json!([one, one]))),
        ] {
            let report = Report { diff: diffs, ..Report::default() };
            let task = Task::builder().diff_mode(diff_mode).build();
            assert_eq!(printed(report, &task).get("diff").cloned(), wanted);
        }
    }

    #[test]
    fn a_secret_is_masked_in_every_part() {
        let mut task = Task::builder().diff_mode(true).build();
        task.hide("s3cret");
        task.hide("");
        task.warn("w s3cret");
        task.deprecate(Deprecation { msg: "d s3cret".into(), version: Some("2.0.0".into()), ..Deprecation::default() });
        let mut report = Report::failure("m s3cret");
        report.changed = true;
        report.results.insert("r".into(), json!(["s3cret"]));
        report.diff = vec![Diff::new("s3cret", json!({"k": "xs3cret"}))];
        report.module_args = json!({"token": "s3cret"}).as_object().cloned();
        let whole = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER";
        assert_eq!(
            printed(report, &task),
            json!({
                "changed": true, "failed": true, "msg": "m ********", "r": [whole],
                "diff": {"before": whole, "after": {"k": "x********"}},
                "warnings": ["w ********"],
                "deprecations": [{"msg": "d ********", "version": "2.0.0", "collection_name": null}],
                "invocation": {"module_args": {"token": whole}},
            })
        );
    }

    #[test]
    fn a_deprecation_with_a_date_says_so_instead_of_a_version() {
        let mut task = Task::default();
        task.deprecate(Deprecation {
            msg: "d".into(),
            date: Some("2030-01-01".into()),
            collection_name: Some("a.b".into()),
            ..Deprecation::default()
        });
        assert_eq!(
            printed(Report::default(), &task)["deprecations"],
            json!([{"msg": "d", "date": "2030-01-01", "collection_name": "a.b"}])
        );
    }
}
