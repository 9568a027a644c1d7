//! Exactly one token, whatever becomes of the answer to its creation.

use crate::support::{
    answer, client, client_with, cloud, each, holds, ids_named, methods, milliseconds, once, organisation, status,
    until,
};
use mist_client::Client;
use mist_simulator::{Config, Fault, FaultKind, NewToken, Simulator, Variants};
use mist_tokens::creation::{self, Created};
use mist_tokens::plan::Draft;
use mist_tokens::privilege::Privilege;
use mist_tokens::token::{Listing, Owner};
use mist_tokens::{Error, Notice, Result, calls};
use secrecy::ExposeSecret;
use std::time::Duration;

const HOUR: u64 = 3_600_000;

fn draft(owner: &Owner) -> Draft {
    Draft {
        name: "wanted".into(),
        privileges: matches!(owner, Owner::Organisation(_))
            .then(|| vec![Privilege { scope: "org".into(), role: "read".into(), ..Privilege::default() }]),
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
fn create_after(client: &Client, owner: &Owner, meanwhile: impl FnOnce(&Listing)) -> Result<Created> {
    let before = calls::list(client, owner)?;
    meanwhile(&before);
    creation::create(client, owner, &draft(owner), &before)
}

fn create(client: &Client) -> Result<Created> {
    create_after(client, &Owner::User, |_| {})
}

/// Exactly one of the name, and the key in hand is its key.
fn is_the_only_one(cloud: &Simulator, client: &Client, owner: &Owner, created: &Created) {
    let tokens = match owner {
        Owner::User => cloud.user_tokens(),
        Owner::Organisation(_) => cloud.org_tokens(),
    };
    let named: Vec<_> = tokens.iter().filter(|token| token.name == "wanted").collect();
    assert_eq!(named.len(), 1, "{named:?}");
    assert_eq!(created.new.token.id, named[0].id);
    assert_eq!(created.new.key.expose_secret(), named[0].key);
    assert!(created.new.token.has_key(&named[0].key));
    client.with_token(&created.new.key).get("/api/v1/self").unwrap();
}

/// How many answers were lost, and what was deleted for that.
fn lost(created: &Created) -> (usize, Vec<String>) {
    let told = created.notices.iter().find_map(|notice| match notice {
        Notice::AnswersLost { count, removed, .. } => Some((*count, removed.clone())),
        _ => None,
    });
    told.unwrap_or_else(|| panic!("{:?}", created.notices))
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
    let owner = if user { Owner::User } else { organisation(&cloud) };
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
fn without_trouble_it_is_one_call_and_no_warning() {
    for variants in [Variants::practice(), Variants::document()] {
        let cloud = Simulator::start(Config { variants, ..Config::default() }).unwrap();
        for owner in [Owner::User, organisation(&cloud)] {
            let client = client(&cloud);
            let created = create_after(&client, &owner, |_| {}).unwrap();
            assert_eq!((client.api_calls(), created.notices.len()), (2, 0));
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
    let client = client_with(&cloud, |settings| {
        settings.max_wait = Duration::from_secs(20);
    });
    let created = std::thread::scope(|scope| {
        let run = scope.spawn(|| create(&client));
        until(|| methods(&cloud).iter().filter(|method| *method == "POST").count() == 2);
        // The effect of the first and the second itself: a release before that would leave one of them held.
        until(|| cloud.held() == 2);
        // The look after the second POST is held until both POSTs have surely taken effect.
        cloud.fault(Fault::new(FaultKind::Delay { milliseconds: HOUR }).method("GET").times(1));
        cloud.release();
        until(|| cloud.held() > 0);
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
fn tokens_of_the_same_name_that_are_somebody_elses_stay() {
    let cloud = cloud();
    let now = cloud.now() as i64;
    let older = cloud.add_user_token(NewToken::named("wanted")).0;
    once(&cloud, "POST", FaultKind::CutAfter);
    let client = patient(&cloud);
    let mut others = Vec::new();
    let created = create_after(&client, &Owner::User, |_| {
        // Not in the listing yet, but used, or made earlier, or of another name.
        for (name, created, used) in [("wanted", now, Some(now)), ("wanted", now - 600, None), ("other", now, None)] {
            others.push(
                cloud
                    .add_user_token(NewToken { created_time: Some(created), last_used: used, ..NewToken::named(name) })
                    .0,
            );
        }
    })
    .unwrap();
    let left: Vec<String> = cloud.user_tokens().into_iter().map(|token| token.id).collect();
    for id in others.iter().chain([&older, &created.new.token.id]) {
        assert!(left.contains(id), "{id} is gone");
    }
    // Besides, the one that the run authenticates with.
    assert_eq!(left.len(), 6);
    // What is new, unused and of the name is told, though it is dated before the POST.
    let told = created
        .notices
        .iter()
        .any(|notice| matches!(notice, Notice::AnswersLost { others: told, .. } if told == &others[1..2]));
    assert!(told, "{:?}", created.notices);
}

#[test]
fn an_orphan_that_the_cloud_dates_some_seconds_before_its_own_clock_is_recognised() {
    for seconds in [1, 10, 60] {
        let cloud = cloud();
        once(&cloud, "POST", FaultKind::CutBefore);
        let client = patient(&cloud);
        let created = create_after(&client, &Owner::User, |_| {
            // What the lost POST will have left, on a machine of the cloud whose clock is behind.
            let created_time = Some(cloud.now() as i64 - seconds);
            cloud.add_user_token(NewToken { created_time, ..NewToken::named("wanted") });
        })
        .unwrap();
        is_the_only_one(&cloud, &client, &Owner::User, &created);
        assert_eq!(lost(&created).1.len(), 1, "{seconds}");
    }
}

#[test]
fn a_token_that_is_dated_before_the_clouds_own_clock_is_recognised_as_what_the_lost_post_left() {
    for ahead in [-30.0, 5.0, 30.0, 100.0] {
        let cloud = cloud();
        // What the answers are dated by is ahead of, or behind, what tokens are dated by.
        cloud.set_date_offset(ahead);
        once(&cloud, "POST", FaultKind::CutAfter);
        let client = patient(&cloud);
        let created = create(&client).unwrap();
        is_the_only_one(&cloud, &client, &Owner::User, &created);
        assert_eq!(lost(&created).1.len(), 1, "{ahead}");
    }
}

#[test]
fn more_candidates_than_lost_answers_are_all_left_and_named() {
    let cloud = cloud();
    once(&cloud, "POST", FaultKind::CutAfter);
    let mut other = String::new();
    let error = create_after(&patient(&cloud), &Owner::User, |_| {
        other = cloud.add_user_token(NewToken::named("wanted")).0;
    })
    .unwrap_err();
    let ids = ids_named(&cloud, "wanted");
    assert_eq!(ids.len(), 2);
    assert!(ids.contains(&other));
    holds(&error, &["TooManyNew", &ids[0], &ids[1]]);
    assert!(!methods(&cloud).contains(&"DELETE".to_owned()));
}

#[test]
fn a_lost_answer_with_no_token_left_does_not_cover_for_two_others() {
    // One POST was lost and its orphan deleted; what comes up later is not this run's.
    let cloud = cloud();
    once(&cloud, "POST", FaultKind::CutAfter);
    cloud.fault(Fault::new(FaultKind::Delay { milliseconds: HOUR }).method("POST").times(1));
    let client = client_with(&cloud, |settings| {
        settings.network.timeout = Duration::from_secs(10);
        settings.max_wait = Duration::from_secs(20);
    });
    let (created, other) = std::thread::scope(|scope| {
        let run = scope.spawn(|| create(&client));
        until(|| cloud.held() > 0);
        let other = cloud.add_user_token(NewToken::named("wanted")).0;
        cloud.release();
        (run.join().unwrap().unwrap(), other)
    });
    assert!(ids_named(&cloud, "wanted").contains(&other), "it was deleted");
    let told = created.notices.iter().any(|notice| format!("{notice:?}").contains(&other));
    assert!(told, "{:?}", created.notices);
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
    assert!(matches!(&error, Error::Unsettled { error: Some(look), .. } if look.status() == Some(401)), "{error:?}");
}

#[test]
fn when_time_runs_out_the_message_says_what_may_yet_appear() {
    each([FaultKind::DelayedEffect { milliseconds: HOUR }, status(504)], |kind| {
        // In the first case there is no time for a look after the timeout, in the others none for another POST.
        for max_wait in [300, 900, 1400] {
            let cloud = cloud();
            cloud.fault(Fault::new(kind.clone()).method("POST"));
            let client = client_with(&cloud, |settings| {
                settings.network.timeout = milliseconds(400);
                settings.max_wait = milliseconds(max_wait);
            });
            let error = create(&client).unwrap_err();
            let may_appear = match &error {
                Error::Unsettled { error: None, name, .. } => name == "wanted",
                Error::AnswersLost { name, may_appear_within, .. } => name == "wanted" && may_appear_within.is_some(),
                _ => false,
            };
            assert!(may_appear, "{error:?}");
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
            assert!(matches!(&error, Error::AnswersLost { count: 2.., may_appear_within: None, .. }), "{error:?}");
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
        matches!(&error, Error::AnswersLost { cause, removed, may_appear_within: None, .. }
            if cause.status() == Some(400) && removed.len() == 1),
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
