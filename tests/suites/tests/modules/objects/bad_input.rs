//! Bad input: one clear sentence that names the option, and nothing written.

use super::situation::Situation;
use serde_json::{Value, json};

fn file(name: &str, text: &str) -> (tempfile::TempDir, Value) {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join(name);
    std::fs::write(&path, text).unwrap();
    let path = json!(path);
    (place, path)
}

#[test]
fn one_object_asked_for_wrongly_is_told_by_the_option() {
    let situation = Situation::new();
    let (_a, list) = file("x.json", r#"[{"name": "a"}]"#);
    let (_b, aliases) = file("x.yml", "name: &n a\nnotes: *n\n");
    let deep = "[".repeat(2_000_000);
    let (_c, nested) = file("deep.yml", &deep);
    let (_d, table) = file("x.csv", "name\na\n");
    for (options, words) in [
        (json!({"type": "sites", "object": {"name": "a"}, "src": "/x"}), "src: it excludes object"),
        (json!({"type": "sites"}), "object: it is needed, or src"),
        (json!({"type": "sites", "src": "/nonexistent"}), "src: '/nonexistent' cannot be read"),
        (json!({"type": "sites", "src": "/dev/zero"}), "src: '/dev/zero' is no regular file"),
        (json!({"type": "sites", "src": list}), "x.json': it holds a list, and one object is due"),
        (json!({"type": "sites", "src": aliases}), "x.yml': line 1: YAML anchors are not taken"),
        (json!({"type": "sites", "src": nested}), "deep.yml': "),
        (json!({"type": "sites", "src": table}), "x.csv': a CSV file has many objects"),
        (json!({"type": "sites", "object": {"notes": "a"}}), "object: 'name' is not declared"),
        (json!({"type": "sites", "match": ["notes"], "object": {"name": "a"}}), "match: 'notes' is not declared"),
        (
            json!({"type": "sites", "match": ["id"], "object": {"name": "a", "id": situation.site_id}}),
            "match: ids are the cloud's, and none can be declared; to rename one object, give its id in the option id",
        ),
        (
            json!({"type": "rftemplates", "site_id": situation.site_id, "object": {"name": "a"}}),
            "site_id: rftemplates are of an organisation",
        ),
        (json!({"type": "site", "object": {"name": "a"}}), "type: there is no kind 'site'; close to it: 'sites'"),
        (json!({"object": {"name": "a"}}), "type: it is needed"),
        (json!({"path": "orgs/{org_id}/x", "object": {"name": "a"}}), "match: it is needed with path"),
        (json!({"type": "sites", "exact": ["name"], "object": {"name": "a"}}), "exact: 'name' is no dictionary"),
        (json!({"type": "sites", "exact": ["vars"], "object": {"name": "a"}}), "exact: 'vars' is not declared"),
        (json!({"type": "setting", "object": {"a": 1}, "state": "absent"}), "state: setting cannot be absent"),
        (json!({"type": "setting", "object": {"a": 1}, "id": "x"}), "id: there is one setting"),
        (json!({"type": "sites", "id": "", "object": {"name": "a"}}), "id: it is empty"),
        (json!({"type": "zones", "object": {"name": "a"}}), "type: zones are of a site"),
        (json!({"type": "zones", "site": "Nowhere", "object": {"name": "a"}}), "Nowhere"),
        (json!({"type": "sites", "org_id": "", "object": {"name": "a"}}), "org_id: "),
        (
            json!({"type": "setting", "site": "", "object": {"vars": {}}}),
            "site: given but empty. Check the variable in it: without the option, the organization's setting",
        ),
        (json!({"type": "wlans", "site_id": "", "object": {"ssid": "a"}}), "the organization's wlans would be used"),
        (json!({"type": "zones", "site": "", "object": {"name": "a"}}), "site: given but empty"),
        (
            json!({"path": "sites/{site_id}/x", "site": "", "match": ["name"], "object": {"name": "a"}}),
            "site: given but empty. Check the variable in it",
        ),
        (
            json!({"type": "otherdevices", "object": {"mac": "5c5b350000aa"}}),
            "object: there is none, and otherdevices are not created",
        ),
    ] {
        let msg = situation.object(options.clone()).refused();
        assert!(msg.contains(words) && msg.lines().count() == 1 && msg.len() < 400, "{options}: {msg}");
    }
}

#[test]
fn a_set_asked_for_wrongly_is_told_by_the_option() {
    let situation = Situation::new();
    let (_a, equal) = file("x.csv", "name,notes,notes\na,b,c\n");
    let (_b, long) = file("y.csv", "name\na,b\n");
    let (_d, short) = file("s.csv", "name,notes\na,b\nc\n");
    let (_c, one) = file("z.json", r#"{"name": "a"}"#);
    for (options, words) in [
        (json!({"objects": [], "src": "/x"}), "src: it excludes objects"),
        (json!({}), "objects: it is needed, or src"),
        (json!({"src": equal}), "x.csv': two columns are named 'notes'"),
        (json!({"src": long}), "y.csv': line 2 has 2 cells, and the first line has 1 column"),
        (json!({"src": short}), "s.csv': line 3 has 1 cell, and the first line has 2 columns"),
        (json!({"src": one}), "z.json': it holds one value"),
        (
            json!({"objects": [{"name": "a"}, {"name": "b"}, {"name": "a"}]}),
            "objects: item 1 and item 3 are the same object, 'a'",
        ),
        (json!({"objects": [{"name": "a"}, {"notes": "b"}]}), "objects: item 2: 'name' is not declared"),
        (
            json!({"objects": [{"name": "a", "id": situation.site_id}], "match": ["id"]}),
            "match: ids are the cloud's, and none can be declared; to rename one object, use mist_object with id",
        ),
        (json!({"objects": [], "purge": true}), "purge: no object is declared"),
        (json!({"objects": [], "keep": ["x"]}), "keep: it says what purge: true spares"),
        (json!({"objects": [{"name": "a", "vars": 1}], "exact": ["vars"]}), "exact: item 1: 'vars' is no dictionary"),
        (json!({"objects": [{"name": "a"}], "exact": ["vars"]}), "exact: 'vars' is declared by no object"),
        (json!({"type": "setting", "objects": []}), "type: there is one setting"),
        (
            json!({"objects": [{"name": "a", "rftemplate": "x"}, {"name": "b", "sitegroups": ["y"]}]}),
            "objects: item 1: rftemplate: there is none",
        ),
    ] {
        let mut all = json!({"type": "sites"});
        all.as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
        let msg = situation.objects(all).refused();
        assert!(msg.contains(words) && msg.lines().count() == 1, "{options}: {msg}");
    }
    assert_eq!(situation.sites().len(), 5);
}

#[test]
fn what_there_is_asked_for_wrongly_is_told_by_the_option() {
    let situation = Situation::new();
    for (options, words) in [
        (json!({"type": "sites", "include_secrets": true}), "include_secrets: it is for as_declared"),
        (json!({"type": "sites", "id": " "}), "id: it is empty"),
        (json!({"path": "../self"}), "path: '../self' is not the path of a collection"),
    ] {
        let msg = situation.info(options).refused();
        assert!(msg.starts_with(words), "{msg}");
    }
}
