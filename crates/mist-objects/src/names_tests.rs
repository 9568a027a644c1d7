use super::*;
use crate::table::{Level, all, kind};
use serde_json::json;

fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

fn known() -> Known {
    let pairs = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(name, id)| ((*name).to_owned(), (*id).to_owned())).collect::<Vec<_>>()
    };
    [
        ("rftemplates".to_owned(), pairs(&[("Branch", "r1"), ("Twin", "r2"), ("Twin", "r3")])),
        ("sitegroups".to_owned(), pairs(&[("East", "g1"), ("West", "g2")])),
    ]
    .into_iter()
    .collect()
}

#[test]
fn names_become_ids_and_ids_names() {
    let known = known();
    let index = Index::new(&known);
    let sites = kind(Level::Org, "sites").unwrap().schema;
    let declared = json!({"name": "x", "rftemplate": "Branch", "sitegroups": ["West", "East"], "timezone": "UTC"});
    assert_eq!(needed(sites, &object(declared.clone())).into_iter().collect::<Vec<_>>(), ["rftemplates", "sitegroups"]);
    let ids = resolved(sites, &object(declared.clone()), &index).unwrap();
    assert_eq!(
        json!(ids),
        json!({"name": "x", "rftemplate_id": "r1", "sitegroup_ids": ["g2", "g1"], "timezone": "UTC"})
    );
    assert_eq!(with_names(sites, &json!(ids), &index).0, declared);
    let unknown = json!({"rftemplate_id": "r2", "sitegroup_ids": ["g1", "unknown"]});
    assert_eq!(with_names(sites, &unknown, &index).0, unknown, "a name of two objects stays an id");
    let cleared = resolved(sites, &object(json!({"rftemplate": null, "sitegroups": []})), &index).unwrap();
    assert_eq!(json!(cleared), json!({"rftemplate_id": null, "sitegroup_ids": []}));
}

#[test]
fn each_wrong_name_is_an_error_of_its_kind() {
    let known = known();
    let index = Index::new(&known);
    let sites = kind(Level::Org, "sites").unwrap().schema;
    let error = |declared: Value| {
        let errors = resolved(sites, &object(declared), &index).unwrap_err();
        assert_eq!(errors.len(), 1, "{errors:?}");
        errors.into_iter().next().unwrap()
    };
    let missing = error(json!({"rftemplate": "Brnch"}));
    let NameError::Missing { field, word, candidates: Some(candidates), .. } = &missing else { panic!("{missing:?}") };
    assert_eq!(
        (field.as_str(), word.as_str(), &candidates.similar),
        ("rftemplate", "rftemplates", &vec!["Branch".to_owned()])
    );
    assert!(missing.is_missing());
    let NameError::Ambiguous { ids, .. } = error(json!({"rftemplate": "Twin"})) else { panic!() };
    assert_eq!(ids, ["r2", "r3"]);
    let both = error(json!({"rftemplate": "Branch", "rftemplate_id": "x"}));
    assert!(matches!(both, NameError::Both { .. }) && !both.is_missing());
    assert!(matches!(error(json!({"sitegroups": "East"})), NameError::Form { list: true, .. }));
    assert!(matches!(error(json!({"rftemplate": 7})), NameError::Form { list: false, .. }));
}

#[test]
fn every_missing_name_is_an_error_and_few_are_searched_for() {
    let known = known();
    let templates = kind(Level::Org, "templates").unwrap().schema;
    let names: Vec<String> = (0..9).map(|number| format!("Group {}", number % 8)).collect();
    let declared = json!({"applies": {"sitegroups": names, "sites": ["S"]}, "exceptions": {"sites": 7}});
    let errors = resolved(templates, &object(declared), &Index::new(&known)).unwrap_err();
    assert_eq!(errors.iter().filter(|error| error.is_missing()).count(), 9);
    let searched = |error: &&NameError| matches!(error, NameError::Missing { candidates: Some(_), .. });
    assert_eq!(errors.iter().filter(searched).count(), SEARCHES);
}

#[test]
fn a_value_that_is_not_an_id_is_returned_with_the_field_for_names() {
    const ID: &str = "53f10664-3ce8-4c27-b382-0ef66432349f";
    let invalid = |level, word, declared: Value| invalid_ids(kind(level, word).unwrap().schema, &object(declared));
    let not_an_id = |field: &str, value: &str, alias: &str| InvalidId {
        error: NameError::NotAnId { field: field.to_owned(), value: value.to_owned(), alias: Some(alias.to_owned()) },
        is_doubtful: false,
    };
    assert_eq!(
        invalid(Level::Org, "sites", json!({"rftemplate_id": "Office", "sitegroup_ids": ["East", ID, "East"]})),
        [not_an_id("rftemplate_id", "Office", "rftemplate"), not_an_id("sitegroup_ids", "East", "sitegroups")]
    );
    let deep = invalid(Level::Org, "templates", json!({"applies": {"site_ids": ["Berlin"]}}));
    assert_eq!(deep, [not_an_id("site_ids", "Berlin", "sites")]);
    assert!(invalid(Level::Org, "wlans", json!({"mxtunnel_ids": ["x"]}))[0].is_doubtful);
    for right in [json!(ID), json!(ID.to_uppercase()), json!("{{rf}}"), json!(""), json!(null), json!(7), json!({})] {
        assert_eq!(invalid(Level::Org, "sites", json!({"rftemplate_id": right, "tag_id": "x"})), [], "{right}");
    }
    for wrong in [
        "53f10664-3ce8-4c27-b382-0ef66432349",
        "53f106643ce84c27b3820ef66432349f",
        "g3f10664-3ce8-4c27-b382-0ef66432349f",
        " ",
    ] {
        assert_eq!(invalid(Level::Org, "sites", json!({"rftemplate_id": wrong})).len(), 1, "{wrong}");
    }
}

fn of(kind: &Kind, field: &str) -> Vec<String> {
    typos(kind, [field]).into_iter().flat_map(|typo| typo.close).collect()
}

#[test]
fn a_typo_has_suggestions() {
    for (scope, word, slip, meant) in [
        (Level::Org, "sites", "rf_template", "rftemplate"),
        (Level::Org, "sites", "rftemplates", "rftemplate"),
        (Level::Org, "sites", "rftemplat", "rftemplate"),
        (Level::Org, "sites", "sitegroup", "sitegroups"),
        (Level::Org, "sites", "site_groups", "sitegroups"),
        (Level::Org, "sites", "network_template_id", "networktemplate_id"),
        (Level::Org, "sites", "country", "country_code"),
        (Level::Org, "sites", "Time-Zone", "timezone"),
        (Level::Org, "sites", "adress", "address"),
        (Level::Site, "wlans", "vlan", "vlan_id"),
        (Level::Org, "wlans", "templates", "template"),
        (Level::Org, "webhooks", "topic", "topics"),
        (Level::Site, "setting", "var", "vars"),
    ] {
        let close = of(&kind(scope, word).unwrap(), slip);
        assert_eq!(close.first().map(String::as_str), Some(meant), "{slip}: {close:?}");
        assert!(close.len() <= 3);
    }
}

#[test]
fn what_the_document_knows_what_stands_for_an_id_and_what_is_new_pass_in_silence() {
    for kind in all() {
        let names: Vec<String> = kind.field_names().map(str::to_owned).collect();
        assert!(names.len() > 1, "{}: {names:?}", kind.word);
        assert!(kind.key.iter().all(|key| of(&kind, key).is_empty()), "{}", kind.word);
        for name in names.iter().filter(|name| *name != "*") {
            assert!(of(&kind, name).is_empty(), "{name} of {}", kind.word);
            let alias = kind.schema.alias(name).unwrap_or_default();
            assert!(of(&kind, &alias).is_empty(), "{alias} of {}", kind.word);
        }
    }
    let sites = kind(Level::Org, "sites").unwrap();
    for new in ["id", "-notes", "org_id", "ai_assistant", "vars2", "x", "", &"notes".repeat(20)] {
        assert!(of(&sites, new).is_empty(), "{new}: {:?}", of(&sites, new));
    }
    let unknown = Kind::unknown("orgs/{org_id}/newthings", Level::Org, vec!["name".to_owned()]);
    assert!(of(&unknown, "names").is_empty(), "a kind without a document has no typos");
}

#[test]
fn a_field_that_the_document_did_not_know_would_rarely_be_held_for_a_slip() {
    let (mut fields, mut held) = (0, 0);
    for kind in all() {
        let names: Vec<&str> = kind.field_names().collect();
        fields += names.len();
        for name in &names {
            let own = kind.schema.alias(name);
            let others = names.iter().filter(|other| *other != name && !kind.is_read_only(other));
            let aliases = names.iter().filter(|other| *other != name).filter_map(|other| kind.schema.alias(other));
            let others =
                others.map(|other| (*other).to_owned()).chain(aliases).filter(|other| Some(other) != own.as_ref());
            held += usize::from(
                !suggest::likely_typos(name, others.collect::<Vec<_>>().iter().map(String::as_str)).is_empty(),
            );
        }
    }
    assert!(fields > 1000 && held * 30 < fields, "{held} of {fields}");
}
