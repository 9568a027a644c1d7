//! Items of lists: paired by their keys, compared by declared fields, and merged.

use super::situation::{Situation, both};
use mist_simulator::{Behavior, Nested, Normalization, Secrets};
use serde_json::{Value, json};

/// Clouds of every preset, each of which merges or replaces dictionaries. A list that lacks objects or their fields is another topic.
fn every_cloud() -> impl Iterator<Item = (String, Situation)> {
    let presets =
        Behavior::presets().into_iter().filter(|(_, preset)| preset.summaries.is_empty() && preset.list_lag.is_empty());
    presets.flat_map(|(name, preset)| {
        [Nested::Replaced, Nested::Merged].map(|nested| {
            let situation = Situation::new();
            let preset = Behavior { nested, ..preset.clone() };
            situation.cloud.behavior(|behavior| *behavior = preset);
            (format!("{name}, {nested:?}"), situation)
        })
    })
}

fn stored(situation: &Situation, word: &str) -> Value {
    situation.cloud.objects(&situation.org(word)).pop().unwrap()
}

#[test]
fn a_secret_of_an_item_survives_a_change_of_the_item() {
    let server = json!({"host": "1.1.1.1", "port": 1812, "secret": "geheim", "new": true});
    let other = json!({"host": "1.1.1.1", "port": 1645});
    for situation in both() {
        situation.cloud.seed(&situation.org("wlans"), json!({"ssid": "w", "auth_servers": [server]}));
        let template = json!({"name": "t", "radius_config": {"auth_servers": [server], "network": "n"}});
        situation.cloud.seed(&situation.org("networktemplates"), template);
        situation.declare("wlans", json!({"ssid": "w", "auth_servers": [other]})).changes(true);
        let declared = json!({"name": "t", "radius_config": {"auth_servers": [other]}});
        situation.declare("networktemplates", declared.clone()).changes(true);
        let expected = json!([{"host": "1.1.1.1", "port": 1645, "secret": "geheim", "new": true}]);
        assert_eq!(stored(&situation, "wlans")["auth_servers"], expected);
        let config = &stored(&situation, "networktemplates")["radius_config"];
        assert_eq!((&config["auth_servers"], &config["network"]), (&expected, &json!("n")));
        assert_eq!(situation.declare("networktemplates", declared).changes(false).methods(), "GET");
        situation.declare("wlans", json!({"ssid": "w", "auth_servers": []})).changes(true);
        assert!(mist_objects::value::is_nothing(&stored(&situation, "wlans")["auth_servers"]));
    }
}

#[test]
fn an_item_that_is_left_out_is_removed_and_a_new_one_is_added() {
    for situation in both() {
        let servers = json!([{"host": "a", "secret": "1"}, {"host": "b", "secret": "2", "port": 7}]);
        situation.cloud.seed(&situation.org("wlans"), json!({"ssid": "w", "auth_servers": servers}));
        let declared = json!({"ssid": "w", "auth_servers": [{"host": "c", "secret": "3"}, {"host": "b"}]});
        situation.declare("wlans", declared.clone()).changes(true);
        let expected = json!([{"host": "c", "secret": "3"}, {"host": "b", "secret": "2", "port": 7}]);
        assert_eq!(stored(&situation, "wlans")["auth_servers"], expected);
        assert_eq!(situation.declare("wlans", declared).changes(false).methods(), "GET");
    }
}

#[test]
fn fields_that_the_cloud_adds_to_items_are_no_change() {
    for situation in both() {
        situation.cloud.behavior(|behavior| {
            let filled = json!({"port": 1812, "keywrap_enabled": false, "id": "{uuid}"});
            behavior.filled_in = [("auth_servers[]".to_owned(), filled.as_object().cloned().unwrap())].into();
            behavior.normalized =
                [("topics".to_owned(), Normalization::Sorted), ("macs[]".to_owned(), Normalization::BareMac)].into();
        });
        for (word, object) in [
            (
                "wlans",
                json!({"ssid": "w", "auth_servers": [{"host": "a", "secret": "s"}, {"host": "b", "secret": "t"}]}),
            ),
            ("webhooks", json!({"name": "h", "url": "https://h", "topics": ["device-updowns", "alarms"]})),
            (
                "psks",
                json!({"name": "p", "ssid": "s", "passphrase": "geheim-1", "macs": ["AA:BB:CC:00:00:02", "AA:BB:CC:00:00:01"]}),
            ),
        ] {
            let made = situation.declare(word, object.clone()).changes(true);
            assert_eq!(made.results["not_kept"], json!([]), "{word}");
            assert_eq!(situation.declare(word, object).changes(false).methods(), "GET", "{word}");
        }
    }
}

#[test]
fn a_hidden_secret_of_an_item_is_unchanged_with_a_warning() {
    for situation in both() {
        for (shown, host) in [(Secrets::Masked, "m"), (Secrets::Hidden, "h")] {
            situation.cloud.behavior(|behavior| behavior.secrets = shown);
            let wlan = |secret: &str, port: u16| json!({"ssid": host, "auth_servers": [{"host": "x", "port": port, "secret": secret}]});
            situation.declare("wlans", wlan("geheim-1", 1)).changes(true);
            let ran = situation.declare("wlans", wlan("geheim-2", 1)).changes(false);
            let told = ran.warnings.iter().filter(|warning| warning.ends_with("auth_servers[0].secret")).count();
            assert_eq!((told, ran.methods().as_str()), (1, "GET"), "{shown:?} {:?}", ran.warnings);
            // Next to another change in the item, the secret is written, too.
            situation.declare("wlans", wlan("geheim-2", 2)).changes(true);
            assert_eq!(stored(&situation, "wlans")["auth_servers"][0]["secret"], "geheim-2", "{shown:?}");
            let undeclared = json!({"ssid": host, "auth_servers": [{"host": "x", "port": 3}]});
            let ran = situation.object_at_once(json!({"type": "wlans", "object": undeclared}));
            match shown {
                Secrets::Masked => assert!(ran.refused().starts_with("object: the cloud masks secrets")),
                _ => assert!(
                    ran.warnings.iter().any(|warning| warning.ends_with("Declare them, too: auth_servers[0].secret")),
                    "{:?}",
                    ran.warnings
                ),
            }
        }
    }
}

#[test]
fn identity_providers_are_compared_exported_and_kept() {
    let (one, two) = ("2818e386-8dec-2562-9ede-5b8a0fbbdc71", "2818e386-8dec-2562-9ede-5b8a0fbbdc72");
    let idps = |id: &str, realms: Value| json!({"mist_nac": {"idps": [{"id": id, "user_realms": realms}]}});
    for situation in both() {
        let setting = situation.org("setting");
        situation.cloud.seed(&setting, idps(one, json!(["x"])));
        situation.cloud.seed(&situation.org("ssos"), json!({"id": two, "name": "Azure"}));
        situation.declare("setting", idps(two, json!(["x"]))).changes(true);
        assert_eq!(situation.cloud.object(&setting)["mist_nac"], idps(two, json!(["x"]))["mist_nac"]);
        let read = situation.info(json!({"type": "setting", "as_declared": true})).ok();
        let exported = json!({"mist_nac": {"idps": [{"sso": "Azure", "user_realms": ["x"]}]}});
        assert_eq!(read.results["objects"], json!([exported]));
        situation.cloud.seed(&setting, idps(two, json!(["x", "wrong"])));
        situation.declare("setting", exported.clone()).changes(true);
        assert_eq!(situation.cloud.object(&setting)["mist_nac"], idps(two, json!(["x"]))["mist_nac"]);
        assert!(situation.declare("setting", exported).changes(false).calls.iter().all(|call| call.starts_with("GET")));
    }
}

#[test]
fn given_values_of_a_topology_are_compared_and_facts_are_warned_of() {
    for situation in both() {
        let switch = |router: &str| json!({"mac": "5C:5B:35:00:00:01", "role": "core", "router_id": router, "evpn_id": 1, "downlink_ips": ["10.0.0.1"]});
        let topology = |router: &str| json!({"name": "t", "switches": [switch(router)]});
        situation.declare("evpn_topologies", topology("172.16.0.1")).changes(true);
        situation.declare("evpn_topologies", topology("172.16.0.1")).changes(false);
        situation.declare("evpn_topologies", topology("172.16.0.2")).changes(true);
        let mut with_model = topology("172.16.0.2");
        with_model["switches"][0]["model"] = json!("EX4650");
        let ran = situation.declare("evpn_topologies", with_model).changes(false);
        assert!(
            ran.warnings.iter().any(|warning| warning.ends_with("so they were ignored: switches[].model")),
            "{:?}",
            ran.warnings
        );
    }
}

#[test]
fn names_with_dots_are_names() {
    for (word, object) in [
        (
            "networktemplates",
            json!({"name": "t", "ospf_areas": {"0.0.0.0": {"networks": {"lan": {"auth_password": "geheim"}}}}}),
        ),
        (
            "gatewaytemplates",
            json!({"name": "g", "port_config": {"ge-0/0/0.100": {"usage": "lan", "networks": ["n"]}}}),
        ),
    ] {
        for situation in both() {
            situation.declare(word, object.clone()).changes(true);
            let again = situation.declare(word, object.clone()).changes(false);
            assert_eq!((again.warnings, again.calls.len()), (vec![], 1), "{word}");
        }
    }
}

#[test]
fn lists_are_at_rest_under_every_habit_of_a_cloud() {
    let wlan = json!({"ssid": "w", "bands": ["5", "24"], "auth": {"type": "psk", "psk": "geheim-1"},
        "coa_servers": [{"ip": "1.1.1.2", "secret": "b"}, {"ip": "1.1.1.1", "secret": "a"}],
        "portal_allowed_hostnames": ["b.example", "a.example"]});
    let hook = json!({"name": "h", "url": "https://h", "topics": ["device-updowns", "alarms"], "headers": {"X-A": "geheim-2"}});
    for (name, situation) in every_cloud() {
        for (word, object) in [("wlans", &wlan), ("webhooks", &hook)] {
            let made = situation.object(json!({"type": word, "object": object}));
            assert!(made.changed && !made.failed, "{name}: {}", made.msg);
            assert_eq!(made.results["not_kept"], json!([]), "{name}: {word}");
            let again = situation.object(json!({"type": word, "object": object}));
            assert!(!again.changed && !again.failed, "{name}: {}", again.msg);
            assert!(again.calls.iter().all(|call| call.starts_with("GET")), "{name}: {word} {:?}", again.calls);
        }
    }
}
