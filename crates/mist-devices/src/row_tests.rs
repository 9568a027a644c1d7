use super::*;
use serde_json::json;

fn read(given: Value) -> Result<Vec<Row>, Vec<Numbered>> {
    let given: Vec<Fields> = given.as_array().unwrap().iter().map(|row| row.as_object().cloned().unwrap()).collect();
    rows(&given)
}

#[test]
fn a_row_is_identified_in_any_notation() {
    for (row, mac, code, title) in [
        (json!({"mac": "5C:5B:35:00:00:0A"}), Some("5c5b3500000a"), None, "5c5b3500000a"),
        (json!({"mac": "5c5b.3500.000a", "name": "ap"}), Some("5c5b3500000a"), None, "ap"),
        (json!({"mac": 112_233_445_566_u64}), Some("112233445566"), None, "112233445566"),
        (json!({"claim_code": "6jg8e-ptfv2-a9z2n"}), None, Some("6JG8EPTFV2A9Z2N"), "6JG8E…"),
        (json!({"switch": "5c-5b-35-00-00-0a"}), Some("5c5b3500000a"), None, "5c5b3500000a"),
        (json!({"serial": " FXLH "}), None, None, "FXLH"),
        (json!({"name": "sw-1"}), None, None, "sw-1"),
    ] {
        let rows = read(json!([row])).unwrap();
        assert_eq!((rows[0].identity.mac.as_deref(), rows[0].identity.claim_code.as_deref()), (mac, code), "{row}");
        assert_eq!(rows[0].title(), title);
    }
    let named = read(json!([{"name": "a"}, {"mac": "5c5b35000001", "name": "b"}])).unwrap();
    assert_eq!((named[0].identity.name.as_deref(), named[0].name.as_deref()), (Some("a"), None));
    assert_eq!((named[1].identity.name.as_deref(), named[1].name.as_deref()), (None, Some("b")));
}

#[test]
fn wrong_rows_are_refused_with_their_numbers() {
    let wrong_type = |field: &str, needed| RowError::Type { field: field.to_owned(), needed };
    for (row, error) in [
        (json!({"site": "A"}), RowError::NoIdentity),
        (json!({"mac": "", "name": " "}), RowError::NoIdentity),
        (json!({"mac": "5c5b35"}), RowError::Mac { field: "mac", value: "5c5b35".into() }),
        (json!({"mac": "zz5b35000001"}), RowError::Mac { field: "mac", value: "zz5b35000001".into() }),
        (json!({"mac": ["5c5b35000001"]}), wrong_type("mac", "text")),
        (json!({"mac": "5c5b35000001", "replace": "x"}), RowError::Mac { field: "replace", value: "x".into() }),
        (json!({"claim_code": "ABCDE_SECRETREST"}), RowError::ClaimCode { start: "ABCDE…".into() }),
        (json!({"name": "a", "site": "A", "site_id": "B"}), RowError::Both { field: "site", other: "site_id" }),
        (json!({"name": "a", "ports": {}, "port_config": {}}), RowError::Both { field: "port_config", other: "ports" }),
        (json!({"name": "a", "ports": "ge-0/0/0"}), wrong_type("ports", "a dictionary")),
        (json!({"name": "a", "reassign": "maybe"}), wrong_type("reassign", "a boolean")),
        (
            json!({"name": "a", "state": "gone"}),
            RowError::Choice { field: "state", value: "gone".into(), choices: "present, absent" },
        ),
        (json!({"name": "a", "site": "", "notes": "x"}), RowError::WithoutSite { field: "notes".into() }),
        (
            json!({"mac": "5c5b35000001", "state": "absent", "replace": "5c5b35000002"}),
            RowError::Both { field: "replace", other: "state: absent" },
        ),
        (
            json!({"name": "a", "ports": {"ge-0/0/1": "voip"}}),
            RowError::Port(PortError::NotADictionary { port: "ge-0/0/1".into() }),
        ),
    ] {
        assert_eq!(read(json!([{"name": "first"}, row])), Err(vec![(2, error)]), "{row}");
    }
}

#[test]
fn an_empty_site_unassigns_and_an_absent_one_is_not_declared() {
    let rows = read(json!([
        {"name": "a", "site": ""}, {"name": "b", "site": null}, {"name": "c"}, {"name": "d", "site": " East "},
        {"name": "e", "site": "__omit_place_holder__1"}
    ]))
    .unwrap();
    let sites: Vec<Option<Option<&str>>> =
        rows.iter().map(|row| row.site.as_ref().map(|site| site.as_deref())).collect();
    assert_eq!(sites, [Some(None), Some(None), None, Some(Some("East")), None]);
}

#[test]
fn rows_of_one_port_are_joined_by_device() {
    let rows = read(json!([
        {"switch": "sw-1", "port": "ge-0/0/1", "usage": "voip", "description": "desk"},
        {"switch": "sw-2", "port": "ge-0/0/1", "usage": "ap"},
        {"switch": "sw-1", "port": "ge-0/0/2-3", "usage": "ap", "site": "East", "networks": "a,b"},
        {"switch": "sw-1", "port": "ge-0/0/9", "paint": "red", "role": "access"}
    ]))
    .unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0].numbers, [1, 3, 4]);
    assert_eq!(
        json!(rows[0].port_fields),
        json!({"ge-0/0/1": {"usage": "voip", "description": "desk"}, "ge-0/0/2-3": {"usage": "ap", "networks": "a,b"},
               "ge-0/0/9": {"paint": "red"}})
    );
    assert_eq!((rows[0].site.clone(), json!(rows[0].config)), (Some(Some("East".into())), json!({"role": "access"})));
}

#[test]
fn rows_of_one_device_do_not_contradict() {
    let port = |port: &str, more: Value| {
        let mut row = json!({"name": "sw", "port": port});
        row.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        row
    };
    for (rows, error) in [
        (
            json!([port("ge-0/0/1", json!({"usage": "a"})), port("ge-0/0/1", json!({"usage": "b"}))]),
            RowError::Contradiction { first: 1, field: "ports.ge-0/0/1".into() },
        ),
        (
            json!([port("ge-0/0/1", json!({"site": "A"})), port("ge-0/0/2", json!({"site": "B"}))]),
            RowError::Contradiction { first: 1, field: "site".into() },
        ),
        (json!([{"mac": "5c5b35000001"}, {"mac": "5C-5B-35-00-00-01"}]), RowError::SameDevice { first: 1 }),
    ] {
        assert_eq!(read(rows.clone()), Err(vec![(2, error)]), "{rows}");
    }
    let equal = json!([port("ge-0/0/1", json!({"usage": "a"})), port("ge-0/0/1", json!({"usage": "a"}))]);
    assert_eq!(read(equal).unwrap()[0].numbers, [1, 2]);
}

#[test]
fn a_mac_address_has_any_separators() {
    for text in ["5c5b35000001", "5C:5B:35:00:00:01", "5c5b.3500.0001", " 5c-5b-35-00-00-01 "] {
        assert_eq!(mac_address(text).as_deref(), Some("5c5b35000001"));
    }
    assert!(["", "5c5b3500000", "5c5b3500000g", "lobby"].iter().all(|text| mac_address(text).is_none()));
}
