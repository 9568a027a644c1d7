//! Names in place of ids where no field ends in `_id`, in diffs, and ids without a name in exports.

use super::situation::{Situation, both};
use serde_json::{Value, json};

const UNKNOWN: &str = "2818e386-8dec-2562-9ede-5b8a0fbbdc7f";

fn id(number: u8) -> String {
    format!("2818e386-8dec-2562-9ede-5b8a0fbbdc{number:02}")
}

fn seed(situation: &Situation, word: &str, named: &[(&str, u8)]) {
    for (name, number) in named {
        situation.cloud.seed(&situation.org(word), json!({"id": id(*number), "name": name}));
    }
}

fn stored(situation: &Situation, word: &str) -> Value {
    situation.cloud.objects(&situation.org(word)).pop().unwrap()
}

fn exported(situation: &Situation, options: Value) -> (Value, Value) {
    let mut options = options;
    options["as_declared"] = json!(true);
    let read = situation.info(options).ok();
    (read.results["objects"][0].clone(), read.results["unresolved"].clone())
}

#[test]
fn tags_of_rules_are_declared_by_name() {
    for situation in both() {
        seed(&situation, "nactags", &[("VLAN10", 1), ("Employees", 2), ("Guests", 3)]);
        let rule = |apply: &str| {
            json!({"name": "r", "action": "allow", "apply_tags": [apply], "matching": {"nactags": ["Employees", id(3)]},
                "not_matching": {"nactags": ["Guests"]}})
        };
        situation.declare("nacrules", rule("VLAN10")).changes(true);
        let kept = stored(&situation, "nacrules");
        assert_eq!(kept["apply_tags"], json!([id(1)]));
        assert_eq!(
            (&kept["matching"]["nactags"], &kept["not_matching"]["nactags"]),
            (&json!([id(2), id(3)]), &json!([id(3)]))
        );
        situation.declare("nacrules", rule("VLAN10")).changes(false);
        let (declared, unresolved) = exported(&situation, json!({"type": "nacrules"}));
        assert_eq!(
            (&declared["apply_tags"], &declared["matching"]["nactags"]),
            (&json!(["VLAN10"]), &json!(["Employees", "Guests"]))
        );
        assert_eq!(unresolved, json!([]));
        let wrong = situation.object_at_once(json!({"type": "nacrules", "object": rule("VLAN11")}));
        assert!(wrong.refused().starts_with("object: apply_tags: no nactag named 'VLAN11' exists. Similar: 'VLAN10'"));
    }
    let situation = Situation::new();
    seed(&situation, "wxtags", &[("Printers", 4)]);
    let rule = json!({"order": 1, "action": "allow", "src_wxtags": ["Printers"], "dst_allow_wxtags": ["Printers"]});
    let options = json!({"path": "orgs/{org_id}/wxrules", "match": ["order"], "object": rule});
    situation.object(options).changes(true);
    let kept = stored(&situation, "wxrules");
    assert_eq!((&kept["src_wxtags"], &kept["dst_allow_wxtags"]), (&json!([id(4)]), &json!([id(4)])));
}

#[test]
fn identity_providers_are_declared_by_name() {
    for situation in both() {
        seed(&situation, "ssos", &[("Azure", 1), ("Okta", 2)]);
        let nac = |sso: &str| json!({"mist_nac": {"default_idp": sso, "idps": [{"sso": sso, "user_realms": ["x"]}]}});
        situation.declare("setting", nac("Azure")).changes(true);
        let setting = situation.cloud.object(&situation.org("setting"));
        assert_eq!(setting["mist_nac"]["default_idp_id"], json!(id(1)));
        assert_eq!(setting["mist_nac"]["idps"], json!([{"id": id(1), "user_realms": ["x"]}]));
        situation.declare("setting", nac("Azure")).changes(false);
        assert_eq!(exported(&situation, json!({"type": "setting"})).0, nac("Azure"));
        let (before, after) = situation.declare("setting", nac("Okta")).changes(true).diff.unwrap();
        assert_eq!((before, after), (nac("Azure"), nac("Okta")));
        let id_is_text = json!({"mist_nac": {"idps": [{"id": "Azure"}]}});
        assert!(
            situation.declare("setting", id_is_text).refused().contains("'Azure' is not a UUID. sso accepts names.")
        );
    }
}

#[test]
fn a_template_applies_to_the_organization_that_has_it() {
    for situation in both() {
        let org_id = situation.cloud.org_id().to_owned();
        situation.declare("templates", json!({"name": "t", "applies": {"org": "this"}})).changes(true);
        assert_eq!(stored(&situation, "templates")["applies"], json!({"org_id": org_id}));
        assert_eq!(exported(&situation, json!({"type": "templates"})).0["applies"], json!({"org": "this"}));
        let again = situation.declare("templates", json!({"name": "t", "applies": {"org": "this"}})).changes(false);
        assert_eq!(again.methods(), "GET", "`this` costs no request");
        let by_name = json!({"name": "t", "applies": {"org": "Org 1"}});
        situation.declare("templates", by_name).changes(false);
        let msg = situation.declare("templates", json!({"name": "t", "applies": {"org": "other"}})).refused();
        assert!(msg.starts_with("object: org: no org named 'other' exists."), "{msg}");
        let msg = situation.declare("templates", json!({"name": "t", "applies": {"org_id": "acme"}})).refused();
        assert!(msg.contains("'acme' is not a UUID. org accepts names."), "{msg}");
    }
}

#[test]
fn diffs_have_names_where_names_were_declared() {
    let situation = Situation::new();
    seed(&situation, "rftemplates", &[("Branch", 1), ("Office", 2)]);
    seed(&situation, "sitegroups", &[("East", 3), ("West", 4)]);
    let site = |template: &str, groups: Value| json!({"name": "Site 1", "rftemplate": template, "sitegroups": groups});
    situation.declare("sites", site("Branch", json!(["East"]))).changes(true);
    let ran = situation.declare("sites", site("Office", json!(["East", "West"]))).changes(true);
    assert_eq!(
        ran.diff.unwrap(),
        (
            json!({"rftemplate": "Branch", "sitegroups": ["East"]}),
            json!({"rftemplate": "Office", "sitegroups": ["East", "West"]})
        )
    );
    let task = json!({"type": "sites", "objects": [site("Branch", json!(["West"])), {"name": "Site 2", "rftemplate_id": id(1)}]});
    let (before, after) = situation.objects(task).changes(true).diff.unwrap();
    assert_eq!((&before["Site 1"]["rftemplate"], &after["Site 1"]["rftemplate"]), (&json!("Office"), &json!("Branch")));
    assert_eq!(after["Site 2"], json!({"rftemplate_id": id(1)}), "an id was declared");
}

#[test]
fn ids_without_a_name_are_listed_in_an_export() {
    let situation = Situation::new();
    seed(&situation, "sitegroups", &[("Twin", 1), ("Twin", 2)]);
    let site = json!({"name": "Odd", "rftemplate_id": UNKNOWN, "sitegroup_ids": [id(1)], "tzoffset": 60});
    situation.cloud.seed(&situation.org("sites"), site);
    let (declared, unresolved) = exported(&situation, json!({"type": "sites", "where": {"name": "Odd"}}));
    assert_eq!(unresolved, json!([format!("Odd: rftemplate_id {UNKNOWN}"), format!("Odd: sitegroup_ids {}", id(1))]));
    assert_eq!(declared["rftemplate_id"], json!(UNKNOWN));
    assert_eq!(declared.get("tzoffset"), None, "the cloud derives it");
}
