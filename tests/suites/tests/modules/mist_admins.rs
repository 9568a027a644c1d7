//! `mist_admins` against the simulator: invites, changes, removals, and faults at every call.

use mist_modules::mist_admins::MistAdmins;
use mist_simulator::{Account, Behavior, Config, Fault, FaultKind, NewToken, SecondInvite, Simulator, Variants};
use serde_json::{Value, json};
use suites::{Seen, methods, once, run, status};

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";

/// The administrators of the simulator are those of its accounts: the caller and Bob, both superusers.
fn cloud() -> Simulator {
    cloud_with(Variants::practice(), Behavior::default())
}

fn cloud_with(variants: Variants, behavior: Behavior) -> Simulator {
    let accounts = vec![Account::new(BOB, "secret", [1])];
    Simulator::start(Config { accounts, variants, behavior, ..Config::default() }).unwrap()
}

fn late(lists: usize) -> Behavior {
    Behavior { list_lag: [("admins".to_owned(), lists)].into(), ..Behavior::default() }
}

fn admins(cloud: &Simulator, check_mode: bool, options: Value) -> Seen<Value> {
    run::<MistAdmins, Value>(cloud, check_mode, &[json!({"org_id": cloud.org_id()}), options])
}

fn declare(cloud: &Simulator, options: Value) -> Value {
    let (outcome, _) = admins(cloud, false, options);
    let success = outcome.unwrap_or_else(|failure| panic!("{}", failure.msg));
    json!({"changed": success.changed, "admins": success.results["admins"], "calls": success.results["api_calls"]})
}

fn ada(role: &str) -> Value {
    json!({"admins": [{"email": ADA, "role": role}]})
}

/// The privileges of an address in the cloud, without the organization.
fn held(cloud: &Simulator, email: &str) -> Vec<Value> {
    let rows = cloud.admins(cloud.org_id());
    let row = rows.iter().find(|row| row["email"] == email).cloned().unwrap_or_default();
    let mut privileges = row["privileges"].as_array().cloned().unwrap_or_default();
    privileges.iter_mut().for_each(|one| drop(one.as_object_mut().unwrap().shift_remove("org_id")));
    privileges
}

#[test]
fn a_new_address_gets_one_mail_and_a_second_run_sends_none_in_one_request() {
    let cloud = cloud();
    let (predicted, _) = admins(&cloud, true, ada("read"));
    let predicted = predicted.unwrap();
    assert!(predicted.changed && cloud.mails().is_empty());
    let (first, warnings) = admins(&cloud, false, ada("read"));
    let first = first.unwrap();
    assert_eq!((first.changed, warnings.len(), first.results["api_calls"].clone()), (true, 0, json!(3)));
    assert_eq!(first.diff, predicted.diff);
    assert_eq!(first.results["admins"][0]["state"], "invited");
    assert!(first.results["admins"][0]["id"].is_string() && first.results["admins"][0]["expires"].is_i64());
    let upper = json!({"admins": [{"email": "ADA@Example.COM", "role": "observer"}]});
    let second = declare(&cloud, upper);
    assert_eq!((&second["changed"], &second["calls"]), (&json!(false), &json!(1)));
    assert_eq!(second["admins"][0]["status"], "invited");
    assert!(cloud.accept_invite(ADA));
    let third = declare(&cloud, ada("read"));
    assert_eq!((&third["changed"], &third["admins"][0]["status"]), (&json!(false), &json!("active")));
    assert_eq!(cloud.mails(), [ADA]);
}

#[test]
fn an_expired_invite_is_renewed_only_on_request() {
    let cloud = cloud();
    declare(&cloud, json!({"admins": [{"email": ADA, "role": "read"}], "hours": 48}));
    cloud.advance(47.0 * 3600.0);
    assert_eq!(declare(&cloud, ada("read"))["admins"][0]["status"], "invited");
    cloud.advance(2.0 * 3600.0);
    let (expired, warnings) = admins(&cloud, false, ada("read"));
    let expired = expired.unwrap();
    assert_eq!((expired.changed, warnings.len()), (false, 1));
    assert_eq!(expired.results["admins"][0]["status"], "expired");
    let renewed = json!({"admins": [{"email": ADA, "role": "read"}], "reinvite": true});
    assert_eq!(declare(&cloud, renewed.clone())["admins"][0]["state"], "invited");
    assert_eq!(declare(&cloud, renewed)["changed"], false);
    assert_eq!(cloud.mails(), [ADA, ADA]);
    assert_eq!(cloud.admins(cloud.org_id()).len(), 3, "the expired invite is withdrawn");
}

#[test]
fn sites_and_groups_are_found_by_name_and_several_elements_are_one_administrator() {
    let cloud = cloud();
    let declared = json!({"admins": [
        {"email": ADA, "role": "helpdesk", "site": "Site 1", "first_name": "Ada", "last_name": "Example"},
        {"email": "Ada@example.com", "role": "write", "sitegroup": "Group 2"},
        {"email": "carl@example.com", "role": "read", "views": ["reporting"]},
    ]});
    let first = declare(&cloud, declared.clone());
    assert_eq!(first["admins"].as_array().unwrap().len(), 2);
    let (site, group) = (cloud.sites()[0]["id"].clone(), cloud.sitegroups()[1]["id"].clone());
    let expected = [
        json!({"scope": "site", "role": "helpdesk", "site_id": site}),
        json!({"scope": "sitegroup", "role": "write", "sitegroup_ids": [group]}),
    ];
    assert_eq!(held(&cloud, ADA), expected);
    assert_eq!(held(&cloud, "carl@example.com"), [json!({"scope": "org", "role": "read", "views": ["reporting"]})]);
    let second = declare(&cloud, declared);
    assert_eq!((&second["changed"], &second["calls"]), (&json!(false), &json!(3)));
    assert_eq!(cloud.mails().len(), 2);
    cloud.clear_requests();
    let (unknown, _) = admins(&cloud, false, json!({"admins": [{"email": "x@y.z", "role": "read", "site": "Site 9"}]}));
    assert!(unknown.unwrap_err().msg.starts_with("site: "));
    assert_eq!(methods(&cloud), ["GET"]);
}

#[test]
fn roles_of_administrators_and_of_pending_invites_change_without_a_mail() {
    for (full, put) in [(true, true), (false, false)] {
        let variants = Variants { invite_answers_object: full, admin_put_answers_object: put, ..Variants::practice() };
        let cloud = cloud_with(variants, Behavior::default());
        declare(&cloud, ada("read"));
        let both = json!({"admins": [{"email": ADA, "role": "write"}, {"email": BOB, "role": "network_admin"}]});
        let (predicted, _) = admins(&cloud, true, both.clone());
        let (changed, _) = admins(&cloud, false, both.clone());
        let (predicted, changed) = (predicted.unwrap(), changed.unwrap());
        assert_eq!((changed.changed, &changed.diff), (true, &predicted.diff), "{full}");
        assert_eq!(changed.results["admins"][1]["state"], "changed");
        assert_eq!(held(&cloud, BOB), [json!({"scope": "org", "role": "write"})]);
        assert_eq!(held(&cloud, ADA), [json!({"scope": "org", "role": "write"})]);
        assert_eq!(declare(&cloud, both)["changed"], false);
        assert_eq!(cloud.mails(), [ADA]);
    }
}

#[test]
fn absent_takes_privileges_and_withdraws_invites() {
    let cloud = cloud();
    declare(&cloud, ada("read"));
    let both = json!({"admins": [{"email": ADA, "state": "absent"}, {"email": "BOB@example.com", "state": "absent"}]});
    let gone = declare(&cloud, both.clone());
    assert_eq!(gone["admins"][0]["state"], "removed");
    assert_eq!(gone["admins"][1]["state"], "removed");
    assert_eq!(cloud.admins(cloud.org_id()).len(), 1);
    let second = declare(&cloud, both);
    assert_eq!((&second["changed"], &second["calls"]), (&json!(false), &json!(1)));
}

#[test]
fn the_caller_and_the_last_superuser_stay_and_nothing_is_written() {
    let cloud = cloud();
    let (own, of_org) = ("Admin@Example.com", cloud.add_org_token(cloud.org_id(), NewToken::named("play")).1);
    let both_gone = json!([{"email": own, "state": "absent"}, {"email": BOB, "state": "absent"}]);
    for (options, token) in [
        (json!({"admins": [{"email": own, "state": "absent"}]}), None),
        (json!({"admins": [{"email": own, "role": "write"}]}), None),
        (json!({"admins": both_gone}), Some(&of_org)),
        (json!({"admins": [{"email": ADA, "role": "admin"}], "purge": true}), Some(&of_org)),
        (json!({"admins": [], "purge": true, "allow_empty": true}), Some(&of_org)),
        (json!({"admins": [], "purge": true, "max_deletes": 9}), None),
        (json!({"admins": [], "purge": true}), None),
        (json!({"admins": [{"email": ADA, "role": "read"}], "purge": true, "max_deletes": 0}), None),
    ] {
        for check_mode in [true, false] {
            let token = token.map_or_else(|| cloud.api_token().to_owned(), |key| key.clone());
            let (outcome, _) = admins(&cloud, check_mode, with(&options, "api_token", json!(token)));
            assert!(!outcome.unwrap_err().changed, "{options}");
        }
    }
    assert!(methods(&cloud).iter().all(|method| method == "GET"));
    assert_eq!(cloud.admins(cloud.org_id()).len(), 2);
}

fn with(options: &Value, name: &str, value: Value) -> Value {
    let mut options = options.clone();
    options[name] = value;
    options
}

#[test]
fn a_purge_comes_last_and_keeps_the_caller_and_the_kept() {
    let cloud = cloud();
    let privileges = json!([{"scope": "org", "role": "read", "org_id": cloud.org_id()}]);
    for email in ["one@partner.com", "old@example.com"] {
        cloud.add_admin(cloud.org_id(), json!({"email": email, "privileges": privileges}));
    }
    let options = json!({"admins": [{"email": ADA, "role": "read"}], "purge": true, "keep": ["*@PARTNER.com"]});
    let (predicted, _) = admins(&cloud, true, options.clone());
    let (done, _) = admins(&cloud, false, options.clone());
    assert_eq!(done.unwrap().diff, predicted.unwrap().diff);
    let emails: Vec<Value> = cloud.admins(cloud.org_id()).iter().map(|row| row["email"].clone()).collect();
    assert_eq!(emails, [json!("admin@example.com"), json!("one@partner.com"), json!(ADA)]);
    assert_eq!(declare(&cloud, options)["changed"], false);
    // The invite fails, so no administrator is removed.
    once(&cloud, "POST", status(403));
    let options = json!({"admins": [{"email": "new@example.com", "role": "read"}], "purge": true});
    let (failed, _) = admins(&cloud, false, options);
    let failed = failed.unwrap_err();
    assert_eq!(failed.results.unwrap()["admins"][1]["state"], "not_begun");
    assert!(!failed.changed && cloud.admins(cloud.org_id()).len() == 3);
}

#[test]
fn a_superuser_is_taken_only_after_the_list_has_confirmed_another_one() {
    let cloud = cloud();
    let of_org = cloud.add_org_token(cloud.org_id(), NewToken::named("play")).1;
    let read = json!([{"scope": "org", "role": "read", "org_id": cloud.org_id()}]);
    cloud.add_admin(cloud.org_id(), json!({"email": ADA, "privileges": read}));
    let swap = json!({"api_token": of_org, "admins": [
        {"email": "admin@example.com", "state": "absent"}, {"email": BOB, "state": "absent"}, {"email": ADA, "role": "admin"}]});
    // The cloud accepts the promotion and does not keep it.
    let (path, kept) = ("*/admins/*", json!({"email": ADA, "privileges": read}));
    cloud.fault(Fault::new(suites::answer(200, &kept.to_string())).method("PUT").path(path).times(1));
    let (stopped, _) = admins(&cloud, false, swap.clone());
    let states = stopped.unwrap_err().results.unwrap()["admins"].clone();
    assert_eq!((&states[0]["state"], &states[1]["state"]), (&json!("failed"), &json!("failed")));
    assert_eq!(cloud.admins(cloud.org_id()).len(), 3);
    assert_eq!(declare(&cloud, swap)["admins"][0]["state"], "removed");
    assert_eq!(held(&cloud, ADA), [json!({"scope": "org", "role": "admin"})]);
}

/// The faults that can lose a response, with or without an effect of the request.
fn faults() -> Vec<FaultKind> {
    let page = |status| FaultKind::Html { status };
    vec![
        FaultKind::CutBefore,
        FaultKind::CutAfter,
        FaultKind::CutMidBody,
        FaultKind::TruncatedBody,
        FaultKind::DelayedEffect { milliseconds: 1_500 },
        FaultKind::WrongShape,
        FaultKind::Garbage,
        page(200),
        page(502),
        status(503),
    ]
}

#[test]
fn no_fault_at_any_call_sends_a_second_mail_also_in_a_later_run() {
    let mut scenarios = Vec::new();
    for kind in faults() {
        for takes_effect in [false, true] {
            // The list, the invite, the look for it, the list of the second run.
            for (call, lists) in [(0, 2), (1, 0), (1, 2), (2, 2), (3, 0)] {
                scenarios.push((kind.clone(), takes_effect, call, lists));
            }
        }
    }
    let prove = |(kind, takes_effect, call, lists): (FaultKind, bool, usize, usize)| {
        let name = format!("{kind:?} {takes_effect} at call {call}, {lists} lists late");
        let variants = Variants { second_invite: SecondInvite::Another, ..Variants::practice() };
        let cloud = cloud_with(variants, late(lists));
        cloud.fault(Fault::new(kind).takes_effect(takes_effect).skip(call).times(1));
        let quick = with(&ada("read"), "timeout", json!(2));
        let (patient, impatient) = (with(&quick, "max_wait", json!(4)), with(&quick, "max_wait", json!(0)));
        let (first, _) = admins(&cloud, false, impatient);
        let (second, _) = admins(&cloud, false, patient);
        cloud.settle(std::time::Duration::from_secs(60));
        let mails = cloud.mails().len();
        assert!(mails <= 1, "{name}: {mails} mails, {first:?}, {second:?}");
        if let Ok(second) = second {
            assert_eq!((mails, &second.results["admins"][0]["status"]), (1, &json!("invited")), "{name}");
        }
    };
    // Most of each scenario is waiting.
    std::thread::scope(|scope| {
        for some in scenarios.chunks(2) {
            scope.spawn(move || some.iter().cloned().for_each(prove));
        }
    });
}

#[test]
fn a_lost_response_is_settled_by_the_list() {
    for lists in [0, 1, 3] {
        let cloud = cloud_with(Variants::practice(), late(lists));
        once(&cloud, "POST", FaultKind::CutAfter);
        let found = declare(&cloud, with(&ada("read"), "max_wait", json!(20)));
        assert_eq!((&found["changed"], &found["admins"][0]["state"]), (&json!(true), &json!("invited")), "{lists}");
        assert_eq!(cloud.mails(), [ADA]);
    }
}

#[test]
fn an_invite_that_the_list_never_showed_is_not_sent_again_by_the_next_run() {
    let cloud = cloud();
    once(&cloud, "POST", FaultKind::HoldRequest);
    let short = json!({"max_wait": 1, "timeout": 1});
    let options = |more: &Value| {
        [&ada("read"), more].iter().fold(json!({}), |mut all, part| {
            all.as_object_mut().unwrap().extend(part.as_object().unwrap().clone());
            all
        })
    };
    let (lost, _) = admins(&cloud, false, options(&short));
    assert_eq!(lost.unwrap_err().results.unwrap()["admins"][0]["state"], "failed");
    let (again, _) = admins(&cloud, false, options(&short));
    assert_eq!(again.unwrap_err().results.unwrap()["admins"][0]["state"], "failed");
    assert!(cloud.release());
    let third = declare(&cloud, ada("read"));
    assert_eq!((&third["changed"], &third["admins"][0]["status"]), (&json!(false), &json!("invited")));
    assert_eq!(cloud.mails(), [ADA]);
}

#[test]
fn parallel_runs_send_one_mail() {
    let cloud = cloud_with(Variants::practice(), late(1));
    let declared = with(&ada("read"), "max_wait", json!(30));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| admins(&cloud, false, declared.clone()).0.unwrap());
        }
    });
    assert_eq!(cloud.mails(), [ADA]);
}

#[test]
fn a_deletion_that_the_cloud_does_not_confirm_is_looked_up() {
    let cloud = cloud();
    let gone = json!({"admins": [{"email": BOB, "state": "absent"}]});
    once(&cloud, "DELETE", status(404));
    let (still, _) = admins(&cloud, false, gone.clone());
    assert!(!still.unwrap_err().changed);
    once(&cloud, "DELETE", FaultKind::CutAfter);
    assert_eq!(declare(&cloud, gone)["admins"][0]["state"], "removed");
}

#[test]
fn access_through_the_msp_is_reported_and_stays() {
    let cloud = Simulator::start(Config { orgs: 0, msp_orgs: 1, ..Config::default() }).unwrap();
    let org_id = cloud.orgs()[0].0.clone();
    let msp = json!([{"scope": "msp", "role": "read", "msp_id": cloud.msp_id()}]);
    cloud.add_admin(&org_id, json!({"email": ADA, "privileges": msp}));
    let options = json!({"org_id": org_id, "admins": [{"email": ADA, "state": "absent"}]});
    let (outcome, warnings) = run::<MistAdmins, Value>(&cloud, false, &[options]);
    assert_eq!((outcome.unwrap().changed, warnings.len()), (false, 1));
    assert_eq!(cloud.admins(&org_id).len(), 2);
}
