//! The Ansible module `mist_api_request`: any call of the API. `options` parses and checks the options, `target` the path and query,
//! `update` plans a PUT, `secrets` finds the secrets in a request.

mod docs;
pub mod options;
pub mod secrets;
pub mod target;
pub mod update;

use crate::common::messages;
use crate::common::options::OptionError;
use crate::{ConnectionOptions, MistModule};
use ansible_binary_module::{Documentation, Failure, Outcome, Success, Task};
use mist_client::answer::Answer;
use mist_client::interruption;
use mist_client::paging::{self, Whole};
use mist_client::{Client, Error};
use options::{Method, Options, Params};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use target::Target;

/// The results of `mist_api_request`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Results {
    /// Body of the response. All pages (see O(paginate)) are combined: the complete list, or the first response with all C(results) and without C(next).
    ///
    /// If O(method=PUT) writes nothing, because nothing differs or in check mode, the object that was read.
    ///
    /// Contains all secrets that the cloud sends, such as the key of a new token or the PSK of a WLAN. Use C(no_log) on such a task.
    #[schemars(extend("x-ansible-returned" = "when the response has a body"))]
    #[schemars(extend("examples" = [{"name": "Lobby", "country_code": "US"}]))]
    pub json: Option<Value>,
    /// Status of the response. If O(method=PUT) writes nothing, the status of reading.
    #[schemars(extend("x-ansible-returned" = "when the cloud answered, also with an error"), example = 200)]
    pub status: Option<u16>,
    /// URL of the call, or of the first page.
    #[schemars(extend("x-ansible-returned" = "always, once the path is known"))]
    #[schemars(example = &"https://api.mist.com/api/v1/self")]
    pub url: Option<String>,
    /// Number of pages that were read.
    #[schemars(extend("x-ansible-returned" = "when O(method=GET)"), example = 3)]
    pub pages: Option<u64>,
    /// Number of all objects as the cloud reports it, otherwise the number of objects on all pages.
    #[schemars(extend("x-ansible-returned" = "when O(method=GET) returned a list or a search"), example = 250)]
    pub total: Option<u64>,
}

#[derive(Debug)]
pub struct MistApiRequest;

impl MistModule for MistApiRequest {
    const NAME: &'static str = "mist_api_request";
    type Options = Options;
    type Results = Results;
    type Params = Params;

    const DOCUMENTATION: Documentation = docs::DOCUMENTATION;

    fn secrets(parameters: &Map<String, Value>) -> Vec<String> {
        secrets::of_options(parameters)
    }

    fn shown(parameters: Map<String, Value>) -> Map<String, Value> {
        secrets::shown(parameters)
    }

    fn connection(options: &Options) -> &ConnectionOptions {
        &options.connection
    }

    fn read(options: &Options, task: &mut Task) -> Result<Params, OptionError> {
        Params::new(options, task)
    }

    fn run(client: &Client, task: &mut Task, _: &Options, params: Params) -> Outcome<Results> {
        // The response may quote the request.
        params.secrets.iter().for_each(|secret| client.hide(secret));
        let target = params.target(client).map_err(|error| messages::failure_in(task, error))?;
        let run = Run { client, params: &params, target, check_mode: task.check_mode() };
        match params.method {
            Method::Get => run.get(),
            Method::Put => run.put(task),
            Method::Post => run.post(),
            Method::Delete => run.delete(),
        }
    }
}

/// The state of a run.
struct Run<'a> {
    client: &'a Client,
    params: &'a Params,
    target: Target,
    check_mode: bool,
}

impl Run<'_> {
    fn get(&self) -> Outcome<Results> {
        let first = self.send("GET", None).map_err(|error| self.failure(&error))?;
        let read = if self.params.paginate && first.is_success() {
            paging::complete(self.client, &self.target.to_string(), first).map_err(|error| self.failure(&error))?
        } else {
            let told = first.json["results"].is_array().then(|| first.json["total"].as_u64()).flatten();
            Whole { total: first.total.or(told), answer: first, pages: 1 }
        };
        let results = self.results(Some(read.answer));
        Ok(Success::unchanged(Results { pages: Some(read.pages), total: read.total, ..results }))
    }

    fn put(&self, task: &mut Task) -> Outcome<Results> {
        if !self.params.read_first.unwrap_or_else(|| !update::is_action(&self.target.path)) {
            return self.act("PUT");
        }
        let found = match self.read() {
            Ok(answer) if answer.is_success() => Some(answer),
            // A missing object that the task accepts: nothing to update.
            Ok(answer) => return Ok(Success::unchanged(self.results(Some(answer)))),
            Err(error) if error.status() == Some(405) => None,
            Err(error) => return Err(self.failure(&error)),
        };
        let there = found.as_ref().map_or(&Value::Null, |answer| &answer.json);
        let update = update::plan(update::schema(&self.target.path), &self.params.body, there);
        let Some(body) = update.body else {
            return Ok(Success::unchanged(self.results(found)));
        };
        for path in &update.retyped {
            task.warn(format!(
                "body: {path} differs only in its type (string instead of number or boolean, or the reverse) and is written. Before \
                 ansible-core 2.19, a template converts numbers to strings: write the whole body as one template, such as \
                 body: \"{{{{ {{'{path}': value | int}} }}}}\"."
            ));
        }
        for path in &update.unsendable {
            task.warn(format!(
                "body: the cloud hides {path}, so that it was not sent with the fields next to it. Check that it still exists, and set it otherwise."
            ));
        }
        if found.is_none() {
            task.warn(format!(
                "{} cannot be read (405), so that it is written without a comparison.",
                self.target.path
            ));
        }
        let diff = update::diff_of_update(&self.title("PUT"), &self.params.body, there);
        if self.check_mode {
            return Ok(Success::changed(self.results(found)).with_diff(diff));
        }
        let answer = self.write("PUT", Some(&body))?;
        Ok(Success::new(answer.is_success(), self.results(Some(answer))).with_diff(diff))
    }

    fn post(&self) -> Outcome<Results> {
        self.act("POST")
    }

    /// Sends the body without a comparison.
    fn act(&self, method: &'static str) -> Outcome<Results> {
        let diff = update::diff_of_creation(&self.title(method), &self.params.body);
        if self.check_mode {
            return Ok(Success::changed(self.results(None)).with_diff(diff));
        }
        let answer = self.write(method, Some(&self.params.body))?;
        Ok(Success::new(answer.is_success(), self.results(Some(answer))).with_diff(diff))
    }

    fn delete(&self) -> Outcome<Results> {
        let diff = update::diff_of_deletion(&self.title("DELETE"));
        if self.check_mode {
            // After any other response (some paths cannot be read), the run would send the deletion.
            return Ok(match self.read() {
                Err(error) if error.status() == Some(404) => {
                    Success::unchanged(Results { status: Some(404), ..self.results(None) })
                }
                Ok(answer) if answer.status == 404 => Success::unchanged(self.results(Some(answer))),
                _ => Success::changed(self.results(None)).with_diff(diff),
            });
        }
        let answer = self.write("DELETE", None)?;
        // 404 after a lost response: an earlier attempt of this run deleted the object.
        let changed = answer.is_success() || (answer.status == 404 && answer.repeated);
        let success = Success::new(changed, self.results(Some(answer)));
        Ok(if changed { success.with_diff(diff) } else { success })
    }

    fn title(&self, method: &str) -> String {
        format!("{method} {}", self.target.path)
    }

    /// Reads the object before a change. Every 2xx status is accepted.
    fn read(&self) -> Result<Answer, Error> {
        let accepts = |status| (200..300).contains(&status) || self.params.accepts.takes(status);
        self.client.request("GET", &self.target.to_string(), None, &accepts)
    }

    fn write(&self, method: &'static str, body: Option<&Value>) -> Result<Answer, Failure> {
        interruption::begin_change();
        self.send(method, body).map_err(|error| {
            let failure = self.failure(&error);
            match &error {
                // The change took effect, but the response cannot be used.
                Error::Answer { .. } => failure.after_change(),
                Error::Status { status, .. } if (200..300).contains(status) => failure.after_change(),
                _ => failure,
            }
        })
    }

    fn send(&self, method: &'static str, body: Option<&Value>) -> Result<Answer, Error> {
        let accepts = |status| self.params.accepts.takes(status) || (method == "DELETE" && status == 404);
        self.client.request(method, &self.target.to_string(), body, &accepts)
    }

    fn failure(&self, error: &Error) -> Failure {
        let addition = if error.status().is_some_and(|status| (200..300).contains(&status)) {
            "The status is not in status_code."
        } else if self.params.method == Method::Post && error.may_have_taken_effect() {
            "The request was not repeated, but may have taken effect: check before you run the task again."
        } else {
            ""
        };
        let msg = messages::message_with(error, addition);
        Failure::new(msg)
            .caused_by(error.clone())
            .with_results(Results { status: error.status(), ..self.results(None) })
    }

    fn results(&self, answer: Option<Answer>) -> Results {
        let (status, json) = answer.map(|answer| (answer.status, answer.json)).unzip();
        let url = Some(format!("{}{}", self.client.host().origin(), self.target));
        Results { json: json.filter(|json| !json.is_null()), status, url, ..Results::default() }
    }
}
