//! The object that a run prints.

use crate::mask::Mask;
use crate::task::{Deprecation, Hooks};
use crate::{Causes, Diff, Task, result_fields};
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
    /// The fields of a failure.
    pub(crate) fields: Map<String, Value>,
    /// The errors of a failure.
    pub(crate) causes: Causes,
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
    /// The errors of a failure. Only tests of a module read them.
    #[cfg_attr(not(feature = "testing"), allow(dead_code))]
    pub(crate) causes: Causes,
}

impl<R> Default for Report<R> {
    fn default() -> Self {
        let (failed, skipped, changed) = (false, false, false);
        let (fields, causes) = (Map::new(), Causes::default());
        Self { failed, skipped, changed, msg: None, results: None, fields, causes, diff: Vec::new(), module_args: None }
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
        Report { failed: true, skipped, changed, msg, diff, module_args, ..Report::default() }
    }
}

impl<R: Serialize> Report<R> {
    /// The printed object, with every secret of the task masked. `nulls` are results that are printed as null instead of being
    /// left out.
    pub(crate) fn printable(self, task: &mut Task, nulls: &[&str]) -> Printable {
        let hooks = std::mem::take(&mut task.hooks);
        let causes = self.causes.clone();
        let mask = Mask::new(&task.secrets).delivering(&task.delivered).with_words(&task.words);
        let results = match &self.results {
            Some(results) => fields(results, &mask, nulls, task),
            None => fields(&self.fields, &mask, nulls, task),
        };
        match results {
            Ok(results) => Printable { line: self.line(results, &mask, task), failed: self.failed, hooks, causes },
            Err(error) => {
                let rest = self.without_results(&error.to_string());
                Printable { line: rest.line(Vec::new(), &mask, task), failed: true, hooks, causes }
            }
        }
    }
}

impl<R> Report<R> {
    fn line(&self, results: Vec<(String, Vec<u8>)>, mask: &Mask, task: &Task) -> Vec<u8> {
        let mut object = Object { line: b"{".to_vec(), mask };
        object.insert("changed", &self.changed);
        // Of a result called `results`, Ansible takes the items for those of a loop. Without an own state, the task has theirs: a row
        // with `failed` would fail it.
        let has_items = results.iter().any(|(key, _)| key == "results");
        if self.failed || has_items {
            object.insert("failed", &self.failed);
        }
        if has_items {
            object.insert("unreachable", &false);
        }
        if self.skipped {
            object.insert("skipped", &true);
        }
        if let Some(msg) = &self.msg {
            object.insert("msg", &mask.message(msg));
        }
        for (key, json) in results {
            object.insert_json(&key, &json);
        }
        if let Some(diff) = Diffs::of(&self.diff).filter(|_| task.diff_mode()) {
            object.insert("diff", &diff);
        }
        if !task.warnings.is_empty() {
            let warnings: Vec<String> = task.warnings.iter().map(|warning| mask.message(warning)).collect();
            object.insert("warnings", &warnings);
        }
        object.insert_deprecations(task);
        if let Some(module_args) = &self.module_args {
            object.insert("invocation", &Invocation { module_args });
        }
        object.line.extend(b"}\n");
        object.line
    }
}

/// The names of the protocol's own fields. A result of such a name would override a field that Ansible reads.
const RESERVED: [&str; 9] =
    ["changed", "failed", "msg", "diff", "warnings", "deprecations", "invocation", "skipped", "exception"];

/// The module's own results as JSON. A result that cannot be printed is null, with a warning: the work is finished, and only
/// this part of its report is lost.
fn fields<R: Serialize>(
    results: &R,
    mask: &Mask,
    nulls: &[&str],
    task: &mut Task,
) -> serde_json::Result<Vec<(String, Vec<u8>)>> {
    let mut fields: Vec<(String, Vec<u8>)> = Vec::new();
    result_fields::each(results, &mut |key, value| {
        if RESERVED.contains(&key) {
            task.warn(format!("The result '{key}' was not printed: the protocol uses this name"));
        } else if !value.is_absent() || nulls.contains(&key) {
            let json = value.masked(mask).unwrap_or_else(|error| {
                task.warn(format!("The result '{key}' cannot be printed: {error}"));
                b"null".to_vec()
            });
            // Of two equal keys, readers of JSON take the last one.
            fields.retain(|(other, _)| other != key);
            fields.push((key.to_owned(), json));
        }
    })?;
    Ok(fields)
}

/// An object that is being written.
struct Object<'a> {
    line: Vec<u8>,
    mask: &'a Mask,
}

impl Object<'_> {
    fn insert<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) {
        // The values here are texts and JSON in memory, which always serialize.
        if let Ok(json) = self.mask.json(value) {
            self.insert_json(key, &json);
        }
    }

    fn insert_deprecations(&mut self, task: &Task) {
        let specified = task.specified_deprecations.iter().map(|one| Ok(deprecation(one).to_string().into_bytes()));
        let others = task.deprecations.iter().map(|one| self.mask.json(&deprecation(one)));
        let all: Vec<Vec<u8>> = specified.chain(others).filter_map(serde_json::Result::ok).collect();
        if !all.is_empty() {
            let list = [&b"["[..], &all.join(&b","[..]), b"]"].concat();
            self.insert_json("deprecations", &list);
        }
    }

    fn insert_json(&mut self, key: &str, json: &[u8]) {
        if self.line.len() > 1 {
            self.line.push(b',');
        }
        self.line.extend(Value::from(key).to_string().into_bytes());
        self.line.push(b':');
        self.line.extend_from_slice(json);
    }
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
    fn results_that_are_not_an_object_fail_without_hiding_the_change() {
        let printed = |report| printed::<&str>(report, &mut Task::default());
        let done = printed(Report { changed: true, ..with("no object") });
        assert_eq!((&done["changed"], &done["failed"]), (&json!(true), &json!(true)));
        let msg = done["msg"].as_str().unwrap();
        assert_eq!(msg, "The module finished its work. Its results cannot be printed: they are not an object");
        let failed = printed(Report { results: Some("no object"), ..Report::failure("it broke") });
        assert!(failed["msg"].as_str().unwrap().starts_with("it broke. Its results cannot"), "{failed}");
    }

    #[test]
    fn a_result_that_cannot_be_printed_is_null_and_the_task_is_not_failed() {
        use std::os::unix::ffi::OsStrExt;
        #[derive(Serialize)]
        struct Paths {
            path: std::path::PathBuf,
            keys: std::collections::BTreeMap<Vec<u8>, u8>,
            nan: f64,
            some_nan: Option<f32>,
            none: Option<f64>,
            size: u8,
        }
        let results = Paths {
            path: std::ffi::OsStr::from_bytes(b"/tmp/\xff").into(),
            keys: [(vec![1], 1)].into(),
            nan: f64::NAN,
            some_nan: Some(f32::INFINITY),
            none: None,
            size: 7,
        };
        let done = printed(Report { changed: true, ..with(results) }, &mut Task::default());
        let warnings = done["warnings"].as_array().unwrap();
        assert!(warnings[0].as_str().unwrap().starts_with("The result 'path' cannot be printed: "), "{done}");
        assert_eq!(warnings.len(), 2);
        let rest = json!({"changed": true, "path": null, "keys": null, "nan": null, "some_nan": null, "size": 7});
        assert_eq!(done.as_object().unwrap().iter().filter(|(key, _)| *key != "warnings").count(), 6);
        for (key, value) in rest.as_object().unwrap() {
            assert_eq!(&done[key], value, "{key}");
        }
    }

    #[test]
    fn a_result_cannot_override_a_field_of_the_protocol() {
        let results = json!({"changed": true, "failed": true, "msg": "x", "name": "n", "exception": "e"});
        let object = printed(with(results.as_object().unwrap().clone()), &mut Task::default());
        assert_eq!((&object["changed"], &object["name"]), (&json!(false), &json!("n")));
        assert_eq!(object["warnings"].as_array().unwrap().len(), 4);
        assert_eq!(object.get("msg"), None);
    }

    #[test]
    fn an_empty_field_is_not_printed_unless_it_is_wanted_as_null() {
        #[derive(Serialize)]
        struct Flattening {
            first: Option<Option<u8>>,
            #[serde(flatten)]
            inner: Map<String, Value>,
            last: (),
        }
        let inner = json!({"key": null, "other": null, "within": {"key": null, "list": [null]}});
        let results = Flattening { first: Some(None), inner: inner.as_object().unwrap().clone(), last: () };
        let printable = with(results).printable(&mut Task::default(), &["key"]);
        let expected = "{\"changed\":false,\"key\":null,\"within\":{\"key\":null,\"list\":[null]}}\n";
        assert_eq!(String::from_utf8(printable.line).unwrap(), expected);
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
