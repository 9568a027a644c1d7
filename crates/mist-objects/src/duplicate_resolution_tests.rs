//! One, two and three runs on a model cloud, in virtual time: every combination of lost responses, with effects before, after and
//! long after the loss, and with objects of other clients.

use super::*;
use mist_client::error::{Call, Cause};
use std::collections::BTreeSet;
use std::sync::{Condvar, Mutex};

/// Milliseconds of `max_wait`.
const MAX_WAIT: u64 = 60_000;

/// The fate of a POST.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Answered,
    LostBefore,
    /// The response is lost, and the object appears this many milliseconds later.
    LostAfter(u64),
    /// The same after a request that was answered with a refusal.
    Refused,
}
use Fate::{Answered, LostAfter, LostBefore, Refused};

#[derive(Clone, Debug, PartialEq)]
struct Object {
    id: String,
    created: u64,
    /// The run that created it, or another client.
    maker: Option<usize>,
    /// Its run got the response.
    proven: bool,
}

#[derive(Default)]
struct State {
    /// The time of each run, `None` when it has ended.
    clocks: Vec<Option<u64>>,
    objects: Vec<Object>,
    /// Objects that appear later.
    pending: Vec<(u64, Object)>,
    posts: usize,
    has_times: bool,
}

/// A cloud that carries out the requests of several runs in the order of their virtual times.
struct Cloud {
    state: Mutex<State>,
    turn: Condvar,
    seed: usize,
}

impl Cloud {
    /// The duration of a request of the run in milliseconds.
    fn latency(&self, run: usize) -> u64 {
        [20, 300, 700][(run + self.seed) % 3]
    }

    /// Does something as the run when its time has come. It takes `time` milliseconds.
    fn act<R>(&self, run: usize, time: u64, action: impl FnOnce(&mut State, u64) -> R) -> R {
        let mut state = self.state.lock().unwrap();
        loop {
            let first = state.clocks.iter().enumerate().filter_map(|(number, clock)| Some(((*clock)?, number))).min();
            let Some((now, first)) = first else { panic!("a run acts after its end") };
            if first == run {
                state.appear(now);
                let result = action(&mut state, now);
                if let Some(clock) = state.clocks[run].as_mut() {
                    *clock += time;
                }
                self.turn.notify_all();
                return result;
            }
            state = self.turn.wait(state).unwrap();
        }
    }
}

impl State {
    fn appear(&mut self, now: u64) {
        let (due, later) = std::mem::take(&mut self.pending).into_iter().partition(|(at, _)| *at <= now);
        self.pending = later;
        let due: Vec<(u64, Object)> = due;
        self.objects.extend(due.into_iter().map(|(_, object)| object));
    }
}

struct Run<'a> {
    cloud: &'a Cloud,
    number: usize,
    fates: Vec<Fate>,
    posts: Mutex<usize>,
    waited: Mutex<u64>,
    before: BTreeSet<String>,
}

fn lost() -> Error {
    let call = Call { method: "POST", url: "https://api.mist.com/x".to_owned() };
    Error::Connection { call, reach: Reach::Lost, cause: Box::new(Cause::Network(String::new())), proxy: None }
}

fn namesake(object: &Object, has_times: bool) -> Namesake {
    #[allow(clippy::cast_precision_loss)]
    let created = has_times.then_some(object.created as f64);
    Namesake { id: object.id.clone(), created, object: Fields::new() }
}

impl Collection for Run<'_> {
    fn post(&self) -> Posted {
        let attempt = {
            let mut posts = self.posts.lock().unwrap();
            *posts += 1;
            *posts - 1
        };
        let fate = self.fates.get(attempt).copied().unwrap_or(Answered);
        self.cloud.act(self.number, self.cloud.latency(self.number), |state, now| {
            state.posts += 1;
            let delay = if let LostAfter(delay) = fate { delay } else { 0 };
            let id = fastrand::Rng::with_seed((self.cloud.seed ^ state.posts << 20) as u64).u64(..);
            let proven = fate == Answered;
            let object =
                Object { id: format!("{id:016x}"), created: (now + delay) / 1000, maker: Some(self.number), proven };
            match fate {
                Answered => state.objects.push(object.clone()),
                LostAfter(_) => state.pending.push((now + delay, object.clone())),
                LostBefore | Refused => {}
            }
            match fate {
                Answered => Posted::Own(namesake(&object, state.has_times)),
                Refused => Posted::Refused(Error::Other("refused".to_owned())),
                LostBefore | LostAfter(_) => Posted::Lost(lost()),
            }
        })
    }

    fn namesakes(&self) -> Result<Vec<Namesake>, Error> {
        self.cloud.act(self.number, self.cloud.latency(self.number), |state, _| {
            let new = state.objects.iter().filter(|object| !self.before.contains(&object.id));
            Ok(new.map(|object| namesake(object, state.has_times)).collect())
        })
    }

    fn withdraw(&self, id: &str) -> bool {
        self.cloud.act(self.number, self.cloud.latency(self.number), |state, _| {
            let object = state.objects.iter().find(|object| object.id == id).cloned();
            let object = object.unwrap_or_else(|| panic!("{id} does not exist"));
            assert!(object.proven && object.maker == Some(self.number), "run {} deletes {object:?}", self.number);
            state.objects.retain(|other| other.id != id);
            true
        })
    }

    fn pause(&self, pause: Duration) {
        let time = u64::try_from(pause.as_millis()).unwrap();
        *self.waited.lock().unwrap() += time;
        self.cloud.act(self.number, time, |_, _| ());
    }

    fn remaining_wait(&self) -> Duration {
        Duration::from_millis(MAX_WAIT - *self.waited.lock().unwrap())
    }

    fn timeout(&self) -> Duration {
        Duration::from_secs(30)
    }

    fn is_interrupted(&self) -> bool {
        false
    }
}

/// A run: when it starts, and what happens to its POSTs.
type Plan = (u64, Vec<Fate>);

#[derive(Debug)]
enum Ended {
    /// Its first look found an object, so that it created none.
    Found,
    Created(Box<Created>),
    Failed,
}

struct Played {
    ended: Vec<Ended>,
    /// The objects that exist after all pending ones appeared.
    remaining: Vec<Object>,
    posts: usize,
}

fn play(plans: &[Plan], foreign: &[u64], seed: usize, has_times: bool) -> Played {
    let pending = foreign.iter().enumerate().map(|(number, at)| {
        let id = format!("{:016x}", fastrand::Rng::with_seed((seed ^ number ^ 77) as u64).u64(..));
        (*at, Object { id, created: at / 1000, maker: None, proven: false })
    });
    // The clock of the cloud does not begin with a whole second.
    let phase = seed as u64 % 1000;
    let state = State {
        clocks: plans.iter().map(|(start, _)| Some(start + phase)).collect(),
        pending: pending.map(|(at, object)| (at + phase, object)).collect(),
        has_times,
        ..State::default()
    };
    let cloud = Cloud { state: Mutex::new(state), turn: Condvar::new(), seed };
    let ended: Vec<Ended> = std::thread::scope(|scope| {
        let started: Vec<_> = plans
            .iter()
            .enumerate()
            .map(|(number, (_, fates))| {
                let cloud = &cloud;
                scope.spawn(move || run(cloud, number, fates.clone()))
            })
            .collect();
        started.into_iter().map(|run| run.join().unwrap()).collect()
    });
    let mut state = cloud.state.into_inner().unwrap();
    state.appear(u64::MAX);
    Played { ended, remaining: state.objects, posts: state.posts }
}

fn run(cloud: &Cloud, number: usize, fates: Vec<Fate>) -> Ended {
    /// Lets the others go on, however the run ends.
    struct End<'a>(&'a Cloud, usize);
    impl Drop for End<'_> {
        fn drop(&mut self) {
            if let Ok(mut state) = self.0.state.lock() {
                state.clocks[self.1] = None;
            }
            self.0.turn.notify_all();
        }
    }
    let _end = End(cloud, number);
    let exists = cloud.act(number, cloud.latency(number), |state, _| !state.objects.is_empty());
    if exists {
        return Ended::Found;
    }
    let (posts, waited) = (Mutex::new(0), Mutex::new(0));
    let run = Run { cloud, number, fates, posts, waited, before: BTreeSet::new() };
    match create(&run) {
        Ok(created) => {
            cloud.act(number, 0, |state, _| {
                assert!(
                    state.objects.iter().any(|object| object.id == created.object.id),
                    "{created:?} does not exist"
                );
            });
            Ended::Created(Box::new(created))
        }
        Err(_) => Ended::Failed,
    }
}

/// Every way in which the POSTs of a run can end.
fn fates() -> Vec<Vec<Fate>> {
    let mut all = vec![vec![Answered]];
    all.extend([0, 500, 1_500, 3_500, 5_000].map(|delay| vec![LostAfter(delay)]));
    all.extend([Answered, LostBefore, LostAfter(0), LostAfter(3_500), Refused].map(|second| vec![LostBefore, second]));
    all
}

/// Checks the invariants of every combination.
fn check(plans: &[Plan], foreign: &[u64], seed: usize, has_times: bool) {
    let Played { ended, remaining, .. } = play(plans, foreign, seed, has_times);
    let told = format!("{plans:?} {foreign:?} {seed} {has_times}: {ended:?} {remaining:?}");
    assert_eq!(remaining.iter().filter(|object| object.maker.is_none()).count(), foreign.len(), "{told}");
    let created: Vec<&Created> = ended
        .iter()
        .filter_map(|ended| if let Ended::Created(created) = ended { Some(&**created) } else { None })
        .collect();
    if !created.is_empty() {
        assert!(!remaining.is_empty(), "{told}");
    }
    let named: BTreeSet<&str> = created
        .iter()
        .flat_map(|created| created.duplicates.iter().chain([&created.object.id]))
        .map(String::as_str)
        .collect();
    let all_lost_something = plans.iter().all(|(_, fates)| fates != &[Answered]);
    for created in &created {
        assert!(remaining.iter().any(|object| object.id == created.object.id), "{told}");
    }
    let unnamed = remaining.iter().filter(|object| object.maker.is_some() && !named.contains(object.id.as_str()));
    assert_eq!(unnamed.count(), 0, "{told}");
    let unproven = plans.iter().flat_map(|(_, fates)| fates).any(|fate| matches!(fate, LostAfter(_)));
    if all_lost_something && !unproven && foreign.is_empty() && has_times && !created.is_empty() {
        assert_eq!(remaining.len(), 1, "{told}");
    }
}

#[test]
fn one_run_creates_one_object_whatever_is_lost() {
    for fates in fates() {
        for seed in 0..20 {
            let plans = [(0, fates.clone())];
            check(&plans, &[], seed, true);
            let played = play(&plans, &[], seed, true);
            assert_eq!(played.remaining.len(), usize::from(!fates.contains(&Refused)), "{fates:?}");
        }
    }
}

#[test]
fn a_response_costs_one_request_and_a_late_effect_no_second_post() {
    assert_eq!(play(&[(0, vec![Answered])], &[], 1, true).posts, 1);
    for delay in [0, 500, 1_500, 3_500, 5_000] {
        assert_eq!(play(&[(0, vec![LostAfter(delay)])], &[], 1, true).posts, 1, "{delay}");
    }
    assert_eq!(play(&[(0, vec![LostBefore])], &[], 1, true).posts, 2);
}

#[test]
fn two_runs_never_delete_each_others_object_and_name_all_that_remain() {
    for start in [0, 10, 40, 700, 3_000, 6_000] {
        for first in fates() {
            for second in fates() {
                for seed in [1, 2, 991] {
                    check(&[(0, first.clone()), (start, second.clone())], &[], seed, true);
                }
            }
        }
    }
}

/// The window in which both runs send their second POST depends on latencies and start times.
#[test]
fn two_runs_that_repeat_at_the_same_time_leave_one_object() {
    let fates = vec![LostBefore, Answered];
    for start in (0..8_000).step_by(47) {
        for seed in (0..12).map(|number| number * 83) {
            let plans = [(0, fates.clone()), (start, fates.clone())];
            check(&plans, &[], seed, true);
            if seed % 3 == 0 {
                // Of the fast ones, each one knows that the other has deleted its own.
                for ended in play(&plans, &[], seed, true).ended {
                    assert!(!matches!(&ended, Ended::Created(created) if !created.duplicates.is_empty()), "{ended:?}");
                }
            }
        }
    }
}

#[test]
fn three_runs_and_other_clients_at_random() {
    let mut random = fastrand::Rng::with_seed(20);
    let fates = fates();
    for seed in 0..1_500 {
        let mut plan =
            || (random.choice([0, 15, 60, 900, 2_500, 5_800]).unwrap(), random.choice(&fates).unwrap().clone());
        let plans = [plan(), plan(), plan()];
        let count = random.usize(..3);
        let foreign: Vec<u64> = (0..count).map(|_| random.u64(..8_000)).collect();
        check(&plans, &foreign, seed, random.bool());
    }
}

#[test]
fn without_time_to_settle_nothing_is_sent_again() {
    struct Hasty<'a>(Run<'a>);
    impl Collection for Hasty<'_> {
        fn post(&self) -> Posted {
            self.0.post()
        }
        fn namesakes(&self) -> Result<Vec<Namesake>, Error> {
            self.0.namesakes()
        }
        fn withdraw(&self, id: &str) -> bool {
            self.0.withdraw(id)
        }
        fn pause(&self, pause: Duration) {
            self.0.pause(pause);
        }
        fn remaining_wait(&self) -> Duration {
            self.0.remaining_wait().saturating_sub(Duration::from_secs(56))
        }
        fn timeout(&self) -> Duration {
            self.0.timeout()
        }
        fn is_interrupted(&self) -> bool {
            false
        }
    }
    let state = State { clocks: vec![Some(0)], ..State::default() };
    let cloud = Cloud { state: Mutex::new(state), turn: Condvar::new(), seed: 1 };
    let (posts, waited, before) = (Mutex::new(0), Mutex::new(0), BTreeSet::new());
    let run = Hasty(Run { cloud: &cloud, number: 0, fates: vec![LostBefore], posts, waited, before });
    let failed = create(&run).unwrap_err();
    assert!(failed.may_appear);
    assert_eq!((*run.0.posts.lock().unwrap(), *run.0.waited.lock().unwrap()), (1, 4_000));
}
