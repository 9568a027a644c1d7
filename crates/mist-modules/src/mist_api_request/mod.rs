//! The Ansible module mist_api_request: any call of the Juniper Mist cloud's API.
//!
//! `options` says what a task can ask for, `wanted` what that means, `target` and `encoding` where the call goes, `update` whether there is anything to write (and `document` what is known of it), `difference` what is shown of it, and `secrets` what is not shown.

pub mod difference;
pub mod document;
pub mod documentation;
pub mod encoding;
pub mod options;
pub mod results;
pub mod secrets;
pub mod target;
pub mod update;
pub mod wanted;

use crate::common::messages;
use crate::common::options::OptionError;
use crate::mist_api_request::options::{Method, Options};
use crate::mist_api_request::results::Results;
use crate::mist_api_request::target::Target;
use crate::mist_api_request::wanted::Wanted;
use crate::{ConnectionOptions, MistModule};
use ansible_binary_module::{Documentation, Failure, Outcome, Success, Task};
use mist_client::answer::Answer;
use mist_client::interruption;
use mist_client::paging::{self, Whole};
use mist_client::{Client, Error};
use serde_json::{Map, Value};

/// The module.
#[derive(Debug)]
pub struct MistApiRequest;

impl MistModule for MistApiRequest {
    const NAME: &'static str = "mist_api_request";
    type Options = Options;
    type Results = Results;
    type Params = Wanted;

    const DOCUMENTATION: Documentation = documentation::DOCUMENTATION;

    fn secrets(parameters: &Map<String, Value>) -> Vec<String> {
        secrets::of_options(parameters)
    }

    fn connection(options: &Options) -> &ConnectionOptions {
        &options.connection
    }

    fn read(options: &Options, task: &mut Task) -> Result<Wanted, OptionError> {
        Wanted::new(options, task)
    }

    fn run(client: &Client, task: &mut Task, _: &Options, wanted: Wanted) -> Outcome<Results> {
        // A refusal may quote what was sent, in any form.
        wanted.secrets.iter().for_each(|secret| client.hide(secret));
        let target = wanted.target(client).map_err(|error| messages::message_in(task, &error))?;
        let run = Run { client, wanted: &wanted, target, check_mode: task.check_mode() };
        match wanted.method {
            Method::Get => run.get(),
            Method::Put => run.put(task),
            Method::Post => run.post(),
            Method::Delete => run.delete(),
        }
    }
}

/// One run: what it has at hand.
struct Run<'a> {
    client: &'a Client,
    wanted: &'a Wanted,
    target: Target,
    check_mode: bool,
}

impl Run<'_> {
    fn get(&self) -> Outcome<Results> {
        let first = self.send("GET", None).map_err(|error| self.failure(&error))?;
        let read = if self.wanted.paginate && first.is_success() {
            paging::complete(self.client, &self.target.to_string(), first).map_err(|error| self.failure(&error))?
        } else {
            let told = first.json["results"].is_array().then(|| first.json["total"].as_u64()).flatten();
            Whole { total: first.total.or(told), answer: first, pages: 1 }
        };
        let results = self.results(Some(read.answer));
        Ok(Success::unchanged(Results { pages: Some(read.pages), total: read.total, ..results }))
    }

    fn put(&self, task: &mut Task) -> Outcome<Results> {
        let found = match self.read() {
            Ok(answer) if answer.is_success() => Some(answer),
            // Not there, and the task takes that: there is nothing to update.
            Ok(answer) => return Ok(Success::unchanged(self.results(Some(answer)))),
            Err(error) if error.status() == Some(405) => None,
            Err(error) => return Err(self.failure(&error)),
        };
        let there = found.as_ref().map_or(&Value::Null, |answer| &answer.json);
        let update = update::plan(document::shape(&self.target.path), &self.wanted.body, there);
        let Some(body) = update.body else {
            return Ok(Success::unchanged(self.results(found)));
        };
        for path in &update.retyped {
            task.warn(format!(
                "body: {path} differs only in being text where the cloud has a number or a boolean, or the other way round, and is written. \
                 Before ansible-core 2.19, a template makes text of a number: write the whole body as one template, such as \
                 body: \"{{{{ {{'{path}': value | int}} }}}}\"."
            ));
        }
        for path in &update.unsendable {
            task.warn(format!(
                "body: the cloud does not show {path}, so that it cannot be sent along with what stands beside it; look whether it is still there, and send it if not."
            ));
        }
        if found.is_none() {
            task.warn(format!(
                "{} cannot be read (405), so that it is written without knowing whether anything differs.",
                self.target.path
            ));
        }
        let diff = difference::of_update(&self.title("PUT"), &self.wanted.body, there);
        if self.check_mode {
            return Ok(Success::changed(self.results(found)).with_diff(diff));
        }
        let answer = self.write("PUT", Some(&body))?;
        Ok(Success::new(answer.is_success(), self.results(Some(answer))).with_diff(diff))
    }

    fn post(&self) -> Outcome<Results> {
        let diff = difference::of_creation(&self.title("POST"), &self.wanted.body);
        if self.check_mode {
            return Ok(Success::changed(self.results(None)).with_diff(diff));
        }
        let answer = self.write("POST", Some(&self.wanted.body))?;
        Ok(Success::new(answer.is_success(), self.results(Some(answer))).with_diff(diff))
    }

    fn delete(&self) -> Outcome<Results> {
        let diff = difference::of_deletion(&self.title("DELETE"));
        if self.check_mode {
            // Whatever else reading says (there are paths that can be deleted and not read), the deletion would be tried.
            return Ok(match self.read() {
                Err(error) if error.status() == Some(404) => {
                    Success::unchanged(Results { status: Some(404), ..self.results(None) })
                }
                Ok(answer) if answer.status == 404 => Success::unchanged(self.results(Some(answer))),
                _ => Success::changed(self.results(None)).with_diff(diff),
            });
        }
        let answer = self.write("DELETE", None)?;
        // Gone by an earlier attempt of this very run, whose answer was lost, or gone before.
        let changed = answer.is_success() || (answer.status == 404 && answer.repeated);
        let success = Success::new(changed, self.results(Some(answer)));
        Ok(if changed { success.with_diff(diff) } else { success })
    }

    fn title(&self, method: &str) -> String {
        format!("{method} {}", self.target.path)
    }

    /// Reads what is there before it is written: then every success is one.
    fn read(&self) -> Result<Answer, Error> {
        let accepts = |status| (200..300).contains(&status) || self.wanted.accepts.takes(status);
        self.client.request("GET", &self.target.to_string(), None, &accepts)
    }

    fn write(&self, method: &'static str, body: Option<&Value>) -> Result<Answer, Failure> {
        interruption::begin_change();
        self.send(method, body).map_err(|error| {
            let failure = self.failure(&error);
            match &error {
                // The cloud said that it did it; only what it said beyond that is of no use.
                Error::Answer { .. } => failure.after_change(),
                Error::Status { status, .. } if (200..300).contains(status) => failure.after_change(),
                _ => failure,
            }
        })
    }

    fn send(&self, method: &'static str, body: Option<&Value>) -> Result<Answer, Error> {
        let accepts = |status| self.wanted.accepts.takes(status) || (method == "DELETE" && status == 404);
        self.client.request(method, &self.target.to_string(), body, &accepts)
    }

    fn failure(&self, error: &Error) -> Failure {
        let mut msg = messages::message(error);
        if error.status().is_some_and(|status| (200..300).contains(&status)) {
            msg.push_str(" This status is not in status_code.");
        }
        if self.wanted.method == Method::Post && error.may_have_taken_effect() {
            msg.push_str(
                " It may have taken effect all the same, and was not repeated: look before you run the task again.",
            );
        }
        Failure::new(msg).with_results(Results { status: error.status(), ..self.results(None) })
    }

    fn results(&self, answer: Option<Answer>) -> Results {
        let (status, json) = answer.map(|answer| (answer.status, answer.json)).unzip();
        let url = Some(format!("{}{}", self.client.host().origin(), self.target));
        Results { json: json.filter(|json| !json.is_null()), status, url, ..Results::default() }
    }
}
