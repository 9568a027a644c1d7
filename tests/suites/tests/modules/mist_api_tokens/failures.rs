//! Failed calls in the middle of a run, and the next run.

use super::situation::TokenState::{Created, Failed, NotBegun, Unchanged, Updated};
use super::situation::{Situation, ok, states};
use mist_simulator::{Fault, FaultKind, RetryAfter};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

fn status(status: u16) -> FaultKind {
    FaultKind::Status { status, body: r#"{"detail": "No."}"#.into(), headers: BTreeMap::new() }
}

const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

#[test]
fn one_refused_creation_leaves_the_others_made_and_the_next_run_finishes() {
    let situation = Situation::new();
    situation.add("extra");
    situation.cloud.fault(Fault::new(status(400)).method("POST").skip(2).times(1));
    let mut set = situation.filed(&NAMES);
    set["purge"] = json!(true);
    let failure = situation.run_in(false, set.clone()).0.unwrap_err();
    let results = failure.results.clone().unwrap();
    let failed: Vec<&str> =
        results.tokens.iter().filter(|token| token.state == Failed).map(|token| token.name.as_str()).collect();
    assert_eq!(failed.len(), 1);
    assert!(failure.changed && failure.msg.contains("1 of 6 tokens are not as declared"), "{}", failure.msg);
    assert!(failure.msg.contains(&format!("Token '{}': the cloud answered 400", failed[0])), "{}", failure.msg);
    assert!(failure.msg.contains("Not purged yet") && failure.msg.contains("'extra' ("), "{}", failure.msg);
    assert_eq!(results.purged, Some(vec![]), "what may be somebody's only token stays until all are in place");
    for token in results.tokens.iter().filter(|token| token.state == Created) {
        assert_eq!(situation.key_in_file(&token.name), situation.one(&token.name).key);
    }
    assert_eq!(situation.files().len(), 5, "no temporary file is left");

    let again = ok(situation.run(set));
    assert_eq!(again.results.tokens.iter().filter(|token| token.state == Created).count(), 1);
    assert_eq!(situation.names(), NAMES);
    assert_eq!(situation.files(), NAMES);
}

#[test]
fn keys_without_a_file_are_returned_by_a_run_that_fails_too() {
    let situation = Situation::new();
    situation.cloud.fault(Fault::new(status(403)).method("POST").skip(1).times(1));
    let tokens: Vec<_> = NAMES.iter().map(|name| json!({"name": name})).collect();
    let refused = situation.run_in(false, json!({"tokens": tokens})).0.unwrap_err();
    assert!(
        refused.msg.contains("'a', 'b', 'c', 'd', 'e' and 1 more: key_file: required for a new token"),
        "{}",
        refused.msg
    );
    assert_eq!(situation.cloud.user_tokens().len(), 1, "without the wish for keys in the result nothing is made");
    let results =
        situation.run_in(false, json!({"tokens": tokens, "return_keys": true})).0.unwrap_err().results.unwrap();
    let made = results.tokens.iter().filter(|token| token.state == Created);
    assert_eq!(made.clone().count(), 5);
    for token in made {
        assert_eq!(token.key, Some(situation.one(&token.name).key));
    }
}

#[test]
fn trouble_that_would_meet_every_call_stops_the_rest_which_is_named() {
    for trouble in [
        status(401),
        FaultKind::RateLimit { retry_after: RetryAfter::Seconds(3600) },
        FaultKind::Redirect { to: "https://elsewhere.example".into(), status: 302 },
    ] {
        let situation = Situation::new();
        // Few enough to be done one after the other.
        let set = situation.filed(&NAMES[..4]);
        situation.cloud.fault(Fault::new(trouble.clone()).method("POST").skip(1));
        let failure = situation.run_in(false, set.clone()).0.unwrap_err();
        let results = failure.results.clone().unwrap();
        assert_eq!(states(&results), [Created, Failed, NotBegun, NotBegun], "{trouble:?}");
        assert!(failure.msg.contains("Not begun because of the failure of token 'b': 'c', 'd'."), "{}", failure.msg);
        assert_eq!(situation.key_in_file("a"), situation.one("a").key);
        assert_eq!(situation.files(), ["a"]);

        situation.cloud.clear_faults();
        assert_eq!(states(&ok(situation.run(set)).results), [Unchanged, Created, Created, Created]);
    }
}

#[test]
fn a_change_and_a_purge_that_are_refused_are_told_and_done_by_the_next_run() {
    let situation = Situation::new();
    let (a, extra) = (situation.add("a"), situation.add("extra"));
    let set = json!({"org_id": situation.cloud.org_id(), "purge": true, "return_keys": true, "tokens": [
        {"name": "a", "privileges": [{"role": "write"}]}, {"name": "new", "privileges": [{"role": "read"}]}
    ]});
    situation.cloud.fault(Fault::new(status(403)).method("PUT").path(&format!("*/{}", a.id)));
    let failure = situation.run_in(false, set.clone()).0.unwrap_err();
    assert_eq!(states(&failure.results.unwrap()), [Failed, Created]);
    situation.cloud.clear_faults();

    situation.cloud.fault(Fault::new(status(403)).method("DELETE"));
    let failure = situation.run_in(false, set.clone()).0.unwrap_err();
    let results = failure.results.unwrap();
    assert_eq!((states(&results), results.purged), (vec![Updated, Unchanged], Some(vec![])));
    assert!(failure.msg.contains(&format!("Request: DELETE {}", situation.cloud.url())), "{}", failure.msg);
    assert!(failure.msg.contains(&extra.id), "{}", failure.msg);
    situation.cloud.clear_faults();

    assert_eq!(ok(situation.run(set)).results.purged.unwrap()[0].id, extra.id);
    assert_eq!(situation.one("a").id, a.id);
    assert_eq!(situation.names(), ["a", "new"]);
}

#[test]
fn lost_answers_in_the_middle_leave_one_token_of_each_name_with_its_key_delivered() {
    for fault in [
        FaultKind::CutBefore,
        FaultKind::CutAfter,
        FaultKind::CutMidBody,
        FaultKind::TruncatedBody,
        FaultKind::Garbage,
        FaultKind::Html { status: 502 },
        status(500),
    ] {
        let situation = Situation::new();
        let names: Vec<String> = (0..24).map(|number| format!("t{number:02}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        situation.cloud.fault(Fault::new(fault.clone()).method("POST").skip(3).times(5));
        let mut set = situation.filed(&names);
        set["timeout"] = json!(1);
        let (outcome, warnings) = situation.run_in(false, set.clone());
        ok(outcome);
        assert_eq!(situation.names(), names, "{fault:?}");
        for name in names {
            assert_eq!(situation.key_in_file(name), situation.one(name).key, "{fault:?}");
        }
        assert!(
            warnings.iter().any(|warning| warning.starts_with("Token 't") && warning.contains("was lost")),
            "{warnings:?}"
        );
        assert!(!ok(situation.run(set)).changed);
    }
}

#[test]
fn a_key_that_cannot_be_delivered_is_one_tokens_trouble_and_leaves_no_token() {
    let situation = Situation::new();
    let doomed = situation.key_file("doomed");
    std::fs::create_dir(&doomed).unwrap();
    // Few enough to be done one after the other, so that the delay meets the first.
    let mut set = situation.filed(&["doomed", "b", "c"]);
    set["tokens"][0]["key_file"] = json!(doomed.join("key"));
    situation.cloud.fault(Fault::new(FaultKind::Delay { milliseconds: 1500 }).method("POST").times(1));
    let failure = std::thread::scope(|scope| {
        let run = scope.spawn(|| situation.run_in(false, set).0.unwrap_err());
        // Once the first creation is under way, its place was proven: then it is taken away.
        while !situation.cloud.requests().iter().any(|request| request.method == "POST") {
            std::thread::yield_now();
        }
        std::fs::remove_dir_all(&doomed).unwrap();
        run.join().unwrap()
    });
    let results = failure.results.unwrap();
    assert_eq!(states(&results), [Failed, Created, Created]);
    assert!(results.tokens[0].error.as_ref().unwrap().contains("was deleted again"), "{:?}", results.tokens[0]);
    assert_eq!(situation.names(), ["b", "c"]);
}

#[test]
fn the_key_of_a_token_that_is_not_declared_is_not_overwritten() {
    let situation = Situation::new();
    ok(situation.run(situation.filed(&["old"])));
    let mut set = situation.filed(&["new"]);
    set["tokens"][0]["key_file"] = json!(situation.key_file("old"));
    let failure = situation.run(set).unwrap_err();
    assert!(failure.msg.contains("holds the key of token 'old' (id "), "{}", failure.msg);
    assert_eq!((situation.names(), situation.key_in_file("old")), (vec!["old".to_owned()], situation.one("old").key));
}

#[test]
fn a_run_that_is_told_to_end_finishes_what_it_began_and_the_next_run_does_the_rest() {
    let situation = Situation::new();
    let names: Vec<String> = (0..60).map(|number| format!("t{number:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let set = situation.filed(&names);
    let mut options = json!({"host": situation.cloud.url(), "ca_path": situation.cloud.ca_path(), "api_token": situation.cloud.api_token()});
    options.as_object_mut().unwrap().extend(set.as_object().unwrap().clone());
    situation.cloud.fault(Fault::new(FaultKind::Delay { milliseconds: 100 }).method("POST"));
    let mut run = Command::new(env!("CARGO_BIN_EXE_run_module"))
        .arg("-")
        .env("MODULE", "mist_api_tokens")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    run.stdin.take().unwrap().write_all(options.to_string().as_bytes()).unwrap();
    while situation.org_tokens().len() < 5 {
        std::thread::yield_now();
    }
    let id = run.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    let output = run.wait_with_output().unwrap();
    situation.cloud.clear_faults();

    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &told["failed"], &told["changed"]), (Some(1), &json!(true), &json!(true)));
    assert!(told["msg"].as_str().unwrap().contains("because of a signal"), "{}", told["msg"]);
    let in_state = |state: &str| {
        let tokens = told["tokens"].as_array().unwrap().iter().filter(|token| token["state"] == state);
        tokens.map(|token| token["name"].as_str().unwrap()).collect::<Vec<_>>()
    };
    let created = in_state("created");
    assert!(created.len() >= 5 && created.len() + in_state("not_begun").len() == names.len(), "{}", told["msg"]);
    assert_eq!((situation.names(), situation.files()), (owned(&created), owned(&created)));
    for name in created {
        assert_eq!(situation.key_in_file(name), situation.one(name).key);
    }
    assert_eq!(states(&ok(situation.run(set)).results).len(), 60);
    assert_eq!(situation.names(), names);
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}
