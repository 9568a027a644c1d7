use super::*;
use crate::table::{Level, kind};
use serde_json::json;

#[test]
fn secrets_are_masked_at_every_depth_by_the_document_and_elsewhere_by_name() {
    let wlans = kind(Level::Org, "wlans").unwrap().schema;
    let object = json!({"ssid": "x", "auth": {"psk": "one", "keys": ["two"], "type": "psk"},
        "auth_servers": [{"host": "h", "secret": "three"}], "new_secret": "four", "portal_api_secret": ""});
    let shown = masked(wlans, &object);
    assert_eq!(
        shown,
        json!({"ssid": "x", "auth": {"psk": MASK, "keys": MASK, "type": "psk"},
        "auth_servers": [{"host": "h", "secret": MASK}], "new_secret": MASK, "portal_api_secret": ""})
    );
    assert_eq!(texts(wlans, &object), ["one", "two", "three", "four"]);
    let (rest, left_out) = without(wlans, &object);
    assert_eq!(rest["auth"], json!({"type": "psk"}));
    assert_eq!(left_out, ["auth.psk", "auth.keys", "auth_servers[0].secret", "new_secret"]);
}

#[test]
fn a_changed_secret_is_shown_as_changed_without_its_value() {
    let wlans = kind(Level::Org, "wlans").unwrap().schema;
    let psk = |psk: &str| json!({"auth": {"psk": psk}});
    let (before, after) = masked_both(wlans, &psk("one"), &psk("two"));
    assert_eq!((before, after), (psk("******** (before)"), psk("******** (after)")));
    assert_eq!(masked_both(wlans, &psk("one"), &psk("one")), (psk(MASK), psk(MASK)));
}

#[test]
fn a_mask_is_recognized() {
    for mask in ["***", "********", "••••••", " *** ", "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"] {
        assert!(is_masked(&json!(mask)), "{mask}");
    }
    for secret in
        ["**", "secret", "wait...what", "abc***def", "", "...", "ab***", "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER!"]
    {
        assert!(!is_masked(&json!(secret)), "{secret}");
    }
    assert!(is_masked(&json!(["***"])) && !is_masked(&json!([])) && !is_masked(&json!(["***", "x"])));
}

#[test]
fn names_decide_where_the_document_has_no_field() {
    let of = |word: &str, object: Value| {
        let schema = kind(Level::Org, word).map(|kind| kind.schema).unwrap_or_default();
        secrets(schema, &object).iter().map(|(path, _)| path.to_string()).collect::<Vec<_>>().join(" ")
    };
    for (word, object, found) in [
        (
            "setting",
            json!({"vars": {"psk_guest": "a", "snmp_community": "b", "keyname": "c", "GUEST_PASS_1": "d", "site": "e", "bypass": "f"}}),
            "vars.psk_guest vars.snmp_community vars.keyname vars.GUEST_PASS_1",
        ),
        ("webhooks", json!({"headers": {"X-Any": "a"}, "url": "https://u:p@x/y"}), "headers.X-Any url"),
        ("webhooks", json!({"url": "https://x/y", "token_used": true, "new_token": false}), ""),
        (
            "networktemplates",
            json!({"ospf_areas": {"0.0.0.0": {"networks": {"l": {"auth_keys": {"1": "k"}}}}}, "additional_config_cmds": ["set x"]}),
            "ospf_areas.0.0.0.0.networks.l.auth_keys.1 additional_config_cmds",
        ),
        (
            "wlans",
            json!({"auth_servers": [{"host": "h", "keywrap_kek": "k", "keywrap_mack": "m"}]}),
            "auth_servers[0].keywrap_kek auth_servers[0].keywrap_mack",
        ),
        (
            "newthings",
            json!({"private_key": "a", "radius_key": "a", "auth_key": "a", "pwd": "a", "pass": "a", "pin": 1, "jwt": "a",
                "cookie": "a", "credential": {"user": "a"}, "name": "a", "links": ["https://a:b@c"]}),
            "private_key radius_key auth_key pwd pass pin jwt cookie credential links[0]",
        ),
    ] {
        assert_eq!(of(word, object.clone()), found, "{object}");
    }
}

#[test]
fn secrets_of_paired_items_are_compared_whatever_their_positions() {
    let wlans = kind(Level::Org, "wlans").unwrap().schema;
    let servers = |servers: Value| json!({"auth_servers": servers});
    let (before, after) = masked_both(
        wlans,
        &servers(json!([{"host": "a", "secret": "1"}, {"host": "b", "secret": "2"}])),
        &servers(json!([{"host": "b", "secret": "2"}, {"host": "a", "secret": "3"}])),
    );
    assert_eq!(before, servers(json!([{"host": "a", "secret": "******** (before)"}, {"host": "b", "secret": MASK}])));
    assert_eq!(after, servers(json!([{"host": "b", "secret": MASK}, {"host": "a", "secret": "******** (after)"}])));
}

#[test]
fn required_secrets_that_are_not_shown_are_hidden() {
    let hidden = |word: &str, object: Value| {
        let found = hidden_required(kind(Level::Org, word).unwrap().schema, object.as_object().unwrap());
        found.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    };
    for (word, object, places) in [
        ("psks", json!({"name": "p", "ssid": "s"}), "passphrase"),
        ("wlans", json!({"auth": {"type": "psk"}}), "auth.psk"),
        ("wlans", json!({"auth": {"type": "wep"}}), "auth.keys"),
        ("wlans", json!({"auth": {"type": "psk", "psk": "x"}}), ""),
        ("wlans", json!({"auth": {"type": "psk", "multi_psk_only": true}}), ""),
        ("wlans", json!({"auth": {"type": "psk"}, "dynamic_psk": {"enabled": true}}), ""),
        ("wlans", json!({"auth": {"type": "open"}, "auth_servers": [{"host": "h"}]}), "auth_servers[0].secret"),
        ("webhooks", json!({"name": "h", "url": "u"}), ""),
    ] {
        assert_eq!(hidden(word, object.clone()), places, "{object}");
    }
}
