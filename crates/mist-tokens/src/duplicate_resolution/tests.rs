//! Runs of the protocol in a model of the cloud: every interleaving of two runs with up to two lost responses, and random ones
//! of three runs with kills, another client, refused calls and effects that come up to five seconds late.

use super::*;
use crate::error::Notice;
use crate::token::Listing;
use serde_json::json;
use std::time::SystemTime;

const NAME: &str = "n";
const SECOND: u64 = 1000;
/// Late enough that every marker is over.
const MUCH_LATER: u64 = 1000 * SECOND;
/// The time of the model's beginning, in seconds of the epoch.
const BEGINNING: u64 = 1_790_000_000;

/// Makes the choices of one execution.
trait Choose {
    /// One of this many.
    fn choose(&mut self, options: usize) -> usize;
    fn is_random(&self) -> bool;
}

/// All choices, one execution after the other.
#[derive(Default)]
struct Every {
    path: Vec<(usize, usize)>,
    position: usize,
}

impl Every {
    /// Prepares the next execution; false after the last.
    fn next(&mut self) -> bool {
        self.position = 0;
        while let Some((choice, options)) = self.path.pop() {
            if choice + 1 < options {
                self.path.push((choice + 1, options));
                return true;
            }
        }
        false
    }
}

impl Choose for Every {
    fn choose(&mut self, options: usize) -> usize {
        if self.position == self.path.len() {
            self.path.push((0, options));
        }
        let (choice, _) = self.path[self.position];
        self.position += 1;
        choice
    }

    fn is_random(&self) -> bool {
        false
    }
}

impl Choose for fastrand::Rng {
    fn choose(&mut self, options: usize) -> usize {
        self.usize(..options)
    }

    fn is_random(&self) -> bool {
        true
    }
}

#[derive(Clone, Debug)]
struct Stored {
    id: String,
    name: String,
    /// The run that created it; `None` for another client.
    by: Option<usize>,
    created: u64,
}

#[derive(Debug)]
enum Effect {
    Create(Stored),
    Rename(String),
}

#[derive(Debug, Default)]
struct Cloud {
    now: u64,
    tokens: Vec<Stored>,
    late: Vec<(u64, Effect)>,
    count: u64,
    /// The deleting run, and the deleted token.
    deleted: Vec<(usize, Stored)>,
}

impl Cloud {
    fn listing(&self) -> Listing {
        let shown = |token: &Stored| {
            let created = BEGINNING + token.created / SECOND;
            serde_json::from_value(json!({"id": token.id, "name": token.name, "created_time": created})).unwrap()
        };
        let date = SystemTime::UNIX_EPOCH + Duration::from_secs(BEGINNING) + Duration::from_millis(self.now);
        Listing::new(self.tokens.iter().map(shown).collect(), Some(date))
    }

    fn stored(&mut self, name: &str, by: Option<usize>) -> Stored {
        self.count += 1;
        // No order of the ids has to do with that of the creations.
        let id = format!("{:03}", self.count * 377 % 1000);
        Stored { id, name: name.to_owned(), by, created: self.now }
    }

    fn take_effect(&mut self, effect: Effect) {
        match effect {
            Effect::Create(token) => self.tokens.push(Stored { created: self.now, ..token }),
            Effect::Rename(id) => {
                if let Some(token) = self.tokens.iter_mut().find(|token| token.id == id) {
                    NAME.clone_into(&mut token.name);
                }
            }
        }
    }

    fn advance_to(&mut self, time: u64) {
        self.late.sort_by_key(|(due, _)| *due);
        while self.late.first().is_some_and(|(due, _)| *due <= time) {
            let (due, effect) = self.late.remove(0);
            self.now = self.now.max(due);
            self.take_effect(effect);
        }
        self.now = self.now.max(time);
    }

    fn delete(&mut self, by: usize, id: &str) {
        if let Some(at) = self.tokens.iter().position(|token| token.id == id) {
            let token = self.tokens.remove(at);
            self.deleted.push((by, token));
        }
    }
}

#[derive(Debug)]
enum Phase {
    /// Lists and waits for others, as `apply` does.
    Planning,
    Deleting(Vec<String>),
    Creating(Box<Machine>),
    Ended(Outcome),
    Killed,
}

#[derive(Debug)]
enum Outcome {
    Created(String),
    Found,
    Failed,
}

struct Run {
    number: usize,
    phase: Phase,
    begun: u64,
    waited: u64,
    sleeps_until: u64,
    pause: u64,
    seed: u64,
    domain: Option<LockDomain>,
    /// Everything that it reported.
    report: String,
}

const MAX_WAIT: u64 = 20 * SECOND;
const LIFE: u64 = 120;

impl Run {
    fn new(number: usize, seed: u64) -> Self {
        Self {
            number,
            phase: Phase::Planning,
            begun: 0,
            waited: 0,
            sleeps_until: 0,
            pause: 100,
            seed,
            domain: None,
            report: String::new(),
        }
    }

    fn has_ended(&self) -> bool {
        matches!(self.phase, Phase::Ended(_) | Phase::Killed)
    }

    fn remaining(&self) -> u64 {
        MAX_WAIT - self.waited.min(MAX_WAIT)
    }

    fn sleep(&mut self, cloud: &Cloud, time: u64) {
        self.waited += time;
        self.sleeps_until = cloud.now + time;
    }

    /// One request, or one decision to wait.
    fn step(&mut self, cloud: &mut Cloud, world: &mut World<'_>) {
        match std::mem::replace(&mut self.phase, Phase::Killed) {
            Phase::Planning => self.plan(cloud),
            Phase::Deleting(mut ids) => {
                if let Some(id) = ids.pop() {
                    cloud.delete(self.number, &id);
                }
                self.phase = if ids.is_empty() { Phase::Planning } else { Phase::Deleting(ids) };
            }
            Phase::Creating(machine) => self.create(*machine, cloud, world),
            ended => self.phase = ended,
        }
    }

    fn plan(&mut self, cloud: &Cloud) {
        let listing = cloud.listing();
        self.phase = Phase::Planning;
        if listing.tokens.iter().any(|token| token.name() == NAME) {
            self.phase = Phase::Ended(Outcome::Found);
            return;
        }
        let split = listing.judge(self.domain).split(&listing.tokens, NAME);
        if !split.dead.is_empty() {
            self.phase = Phase::Deleting(split.dead.iter().map(|(token, _)| token.id.clone()).collect());
        } else if split.alive.is_empty() {
            self.begun = cloud.now;
            self.seed += 1;
            let settings = Settings {
                name: NAME.to_owned(),
                domain: self.domain,
                now: listing.now(),
                skew: Duration::ZERO,
                life: Duration::from_secs(LIFE),
                timeout: Duration::from_secs(1),
                known: BTreeSet::new(),
            };
            let random = fastrand::Rng::with_seed(self.seed * 16 + self.number as u64);
            self.phase = Phase::Creating(Box::new(Machine::new(settings, random)));
        } else if self.pause < self.remaining() {
            let pause = self.pause;
            self.sleep(cloud, pause);
            self.pause = (self.pause * 2).min(2 * SECOND);
        } else {
            self.phase = Phase::Ended(Outcome::Failed);
        }
    }

    fn moment(&self, cloud: &Cloud) -> Moment {
        Moment {
            elapsed: Duration::from_millis(cloud.now - self.begun),
            remaining: Duration::from_millis(self.remaining()),
        }
    }

    fn create(&mut self, mut machine: Machine, cloud: &mut Cloud, world: &mut World<'_>) {
        let error = || Error::Cloud(mist_client::Error::Other("lost".to_owned()));
        let action = machine.action(self.moment(cloud));
        match action {
            Action::Post(name) => {
                let token = cloud.stored(&name, Some(self.number));
                let id = token.id.clone();
                let window = Duration::from_secs(6);
                match world.befalls() {
                    Befalls::Nothing => {
                        cloud.take_effect(Effect::Create(token));
                        machine.posted(Posted::Created(id), self.moment(cloud));
                    }
                    Befalls::LostBefore => machine.posted(Posted::Lost(error(), window), self.moment(cloud)),
                    Befalls::Refusal => machine.posted(Posted::Refused(error()), self.moment(cloud)),
                    Befalls::LostAfter(late) => {
                        cloud.late.push((cloud.now + late, Effect::Create(token)));
                        cloud.advance_to(cloud.now);
                        machine.posted(Posted::Lost(error(), window), self.moment(cloud));
                    }
                }
            }
            Action::Rename(id) => {
                let token = cloud.tokens.iter().find(|token| token.id == id).cloned();
                let refused = || Renamed::Refused(error());
                let response = match (world.befalls(), token) {
                    (Befalls::Refusal, _) | (Befalls::Nothing, None) => refused(),
                    (Befalls::Nothing, Some(_)) => {
                        cloud.take_effect(Effect::Rename(id.clone()));
                        let listing = cloud.listing();
                        let shown = listing.tokens.into_iter().find(|token| token.id == id).unwrap();
                        if world.says_nothing() { Renamed::Unshown } else { Renamed::Shown(Box::new(shown)) }
                    }
                    (Befalls::LostBefore, _) => Renamed::Lost(error()),
                    (Befalls::LostAfter(late), _) => {
                        cloud.late.push((cloud.now + late, Effect::Rename(id)));
                        cloud.advance_to(cloud.now);
                        Renamed::Lost(error())
                    }
                };
                machine.renamed(response);
            }
            Action::Look if world.fails() => machine.look_failed(error()),
            Action::Look => machine.looked(&cloud.listing(), self.moment(cloud)),
            Action::Delete(_) if world.fails() => machine.deleted(Err(error())),
            Action::Delete(id) => {
                cloud.delete(self.number, &id);
                machine.deleted(Ok(()));
            }
            Action::Pause(pause) => self.sleep(cloud, pause.as_millis() as u64 + 1),
            Action::End => {
                let (ending, notices) = machine.end();
                self.report.push_str(&format!("{notices:?} {ending:?} "));
                self.phase = match ending {
                    Ending::Created(token) => Phase::Ended(Outcome::Created(token.id)),
                    Ending::Withdrawn { .. } => Phase::Planning,
                    Ending::Failed(_) => Phase::Ended(Outcome::Failed),
                };
                return;
            }
        }
        self.phase = Phase::Creating(Box::new(machine));
    }
}

/// The fate of a POST or a PUT.
enum Befalls {
    Nothing,
    LostBefore,
    LostAfter(u64),
    Refusal,
}

/// The failures of one execution.
struct World<'a> {
    choices: &'a mut dyn Choose,
    losses: usize,
    refusals: bool,
}

impl World<'_> {
    fn befalls(&mut self) -> Befalls {
        if self.losses == 0 {
            return Befalls::Nothing;
        }
        let options = if self.refusals { 8 } else { 4 };
        let chosen = self.choices.choose(options);
        if chosen != 0 && chosen < 5 {
            self.losses -= 1;
        }
        match chosen {
            1 => Befalls::LostBefore,
            2 => Befalls::LostAfter(0),
            3 => {
                let late = if self.choices.is_random() { self.choices.choose(5_000) as u64 } else { 3_500 };
                Befalls::LostAfter(late)
            }
            4 => Befalls::Refusal,
            _ => Befalls::Nothing,
        }
    }

    fn says_nothing(&mut self) -> bool {
        self.choices.is_random() && self.choices.choose(3) == 0
    }

    fn fails(&mut self) -> bool {
        self.refusals && self.choices.choose(40) == 0
    }
}

struct Scenario {
    runs: usize,
    losses: usize,
    refusals: bool,
    kills: bool,
    client: bool,
    seed: u64,
}

/// Runs to the end, and checks what is promised.
fn execute(scenario: &Scenario, choices: &mut dyn Choose) -> [usize; 3] {
    let mut cloud = Cloud::default();
    let mut runs: Vec<Run> = (0..scenario.runs).map(|number| Run::new(number, scenario.seed)).collect();
    if scenario.kills {
        // The first two run on one machine, under one lock: the second begins when the first has ended.
        let domain = LockDomain::of(&["one"]);
        runs[0].domain = Some(domain);
        runs[1].domain = Some(domain);
        runs[2].domain = Some(LockDomain::of(&["other"]));
    }
    let choices_are_random = choices.is_random();
    let mut world = World { choices, losses: scenario.losses, refusals: scenario.refusals };
    let mut client = scenario.client;
    let mut guard = 0;
    loop {
        guard += 1;
        assert!(guard < 5_000, "it does not end");
        let locked = scenario.kills && !runs[0].has_ended();
        let ready: Vec<usize> =
            (0..runs.len()).filter(|number| !(runs[*number].has_ended() || locked && *number == 1)).collect();
        if ready.is_empty() {
            break;
        }
        let mut awake: Vec<usize> =
            ready.iter().copied().filter(|number| runs[*number].sleeps_until <= cloud.now).collect();
        // A sleeping run may go on before one that is awake: that one is slow.
        if let Some(next) = ready
            .iter()
            .copied()
            .filter(|number| !awake.contains(number))
            .min_by_key(|number| runs[*number].sleeps_until)
            && (awake.is_empty() || world.choices.is_random())
        {
            awake.push(next);
        }
        let number = if awake.len() == 1 { awake[0] } else { awake[world.choices.choose(awake.len())] };
        if client && world.choices.choose(12) == 0 {
            client = false;
            let token = cloud.stored(NAME, None);
            cloud.take_effect(Effect::Create(token));
        }
        cloud.advance_to(runs[number].sleeps_until);
        if scenario.kills && number == 0 && world.choices.choose(8) == 0 {
            runs[0].phase = Phase::Killed;
            continue;
        }
        runs[number].step(&mut cloud, &mut world);
    }
    cloud.advance_to(cloud.now + 10 * SECOND);
    check(&cloud, &runs, scenario);
    if !choices_are_random {
        assert_eq!(cloud.tokens.len(), 1, "{:?}", cloud.tokens);
    }
    let count = |is: fn(&Run) -> bool| runs.iter().filter(|run| is(run)).count();
    [
        count(|run| matches!(run.phase, Phase::Ended(Outcome::Created(_)))),
        count(|run| matches!(run.phase, Phase::Ended(Outcome::Found))),
        count(|run| matches!(run.phase, Phase::Ended(Outcome::Failed))),
    ]
}

fn check(cloud: &Cloud, runs: &[Run], scenario: &Scenario) {
    let is_killed = |by: usize| matches!(runs[by].phase, Phase::Killed);
    let state = || {
        let ends: Vec<_> = runs.iter().map(|run| format!("{:?} {}", run.phase, run.report)).collect();
        format!("{:#?}\n{:#?}\n{ends:#?}", cloud.tokens, cloud.deleted)
    };
    for (run, token) in &cloud.deleted {
        let may = token.by == Some(*run) || token.by.is_some_and(is_killed);
        // A run deletes the reported orphans of the previous run under its lock.
        let is_left = scenario.kills && *run == 1 && token.by == Some(0) && token.name != NAME;
        assert!(may || is_left, "run {run} deleted {token:?}\n{}", state());
    }
    let named: Vec<&Stored> = cloud.tokens.iter().filter(|token| token.name == NAME && token.by.is_some()).collect();
    let of_client = cloud.tokens.iter().any(|token| token.by.is_none());
    let mut succeeded = false;
    for run in runs {
        match &run.phase {
            Phase::Ended(Outcome::Created(id)) => {
                assert!(named.iter().any(|token| token.id == *id && token.by == Some(run.number)), "{id} {}", state());
                succeeded = true;
            }
            Phase::Ended(Outcome::Found) => {
                let exists = !named.is_empty() || of_client;
                // A run that was killed, or whose proof failed, may have had it.
                assert!(exists || scenario.kills || scenario.refusals || scenario.losses > 0, "{}", state());
            }
            _ => {}
        }
    }
    assert!(named.len() <= 1, "{}", state());
    assert!(
        succeeded || of_client || scenario.losses > 0 || scenario.kills || scenario.refusals,
        "nothing was created\n{}",
        state()
    );
    for token in &cloud.tokens {
        let Some(by) = token.by.filter(|by| !is_killed(*by)) else { continue };
        let is_result = matches!(&runs[by].phase, Phase::Ended(Outcome::Created(id)) if *id == token.id);
        let report = &runs[by].report;
        assert!(is_result || report.contains(&token.id) || report.contains(&token.name), "{token:?}\n{}", state());
    }
}

#[test]
fn every_interleaving_of_two_runs_with_lost_responses_leaves_one_token() {
    let mut total = 0;
    for (losses, seeds) in [(0, 0..4), (1, 0..4), (2, 0..1)] {
        for seed in seeds {
            let scenario = Scenario { runs: 2, losses, refusals: false, kills: false, client: false, seed: seed * 100 };
            let mut every = Every::default();
            loop {
                let [created, found, failed] = execute(&scenario, &mut every);
                assert_eq!((created + found, failed, created), (2, 0, 1), "{:?}", every.path);
                total += 1;
                if !every.next() {
                    break;
                }
            }
        }
    }
    assert!(total > 10_000, "{total}");
    println!("{total} interleavings");
}

#[test]
fn random_runs_with_kills_refusals_and_another_client_keep_what_is_not_theirs() {
    let mut ends = [0; 3];
    for seed in 0..12_000 {
        let mut random = fastrand::Rng::with_seed(seed);
        let scenario = Scenario {
            runs: 3,
            losses: random.usize(..5),
            refusals: seed % 3 == 0,
            kills: seed % 2 == 0,
            client: seed % 5 == 0,
            seed: seed * 100,
        };
        for (end, count) in ends.iter_mut().zip(execute(&scenario, &mut random)) {
            *end += count;
        }
    }
    println!("created, found, failed: {ends:?}");
    assert!(ends.iter().all(|count| *count > 500), "{ends:?}");
}

#[test]
fn marker_of_a_killed_run_blocks_others_until_it_is_over() {
    let mut cloud = Cloud::default();
    let marker = Marker::new(BEGINNING as f64, LIFE, Some(LockDomain::of(&["dead"])), 1);
    let token = cloud.stored(&marker.name_for(NAME), Some(1));
    cloud.take_effect(Effect::Create(token));
    let mut random = fastrand::Rng::with_seed(1);
    let mut world = World { choices: &mut random, losses: 0, refusals: false };
    for (now, domain, is_created) in [
        (0, None, false),
        (MUCH_LATER, None, true),
        (0, Some(LockDomain::of(&["dead"])), true),
        (0, Some(LockDomain::of(&["other"])), false),
    ] {
        let mut cloud = Cloud { now, tokens: cloud.tokens.clone(), count: 5, ..Cloud::default() };
        let mut run = Run { domain, ..Run::new(0, 7) };
        while !run.has_ended() {
            cloud.advance_to(run.sleeps_until);
            run.step(&mut cloud, &mut world);
        }
        assert_eq!(matches!(run.phase, Phase::Ended(Outcome::Created(_))), is_created, "{now} {domain:?}");
        assert_eq!(cloud.tokens.len(), 1, "{:?}", cloud.tokens);
    }
}

#[test]
fn cloud_that_cuts_the_marker_off_makes_the_run_look_once_more_and_list_the_others() {
    let settings = Settings {
        name: NAME.to_owned(),
        domain: None,
        now: BEGINNING as f64,
        skew: Duration::ZERO,
        life: Duration::from_secs(LIFE),
        timeout: Duration::from_secs(1),
        known: BTreeSet::new(),
    };
    let moment = Moment { elapsed: Duration::ZERO, remaining: Duration::ZERO };
    let stored = |id: &str, name: &str| Stored { id: id.to_owned(), name: name.to_owned(), by: None, created: 0 };
    let cut = "n (new 1ngv";
    for (is_kept, after, namesakes) in [(true, vec![], 0), (false, vec![stored("other", NAME)], 1), (false, vec![], 0)]
    {
        let mut machine = Machine::new(settings.clone(), fastrand::Rng::with_seed(1));
        let Action::Post(sent) = machine.action(moment) else { panic!() };
        machine.posted(Posted::Created("own".to_owned()), moment);
        let shown = if is_kept { sent.as_str() } else { cut };
        let mut cloud = Cloud { tokens: vec![stored("own", shown)], ..Cloud::default() };
        assert_eq!(machine.action(moment), Action::Look);
        machine.looked(&cloud.listing(), moment);
        assert_eq!(machine.action(moment), Action::Rename("own".to_owned()));
        cloud.take_effect(Effect::Rename("own".to_owned()));
        let renamed = cloud.listing().tokens.remove(0);
        machine.renamed(Renamed::Shown(Box::new(renamed)));
        cloud.tokens.extend(after);
        if !is_kept {
            assert_eq!(machine.action(moment), Action::Look);
            machine.looked(&cloud.listing(), moment);
        }
        assert_eq!(machine.action(moment), Action::End);
        let (ending, notices) = machine.end();
        assert!(matches!(ending, Ending::Created(_)));
        assert_eq!(notices.iter().filter(|notice| matches!(notice, Notice::Namesakes(_))).count(), namesakes);
    }

    let mut machine = Machine::new(settings, fastrand::Rng::with_seed(1));
    let cloud = Cloud { tokens: vec![stored("own", cut)], ..Cloud::default() };
    assert!(matches!(machine.action(moment), Action::Post(_)));
    machine.posted(Posted::Created("own".to_owned()), moment);
    machine.looked(&cloud.listing(), moment);
    machine.renamed(Renamed::Unshown);
    machine.looked(&cloud.listing(), moment);
    assert_eq!(machine.action(moment), Action::Delete("own".to_owned()), "a cut marker is not another name");
}
