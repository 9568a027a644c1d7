//! Secrets: in no result, diff or message; and those that the cloud does not show again.

use super::situation::{Situation, both};
use mist_objects::table::{self, Field, Schema};
use mist_simulator::{Fault, FaultKind, Secrets};
use serde_json::{Map, Value, json};

/// An object with a canary in every secret field of a shape.
fn with_canaries(shape: Schema, number: &mut usize) -> Value {
    let mut object = Map::new();
    for (name, field) in shape.fields() {
        let name = if name == "*" { "any" } else { name };
        if let Some(value) = canary(field, number) {
            object.insert(name.to_owned(), value);
        }
    }
    Value::Object(object)
}

fn canary(field: Field, number: &mut usize) -> Option<Value> {
    if field.secret {
        *number += 1;
        let text = json!(format!("canary-{number}"));
        return Some(if field.list { json!([text]) } else { text });
    }
    let inner = with_canaries(field.schema, number);
    if inner != json!({}) {
        return Some(inner);
    }
    let item = field.item();
    (field.list && item != Field::default()).then(|| canary(item, number)).flatten().map(|value| json!([value]))
}

#[test]
fn no_secret_of_any_kind_is_in_a_result_a_diff_a_warning_or_an_error() {
    let situation = Situation::new();
    situation.cloud.behavior(|behavior| behavior.required_fields = false);
    let mut all = 0;
    for kind in table::all() {
        let mut number = 0;
        let mut object = with_canaries(kind.schema, &mut number);
        if number == 0 || kind.level == table::Level::Msp {
            continue;
        }
        all += number;
        for key in &kind.key {
            object[key] = json!("one");
        }
        let site = if kind.level == table::Level::Site { json!({"site_id": situation.site_id}) } else { json!({}) };
        let options = |object: &Value| {
            let mut options = json!({"type": kind.word, "object": object});
            options.as_object_mut().unwrap().extend(site.as_object().unwrap().clone());
            options
        };
        let other: Value = serde_json::from_str(&object.to_string().replace("canary-", "canary-2-")).unwrap();
        let told = format!("{} {}", kind.level.word(), kind.word);
        if kind.creation == table::Creation::Never && !kind.one {
            let path = if site == json!({}) { situation.org(&kind.word) } else { situation.site(&kind.word) };
            situation.cloud.seed(&path, object.clone());
        }
        for object in [&object, &object, &other] {
            let ran = situation.object(options(object));
            assert!(!ran.failed, "{told}: {}", ran.msg);
            let shown = format!("{} {:?} {:?}", ran.results, ran.diff, ran.warnings);
            assert!(!shown.contains("canary"), "{told}: {shown}");
        }
        let mut list = options(&object);
        list.as_object_mut().unwrap().remove("object");
        let read = situation.info(list.clone()).ok();
        assert!(!read.results.to_string().contains("canary"), "{told}: {}", read.results);
        list["as_declared"] = json!(true);
        let read = situation.info(list).ok();
        assert!(!read.results.to_string().contains("canary"), "{told}: {}", read.results);
        // The one secret of a NAC portal is the cloud's own, and in no declaration.
        let named = !read.results["secrets_left_out"].as_array().unwrap().is_empty();
        assert_eq!(named, kind.word != "nacportals", "{told}: {}", read.results);
    }
    assert!(all > 100, "{all}");
}

#[test]
fn the_table_has_every_secret_that_the_simulator_reads_from_the_document() {
    let mut count = 0;
    for documented in mist_simulator::documented_kinds() {
        let Some(kind) =
            table::all().find(|kind| kind.word == documented.name && kind.level.word() == documented.scope)
        else {
            continue;
        };
        for path in &documented.secrets {
            let steps: Vec<&str> = path.split('.').collect();
            let (mut shape, mut field) = (kind.schema, Field::default());
            for step in steps {
                let name = step.trim_end_matches("[]");
                field = shape.field(if name == "*" { "any" } else { name });
                for _ in step.matches("[]") {
                    if field.item() != Field::default() {
                        field = field.item();
                    }
                }
                shape = field.schema;
            }
            assert!(field.secret, "{} {} {path}", documented.scope, documented.name);
            count += 1;
        }
    }
    assert!(count > 100, "{count}");
}

#[test]
fn a_cloud_that_quotes_a_secret_in_its_refusal_is_not_repeated() {
    let situation = Situation::new();
    situation.cloud.fault(Fault::new(FaultKind::LeakyError { text: "bad psk geheim-geheim".into() }).method("POST"));
    let object = json!({"ssid": "w", "auth": {"psk": "geheim-geheim"}});
    let parameters = json!({"type": "wlans", "object": object}).as_object().cloned().unwrap();
    // Secrets that the module declares are masked in everything printed.
    let hidden = <mist_modules::mist_object::MistObject as mist_modules::MistModule>::secrets(&parameters);
    assert!(hidden.contains(&"geheim-geheim".to_owned()));
    let ran = situation.object_at_once(json!({"type": "wlans", "object": object}));
    assert!(ran.failed);
}

#[test]
fn a_secret_that_is_not_shown_again_is_no_change_until_it_is_to_be_written_always() {
    for situation in both() {
        for shown in [Secrets::Masked, Secrets::Hidden, Secrets::ShownOnce] {
            situation.cloud.behavior(|behavior| behavior.secrets = shown);
            let ssid = format!("w-{shown:?}");
            let wlan = |psk: &str| json!({"ssid": ssid, "auth": {"type": "psk", "psk": psk}, "auth_servers": [{"host": "h", "secret": psk}]});
            situation.declare("wlans", wlan("geheim-1")).changes(true);
            assert_eq!(situation.declare("wlans", wlan("geheim-2")).changes(false).methods(), "GET", "{shown:?}");
            let always = json!({"type": "wlans", "object": wlan("geheim-2"), "update_secrets": "always"});
            situation.object(always).changes(true);
            let stored = |ssid: &str| {
                let wlans = situation.cloud.objects(&situation.org("wlans"));
                wlans.into_iter().find(|wlan| wlan["ssid"] == ssid).unwrap()
            };
            assert_eq!(stored(&ssid)["auth"]["psk"], "geheim-2");
            assert_eq!(stored(&ssid)["auth_servers"][0]["secret"], "geheim-2");
            // Another change in the same field sends the secret along.
            let mut other = wlan("geheim-3");
            other["auth"]["eap_reauth"] = json!(true);
            situation.declare("wlans", other).changes(true);
            assert_eq!(stored(&ssid)["auth"]["psk"], "geheim-3");
        }
    }
}

#[test]
fn a_secret_of_the_top_level_is_not_written_along_with_what_else_differs() {
    for shown in [Secrets::Hidden, Secrets::Masked] {
        let situation = Situation::new();
        situation.cloud.behavior(|behavior| behavior.secrets = shown);
        let hook = |url: &str, secret: &str| json!({"name": "h", "url": url, "secret": secret});
        situation.declare("webhooks", hook("https://a", "geheim-1")).changes(true);
        let moved = situation.declare("webhooks", hook("https://b", "geheim-2")).changes(true);
        assert_eq!(situation.sent("PUT"), [json!({"url": "https://b"})], "{shown:?}");
        let told = moved
            .warnings
            .iter()
            .filter(|warning| warning.ends_with("update_secrets: always writes them: secret"))
            .count();
        assert_eq!(told, 1, "{shown:?} {:?}", moved.warnings);
        let stored = &situation.cloud.objects(&situation.org("webhooks"))[0];
        assert_eq!((&stored["url"], &stored["secret"]), (&json!("https://b"), &json!("geheim-1")));
    }
}

#[test]
fn a_mask_is_never_written_over_a_secret_that_is_not_declared() {
    for situation in both() {
        situation.cloud.behavior(|behavior| behavior.secrets = Secrets::Masked);
        situation.cloud.seed(&situation.org("wlans"), json!({"ssid": "w", "auth": {"type": "psk", "psk": "geheim"}}));
        let msg = situation.declare("wlans", json!({"ssid": "w", "auth": {"eap_reauth": true}})).refused();
        assert!(msg.starts_with("object: the cloud masks secrets"), "{msg}");
        situation.declare("wlans", json!({"ssid": "w", "vlan_id": 7})).changes(true);
        assert_eq!(situation.cloud.objects(&situation.org("wlans"))[0]["auth"]["psk"], "geheim");
    }
}
