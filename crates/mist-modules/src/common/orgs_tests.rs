use super::*;

const A: &str = "2818e386-8dec-2562-9ede-5b8a0fbbdc71";
const B: &str = "9777c1a0-6ef6-11e6-8bbf-02e208b2d34f";
const C: &str = "c97c1b22-a4e9-411e-9bfd-d8695a0f9e61";

fn known() -> BTreeMap<String, String> {
    [(A, "Acme North"), (B, "Acme South"), (C, "Beta [1]")].map(|(id, name)| (id.to_owned(), name.to_owned())).into()
}

fn parsed(value: Value) -> Result<Vec<Selector>, OptionError> {
    let options = OrgsOptions { orgs: Some(value) };
    options.selectors(&Task::builder().given("orgs").build(), &OrgOptions::default()).map(Option::unwrap_or_default)
}

fn selected(value: Value) -> Result<Vec<&'static str>, String> {
    let group = |id: &str, name: &str, members: &[&str]| Group {
        id: id.to_owned(),
        name: name.to_owned(),
        members: members.iter().map(|id| (*id).to_owned()).collect(),
    };
    let groups =
        [group("1", "North", &[A, "gone"]), group("2", "Empty", &[]), group("3", "Twin", &[]), group("4", "Twin", &[])];
    let orgs = select(&parsed(value).unwrap(), &known(), &groups).map_err(|error| error.option)?;
    Ok(orgs.iter().map(|org| [A, B, C].into_iter().find(|id| *id == org.id).unwrap()).collect())
}

#[test]
fn names_ids_patterns_groups_and_all_select_each_organization_once() {
    for (value, expected) in [
        (json!("all"), vec![A, B, C]),
        (json!(["all"]), vec![A, B, C]),
        (json!("Acme South"), vec![B]),
        (json!(["Acme *"]), vec![A, B]),
        (json!(["Acme *", B.to_uppercase(), "Acme North"]), vec![A, B]),
        (json!(["Beta [1]"]), vec![C]),
        (json!({"orggroup": "North"}), vec![A]),
        (json!([{"orggroup": "North"}, "*South"]), vec![A, B]),
    ] {
        assert_eq!(selected(value.clone()), Ok(expected), "{value}");
    }
}

#[test]
fn an_element_without_an_organization_is_an_error() {
    for value in [
        json!(["Acme North", "Gamma"]),
        json!(["acme *"]),
        json!(["53f10664-3ce8-4c27-b382-0ef66432349f"]),
        json!({"orggroup": "South"}),
        json!({"orggroup": "Empty"}),
        json!({"orggroup": "Twin"}),
    ] {
        assert_eq!(selected(value.clone()), Err("orgs".to_owned()), "{value}");
    }
    assert!(select(&[Selector::All], &BTreeMap::new(), &[]).is_err());
    let twins = [(A.to_owned(), "Twin".to_owned()), (B.to_owned(), "Twin".to_owned())].into();
    assert!(select(&[Selector::Name("Twin".into())], &twins, &[]).is_err());
    let all = select(&[Selector::All], &twins, &[]).unwrap();
    assert_eq!(key(&all, &all[0]), format!("Twin ({A})"));
}

#[test]
fn other_forms_and_empty_values_are_refused_before_any_request() {
    for (value, option) in [
        (json!([]), "orgs"),
        (json!(""), "orgs"),
        (json!(["Acme", " "]), "orgs[1]"),
        (json!([null]), "orgs[0]"),
        (json!({"orggroup": ""}), "orgs"),
        (json!({"orggroup": "A", "more": 1}), "orgs"),
        (json!({"group": "A"}), "orgs"),
        (json!([["Acme"]]), "orgs[0]"),
        (json!(true), "orgs"),
    ] {
        assert_eq!(parsed(value.clone()).unwrap_err().option, option, "{value}");
    }
    assert_eq!(parsed(json!([7])), Ok(vec![Selector::Name("7".into())]));
    let none = |task: &Task, org: OrgOptions| OrgsOptions::default().selectors(task, &org);
    assert_eq!(none(&Task::builder().build(), OrgOptions::default()), Ok(None));
    let with = |given: &str, org: Option<&str>| {
        let org = OrgOptions { org_id: Some(A.to_owned()), org: org.map(str::to_owned) };
        OrgsOptions { orgs: Some(json!("all")) }.selectors(&Task::builder().given(given).build(), &org)
    };
    assert!(with("org_id", None).is_err() && with("orgs", Some("Acme")).is_err());
    assert_eq!(with("orgs", None), Ok(Some(vec![Selector::All])), "MIST_ORG_ID of the environment");
}
