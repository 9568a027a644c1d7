//! Rules in the order of the declaration: `ordered` and `others`.

use super::situation::Situation;
use mist_simulator::{Fault, FaultKind};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const NAC: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

fn nac(situation: &Situation, numbers: &[(&str, i64)]) {
    for (name, order) in numbers {
        situation.cloud.seed(&situation.org("nacrules"), json!({"name": name, "action": "allow", "order": order}));
    }
}

fn declared(names: &[&str]) -> Value {
    names.iter().map(|name| json!({"name": name, "action": "allow"})).collect()
}

fn task(names: &[&str], more: Value) -> Value {
    let mut task = json!({"type": "nacrules", "ordered": true, "objects": declared(names)});
    task.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    task
}

/// Names and numbers of the rules, by number. No two are equal.
fn kept(situation: &Situation, word: &str, field: &str) -> Vec<(String, i64)> {
    let rules = situation.cloud.objects(&situation.org(word));
    let text = |rule: &Value| rule[field].as_str().map_or_else(|| rule[field].to_string(), str::to_owned);
    let mut rules: Vec<(String, i64)> =
        rules.iter().map(|rule| (text(rule), rule["order"].as_i64().unwrap())).collect();
    rules.sort_by_key(|(_, order)| *order);
    let numbers: BTreeSet<i64> = rules.iter().map(|(_, order)| *order).collect();
    assert_eq!(numbers.len(), rules.len(), "{rules:?}");
    rules
}

fn names(situation: &Situation) -> String {
    kept(situation, "nacrules", "name").into_iter().map(|(name, _)| name).collect()
}

/// The numbers of the rules by id.
fn numbers(situation: &Situation) -> BTreeMap<String, i64> {
    let rules = situation.cloud.objects(&situation.org("nacrules"));
    rules.iter().map(|rule| (rule["id"].as_str().unwrap().to_owned(), rule["order"].as_i64().unwrap())).collect()
}

/// Replays the writes of a run, and checks that no two rules have equal numbers in between.
fn never_equal(situation: &Situation, mut now: BTreeMap<String, i64>) {
    for (at, request) in situation.cloud.requests().iter().enumerate().filter(|(_, request)| request.method != "GET") {
        let body: Value = serde_json::from_str(&request.body).unwrap_or_default();
        let id = request.path.rsplit('/').next().unwrap().to_owned();
        match (request.method.as_str(), body["order"].as_i64()) {
            ("PUT", Some(order)) => drop(now.insert(id, order)),
            ("POST", Some(order)) => drop(now.insert(at.to_string(), order)),
            ("DELETE", _) => drop(now.remove(&id)),
            _ => {}
        }
        let distinct: BTreeSet<i64> = now.values().copied().collect();
        assert_eq!(distinct.len(), now.len(), "{now:?}");
    }
    let last: BTreeSet<i64> = now.into_values().collect();
    assert_eq!(last, numbers(situation).into_values().collect(), "the replay ends with the numbers of the cloud");
}

#[test]
fn nac_rules_get_the_declared_order_with_the_fewest_writes_and_a_second_run_writes_nothing() {
    for (wanted, puts) in [("abcdef", 0), ("bcdefa", 1), ("abdcef", 2 + 1), ("abcdfe", 1), ("fabcde", 6), ("fedcba", 5)]
    {
        let situation = Situation::new();
        let all: Vec<(&str, i64)> = NAC.iter().copied().zip(0..).collect();
        nac(&situation, &all);
        let wanted: Vec<String> = wanted.chars().map(String::from).collect();
        let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
        let before = numbers(&situation);
        let ran = situation.objects(task(&wanted, json!({}))).changes(puts > 0);
        assert_eq!(names(&situation), wanted.concat());
        assert!(ran.methods().matches("PUT").count() <= puts, "{wanted:?}: {:?}", ran.calls);
        never_equal(&situation, before);
        situation.objects(task(&wanted, json!({}))).changes(false);
    }
}

#[test]
fn undeclared_rules_keep_their_order_after_before_or_are_refused() {
    for (others, expected) in
        [(json!({}), "dbacef"), (json!({"others": "after"}), "dbacef"), (json!({"others": "before"}), "acefdb")]
    {
        let situation = Situation::new();
        let all: Vec<(&str, i64)> = NAC.iter().copied().zip((0..).step_by(10)).collect();
        nac(&situation, &all);
        let ran = situation.objects(task(&["d", "b"], others.clone())).changes(true);
        assert_eq!(names(&situation), expected, "{others}");
        assert!(ran.methods().matches("PUT").count() <= 3, "{:?}", ran.calls);
        situation.objects(task(&["d", "b"], others)).changes(false);
    }
    let situation = Situation::new();
    nac(&situation, &[("a", 0), ("b", 1), ("c", 2)]);
    let message = situation.objects_at_once(task(&["b", "a"], json!({"others": "refuse"}))).refused();
    assert!(message.starts_with("others: ") && message.contains("'c'"), "{message}");
    let purged = task(&["b", "a"], json!({"others": "refuse", "purge": true}));
    situation.objects(purged).changes(true);
    assert_eq!(names(&situation), "ba");
}

#[test]
fn new_deleted_and_changed_rules_are_ordered_in_the_same_run() {
    let situation = Situation::new();
    nac(&situation, &[("a", 0), ("b", 1), ("c", 2)]);
    let mut rules = declared(&["new", "c", "a"]);
    rules[1]["action"] = json!("block");
    rules.as_array_mut().unwrap().push(json!({"name": "b", "state": "absent"}));
    let task = json!({"type": "nacrules", "ordered": true, "objects": rules});
    let before = numbers(&situation);
    situation.objects(task.clone()).changes(true);
    never_equal(&situation, before);
    assert_eq!(names(&situation), "newca");
    assert_eq!(situation.cloud.objects(&situation.org("nacrules")).len(), 3);
    situation.objects(task).changes(false);
}

#[test]
fn wxlan_rules_are_found_by_content_within_their_template_and_the_last_one_stays() {
    let situation = Situation::new();
    let template = situation.cloud.seed(&situation.org("templates"), json!({"name": "Branch"}));
    let tag = |name: &str| {
        let tag = json!({"name": name, "type": "match", "match": "wlan_id", "values": ["x"]});
        situation.cloud.seed(&situation.org("wxtags"), tag)
    };
    let (staff, guests, printers) = (tag("staff"), tag("guests"), tag("printers"));
    let seed = |src: &str, order: i64, template: Option<&str>| {
        let rule = json!({"src_wxtags": [src], "action": "allow", "order": order, "template_id": template});
        situation.cloud.seed(&situation.org("wxrules"), rule)
    };
    seed(&staff, 1, Some(&template));
    seed(&guests, 2, Some(&template));
    seed(&printers, -1, Some(&template));
    let elsewhere = seed(&staff, 7, None);
    let rule = |src: &str| json!({"template": "Branch", "src_wxtags": [src], "action": "allow"});
    let task = json!({"type": "wxrules", "ordered": true, "objects": [rule("staff"), rule("guests")]});
    let ran = situation.objects(task.clone()).changes(true);
    assert_eq!(ran.methods().matches("PUT").count(), 1, "{:?}", ran.calls);
    let orders = |src: &str| {
        let rules = situation.cloud.objects(&situation.org("wxrules"));
        let one = rules.iter().find(|rule| rule["src_wxtags"][0] == src && rule["template_id"] == template.as_str());
        one.unwrap()["order"].as_i64().unwrap()
    };
    assert!(orders(&staff) > orders(&guests) && orders(&guests) > 0 && orders(&printers) == -1);
    let other = situation.cloud.object(&format!("{}/{elsewhere}", situation.org("wxrules")));
    assert_eq!(other["order"], 7, "another template");
    situation.objects(task).changes(false);
    // The same content is the same rule: another action changes it.
    let blocked = json!({"template": "Branch", "src_wxtags": ["guests"], "action": "block"});
    situation.objects(json!({"type": "wxrules", "ordered": true, "objects": [rule("staff"), blocked]})).changes(true);
    assert_eq!(situation.cloud.objects(&situation.org("wxrules")).len(), 4);
}

#[test]
fn a_failure_ends_the_sequence_and_the_next_run_finishes_it() {
    let situation = Situation::new();
    let all: Vec<(&str, i64)> = NAC.iter().copied().zip(0..).collect();
    nac(&situation, &all);
    let kind = FaultKind::Status { status: 400, body: "{}".into(), headers: [].into() };
    situation.cloud.fault(Fault::new(kind).method("PUT").skip(1).times(1));
    let reversed: Vec<&str> = NAC.iter().rev().copied().collect();
    let ran = situation.objects_at_once(task(&reversed, json!({})));
    assert!(ran.failed);
    assert_eq!(ran.methods().matches("PUT").count(), 2, "{:?}", ran.calls);
    kept(&situation, "nacrules", "name");
    situation.objects(task(&reversed, json!({}))).changes(true);
    assert_eq!(names(&situation), "fedcba");
}

#[test]
fn options_that_contradict_the_order_are_refused_before_any_request() {
    let situation = Situation::new();
    for options in [
        json!({"type": "webhooks", "ordered": true, "objects": [{"name": "w"}]}),
        json!({"type": "nacrules", "others": "before", "objects": declared(&["a"])}),
        json!({"type": "nacrules", "ordered": true, "objects": [{"name": "a", "action": "allow", "order": 3}]}),
    ] {
        let ran = situation.objects_at_once(options.clone());
        assert!(ran.calls.is_empty() && ran.failed, "{options}");
    }
}
