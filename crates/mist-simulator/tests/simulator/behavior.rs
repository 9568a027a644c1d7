//! Each behavior over a real socket: set before the start, from a test, and from another process.

use crate::client::{Answer, Client, start};
use mist_simulator::{
    Behavior, Config, Empty, GivenNull, Nested, Normalization, PutAnswer, ReadOnlyFields, Secrets, Simulator,
};
use serde_json::{Value, json};

/// A cloud with one WLAN, and the path of that.
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
fn a_new_object_gets_defaults_of_the_document_or_of_a_habit() {
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
fn what_is_empty_is_shown_as_null_or_left_out() {
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
fn habits_are_set_from_another_process_and_the_others_stay() {
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
