#![allow(dead_code)] // Some options exist only for validation.

use super::*;
use crate::definition::tests::{Everything, Options};
use crate::process::Environment;
use crate::process::Output;
use crate::{Attribute, Documentation, NoLog};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;

/// A module whose `name` decides the outcome.
struct Actor;

#[derive(Deserialize, JsonSchema)]
struct Script {
    /// The outcome.
    name: String,
    /// A secret.
    #[schemars(extend("x-ansible-env" = "ACTOR_TOKEN"))]
    token: Option<NoLog>,
    /// Looks like one.
    db_password: Option<String>,
    /// Old.
    #[schemars(extend("x-ansible-removed-in" = "9.0.0"))]
    old: Option<u8>,
    /// Parts with secrets.
    parts: Option<Vec<SecretPart>>,
    /// A part with a secret.
    part: Option<SecretPart>,
}

#[derive(Deserialize, JsonSchema)]
struct SecretPart {
    /// A secret.
    key: NoLog,
    /// Not a secret.
    count: Option<i32>,
    /// Old.
    #[schemars(extend("x-ansible-removed-in" = "9.0.0"))]
    outdated: Option<u8>,
}

#[derive(Serialize, JsonSchema)]
struct Played {
    /// The text.
    said: String,
}

impl Module for Actor {
    const NAME: &'static str = "actor";
    const VERSION: &'static str = "1.0.0";
    type Options = Script;
    type Results = Played;
    const DOCUMENTATION: Documentation =
        Documentation::new().short_description("Acts").attributes(&[Attribute::check_mode(Support::Full)]);
    fn secrets(parameters: &Map<String, Value>) -> Vec<String> {
        let name = parameters.get("name").and_then(Value::as_str).unwrap_or_default();
        name.strip_prefix("known by ").into_iter().map(str::to_owned).collect()
    }
    fn run(task: &mut Task, script: Script) -> Result<Success<Played>, Failure> {
        let counts: i32 = script.parts.iter().flatten().filter_map(|part| part.count).sum();
        let said = format!(
            "check={} diff={} verbosity={} token={} origin={:?} counts={counts} keys={}",
            task.check_mode(),
            task.diff_mode(),
            task.verbosity(),
            script.token.as_ref().map_or("none", NoLog::expose),
            task.origin("token"),
            script.parts.iter().flatten().map(|part| part.key.expose()).collect::<String>(),
        );
        let results = Played { said };
        match script.name.as_str() {
            "fail" => Err("it broke".into()),
            "fail late" => Err(Failure::new("it broke late")
                .after_change()
                .with_diff(crate::Diff::new("a", "b"))
                .with_field("rc", 7)
                .with_results(results)),
            "log" => {
                task.log("found s3cret");
                task.debug("a detail");
                Ok(Success::changed(results))
            }
            "hide" => {
                task.hide("verbosity");
                Ok(Success::changed(results))
            }
            _ => Ok(Success::changed(results).with_msg("done").with_diff(crate::Diff::new("a", "b"))),
        }
    }
}

/// The printed object and the log.
fn run_with<M: Module>(arguments: Value, environment: &[(&str, &str)]) -> (Value, Vec<String>) {
    let logged = Arc::new(std::sync::Mutex::new(Vec::new()));
    let variables = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let context = Context {
        environment: Environment::Given(Arc::new(variables)),
        log: {
            let logged = Arc::clone(&logged);
            Arc::new(move |datagram| logged.lock().unwrap().push(datagram.to_owned()))
        },
        output: Output::default(),
    };
    let definition = Definition::of::<M>().unwrap();
    let printable = run::<M>(&definition, arguments.as_object().unwrap().clone(), &context);
    (serde_json::from_slice(&printable.line).unwrap(), logged.lock().unwrap().clone())
}

fn act(arguments: Value) -> Value {
    run_with::<Actor>(arguments, &[]).0
}

const MASKED: &str = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER";

#[test]
fn a_success_tells_its_results_and_how_it_was_invoked() {
    assert_eq!(
        act(json!({"name": "go", "_ansible_diff": true, "_ansible_verbosity": 2, "_ansible_no_log": true})),
        json!({
            "changed": true, "msg": "done",
            "said": "check=false diff=true verbosity=2 token=none origin=None counts=0 keys=",
            "diff": {"before": "a", "after": "b"},
            "invocation": {"module_args": {"name": "go", "token": null, "db_password": null, "old": null, "parts": null, "part": null}},
        })
    );
}

#[test]
fn a_failure_tells_what_had_been_done() {
    let failed = act(json!({"name": "fail"}));
    assert_eq!(
        (&failed["failed"], &failed["changed"], &failed["msg"]),
        (&json!(true), &json!(false), &json!("it broke"))
    );
    let late = act(json!({"name": "fail late", "_ansible_diff": true}));
    assert_eq!((&late["failed"], &late["changed"], &late["diff"]["after"]), (&json!(true), &json!(true), &json!("b")));
    assert!(late["said"].is_string() && late["rc"] == 7);
}

#[test]
fn a_secret_that_only_the_module_knows_is_masked_and_not_logged_also_when_the_task_is_refused() {
    for arguments in [json!({"name": "known by s3cret"}), json!({"name": "known by s3cret", "misspelt": 1})] {
        let (object, logged) = run_with::<Actor>(arguments, &[]);
        assert_eq!(object["invocation"]["module_args"]["name"], "known by ********");
        assert!(!object.to_string().contains("s3cret") && !logged.concat().contains("s3cret"), "{object} {logged:?}");
    }
}

#[test]
fn a_secret_is_masked_wherever_it_comes_from() {
    let (given, _) = run_with::<Actor>(json!({"name": "go", "token": "s3cret"}), &[]);
    assert!(given["said"].as_str().unwrap().contains("token=********"));
    assert_eq!(given["invocation"]["module_args"]["token"], MASKED);
    let (found, _) = run_with::<Actor>(json!({"name": "go"}), &[("ACTOR_TOKEN", "s3cret")]);
    let said = found["said"].as_str().unwrap();
    assert!(said.contains("token=********"), "{said}");
    assert!(said.contains("Environment(\"ACTOR_TOKEN\")"), "{said}");
    let (within, _) =
        run_with::<Actor>(json!({"name": "go", "parts": [{"key": "s3cret", "count": "2"}, {"key": "other"}]}), &[]);
    assert!(within["said"].as_str().unwrap().ends_with("counts=2 keys=****************"));
    assert_eq!(within["invocation"]["module_args"]["parts"][1]["key"], MASKED);
    assert!(!within.to_string().contains("s3cret"));
}

#[test]
fn a_secret_that_came_up_during_the_run_is_masked() {
    let printed = act(json!({"name": "hide"}));
    assert!(printed["said"].as_str().unwrap().contains("********=0"));
}

#[test]
fn refusals_are_worded_and_ordered_as_by_ansible() {
    for (arguments, msg) in [
        (json!({}), "missing required arguments: name"),
        (
            json!({"name": "go", "naem": "x"}),
            "Unsupported parameters for (actor) module: naem. Supported parameters include: db_password, name, old, \
             part, parts, token. Did you mean 'name'?",
        ),
        (
            json!({"name": "go", "naem": "x", "_ansible_module_name": "a.b.actor"}),
            "Unsupported parameters for (a.b.actor) module: naem. Supported parameters include: db_password, name, \
             old, part, parts, token. Did you mean 'name'?",
        ),
        (
            json!({"name": "go", "parts": [{"key": "s3cret", "kount": 1}], "zzz": 1, "tokn": "unread"}),
            "Unsupported parameters for (actor) module: parts.kount, tokn, zzz. Supported parameters include: \
             db_password, name, old, part, parts, token. Did you mean 'count' (for kount), 'token' (for tokn)?",
        ),
        // The unsupported one comes last.
        (json!({"naem": "x"}), "missing required arguments: name"),
        // Not Ansible's first message, which does not name the option.
        (
            json!({"name": "go", "part": "x"}),
            "argument 'part' is of type str and we were unable to convert to dict: dictionary requested, could not \
             parse JSON or key=value",
        ),
        (
            json!({"name": "go", "parts": ["x"]}),
            "Elements value for option 'parts' is of type str and we were unable to convert to dict: dictionary \
             requested, could not parse JSON or key=value",
        ),
        (json!({"name": "go", "old": 256}), "value of old must be at most 255, got: 256"),
        (
            json!({"name": "go", "parts": [{"key": "k", "count": 3_000_000_000_u64}]}),
            "value of parts[0].count must be at most 2147483647, got: 3000000000",
        ),
        (
            json!({"name": "go", "_ansible_check_mode": "perhaps"}),
            "_ansible_check_mode must be true or false. The arguments were changed after Ansible wrote them",
        ),
    ] {
        let printed = act(arguments.clone());
        assert_eq!(printed["failed"], true, "{arguments}");
        assert_eq!(printed["msg"], msg, "{arguments}");
    }
}

#[test]
fn a_refusal_prints_no_value_that_could_be_a_secret() {
    for arguments in [
        json!({"name": "go", "tokn": "s3cret"}),
        json!({"name": "go", "parts": [{"key": "k", "kee": "s3cret"}]}),
        json!({"token": "s3cret"}),
        json!({"name": "go", "parts": "{s3cret"}),
        json!({"name": "go", "part": "{s3cret"}),
        json!({"name": "go", "part": ["s3cret"]}),
        json!({"name": "go", "parts": ["s3cret"]}),
        json!({"name": "go", "old": "s3cret", "token": "s3cret"}),
    ] {
        let (printed, logged) = run_with::<Actor>(arguments.clone(), &[]);
        assert_eq!(printed["failed"], true, "{arguments}");
        assert!(!printed["invocation"].to_string().contains("s3cret"), "{printed}");
        assert!(logged.is_empty(), "{logged:?}");
    }
}

#[test]
fn values_arrive_as_python_would_read_them() {
    #[derive(Debug, Deserialize, JsonSchema)]
    struct Typed {
        /// Integers.
        count: u8,
        /// Signed.
        signed: Option<i64>,
        /// Wide.
        wide: Option<u64>,
        /// A list.
        list: Vec<i32>,
        /// Labels.
        labels: std::collections::BTreeMap<String, String>,
        /// Numbers.
        numbers: std::collections::BTreeMap<String, u8>,
    }
    struct Shows;
    impl Module for Shows {
        const NAME: &'static str = "shows";
        const VERSION: &'static str = "0";
        type Options = Typed;
        type Results = ();
        fn run(_: &mut Task, options: Typed) -> Outcome<()> {
            Ok(Success::unchanged(()).with_msg(format!("{options:?}")))
        }
    }
    let run = |more: Value| {
        let mut all = json!({"count": true, "list": [true, "2", 3.0], "labels": {"a": 1, "b": true, "c": "x"}, "numbers": {"n": "7"}});
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        run_with::<Shows>(all, &[]).0["msg"].as_str().unwrap().to_owned()
    };
    let shown = run(json!({"signed": i64::MIN, "wide": u64::MAX}));
    for part in
        ["count: 1", "list: [1, 2, 3]", r#"{"a": "1", "b": "True", "c": "x"}"#, r#"{"n": 7}"#, "18446744073709551615"]
    {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    for (more, msg) in [
        (json!({"count": 256}), "value of count must be at most 255, got: 256"),
        (
            json!({"signed": 9_223_372_036_854_775_808_u64}),
            "value of signed must be at most 9223372036854775807, got: 9223372036854775808",
        ),
        (json!({"wide": -1}), "value of wide must be at least 0, got: -1"),
        (json!({"list": ["3000000000"]}), "value of list[0] must be at most 2147483647, got: 3000000000"),
        (
            json!({"numbers": {"n": "x"}}),
            "argument 'numbers.n' is of type str and we were unable to convert to int: \"'x'\" cannot be converted to an int",
        ),
    ] {
        assert_eq!(run(more), msg);
    }
}

#[test]
fn deprecations_of_the_specification_are_reported_once_and_unmasked() {
    let printed = act(
        json!({"name": "go", "old": 1, "token": "a", "parts": [{"key": "k", "outdated": 1}, {"key": "k", "outdated": 2}]}),
    );
    let messages: Vec<&str> =
        printed["deprecations"].as_array().unwrap().iter().map(|one| one["msg"].as_str().unwrap()).collect();
    let tail = "is deprecated. See the module docs for more information";
    assert_eq!(messages, [format!("Param 'old' {tail}"), format!("Param 'parts[\"outdated\"]' {tail}")]);
}

#[test]
fn large_integers_keep_their_digits_as_text_and_are_refused_as_numbers() {
    const BIG: &str = "123456789012345678901234567890";
    let arguments = |text: String| crate::arguments::parse(text.as_bytes(), "x").map(Value::Object).unwrap();
    let (printed, _) =
        run_with::<Everything>(arguments(format!(r#"{{"seconds": 1, "name": {BIG}, "token": {BIG}}}"#)), &[]);
    let said = printed["said"].as_str().unwrap_or_else(|| panic!("{printed}"));
    assert!(said.contains("name: Some(\"********\")") || said.contains(BIG), "{said}");
    assert!(!printed.to_string().contains(BIG), "the secret has the same digits: {printed}");
    let (printed, _) = run_with::<Everything>(arguments(format!(r#"{{"seconds": 1, "name": -{BIG}}}"#)), &[]);
    assert_eq!(printed["invocation"]["module_args"]["name"], format!("-{BIG}"));
    for (arguments_text, msg) in [
        (
            format!(r#"{{"seconds": {BIG}}}"#),
            format!(
                "argument 'seconds' is of type int and we were unable to convert to int: \"{BIG}\" cannot be converted to an int"
            ),
        ),
        #[cfg(not(feature = "exact-numbers"))]
        (
            format!(r#"{{"seconds": 1, "name": "n", "token": "unrelated", "anything": [{{"a": {BIG}}}]}}"#),
            "value of anything[0].a is an integer of more than 64 bits. Quote it to pass it as a text".to_owned(),
        ),
    ] {
        let (printed, _) = run_with::<Everything>(arguments(arguments_text), &[]);
        assert_eq!(printed["msg"], msg);
    }
    #[cfg(feature = "exact-numbers")]
    {
        let raw = arguments(format!(
            r#"{{"seconds": 1, "name": "n", "token": "unrelated", "anything": [{BIG}], "body": {{"k": {BIG}}}}}"#
        ));
        let (printed, _) = run_with::<Everything>(raw, &[]);
        let said = printed["said"].as_str().unwrap_or_else(|| panic!("{printed}"));
        assert_eq!(said.matches(BIG).count(), 2, "{said}");
    }
}

#[test]
fn unknown_options_are_ignored_where_ansible_says_so() {
    let printed = act(json!({"name": "go", "naem": "s3cret", "_ansible_ignore_unknown_opts": true}));
    assert_eq!(printed.get("failed"), None);
    assert!(!printed.to_string().contains("s3cret"));
    let still = act(json!({"naem": "x", "_ansible_ignore_unknown_opts": true}));
    assert_eq!(still["msg"], "missing required arguments: name");
}

#[test]
fn warnings_and_deprecations_of_validation_are_told() {
    let printed = act(json!({"name": "go", "old": 1}));
    assert_eq!(printed["warnings"], json!(["Module did not set no_log for db_password"]));
    assert_eq!(
        printed["deprecations"],
        json!([{
            "msg": "Param 'old' is deprecated. See the module docs for more information",
            "version": "9.0.0", "collection_name": null,
        }])
    );
    let printed = act(json!({"name": "go", "old": 1, "_ansible_module_name": "a.b.actor"}));
    assert_eq!(printed["deprecations"][0]["collection_name"], "a.b");
}

#[test]
fn the_invocation_is_logged_without_secrets() {
    let (_, logged) = run_with::<Actor>(
        json!({
            "name": "say s3cret", "token": "s3cret", "db_password": "hush", "_ansible_syslog_facility": "LOG_LOCAL0",
            "_ansible_target_log_info": "job 7", "_ansible_module_name": "a.b.actor",
        }),
        &[],
    );
    assert_eq!(
        logged,
        ["<134>ansible-a.b.actor: job 7 Invoked with name=say ******** token=NOT_LOGGING_PARAMETER \
          db_password=NOT_LOGGING_PASSWORD old=None parts=None part=None"]
    );
}

#[test]
fn a_module_writes_to_the_log_without_secrets() {
    let arguments = json!({"name": "log", "token": "s3cret", "_ansible_target_log_info": "job 7"});
    let (_, logged) = run_with::<Actor>(arguments.clone(), &[]);
    assert_eq!(logged[1..], ["<14>ansible-actor: job 7 found ********"]);
    let mut debugging = arguments.clone();
    debugging["_ansible_debug"] = true.into();
    assert_eq!(run_with::<Actor>(debugging, &[]).1[2], "<14>ansible-actor: job 7 [debug] a detail");
    let mut silent = arguments;
    silent["_ansible_no_log"] = true.into();
    assert!(run_with::<Actor>(silent, &[]).1.is_empty());
}

#[test]
fn nothing_is_logged_where_the_task_says_no_log() {
    let (_, logged) = run_with::<Actor>(json!({"name": "go", "_ansible_no_log": true}), &[]);
    assert!(logged.is_empty());
}

#[test]
fn check_mode_reaches_a_module_that_supports_it() {
    let printed = act(json!({"name": "go", "_ansible_check_mode": true}));
    assert!(printed["said"].as_str().unwrap().starts_with("check=true"));
}

#[test]
fn check_mode_skips_a_module_that_does_not_claim_it() {
    let (printed, logged) =
        run_with::<Everything>(json!({"seconds": 1, "name": "x", "token": "s3cret", "_ansible_check_mode": true}), &[]);
    assert_eq!(printed["skipped"], true);
    assert_eq!(printed["changed"], false);
    assert_eq!(printed["msg"], "remote module (everything) does not support check mode");
    assert!(logged.is_empty());
}

#[test]
fn every_kind_of_option_arrives_converted() {
    let (printed, _) = run_with::<Everything>(
        json!({
            "seconds": "30", "name": 7, "levels": "low,high", "secrets": ["a-secret"], "file": "~/x", "sure": "no",
            "share": "0.5", "body": "{\"k\": [1]}", "anything": [null], "key": "t0ken", "part": "role=high count=2 site=s",
        }),
        &[("HOME", "/home/me"), ("HOST_TOO", "there")],
    );
    let said = printed["said"].as_str().unwrap_or_else(|| panic!("{printed:#}"));
    for words in [
        "state: Present",
        "name: Some(\"7\")",
        "levels: [Low, High]",
        "secrets: Some([NoLog(********)])",
        "file: Some(AnsiblePath(\"/home/me/x\"))",
        "sure: false",
        "share: Some(0.5)",
        "seconds: 30",
        "body: {\"k\": Array [Number(1)]}",
        "anything: Some(Array [Null])",
        "host: \"there\"",
        "token: Some(NoLog(********))",
        "role: Some(High), count: 2",
    ] {
        assert!(said.contains(words), "{words} in {said}");
    }
}

#[test]
fn the_options_type_is_the_only_place_where_a_secret_is_readable() {
    let options: Options = serde_json::from_value(json!({"seconds": 1, "token": "s3cret"})).unwrap();
    assert_eq!(options.shared.token.as_ref().unwrap().expose(), "s3cret");
    assert!(!format!("{options:?}").contains("s3cret"));
}
