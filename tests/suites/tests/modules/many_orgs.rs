//! The option `orgs` of the modules for sets: one task for many organizations.

use mist_modules::mist_api_tokens::MistApiTokens;
use mist_modules::mist_objects::MistObjects;
use mist_simulator::{Config, Fault, Simulator};
use serde_json::{Value, json};
use suites::{Seen, methods, run, status};

fn cloud(orgs: usize) -> Simulator {
    Simulator::start(Config { orgs, ..Config::default() }).unwrap()
}

fn with_orgs(orgs: Value) -> Value {
    json!({"orgs": orgs, "type": "webhooks", "objects": [{"name": "w", "url": "https://x.y/z", "topics": ["alarms"], "type": "http-post"}]})
}

fn objects(cloud: &Simulator, check_mode: bool, options: &Value) -> Seen<Value> {
    run::<MistObjects, Value>(cloud, check_mode, std::slice::from_ref(options))
}

fn tokens(cloud: &Simulator, options: &Value) -> Seen<Value> {
    run::<MistApiTokens, Value>(cloud, false, std::slice::from_ref(options))
}

/// The organizations of a result that have a value in a field.
fn names_with(results: &Value, field: &str, value: &Value) -> Vec<String> {
    let all = results["orgs"].as_object().unwrap();
    all.iter().filter(|(_, one)| one[field] == *value).map(|(name, _)| name.clone()).collect()
}

#[test]
fn fifty_unchanged_organizations_take_fifty_one_requests() {
    let cloud = cloud(50);
    let options = with_orgs(json!("all"));
    let (first, _) = objects(&cloud, false, &options);
    let first = first.unwrap();
    assert!(first.changed && names_with(&first.results, "changed", &json!(true)).len() == 50);
    assert!(first.results["quota"]["used"].as_u64() >= Some(100));
    for (org_id, name) in cloud.orgs() {
        assert_eq!(cloud.objects(&format!("orgs/{org_id}/webhooks")).len(), 1, "{name}");
        assert_eq!(first.results["orgs"][&name]["org_id"], json!(org_id));
    }
    cloud.clear_requests();
    let (second, _) = objects(&cloud, false, &options);
    let second = second.unwrap();
    assert_eq!((second.changed, &second.results["api_calls"]), (false, &json!(51)));
    assert_eq!(second.results["quota"], json!({"calls": 51, "limit": 5000}));
    assert_eq!(methods(&cloud), ["GET"; 51]);
    // A kind that is referred to by name is one request more for each organization.
    let named = json!({"orgs": "all", "type": "sites", "objects": [{"name": "Site 1", "sitegroups": ["Group 1"]}]});
    cloud.clear_requests();
    let (outcome, _) = objects(&cloud, true, &named);
    assert!(!outcome.unwrap().changed);
    assert_eq!(cloud.requests().len(), 101);
}

#[test]
fn names_patterns_and_ids_select_and_check_mode_predicts_each() {
    let cloud = cloud(3);
    let org_id = cloud.orgs()[2].0.clone();
    let options = with_orgs(json!(["Org [1]", org_id]));
    let (predicted, _) = objects(&cloud, true, &options);
    let (done, _) = objects(&cloud, false, &options);
    let (predicted, done) = (predicted.unwrap(), done.unwrap());
    assert_eq!(names_with(&done.results, "failed", &json!(false)), ["Org 1", "Org 3"]);
    assert_eq!((predicted.changed, predicted.diff.len()), (true, 2));
    assert_eq!(predicted.diff, done.diff);
    assert_eq!(cloud.objects(&format!("orgs/{}/webhooks", cloud.orgs()[1].0)).len(), 0);
}

#[test]
fn a_failure_of_one_organization_does_not_stop_the_others() {
    let cloud = cloud(4);
    let second = cloud.orgs()[1].0.clone();
    cloud.fault(Fault::new(status(403)).path(&format!("/api/v1/orgs/{second}/")));
    let (outcome, _) = objects(&cloud, false, &with_orgs(json!("all")));
    let failure = outcome.unwrap_err();
    let results = failure.results.unwrap();
    assert!(failure.changed);
    assert_eq!(names_with(&results, "failed", &json!(true)), ["Org 2"]);
    assert_eq!(names_with(&results, "changed", &json!(true)), ["Org 1", "Org 3", "Org 4"]);
    assert!(results["orgs"]["Org 2"]["msg"].is_string() && results["quota"]["used"].is_u64());
}

#[test]
fn a_selection_that_cannot_be_meant_changes_nothing() {
    let cloud = cloud(2);
    for orgs in [json!([]), json!(["Org 1", "Acme"]), json!("Org 9*"), json!({"orggroup": "North"}), Value::Null] {
        let (outcome, _) = objects(&cloud, false, &with_orgs(orgs.clone()));
        assert!(!outcome.unwrap_err().changed, "{orgs}");
    }
    for more in [json!({"org": "Org 1"}), json!({"org_id": cloud.org_id()}), json!({"site_id": cloud.org_id()})] {
        let mut options = with_orgs(json!("all"));
        options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        cloud.clear_requests();
        assert!(objects(&cloud, false, &options).0.is_err(), "{more}");
        assert!(methods(&cloud).is_empty());
    }
    let mut bad = with_orgs(json!("all"));
    bad["objects"] = json!([{"name": "w", "topics": {"a": 1}}]);
    cloud.clear_requests();
    assert!(objects(&cloud, false, &bad).0.is_err() && methods(&cloud).is_empty(), "the declaration is checked first");
}

#[test]
fn an_msp_takes_one_request_more_and_a_group_another() {
    let cloud = Simulator::start(Config { orgs: 1, msp_orgs: 3, other_orgs: 1, ..Config::default() }).unwrap();
    let (all, _) = objects(&cloud, true, &with_orgs(json!("all")));
    assert_eq!(names_with(&all.unwrap().results, "changed", &json!(true)), ["Org 1", "Org 2", "Org 3", "Org 4"]);
    let members = json!([cloud.orgs()[1].0, cloud.orgs()[3].0]);
    cloud.seed(&format!("msps/{}/orggroups", cloud.msp_id()), json!({"name": "North", "org_ids": members}));
    objects(&cloud, false, &with_orgs(json!({"orggroup": "North"}))).0.unwrap();
    cloud.clear_requests();
    let (unchanged, _) = objects(&cloud, false, &with_orgs(json!([{"orggroup": "North"}])));
    let unchanged = unchanged.unwrap();
    assert_eq!(names_with(&unchanged.results, "changed", &json!(false)), ["Org 2", "Org 4"]);
    assert_eq!(cloud.requests().len(), 5, "the account, the organizations of the MSP, its groups, two lists");
}

#[test]
fn each_organization_has_the_declared_tokens_and_never_the_account() {
    let cloud = cloud(3);
    let options = |orgs: Value| json!({"orgs": orgs, "return_keys": true, "tokens": [{"name": "ci", "privileges": [{"role": "read"}]}]});
    let before = cloud.user_tokens().len();
    let (first, _) = tokens(&cloud, &options(json!(["Org 1", "Org 3"])));
    let first = first.unwrap();
    assert!(first.results["orgs"]["Org 3"]["tokens"][0]["key"].is_string());
    assert_eq!(cloud.user_tokens().len(), before);
    cloud.clear_requests();
    let (second, _) = tokens(&cloud, &options(json!(["Org 1", "Org 3"])));
    assert!(!second.unwrap().changed);
    assert_eq!(cloud.requests().len(), 3);
    for more in [
        json!({"token_type": "user"}),
        json!({"tokens": [{"name": "ci", "key_file": "/tmp/x", "privileges": [{"role": "read"}]}]}),
    ] {
        let mut options = options(json!("all"));
        options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        cloud.clear_requests();
        assert!(tokens(&cloud, &options).0.is_err() && methods(&cloud).is_empty(), "{more}");
    }
}
