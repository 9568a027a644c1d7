//! An Ansible module that manages an object of an HTTP API: `cargo build --example http_object`.
use ansible_binary_module::serde_json::{self, Map, Value, json};
use ansible_binary_module::{Attribute, Context, Diff, Documentation, Failure, Module, NoLog};
use ansible_binary_module::{Outcome, Success, Support, Task};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::io::{Write, read_to_string};
use std::net::TcpStream;

/// Creates, updates or deletes an object of an HTTP API. Fields without an option stay as they are.
#[derive(Deserialize, JsonSchema)]
struct HttpObject {
    /// URL of the object, such as V(http://127.0.0.1:8080/users/ann).
    #[schemars(extend("x-ansible-aliases" = ["endpoint"]))]
    #[schemars(extend("x-ansible-deprecated-aliases" = [{"name": "endpoint", "version": "2.0.0", "collection_name": "example.net"}]))]
    url: String,
    /// Desired state of the object.
    #[serde(default)]
    state: State,
    /// Description of the object.
    description: Option<String>,
    /// Secrets that the object accepts.
    secrets: Option<Vec<NoLog>>,
    /// Limits of the object.
    limits: Option<Limits>,
}

#[derive(Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum State {
    #[default]
    Present,
    Absent,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Limits {
    /// Requests in a second.
    #[schemars(range(min = 1))]
    rate: u32,
    /// Requests at the same time.
    #[serde(default = "burst")]
    burst: u32,
}

#[derive(Serialize, JsonSchema)]
struct Results {
    /// The object without its secrets.
    #[schemars(extend("x-ansible-returned" = "success and O(state=present)"))]
    object: Option<Map<String, Value>>,
}

fn burst() -> u32 {
    10
}

impl HttpObject {
    /// The desired object.
    fn desired(&self, found: Option<&Map<String, Value>>) -> Option<Map<String, Value>> {
        let mut object = found.cloned().unwrap_or_default();
        let secrets = self.secrets.as_ref().map(|secrets| secrets.iter().map(NoLog::expose).collect::<Vec<_>>());
        let all =
            [("description", json!(self.description)), ("secrets", json!(secrets)), ("limits", json!(self.limits))];
        let declared = all.into_iter().filter(|(_, value)| !value.is_null());
        object.extend(declared.map(|(name, value)| (name.to_owned(), value)));
        (self.state == State::Present).then_some(object)
    }

    /// Sends a request. Returns the body of the response, or nothing for an object that does not exist.
    fn call(&self, method: &str, body: &str) -> Result<Option<String>, Failure> {
        let url = self.url.strip_prefix("http://").filter(|url| !url.contains(char::is_whitespace));
        let (host, path) = url.and_then(|url| url.split_once('/')).ok_or("url: must have http, a host and a path")?;
        let mut stream = TcpStream::connect(host).context(&self.url)?;
        write!(stream, "{method} /{path} HTTP/1.0\r\nHost: {host}\r\nContent-Length: {}\r\n\r\n{body}", body.len())?;
        let response = read_to_string(&mut stream).context(&self.url)?;
        let (head, body) = response.split_once("\r\n\r\n").ok_or("url: the response is not HTTP")?;
        match (method, head.split(' ').nth(1).and_then(|status| status.parse().ok())) {
            (_, Some(200..=299_u16)) => Ok(Some(body.to_owned())),
            ("GET", Some(404)) => Ok(None),
            (_, status) => Err(Failure::new(format!("{method} failed: {}", self.url))
                .with_field("status", status)
                .with_field("body", body)),
        }
    }
}

impl Module for HttpObject {
    const NAME: &'static str = "http_object";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const DOCUMENTATION: Documentation = Documentation::new().attributes(&[Attribute::check_mode(Support::Full)]);
    type Options = Self;
    type Results = Results;

    fn run(task: &mut Task, options: Self) -> Outcome<Results> {
        let found =
            options.call("GET", "")?.map(|body| serde_json::from_str::<Map<String, Value>>(&body)).transpose()?;
        // The task does not name the secrets that it replaces.
        let replaced = found.iter().filter_map(|object| object.get("secrets")?.as_array()).flatten();
        replaced.filter_map(Value::as_str).for_each(|secret| task.hide(secret));
        let mut desired = options.desired(found.as_ref());
        let changed = found != desired;
        match (&desired, changed && !task.check_mode()) {
            (Some(object), true) => drop(options.call("PUT", &json!(object).to_string())?),
            (None, true) => drop(options.call("DELETE", "")?),
            (_, false) => {}
        }
        let diff = changed.then(|| Diff::new(found, desired.clone()));
        desired.iter_mut().for_each(|object| drop(object.remove("secrets")));
        Ok(Success::new(changed, Results { object: desired }).with_diff(diff))
    }
}

fn main() -> std::process::ExitCode {
    ansible_binary_module::main::<HttpObject>()
}

#[cfg(test)]
#[path = "../tests/http_object/tests.rs"]
mod tests;
