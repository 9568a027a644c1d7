//! The Ansible module `mist_self_info`: the identity, privileges and quota of the credentials. It changes nothing. `identity`
//! has the results and reads them from the cloud's responses.

mod docs;
pub mod identity;

use crate::common::docs::since_0_2;
use crate::common::messages;
use crate::common::options::{EmptyOptionAdvice, OptionError};
use crate::common::scope::OrgOptions;
use crate::{ConnectionOptions, MistModule};
use ansible_binary_module::{Documentation, Outcome, Success, Task};
use identity::{Results, Unknown};
use mist_client::error::LoginFault;
use mist_client::{Client, Error, names};
use schemars::JsonSchema;
use serde::Deserialize;
use std::time::SystemTime;

/// The options of `mist_self_info`.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(transform = since_0_2(vec!["org_id", "org"]))]
pub struct Options {
    /// Read the number of calls of this hour, which takes a second call.
    #[serde(default = "yes")]
    pub usage: bool,
    /// Accepted so that one group of defaults fits all modules. The results do not depend on it.
    #[serde(flatten)]
    pub org: OrgOptions,
    /// The connection to the cloud.
    #[serde(flatten)]
    pub connection: ConnectionOptions,
}

fn yes() -> bool {
    true
}

#[derive(Debug)]
pub struct MistSelfInfo;

impl MistModule for MistSelfInfo {
    const NAME: &'static str = "mist_self_info";
    type Options = Options;
    type Results = Results;
    type Params = ();

    const DOCUMENTATION: Documentation = docs::DOCUMENTATION;

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
            // The other results are known.
            Err(error @ Error::Status { .. }) => {
                task.warn(format!("orgs: without those of the MSP {msp_id}: {}", messages::message(&error)));
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
