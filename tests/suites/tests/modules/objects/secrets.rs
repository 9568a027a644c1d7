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
    let ran = situation.object_at_once(json!({"type": "wlans", "object": object}));
    assert!(ran.failed && ran.msg.contains("bad psk ********"), "{}", ran.msg);
    assert!(!format!("{} {}", ran.msg, ran.results).contains("geheim-geheim"), "{} {}", ran.msg, ran.results);
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

/// Short secrets, which occur in ids, names and other texts.
#[test]
fn short_secrets_are_masked_in_their_places_and_nothing_else_is_mangled() {
    for (psk, name) in [("abc", "abcd"), ("1", "1 of 11"), ("a", "a")] {
        let situation = Situation::new();
        let object = json!({"ssid": name, "auth": {"type": "psk", "psk": psk}, "vlan_id": 11});
        let made = situation.object_at_once(json!({"type": "wlans", "object": object})).changes(true);
        let shown = &made.results["object"];
        assert_eq!((&shown["ssid"], &shown["auth"]["psk"]), (&json!(name), &json!("********")));
        let stored = &situation.cloud.objects(&situation.org("wlans"))[0];
        assert_eq!((&made.results["id"], &stored["auth"]["psk"]), (&stored["id"], &json!(psk)));
        let printed = &made.results["invocation"]["module_args"]["object"];
        assert_eq!((&printed["ssid"], &printed["auth"]["psk"]), (&json!(name), &json!("********")));
        let body = json!({"detail": format!("bad psk: {psk}, see {psk}x")}).to_string();
        situation
            .cloud
            .fault(Fault::new(FaultKind::Status { status: 400, body, headers: Default::default() }).method("POST"));
        let other = json!({"ssid": "other", "auth": {"type": "psk", "psk": psk}});
        let msg = situation.object_at_once(json!({"type": "wlans", "object": other})).msg;
        assert!(msg.contains(&format!("bad psk: ********, see {psk}x")), "{msg}");
    }
}

#[test]
fn conditions_and_unreadable_text_are_masked_in_the_invocation() {
    let situation = Situation::new();
    for (options, option) in [
        (json!({"type": "psks", "where": {"passphrase": "canary"}}), "where"),
        (json!({"type": " psks ", "where": {"passphrase": "canary"}}), "where"),
        (json!({"path": "/api/v1/orgs/{org_id}/psks", "where": {"passphrase": "canary"}}), "where"),
    ] {
        let ran = situation.info(options.clone());
        assert!(!ran.results.to_string().contains("canary"), "{options}: {}", ran.results);
        assert!(ran.results["invocation"]["module_args"][option].is_object(), "{options}: {}", ran.results);
    }
    let cut = situation.object_at_once(json!({"type": "psks", "object": "{\"name\":\"p\",\"passphrase\":\"canary\""}));
    assert!(cut.failed && !format!("{} {}", cut.msg, cut.results).contains("canary"), "{} {}", cut.msg, cut.results);
}

#[test]
fn a_backup_without_secrets_restores_no_mask() {
    for shown in [Secrets::Masked, Secrets::Hidden] {
        let situation = Situation::new();
        situation.cloud.behavior(|behavior| behavior.secrets = shown);
        let wlan = json!({"ssid": "w", "auth": {"type": "psk", "psk": "geheim-1"}, "auth_servers": [{"host": "h", "secret": "geheim-2"}]});
        let psk = json!({"name": "p", "ssid": "w", "passphrase": "geheim-3"});
        for (word, object, left_out) in [
            ("wlans", wlan, json!(["w: auth.psk", "w: auth_servers[0].secret"])),
            ("psks", psk, json!(["p: passphrase"])),
        ] {
            situation.cloud.seed(&situation.org(word), object);
            for include_secrets in [false, true] {
                let options = json!({"type": word, "as_declared": true, "include_secrets": include_secrets});
                let read = situation.info(options).ok();
                assert_eq!(read.results["secrets_left_out"], left_out, "{shown:?}");
                assert!(!read.results["objects"].to_string().contains("***"), "{shown:?}: {}", read.results);
            }
        }
        let masked = json!({"ssid": "new", "auth": {"type": "psk", "psk": "***"}});
        let msg = situation.object(json!({"type": "wlans", "object": masked})).refused();
        assert!(msg.starts_with("object: the mask of a secret is not a secret."), "{msg}");
        assert!(msg.ends_with(": auth.psk"), "{msg}");
    }
}

#[test]
fn a_hidden_secret_that_a_change_may_lose_is_warned_of() {
    for situation in both() {
        situation.cloud.behavior(|behavior| behavior.secrets = Secrets::Hidden);
        situation.cloud.seed(&situation.org("wlans"), json!({"ssid": "w", "auth": {"type": "psk", "psk": "geheim"}}));
        let change = |auth: Value| situation.declare("wlans", json!({"ssid": "w", "auth": auth})).changes(true);
        let warned = |ran: &super::situation::Ran| {
            ran.warnings.iter().any(|warning| warning.ends_with("Declare them, too: auth.psk"))
        };
        assert!(warned(&change(json!({"enable_mac_auth": true}))));
        assert!(!warned(&change(json!({"enable_mac_auth": false, "psk": "geheim"}))));
        assert_eq!(situation.cloud.objects(&situation.org("wlans"))[0]["auth"]["psk"], "geheim");
        assert!(!warned(&change(json!({"type": "open", "enable_mac_auth": true}))));
    }
}

#[test]
fn secrets_that_cannot_be_compared_are_one_warning_of_a_set() {
    let situation = Situation::new();
    situation.cloud.behavior(|behavior| behavior.secrets = Secrets::Masked);
    let objects = |psk: &str| {
        (1..=7)
            .map(|number| json!({"ssid": format!("w{number}"), "auth": {"type": "psk", "psk": psk}}))
            .collect::<Vec<_>>()
    };
    let task = |psk: &str| json!({"type": "wlans", "objects": objects(psk)});
    situation.objects(task("geheim-1")).changes(true);
    let again = situation.objects(task("geheim-2")).changes(false);
    let warnings: Vec<&String> = again.warnings.iter().filter(|warning| warning.contains("update_secrets")).collect();
    let [warning] = warnings.as_slice() else { panic!("{:?}", again.warnings) };
    assert!(warning.starts_with("7 objects, 'w1', 'w2', 'w3', 'w4', 'w5', and 2 more: "), "{warning}");
    assert!(warning.ends_with(": auth.psk"), "{warning}");
}

#[test]
fn credentials_in_headers_addresses_and_variables_are_secrets() {
    let situation = Situation::new();
    let hook = json!({"name": "h", "url": "https://u:canary-1@x.example/T0/canary-2", "headers": {"Authorization": "Bearer canary-3"}});
    let vars = json!({"vars": {"psk_guest": "canary-4", "snmp_community": "canary-5", "site": "plain"}});
    let site = json!({"site_id": situation.site_id});
    for (options, object, left_out) in [
        (json!({"type": "webhooks"}), hook, json!(["h: url", "h: headers.Authorization"])),
        (json!({"type": "setting"}), vars, json!(["setting: vars.psk_guest", "setting: vars.snmp_community"])),
    ] {
        let mut options = options;
        if options["type"] == "setting" {
            options["site_id"] = site["site_id"].clone();
        }
        let mut declare = options.clone();
        declare["object"] = object;
        let ran = situation.object(declare.clone()).changes(true);
        let read = situation.info(options.clone()).ok();
        options["as_declared"] = json!(true);
        let export = situation.info(options).ok();
        assert_eq!(export.results["secrets_left_out"], left_out);
        for shown in [
            format!("{} {:?} {:?}", ran.results, ran.diff, ran.warnings),
            read.results.to_string(),
            export.results.to_string(),
        ] {
            assert!(!shown.contains("canary"), "{shown}");
        }
        assert!(!situation.object(declare).changes(false).calls.iter().any(|call| call.starts_with("PUT")));
    }
}

#[test]
fn an_export_that_the_mask_of_a_credential_would_change_fails() {
    let situation = Situation::new();
    let name = format!("{} LAN", situation.cloud.api_token());
    situation.cloud.seed(&situation.org("networks"), json!({"name": name}));
    let msg = situation.info(json!({"type": "networks", "as_declared": true})).refused();
    assert!(msg.starts_with("as_declared: a value of an object contains the password or token of this task"), "{msg}");
    let folder = tempfile::tempdir().unwrap();
    let dest = folder.path().join("networks.json");
    situation.info(json!({"type": "networks", "as_declared": true, "dest": dest})).ok();
    assert!(std::fs::read_to_string(&dest).unwrap().contains(&name), "a file is complete");
}
