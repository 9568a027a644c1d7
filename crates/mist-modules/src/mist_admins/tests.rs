use super::plan::{self as planning, Listed, Problem, Status, Write};
use super::rows::Row;
use super::*;
use crate::tokens::privileges::Role;

const ORG: &str = "a40f5d1f-d889-42e9-94ea-b9b33585fc6b";
const SITE: &str = "72771e6a-6f5e-4de4-a5b9-1266c4197811";
const NOW: f64 = 1_000_000.0;

#[test]
fn types_are_valid_for_ansible() {
    ansible_binary_module::check::<crate::Mist<MistAdmins>>().unwrap();
}

fn org(role: &str) -> Value {
    json!({"scope": "org", "role": role, "org_id": ORG})
}

fn site(role: &str) -> Value {
    json!({"scope": "site", "role": role, "site_id": SITE, "org_id": ORG})
}

fn msp() -> Value {
    json!({"scope": "msp", "role": "admin", "msp_id": "m"})
}

fn admin(id: &str, email: &str, privileges: &[Value]) -> Value {
    json!({"admin_id": id, "email": email, "privileges": privileges})
}

fn invite(id: &str, email: &str, privileges: &[Value], expires: f64) -> Value {
    json!({"invite_id": id, "email": email, "privileges": privileges, "expire_time": expires})
}

fn grants(privileges: &[Value]) -> BTreeSet<Grant> {
    Row::of(&json!({"privileges": privileges})).grants(ORG)
}

fn present(email: &str, privileges: &[Value]) -> DeclaredAdmin {
    DeclaredAdmin { email: email.to_owned(), grants: Some(grants(privileges)), invite: Map::new() }
}

fn absent(email: &str) -> DeclaredAdmin {
    DeclaredAdmin { email: email.to_owned(), grants: None, invite: Map::new() }
}

/// The writes of a plan without a purge, or its problems.
fn writes(declared: &[DeclaredAdmin], rows: &[Value], reinvite: bool) -> Result<Vec<Write>, Vec<Problem>> {
    let rows: Vec<Row> = rows.iter().map(Row::of).collect();
    let listed = Listed { org_id: ORG, rows: &rows, now: NOW };
    let plan = planning::plan(declared, listed, reinvite, None, None)?;
    Ok(plan.all().flat_map(|one| one.writes.clone()).collect())
}

fn sent(email: &str, privileges: &[Value]) -> Write {
    Write::SendInvite { body: json!({"email": email, "privileges": privileges}) }
}

fn change_admin(id: &str, privileges: &[Value]) -> Write {
    Write::ChangeAdmin { id: id.to_owned(), privileges: privileges.to_vec() }
}

#[test]
fn a_declared_address_leads_to_the_fewest_requests() {
    let (ada, upper) = ("ada@example.com", " ADA@Example.com");
    let withdraw = |id: &str| Write::WithdrawInvite { id: id.to_owned() };
    let read = [org("read")];
    type Case = (&'static str, DeclaredAdmin, Vec<Value>, bool, Vec<Write>);
    let table: Vec<Case> = vec![
        ("new", present(ada, &read), vec![], false, vec![sent(ada, &read)]),
        ("active, another case", present(ada, &read), vec![admin("1", upper, &read)], false, vec![]),
        ("pending", present(ada, &read), vec![invite("i", upper, &read, NOW + 1.0)], false, vec![]),
        (
            "pending without privileges",
            present(ada, &read),
            vec![json!({"invite_id": "i", "email": ada})],
            false,
            vec![],
        ),
        ("expired", present(ada, &read), vec![invite("i", ada, &read, NOW)], false, vec![]),
        (
            "expired, reinvite",
            present(ada, &read),
            vec![invite("i", ada, &read, NOW), invite("j", ada, &read, NOW)],
            true,
            vec![withdraw("i"), withdraw("j"), sent(ada, &read)],
        ),
        (
            "expired and pending, reinvite",
            present(ada, &read),
            vec![invite("i", ada, &read, NOW), invite("j", ada, &read, NOW + 1.0)],
            true,
            vec![],
        ),
        (
            "another role",
            present(ada, &[org("write")]),
            vec![admin("1", ada, &read)],
            false,
            vec![change_admin("1", &[org("write")])],
        ),
        (
            "a pending invite to another role",
            present(ada, &[org("write")]),
            vec![invite("i", ada, &read, NOW + 1.0)],
            false,
            vec![Write::ChangeInvite { id: "i".into(), privileges: vec![org("write")] }],
        ),
        (
            "active, and an invite to more",
            present(ada, &read),
            vec![admin("1", ada, &read), invite("i", ada, &[org("admin")], NOW + 1.0)],
            false,
            vec![Write::ChangeInvite { id: "i".into(), privileges: read.to_vec() }],
        ),
        (
            "privileges of the MSP stay",
            present(ada, &[site("read")]),
            vec![admin("1", ada, &[msp(), org("read")])],
            false,
            vec![change_admin("1", &[msp(), site("read")])],
        ),
        (
            "an administrator of the MSP gets access without a mail",
            present(ada, &read),
            vec![admin("1", ada, &[msp()])],
            false,
            vec![change_admin("1", &[msp(), org("read")])],
        ),
        ("absent already", absent(ada), vec![], false, vec![]),
        ("absent by the MSP", absent(ada), vec![admin("1", ada, &[msp()])], false, vec![]),
        (
            "absent",
            absent(upper),
            vec![
                admin("1", ada, &[site("read")]),
                invite("i", ada, &read, NOW + 1.0),
                invite("j", ada, &read, NOW - 1.0),
            ],
            false,
            vec![Write::RemoveAdmin { id: "1".into() }, withdraw("i"), withdraw("j")],
        ),
    ];
    for (name, declared, rows, reinvite, expected) in table {
        assert_eq!(writes(&[declared], &rows, reinvite), Ok(expected), "{name}");
    }
}

#[test]
fn privileges_compare_as_sets_in_every_form_of_the_cloud() {
    let group = |ids: Value| json!({"scope": "sitegroup", "role": "read", "sitegroup_ids": ids});
    let with_views = |views: Value| json!({"scope": "org", "role": "read", "views": views});
    let view = json!({"scope": "org", "role": "read", "view": "reporting", "name": "x", "org_name": "y"});
    for (one, other, same) in [
        (vec![org("read")], vec![json!({"scope": "org", "role": "read"})], true),
        (vec![site("read"), org("write")], vec![org("write"), site("read")], true),
        (vec![group(json!(["A", "b"]))], vec![group(json!(["b"])), group(json!(["a"]))], true),
        (vec![json!({"scope": "sitegroup", "role": "read", "sitegroup_id": "a"})], vec![group(json!(["a"]))], true),
        (vec![with_views(json!(["reporting"]))], vec![view], true),
        (vec![with_views(json!([]))], vec![org("read")], true),
        (vec![with_views(json!(["reporting"]))], vec![org("read")], false),
        (vec![org("read"), msp()], vec![org("read")], true),
        (vec![json!({"scope": "org", "role": "read", "org_id": "another"})], vec![], true),
        (vec![site("read")], vec![org("read")], false),
    ] {
        assert_eq!(grants(&one) == grants(&other), same, "{one:?} {other:?}");
    }
}

#[test]
fn rows_that_cannot_be_written_stop_the_run_and_others_do_not() {
    let ada = "ada@example.com";
    let read = [org("read")];
    for (rows, problem) in [
        (
            vec![admin("1", ada, &read), admin("2", "Ada@example.com", &read)],
            Problem::SeveralAdmins { email: ada.into(), ids: vec!["1".into(), "2".into()] },
        ),
        (vec![admin("../self", ada, &read)], Problem::NoId { email: ada.into() }),
        (vec![json!({"admin_id": "1", "email": ada})], Problem::NoPrivileges { email: ada.into() }),
    ] {
        assert_eq!(writes(&[present(ada, &read)], &rows, false), Err(vec![problem]));
        assert_eq!(writes(&[present("bob@example.com", &read)], &rows, false).map(|writes| writes.len()), Ok(1));
    }
}

/// The purged addresses, or the problems.
fn purged(
    declared: &[DeclaredAdmin],
    rows: &[Value],
    caller: &str,
    keep: &str,
    max_deletes: Option<usize>,
) -> Result<Vec<String>, Vec<Problem>> {
    let rows: Vec<Row> = rows.iter().map(Row::of).collect();
    let listed = Listed { org_id: ORG, rows: &rows, now: NOW };
    let keeps = |key: &str| Glob::new(keep).matches(key);
    let purge = Purge { keeps: &keeps, max_deletes };
    let caller = Caller { email: caller.to_owned(), id: String::new() };
    let plan = planning::plan(declared, listed, false, Some(&purge), Some(&caller))?;
    match planning::refusals(&plan, listed, Some(&purge), &caller) {
        problems if problems.is_empty() => Ok(plan.purge.iter().map(|one| one.email.clone()).collect()),
        problems => Err(problems),
    }
}

#[test]
fn a_purge_removes_all_others_except_kept_ones_the_caller_tokens_and_the_msp() {
    let rows = [
        admin("1", "Me@example.com", &[org("admin")]),
        admin("2", "old@example.com", &[org("admin")]),
        admin("3", "kept@partner.com", &[org("read")]),
        admin("4", "msp@example.com", &[msp()]),
        json!({"admin_id": "5", "name": "an API token", "privileges": [org("admin")]}),
        invite("6", "pending@example.com", &[org("read")], NOW + 1.0),
    ];
    let ada = [present("ada@example.com", &[org("read")])];
    let all = purged(&ada, &rows, "me@example.com", "*@partner.com", None);
    assert_eq!(all, Ok(vec!["old@example.com".into(), "pending@example.com".into()]));
    let emails = vec!["old@example.com".to_owned(), "pending@example.com".to_owned()];
    assert_eq!(
        purged(&ada, &rows, "me@example.com", "*@partner.com", Some(1)),
        Err(vec![Problem::TooMany { most: 1, emails }])
    );
}

#[test]
fn the_last_superuser_and_the_caller_are_never_removed_or_demoted() {
    let (boss, ada) = ("boss@example.com", "ada@example.com");
    let last = || Err(vec![Problem::LastSuperuser { emails: vec![boss.into()] }]);
    let limited = json!({"scope": "org", "role": "admin", "views": ["reporting"]});
    let others = [
        admin("2", ada, &[site("admin")]),
        admin("3", "views@example.com", &[limited]),
        admin("4", "msp@example.com", &[msp()]),
        invite("5", "invited@example.com", &[org("admin")], NOW + 1.0),
        json!({"admin_id": "6", "name": "an API token", "privileges": [org("admin")]}),
    ];
    let rows = |privileges: &[Value]| [&[admin("1", boss, privileges)], &others[..]].concat();
    let admins = rows(&[org("admin")]);
    let keep_all = "*";
    for (name, declared, caller, expected) in [
        ("removed", vec![absent(boss)], "", last()),
        ("demoted", vec![present(boss, &[org("write")])], "", last()),
        ("limited to a site", vec![present(boss, &[site("admin")])], "", last()),
        ("replaced by an invited one", vec![absent(boss), present("new@example.com", &[org("admin")])], "", last()),
        ("replaced by an administrator", vec![absent(boss), present(ada, &[org("admin")])], "", Ok(vec![])),
        ("extended", vec![present(boss, &[org("admin"), site("read")])], "boss@example.com", Ok(vec![])),
        (
            "the caller, and another gets its role",
            vec![absent(boss), present(ada, &[org("admin")])],
            "boss@example.com",
            Err(vec![Problem::Caller { email: boss.into() }]),
        ),
    ] {
        assert_eq!(purged(&declared, &admins, caller, keep_all, Some(9)), expected, "{name}");
    }
    let limited_caller = purged(&[present(ada, &[site("read")])], &admins, ada, keep_all, None);
    assert_eq!(limited_caller, Err(vec![Problem::Caller { email: ada.into() }]));
    let none_before = rows(&[org("read")]);
    assert_eq!(purged(&[absent(boss)], &none_before, "", keep_all, Some(9)), Ok(vec![]), "no superuser before");
    assert_eq!(purged(&[], &admins, "", "a*", Some(9)), last(), "purged");
}

#[test]
fn only_a_loss_of_access_is_checked_against_the_caller() {
    let ada = "ada@example.com";
    let limited = json!({"scope": "org", "role": "admin", "views": ["reporting"]});
    for (before, after, takes) in [
        (org("read"), org("write"), false),
        (org("read"), org("admin"), false),
        (org("helpdesk"), org("admin"), false),
        (site("write"), org("write"), false),
        (limited.clone(), org("admin"), false),
        (org("write"), org("read"), true),
        (org("read"), org("helpdesk"), true),
        (org("helpdesk"), org("write"), true),
        (org("read"), site("admin"), true),
        (org("admin"), limited.clone(), true),
        (org("read"), limited, true),
    ] {
        let rows = [Row::of(&admin("1", ada, std::slice::from_ref(&before)))];
        let listed = Listed { org_id: ORG, rows: &rows, now: NOW };
        let plan = planning::plan(&[present(ada, std::slice::from_ref(&after))], listed, false, None, None).unwrap();
        assert_eq!(plan.takes_access(), takes, "{before} {after}");
    }
}

#[test]
fn a_new_invite_counts_as_present_in_the_predicted_state() {
    let rows: Vec<Row> = Vec::new();
    let listed = Listed { org_id: ORG, rows: &rows, now: NOW };
    let plan = planning::plan(&[present("a@b.c", &[org("read")])], listed, false, None, None).unwrap();
    assert_eq!((plan.admins[0].before.status, plan.admins[0].after.status), (Status::Absent, Status::Invited));
    assert!(!plan.takes_access());
}

fn element(email: &str) -> AdminDeclaration {
    AdminDeclaration {
        email: email.to_owned(),
        role: Some(Role::Read),
        site_id: None,
        site: None,
        sitegroup_id: None,
        sitegroup: None,
        views: None,
        first_name: None,
        last_name: None,
        state: State::Present,
    }
}

#[test]
fn an_element_that_cannot_be_meant_is_refused() {
    let refused = |one: AdminDeclaration| Declaration::new(&one, &|_| false).unwrap_err().option;
    for email in ["", "ada", "@example.com", "ada@", "a b@example.com", "a@b@c", "a@b, c@d", "Ada <a@b.c>", "a@b\n.c"] {
        assert_eq!(refused(element(email)), "email", "{email:?}");
    }
    let ada = || element("ada@example.com");
    assert_eq!(refused(AdminDeclaration { role: None, ..ada() }), "role");
    assert_eq!(refused(AdminDeclaration { site: Some(" ".into()), ..ada() }), "site");
    assert_eq!(refused(AdminDeclaration { site_id: Some("x".into()), ..ada() }), "site_id");
    assert_eq!(refused(AdminDeclaration { state: State::Absent, ..ada() }), "role");
    let absent = AdminDeclaration { role: None, state: State::Absent, ..ada() };
    assert_eq!(refused(AdminDeclaration { sitegroup: Some("East".into()), ..absent.clone() }), "site");
    assert!(Declaration::new(&absent, &|_| false).is_ok());
    let mentioned = Declaration::new(&ada(), &|option| option == "site_id");
    assert_eq!(mentioned.unwrap_err().option, "site_id", "null never means the whole organization");
    assert_eq!(Declaration::new(&element(" ada@example.com\t"), &|_| false).unwrap().email, "ada@example.com");
}

#[test]
fn elements_with_one_address_are_about_different_places() {
    let at = |site: Option<&str>| {
        let one = AdminDeclaration { site: site.map(str::to_owned), ..element("Ada@example.com") };
        Declaration::new(&one, &|_| false).unwrap()
    };
    let gone = Declaration { role: None, email: "ada@example.com".into(), invite: Map::new() };
    for (together, allowed) in [
        (vec![at(Some("Oslo")), at(Some("Bergen"))], true),
        (vec![at(None), at(Some("Oslo"))], true),
        (vec![at(Some("Oslo")), at(Some("Oslo"))], false),
        (vec![at(None), at(None)], false),
        (vec![at(None), gone.clone()], false),
        (vec![gone.clone(), gone.clone()], false),
    ] {
        assert_eq!(check_together(&together).is_ok(), allowed, "{together:?}");
    }
}
