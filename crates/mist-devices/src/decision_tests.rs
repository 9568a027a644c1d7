use super::*;
use serde_json::{Value, json};

const EAST: &str = "00000000-0000-0000-0000-00000000000e";
const WEST: &str = "00000000-0000-0000-0000-00000000000f";

fn world() -> World {
    let device = |fields: Value| Device::of(fields.as_object().unwrap()).unwrap();
    World {
        inventory: Inventory::new(vec![
            device(
                json!({"mac": "5c5b35000001", "type": "ap", "name": "ap-1", "site_id": EAST, "deviceprofile_id": "p1"}),
            ),
            device(json!({"mac": "5c5b35000002", "type": "ap"})),
            device(json!({"mac": "5c5b35000003", "type": "switch", "name": "sw", "site_id": EAST})),
            device(json!({"mac": "5c5b35000004", "type": "switch"})),
            device(
                json!({"mac": "5c5b35000005", "type": "switch", "site_id": WEST, "name": "vc", "vc_mac": "5c5b35000005"}),
            ),
            device(json!({"mac": "5c5b35000006", "type": "switch", "site_id": WEST, "vc_mac": "5c5b35000005"})),
        ]),
        sites: Some(vec![
            ("East".into(), EAST.into()),
            ("West".into(), WEST.into()),
            ("Twin".into(), "a".into()),
            ("Twin".into(), "b".into()),
        ]),
        profiles: [("p1", "Lobby", "ap"), ("p2", "Access", "switch"), ("p3", "Both", "ap"), ("p4", "Both", "switch")]
            .map(|(id, name, device_type)| Profile {
                id: id.into(),
                name: name.into(),
                device_type: device_type.into(),
            })
            .to_vec(),
    }
}

fn decided(row: Value) -> Result<Decision, DecisionError> {
    let row = crate::row::rows(&[row.as_object().cloned().unwrap()]).unwrap().remove(0);
    decide(&row, &world(), Defaults::default())
}

#[test]
fn sites_are_assigned_moved_and_left_only_with_consent() {
    let (east, west) = (EAST.to_owned(), WEST.to_owned());
    let moving = || Err(DecisionError::MoveWithoutReassign { from: "East".into(), to: "West".into() });
    for (row, expected) in [
        (json!({"mac": "5c5b35000001", "site": "East"}), Ok(SiteChange::Nothing)),
        (json!({"mac": "5c5b35000001", "site": EAST.to_uppercase()}), Ok(SiteChange::Nothing)),
        (json!({"mac": "5c5b35000001"}), Ok(SiteChange::Nothing)),
        (json!({"mac": "5c5b35000002", "site": ""}), Ok(SiteChange::Nothing)),
        (json!({"mac": "5c5b35000002", "site": "East"}), Ok(SiteChange::Assign { to: east.clone() })),
        (json!({"mac": "5c5b35000001", "site": "West"}), moving()),
        (json!({"mac": "5c5b35000001", "site": "West", "reassign": false}), moving()),
        (
            json!({"mac": "5c5b35000001", "site_id": WEST, "reassign": true}),
            Ok(SiteChange::Move { from: east.clone(), to: west.clone() }),
        ),
        (
            json!({"mac": "5c5b35000001", "site": ""}),
            Err(DecisionError::UnassignWithoutReassign { from: "East".into() }),
        ),
        (json!({"mac": "5c5b35000001", "site": "", "reassign": true}), Ok(SiteChange::Unassign { from: east.clone() })),
        (json!({"mac": "5c5b35000006", "site": "West"}), Ok(SiteChange::Nothing)),
        (json!({"claim_code": "NEW", "site": "East"}), Ok(SiteChange::Assign { to: east.clone() })),
        (
            json!({"mac": "5c5b35000002", "site": "Twin"}),
            Err(DecisionError::SeveralSites { name: "Twin".into(), ids: vec!["a".into(), "b".into()] }),
        ),
    ] {
        assert_eq!(decided(row.clone()).map(|decision| decision.site), expected, "{row}");
    }
    for name in ["Est", "00000000-0000-0000-0000-0000000000aa"] {
        let error = decided(json!({"mac": "5c5b35000002", "site": name})).unwrap_err();
        assert!(matches!(&error, DecisionError::NoSite { name: missing, .. } if missing == name), "{error:?}");
    }
}

#[test]
fn configuration_needs_a_site() {
    for (row, field) in [
        (json!({"mac": "5c5b35000002", "name": "new"}), "name"),
        (json!({"mac": "5c5b35000002", "notes": "x"}), "notes"),
        (json!({"mac": "5c5b35000004", "ports": {"ge-0/0/1": {"usage": "ap"}}}), "ports"),
        (json!({"claim_code": "NEW", "map": "Floor"}), "map"),
    ] {
        assert_eq!(decided(row.clone()), Err(DecisionError::WithoutSite { field: field.into() }), "{row}");
    }
    assert!(decided(json!({"mac": "5c5b35000002", "deviceprofile": "Lobby"})).is_ok(), "a profile needs none");
}

#[test]
fn a_profile_is_found_by_name_and_type() {
    let change = |from: Option<&str>, to: Option<&str>| {
        Ok(Some(ProfileChange { from: from.map(str::to_owned), to: to.map(str::to_owned) }))
    };
    for (row, expected) in [
        (json!({"mac": "5c5b35000001", "deviceprofile": "Lobby"}), Ok(None)),
        (json!({"mac": "5c5b35000001", "deviceprofile": "p1"}), Ok(None)),
        (json!({"mac": "5c5b35000001", "deviceprofile": "Both"}), change(Some("p1"), Some("p3"))),
        (json!({"mac": "5c5b35000003", "deviceprofile": "Both"}), change(None, Some("p4"))),
        (json!({"mac": "5c5b35000001", "deviceprofile": ""}), change(Some("p1"), None)),
        (json!({"mac": "5c5b35000002", "deviceprofile": ""}), Ok(None)),
        (
            json!({"mac": "5c5b35000001", "deviceprofile": "Access"}),
            Err(DecisionError::ProfileType {
                name: "Access".into(),
                profile_type: "switch".into(),
                device_type: "ap".into(),
            }),
        ),
    ] {
        assert_eq!(decided(row.clone()).map(|decision| decision.profile), expected, "{row}");
    }
    let missing = decided(json!({"mac": "5c5b35000001", "deviceprofile": "Loby"})).unwrap_err();
    assert!(matches!(missing, DecisionError::NoProfile { .. }), "{missing:?}");
}

#[test]
fn a_replacement_is_done_once() {
    let replacement = |row: Value| decided(row).map(|decision| decision.replacement);
    let (old, new) = ("5c5b35000003", "5c5b35000004");
    assert_eq!(
        replacement(json!({"mac": new, "replace": old, "site": "East", "name": "sw"})),
        Ok(Some(Replacement { old: old.into(), site_id: EAST.into() }))
    );
    assert!(replacement(json!({"claim_code": "NEW", "replace": old})).unwrap().is_some());
    for (row, expected) in [
        (json!({"mac": old, "replace": new}), Ok(None)),
        (json!({"mac": old, "replace": "5c5b350000ff"}), Ok(None)),
        (
            json!({"mac": new, "replace": "5c5b350000ff"}),
            Err(DecisionError::NothingToReplace { old: "5c5b350000ff".into() }),
        ),
        (json!({"mac": "5c5b35000005", "replace": old}), Err(DecisionError::ReplacementAssigned { old: old.into() })),
        (
            json!({"mac": new, "replace": old, "site": "West"}),
            Err(DecisionError::ReplacementSite { old: old.into(), site: "East".into() }),
        ),
        (
            json!({"mac": new, "replace": "5c5b35000001"}),
            Err(DecisionError::ReplacementType {
                old: "5c5b35000001".into(),
                old_type: "ap".into(),
                new_type: "switch".into(),
            }),
        ),
    ] {
        assert_eq!(replacement(row.clone()), expected, "{row}");
    }
}

#[test]
fn releases_and_names_change_only_what_differs() {
    let decision = decided(json!({"mac": "5c5b35000001", "state": "absent"})).unwrap();
    assert!(decision.release);
    assert_eq!(decided(json!({"mac": "5c5b350000ff", "state": "absent"})), Ok(Decision::default()));
    assert_eq!(decided(json!({"claim_code": "NEW", "state": "absent"})).unwrap().claim, None);
    let rename = |row: Value| decided(row).unwrap().rename;
    assert_eq!(rename(json!({"mac": "5c5b35000001", "name": "ap-1"})), None);
    assert_eq!(rename(json!({"mac": "5c5b35000001", "name": "ap-2"})), Some("ap-2".into()));
    assert_eq!(rename(json!({"mac": "5c5b35000006", "name": "vc"})), None, "a member has the name of its chassis");
    let error = decided(json!({"mac": "5c5b35000001", "ports": {"eth0": {}}}));
    assert_eq!(error, Err(DecisionError::PortsOfType { device_type: "ap".into() }));
}

#[test]
fn two_rows_of_one_device_are_found_whatever_identifies_it() {
    let check = |rows: Value| {
        let given: Vec<_> = rows.as_array().unwrap().iter().map(|row| row.as_object().cloned().unwrap()).collect();
        let rows = crate::row::rows(&given).unwrap();
        let world = world();
        let decisions: Vec<_> = rows.iter().map(|row| decide(row, &world, Defaults::default()).ok()).collect();
        same_devices(&rows, &decisions)
    };
    assert_eq!(
        check(json!([{"mac": "5c5b35000001"}, {"name": "ap-1"}])),
        [(1, DecisionError::SameDevice { first: 1 })]
    );
    assert_eq!(check(json!([{"mac": "5c5b35000005", "notes": "x"}, {"mac": "5c5b35000006", "site": "West"}])), []);
    assert_eq!(
        check(json!([{"mac": "5c5b35000005", "notes": "x"}, {"mac": "5c5b35000006", "notes": "y"}])),
        [(1, DecisionError::SameChassis { first: 1 })]
    );
}
