//! The object that a run prints.

use crate::mask::Mask;
use crate::task::{Deprecation, Hooks};
use crate::{Diff, Task};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// The facts of a run at its end.
#[derive(Debug)]
pub(crate) struct Report<R = ()> {
    pub(crate) failed: bool,
    pub(crate) skipped: bool,
    pub(crate) changed: bool,
    pub(crate) msg: Option<String>,
    /// The module's fields; `None` is left out.
    pub(crate) results: Option<R>,
    pub(crate) diff: Vec<Diff>,
    /// The validated options; `None` where the run failed before validation.
    pub(crate) module_args: Option<Map<String, Value>>,
}

/// A report in the form that is printed.
#[derive(Debug)]
pub(crate) struct Printable {
    /// One object on one line.
    pub(crate) line: Vec<u8>,
    pub(crate) failed: bool,
    /// Called after the result was written.
    pub(crate) hooks: Hooks,
}

impl<R> Default for Report<R> {
    fn default() -> Self {
        let (failed, skipped, changed) = (false, false, false);
        Self { failed, skipped, changed, msg: None, results: None, diff: Vec::new(), module_args: None }
    }
}

impl<R> Report<R> {
    pub(crate) fn failure(msg: impl Into<String>) -> Self {
        Self { failed: true, msg: Some(msg.into()), ..Self::default() }
    }

    /// The report of a run whose results cannot be printed after its changes.
    fn without_results(self, why: &str) -> Report {
        let Self { skipped, changed, msg, diff, module_args, .. } = self;
        let msg = msg.unwrap_or_else(|| "The module finished its work".to_owned());
        let msg = Some(format!("{msg}. Its results cannot be printed: {why}"));
        Report { failed: true, skipped, changed, msg, results: None, diff, module_args }
    }

    fn object<'a>(&'a self, task: &'a Task) -> Object<'a, R> {
        Object {
            changed: self.changed,
            failed: self.failed.then_some(true),
            skipped: self.skipped.then_some(true),
            msg: self.msg.as_deref(),
            results: self.results.as_ref(),
            diff: if task.diff_mode() { Diffs::of(&self.diff) } else { None },
            warnings: some(&task.warnings),
            deprecations: some(&task.deprecations).map(|told| told.iter().map(deprecation).collect()),
            invocation: self.module_args.as_ref().map(|module_args| Invocation { module_args }),
        }
    }
}

impl<R: Serialize> Report<R> {
    /// The printed object, with every secret of the task masked. `nulls` are results that are printed as null instead of being
    /// left out.
    pub(crate) fn printable(self, task: &mut Task, nulls: &[&str]) -> Printable {
        let hooks = std::mem::take(&mut task.hooks);
        let mask = Mask::new(&task.secrets).delivering(&task.delivered);
        // A failure without results has no nulls.
        let nulls = if self.results.is_some() { nulls } else { &[] };
        match mask.line(&self.object(task), nulls) {
            Ok(line) => Printable { line, failed: self.failed, hooks },
            Err(error) => {
                let rest = self.without_results(&error.to_string());
                // The rest is text and JSON values, which always serialize.
                Printable { line: mask.line(&rest.object(task), &[]).unwrap_or_default(), failed: true, hooks }
            }
        }
    }
}

/// The report by Ansible's names. `None` is not printed.
#[derive(Serialize)]
struct Object<'a, R> {
    changed: bool,
    failed: Option<bool>,
    skipped: Option<bool>,
    msg: Option<&'a str>,
    #[serde(flatten)]
    results: Option<&'a R>,
    diff: Option<Diffs<'a>>,
    warnings: Option<&'a [String]>,
    deprecations: Option<Vec<Value>>,
    invocation: Option<Invocation<'a>>,
}

#[derive(Serialize)]
struct Invocation<'a> {
    module_args: &'a Map<String, Value>,
}

/// One diff is printed as it is, several as a list. Ansible takes both.
#[derive(Serialize)]
#[serde(untagged)]
enum Diffs<'a> {
    One(&'a Diff),
    Several(&'a [Diff]),
}

impl<'a> Diffs<'a> {
    fn of(diffs: &'a [Diff]) -> Option<Self> {
        match diffs {
            [] => None,
            [one] => Some(Self::One(one)),
            several => Some(Self::Several(several)),
        }
    }
}

fn some<T>(list: &[T]) -> Option<&[T]> {
    (!list.is_empty()).then_some(list)
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

    fn printed<R: Serialize>(report: Report<R>, task: &mut Task) -> Value {
        let printable = report.printable(task, &[]);
        let object: Value = serde_json::from_slice(&printable.line).unwrap();
        assert_eq!(printable.failed, object.get("failed").is_some(), "{object}");
        object
    }

    fn with<R>(results: R) -> Report<R> {
        Report { results: Some(results), ..Report::default() }
    }

    #[test]
    fn results_become_fields_and_none_is_left_out() {
        let report = with(Results { here: 1, not_here: None, within: json!({"kept": null}) });
        assert_eq!(
            printed(report, &mut Task::default()),
            json!({"changed": false, "here": 1, "within": {"kept": null}})
        );
        assert_eq!(printed(with(()), &mut Task::default()), json!({"changed": false}));
        assert_eq!(printed(with(Value::Null), &mut Task::default()), json!({"changed": false}));
    }

    #[test]
    fn results_that_cannot_be_printed_fail_without_hiding_the_change() {
        let unprintable: std::collections::BTreeMap<Vec<u8>, u8> = [(vec![1], 1)].into();
        let late = json!({"in": "time"});
        for printed in [
            printed(Report { changed: true, ..with(unprintable.clone()) }, &mut Task::default()),
            printed(Report { changed: true, ..with((late, unprintable)) }, &mut Task::default()),
            printed(Report { changed: true, ..with("no object") }, &mut Task::default()),
        ] {
            assert_eq!(printed["changed"], true);
            assert_eq!(printed["failed"], true);
            let msg = printed["msg"].as_str().unwrap();
            assert!(msg.contains("finished its work. Its results cannot be printed: "), "{msg}");
        }
        let failure = Report { results: Some("no object"), ..Report::failure("it broke") };
        let failed = printed(failure, &mut Task::default());
        assert!(failed["msg"].as_str().unwrap().starts_with("it broke. Its results cannot"), "{failed}");
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
            let report = Report { diff: diffs, ..with(()) };
            let mut task = Task::builder().diff_mode(diff_mode).build();
            assert_eq!(printed(report, &mut task).get("diff").cloned(), wanted);
        }
    }

    #[test]
    fn a_secret_is_masked_in_every_part() {
        let mut task = Task::builder().diff_mode(true).build();
        task.hide("s3cret");
        task.hide("");
        task.warn("w s3cret");
        task.deprecate(Deprecation { msg: "d s3cret".into(), version: Some("2.0.0".into()), ..Deprecation::default() });
        let mut report = Report { results: Some(json!({"r": ["s3cret"]})), ..Report::failure("m s3cret") };
        report.changed = true;
        report.diff = vec![Diff::new("s3cret", json!({"k": "xs3cret"}))];
        report.module_args = json!({"token": "s3cret"}).as_object().cloned();
        let whole = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER";
        assert_eq!(
            printed(report, &mut task),
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
            printed(with(()), &mut task)["deprecations"],
            json!([{"msg": "d", "date": "2030-01-01", "collection_name": "a.b"}])
        );
    }
}
