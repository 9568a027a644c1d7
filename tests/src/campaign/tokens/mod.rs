//! The tasks about tokens, the tokens that exist before them, and their calls.
//!
//! For another executable that writes, add a file next to `one_token`, `set` and `request`, and a line in [`situations`].

mod one_token;
mod request;
mod set;
pub mod token_promises;

use super::{Call, Finished, Judgment, Nature, Situation, Snapshot, Task, World};
use mist_simulator::{Config, Fault, FaultKind, NewToken, Owner};
use serde_json::json;
use std::fs;

/// The name of the token that a task is about.
const NAME: &str = "wanted";

/// A task about tokens, and the cloud before it.
#[derive(Debug, Clone)]
pub struct TokenSituation {
    pub name: &'static str,
    pub config: fn() -> Config,
    /// Creates the tokens and files of the situation, and returns the task.
    pub prepare: fn(&World) -> anyhow::Result<Task>,
    pub calls: Vec<Call>,
    /// A change of the machine while the cloud holds the POST.
    pub meanwhile: Option<fn(&World) -> anyhow::Result<()>>,
}

impl Situation for TokenSituation {
    type Task = Task;
    type Snapshot = Snapshot;

    fn name(&self) -> &'static str {
        self.name
    }

    fn calls(&self) -> &[Call] {
        &self.calls
    }

    fn set_up(&self) -> anyhow::Result<(World, Task)> {
        let world = World::new((self.config)())?;
        // Tokens and files of others, with similar names.
        for name in ["wanted-2", "Wanted", "other"] {
            world.cloud.add_user_token(NewToken::named(name));
            world.cloud.add_org_token(world.cloud.org_id(), NewToken::named(name));
        }
        fs::write(world.keys().join("bystander"), "of somebody else")?;
        let task = (self.prepare)(&world)?;
        Ok((world, task))
    }

    fn snapshot(world: &World, _: &Task) -> anyhow::Result<Snapshot> {
        world.snapshot()
    }

    fn judge(finished: &Finished<'_, Self>) -> anyhow::Result<Judgment> {
        token_promises::judge(finished)
    }

    fn meanwhile(&self) -> Option<fn(&World) -> anyhow::Result<()>> {
        self.meanwhile
    }
}

/// The promise about the tokens of one name.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub owner: Owner,
    pub name: String,
    pub goal: Goal,
}

/// The tokens of the name after a success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// One token, created by this run, with its key delivered.
    New,
    /// The token from before, with the role `write`.
    Updated,
    /// The token from before, and a newer one with its key delivered.
    Overlapping,
    /// One more token, created by a raw request. The module does not look for the effect of a lost response.
    Posted,
    /// None.
    Gone,
    /// The task cannot succeed.
    Impossible,
    /// The tokens from before.
    AsBefore,
}

/// The paths of the calls: the tokens of the account, one of them, and the same of an organization.
const USER: &str = "/api/v1/self/apitokens$";
const USER_ONE: &str = "/api/v1/self/apitokens/";
const ORG: &str = "/api/v1/orgs/*/apitokens";
const ORG_ONE: &str = "/api/v1/orgs/*/apitokens/*";

const fn list(path: &'static str) -> Call {
    Call::new("the listing", "GET", path, Nature::Repeated)
}

const fn post(path: &'static str) -> Call {
    Call::new("the POST", "POST", path, Nature::Creation)
}

const fn proof() -> Call {
    Call::new("the test of the key", "GET", "/api/v1/self$", Nature::Repeated)
}

const fn delete(path: &'static str) -> Call {
    Call::new("the DELETE", "DELETE", path, Nature::Repeated)
}

/// The calls of the search for the effect of a lost POST.
const fn look_after(path: &'static str) -> Call {
    let call = Call::new("the listing after a lost POST", "GET", path, Nature::Repeated);
    Call { after: 1, because: Some(lost_post), ..call }
}

const fn delete_orphan(path: &'static str) -> Call {
    Call { because: Some(lost_post), ..Call::new("the DELETE of the orphan", "DELETE", path, Nature::Repeated) }
}

/// The search for other runs, and the final name.
const fn look(path: &'static str) -> Call {
    Call { after: 1, ..Call::new("the listing after the POST", "GET", path, Nature::Repeated) }
}

const fn rename(path: &'static str) -> Call {
    Call::new("the PUT of the final name", "PUT", path, Nature::Repeated)
}

fn lost_post() -> Fault {
    Fault::new(FaultKind::CutAfter).method("POST").path("*/apitokens").times(1)
}

fn plain(name: &'static str, prepare: fn(&World) -> anyhow::Result<Task>, calls: Vec<Call>) -> TokenSituation {
    TokenSituation { name, config: Config::default, prepare, calls, meanwhile: None }
}

pub fn situations() -> Vec<TokenSituation> {
    [one_token::situations(), set::situations(), request::situations()].concat()
}

fn has_org_token(world: &World, name: &str, src_ips: &[&str]) -> String {
    let token = NewToken {
        privileges: vec![json!({"scope": "org", "role": "read", "org_id": world.cloud.org_id()})],
        src_ips: src_ips.iter().map(|&address| address.to_owned()).collect(),
        ..NewToken::named(name)
    };
    world.cloud.add_org_token(world.cloud.org_id(), token).0
}
