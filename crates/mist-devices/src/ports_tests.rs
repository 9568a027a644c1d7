use super::*;
use mist_objects::table::device;
use serde_json::json;

fn object(value: Value) -> Fields {
    value.as_object().cloned().unwrap()
}

/// The settings of a port of a switch.
fn field() -> Field {
    device("switch").unwrap().schema.field("port_config").schema.field("ge-0/0/0")
}

fn planned(found: &Value, declared: &Value, exact: bool) -> Result<PortPlan, PortError> {
    plan(&Declared::new(&object(declared.clone()))?, &object(found.clone()), field(), exact)
}

/// `port_config` after a patch, in a cloud that merges dictionaries and removes what is `null`.
fn patched(found: &Value, patch: &Fields) -> Value {
    fn merge(found: &Value, patch: &Value) -> Value {
        let (Value::Object(found), Value::Object(patch)) = (found, patch) else { return patch.clone() };
        let mut all = found.clone();
        for (name, value) in patch {
            if value.is_null() {
                all.shift_remove(name);
            } else {
                let merged = merge(all.get(name).unwrap_or(&Value::Null), value);
                all.insert(name.clone(), merged);
            }
        }
        Value::Object(all)
    }
    merge(found, &Value::Object(patch.clone()))
}

#[test]
fn a_range_is_split_around_declared_ports() {
    for (found, declared, expected) in [
        (
            json!({"ge-0/0/0-10": {"usage": "ap"}}),
            json!({"ge-0/0/3": {"usage": "voip"}}),
            json!({"ge-0/0/0-2,ge-0/0/4-10": {"usage": "ap"}, "ge-0/0/3": {"usage": "voip"}}),
        ),
        (
            json!({"ge-0/0/0-10": {"usage": "ap", "mtu": 9000}}),
            json!({"ge-0/0/3": {"usage": "voip"}, "ge-0/0/5": {"mtu": null}}),
            json!({"ge-0/0/0-2,ge-0/0/4,ge-0/0/6-10": {"usage": "ap", "mtu": 9000},
                   "ge-0/0/3": {"usage": "voip", "mtu": 9000}, "ge-0/0/5": {"usage": "ap"}}),
        ),
        // A removed port has no key.
        (
            json!({"ge-0/0/0-1": {"usage": "ap"}, "ae0": {"usage": "x"}}),
            json!({"ge-0/0/1": null, "ae0": null}),
            json!({"ge-0/0/0": {"usage": "ap"}}),
        ),
        // A declared range is one key, and a key that it covers keeps its name.
        (json!({}), json!({"ge-0/0/0-3": {"usage": "ap"}}), json!({"ge-0/0/0-3": {"usage": "ap"}})),
        (
            json!({"ge-0/0/1,ge-0/0/0": {"usage": "ap", "mtu": 9000}}),
            json!({"ge-0/0/0-1": {"usage": "iot"}}),
            json!({"ge-0/0/1,ge-0/0/0": {"usage": "iot", "mtu": 9000}}),
        ),
        (
            json!({"ge-0/0/0": {"usage": "ap"}, "ge-0/0/2": {"usage": "iot"}}),
            json!({"ge-0/0/0-2": {"usage": "ap"}}),
            json!({"ge-0/0/0": {"usage": "ap"}, "ge-0/0/2": {"usage": "ap"}, "ge-0/0/1": {"usage": "ap"}}),
        ),
        // The same settings under two keys: the port stays under the first.
        (
            json!({"ge-0/0/0-3": {"usage": "ap"}, "ge-0/0/2-5": {"usage": "ap"}}),
            json!({"ge-0/0/0": {"usage": "iot"}}),
            json!({"ge-0/0/1-3": {"usage": "ap"}, "ge-0/0/4-5": {"usage": "ap"}, "ge-0/0/0": {"usage": "iot"}}),
        ),
    ] {
        let plan = planned(&found, &declared, false).unwrap();
        let after = patched(&found, &plan.patch);
        assert_eq!(after, expected, "{found} {declared}");
        assert_eq!(planned(&after, &declared, false), Ok(PortPlan::default()), "the second run changes nothing");
    }
}

#[test]
fn what_is_already_so_is_not_split() {
    for (found, declared) in [
        (json!({"ge-0/0/0-10": {"usage": "ap"}}), json!({"ge-0/0/3": {"usage": "ap"}})),
        (json!({"ge-0/0/0-10": {"usage": "ap"}}), json!({"ge-0/0/3": {"usage": "ap", "mtu": null}})),
        (json!({"ge-0/0/0-10": {"usage": "ap"}}), json!({"ge-0/0/3": {"poe_disabled": false}})),
        (json!({"ge-0/0/0-10": {"usage": "ap"}}), json!({"ge-0/0/3": {}, "ge-0/0/20": {}, "ge-0/0/21": null})),
        (json!({"{{uplinks}}": {"usage": "uplink"}}), json!({"{{uplinks}}": {"usage": "uplink"}})),
    ] {
        assert_eq!(planned(&found, &declared, false), Ok(PortPlan::default()), "{found} {declared}");
    }
}

#[test]
fn a_port_under_two_keys_with_different_settings_is_refused() {
    let found = json!({"ge-0/0/0-10": {"usage": "ap"}, "ge-0/0/3": {"usage": "iot"}, "xe-0/1/0": {"usage": "x"}});
    let conflict = PortError::Conflict {
        port: "ge-0/0/3".to_owned(),
        first: "ge-0/0/0-10".to_owned(),
        second: "ge-0/0/3".to_owned(),
    };
    for declared in [
        json!({"ge-0/0/3": {"usage": "voip"}}),
        json!({"ge-0/0/3": {"usage": "ap"}}),
        json!({"ge-0/0/3": {"usage": "iot"}}),
        json!({"ge-0/0/3": null}),
        // The split of the range would decide which of them counts.
        json!({"ge-0/0/4": {"usage": "voip"}}),
    ] {
        assert_eq!(planned(&found, &declared, false), Err(conflict.clone()), "{declared}");
    }
    assert!(planned(&found, &json!({"xe-0/1/0": {"usage": "y"}}), false).is_ok(), "other ports can be changed");
    let exact = planned(&found, &json!({"ge-0/0/3": {"usage": "voip"}}), true).unwrap();
    assert_eq!(patched(&found, &exact.patch), json!({"ge-0/0/3": {"usage": "voip"}}));
}

#[test]
fn the_rest_of_an_interrupted_split_is_removed() {
    // A cloud that merges dictionaries kept the range, because the request that removes it was lost.
    let found = json!({"ge-0/0/0-10": {"usage": "ap"}, "ge-0/0/0-2,ge-0/0/4-10": {"usage": "ap"}, "ge-0/0/3": {"usage": "voip"}});
    let declared = json!({"ge-0/0/3": {"usage": "voip"}});
    let plan = planned(&found, &declared, false).unwrap();
    assert_eq!(json!(plan.patch), json!({"ge-0/0/0-10": null}));
    assert!(
        planned(&found, &json!({"ge-0/0/3": {"usage": "other"}}), false).is_err(),
        "another declaration proves nothing"
    );
}

#[test]
fn declared_keys_that_contradict_are_refused() {
    let declare = |declared: Value| Declared::new(&object(declared)).map(|_| ());
    assert_eq!(
        declare(json!({"ge-0/0/0-3": {"usage": "ap"}, "ge-0/0/2": {"usage": "iot"}})),
        Err(PortError::DeclaredTwice {
            port: "ge-0/0/2".into(),
            first: "ge-0/0/0-3".into(),
            second: "ge-0/0/2".into()
        })
    );
    assert_eq!(declare(json!({"ge-0/0/0-3": {"usage": "ap"}, "ge-0/0/2": {"usage": "ap"}})), Ok(()));
    assert_eq!(declare(json!({"ge-0/0/0": "ap"})), Err(PortError::NotADictionary { port: "ge-0/0/0".into() }));
    let range = PortError::Key { key: "ge-0/0/3-1".into(), fault: KeyFault::Range };
    assert_eq!(declare(json!({"ge-0/0/3-1": {}})), Err(range));
}

#[test]
fn exact_ports_replace_all_others() {
    let found = json!({"ge-0/0/0-3": {"usage": "ap", "mtu": 9000}, "ae0": {"usage": "x"}});
    let declared = json!({"ge-0/0/0-1": {"usage": "ap"}, "ge-0/0/9": null});
    let plan = planned(&found, &declared, true).unwrap();
    let after = patched(&found, &plan.patch);
    assert_eq!(after, json!({"ge-0/0/0-1": {"usage": "ap"}}));
    let ports: Vec<&str> = plan.changes.iter().map(|change| change.port.as_str()).collect();
    assert_eq!(ports, ["ge-0/0/0", "ge-0/0/1", "ge-0/0/2", "ge-0/0/3", "ae0"]);
    assert_eq!(planned(&after, &declared, true), Ok(PortPlan::default()));
}

#[test]
fn a_direct_declaration_of_an_overlapping_key_is_found() {
    let before = object(json!({"ge-0/0/0-10": {"usage": "ap"}}));
    let after = object(json!({"ge-0/0/0-10": {"usage": "ap"}, "ge-0/0/3": {"usage": "iot"}}));
    assert!(new_conflict(&before, &after, field()).is_some());
    assert_eq!(new_conflict(&after, &after, field()), None, "the device had it before");
    assert_eq!(new_conflict(&before, &object(json!({"ge-0/0/0-10": {}, "ge-0/0/11": {"usage": "x"}})), field()), None);
}

/// The settings of each port, by reading every key number by number.
fn effective(config: &Value) -> BTreeMap<String, Vec<Value>> {
    let mut all: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (key, settings) in config.as_object().unwrap() {
        for part in key.split(',') {
            let name = part.trim();
            let range = name.strip_prefix("ge-0/0/").and_then(|numbers| numbers.split_once('-'));
            match range {
                Some((first, last)) => {
                    for number in first.parse::<u32>().unwrap()..=last.parse::<u32>().unwrap() {
                        all.entry(format!("ge-0/0/{number}")).or_default().push(settings.clone());
                    }
                }
                None => all.entry(name.to_owned()).or_default().push(settings.clone()),
            }
        }
    }
    all
}

/// Random settings, with fields of several types.
fn settings(random: &mut fastrand::Rng) -> Value {
    let mut settings = Fields::new();
    settings.insert("usage".into(), json!(["ap", "iot", "voip", "uplink"][random.usize(..4)]));
    if random.bool() {
        settings.insert("mtu".into(), json!([1600, 9000][random.usize(..2)]));
    }
    if random.bool() {
        settings.insert("networks".into(), json!([["a"], ["b"]][random.usize(..2)]));
    }
    Value::Object(settings)
}

/// Random ports in random order, as keys that are lists and ranges.
fn random_config(random: &mut fastrand::Rng) -> Value {
    let mut ports: Vec<u32> = (0..24).filter(|_| random.u8(..4) > 0).collect();
    let mut config = Fields::new();
    while !ports.is_empty() {
        let count = random.usize(1..=ports.len().min(8));
        let mut mine: Vec<u32> = ports.drain(..count).collect();
        if random.bool() {
            mine.reverse();
        }
        let mut parts: Vec<(u32, u32)> = Vec::new();
        for port in mine {
            match parts.last_mut() {
                Some((_, last)) if *last + 1 == port && random.u8(..4) > 0 => *last = port,
                _ => parts.push((port, port)),
            }
        }
        let text = |(first, last): &(u32, u32)| {
            if first == last { format!("ge-0/0/{first}") } else { format!("ge-0/0/{first}-{last}") }
        };
        let separator = if random.bool() { "," } else { ", " };
        config.insert(parts.iter().map(text).collect::<Vec<_>>().join(separator), settings(random));
    }
    for name in ["ae0", "{{wan}}", "et-0/0/1:2"] {
        if random.bool() {
            config.insert(name.to_owned(), settings(random));
        }
    }
    Value::Object(config)
}

fn random_declaration(random: &mut fastrand::Rng) -> Value {
    let mut declared = Fields::new();
    let mut free: Vec<u32> = (0..26).collect();
    for _ in 0..random.usize(1..4) {
        let at = random.usize(..free.len());
        let first = free.remove(at);
        let mut last = first;
        while random.bool() && free.get(at) == Some(&(last + 1)) {
            last = free.remove(at);
        }
        let key = if first == last { format!("ge-0/0/{first}") } else { format!("ge-0/0/{first}-{last}") };
        let value = match random.u8(..6) {
            0 => Value::Null,
            1 => json!({"mtu": null, "networks": ["c"]}),
            2 => json!({"description": "desk"}),
            _ => settings(random),
        };
        declared.insert(key, value);
    }
    if random.u8(..4) == 0 {
        declared.insert("ae0".into(), json!({"usage": "lag"}));
    }
    Value::Object(declared)
}

#[test]
fn random_ports_keep_their_promises() {
    let mut random = fastrand::Rng::with_seed(24);
    for case in 0..5_000 {
        let (found, declared) = (random_config(&mut random), random_declaration(&mut random));
        let exact = random.u8(..8) == 0;
        let about = || format!("case {case}: {found} {declared} exact {exact}");
        let plan = planned(&found, &declared, exact).unwrap_or_else(|error| panic!("{error:?} {}", about()));
        let after = patched(&found, &plan.patch);
        let (old, new, wanted) = (effective(&found), effective(&after), effective(&declared));
        assert!(new.values().all(|settings| settings.len() == 1), "a port under two keys: {after} {}", about());
        for (port, settings) in &new {
            if !wanted.contains_key(port) {
                assert_eq!((exact, Some(settings)), (false, old.get(port)), "{port} changed: {after} {}", about());
            }
        }
        for (port, settings) in &old {
            assert!(exact || wanted.contains_key(port) || new.get(port) == Some(settings), "{port} lost: {}", about());
        }
        for (port, settings) in &wanted {
            let declared = &settings[0];
            let there = new.get(port).map(|settings| &settings[0]);
            if declared.is_null() {
                assert_eq!(there, None, "{port} stays: {after} {}", about());
                continue;
            }
            let there = there.unwrap_or(&Value::Null);
            for (name, value) in declared.as_object().unwrap() {
                assert_eq!(there.get(name).unwrap_or(&Value::Null), value, "{port}.{name}: {after} {}", about());
            }
            let kept = old.get(port).and_then(|settings| settings[0].as_object()).into_iter().flatten();
            for (name, value) in kept.filter(|(name, _)| !exact && declared.get(name).is_none()) {
                assert_eq!(there.get(name), Some(value), "{port}.{name} lost: {after} {}", about());
            }
        }
        let changed: BTreeSet<&String> = plan.changes.iter().map(|change| &change.port).collect();
        let differing: BTreeSet<&String> =
            old.keys().chain(new.keys()).filter(|port| old.get(*port) != new.get(*port)).collect();
        assert_eq!(changed, differing, "the reported changes: {}", about());
        assert_eq!(planned(&after, &declared, exact), Ok(PortPlan::default()), "the second run: {after} {}", about());
    }
}
