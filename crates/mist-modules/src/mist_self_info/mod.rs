//! The Ansible module mist_self_info: as whom a task talks to the Juniper Mist cloud. It changes nothing.
//!
//! `options` says what a task can ask for, `identity` reads what the cloud answers, and `results` says what is returned.

pub mod documentation;
pub mod identity;
pub mod options;
pub mod results;

use crate::common::messages;
use crate::common::options::{EmptyOptionAdvice, OptionError};
use crate::mist_self_info::identity::Unknown;
use crate::mist_self_info::options::Options;
use crate::mist_self_info::results::Results;
use crate::{ConnectionOptions, MistModule};
use ansible_binary_module::{Documentation, Outcome, Success, Task};
use mist_client::error::LoginFault;
use mist_client::{Client, Error, names};
use std::time::SystemTime;

/// The module.
#[derive(Debug)]
pub struct MistSelfInfo;

impl MistModule for MistSelfInfo {
    const NAME: &'static str = "mist_self_info";
    type Options = Options;
    type Results = Results;
    type Params = ();

    const DOCUMENTATION: Documentation = documentation::DOCUMENTATION;

    fn connection(options: &Options) -> &ConnectionOptions {
        &options.connection
    }

    fn read(options: &Options, task: &mut Task) -> Result<(), OptionError> {
        options.org.id_or_name(task, &EmptyOptionAdvice::CanBeOmitted).map(|_| ())
    }

    fn run(client: &Client, task: &mut Task, options: &Options, (): ()) -> Outcome<Results> {
        let results = ask(client, options.usage, task).map_err(|error| messages::message(&error))?;
        Ok(Success::unchanged(results))
    }
}

fn ask(client: &Client, usage: bool, task: &mut Task) -> Result<Results, Error> {
    let answer = client.get("/api/v1/self")?;
    let mut results = identity::read_self(&answer.json).map_err(|unknown| match unknown {
        Unknown::Shape => answer.unexpected("an account or a token with a list of privileges"),
        Unknown::SecondFactorOpen => Error::Login {
            call: answer.call.clone(),
            fault: LoginFault::SecondFactorOpen,
            status: Some(answer.status),
            detail: String::new(),
        },
    })?;
    for msp_id in names::msps(answer.json["privileges"].as_array().map_or(&[], Vec::as_slice)) {
        match names::msp_orgs(client, msp_id) {
            Ok(orgs) => identity::add_msp_orgs(results.orgs.get_or_insert_default(), orgs),
            // Who asks is known all the same.
            Err(error @ Error::Status { .. }) => {
                task.warn(format!("orgs: those of the MSP {msp_id} are not among them. {}", messages::message(&error)));
            }
            Err(error) => return Err(error),
        }
    }
    if usage {
        let answer = client.get("/api/v1/self/usage")?;
        let now = answer.date.unwrap_or_else(SystemTime::now);
        let usage = identity::read_usage(&answer.json, now).ok_or_else(|| answer.unexpected("the usage of the API"))?;
        results.usage = Some(usage);
    }
    Ok(results)
}
