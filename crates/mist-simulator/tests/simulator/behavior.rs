//! Each behavior over a real socket: set before the start, from a test, and from another process.

use crate::client::{Answer, Client, empty_cloud, start};
use mist_simulator::{
    Behavior, Config, Empty, GivenNull, Nested, Normalization, PutAnswer, ReadOnlyFields, Secrets, Simulator,
    SiteGroupRace,
};
use serde_json::{Value, json};

/// A cloud with one WLAN, and its path.
struct Situation {
    simulator: Simulator,
    client: Client,
    one: String,
}

impl Situation {
    fn with(behavior: Behavior) -> Self {
        let simulator = Simulator::start(Config { behavior, ..Config::default() }).unwrap();
        let client = Client::of(&simulator);
        let path = format!("orgs/{}/wlans", simulator.org_id());
        let fields =
            json!({"ssid": "a", "auth": {"type": "psk", "psk": "secret"}, "dns": [], "note": "", "vlan_id": null});
        let id = simulator.seed(&path, fields);
        Self { simulator, client, one: format!("{path}/{id}") }
    }

    fn list(&self) -> String {
        format!("orgs/{}/wlans", self.simulator.org_id())
    }

    fn put(&self, fields: Value) -> Answer {
        self.client.put(&self.one, fields)
    }

    fn read(&self) -> Value {
        self.client.get(&self.one).json()
    }
}

#[test]
fn a_put_replaces_or_merges_what_is_nested() {
    for (nested, expected) in
        [(Nested::Replaced, json!({"type": "open"})), (Nested::Merged, json!({"type": "open", "psk": "secret"}))]
    {
        let it = Situation::with(Behavior { nested, ..Behavior::default() });
        assert_eq!(it.put(json!({"auth": {"type": "open"}})).json()["auth"], expected, "{nested:?}");
        assert_eq!(it.read()["auth"], expected, "{nested:?}");
        assert_eq!(it.read()["ssid"], "a", "what is not sent stays");
    }
}

#[test]
fn a_minus_removes_a_field() {
    let it = Situation::with(Behavior::default());
    assert_eq!(it.put(json!({"-note": ""})).json().get("note"), None);
    assert_eq!(it.put(json!({"-ssid": ""})).status, 400);
}

#[test]
fn a_null_can_be_taken_in_four_ways() {
    let it = Situation::with(Behavior::default());
    assert_eq!(it.put(json!({"auth": null})).json()["auth"], Value::Null);
    it.simulator.behavior(|behavior| behavior.given_null = GivenNull::Removes);
    assert_eq!(it.put(json!({"auth": null})).json().get("auth"), None);
    it.simulator.behavior(|behavior| behavior.given_null = GivenNull::Ignored);
    assert_eq!(it.put(json!({"note": null})).json()["note"], "");
    it.simulator.behavior(|behavior| behavior.given_null = GivenNull::Refused);
    assert_eq!(it.put(json!({"note": null})).error(), (400, "note: This field may not be null.".to_owned()));
}

#[test]
fn fields_are_ignored_or_kept_in_a_form_of_the_clouds() {
    let it = Situation::with(Behavior {
        ignored: vec!["auth.type".to_owned()],
        normalized: [("wlans:apply_to".to_owned(), Normalization::Lowercase)].into_iter().collect(),
        ..Behavior::default()
    });
    let after = it.put(json!({"auth": {"type": "open"}, "apply_to": "SITE"})).json();
    assert_eq!((&after["auth"]["type"], &after["apply_to"]), (&json!("psk"), &json!("site")));
}

#[test]
fn a_new_object_gets_defaults_of_document_or_behavior() {
    let it = Situation::with(Behavior { document_defaults: true, ..Behavior::default() });
    it.simulator.behavior(|behavior| {
        behavior.defaults.insert("wlans".to_owned(), [("mine".to_owned(), json!(1))].into_iter().collect());
    });
    let made = it.client.post(&it.list(), json!({"ssid": "b"})).json();
    assert_eq!((&made["enabled"], &made["mine"]), (&json!(true), &json!(1)));
}

#[test]
fn secrets_are_masked_hidden_or_shown_once_and_kept_all_the_same() {
    for (secrets, read, written) in [
        (Secrets::Masked, json!("***"), json!("***")),
        (Secrets::Hidden, Value::Null, Value::Null),
        (Secrets::ShownOnce, json!("***"), json!("new")),
    ] {
        let it = Situation::with(Behavior { secrets, ..Behavior::default() });
        assert_eq!(it.put(json!({"auth": {"psk": "new"}})).json()["auth"]["psk"], written, "{secrets:?}");
        assert_eq!(it.read()["auth"]["psk"], read, "{secrets:?}");
        assert_eq!(it.client.get(&it.list()).json()[0]["auth"]["psk"], read, "{secrets:?}");
        assert_eq!(it.simulator.object(&it.one)["auth"]["psk"], "new", "{secrets:?}");
    }
}

#[test]
fn empty_values_are_shown_as_null_or_omitted() {
    let it = Situation::with(Behavior { empty: Empty::Null, ..Behavior::default() });
    assert_eq!((&it.read()["dns"], &it.read()["note"]), (&Value::Null, &Value::Null));
    it.simulator.behavior(|behavior| (behavior.empty, behavior.null_left_out) = (Empty::LeftOut, true));
    let shown = it.read();
    assert_eq!((shown.get("dns"), shown.get("note"), shown.get("vlan_id")), (None, None, None));
}

#[test]
fn unknown_and_read_only_fields_are_refused_with_a_reason() {
    let it = Situation::with(Behavior {
        unknown_fields: mist_simulator::UnknownFields::Refused,
        read_only_fields: ReadOnlyFields::Refused,
        ..Behavior::default()
    });
    for (fields, reason) in [
        (json!({"gizmo": 1}), "unknown field: gizmo"),
        (json!({"id": "x"}), "read-only field: id"),
        (json!({"portal_sso_url": "x"}), "read-only field: portal_sso_url"),
    ] {
        let answer = it.put(fields);
        assert_eq!((answer.status, &answer.json()["reason"]), (400, &json!(reason)));
        assert!(answer.json()["detail"].is_string());
    }
    assert_eq!(it.put(json!({"enabled": false, "-note": ""})).status, 200);
}

#[test]
fn a_list_is_a_summary_and_reading_one_gives_a_list_of_one() {
    let it = Situation::with(Behavior {
        summaries: vec!["wlans".to_owned()],
        read_answers_list: vec!["wlans".to_owned(), "setting".to_owned()],
        ..Behavior::default()
    });
    let listed = it.client.get(&it.list()).json();
    assert_eq!((&listed[0]["ssid"], listed[0].get("auth")), (&json!("a"), None));
    assert_eq!(it.read()[0]["auth"]["type"], "psk");
    let setting = it.client.get(&format!("orgs/{}/setting", it.simulator.org_id())).json();
    assert_eq!(setting[0]["org_id"], it.simulator.org_id());
}

#[test]
fn a_put_answers_the_object_nothing_or_something_else() {
    let it = Situation::with(Behavior::default());
    for (put_answers, expected) in [
        (PutAnswer::Empty, String::new()),
        (PutAnswer::EmptyObject, "{}".to_owned()),
        (PutAnswer::Request, r#"{"note":"x"}"#.to_owned()),
    ] {
        it.simulator.behavior(|behavior| behavior.put_answers = put_answers);
        assert_eq!(it.put(json!({"note": "x"})).text, expected, "{put_answers:?}");
    }
    it.simulator.behavior(|behavior| behavior.put_answers = PutAnswer::List);
    assert_eq!(it.put(json!({"note": "y"})).json()[0]["note"], "y");
}

#[test]
fn a_second_object_of_a_name_is_refused_where_names_are_unique() {
    let it = Situation::with(Behavior { unique_names: true, ..Behavior::default() });
    let path = format!("orgs/{}/rftemplates", it.simulator.org_id());
    assert_eq!(it.client.post(&path, json!({"name": "a"})).status, 200);
    assert_eq!(it.client.post(&path, json!({"name": "a"})).status, 400);
    it.simulator.behavior(|behavior| behavior.unique_names = false);
    assert_eq!(it.client.post(&path, json!({"name": "a"})).status, 200);
}

#[test]
fn the_time_of_a_change_changes_or_stays_where_nothing_else_changes() {
    let it = Situation::with(Behavior { touches: false, ..Behavior::default() });
    let before = it.read();
    it.simulator.advance(60.0);
    assert_eq!(it.put(json!({"note": ""})).json(), before);
    it.simulator.behavior(|behavior| behavior.touches = true);
    assert_ne!(it.put(json!({"note": ""})).json()["modified_time"], before["modified_time"]);
}

#[test]
fn behavior_is_set_from_another_process_and_the_rest_stays() {
    let simulator = start();
    let control = Client::anonymous(&simulator);
    assert_eq!(control.put("/simulator/behavior", json!({"nested": "merged"})).status, 200);
    let all = control.put("/simulator/behavior", json!({"empty": "null"})).json();
    assert_eq!((&all["nested"], &all["empty"]), (&json!("merged"), &json!("null")));
    let (status, detail) = control.put("/simulator/behavior", json!({"nestd": "merged"})).error();
    assert!(status == 400 && detail.contains("nestd"), "{detail}");
    assert_eq!(control.delete("/simulator/behavior").status, 200);
    assert_eq!(control.get("/simulator/behavior").json(), json!(Behavior::default()));
}

#[test]
fn values_are_converted_at_any_depth() {
    for (form, sent, kept) in [
        (Normalization::Trimmed, json!({"name": " Branch 1 ", "vars": {"a": " b"}}), json!(["Branch 1", {"a": "b"}])),
        (Normalization::Uppercase, json!({"name": "branch", "vars": {"a": "b"}}), json!(["BRANCH", {"a": "B"}])),
        (Normalization::Lowercase, json!({"name": "Branch", "vars": {"a": "B"}}), json!(["branch", {"a": "b"}])),
        (Normalization::Text, json!({"name": "n", "vars": {"a": 10}}), json!(["n", {"a": "10"}])),
        (Normalization::Number, json!({"name": "n", "vars": {"a": "10"}}), json!(["n", {"a": 10}])),
        (Normalization::Boolean, json!({"name": "n", "vars": {"a": "True"}}), json!(["n", {"a": true}])),
        (Normalization::Sorted, json!({"name": "n", "vars": {"a": [2, 1]}}), json!(["n", {"a": [1, 2]}])),
    ] {
        let normalized = [("**".to_owned(), form)].into_iter().collect();
        let (_simulator, client, org) = empty_cloud(Behavior { normalized, ..Behavior::default() });
        let made = client.post(&format!("{org}/sites"), sent.clone()).json();
        assert_eq!(json!([made["name"], made["vars"]]), kept, "{form:?}");
        let one = format!("sites/{}", made["id"].as_str().unwrap());
        let changed = client.put(&one, sent).json();
        assert_eq!(json!([changed["name"], changed["vars"]]), kept, "{form:?}");
    }
}

#[test]
fn values_and_defaults_follow_the_types_of_the_document() {
    let it = Situation::with(Behavior { document_types: true, nested_defaults: true, ..Behavior::default() });
    let sent = json!({"max_idletime": "1800", "enabled": "false", "auth_servers": [{"host": "a", "secret": 12345678}]});
    let kept = it.put(sent).json();
    assert_eq!((&kept["max_idletime"], &kept["enabled"]), (&json!(1800), &json!(false)));
    let server = json!({"host": "a", "secret": "12345678", "require_message_authenticator": false});
    assert_eq!(kept["auth_servers"], json!([server]));
    assert_eq!(kept["auth"]["enable_mac_auth"], false);
    let made = it.client.post(&it.list(), json!({"ssid": 1001, "auth": {"psk": 12345678}})).json();
    assert_eq!((&made["ssid"], &made["auth"]["psk"]), (&json!("1001"), &json!("12345678")));
    assert_eq!(made["auth"]["enable_mac_auth"], false);
}

#[test]
fn list_items_are_filled_in_by_the_cloud() {
    let filling = json!({"port": 1812, "keywrap_enabled": false, "id": "{uuid}"});
    let filled_in = [("wlans:auth_servers[]".to_owned(), filling.as_object().cloned().unwrap())].into_iter().collect();
    let it = Situation::with(Behavior { filled_in, ..Behavior::default() });
    let first = it.put(json!({"auth_servers": [{"host": "a", "secret": "s"}]})).json()["auth_servers"].clone();
    assert_eq!((&first[0]["port"], &first[0]["keywrap_enabled"]), (&json!(1812), &json!(false)));
    assert_eq!(it.put(json!({"auth_servers": [{"host": "a", "secret": "s"}]})).json()["auth_servers"], first);
    assert_eq!(it.read()["auth_servers"], first);
}

#[test]
fn further_secrets_are_masked_at_any_depth() {
    let it = Situation::with(Behavior {
        secrets: Secrets::Masked,
        more_secrets: vec!["**.keywrap_kek".to_owned()],
        mask: "********".to_owned(),
        ..Behavior::default()
    });
    let after = it.put(json!({"auth_servers": [{"host": "a", "keywrap_kek": "1122"}]})).json();
    assert_eq!(after["auth_servers"][0], json!({"host": "a", "keywrap_kek": "********"}));
    assert_eq!(after["auth"]["psk"], "********");
    it.simulator.behavior(|behavior| behavior.secrets = Secrets::Hidden);
    assert_eq!(it.read()["auth_servers"][0], json!({"host": "a"}));
}

fn psk() -> Value {
    json!({"name": "p", "ssid": "s", "passphrase": "passphrase"})
}

#[test]
fn a_put_without_required_fields_is_refused_by_a_strict_cloud() {
    let (_simulator, client, org) = empty_cloud(Behavior { required_in_put: true, ..Behavior::default() });
    let made = client.post(&format!("{org}/psks"), psk()).json();
    let one = format!("{org}/psks/{}", made["id"].as_str().unwrap());
    assert_eq!(client.put(&one, json!({"vlan_id": 5})).status, 400);
    let mut whole = psk();
    whole["vlan_id"] = json!(5);
    assert_eq!(client.put(&one, whole).json()["vlan_id"], 5);
}

#[test]
fn site_groups_lose_members_that_are_assigned_at_the_same_time() {
    let (simulator, client, org) = empty_cloud(Behavior::default());
    let group = simulator.seed(&format!("{org}/sitegroups"), json!({"name": "East"}));
    let sites: Vec<String> =
        ["a", "b"].iter().map(|name| simulator.seed(&format!("{org}/sites"), json!({"name": name}))).collect();
    let members = || client.get(&format!("{org}/sitegroups/{group}")).json()["site_ids"].as_array().unwrap().len();
    let assign = |site: &str| {
        let answer = Client::of(&simulator).put(&format!("sites/{site}"), json!({"sitegroup_ids": [group]}));
        assert_eq!((answer.status, &answer.json()["sitegroup_ids"]), (200, &json!([group])));
    };
    // The wait ends when both have read, long before the hour is over.
    let race = SiteGroupRace { requests: 2, milliseconds: 3_600_000 };
    simulator.behavior(|behavior| behavior.site_group_race = Some(race));
    std::thread::scope(|scope| {
        sites.iter().for_each(|site| drop(scope.spawn(|| assign(site))));
    });
    assert_eq!(members(), 1, "one of two is lost");

    let alone = SiteGroupRace { requests: 2, milliseconds: 0 };
    simulator.behavior(|behavior| behavior.site_group_race = Some(alone));
    sites.iter().for_each(|site| assign(site));
    assert_eq!(members(), 2, "one after another, none is lost");
}

#[test]
fn a_new_site_loses_the_race_as_well() {
    let (simulator, client, org) = empty_cloud(Behavior::default());
    let group = simulator.seed(&format!("{org}/sitegroups"), json!({"name": "East"}));
    simulator.behavior(|behavior| {
        behavior.site_group_race = Some(SiteGroupRace { requests: 3, milliseconds: 3_600_000 });
    });
    std::thread::scope(|scope| {
        for name in ["a", "b", "c"] {
            let (simulator, group, org) = (&simulator, &group, &org);
            scope.spawn(move || {
                let site = json!({"name": name, "sitegroup_ids": [group]});
                assert_eq!(Client::of(simulator).post(&format!("{org}/sites"), site).status, 200);
            });
        }
    });
    let one = format!("{org}/sitegroups/{group}");
    assert_eq!(client.get(&one).json()["site_ids"].as_array().unwrap().len(), 1);
    let all: Vec<Value> = simulator.sites().iter().map(|site| site["id"].clone()).collect();
    assert_eq!(client.put(&one, json!({"site_ids": all})).json()["site_ids"].as_array().unwrap().len(), 3);
}

#[test]
fn an_object_lives_under_each_preset() {
    let presets = Behavior::presets();
    for (index, (name, behavior)) in presets.iter().enumerate() {
        assert_eq!(*behavior == Behavior::default(), index == 0, "{name}");
        assert_eq!(presets.iter().filter(|(other, _)| other == name).count(), 1, "{name}");
        let (simulator, client, org) = empty_cloud(behavior.clone());
        let made =
            client.post(&format!("{org}/wlans"), json!({"ssid": "a", "auth": {"type": "psk", "psk": "secret-1"}}));
        assert_eq!(made.status, 200, "{name}");
        let one = format!("{org}/wlans/{}", made.json()["id"].as_str().unwrap());
        assert_eq!(client.put(&one, json!({"ssid": "b"})).status, 200, "{name}");
        assert_eq!(client.get(&one).json()["ssid"], "b", "{name}");
        assert_eq!(simulator.object(&one)["auth"]["psk"], "secret-1", "{name}");
        assert_eq!(client.delete(&one).status, 200, "{name}");
    }
}
