//! Sets of many tokens, and many runs of one set.

use super::situation::TokenState;
use super::situation::{Situation, ok};
use mist_modules::mist_api_token::MistApiToken;
use mist_simulator::{Config, NewToken, Owner};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn names(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("project-{number:04}")).collect()
}

#[test]
fn two_hundred_tokens_take_two_calls_each_and_two_in_all_on_a_few_connections_and_then_one() {
    let situation = Situation::new();
    let names = names(200);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let set = situation.filed(&names);
    let made = ok(situation.run_in(false, set.clone()).0);
    assert_eq!(made.results.api_calls, 402);
    assert!(situation.cloud.tls_handshakes() <= 4, "{}", situation.cloud.tls_handshakes());
    assert_eq!(situation.names(), names);
    let told: Vec<&str> = made.results.tokens.iter().map(|token| token.name.as_str()).collect();
    assert_eq!(told, names, "in the order of declaration");
    for token in situation.org_tokens() {
        assert_eq!(situation.key_in_file(&token.name), token.key);
    }
    let again = ok(situation.run_in(false, set).0);
    assert!(!again.changed && again.results.api_calls == 1);
}

#[test]
fn a_thousand_tokens_are_made_changed_and_purged_within_the_quota() {
    let situation = Situation::with(Config { org_tokens: 1000, ..Config::default() });
    let set = |role: &str| {
        let tokens: Vec<_> =
            names(1000).into_iter().map(|name| json!({"name": name, "privileges": [{"role": role}]})).collect();
        json!({"org_id": situation.cloud.org_id(), "purge": true, "return_keys": true, "tokens": tokens})
    };
    let made = ok(situation.run_in(false, set("read")).0);
    assert_eq!((made.results.api_calls, made.results.purged.unwrap().len()), (3002, 1000));
    let keys: BTreeSet<String> = made.results.tokens.into_iter().filter_map(|token| token.key).collect();
    assert_eq!(keys, situation.org_tokens().into_iter().map(|token| token.key).collect());
    assert_eq!(ok(situation.run_in(false, set("write")).0).results.api_calls, 1001);
    let again = ok(situation.run_in(false, set("write")).0);
    assert!(!again.changed && again.results.api_calls == 1);
    assert!(situation.cloud.connections() <= 16, "{}", situation.cloud.connections());
}

#[test]
fn five_runs_of_one_set_at_once_make_each_token_once() {
    let situation = Situation::new();
    let names = names(20);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let set = situation.filed(&names);
    let created: usize = std::thread::scope(|scope| {
        let run = || {
            let done = ok(situation.run_in(false, set.clone()).0);
            done.results.tokens.iter().filter(|token| token.state == TokenState::Created).count()
        };
        let runs: Vec<_> = (0..5).map(|_| scope.spawn(run)).collect();
        runs.into_iter().map(|run| run.join().unwrap()).sum()
    });
    assert_eq!(created, 20);
    assert_eq!(situation.names(), names);
}

#[test]
fn a_set_and_tasks_about_its_tokens_at_once_make_each_token_once() {
    let situation = Situation::new();
    let names = names(8);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let set = situation.filed(&names);
    std::thread::scope(|scope| {
        for token in set["tokens"].as_array().unwrap() {
            let options = [token.clone(), json!({"org_id": situation.cloud.org_id()})];
            let cloud = &situation.cloud;
            scope.spawn(move || suites::run::<MistApiToken, Value>(cloud, false, &options).0.unwrap());
        }
        scope.spawn(|| ok(situation.run_in(false, set.clone()).0));
    });
    assert_eq!(situation.names(), names);
    for name in names {
        assert_eq!(situation.key_in_file(name), situation.one(name).key);
    }
}

#[test]
fn a_quota_that_two_tokens_have_between_them_is_enough_for_both_halves_of_a_set() {
    let situation = Situation::with(Config { quota: 50, ..Config::default() });
    let admin = || NewToken { privileges: vec![json!({"scope": "org", "role": "admin"})], ..NewToken::named("admin") };
    let org = Owner::Org(situation.cloud.org_id().to_owned());
    let keys: Vec<String> =
        (0..2).map(|_| situation.cloud.add_org_token(situation.cloud.org_id(), admin()).1).collect();
    let names = names(40);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut set = situation.filed(&names);
    set["api_token"] = json!(keys.join(","));
    let made = ok(situation.run_in(false, set).0);
    assert!(made.results.tokens.iter().all(|token| token.state == TokenState::Created));
    assert_eq!(situation.cloud.tokens(&org).len(), 42);
}
