//! Bad input: the error names the option, and nothing is written.

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
fn bad_options_of_one_object_are_refused() {
    let situation = Situation::new();
    let (_a, list) = file("x.json", r#"[{"name": "a"}]"#);
    let (_b, aliases) = file("x.yml", "name: &n a\nnotes: *n\n");
    let deep = "[".repeat(2_000_000);
    let (_c, nested) = file("deep.yml", &deep);
    let (_d, table) = file("x.csv", "name\na\n");
    for (options, words) in [
        (json!({"type": "sites", "object": {"name": "a"}, "src": "/x"}), "src: mutually exclusive with object."),
        (json!({"type": "sites"}), "object or src is required."),
        (
            json!({"type": "sites", "src": "/nonexistent"}),
            "src: '/nonexistent': cannot be read: No such file or directory.",
        ),
        (json!({"type": "sites", "src": "/dev/zero"}), "src: '/dev/zero': is not a regular file."),
        (json!({"type": "sites", "src": list}), "x.json': has a list, but one object is needed"),
        (json!({"type": "sites", "src": aliases}), "x.yml': line 1: YAML anchors are not supported"),
        (json!({"type": "sites", "src": nested}), "deep.yml': "),
        (json!({"type": "sites", "src": table}), "x.csv': is a CSV file of many objects"),
        (
            json!({"type": "sites", "object": {"notes": "a"}}),
            "object: 'name' is required, because it identifies the object.",
        ),
        (
            json!({"type": "sites", "match": ["notes"], "object": {"name": "a"}}),
            "object: 'notes' is required, because it identifies the object.",
        ),
        (
            json!({"type": "sites", "match": ["id"], "object": {"name": "a", "id": situation.site_id}}),
            "match: only the cloud sets ids. Set id to rename an object.",
        ),
        (
            json!({"type": "rftemplates", "site_id": situation.site_id, "object": {"name": "a"}}),
            "site_id: rftemplates belong to an organization, not to a site.",
        ),
        (json!({"type": "site", "object": {"name": "a"}}), "type: no type 'site' exists. Similar: 'sites'"),
        (json!({"object": {"name": "a"}}), "type or path is required, for example type: sites"),
        (json!({"path": "orgs/{org_id}/x", "object": {"name": "a"}}), "match: required if path is set."),
        (json!({"type": "sites", "exact": ["name"], "object": {"name": "a"}}), "exact: 'name' is not a dictionary."),
        (json!({"type": "sites", "exact": ["vars"], "object": {"name": "a"}}), "exact: 'vars' is not declared"),
        (json!({"type": "setting", "object": {"a": 1}, "state": "absent"}), "state: setting cannot be deleted."),
        (
            json!({"type": "setting", "object": {"a": 1}, "id": "x"}),
            "id: not possible for setting, which is one object.",
        ),
        (json!({"type": "sites", "id": "", "object": {"name": "a"}}), "id: set but empty."),
        (
            json!({"type": "zones", "object": {"name": "a"}}),
            "type: zones belong to a site, not to an organization. Set site_id or site.",
        ),
        (json!({"type": "zones", "site": "Nowhere", "object": {"name": "a"}}), "Nowhere"),
        (json!({"type": "sites", "org_id": "", "object": {"name": "a"}}), "org_id: "),
        (
            json!({"type": "setting", "site": "", "object": {"vars": {}}}),
            "site: set but empty. Check the variable in it: without the option, the organization's setting",
        ),
        (json!({"type": "wlans", "site_id": "", "object": {"ssid": "a"}}), "the organization's wlans would be used"),
        (json!({"type": "zones", "site": "", "object": {"name": "a"}}), "site: set but empty"),
        (
            json!({"path": "sites/{site_id}/x", "site": "", "match": ["name"], "object": {"name": "a"}}),
            "site: set but empty. Check the variable in it",
        ),
        (
            json!({"type": "otherdevices", "object": {"mac": "5c5b350000aa"}}),
            "object: no such otherdevice exists, and otherdevices cannot be created.",
        ),
    ] {
        let msg = situation.object(options.clone()).refused();
        assert!(msg.contains(words) && msg.lines().count() == 1 && msg.len() < 400, "{options}: {msg}");
    }
}

#[test]
fn bad_options_of_a_set_are_refused() {
    let situation = Situation::new();
    let (_a, equal) = file("x.csv", "name,notes,notes\na,b,c\n");
    let (_b, long) = file("y.csv", "name\na,b\n");
    let (_d, short) = file("s.csv", "name,notes\na,b\nc\n");
    let (_c, one) = file("z.json", r#"{"name": "a"}"#);
    for (options, words) in [
        (json!({"objects": [], "src": "/x"}), "src: mutually exclusive with objects."),
        (json!({}), "objects or src is required."),
        (json!({"src": equal}), "x.csv': two columns are named 'notes'"),
        (json!({"src": long}), "y.csv': line 2 has 2 cells, but the first line has 1 column"),
        (json!({"src": short}), "s.csv': line 3 has 1 cell, but the first line has 2 columns"),
        (json!({"src": one}), "z.json': has one value, but a list of dictionaries is needed"),
        (
            json!({"objects": [{"name": "a"}, {"name": "b"}, {"name": "a"}]}),
            "objects: items 1 and 3 are the same object, 'a'.",
        ),
        (
            json!({"objects": [{"name": "a"}, {"notes": "b"}]}),
            "objects: item 2: 'name' is required, because it identifies the object.",
        ),
        (
            json!({"objects": [{"name": "a", "id": situation.site_id}], "match": ["id"]}),
            "match: only the cloud sets ids. Add id to the object to rename an object.",
        ),
        (json!({"objects": [], "purge": true}), "objects: no object is declared, so purge would delete every object."),
        (json!({"objects": [], "purge": true, "max_deletes": 9}), "objects: no object is declared, so purge"),
        (
            json!({"objects": [{"name": "a", "state": "absent"}], "purge": true}),
            "objects: no object is declared, so purge would delete",
        ),
        (json!({"objects": [{"name": "a", "state": "gone"}]}), "objects: item 1: no state 'gone' exists."),
        (json!({"objects": [{"name": "a", "id": null}]}), "objects: item 1: id is empty or not text."),
        (json!({"objects": [{"name": "a "}]}), "objects: item 1: name begins or ends with a blank, 'a '."),
        (json!({"objects": [{"name": "a"}], "purge": true, "keep": ["x", " "]}), "keep: a name is empty."),
        (json!({"objects": [{"name": "a"}], "purge": true, "keep": ""}), "keep: a name is empty."),
        (json!({"objects": [{"name": "a"}], "purge": true, "where": {}}), "where: set but empty."),
        (json!({"objects": [{"name": "a"}], "where": {"name": "x"}}), "where: only for purge: true."),
        (
            json!({"objects": [{"name": "a"}], "purge": true, "where": {"rftemplate": "x"}}),
            "where: rftemplate: no rftemplate named 'x' exists.",
        ),
        (json!({"objects": [{"name": "a"}], "id_field": "x"}), "id_field: a field of the objects of path."),
        (json!({"objects": [], "keep": ["x"]}), "keep: only for purge: true."),
        (
            json!({"objects": [{"name": "a", "vars": 1}], "exact": ["vars"]}),
            "exact: item 1: 'vars' is not a dictionary.",
        ),
        (json!({"objects": [{"name": "a"}], "exact": ["vars"]}), "exact: no object declares 'vars'."),
        (json!({"type": "setting", "objects": []}), "type: setting is one object. Use mist_object."),
        (
            json!({"objects": [{"name": "a", "rftemplate": "x"}, {"name": "b", "sitegroups": ["y"]}]}),
            "objects: item 1: rftemplate: no rftemplate named 'x' exists.",
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
fn bad_options_of_a_list_are_refused() {
    let situation = Situation::new();
    for (options, words) in [
        (json!({"type": "sites", "include_secrets": true}), "include_secrets: only for as_declared: true."),
        (json!({"type": "sites", "id": " "}), "id: set but empty."),
        (json!({"path": "../self"}), "path: '../self' is not the path of a collection"),
    ] {
        let msg = situation.info(options).refused();
        assert!(msg.starts_with(words), "{msg}");
    }
}
