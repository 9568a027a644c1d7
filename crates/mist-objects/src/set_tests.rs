use super::*;
use crate::table::{Level, kind};
use serde_json::{Value, json};

fn object(value: Value) -> Fields {
    value.as_object().cloned().unwrap()
}

fn sites() -> Kind {
    kind(Level::Org, "sites").unwrap()
}

fn one(value: Value) -> Declared {
    of(&sites(), value).unwrap()
}

fn of(kind: &Kind, value: Value) -> Result<Declared, ObjectError> {
    let mut object = object(value);
    let intent = Intent::taken(kind, &mut object)?;
    Declared::new(kind, &[], object, intent)
}

fn declared(names: &[&str]) -> Vec<Declared> {
    names.iter().map(|name| one(json!({"name": name, "notes": "n"}))).collect()
}

fn found(names: &[&str]) -> Vec<Fields> {
    let of = |(number, name): (usize, &&str)| object(json!({"id": format!("{number}"), "name": name, "notes": "n"}));
    names.iter().enumerate().map(of).collect()
}

fn rules(rules: &Rules) -> SetRules<'_> {
    SetRules { rules, purge: None, allow_similar: false }
}

fn planned(declared: &[Declared], found: &[Fields]) -> SetPlan {
    plan(&sites(), declared, found, &rules(&Rules::default())).unwrap()
}

/// The names that a purge deletes.
fn purged(
    declared: &[Declared],
    found: &[Fields],
    change: impl FnOnce(&mut SetRules<'_>),
) -> (String, Option<Refused>) {
    let (own, all) = (Rules::default(), Filter::default());
    let purge = Purge { keeps: &|_| false, only: &all, matches: &|a, b| a == b, max_deletes: None };
    let mut rules = SetRules { purge: Some(purge), ..rules(&own) };
    change(&mut rules);
    let plan = plan(&sites(), declared, found, &rules).unwrap();
    (plan.purged_titles(&sites()).collect::<Vec<_>>().join(" "), plan.refused)
}

fn step(plan: &SetPlan, number: usize) -> &Step {
    &plan.plans[number].as_ref().unwrap().step
}

#[test]
fn each_object_is_made_left_or_not_touched_where_several_fit() {
    let plan = planned(&declared(&["a", "b", "twin"]), &found(&["a", "twin", "twin", "x"]));
    assert_eq!(step(&plan, 0), &Step::Nothing);
    assert!(creates(plan.plans[1].as_ref().unwrap()));
    let Err(ObjectError::Several(several)) = &plan.plans[2] else { panic!() };
    assert_eq!(several.objects.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["1", "2"]);
    assert!(plan.purge.is_empty());
}

#[test]
fn a_purge_keeps_what_is_declared_or_named_and_stops_before_anything_goes() {
    let there = found(&["a", "twin", "twin", "x", "hq-1"]);
    fn keeps(name: &str) -> bool {
        name.starts_with("hq-")
    }
    let of = |names: &[&str], most| {
        purged(&declared(names), &there, |rules| {
            let purge = rules.purge.as_mut().unwrap();
            (purge.keeps, purge.max_deletes) = (&keeps, most);
        })
    };
    assert_eq!(of(&["a", "twin"], None), ("x".to_owned(), None), "the twins are declared, whichever is meant");
    assert_eq!(of(&["a"], Some(3)), ("twin twin x".to_owned(), None));
    assert_eq!(of(&["a"], Some(2)), ("twin twin x".to_owned(), Some(Refused::TooMany(2))));
    assert_eq!(purged(&[], &[object(json!({"id": "7"}))], |_| {}).0, "7");
}

#[test]
fn a_purge_is_limited_to_what_meets_its_conditions() {
    let there: Vec<Fields> = [("1", "Staff", "a"), ("2", "Staff", "b"), ("3", "Guest", "c")]
        .map(|(id, ssid, name)| object(json!({"id": id, "ssid": ssid, "name": name})))
        .into();
    let only = Filter::new(sites().schema, &object(json!({"ssid": "Staff"})));
    let of = |rules: &mut SetRules<'_>| rules.purge.as_mut().unwrap().max_deletes = Some(9);
    assert_eq!(purged(&declared(&["a"]), &there, of).0, "b c");
    let own = Rules::default();
    let purge = Purge { keeps: &|_| false, only: &only, matches: &|a, b| a == b, max_deletes: None };
    let plan = plan(&sites(), &declared(&["a"]), &there, &SetRules { purge: Some(purge), ..rules(&own) }).unwrap();
    assert_eq!(plan.purged_titles(&sites()).collect::<Vec<_>>(), ["b"]);
}

#[test]
fn two_that_are_the_same_are_refused() {
    let wlans = kind(Level::Org, "wlans").unwrap();
    let wlan = |value: Value| of(&wlans, value).unwrap();
    assert!(check_distinct(&sites(), &declared(&["a", "b"])).is_ok());
    let same = |first, second, title: &str| Err(ObjectError::SameObject { first, second, title: title.to_owned() });
    assert_eq!(check_distinct(&sites(), &declared(&["a", "b", "a"])), same(1, 3, "a"));
    let (bare, t1, t2) = (
        wlan(json!({"ssid": "G"})),
        wlan(json!({"ssid": "G", "template_id": "1"})),
        wlan(json!({"ssid": "G", "template_id": "2"})),
    );
    assert!(check_distinct(&wlans, &[t1.clone(), t2.clone()]).is_ok());
    assert_eq!(check_distinct(&wlans, &[t1.clone(), t2, bare.clone()]), same(1, 3, "G"));
    assert_eq!(check_distinct(&wlans, &[bare, t1]), same(1, 2, "G / 1"));
    let by_id = one(json!({"id": "0", "name": "new"}));
    assert_eq!(check_distinct(&sites(), &[by_id.clone(), by_id.clone()]), same(1, 2, "new"));
    let both = plan(&sites(), &[by_id, declared(&["a"]).remove(0)], &found(&["a"]), &rules(&Rules::default()));
    assert_eq!(both.map(drop), same(1, 2, "a"));
}

#[test]
fn an_item_has_a_state_and_an_id_of_its_own() {
    let all = [
        one(json!({"name": "gone", "state": "absent"})),
        one(json!({"name": "none", "state": "patched", "notes": "x"})),
        one(json!({"name": "there", "state": "patched", "notes": "x"})),
        one(json!({"id": "2", "name": "renamed"})),
        one(json!({"id": "9", "name": "x"})),
    ];
    let plan = planned(&all, &found(&["gone", "there", "old"]));
    assert_eq!(step(&plan, 0), &Step::Delete);
    assert_eq!(step(&plan, 1), &Step::Nothing);
    assert!(matches!(step(&plan, 2), Step::Change { body, .. } if body["notes"] == "x" && body.len() == 1));
    assert!(matches!(step(&plan, 3), Step::Change { body, .. } if body["name"] == "renamed"));
    assert!(matches!(&plan.plans[4], Err(ObjectError::NoSuchId { id, .. }) if id == "9"));
    for (value, error) in [
        (json!({"name": "a", "state": "abesnt"}), ObjectError::UnknownState { value: "abesnt".to_owned() }),
        (json!({"name": "a", "id": ""}), ObjectError::IdNotText { field: "id".to_owned() }),
        (json!({"name": "a", "id": null}), ObjectError::IdNotText { field: "id".to_owned() }),
        (json!({"name": "a", "id": 7}), ObjectError::IdNotText { field: "id".to_owned() }),
    ] {
        assert_eq!(of(&sites(), value.clone()), Err(error), "{value}");
    }
    // A collection outside the table may have such a field.
    let unknown = Kind::unknown("orgs/{org_id}/x", Level::Org, vec!["name".to_owned()]);
    let mut fields = object(json!({"name": "a", "state": "active"}));
    assert_eq!(Intent::taken(&unknown, &mut fields), Ok(Intent::default()));
    assert_eq!(fields["state"], "active");
}

#[test]
fn an_object_is_not_created_next_to_a_similar_one_and_that_one_is_not_purged() {
    let there = found(&["Branch 1", "Z\u{fc}rich"]);
    for name in ["branch 1", "Branch\u{a0}1", "Branch1", "Bran\u{200b}ch 1", "Zu\u{308}rich"] {
        let plan = planned(&declared(&[name]), &there);
        let Err(ObjectError::Similar { others, .. }) = &plan.plans[0] else { panic!("{name}") };
        assert_eq!(others.len(), 1);
        let allowed = |rules: &mut SetRules<'_>| rules.allow_similar = true;
        let other = if name.starts_with('Z') { "Branch 1" } else { "Z\u{fc}rich" };
        assert_eq!(purged(&declared(&[name]), &there, allowed).0, other, "{name}");
        assert_eq!(purged(&declared(&[name]), &there, |_| {}).0, other, "{name}");
    }
    let new = planned(&declared(&["New", "new", "Other"]), &there);
    assert!(matches!(&new.plans[0], Err(ObjectError::Similar { others, .. }) if others[0].0 == "new"));
    assert!(matches!(&new.plans[1], Err(ObjectError::Similar { others, .. }) if others[0].0 == "New"));
    assert!(creates(new.plans[2].as_ref().unwrap()));
    let own = Rules::default();
    let rules = SetRules { allow_similar: true, ..rules(&own) };
    let allowed = plan(&sites(), &declared(&["New", "new", "branch 1"]), &there, &rules).unwrap();
    assert!(allowed.plans.iter().flatten().all(creates) && allowed.plans.iter().all(Result::is_ok));
}

#[test]
fn an_object_whose_case_the_cloud_changes_is_found_again_and_its_key_is_not_written() {
    let there = found(&["BRANCH"]);
    let plan = planned(&[one(json!({"name": "branch", "notes": "n"}))], &there);
    assert_eq!(step(&plan, 0), &Step::Nothing);
    let kept = Warning::KeptOtherwise { title: "branch".to_owned(), kept: "BRANCH".to_owned() };
    assert_eq!(plan.plans[0].as_ref().unwrap().warnings, [kept]);
    let changed = planned(&[one(json!({"name": "branch", "notes": "x"}))], &there);
    assert!(matches!(step(&changed, 0), Step::Change { body, .. } if body.keys().eq(["notes"])));
    let absent = planned(&[one(json!({"name": "branch", "state": "absent"}))], &there);
    assert_eq!(step(&absent, 0), &Step::Nothing);
    assert!(matches!(&absent.plans[0].as_ref().unwrap().warnings[..], [Warning::SimilarStay { .. }]));
    assert_eq!(purged(&declared(&["branch"]), &there, |_| {}).0, "");
}

#[test]
fn a_set_without_an_object_that_exists_declares_nothing() {
    use DesiredState::{Absent, Patched, Present};
    for (states, expected) in
        [(vec![], true), (vec![Absent, Absent], true), (vec![Absent, Patched], false), (vec![Present], false)]
    {
        assert_eq!(declares_nothing(states), expected);
    }
}
