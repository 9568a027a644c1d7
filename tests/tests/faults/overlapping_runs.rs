//! Two and three runs at once without a common lock, which all lose the responses to one call. With and without a token of the
//! same name that another client creates meanwhile.

use acceptance::campaign::{Task, World, in_parallel, is_full, is_marked, is_named};
use acceptance::{Ran, Running};
use anyhow::ensure;
use mist_simulator::{Config, Fault, FaultKind, NewToken, Owner};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::time::Duration;

const NAME: &str = "wanted";
const MODULES: [&str; 2] = ["mist_api_token", "mist_api_tokens"];

/// One way to lose a response.
#[derive(Clone, Debug)]
struct Loss {
    kind: FaultKind,
    takes_effect: Option<bool>,
    effect_after: Option<u64>,
}

#[derive(Clone, Debug)]
struct Scenario {
    module: &'static str,
    method: &'static str,
    loss: Loss,
    runs: usize,
    of_client: bool,
}

impl fmt::Display for Scenario {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { module, method, loss, runs, of_client } = self;
        write!(formatter, "{runs} runs of {module}, namesake {of_client}, {method} {loss:?}")
    }
}

fn losses() -> Vec<Loss> {
    let status = |status: u16, body: &str| FaultKind::Status { status, body: body.into(), headers: BTreeMap::new() };
    let at_once = |kind, takes_effect: Option<bool>| Loss { kind, takes_effect, effect_after: None };
    let late = |kind, milliseconds| Loss { kind, takes_effect: None, effect_after: Some(milliseconds) };
    vec![
        at_once(FaultKind::CutBefore, None),
        at_once(FaultKind::CutAfter, None),
        at_once(status(200, "{}"), Some(false)),
        at_once(status(200, "{}"), Some(true)),
        at_once(status(503, ""), Some(true)),
        at_once(FaultKind::Html { status: 200 }, Some(true)),
        late(FaultKind::CutBefore, 300),
        late(FaultKind::CutBefore, 3500),
        late(status(200, "{}"), 1500),
        late(status(502, ""), 5000),
    ]
}

fn scenarios() -> Vec<Scenario> {
    let mut all = Vec::new();
    for loss in losses() {
        for method in ["POST", "GET", "PUT", "DELETE"] {
            for runs in [2, 3] {
                for of_client in [false, true] {
                    let module = MODULES[all.len() / 3 % 2];
                    all.push(Scenario { module, method, loss: loss.clone(), runs, of_client });
                }
            }
        }
    }
    if !is_full() {
        // All scenarios with POST, a sample of the others.
        let mut count = 0;
        all.retain(|scenario| {
            count += 1;
            scenario.method == "POST" && scenario.runs == 2 || count % 5 == 0
        });
    }
    all
}

#[test]
fn overlapping_runs_that_lose_the_same_responses_keep_one_token_and_tell_the_truth() -> anyhow::Result<()> {
    let mut scenarios = scenarios();
    if let Ok(words) = std::env::var("ONLY") {
        scenarios.retain(|scenario| scenario.to_string().contains(&words));
    }
    let violations: Vec<String> =
        in_parallel(&scenarios, |scenario| run(scenario).err().map(|violation| format!("{scenario}: {violation:#}")))
            .into_iter()
            .flatten()
            .collect();
    println!("Overlapping runs: {} scenarios, {} violations", scenarios.len(), violations.len());
    ensure!(violations.is_empty(), "{violations:#?}");
    Ok(())
}

/// The output of a run.
struct Told {
    ran: Ran,
    result: Value,
    key: Option<String>,
}

fn run(scenario: &Scenario) -> anyhow::Result<()> {
    let world = World::new(Config::default())?;
    let before: Vec<String> =
        ["other", "wanted-2"].map(|name| world.cloud.add_user_token(NewToken::named(name)).0).into_iter().collect();
    // All runs have listed the tokens before one of them creates one.
    let held = Fault::new(FaultKind::HoldAnswer).method("GET").path("*/apitokens");
    world.cloud.fault(held.times(scenario.runs));
    let started: Vec<Running> =
        (0..scenario.runs).map(|run| world.start(&task(scenario, &world, run)?)).collect::<Result<_, _>>()?;
    ensure!(world.cloud.wait_for_held(scenario.runs, Duration::from_secs(60)), "a run did not list");
    world.cloud.clear_faults();
    let namesake = scenario.of_client.then(|| world.cloud.add_user_token(NewToken::named(NAME)).0);
    let Loss { kind, takes_effect, effect_after } = scenario.loss.clone();
    let mut fault = Fault::new(kind).method(scenario.method).path("*/apitokens*").times(scenario.runs);
    (fault.takes_effect, fault.effect_after) = (takes_effect, effect_after);
    world.cloud.fault(fault);
    ensure!(world.cloud.release(), "a listing is still held");
    let told: Vec<Told> = started.into_iter().map(finish).collect::<Result<_, _>>()?;
    world.cloud.clear_faults();
    ensure!(world.cloud.settle(Duration::from_secs(30)), "a late effect did not come");
    judge(&world, &told, &before, namesake.as_deref())
}

fn task(scenario: &Scenario, world: &World, run: usize) -> anyhow::Result<Task> {
    let mut options = match scenario.module {
        "mist_api_token" => json!({"name": NAME, "return_key": true}),
        _ => json!({"tokens": [{"name": NAME}], "return_keys": true}),
    };
    options["api_token"] = world.cloud.api_token().into();
    options["timeout"] = 4.into();
    options["max_wait"] = 40.into();
    // Each run has its own home and lock.
    let home = world.scratch().join(format!("home-{run}"));
    fs::create_dir_all(&home)?;
    let environment = vec![("HOME".to_owned(), home.display().to_string())];
    Ok(Task { environment, ..Task::new(scenario.module, options) })
}

fn finish(running: Running) -> anyhow::Result<Told> {
    let ran = running.finish()?;
    let result = ran.result()?;
    let key = result["key"].as_str().or_else(|| result["tokens"][0]["key"].as_str());
    Ok(Told { key: key.map(str::to_owned), result, ran })
}

fn judge(world: &World, told: &[Told], before: &[String], namesake: Option<&str>) -> anyhow::Result<()> {
    let printed = || told.iter().map(|told| told.ran.stdout.clone()).collect::<Vec<_>>().join("\n");
    let stored = world.cloud.tokens(&Owner::User);
    let has = |id: &str| stored.iter().any(|token| token.id == id);
    ensure!(
        before.iter().all(|id| has(id)) && namesake.is_none_or(has),
        "a token of another was deleted: {}",
        printed()
    );
    for told in told {
        if let Some(key) = &told.key {
            ensure!(world.authenticates(key)?, "a returned key does not work: {}", printed());
        }
        let exists = stored.iter().any(|token| token.name == NAME);
        ensure!(told.result["failed"] == true || exists, "a run succeeded, and no token exists: {}", printed());
    }
    let named: Vec<_> = stored.iter().filter(|token| is_named(token, NAME)).collect();
    let final_ones = named.iter().filter(|token| !is_marked(token) && Some(token.id.as_str()) != namesake).count();
    ensure!(final_ones <= 1, "{final_ones} tokens have the name: {}", printed());
    ensure!(
        final_ones + usize::from(namesake.is_some()) <= 1 || told.len() == 1,
        "next to the token of the client: {}",
        printed()
    );
    for token in named.iter().filter(|token| is_marked(token)) {
        let is_told = printed().contains(&token.id) || printed().contains(&token.name);
        ensure!(is_told, "token {} ({}) remains and is not reported: {}", token.name, token.id, printed());
    }
    let delivered = told.iter().filter(|told| told.key.is_some()).count();
    ensure!(delivered == final_ones, "{delivered} keys for {final_ones} tokens: {}", printed());
    Ok(())
}
