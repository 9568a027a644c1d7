//! What every module of the Mist cloud is, written once: the protocol's module with the connection, the user agent, the
//! count of calls and the end of the session around what a module does itself.

pub mod connection;
pub mod connection_options;
pub mod docs;
pub mod glob;
pub mod messages;
pub mod options;
pub mod owner;
pub mod scope;
mod settings;
mod signals;

use self::options::OptionError;
use crate::ConnectionOptions;
use ansible_binary_module::{Documentation, Failure, Module, Outcome, Success, Task, TextCommand};
use mist_client::Client;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

/// An Ansible module for the Mist cloud: what it adds of its own.
pub trait MistModule {
    /// The module's name, which is the executable's too.
    const NAME: &'static str;
    /// What the module says about itself.
    const DOCUMENTATION: Documentation;
    /// The fields of the results that are printed as `null` where they are `None`.
    const NULL_RESULTS: &'static [&'static str] = &[];
    /// Additional arguments of the command line, each of which prints a text.
    const TEXT_COMMANDS: &'static [TextCommand] = &[];
    /// The options; they flatten [`ConnectionOptions`] in.
    type Options: DeserializeOwned + JsonSchema;
    /// What a task returns, beside the count of calls.
    type Results: Default + Serialize + JsonSchema;
    /// What the options come to, checked as far as can be without asking the cloud.
    type Params;

    /// How the cloud is reached.
    fn connection(options: &Self::Options) -> &ConnectionOptions;

    /// Secrets that no option of their own holds, as [`Module::secrets`] has them.
    fn secrets(parameters: &Map<String, Value>) -> Vec<String> {
        let _ = parameters;
        Vec::new()
    }

    /// Checks the options. Nothing was sent yet.
    ///
    /// # Errors
    /// A sentence that names the option and says what to give.
    fn read(options: &Self::Options, task: &mut Task) -> Result<Self::Params, OptionError>;

    /// Does the work, or in check mode says what it would be.
    ///
    /// # Errors
    /// A [`Failure`] ends the task as failed.
    fn run(client: &Client, task: &mut Task, options: &Self::Options, wanted: Self::Params) -> Outcome<Self::Results>;
}

/// The protocol's module that one for the Mist cloud is.
#[derive(Debug)]
pub struct Mist<M>(PhantomData<fn() -> M>);

/// What a task returns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Counted<R> {
    /// The module's own results.
    #[serde(flatten)]
    pub results: R,
    /// How many requests were sent to the cloud, repetitions and those of a login included.
    #[schemars(extend("x-ansible-returned" = "always, once the options were understood"), example = 2)]
    pub api_calls: u32,
}

impl<R> Deref for Counted<R> {
    type Target = R;

    fn deref(&self) -> &R {
        &self.results
    }
}

impl<R> DerefMut for Counted<R> {
    fn deref_mut(&mut self) -> &mut R {
        &mut self.results
    }
}

impl<M: MistModule> Module for Mist<M> {
    const NAME: &'static str = M::NAME;
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const DOCUMENTATION: Documentation = M::DOCUMENTATION;
    const NULL_RESULTS: &'static [&'static str] = M::NULL_RESULTS;
    const TEXT_COMMANDS: &'static [TextCommand] = M::TEXT_COMMANDS;
    type Options = M::Options;
    type Results = Counted<M::Results>;

    fn secrets(parameters: &Map<String, Value>) -> Vec<String> {
        M::secrets(parameters)
    }

    fn run(task: &mut Task, options: M::Options) -> Outcome<Counted<M::Results>> {
        let wanted =
            M::read(&options, task).map_err(|error| counted::<M::Results>(Failure::new(error.to_string()), 0))?;
        let user_agent = format!("{}/{}", M::NAME, env!("CARGO_PKG_VERSION"));
        let client = connection::open(M::connection(&options), task, user_agent)
            .map_err(|refused| counted::<M::Results>(Failure::new(refused.msg), refused.api_calls))?;
        let mut outcome = M::run(&client, task, &options, wanted);
        let api_calls = connection::close(&client, task, outcome.as_mut().err().map(|failure| &mut failure.msg));
        match outcome {
            Ok(Success { changed, msg, diff, results }) => {
                Ok(Success { changed, msg, diff, results: Counted { results, api_calls } })
            }
            Err(failure) => Err(counted::<M::Results>(failure, api_calls)),
        }
    }
}

/// A failure without results has those of a run that did nothing.
fn counted<R: Default + Serialize>(failure: Failure, api_calls: u32) -> Failure {
    let failure = if failure.fields.is_empty() { failure.with_results(R::default()) } else { failure };
    failure.with_field("api_calls", api_calls)
}
