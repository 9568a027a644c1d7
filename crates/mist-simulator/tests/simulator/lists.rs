//! Lists: lag, filters, order, and pages under faults.

use crate::client::{Client, empty_cloud, names, start};
use mist_simulator::{Behavior, Config, Fault, FaultKind, Simulator};
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;

#[test]
fn a_new_object_appears_in_lists_after_so_many_of_them() {
    let list_lag = [("wlans".to_owned(), 2), ("apitokens".to_owned(), 1)].into_iter().collect();
    let (simulator, client, org) = empty_cloud(Behavior { list_lag, ..Behavior::default() });
    let list = format!("{org}/wlans");
    simulator.seed(&list, json!({"ssid": "a"}));
    let made = client.post(&list, json!({"ssid": "new"})).json();
    let count = |query: &str| client.get(&format!("{list}{query}")).json().as_array().unwrap().len();
    assert_eq!(count(""), 1);
    let one = format!("{list}/{}", made["id"].as_str().unwrap());
    assert_eq!(client.get(&one).json(), made, "reading it works at once");
    assert_eq!((count("?limit=1&page=1"), count("?limit=1&page=2")), (1, 0), "a list is hidden on each of its pages");
    assert_eq!((count("?limit=1&page=1"), count("?limit=1&page=2")), (1, 1));
    let psk = json!({"name": "p", "ssid": "s", "passphrase": "passphrase"});
    assert_eq!(client.post(&format!("{org}/psks"), psk).status, 200);
    assert_eq!(names(&client.get(&format!("{org}/psks"))), ["p"], "another collection has no lag");
}

#[test]
fn a_new_token_appears_in_lists_after_so_many_of_them() {
    let list_lag = [("apitokens".to_owned(), 1)].into_iter().collect();
    let (_simulator, client, org) = empty_cloud(Behavior { list_lag, ..Behavior::default() });
    let of_org = json!({"name": "t", "privileges": [{"scope": "org", "role": "read"}]});
    for (path, body) in [("self/apitokens".to_owned(), json!({"name": "t"})), (format!("{org}/apitokens"), of_org)] {
        let before = names(&client.get(&path)).len();
        assert_eq!(client.post(&path, body).status, 200);
        assert_eq!(names(&client.get(&path)).len(), before, "{path}");
        assert_eq!(names(&client.get(&path)).len(), before + 1, "{path}");
    }
}

#[test]
fn the_search_for_user_macs_lags_behind_while_a_second_one_is_refused() {
    let list_lag = [("usermacs".to_owned(), 1)].into_iter().collect();
    let unique_fields = vec!["usermacs:mac".to_owned()];
    let (_simulator, client, org) = empty_cloud(Behavior { list_lag, unique_fields, ..Behavior::default() });
    let made = client.post(&format!("{org}/usermacs"), json!({"mac": "5684dae9ac8b", "name": "u"}));
    assert_eq!(made.status, 200);
    let (status, detail) = client.post(&format!("{org}/usermacs"), json!({"mac": "5684dae9ac8b"})).error();
    assert!(status == 400 && detail.contains("exists"), "{detail}");
    let search = |query: &str| names(&client.get(&format!("{org}/usermacs/search{query}")));
    assert!(search("?mac=5684dae9ac8b").is_empty());
    assert_eq!(search("?mac=5684dae9ac8b"), ["u"]);
    assert_eq!((search("?mac=5684*"), search("?mac=*dae9*")), (vec!["u".to_owned()], vec!["u".to_owned()]));
    assert!(search("?mac=dae9*").is_empty());
}

#[test]
fn sites_are_listed_and_searched_with_the_same_lag() {
    let list_lag = [("*".to_owned(), 2)].into_iter().collect();
    let (_simulator, client, org) = empty_cloud(Behavior { list_lag, ..Behavior::default() });
    client.post(&format!("{org}/sites"), json!({"name": "New"}));
    assert!(names(&client.get(&format!("{org}/sites"))).is_empty());
    assert_eq!(client.get(&format!("{org}/sites/search")).json()["results"], json!([]));
    assert_eq!(client.get(&format!("{org}/sites/search")).json()["results"][0]["name"], "New");
}

#[test]
fn a_filter_of_the_document_can_be_ignored() {
    let (simulator, client, org) = empty_cloud(Behavior::default());
    for device_type in ["ap", "gateway"] {
        simulator.seed(&format!("{org}/deviceprofiles"), json!({"name": device_type, "type": device_type}));
    }
    let list = || names(&client.get(&format!("{org}/deviceprofiles?type=gateway")));
    assert_eq!(list(), ["gateway"]);
    simulator.behavior(|behavior| behavior.ignored_filters = vec!["deviceprofiles:type".to_owned()]);
    assert_eq!(list(), ["ap", "gateway"]);
}

#[test]
fn a_creation_between_two_pages_repeats_an_object_where_the_newest_is_first() {
    let (simulator, client, org) = empty_cloud(Behavior { newest_first: true, ..Behavior::default() });
    let seed = |name: &str| simulator.seed(&format!("{org}/rftemplates"), json!({"name": name}));
    for name in ["a", "b", "c"] {
        seed(name);
    }
    let page = |number: usize| names(&client.get(&format!("{org}/rftemplates?limit=2&page={number}")));
    assert_eq!(page(1), ["c", "b"]);
    seed("d");
    assert_eq!(page(2), ["b", "a"]);
}

/// A cloud with five sites, and the status, names and total of each page of two sites under a fault.
fn list_under(kind: FaultKind) -> (Simulator, Vec<(u16, Vec<String>, String)>) {
    let simulator = start();
    simulator.fault(Fault::new(kind).method("GET").path("/api/v1/orgs/*/sites").skip(1).times(1));
    let client = Client::of(&simulator);
    let pages = (1..=3).map(|page| {
        let answer = client.get(&format!("orgs/{}/sites?limit=2&page={page}", simulator.org_id()));
        let names =
            answer.json().as_array().unwrap().iter().map(|site| site["name"].as_str().unwrap().to_owned()).collect();
        (answer.status, names, answer.header("x-page-total").to_owned())
    });
    let pages = pages.collect();
    (simulator, pages)
}

#[test]
fn a_page_is_repeated_or_has_another_status() {
    let (_, pages) = list_under(FaultKind::OtherQuery { query: "limit=2&page=1".to_owned() });
    assert_eq!(
        (&pages[1].1, &pages[2].1),
        (&vec!["Site 1".to_owned(), "Site 2".to_owned()], &vec!["Site 5".to_owned()])
    );
    let (_, pages) = list_under(FaultKind::OtherStatus { status: 206 });
    assert_eq!(pages[1], (206, vec!["Site 3".to_owned(), "Site 4".to_owned()], "5".to_owned()));
}

#[test]
fn a_total_falls_and_headers_are_missing() {
    let headers = |total: Option<&str>| FaultKind::Altered {
        fields: BTreeMap::new(),
        without: Vec::new(),
        headers: [("X-Page-Total".to_owned(), total.map(str::to_owned))].into(),
    };
    let totals = |kind| list_under(kind).1.into_iter().map(|(_, _, total)| total).collect::<Vec<_>>();
    assert_eq!(totals(headers(Some("3"))), ["5", "3", "5"]);
    assert_eq!(totals(headers(None)), ["5", "", "5"]);
}

#[test]
fn an_object_is_removed_between_two_pages() {
    let simulator = start();
    let first = simulator.sites()[0]["id"].as_str().unwrap().to_owned();
    simulator.fault(Fault::new(FaultKind::HoldRequest).method("GET").path("*/sites").skip(1).times(1));
    let page = |number: usize| {
        Client::of(&simulator).get(&format!("orgs/{}/sites?limit=2&page={number}", simulator.org_id())).json()
    };
    assert_eq!(page(1)[1]["name"], "Site 2");
    std::thread::scope(|scope| {
        let second = scope.spawn(|| page(2));
        assert!(simulator.wait_for_held(1, Duration::from_secs(60)));
        assert!(simulator.remove_object(&format!("sites/{first}")));
        assert!(simulator.release());
        assert_eq!(second.join().unwrap()[0]["name"], "Site 4", "Site 3 is on neither page");
    });
}

#[test]
fn a_thousand_rows_come_without_paging_headers() {
    let simulator = Simulator::start(Config { sites: 1001, ..Config::default() }).unwrap();
    let headers = ["X-Page-Total", "X-Page-Limit", "X-Page-Page"].map(|name| (name.to_owned(), None)).into();
    let kind = FaultKind::Altered { fields: BTreeMap::new(), without: Vec::new(), headers };
    simulator.fault(Fault::new(kind).method("GET"));
    let client = Client::of(&simulator);
    let page = |number: usize| client.get(&format!("orgs/{}/sites?limit=1000&page={number}", simulator.org_id()));
    assert_eq!((page(1).json().as_array().unwrap().len(), page(1).header("x-page-total")), (1000, ""));
    assert_eq!(page(2).json().as_array().unwrap().len(), 1);
}

#[test]
fn a_list_can_contain_foreign_objects_and_objects_without_an_id() {
    let (simulator, client, org) = empty_cloud(Behavior::default());
    let foreign = "00000000-0000-4000-8000-000000000000";
    simulator.seed(&format!("{org}/webhooks"), json!({"name": "foreign", "org_id": foreign}));
    simulator.seed(&format!("{org}/webhooks"), json!({"name": "without id", "id": null}));
    let listed = client.get(&format!("{org}/webhooks")).json();
    assert_eq!((&listed[0]["org_id"], &listed[1]["id"]), (&json!(foreign), &json!(null)));
    assert_eq!(client.delete(&format!("{org}/webhooks/")).status, 404);
}
