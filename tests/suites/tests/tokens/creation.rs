//! Exactly one token, whatever becomes of the answer to its creation.

use mist_client::Client;
use mist_simulator::{Config, Fault, FaultKind, NewToken, Simulator, Variants};
use mist_tokens::creation::{self, Created, Creation, Gate};
use mist_tokens::marker::{LockDomain, Marker};
use mist_tokens::plan::Draft;
use mist_tokens::privilege::{Privilege, Role, Scope};
use mist_tokens::token::{Listing, Owner};
use mist_tokens::{Error, Notice, Result, calls};
use secrecy::ExposeSecret;
use std::time::Duration;
use suites::{
    Made, answer, client, client_with, cloud, create_one, each, ids_named, methods, milliseconds, once, organization,
    status, until,
};

const HOUR: u64 = 3_600_000;

fn draft(owner: &Owner) -> Draft {
    Draft {
        name: "wanted".into(),
        privileges: matches!(owner, Owner::Organization(_))
            .then(|| vec![Privilege { scope: Scope::Org, role: Role::Read, ..Privilege::default() }]),
        src_ips: None,
    }
}

fn patient(cloud: &Simulator) -> Client {
    client_with(cloud, |settings| {
        settings.network.timeout = milliseconds(400);
        settings.max_wait = Duration::from_secs(20);
    })
}

/// Lists, has `meanwhile` happen, and creates.
fn create_after(client: &Client, owner: &Owner, meanwhile: impl FnOnce(&Listing)) -> Result<Made> {
    let before = calls::list(client, owner)?;
    meanwhile(&before);
    create_one(client, owner, &draft(owner), &before)
}

fn create(client: &Client) -> Result<Made> {
    create_after(client, &Owner::User, |_| {})
}

/// Exactly one of the name, and the key in hand is its key.
fn is_the_only_one(cloud: &Simulator, client: &Client, owner: &Owner, created: &Made) {
    let tokens = match owner {
        Owner::User => cloud.user_tokens(),
        Owner::Organization(_) => cloud.org_tokens(),
    };
    let named: Vec<_> = tokens.iter().filter(|token| token.name == "wanted").collect();
    assert_eq!(named.len(), 1, "{named:?}");
    assert_eq!(created.new.token.id, named[0].id);
    assert_eq!(created.new.key.expose_secret(), named[0].key);
    assert!(created.new.token.has_key(&named[0].key));
    client.with_token(&created.new.key).get("/api/v1/self").unwrap();
}

/// The number of lost responses, and the tokens deleted because of them.
fn lost(created: &Made) -> (usize, Vec<String>) {
    let told = created.notices.iter().find_map(|notice| match notice {
        Notice::AnswersLost { count, removed, .. } => Some((*count, removed.clone())),
        _ => None,
    });
    told.unwrap_or_else(|| panic!("{:?}", created.notices))
}

#[test]
fn a_refused_name_is_reported_with_its_marker() {
    let cloud = cloud();
    let client = client(&cloud);
    for (body, is_about_the_name) in [
        (r#"{"name": ["Ensure this field has no more than 32 characters."]}"#, true),
        (r#"{"detail": "Name: invalid character '('"}"#, true),
        (r#"{"privileges": ["required"]}"#, false),
    ] {
        once(&cloud, "POST", answer(400, body));
        let error = create(&client).unwrap_err();
        assert_eq!(error.status(), Some(400), "{body}");
        match error {
            Error::NameRefused { sent, .. } => {
                assert!(is_about_the_name, "{body}");
                let (prefix, marker) = sent.split_once(' ').unwrap();
                assert_eq!((prefix, marker.starts_with("(new ")), ("wanted", true));
            }
            Error::Cloud(_) => assert!(!is_about_the_name, "{body}"),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(ids_named(&cloud, "wanted"), [""; 0]);
}

fn losses() -> Vec<(FaultKind, Option<bool>)> {
    let both = |kind: FaultKind| [(kind.clone(), Some(true)), (kind, Some(false))];
    let mut losses: Vec<_> = [
        FaultKind::CutMidBody,
        FaultKind::TruncatedBody,
        FaultKind::ShortContentLength,
        FaultKind::Html { status: 200 },
        FaultKind::Html { status: 502 },
        FaultKind::WrongShape,
        FaultKind::Garbage,
        FaultKind::NotHttp,
        FaultKind::NotUtf8,
        FaultKind::Compressed,
        FaultKind::BadChunking,
        FaultKind::Trickle { milliseconds: 20 },
        status(200),
        answer(200, ""),
        answer(201, r#"{"id": "x", "key": "1qkb...QQCL"}"#),
        status(408),
        status(500),
        status(502),
        status(503),
        status(504),
        status(520),
    ]
    .into_iter()
    .flat_map(both)
    .collect();
    losses.extend([
        (FaultKind::CutBefore, None),
        (FaultKind::CutAfter, None),
        (FaultKind::Delay { milliseconds: 600 }, None),
        (FaultKind::DelayedEffect { milliseconds: 600 }, None),
    ]);
    losses
}

/// Every way of losing the answer, over both owners.
#[test]
fn however_the_answer_is_lost_one_token_is_there_and_its_key_works() {
    let scenarios: Vec<_> = losses().into_iter().flat_map(|loss| [(loss.clone(), true), (loss, false)]).collect();
    assert!(scenarios.len() >= 90, "{}", scenarios.len());
    each(scenarios, |((kind, effect), user)| {
        lose_one(kind, effect, user);
    });
}

fn lose_one(kind: FaultKind, effect: Option<bool>, user: bool) {
    let cloud = cloud();
    let owner = if user { Owner::User } else { organization(&cloud) };
    let mut fault = Fault::new(kind.clone()).method("POST").times(1);
    fault.takes_effect = effect;
    cloud.fault(fault);
    let client = patient(&cloud);
    let created =
        create_after(&client, &owner, |_| {}).unwrap_or_else(|error| panic!("{kind:?} {effect:?}: {error:?}"));
    assert!(cloud.settle(Duration::from_secs(5)), "{kind:?}");
    is_the_only_one(&cloud, &client, &owner, &created);
    let (count, removed) = lost(&created);
    assert_eq!(count, 1, "{kind:?} {effect:?}");
    assert_eq!(
        !removed.is_empty(),
        effect != Some(false) && kind != FaultKind::CutBefore,
        "{kind:?} {effect:?}: {removed:?}"
    );
    assert!(!format!("{:?}", created.notices).contains(created.new.key.expose_secret()));
}

#[test]
fn usual_creation_takes_four_requests_and_no_warning() {
    for variants in [Variants::practice(), Variants::document()] {
        let variants_answer_puts = variants.org_put_answers_token;
        let cloud = Simulator::start(Config { variants, ..Config::default() }).unwrap();
        for owner in [Owner::User, organization(&cloud)] {
            let client = client(&cloud);
            let created = create_after(&client, &owner, |_| {}).unwrap();
            let puts_unshown = owner != Owner::User && !variants_answer_puts;
            assert_eq!((client.api_calls(), created.notices.len()), (if puts_unshown { 5 } else { 4 }, 0));
            is_the_only_one(&cloud, &client, &owner, &created);
            assert_eq!(created.new.token.privileges.is_some(), owner != Owner::User, "what the answer lacks is known");
        }
    }
}

#[test]
fn an_effect_that_comes_after_the_next_creation_is_found_by_the_last_look() {
    let cloud = cloud();
    once(&cloud, "POST", FaultKind::DelayedEffect { milliseconds: HOUR });
    cloud.fault(Fault::new(FaultKind::Delay { milliseconds: HOUR }).method("POST").times(1));
    // No time to wait for the late effect.
    let client = client_with(&cloud, |settings| settings.max_wait = milliseconds(2_000));
    let created = std::thread::scope(|scope| {
        let run = scope.spawn(|| create(&client));
        until(|| methods(&cloud).iter().filter(|method| *method == "POST").count() == 2);
        // The effect of the first and the second itself: a release before that would leave one of them held.
        until(|| cloud.held() == 2);
        cloud.release();
        run.join().unwrap().unwrap()
    });
    is_the_only_one(&cloud, &client, &Owner::User, &created);
    assert!(!lost(&created).1.is_empty());
}

#[test]
fn an_effect_that_may_yet_come_is_waited_for_before_the_next_creation() {
    let cloud = cloud();
    once(&cloud, "POST", FaultKind::DelayedEffect { milliseconds: HOUR });
    let client = client_with(&cloud, |settings| {
        settings.network.timeout = milliseconds(1500);
        settings.max_wait = Duration::from_secs(20);
    });
    let created = std::thread::scope(|scope| {
        let run = scope.spawn(|| create(&client));
        // The listing, and two looks for what the POST left.
        until(|| methods(&cloud).iter().filter(|method| *method == "GET").count() == 3);
        cloud.release();
        run.join().unwrap().unwrap()
    });
    is_the_only_one(&cloud, &client, &Owner::User, &created);
    let methods = methods(&cloud);
    let deleted = methods.iter().position(|method| method == "DELETE");
    let made = methods.iter().rposition(|method| method == "POST");
    assert!(deleted.is_some() && deleted < made, "{methods:?}");
}

#[test]
fn namesakes_are_never_deleted_however_the_answer_is_lost() {
    let losses = losses();
    each(losses, |(kind, effect)| {
        let cloud = cloud();
        let older = cloud.add_user_token(NewToken::named("other")).0;
        let mut fault = Fault::new(kind.clone()).method("POST").times(1);
        fault.takes_effect = effect;
        cloud.fault(fault);
        let client = patient(&cloud);
        let before = calls::list(&client, &Owner::User).unwrap();
        // Another client creates a token of the name and marked ones of other names.
        let namesake = cloud.add_user_token(NewToken::named("wanted")).0;
        let marked = Marker::new(before.now(), 200, None, 1).name_for("wanted-2");
        let of_another_name = cloud.add_user_token(NewToken::named(marked)).0;
        let draft = draft(&Owner::User);
        let gate = Gate { may_begin: &|| true, failed: &|_, _| {} };
        let creations = vec![Creation::new(&client, &draft, &before, None)];
        let (created, notices) = creation::create(&client, &Owner::User, creations, &gate).pop().unwrap();
        let is_withdrawn = matches!(&created, Created::Withdrawn { other: Some(other), .. } if *other == namesake);
        assert!(is_withdrawn, "{kind:?}: {created:?} {notices:?}");
        assert!(cloud.settle(Duration::from_secs(10)), "{kind:?}");
        let left: Vec<String> = cloud.user_tokens().into_iter().map(|token| token.id).collect();
        assert!([&older, &namesake, &of_another_name].iter().all(|id| left.contains(id)), "{kind:?}");
        assert_eq!(ids_named(&cloud, "wanted"), [namesake], "{kind:?}");
    });
}

#[test]
fn effects_up_to_five_seconds_late_leave_one_token_and_are_waited_for() {
    let kinds = [FaultKind::CutBefore, status(200), answer(200, "[]"), FaultKind::Html { status: 200 }, status(503)];
    let delays = [0, 500, 1500, 3500, 5000];
    each(kinds.into_iter().flat_map(|kind| delays.map(|delay| (kind.clone(), delay))), |(kind, delay)| {
        for losses in [1, 2] {
            let cloud = cloud();
            cloud.fault(Fault::new(kind.clone()).method("POST").times(losses).effect_after(delay));
            let client = client_with(&cloud, |settings| {
                settings.network.timeout = Duration::from_secs(2);
                settings.max_wait = Duration::from_secs(30);
            });
            let created = create(&client).unwrap_or_else(|error| panic!("{kind:?} {delay}: {error:?}"));
            assert!(cloud.settle(Duration::from_secs(10)), "{kind:?}");
            is_the_only_one(&cloud, &client, &Owner::User, &created);
            assert_eq!(lost(&created).1.len(), losses, "{kind:?} {delay}");
        }
    });
}

#[test]
fn new_name_is_settled_by_reading_however_the_response_to_the_put_is_lost() {
    let mut kinds = losses();
    kinds.extend([(answer(200, "{}"), Some(false)), (answer(200, r#"{"blocked": true}"#), Some(false))]);
    each(kinds, |(kind, effect)| {
        for delay in [None, Some(1200)] {
            let cloud = cloud();
            let mut fault = Fault::new(kind.clone()).method("PUT").times(1);
            fault.takes_effect = effect;
            fault.effect_after = delay;
            cloud.fault(fault);
            let client = patient(&cloud);
            let created = create(&client).unwrap_or_else(|error| panic!("{kind:?} {effect:?}: {error:?}"));
            assert!(cloud.settle(Duration::from_secs(5)), "{kind:?}");
            is_the_only_one(&cloud, &client, &Owner::User, &created);
        }
    });
}

#[test]
fn copy_of_the_request_does_not_prove_the_new_name() {
    let cloud = cloud();
    let id = "5c5d6a4e-0f5e-4c33-8f0f-6a3a1f1f0001";
    cloud.next_id(id);
    let copy = format!(r#"{{"id": "{id}", "name": "wanted"}}"#);
    cloud.fault(Fault::new(answer(200, &copy)).method("PUT").takes_effect(false));
    let error = create(&client_with(&cloud, |settings| settings.max_wait = Duration::ZERO)).unwrap_err();
    let is_rolled_back = matches!(&error, Error::RolledBack { cause, error: None, .. }
        if matches!(**cause, Error::NotRenamed(None)));
    assert!(is_rolled_back, "{error:?}");
    assert!(cloud.user_tokens().iter().all(|token| token.id != id));
}

#[test]
fn token_that_existed_before_is_not_taken_for_the_new_one() {
    let cloud = cloud();
    let (other, key) = cloud.add_user_token(NewToken::named("other"));
    let body = format!(r#"{{"id": "{other}", "name": "other", "key": "{key}"}}"#);
    cloud.fault(Fault::new(answer(200, &body)).method("POST").path("*/apitokens").times(1).takes_effect(true));
    let client = patient(&cloud);
    let created = create(&client).unwrap();
    is_the_only_one(&cloud, &client, &Owner::User, &created);
    assert_eq!(lost(&created).0, 1);
    assert_eq!(ids_named(&cloud, "other"), [other]);
}

#[test]
fn token_whose_new_name_is_refused_is_rolled_back() {
    for code in [400, 403, 404] {
        let cloud = cloud();
        cloud.fault(Fault::new(answer(code, r#"{"detail": "No."}"#)).method("PUT"));
        let error = create(&patient(&cloud)).unwrap_err();
        let is_refused = matches!(&error, Error::RolledBack { cause, error: None, .. }
            if matches!(&**cause, Error::NotRenamed(Some(cause)) if cause.status() == Some(code)));
        assert!(is_refused, "{error:?}");
        assert_eq!(ids_named(&cloud, "wanted").len(), 0);
    }
}

#[test]
fn what_a_killed_run_left_is_deleted_once_it_is_over_or_its_lock_is_held() {
    let lock = LockDomain::of(&["one"]);
    for (age, domain, may_create) in [
        (10.0, None, false),
        (10.0, Some(LockDomain::of(&["other"])), false),
        (10.0, Some(lock), true),
        (600.0, None, true),
    ] {
        let cloud = cloud();
        let client = client_with(&cloud, |settings| settings.max_wait = milliseconds(700));
        let marked = Marker::new(cloud.now() - age, 200, Some(lock), 1).name_for("wanted");
        let left = cloud.add_user_token(NewToken::named(marked)).0;
        let before = calls::list(&client, &Owner::User).unwrap();
        let draft = draft(&Owner::User);
        let gate = Gate { may_begin: &|| true, failed: &|_, _| {} };
        let creations = vec![Creation::new(&client, &draft, &before, domain)];
        let (created, notices) = creation::create(&client, &Owner::User, creations, &gate).pop().unwrap();
        if may_create {
            let Created::Token(new) = created else { panic!("{created:?}") };
            assert_eq!(ids_named(&cloud, "wanted"), [new.token.id]);
            assert!(matches!(&notices[..], [Notice::LeftoversDeleted(ids)] if *ids == [left]), "{notices:?}");
        } else {
            // The order of the markers does not matter: the other one never ends by itself.
            let is_refused = match &created {
                Created::Failed(Error::RolledBack { cause, .. }) => matches!(**cause, Error::Unfinished { .. }),
                Created::Withdrawn { other, .. } => other.as_ref() == Some(&left),
                _ => false,
            };
            assert!(is_refused, "{created:?}");
            assert_eq!(ids_named(&cloud, "wanted"), [left]);
        }
    }
}

#[test]
fn an_orphan_that_cannot_be_deleted_is_named_with_what_to_do() {
    let cloud = cloud();
    once(&cloud, "POST", FaultKind::CutAfter);
    cloud.fault(Fault::new(answer(403, r#"{"detail": "No."}"#)).method("DELETE"));
    let error = create(&patient(&cloud)).unwrap_err();
    let ids = ids_named(&cloud, "wanted");
    assert_eq!(ids.len(), 1);
    assert!(matches!(&error, Error::OrphanStays { id, error, .. } if *id == ids[0] && error.status() == Some(403)));
    let key = &cloud.user_tokens().pop().unwrap().key;
    assert!(!format!("{error:?}").contains(key.as_str()));
}

#[test]
fn an_orphan_that_cannot_be_looked_for_may_yet_appear() {
    let cloud = cloud();
    once(&cloud, "POST", FaultKind::CutAfter);
    cloud.fault(Fault::new(status(401)).method("GET").skip(1));
    let error = create(&patient(&cloud)).unwrap_err();
    assert!(matches!(&error, Error::Unsettled { error: look, .. } if look.status() == Some(401)), "{error:?}");
}

#[test]
fn when_time_runs_out_the_error_names_what_may_yet_appear() {
    each([FaultKind::DelayedEffect { milliseconds: HOUR }, status(504)], |kind| {
        for max_wait in [300, 900, 1400] {
            let cloud = cloud();
            cloud.fault(Fault::new(kind.clone()).method("POST"));
            let client = client_with(&cloud, |settings| {
                settings.network.timeout = milliseconds(400);
                settings.max_wait = milliseconds(max_wait);
            });
            let error = create(&client).unwrap_err();
            let names = match &error {
                Error::AnswersLost { may_appear, .. } => may_appear,
                other => panic!("{other:?}"),
            };
            assert!(!names.is_empty() && names.iter().all(|name| name.starts_with("wanted (new ")), "{error:?}");
            assert_eq!(ids_named(&cloud, "wanted").len(), 0);
        }
    });
}

#[test]
fn answers_that_are_lost_every_time_leave_nothing_and_end() {
    each(
        [
            (FaultKind::CutBefore, None),
            (FaultKind::CutAfter, None),
            (FaultKind::WrongShape, Some(true)),
            (status(500), Some(false)),
            (status(500), Some(true)),
        ],
        |(kind, effect)| {
            let cloud = cloud();
            let mut fault = Fault::new(kind.clone()).method("POST");
            fault.takes_effect = effect;
            cloud.fault(fault);
            let client = patient(&cloud);
            let error = create(&client).unwrap_err();
            assert!(matches!(&error, Error::AnswersLost { count: 2.., .. }), "{error:?}");
            assert_eq!(ids_named(&cloud, "wanted").len(), 0, "{kind:?}");
            let posts = methods(&cloud).iter().filter(|method| *method == "POST").count();
            assert!((2..=5).contains(&posts), "{kind:?}: {posts}");
        },
    );
}

#[test]
fn a_refusal_after_a_lost_answer_leaves_nothing_either() {
    let cloud = cloud();
    once(&cloud, "POST", FaultKind::CutAfter);
    cloud.fault(Fault::new(answer(400, r#"{"detail": "No more."}"#)).method("POST"));
    let error = create(&patient(&cloud)).unwrap_err();
    assert!(
        matches!(&error, Error::AnswersLost { cause, removed, may_appear, .. }
            if cause.status() == Some(400) && removed.len() == 1 && may_appear.is_empty()),
        "{error:?}"
    );
    assert_eq!(ids_named(&cloud, "wanted").len(), 0);
}

#[test]
fn a_refusal_at_first_is_told_as_it_is() {
    let cloud = cloud();
    cloud.fault(Fault::new(answer(400, r#"{"detail": "No."}"#)).method("POST"));
    let client = patient(&cloud);
    let error = create(&client).unwrap_err();
    assert_eq!(error.status(), Some(400));
    assert_eq!(methods(&cloud), ["GET", "POST"]);
}
