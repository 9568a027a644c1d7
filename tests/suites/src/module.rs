//! Runs a module like a playbook does: with validation of the arguments, and with the printed result.

use ansible_binary_module::testing::Invocation;
use ansible_binary_module::{Causes, Diff, Success};
use mist_client::Error;
use mist_modules::common::options::OptionError;
use mist_modules::{Mist, MistModule};
use mist_simulator::Simulator;
use mist_tokens::privilege::Privilege;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::any::Any;

/// A failed run, with its results as a type.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure<R> {
    pub msg: String,
    pub changed: bool,
    pub diff: Vec<Diff>,
    pub results: Option<R>,
    /// The errors behind it, which are not printed.
    pub causes: Causes,
}

impl<R> Failure<R> {
    /// The first error of this type.
    pub fn cause<E: Any>(&self) -> &E {
        self.causes.each().next().unwrap_or_else(|| panic!("no such error behind: {}", self.msg))
    }

    /// The option that the module refuses.
    pub fn option(&self) -> &str {
        &self.cause::<OptionError>().option
    }

    /// The HTTP status of the cloud's response.
    pub fn status(&self) -> Option<u16> {
        self.cause::<Error>().status()
    }
}

/// The outcome of a run and its warnings.
pub type Seen<R> = (Result<Success<R>, Failure<R>>, Vec<String>);

/// Runs the module against the cloud. Default for `api_token`: the cloud's first token; `null` omits it.
pub fn run<M: MistModule, R: DeserializeOwned>(cloud: &Simulator, check_mode: bool, options: &[Value]) -> Seen<R> {
    let mut all = json!({"host": cloud.url(), "ca_path": cloud.ca_path(), "api_token": cloud.api_token()});
    for options in options {
        all.as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
    }
    if all["api_token"].is_null() {
        all.as_object_mut().unwrap().shift_remove("api_token");
    }
    let ended = Invocation::<Mist<M>>::new(all).check_mode(check_mode).diff_mode(true).run();
    read(ended.status, ended.result, ended.causes)
}

fn read<R: DeserializeOwned>(status: u8, result: Value, causes: Causes) -> Seen<R> {
    assert_eq!(u8::from(result["failed"] == true), status, "{result}");
    let warnings = serde_json::from_value(result["warnings"].clone()).unwrap_or_default();
    let changed = result["changed"] == true;
    let msg = result["msg"].as_str().map(str::to_owned);
    let diff: Vec<Diff> = match result["diff"].clone() {
        Value::Null => Vec::new(),
        several @ Value::Array(_) => serde_json::from_value(several).unwrap(),
        one => vec![serde_json::from_value(one).unwrap()],
    };
    let results: R = serde_json::from_value(result).unwrap();
    let outcome = match status {
        0 => {
            let mut success = Success::new(changed, results).with_diff(diff);
            success.msg = msg;
            Ok(success)
        }
        _ => Err(Failure { msg: msg.unwrap(), changed, diff, results: Some(results), causes }),
    };
    (outcome, warnings)
}

/// A token in the results of a module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Token {
    pub id: Option<String>,
    pub name: Option<String>,
    pub key: Option<String>,
    pub privileges: Option<Vec<Privilege>>,
    #[serde(flatten)]
    pub more: Map<String, Value>,
}
