//! The Ansible module `mist_search`: searches, statistics and logs of the cloud, as results or in a file. Documentation, help,
//! validation and schema come from the types of its options and results.

mod dest;
pub mod docs;
mod params;

use crate::common::messages;
use crate::common::options::OptionError;
use crate::objects::location::ScopeOptions;
use crate::{ConnectionOptions, MistModule};
use ansible_binary_module::{AnsiblePath, Documentation, Outcome, Success, Task, TextCommand};
use dest::FileOutput;
use mist_client::paging::{self, Flow};
use mist_client::{Client, Error};
use mist_objects::secrets;
use mist_search::output::OutputError;
use mist_search::rows::{self, Row, Secrets, Seen};
pub use params::Params;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::io::{IsTerminal as _, Write as _};

/// A search whose pages contain no new row is ended after so many pages: its pages never end.
const STALE_PAGES: u32 = 3;

#[derive(Debug)]
pub struct MistSearch;

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Options {
    /// The search: its path without IDs and without C(/search), such as V(orgs/clients), V(sites/devices/events), V(orgs/alarms), V(orgs/stats/devices) or V(orgs/logs). The path of the API document is accepted, too.
    ///
    /// C(--searches) prints all of them with their parameters.
    #[schemars(example = &"orgs/clients")]
    pub what: String,
    #[serde(flatten)]
    pub scope: ScopeOptions,
    /// Parameters of the search, and IDs in its path other than those of organization, site and MSP, such as C(webhook_id) or C(device_id). A list is any of its values.
    #[schemars(extend("examples" = [{"ssid": "Guests", "band": [5, 6]}]))]
    #[serde(rename = "where")]
    pub filter: Option<Map<String, Value>>,
    /// Length of the time range until O(end), such as V(10m), V(7d) or V(2w). Default: that of the cloud, usually one day. Mutually exclusive with O(start).
    #[schemars(example = &"7d")]
    pub duration: Option<String>,
    /// Begin of the time range: seconds since 1970, ISO 8601 such as V(2026-11-30T18:00:00Z) (UTC without an offset), or a time ago such as V(-1d).
    pub start: Option<String>,
    /// End of the time range, in the form of O(start), or V(now). Default: now.
    pub end: Option<String>,
    /// The largest number of rows. Default: all rows.
    #[schemars(range(min = 1))]
    pub limit: Option<u64>,
    /// Fields of each row to return, dotted if nested. A CSV file has these columns in this order.
    #[schemars(extend("examples" = [["mac", "hostname", "last_ip"]]))]
    pub fields: Option<Vec<String>>,
    /// Count the rows by this field instead. Each row then has the field and C(count).
    #[schemars(example = &"ssid")]
    pub count_by: Option<String>,
    /// File for the rows, on the host that runs the task. The rows are then not in the result.
    ///
    /// The file is replaced in one step after the last row, and has mode V(0600). Its directory must exist.
    pub dest: Option<AnsiblePath>,
    /// Form of O(dest). Default: by its extension (V(.csv), V(.jsonl) or V(.ndjson), V(.json)).
    pub format: Option<Format>,
    /// Mask claim codes (C(magic)), passphrases (C(psk)) and other secrets at any depth, also in O(dest).
    #[serde(default = "yes")]
    pub redact: bool,
    #[serde(flatten)]
    pub connection: ConnectionOptions,
}

/// Form of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// A table with one column for each value, and dotted names of columns. Lists are JSON. Text that a spreadsheet would calculate begins with an apostrophe.
    Csv,
    /// One JSON object a line.
    Jsonl,
    /// A JSON list.
    Json,
}

fn yes() -> bool {
    true
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Results {
    /// The rows, in the order of the cloud, each once. Fields that Ansible would take for its own are omitted: C(skipped), C(failed_when_result), and names that begin with C(_ansible_).
    #[schemars(extend("x-ansible-returned" = "success, without O(dest)", "x-ansible-reserved-name" = true))]
    #[schemars(extend("examples" = [[{"mac": "5c5b350e0001", "ssid": ["Guests"]}]]))]
    pub results: Option<Vec<Row>>,
    /// Number of rows.
    #[schemars(extend("x-ansible-returned" = "success"), example = 1)]
    pub count: u64,
    /// False if the cloud has more rows: O(limit) was reached, or the search has no pages.
    #[schemars(extend("x-ansible-returned" = "success"), example = true)]
    pub complete: bool,
    /// Number of all rows, as the cloud reports it.
    #[schemars(extend("x-ansible-returned" = "when the cloud reports it"), example = 1)]
    pub total: Option<u64>,
    /// Absolute path of the file with the rows.
    #[schemars(extend("x-ansible-returned" = "when O(dest) is set"))]
    #[schemars(example = &"/var/lib/mist/clients.csv")]
    pub dest: Option<String>,
}

impl MistModule for MistSearch {
    const NAME: &'static str = "mist_search";
    const DOCUMENTATION: Documentation = docs::DOCUMENTATION;
    const TEXT_COMMANDS: &'static [TextCommand] =
        &[TextCommand::new("--searches", "print all searches with their parameters", |_| Ok(docs::searches()))];
    type Options = Options;
    type Results = Results;
    type Params = Params;

    fn connection(options: &Options) -> &ConnectionOptions {
        &options.connection
    }

    fn read(options: &Options, task: &mut Task) -> Result<Params, OptionError> {
        params::read(options, task)
    }

    fn run(client: &Client, task: &mut Task, options: &Options, params: Params) -> Outcome<Results> {
        let path = params.path(client).map_err(|error| messages::failure_in(task, error))?;
        let output = match &params.dest {
            Some(dest) => Output::File(Box::new(FileOutput::begin(dest, &params, task)?)),
            None => Output::Results(Vec::new()),
        };
        let mut receiver = Receiver { params: &params, redact: options.redact, output, ..Receiver::new(&params) };
        let found = paging::search(client, &path, params.query.pages, |page| receiver.page(page));
        receiver.end_progress();
        let searched = found.map_err(|stopped| stopped.message(task, &params))?;
        let Receiver { count, is_cut, output, .. } = receiver;
        let complete = searched.is_complete && !is_cut;
        if !searched.is_complete && options.limit.is_none_or(|limit| count < limit) {
            let total = searched.total.map(|total| format!(" of {total}")).unwrap_or_default();
            task.warn(format!(
                "The cloud returned {count}{total} rows of {}. Set a shorter time range, or more conditions in where.",
                params.search.name
            ));
        }
        let results = Results { count, complete, total: searched.total, ..Results::default() };
        match output {
            Output::Results(rows) => Ok(Success::unchanged(Results { results: Some(rows), ..results })),
            Output::File(file) => {
                let (changed, diff, dest) = file.finish(count, task)?;
                Ok(Success::new(changed, Results { dest: Some(dest), ..results }).with_diff(diff))
            }
        }
    }
}

/// The receiver of the rows.
enum Output {
    Results(Vec<Row>),
    File(Box<FileOutput>),
}

/// The reason that a search ended early.
enum Stopped {
    Client(Error),
    Output(OutputError),
    /// The pages repeat.
    Endless,
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::Client(error)
    }
}

impl From<OutputError> for Stopped {
    fn from(error: OutputError) -> Self {
        Self::Output(error)
    }
}

impl Stopped {
    fn message(self, task: &Task, params: &Params) -> String {
        match (self, &params.dest) {
            (Self::Client(error), _) => messages::message_in(task, &error),
            (Self::Output(error), Some(dest)) => dest::failed(dest, error).to_string(),
            (Self::Output(_), None) => "The rows could not be kept.".to_owned(),
            (Self::Endless, _) => format!(
                "what: the pages of {} repeat and do not end. Set limit, a shorter time range, or more conditions in where.",
                params.search.name
            ),
        }
    }
}

/// True for a field that Ansible reads in each item of `results`.
fn is_of_ansible(name: &str) -> bool {
    matches!(name, "skipped" | "failed_when_result") || name.starts_with("_ansible_")
}

/// Takes pages, and passes each new row on.
struct Receiver<'a> {
    params: &'a Params,
    redact: bool,
    secrets: Secrets,
    seen: Seen,
    count: u64,
    /// True if a row was dropped because of the limit.
    is_cut: bool,
    /// The number of pages in sequence without a new row.
    stale: u32,
    is_terminal: bool,
    output: Output,
}

impl<'a> Receiver<'a> {
    fn new(params: &'a Params) -> Self {
        Self {
            params,
            redact: true,
            secrets: Secrets::new(secrets::is_secret_name, |text| {
                text.contains("://") && secrets::has_credentials(text)
            }),
            seen: Seen::default(),
            count: 0,
            is_cut: false,
            stale: 0,
            is_terminal: std::io::stderr().is_terminal(),
            output: Output::Results(Vec::new()),
        }
    }

    fn page(&mut self, page: Vec<Row>) -> Result<Flow, Stopped> {
        let (before, is_empty) = (self.count, page.is_empty());
        for mut row in page {
            if !self.seen.is_new(&row) {
                continue;
            }
            if self.params.limit.is_some_and(|limit| self.count >= limit) {
                self.is_cut = true;
                return Ok(Flow::Stop);
            }
            if self.redact {
                self.secrets.redact(&mut row);
            }
            self.count += 1;
            match &mut self.output {
                Output::File(file) => file.row(&row, self.params.fields.as_deref())?,
                Output::Results(kept) => {
                    row.retain(|name, _| !is_of_ansible(name));
                    let row = self.params.fields.as_ref().map(|fields| rows::selected(&row, fields)).unwrap_or(row);
                    kept.push(row);
                }
            }
        }
        if self.is_terminal {
            // A closed terminal does not stop the run.
            let _ = write!(std::io::stderr(), "\r{} rows", self.count);
        }
        let is_stale = self.count == before && !is_empty;
        self.stale = if is_stale { self.stale + 1 } else { 0 };
        if self.stale >= STALE_PAGES {
            return Err(Stopped::Endless);
        }
        let is_full = self.params.limit.is_some_and(|limit| self.count >= limit);
        Ok(match (is_full, is_stale) {
            (true, _) => Flow::Stop,
            (false, true) => Flow::Repeats,
            (false, false) => Flow::Continue,
        })
    }

    fn end_progress(&self) {
        if self.is_terminal && self.count > 0 {
            let _ = writeln!(std::io::stderr());
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_module_passes_the_check_of_the_protocol() {
        ansible_binary_module::check::<crate::Mist<super::MistSearch>>().unwrap();
    }
}
