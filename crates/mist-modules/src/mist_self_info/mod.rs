//! The Ansible module mist_self_info: as whom a task talks to the Juniper Mist cloud. It changes nothing.
//!
//! `options` says what a task can ask for, `identity` reads what the cloud answers, and `results` says what is returned.

pub mod documentation;
pub mod identity;
pub mod options;
pub mod results;

use crate::errors;
use crate::mist_self_info::options::Options;
use crate::mist_self_info::results::Results;
use ansible_binary_module::{Documentation, Failure, Module, Success, Task};
use mist_client::{Client, Error};
use std::time::SystemTime;

/// The module.
#[derive(Debug)]
pub struct MistSelfInfo;

/// What the module calls itself towards the cloud.
const USER_AGENT: &str = concat!("mist_self_info/", env!("CARGO_PKG_VERSION"));

impl Module for MistSelfInfo {
    const NAME: &'static str = "mist_self_info";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    type Options = Options;
    type Results = Results;

    fn documentation() -> Documentation {
        documentation::DOCUMENTATION
    }

    fn run(task: &mut Task, options: Options) -> Result<Success<Results>, Failure<Results>> {
        options.connection.converse(task, USER_AGENT, |client, _| {
            let results = ask(client, options.usage).map_err(|error| errors::message(&error))?;
            Ok(Success::unchanged(results))
        })
    }
}

fn ask(client: &Client, usage: bool) -> Result<Results, Error> {
    let answer = client.get("/api/v1/self")?;
    let mut results = identity::read_self(&answer.json)
        .ok_or_else(|| answer.unexpected("an account or a token, with a list of its privileges,"))?;
    if usage {
        let answer = client.get("/api/v1/self/usage")?;
        let now = answer.date.unwrap_or_else(SystemTime::now);
        let usage = identity::read_usage(&answer.json, now).ok_or_else(|| answer.unexpected("the use of the API"))?;
        results.usage = Some(usage);
    }
    Ok(results)
}
