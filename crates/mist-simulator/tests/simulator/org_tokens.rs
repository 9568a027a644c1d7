//! `/orgs/{org_id}/apitokens`

use crate::client::{Client, start};
use mist_simulator::{Config, FieldErrors, NewToken, PageForm, Simulator, SrcIpsPut, Variants, ViewsForm};
use serde_json::{Value, json};

fn with(change: impl FnOnce(&mut Variants)) -> Simulator {
    let mut config = Config::default();
    change(&mut config.variants);
    Simulator::start(config).unwrap()
}

fn path(simulator: &Simulator) -> String {
    format!("orgs/{}/apitokens", simulator.org_id())
}

fn body(name: &str) -> Value {
    json!({"name": name, "privileges": [{"scope": "org", "role": "read"}]})
}

#[test]
fn a_token_is_created_shown_changed_and_deleted() {
    let simulator = start();
    simulator.set_clock(1_700_000_000.0);
    let (client, path, org) = (Client::of(&simulator), path(&simulator), simulator.org_id());
    let site = simulator.sites()[0]["id"].clone();
    let privilege = json!({"scope": "site", "role": "write", "site_id": site, "views": ["location"]});
    let wanted = json!({"name": "a", "src_ips": ["127.0.0.1", "63.3.56.0/24"], "privileges": [privilege]});
    let created = client.post(&path, wanted).json();
    let key = created["key"].as_str().unwrap();
    assert_eq!((key.len(), created.get("privileges")), (84, None));

    let mut shown = json!({"scope": "site", "role": "write", "org_id": org, "site_id": site, "views": ["location"]});
    let expected = |privilege: &Value| {
        json!({"id": created["id"], "name": "a", "key": format!("{}...{}", &key[..4], &key[80..]),
        "created_time": 1_700_000_000, "last_used": null, "org_id": org, "created_by": "admin@example.com",
        "privileges": [privilege], "src_ips": ["127.0.0.1", "63.3.56.0/24"]})
    };
    let one = format!("{path}/{}", created["id"].as_str().unwrap());
    assert_eq!(client.get(&path).json(), json!([expected(&shown)]));
    assert_eq!(client.get(&one).json(), expected(&shown));

    shown = json!({"scope": "org", "role": "read", "org_id": org});
    let answer = client.put(&one, json!({"privileges": [{"scope": "org", "role": "read"}]}));
    assert_eq!((answer.status, answer.json()), (200, expected(&shown)));
    assert_eq!(client.delete(&one).status, 200);
    assert_eq!(client.get(&one).status, 404);
    assert_eq!(client.put(&one, json!({"name": "b"})).status, 404);
    assert_eq!(client.delete(&one).status, 404);
}

#[test]
fn the_answers_that_the_document_leaves_open_can_be_chosen() {
    let simulator = with(|variants| variants.org_post_answers_privileges = true);
    let created = Client::of(&simulator).post(&path(&simulator), body("a")).json();
    assert_eq!(created["privileges"], json!([{"scope": "org", "role": "read", "org_id": simulator.org_id()}]));

    let simulator = with(|variants| *variants = Variants::document());
    let (id, _) = simulator.add_org_token(simulator.org_id(), NewToken::named("a"));
    let answer = Client::of(&simulator).put(&format!("{}/{id}", path(&simulator)), json!({"name": "b"}));
    assert_eq!((answer.status, answer.text.as_str()), (200, ""));
    assert_eq!(simulator.org_tokens()[0].name, "b");
}

#[test]
fn a_bad_field_is_400_and_creates_nothing() {
    let simulator = Simulator::start(Config { orgs: 2, ..Config::default() }).unwrap();
    let (client, path) = (Client::of(&simulator), path(&simulator));
    let elsewhere = simulator.sites()[5]["id"].clone();
    let unknown = "00000000-0000-4000-8000-000000000000";
    let read = |more: Value| {
        let mut privilege = json!({"role": "read", "scope": "org"});
        privilege.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        json!([privilege])
    };
    let privileges = [
        json!(null),
        json!([]),
        json!({}),
        json!([1]),
        json!(vec![json!({"role": "read", "scope": "org"}); 11]),
        json!(vec![json!({"role": "read", "scope": "org"}); 2]),
        read(json!({"role": "super_user"})),
        read(json!({"role": null})),
        json!([{"scope": "org"}]),
        json!([{"role": "read"}]),
        read(json!({"scope": "msp"})),
        read(json!({"scope": "site"})),
        read(json!({"scope": "site", "site_id": unknown})),
        read(json!({"scope": "site", "site_id": elsewhere})),
        read(json!({"scope": "sitegroup"})),
        read(json!({"scope": "sitegroup", "sitegroup_id": unknown})),
        read(json!({"views": ["everything"]})),
    ];
    let eleven: Vec<String> = (0..11).map(|number| format!("10.0.0.{number}")).collect();
    let mut table: Vec<(&str, Value)> =
        privileges.into_iter().map(|value| ("privileges", json!({"name": "a", "privileges": value}))).collect();
    table.push(("privileges", json!({"name": "a"})));
    for name in [json!(""), json!(" "), json!(null), json!(1)] {
        table.push(("name", json!({"name": name, "privileges": read(json!({}))})));
    }
    table.push(("name", json!({"privileges": read(json!({}))})));
    for src_ips in [json!(eleven), json!(["10.0.0"]), json!(["10.0.0.0/33"]), json!([1]), json!("10.0.0.1")] {
        table.push(("src_ips", json!({"name": "a", "privileges": read(json!({})), "src_ips": src_ips})));
    }
    for (field, body) in table {
        let (status, detail) = client.post(&path, body.clone()).error();
        assert!(status == 400 && detail.starts_with(&format!("{field}: ")), "{body}: {detail}");
    }
    assert_eq!(simulator.org_tokens(), []);
    assert_eq!(client.post(&path, body("a")).status, 200);
}

#[test]
fn a_bad_field_is_reported_in_each_known_form() {
    let problem = "This field is required.";
    let table = [
        (FieldErrors::Detail, json!({"detail": format!("name: {problem}")})),
        (FieldErrors::DetailMap, json!({"detail": {"name": [problem]}})),
        (FieldErrors::Map, json!({"name": [problem]})),
    ];
    for (form, expected) in table {
        let simulator = with(|variants| variants.field_errors = form);
        let answer = Client::of(&simulator).post(&path(&simulator), json!({}));
        assert_eq!((answer.status, answer.json()), (400, expected));
    }
}

#[test]
fn all_sites_is_a_scope_but_for_older_clouds() {
    for (scope_orgsites, status) in [(true, 200), (false, 400)] {
        let simulator = with(|variants| variants.scope_orgsites = scope_orgsites);
        let body = json!({"name": "a", "privileges": [{"scope": "orgsites", "role": "read"}]});
        assert_eq!(Client::of(&simulator).post(&path(&simulator), body).status, status);
    }
}

#[test]
fn views_are_shown_in_the_form_that_the_cloud_has_and_taken_in_both() {
    for (form, view, views) in [
        (ViewsForm::Views, Value::Null, json!(["location"])),
        (ViewsForm::View, json!("location"), Value::Null),
        (ViewsForm::Both, json!("location"), json!(["location"])),
        (ViewsForm::TextInViews, Value::Null, json!("location")),
    ] {
        let simulator = with(|variants| variants.views = form);
        for field in ["view", "views"] {
            let given = if field == "view" { json!("location") } else { json!(["location"]) };
            let body = json!({"name": field, "privileges": [{"scope": "org", "role": "read", field: given}]});
            assert_eq!(Client::of(&simulator).post(&path(&simulator), body).status, 200);
        }
        for token in Client::of(&simulator).get(&path(&simulator)).json().as_array().unwrap() {
            let privilege = &token["privileges"][0];
            let shown = [privilege.get("view"), privilege.get("views")].map(Option::<&Value>::cloned);
            assert_eq!(shown.map(Option::unwrap_or_default), [view.clone(), views.clone()], "{form:?}");
        }
    }
}

#[test]
fn fields_of_a_privilege_can_be_taken_and_not_kept() {
    let simulator = with(|variants| variants.privilege_fields_lost = vec!["views".to_owned()]);
    let body = json!({"name": "a", "privileges": [{"scope": "org", "role": "read", "views": ["org_network_admin"]}]});
    assert_eq!(Client::of(&simulator).post(&path(&simulator), body).status, 200);
    let expected = json!([{"scope": "org", "role": "read", "org_id": simulator.org_id()}]);
    assert_eq!(Client::of(&simulator).get(&path(&simulator)).json()[0]["privileges"], expected);
}

#[test]
fn reading_one_can_give_a_list_of_one() {
    let simulator = with(|variants| variants.org_get_answers_list = true);
    let (id, _) = simulator.add_org_token(simulator.org_id(), NewToken::named("a"));
    assert_eq!(Client::of(&simulator).get(&format!("{}/{id}", path(&simulator))).json()[0]["name"], "a");
}

#[test]
fn a_token_can_have_odd_fields_and_lack_others() {
    let simulator = start();
    let extra =
        json!({"created_by": null, "created_time": "yesterday", "privileges": [{"scope": "org", "views": "x"}]});
    let odd = NewToken {
        extra: extra.as_object().cloned().unwrap(),
        without: vec!["last_used".to_owned(), "name".to_owned()],
        ..NewToken::named("a")
    };
    simulator.add_org_token(simulator.org_id(), odd);
    let shown = &Client::of(&simulator).get(&path(&simulator)).json()[0];
    assert_eq!(
        (&shown["created_by"], &shown["created_time"], &shown["privileges"][0]["views"]),
        (&Value::Null, &json!("yesterday"), &json!("x"))
    );
    assert_eq!((shown.get("last_used"), shown.get("name"), shown.get("created_by").is_some()), (None, None, true));
}

#[test]
fn the_next_key_and_id_can_be_chosen_and_are_those_of_a_real_token() {
    let simulator = start();
    for (id, key) in [("../../self", "$(id)"), ("a/..", "short"), ("x\n", "two\nlines")] {
        simulator.next_key(key);
        simulator.next_id(id);
        let made = Client::of(&simulator).post(&path(&simulator), body("a")).json();
        assert_eq!((&made["key"], &made["id"]), (&json!(key), &json!(id)));
        assert!(simulator.org_tokens().iter().any(|token| token.id == id && token.key == key));
    }
    let made = Client::of(&simulator).post(&path(&simulator), body("a")).json();
    assert_eq!(made["key"].as_str().map(str::len), Some(84));
}

#[test]
fn lists_of_tokens_are_whole_or_come_in_pages_and_an_empty_one_may_be_null() {
    let simulator = Simulator::start(Config { org_tokens: 3, ..Config::default() }).unwrap();
    let (client, path) = (Client::of(&simulator), path(&simulator));
    let length = |value: &Value| value.as_array().map(Vec::len);
    let whole = client.get(&format!("{path}?limit=2"));
    assert_eq!((length(&whole.json()), whole.header("x-page-total")), (Some(3), ""));
    simulator.variants(|variants| variants.token_lists_in_pages = true);
    assert_eq!(length(&client.get(&format!("{path}?limit=2&page=2")).json()), Some(1));
    simulator.variants(|variants| variants.pages = PageForm::Body);
    let in_body = client.get(&format!("{path}?limit=2")).json();
    assert_eq!((length(&in_body["results"]), &in_body["total"]), (Some(2), &json!(3)));
    simulator.variants(|variants| *variants = Variants { empty_list_is_null: true, ..Variants::practice() });
    simulator.org_tokens().iter().for_each(|token| drop(client.delete(&format!("{path}/{}", token.id))));
    assert_eq!(client.get(&path).text, "null");
}

#[test]
fn src_ips_never_change() {
    for (variants, status) in [(SrcIpsPut::Refused, 400), (SrcIpsPut::Ignored, 200)] {
        let simulator = with(|changed| changed.src_ips_put = variants);
        let src_ips = vec!["10.0.0.1".to_owned()];
        let (id, _) =
            simulator.add_org_token(simulator.org_id(), NewToken { src_ips: src_ips.clone(), ..NewToken::named("a") });
        let (client, one) = (Client::of(&simulator), format!("{}/{id}", path(&simulator)));
        assert_eq!(client.put(&one, json!({"src_ips": ["10.0.0.2"], "name": "b"})).status, status);
        assert_eq!(client.put(&one, json!({"src_ips": src_ips, "name": "c"})).status, 200);
        let token = simulator.org_tokens().remove(0);
        assert_eq!((token.src_ips, token.name.as_str()), (src_ips, "c"));
    }
}

#[test]
fn an_organization_token_creates_tokens_in_its_name() {
    let simulator = start();
    let (_, key) = simulator.add_org_token(simulator.org_id(), NewToken::named("maker"));
    let client = Client::with_key(&simulator, &key);
    let id = client.post(&path(&simulator), body("made")).json()["id"].as_str().unwrap().to_owned();
    assert_eq!(client.get(&format!("{}/{id}", path(&simulator))).json()["created_by"], "maker");
}

#[test]
fn a_token_of_one_organization_is_not_there_in_another() {
    let simulator = Simulator::start(Config { orgs: 2, ..Config::default() }).unwrap();
    let (id, _) = simulator.add_org_token(simulator.org_id(), NewToken::named("a"));
    let client = Client::of(&simulator);
    let other = format!("orgs/{}/apitokens", simulator.orgs()[1].0);
    assert_eq!(client.get(&format!("{other}/{id}")).status, 404);
    assert_eq!(client.delete(&format!("{other}/{id}")).status, 404);
    assert_eq!((client.get(&other).json(), simulator.org_tokens().len()), (json!([]), 1));
}
