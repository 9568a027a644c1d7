//! Many runs at once that no lock keeps apart: of other users, other homes, other hosts.

use crate::plain_file::filed;
use mist_client::Client;
use mist_simulator::{Fault, FaultKind, NewToken, Simulator};
use mist_tokens::apply::{ApplyError, Outcome, Run, apply};
use mist_tokens::apply_set::{self, Progress};
use mist_tokens::calls;
use mist_tokens::plan::{self, Context};
use mist_tokens::set::{self, Situation};
use mist_tokens::target::{AtPlace, DesiredToken, Recreate, Target};
use mist_tokens::token::{Listing, Owner};
use mist_tokens::{Error, Notice};
use secrecy::ExposeSecret;
use std::collections::BTreeSet;
use std::sync::Barrier;
use std::time::Duration;
use suites::{TOKENS, client_with, cloud, ids_named, methods, milliseconds, status};

fn patient(cloud: &Simulator) -> Client {
    client_with(cloud, |settings| {
        settings.network.timeout = Duration::from_secs(20);
        settings.max_wait = Duration::from_secs(50);
    })
}

fn wanted(recreate: Recreate) -> DesiredToken {
    DesiredToken { target: Target { name: "wanted".into(), recreate, ..Target::default() }, writer: None }
}

/// One run, without a lock; `between` happens after it has listed and planned.
fn run_with(
    client: &Client,
    wanted: &DesiredToken,
    is_read: &(dyn Fn() -> bool + Sync),
    between: impl FnOnce(&Listing),
) -> Result<Outcome, Box<ApplyError>> {
    let own = BTreeSet::new();
    let place = wanted.look().unwrap();
    let listing = calls::list(client, &Owner::User).unwrap();
    let context = Context {
        key_file: &place.found,
        other_attributes: place.other_attributes,
        own: &own,
        allow_self: false,
        now: listing.now(),
        judge: listing.judge(None),
    };
    let plan = plan::present(&wanted.target, &Owner::User, &listing.tokens, &context).unwrap();
    between(&listing);
    let run = Run { client, owner: &Owner::User, own: &own, allow_self: false, domain: None, is_read };
    apply(&run, wanted, plan, &listing).outcome
}

fn run(client: &Client, wanted: &DesiredToken, between: impl FnOnce(&Listing)) -> Result<Outcome, Box<ApplyError>> {
    run_with(client, wanted, &|| true, between)
}

/// So many at once, all of which have listed before one of them creates.
fn at_once(count: usize, one: impl Fn(&Barrier) -> Outcome + Sync) -> Vec<Outcome> {
    let listed = Barrier::new(count);
    std::thread::scope(|scope| {
        let runs: Vec<_> = (0..count).map(|_| scope.spawn(|| one(&listed))).collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    })
}

fn key(done: &Outcome) -> Option<&str> {
    done.key.as_ref().map(ExposeSecret::expose_secret)
}

#[test]
fn twelve_runs_that_all_found_none_make_one_token_and_the_others_find_it_there() {
    for round in 0..3 {
        let cloud = cloud();
        let done = at_once(12, |listed| {
            run(&patient(&cloud), &wanted(Recreate::Never), |_| {
                listed.wait();
            })
            .unwrap()
        });
        let ids = ids_named(&cloud, "wanted");
        assert_eq!(ids.len(), 1, "round {round}");
        let stored = cloud.user_tokens().into_iter().find(|token| token.id == ids[0]).unwrap();
        let keys: Vec<&str> = done.iter().filter_map(key).collect();
        assert_eq!(keys, [&stored.key], "round {round}: one run has the key");
        for one in &done {
            assert_eq!(one.token.as_ref().map(|token| &token.id), Some(&ids[0]), "round {round}");
            let withdrew = one.notices.iter().any(|notice| matches!(notice, Notice::Withdrew { .. }));
            assert_eq!((withdrew, one.changed()), (one.key.is_none(), one.key.is_some()), "round {round}");
        }
    }
}

#[test]
fn runs_leave_one_token_on_a_cloud_whose_lists_are_late() {
    for lag in 1..=3 {
        let cloud = cloud();
        cloud.behavior(|behavior| behavior.list_lag = [("apitokens".to_owned(), lag)].into());
        let done = at_once(3, |listed| {
            run(&patient(&cloud), &wanted(Recreate::Never), |_| {
                listed.wait();
            })
            .unwrap()
        });
        let keys: Vec<&str> = done.iter().filter_map(key).collect();
        let stored: Vec<_> = cloud.user_tokens().into_iter().filter(|token| token.name == "wanted").collect();
        assert_eq!(stored.len(), 1, "lists are late by {lag}: {keys:?}");
        assert_eq!(keys, [&stored[0].key], "lists are late by {lag}");
    }
}

#[test]
fn runs_that_have_one_key_file_all_succeed_and_it_holds_the_key_of_the_one_token() {
    let folder = tempfile::tempdir().unwrap();
    let cloud = cloud();
    let path = folder.path().join("key");
    at_once(6, |listed| {
        run(&patient(&cloud), &filed(wanted(Recreate::Never), &path), |_| {
            listed.wait();
        })
        .unwrap_or_else(|stopped| panic!("{:?}", stopped.error))
    });
    let stored = cloud.user_tokens().into_iter().filter(|token| token.name == "wanted").collect::<Vec<_>>();
    assert_eq!(stored.len(), 1);
    assert_eq!(std::fs::read_to_string(path).unwrap().trim(), stored[0].key);
}

#[test]
fn runs_that_all_make_the_token_anew_make_one_and_the_old_one_goes_once() {
    let cloud = cloud();
    let old = cloud.add_user_token(NewToken::named("wanted")).0;
    let done = at_once(6, |listed| {
        run(&patient(&cloud), &wanted(Recreate::Always), |_| {
            listed.wait();
        })
        .unwrap_or_else(|stopped| panic!("{:?}", stopped.error))
    });
    let ids = ids_named(&cloud, "wanted");
    assert!(ids.len() == 1 && ids[0] != old, "{ids:?}");
    assert_eq!(done.iter().filter(|done| done.key.is_some()).count(), 1);
    assert_eq!(done.iter().map(|done| done.deleted.len()).sum::<usize>(), 1);
}

#[test]
fn three_sets_at_once_make_each_token_once_with_one_look_where_nobody_else_is_at_work() {
    let names = ["a", "b", "c", "d", "e", "f"];
    let set = |client: &Client, listed: Option<&Barrier>| {
        let declared: Vec<DesiredToken> = names
            .iter()
            .map(|name| DesiredToken { target: Target { name: (*name).into(), ..Target::default() }, writer: None })
            .collect();
        let listing = calls::list(client, &Owner::User).unwrap();
        let own = BTreeSet::new();
        let places = vec![AtPlace::nowhere(); names.len()];
        let situation = Situation {
            owner: &Owner::User,
            tokens: &listing.tokens,
            places: &places,
            own: &own,
            by_token: true,
            allow_self: false,
            now: listing.now(),
            judge: listing.judge(None),
        };
        let targets: Vec<&Target> = declared.iter().map(|wanted| &wanted.target).collect();
        let plan = set::plan(&targets, None, &situation).unwrap();
        if let Some(listed) = listed {
            listed.wait();
        }
        let run = Run { client, owner: &Owner::User, own: &own, allow_self: false, domain: None, is_read: &|| true };
        apply_set::apply(&run, &declared, &plan, &listing)
    };
    let alone = cloud();
    let client = patient(&alone);
    assert!(set(&client, None).is_complete());
    assert_eq!(client.api_calls(), 2 + 2 * names.len() as u32);

    let cloud = cloud();
    let listed = Barrier::new(3);
    let done: Vec<_> = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..3).map(|_| scope.spawn(|| set(&patient(&cloud), Some(&listed)))).collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    for (position, name) in names.iter().enumerate() {
        assert_eq!(ids_named(&cloud, name).len(), 1, "{name}");
        let keys =
            done.iter().filter(|set| matches!(&set.tokens[position], Progress::Done(done) if done.key.is_some()));
        assert_eq!(keys.count(), 1, "{name}");
    }
    assert!(done.iter().all(apply_set::SetOutcome::is_complete));
}

#[test]
fn token_that_another_client_creates_meanwhile_is_kept_and_this_run_withdraws() {
    // Older or newer than the own token; no run withdraws it.
    for (seconds, max_wait) in [(-60, 5_000), (60, 2_000), (60, 0)] {
        let cloud = cloud();
        let client = client_with(&cloud, |settings| {
            settings.network.timeout = Duration::from_secs(5);
            settings.max_wait = milliseconds(max_wait);
        });
        let mut other = String::new();
        let done = run(&client, &wanted(Recreate::Never), |_| {
            let created_time = Some(cloud.now() as i64 + seconds);
            other = cloud.add_user_token(NewToken { created_time, ..NewToken::named("wanted") }).0;
        })
        .unwrap();
        assert!(done.key.is_none(), "{seconds}");
        assert_eq!(ids_named(&cloud, "wanted"), [other], "{seconds}");
    }
}

#[test]
fn token_is_not_renamed_without_a_look_at_other_runs() {
    for kind in [status(401), status(400), FaultKind::Html { status: 200 }, FaultKind::WrongShape] {
        let cloud = cloud();
        cloud.fault(Fault::new(kind.clone()).method("GET").path(TOKENS).skip(1));
        let stopped = run(&patient(&cloud), &wanted(Recreate::Never), |_| {}).unwrap_err();
        assert!(matches!(stopped.error, Error::RolledBack { error: None, .. }), "{kind:?}: {:?}", stopped.error);
        assert_eq!(ids_named(&cloud, "wanted").len(), 0, "{kind:?}");
    }
}

#[test]
fn a_token_of_its_own_that_cannot_be_withdrawn_is_named() {
    let cloud = cloud();
    cloud.fault(Fault::new(status(403)).method("DELETE"));
    let stopped = run(&patient(&cloud), &wanted(Recreate::Never), |_| {
        let created_time = Some(cloud.now() as i64 - 60);
        cloud.add_user_token(NewToken { created_time, ..NewToken::named("wanted") });
    })
    .unwrap_err();
    let id = match &stopped.error {
        Error::RolledBack { cause, id, error: Some(_), .. } if matches!(**cause, Error::Overtaken { .. }) => id,
        other => panic!("{other:?}"),
    };
    assert!(ids_named(&cloud, "wanted").contains(id));
    assert!(stopped.done.key.is_none(), "nothing is delivered");
}

/// Returns true if the test reads, by the number of calls.
struct Reader(std::sync::Mutex<Vec<bool>>);

impl Reader {
    fn new(answers: &[bool]) -> Self {
        Self(std::sync::Mutex::new(answers.iter().rev().copied().collect()))
    }

    fn is_there(&self) -> bool {
        self.0.lock().unwrap().pop().expect("nobody asks more often")
    }
}

#[test]
fn where_nobody_reads_the_result_nothing_is_made_and_nothing_old_goes() {
    for (answers, posts) in [(&[false][..], 0), (&[true, false], 1)] {
        for recreate in [Recreate::Never, Recreate::Always] {
            let cloud = cloud();
            let old = (recreate == Recreate::Always).then(|| cloud.add_user_token(NewToken::named("wanted")).0);
            let reader = Reader::new(answers);
            let stopped = run_with(&patient(&cloud), &wanted(recreate), &|| reader.is_there(), |_| {}).unwrap_err();
            let told = match &stopped.error {
                Error::NobodyReads => posts == 0,
                Error::RolledBack { cause, error: None, .. } => posts == 1 && **cause == Error::NobodyReads,
                _ => false,
            };
            assert!(told, "{:?}", stopped.error);
            assert_eq!(ids_named(&cloud, "wanted"), old.into_iter().collect::<Vec<_>>(), "{answers:?} {recreate:?}");
            assert_eq!(methods(&cloud).iter().filter(|method| *method == "POST").count(), posts);
        }
    }
}

#[test]
fn with_a_file_the_delivery_is_the_file_whoever_reads() {
    let folder = tempfile::tempdir().unwrap();
    let cloud = cloud();
    let path = folder.path().join("key");
    run_with(&patient(&cloud), &filed(wanted(Recreate::Never), &path), &|| false, |_| {}).unwrap();
    let stored = cloud.user_tokens().into_iter().find(|token| token.name == "wanted").unwrap();
    assert_eq!(std::fs::read_to_string(path).unwrap().trim(), stored.key);
}
