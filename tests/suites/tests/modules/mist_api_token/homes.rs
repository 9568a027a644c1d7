//! The same task at once from several homes, as from several users or hosts: no lock keeps these apart.

use super::support::Situation;
use mist_simulator::{Fault, FaultKind};
use serde_json::{Value, json};
use std::io::Write;
use std::process::{Child, Command, Stdio};

/// The executable with a home of its own, and these options.
fn begin(situation: &Situation, module: &str, home: usize, more: &Value) -> Child {
    let mut options = json!({"host": situation.cloud.url(), "ca_path": situation.cloud.ca_path(),
        "api_token": situation.cloud.api_token(), "max_wait": 50});
    options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let home = situation.folder.path().join(format!("home-{home}"));
    std::fs::create_dir_all(&home).unwrap();
    let mut run = Command::new(env!("CARGO_BIN_EXE_run_module"))
        .arg("-")
        .env("MODULE", module)
        .env("HOME", home)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    run.stdin.take().unwrap().write_all(options.to_string().as_bytes()).unwrap();
    run
}

/// So many at once, whose POSTs take long enough for all to have listed before one is done.
fn at_once(situation: &Situation, module: &str, options: impl Fn(usize) -> Value) -> Vec<Value> {
    situation.cloud.fault(Fault::new(FaultKind::Delay { milliseconds: 700 }).method("POST"));
    let runs: Vec<Child> = (0..6).map(|home| begin(situation, module, home, &options(home))).collect();
    runs.into_iter()
        .map(|run| {
            let output = run.wait_with_output().unwrap();
            let told: Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(output.status.code(), Some(0), "{told}");
            told
        })
        .collect()
}

#[test]
fn runs_from_several_homes_make_one_token_and_one_of_them_has_its_key() {
    let situation = Situation::new();
    let told = at_once(&situation, "mist_api_token", |_| json!({"name": "n"}));
    let stored = situation.one("n");
    let keys: Vec<&str> = told.iter().filter_map(|told| told["key"].as_str()).collect();
    assert_eq!(keys, [&stored.key]);
    for told in &told {
        assert_eq!(told["token"]["id"], stored.id.as_str(), "{told}");
        assert_eq!(told["changed"], told["key"].is_string(), "{told}");
    }
    let posts = situation.cloud.requests().iter().filter(|request| request.method == "POST").count();
    assert!(posts > 1, "they were at once");
}

#[test]
fn sets_from_several_homes_make_each_token_once() {
    let situation = Situation::new();
    let names = ["a", "b", "c"];
    let set = |_| {
        let tokens: Vec<Value> = names.iter().map(|name| json!({"name": name})).collect();
        json!({"tokens": tokens, "return_keys": true})
    };
    let told = at_once(&situation, "mist_api_tokens", set);
    for (position, name) in names.iter().enumerate() {
        let stored = situation.one(name);
        let keys: Vec<&str> = told.iter().filter_map(|told| told["tokens"][position]["key"].as_str()).collect();
        assert_eq!(keys, [&stored.key], "{name}");
    }
}
