//! Typos in declarations: misspelled fields, names in place of ids, names that do not exist.

use super::situation::Situation;
use mist_modules::common::messages::EARLIER_TASK as EARLIER;
use serde_json::json;

#[test]
fn a_field_that_may_be_misspelt_is_told_in_check_mode_too_and_sent_as_it_is() {
    let situation = Situation::new();
    let words = "rf_template: not a field of sites in the API document. Similar: rftemplate. It is sent as declared.";
    let task = json!({"type": "sites", "object": {"name": "a", "rf_template": "Office", "brand_new": 1}});
    let new = "brand_new: not a field of sites in the API document. It is sent as declared.";
    assert_eq!(situation.object_predicted(task.clone()).changes(true).warnings, [new, words]);
    assert_eq!(situation.object(task).changes(true).warnings, [new, words]);
    assert_eq!(situation.sent("POST"), [json!({"name": "a", "rf_template": "Office", "brand_new": 1})]);
    let absent = json!({"type": "sites", "object": {"name": "a", "rf_template": "Office"}, "state": "absent"});
    assert!(situation.object(absent).changes(true).warnings.is_empty());
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("sites.csv");
    std::fs::write(&path, "name,rftemplat,sitegroup\na,x,y\nb,x,y\n").unwrap();
    let set = situation.objects(json!({"type": "sites", "src": path})).changes(true);
    assert_eq!(set.warnings.len(), 2, "each once: {:?}", set.warnings);
    assert!(set.warnings[0].starts_with("rftemplat: not a field of sites"), "{:?}", set.warnings);
    assert!(set.warnings[1].contains("Similar: sitegroups, sitegroup_ids"), "{:?}", set.warnings);
    let there = situation.info(json!({"type": "sites", "where": {"country": "DE", "latlng.lat": 1}})).ok();
    let words = "where: country: not a field of sites in the API document. Similar: country_code.";
    assert_eq!((there.results["count"].as_u64(), there.warnings), (Some(0), vec![words.to_owned()]));
    let words_of_path =
        "rf_template: not a field of sites in the API document. Similar: rftemplate. It is sent as declared.";
    let path = json!({"path": "orgs/{org_id}/sites", "match": ["name"], "object": {"name": "c", "rf_template": "x"}});
    assert_eq!(situation.object(path).changes(true).warnings, [words_of_path]);
    let path =
        json!({"path": "orgs/{org_id}/newthings", "match": ["name"], "object": {"name": "c", "rf_template": "x"}});
    assert!(situation.object(path).changes(true).warnings.is_empty(), "the document does not have the path");
}

#[test]
fn a_name_where_an_id_is_due_is_refused_with_the_field_that_takes_it() {
    let situation = Situation::new();
    situation.cloud.seed(&situation.org("rftemplates"), json!({"name": "Office"}));
    let object = json!({"name": "a", "rftemplate_id": "Office", "sitegroup_ids": ["East"]});
    let words = "rftemplate_id: 'Office' is not a UUID. rftemplate accepts names. \
                 sitegroup_ids: 'East' is not a UUID. sitegroups accepts names.";
    let predicted = situation.object_predicted(json!({"type": "sites", "object": object}));
    assert_eq!(predicted.refused(), format!("object: {words}"), "nothing that an earlier task could make");
    assert_eq!(situation.declare("sites", object.clone()).refused(), format!("object: {words}"));
    let set = json!({"type": "sites", "objects": [object, {"name": "b"}, {"name": "c", "rftemplate_id": "Office"}]});
    let msg = situation.objects(set).refused();
    assert!(msg.starts_with("objects: item 1 and 1 more: rftemplate_id: 'Office' is not a UUID"), "{msg}");
    situation.declare("sites", json!({"name": "a", "rftemplate_id": "{{rf}}"})).changes(true);
    let doubtful = situation.declare("wlans", json!({"ssid": "w", "mxtunnel_ids": ["x"]})).changes(true);
    assert_eq!(
        doubtful.warnings,
        ["mxtunnel_ids: 'x' is not a UUID. mxtunnels accepts names. It is sent as declared."]
    );
}

#[test]
fn every_missing_name_is_told_and_that_an_earlier_task_may_make_it() {
    let situation = Situation::new();
    let object = json!({"name": "a", "rftemplate": "Office", "sitegroups": ["East", "West"]});
    let told = "rftemplate: no rftemplate named 'Office' exists. None exists. \
                sitegroups: no sitegroup named 'East' exists. Existing: 'Group 1', 'Group 2'. \
                sitegroups: no sitegroup named 'West' exists. Existing: 'Group 1', 'Group 2'.";
    let task = json!({"type": "sites", "object": object});
    assert_eq!(situation.object(task.clone()).refused(), format!("object: {told}"));
    assert_eq!(situation.object_predicted(task).refused(), format!("object: {told} {EARLIER}"));
    let objects: Vec<_> = (1..=10)
        .map(|number| json!({"name": format!("b{number}"), "rftemplate": "Office", "sitegroups": [format!("G{number}")]}))
        .collect();
    let task = json!({"type": "sites", "objects": objects});
    let msg = situation.objects(task.clone()).refused();
    assert!(msg.starts_with("objects: item 1 and 9 more: rftemplate: no rftemplate"), "{msg}");
    assert!(msg.contains(" item 4: sitegroups: ") && msg.ends_with(" and 6 more"), "{msg}");
    assert_eq!(situation.objects_predicted(task).refused(), format!("{msg}. {EARLIER}"));
}

#[test]
fn a_site_that_an_earlier_task_would_make_is_told_so_in_check_mode() {
    let situation = Situation::new();
    let words = "site: no site named 'Berlin' is visible to these credentials.";
    let one = json!({"type": "setting", "site": "Berlin", "object": {"vars": {}}});
    let set = json!({"type": "wlans", "site": "Berlin", "objects": []});
    for (real, predicted) in [
        (situation.object(one.clone()), situation.object_predicted(one)),
        (situation.objects(set.clone()), situation.objects_predicted(set)),
    ] {
        let real = real.refused();
        assert!(real.starts_with(words), "{real}");
        assert_eq!(predicted.refused(), format!("{real} {EARLIER}"));
    }
}
