//! Organizations, sites, site groups, pages.

use crate::client::{Client, start};
use mist_simulator::{Config, Simulator};
use serde_json::{Value, json};

#[test]
fn sites_and_groups_come_in_pages_that_tell_how_many_there_are() {
    let simulator = Simulator::start(Config { orgs: 2, sites: 250, sitegroups: 120, ..Config::default() }).unwrap();
    let (client, org) = (Client::of(&simulator), simulator.org_id());
    for (kind, total, last) in [("sites", 250, 50), ("sitegroups", 120, 20)] {
        let pages = total / 100 + 1;
        let mut ids: Vec<Value> = Vec::new();
        for page in 1..=pages {
            let answer = client.get(&format!("orgs/{org}/{kind}?limit=100&page={page}"));
            assert_eq!(answer.header("X-Page-Total"), total.to_string());
            assert_eq!(
                (answer.header("X-Page-Limit"), answer.header("X-Page-Page")),
                ("100", page.to_string().as_str())
            );
            let items = answer.json().as_array().cloned().unwrap();
            assert_eq!(items.len(), if page == pages { last } else { 100 });
            assert!(items.iter().all(|item| item["org_id"] == org));
            ids.extend(items.into_iter().map(|item| item["id"].clone()));
        }
        ids.sort_by_key(Value::to_string);
        ids.dedup();
        assert_eq!(ids.len(), total);
        let first = client.get(&format!("orgs/{org}/{kind}"));
        assert_eq!(first.json().as_array().map(Vec::len), Some(100), "100 where nothing is said");
        let beyond = client.get(&format!("orgs/{org}/{kind}?page=9"));
        assert_eq!((beyond.status, beyond.json()), (200, json!([])));
        assert_eq!(client.get(&format!("orgs/{org}/{kind}?limit=x")).status, 400);
    }
}

#[test]
fn a_search_leads_from_page_to_page_until_all_sites_were_shown() {
    let simulator = Simulator::start(Config { sites: 7, ..Config::default() }).unwrap();
    let (client, org) = (Client::of(&simulator), simulator.org_id());
    let mut path = format!("orgs/{org}/sites/search?limit=3");
    let mut names = Vec::new();
    for left in [4, 1, 0] {
        let answer = client.get(&path).json();
        assert_eq!((&answer["total"], &answer["limit"]), (&json!(7), &json!(3)));
        let results = answer["results"].as_array().cloned().unwrap();
        names.extend(results.into_iter().map(|site| site["name"].clone()));
        assert_eq!(7 - names.len(), left);
        assert_eq!(answer.get("next").is_some(), left > 0);
        path = answer["next"].as_str().unwrap_or_default().replacen("/api/v1/", "", 1);
    }
    names.dedup();
    assert_eq!(names.len(), 7);
    assert_eq!(client.get(&format!("orgs/{org}/sites/search?limit=0")).status, 400);
}

#[test]
fn a_page_is_never_larger_than_the_cloud_allows() {
    let simulator = Simulator::start(Config { page_limit: 3, ..Config::default() }).unwrap();
    let answer = Client::of(&simulator).get(&format!("orgs/{}/sites?limit=1000", simulator.org_id()));
    assert_eq!((answer.json().as_array().map(Vec::len), answer.header("x-page-limit")), (Some(3), "3"));
}

#[test]
fn sites_and_groups_name_each_other() {
    let simulator = start();
    let (sites, groups) = (simulator.sites(), simulator.sitegroups());
    for site in &sites {
        let group = groups.iter().find(|group| group["id"] == site["sitegroup_ids"][0]).unwrap();
        assert!(group["site_ids"].as_array().unwrap().contains(&site["id"]));
    }
    assert_eq!((sites.len(), groups.len()), (5, 2));
}

#[test]
fn an_organization_has_its_name() {
    let simulator = start();
    let org = Client::of(&simulator).get(&format!("orgs/{}", simulator.org_id())).json();
    assert_eq!((&org["name"], &org["id"]), (&json!("Org 1"), &json!(simulator.org_id())));
}

#[test]
fn a_change_of_a_site_keeps_what_is_not_sent_and_what_is_the_clouds_own() {
    let simulator = start();
    simulator.set_clock(1_700_000_000.0);
    let before = simulator.sites()[0].clone();
    let one = format!("sites/{}", before["id"].as_str().unwrap());
    let answer = Client::of(&simulator).put(&one, json!({"notes": "new", "id": "x", "org_id": "x", "created_time": 1}));
    let mut expected = before;
    expected["notes"] = json!("new");
    expected["modified_time"] = json!(1_700_000_000);
    assert_eq!((answer.status, answer.json()), (200, expected.clone()));
    assert_eq!(Client::of(&simulator).get(&one).json(), expected);
    assert_eq!(Client::of(&simulator).put(&one, json!({"name": ""})).status, 400);
    assert!(simulator.rename_site(expected["id"].as_str().unwrap(), "Other"));
    assert_eq!(Client::of(&simulator).get(&one).json()["name"], "Other");
}
