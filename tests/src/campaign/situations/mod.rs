//! The tasks, the states of the cloud that they meet, and the calls that they make there.
//!
//! Another executable that writes: a file beside `token`, `set` and `request`, and a line in [`situations`].

mod request;
mod set;
mod token;

use super::World;
use mist_simulator::{Config, Fault, FaultKind, NewToken, Owner};
use serde_json::{Value, json};

/// The name of the token that a task is about.
const NAME: &str = "wanted";

/// A task, and what it meets.
#[derive(Debug, Clone)]
pub struct Situation {
    /// What the report calls it.
    pub name: &'static str,
    /// The cloud.
    pub config: fn() -> Config,
    /// Puts there what the task meets, and says what the task is.
    pub prepare: fn(&World) -> anyhow::Result<Task>,
    /// The calls that it makes when nothing goes wrong, in their order, and those that it makes after a trouble.
    pub calls: Vec<Called>,
    /// What happens on the machine while the cloud holds the POST back.
    pub meanwhile: Option<fn(&World) -> anyhow::Result<()>>,
}

/// A call, of those of a task.
#[derive(Debug, Clone, Copy)]
pub struct Called {
    /// What the report calls it.
    pub name: &'static str,
    /// The method.
    pub method: &'static str,
    /// The path, as faults have it.
    pub path: &'static str,
    /// So many of the same kind come before it.
    pub after: usize,
    /// What has to go wrong before it so that it comes to this call.
    pub because: Option<fn() -> Fault>,
    /// How its failure is taken.
    pub nature: Nature,
}

/// How the failure of a call is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    /// It may be made again.
    Repeated,
    /// What it did must be found out before another is made.
    Creation,
    /// It is made once.
    Once,
    /// Whatever it is answered, the task does not fail for it.
    Courtesy,
}

/// A task: what is run, and what is promised when it succeeds.
#[derive(Debug, Clone)]
pub struct Task {
    /// The executable.
    pub module: &'static str,
    /// Its options, but for those by which the cloud is reached.
    pub options: Value,
    /// Its environment, but for the folders.
    pub environment: Vec<(String, String)>,
    /// The tokens that it is about.
    pub wanted: Vec<Wanted>,
    /// Whether the result carries the key of a new token.
    pub returns_key: bool,
    /// Secrets that the cloud does not know by itself.
    pub canaries: Vec<String>,
}

impl Task {
    /// A task of which nothing is promised yet.
    pub fn new(module: &'static str, options: Value) -> Self {
        Self { module, options, environment: Vec::new(), wanted: Vec::new(), returns_key: false, canaries: Vec::new() }
    }
}

/// What is promised about the tokens of one name.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Whose.
    pub owner: Owner,
    /// Of which name.
    pub name: String,
    /// What there is of it after a success.
    pub goal: Goal,
}

/// What there is after a success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// One token, made by this run, its key delivered.
    New,
    /// The token that was there, with the role `write`.
    Updated,
    /// Two: the one that was there, and a newer one whose key is delivered.
    Overlapping,
    /// One token more, made by a call that is sent as it was given: nobody looks for what a lost answer left.
    Posted,
    /// None.
    Gone,
    /// There is no success.
    Impossible,
    /// What was there.
    AsBefore,
}

/// The paths of the calls, as faults have them: the account's tokens, one of them, and the same of an organisation.
const USER: &str = "/api/v1/self/apitokens$";
const USER_ONE: &str = "/api/v1/self/apitokens/";
const ORG: &str = "/api/v1/orgs/*/apitokens";
const ORG_ONE: &str = "/api/v1/orgs/*/apitokens/*";

const fn call(name: &'static str, method: &'static str, path: &'static str, nature: Nature) -> Called {
    Called { name, method, path, after: 0, because: None, nature }
}

const fn list(path: &'static str) -> Called {
    call("the listing", "GET", path, Nature::Repeated)
}

const fn post(path: &'static str) -> Called {
    call("the POST", "POST", path, Nature::Creation)
}

const fn proof() -> Called {
    call("the proof of the key", "GET", "/api/v1/self$", Nature::Repeated)
}

const fn delete(path: &'static str) -> Called {
    call("the DELETE", "DELETE", path, Nature::Repeated)
}

/// The calls of the search for what a lost POST may have left.
const fn look_after(path: &'static str) -> Called {
    let call = call("the listing after a lost POST", "GET", path, Nature::Repeated);
    Called { after: 1, because: Some(lost_post), ..call }
}

const fn delete_orphan(path: &'static str) -> Called {
    Called { because: Some(lost_post), ..call("the DELETE of the orphan", "DELETE", path, Nature::Repeated) }
}

/// The look at other runs, and the new name.
const fn look(path: &'static str) -> Called {
    Called { after: 1, ..call("the look after the POST", "GET", path, Nature::Repeated) }
}

const fn rename(path: &'static str) -> Called {
    call("the PUT of the final name", "PUT", path, Nature::Repeated)
}

fn lost_post() -> Fault {
    Fault::new(FaultKind::CutAfter).method("POST").path("*/apitokens").times(1)
}

fn plain(name: &'static str, prepare: fn(&World) -> anyhow::Result<Task>, calls: Vec<Called>) -> Situation {
    Situation { name, config: Config::default, prepare, calls, meanwhile: None }
}

/// Every situation.
pub fn situations() -> Vec<Situation> {
    [token::situations(), set::situations(), request::situations()].concat()
}

fn has_org_token(world: &World, name: &str, src_ips: &[&str]) -> String {
    let token = NewToken {
        privileges: vec![json!({"scope": "org", "role": "read", "org_id": world.cloud.org_id()})],
        src_ips: src_ips.iter().map(|&address| address.to_owned()).collect(),
        ..NewToken::named(name)
    };
    world.cloud.add_org_token(world.cloud.org_id(), token).0
}
