//! Every kind of object in the document: created, listed, read, updated and deleted.

use crate::client::{Client, start};
use mist_simulator::{Config, NewToken, PageForm, Simulator, Variants};
use serde_json::{Map, Value, json};

/// The kinds in the generated file.
fn kinds() -> Vec<Value> {
    let document: Value = serde_json::from_str(include_str!("../../src/objects/document.json")).unwrap();
    document["kinds"].as_array().cloned().unwrap()
}

fn list_of<'a>(kind: &'a Value, field: &str) -> Vec<&'a str> {
    kind[field].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// A value for each required field of the kind.
fn required_fields(kind: &Value) -> Value {
    let mut fields = Map::new();
    for field in list_of(kind, "required") {
        fields.insert(field.to_owned(), json!(format!("{field} value")));
    }
    for (field, chosen) in kind["filters"].as_object().into_iter().flatten() {
        if !chosen.is_null() {
            fields.insert(field.clone(), chosen.clone());
        }
    }
    Value::Object(fields)
}

#[test]
fn each_kind_is_made_listed_read_changed_and_deleted_with_what_the_cloud_adds() {
    let simulator = Simulator::start(Config { clock: Some(1_700_000_000.0), ..Config::default() }).unwrap();
    let client = Client::of(&simulator);
    let (org, site) = (simulator.org_id(), simulator.sites()[0]["id"].as_str().unwrap().to_owned());
    let mut reached = 0;
    for kind in kinds() {
        let (scope, name) = (kind["scope"].as_str().unwrap(), kind["name"].as_str().unwrap());
        let methods: Vec<&str> = kind["methods"].as_str().unwrap().split(' ').collect();
        if !methods.contains(&"POST") || scope == "msp" {
            continue;
        }
        reached += 1;
        let what = format!("{scope} {name}");
        let (field, id) = if scope == "org" { ("org_id", org) } else { ("site_id", site.as_str()) };
        let collection = format!("{scope}s/{id}/{name}");
        let list = if kind["list"] == "search" { format!("{collection}/search") } else { collection.clone() };
        let before = client.get(&list).json().as_array().map_or(0, Vec::len);

        let given = required_fields(&kind);
        let made = client.post(&collection, given.clone());
        assert_eq!(made.status, 200, "{what}: {}", made.text);
        let made = made.json();
        for (key, value) in given.as_object().unwrap() {
            assert_eq!(&made[key], value, "{what} {key}");
        }
        assert_eq!((&made[field], &made["org_id"]), (&json!(id), &json!(org)), "{what}");
        assert_eq!((&made["created_time"], &made["modified_time"]), (&json!(1_700_000_000), &json!(1_700_000_000)));
        let one = match kind["item"].as_str() {
            Some(above) => format!("{above}/{}", made["id"].as_str().unwrap()),
            None => format!("/api/v1/{collection}/{}", made["id"].as_str().unwrap()),
        };

        let listed = client.get(&list).json().as_array().cloned().unwrap();
        let mut summary = made.as_object().cloned().unwrap();
        list_of(&kind, "summary").iter().for_each(|field| drop(summary.shift_remove(*field)));
        assert_eq!((listed.len(), listed.last()), (before + 1, Some(&Value::Object(summary))), "{what}");
        let read = client.get(&one);
        let expected = if kind["read_is_list"] == true { json!([made]) } else { made.clone() };
        assert_eq!((read.status, read.json()), (200, expected), "{what}");

        simulator.advance(10.0);
        let change = if methods.contains(&"put") { "PUT" } else { "POST" };
        let changed =
            client.ask(change, &one, Some(json!({"x_field": [1, {"a": null}], "id": "other", field: "other"})));
        let mut expected = made.clone();
        expected["x_field"] = json!([1, {"a": null}]);
        expected["modified_time"] = json!(1_700_000_010);
        assert_eq!((changed.status, changed.json()), (200, expected), "{what}");

        let other = if change == "PUT" { "POST" } else { "PUT" };
        assert_eq!(client.ask(other, &one, Some(json!({}))).status, 405, "{what}");
        let deleted = client.delete(&one);
        assert_eq!((deleted.status, deleted.text.as_str()), (200, ""), "{what}");
        for method in ["GET", "DELETE"] {
            assert_eq!(client.ask(method, &one, None).status, 404, "{what} {method}");
        }
        assert_eq!(client.ask(change, &one, Some(json!({"name": "x"}))).status, 404, "{what}");
        for field in list_of(&kind, "required") {
            let mut given = given.as_object().cloned().unwrap();
            given.shift_remove(field);
            let (status, detail) = client.post(&collection, Value::Object(given)).error();
            assert!(status == 400 && detail.contains(field), "{what} without {field}: {status} {detail}");
        }
        simulator.set_clock(1_700_000_000.0);
    }
    assert!(reached >= 50, "{reached}");
}

#[test]
fn a_setting_is_always_there_and_can_only_be_changed() {
    let simulator = start();
    let client = Client::of(&simulator);
    let (org, site) = (simulator.org_id(), simulator.sites()[0]["id"].as_str().unwrap().to_owned());
    for (path, field, id) in
        [(format!("orgs/{org}/setting"), "org_id", org), (format!("sites/{site}/setting"), "site_id", &site)]
    {
        let found = client.get(&path);
        assert_eq!((found.status, &found.json()[field]), (200, &json!(id)), "{path}");
        let changed = client.put(&path, json!({"vars": {"a": "1"}, field: "x"}));
        assert_eq!(
            (changed.status, &changed.json()["vars"], &changed.json()[field]),
            (200, &json!({"a": "1"}), &json!(id))
        );
        assert_eq!(client.get(&path).json()["vars"], json!({"a": "1"}));
        assert_eq!((client.post(&path, json!({})).status, client.delete(&path).status), (405, 405), "{path}");
        assert_eq!(simulator.object(&path)["vars"], json!({"a": "1"}));
    }
}

#[test]
fn unknown_collections_have_no_rules_and_misplaced_ones_are_404() {
    let simulator = start();
    let (client, org) = (Client::of(&simulator), simulator.org_id());
    let site = simulator.sites()[0]["id"].as_str().unwrap().to_owned();
    for path in [format!("sites/{site}/rftemplates"), format!("orgs/{org}/licenses"), format!("orgs/{org}/Wlans")] {
        assert_eq!(client.get(&path).status, 404, "{path}");
    }
    for path in [format!("orgs/{org}/gizmos"), format!("sites/{site}/gizmos")] {
        assert_eq!(client.get(&path).json(), json!([]));
        let made = client.post(&path, json!({"color": "red"})).json();
        assert_eq!(client.get(&path).json(), json!([made]));
        assert_eq!(client.delete(&format!("{path}/{}", made["id"].as_str().unwrap())).status, 200);
    }
}

#[test]
fn a_collection_comes_in_pages_whatever_form_they_have() {
    let simulator = start();
    let (client, org) = (Client::of(&simulator), simulator.org_id());
    for number in 0..5 {
        simulator.seed(&format!("orgs/{org}/wlans"), json!({"ssid": format!("wlan {number}")}));
    }
    let page = || client.get(&format!("orgs/{org}/wlans?limit=2&page=3"));
    let ssid = |list: &Value| list[0]["ssid"].clone();
    let by_headers = page();
    assert_eq!((ssid(&by_headers.json()), by_headers.header("x-page-total")), (json!("wlan 4"), "5"));
    simulator.variants(|variants| variants.pages = PageForm::TotalAlone);
    assert_eq!((page().header("x-page-total"), page().header("x-page-limit")), ("5", ""));
    simulator.variants(|variants| variants.pages = PageForm::Body);
    let in_body = page().json();
    assert_eq!((&in_body["total"], ssid(&in_body["results"]), in_body.get("next")), (&json!(5), json!("wlan 4"), None));
    simulator.variants(|variants| {
        *variants = Variants { empty_list_is_null: true, page_total: Some(1_000_000), ..Variants::practice() };
    });
    let beyond = client.get(&format!("orgs/{org}/wlans?limit=2&page=4"));
    assert_eq!((beyond.text.as_str(), beyond.header("x-page-total")), ("null", "1000000"));
}

#[test]
fn a_list_is_chosen_from_by_the_parameters_that_the_document_has() {
    let simulator = start();
    let (client, org) = (Client::of(&simulator), simulator.org_id());
    let names = |path: &str| -> Vec<String> {
        let list = client.get(&format!("orgs/{org}/{path}")).json();
        list.as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
    };
    for (kind, fields) in [
        ("deviceprofiles", json!({"name": "a", "type": "ap"})),
        ("deviceprofiles", json!({"name": "s", "type": "switch"})),
        ("psks", json!({"name": "p q", "ssid": "x", "passphrase": "secret"})),
        ("psks", json!({"name": "r", "ssid": "y", "passphrase": "secret"})),
        ("usermacs", json!({"name": "u", "mac": "5684dae9ac8b", "labels": ["one", "two"]})),
    ] {
        assert_eq!(client.post(&format!("orgs/{org}/{kind}"), fields).status, 200);
    }
    assert_eq!(names("deviceprofiles"), ["a"], "access points where nothing is said");
    assert_eq!(names("deviceprofiles?type=switch"), ["s"]);
    assert_eq!(
        (names("psks?ssid=y"), names("psks?name=p%20q"), names("psks?name=p+q")),
        (vec!["r".to_owned()], vec!["p q".to_owned()], vec!["p q".to_owned()])
    );
    assert_eq!(names("usermacs/search?labels=two"), ["u"]);
    assert_eq!(client.get(&format!("orgs/{org}/usermacs")).status, 405, "the document lists them by a search");
}

#[test]
fn a_guest_is_known_by_mac_and_made_by_a_put() {
    let simulator = start();
    let (client, org) = (Client::of(&simulator), simulator.org_id());
    let one = format!("orgs/{org}/guests/5684dae9ac8b");
    assert_eq!(client.get(&one).status, 404);
    let made = client.put(&one, json!({"name": "Ada"})).json();
    assert_eq!((&made["mac"], &made["name"], made.get("id")), (&json!("5684dae9ac8b"), &json!("Ada"), None));
    assert_eq!(client.get(&format!("orgs/{org}/guests")).json(), json!([made]));
    assert_eq!(client.post(&format!("orgs/{org}/guests"), json!({})).status, 405);
}

#[test]
fn a_device_profile_keeps_the_type_that_it_was_made_with() {
    let simulator = start();
    let (client, org) = (Client::of(&simulator), simulator.org_id());
    let made = client.post(&format!("orgs/{org}/deviceprofiles"), json!({"name": "a", "type": "switch"})).json();
    let one = format!("orgs/{org}/deviceprofiles/{}", made["id"].as_str().unwrap());
    assert_eq!(client.put(&one, json!({"type": "ap", "name": "b"})).json()["type"], "switch");
}

#[test]
fn the_sites_of_a_group_and_the_groups_of_a_site_are_one_fact() {
    let simulator = start();
    let (client, org) = (Client::of(&simulator), simulator.org_id());
    let group = client.post(&format!("orgs/{org}/sitegroups"), json!({"name": "East"})).json();
    assert_eq!(group["site_ids"], json!([]));
    let site = client.post(&format!("orgs/{org}/sites"), json!({"name": "New", "sitegroup_ids": [group["id"]]})).json();
    let one_group = format!("orgs/{org}/sitegroups/{}", group["id"].as_str().unwrap());
    let one_site = format!("sites/{}", site["id"].as_str().unwrap());
    assert_eq!(client.get(&one_group).json()["site_ids"], json!([site["id"]]));
    let other = simulator.sites()[0]["id"].clone();
    assert_eq!(client.put(&one_group, json!({"site_ids": [other]})).json()["site_ids"], json!([other]));
    assert_eq!(client.get(&one_site).json()["sitegroup_ids"], json!([]));
    assert_eq!(client.delete(&one_site).status, 200);
    assert_eq!(client.get(&format!("{one_site}/setting")).status, 404);
    assert_eq!(
        client.get(&format!("orgs/{org}/sites/{}", site["id"].as_str().unwrap())).status,
        404,
        "a site is at /sites"
    );
}

#[test]
fn only_authorized_callers_write() {
    let simulator = start();
    let org = simulator.org_id();
    let sites = simulator.sites();
    let (site, other) = (sites[0]["id"].as_str().unwrap(), sites[1]["id"].as_str().unwrap());
    let with = |privilege: Value| {
        let token = NewToken { privileges: vec![privilege], ..NewToken::named("t") };
        Client::with_key(&simulator, &simulator.add_org_token(org, token).1)
    };
    let statuses = |client: &Client| {
        [format!("orgs/{org}/wlans"), format!("sites/{site}/wlans"), format!("sites/{other}/wlans")]
            .map(|path| (client.get(&path).status, client.post(&path, json!({"ssid": "a"})).status))
    };
    let cases = [
        (json!({"scope": "org", "role": "write"}), [(200, 200); 3]),
        (json!({"scope": "org", "role": "read"}), [(200, 403); 3]),
        (json!({"scope": "site", "role": "admin", "site_id": site}), [(403, 403), (200, 200), (403, 403)]),
    ];
    for (privilege, expected) in cases {
        assert_eq!(statuses(&with(privilege.clone())), expected, "{privilege}");
    }
    let foreign = "00000000-0000-4000-8000-000000000000";
    let token = with(json!({"scope": "org", "role": "admin"}));
    assert_eq!(token.get(&format!("orgs/{foreign}/wlans")).status, 403);
    assert_eq!(Client::anonymous(&simulator).get(&format!("orgs/{org}/wlans")).status, 401);
}

#[test]
fn changes_by_other_administrators_are_visible() {
    let simulator = start();
    let (client, org) = (Client::of(&simulator), simulator.org_id());
    let path = format!("orgs/{org}/webhooks");
    let id = simulator.seed(&path, json!({"name": "hook", "secret": "s"}));
    simulator.seed(&format!("{path}/{id}"), json!({"url": "https://a.example"}));
    assert_eq!(client.get(&format!("{path}/{id}")).json()["url"], "https://a.example");
    assert_eq!(
        (simulator.objects(&path).len(), &simulator.object(&format!("{path}/{id}"))["secret"]),
        (1, &json!("s"))
    );
    assert!(simulator.remove_object(&format!("{path}/{id}")) && !simulator.remove_object(&format!("{path}/{id}")));
    let control = Client::anonymous(&simulator);
    let ids = control.post("/simulator/objects", json!([{"path": path, "object": {"name": "b"}}])).json();
    let kept = control.get(&format!("/simulator/objects?path={path}")).json();
    assert_eq!((&kept[0]["id"], &kept[0]["name"]), (&ids["ids"][0], &json!("b")));
    assert_eq!(control.post("/simulator/objects", json!({"path": "nowhere", "object": {}})).status, 400);
}

#[test]
fn an_organization_is_updated() {
    let simulator = start();
    let one = format!("orgs/{}", simulator.org_id());
    let changed = Client::of(&simulator).put(&one, json!({"name": "New", "id": "x"})).json();
    assert_eq!((&changed["name"], &changed["id"]), (&json!("New"), &json!(simulator.org_id())));
    assert_eq!(simulator.orgs()[0].1, "New");
    assert_eq!(Client::of(&simulator).put(&one, json!({"name": ""})).status, 400);
}
