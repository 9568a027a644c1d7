//! The fixture of the suites against the simulator: clients of a simulated cloud, token creation, and runs of modules.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod module;
mod relay;
mod tokens;

pub use module::{Failure, Seen, Token, run};
pub use relay::{Relay, pass_both_ways};
pub use tokens::{Made, create_one, holds, ids_named, of_the_cloud, organization};

use mist_client::client::Settings;
use mist_client::error::Identity;
use mist_client::transport::Network;
use mist_client::{Client, Credentials, Error, Host};
use mist_simulator::{Config, Fault, FaultKind, Simulator};
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

/// The path of the account's tokens.
pub const TOKENS: &str = "/api/v1/self/apitokens";

/// Shaped like a key of Mist, but unknown to every cloud.
pub const UNKNOWN_KEY: &str = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfGhIjKlMnOpQrStUvWxYz0123456789";

pub fn cloud() -> Simulator {
    Simulator::start(Config::default()).unwrap()
}

pub fn milliseconds(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// One second for a request, three for all waiting.
pub fn settings(cloud: &Simulator) -> Settings {
    Settings {
        host: Host::parse(&cloud.url()).unwrap(),
        credentials: tokens(cloud.api_token()),
        network: Network {
            ca_path: Some(cloud.ca_path().to_owned()),
            timeout: Duration::from_secs(1),
            user_agent: "test/0".into(),
            ..Network::default()
        },
        max_wait: Duration::from_secs(3),
        credential_source: None,
        check_mode: false,
    }
}

pub fn client(cloud: &Simulator) -> Client {
    Client::new(&settings(cloud)).unwrap()
}

/// A client with changed [`settings`].
pub fn client_with(cloud: &Simulator, change: impl FnOnce(&mut Settings)) -> Client {
    let mut settings = settings(cloud);
    change(&mut settings);
    Client::new(&settings).unwrap()
}

pub fn tokens(text: &str) -> Credentials {
    Credentials::from_tokens(&secret(text)).unwrap()
}

pub fn secret(text: &str) -> SecretString {
    text.to_owned().into()
}

pub fn status(status: u16) -> FaultKind {
    answer(status, "{}")
}

pub fn answer(status: u16, body: &str) -> FaultKind {
    FaultKind::Status { status, body: body.into(), headers: BTreeMap::new() }
}

/// The next request with this method meets this fault.
pub fn once(cloud: &Simulator, method: &str, kind: FaultKind) {
    cloud.fault(Fault::new(kind).method(method).times(1));
}

/// The methods of the requests that the cloud received.
pub fn methods(cloud: &Simulator) -> Vec<String> {
    cloud.requests().into_iter().map(|request| request.method).collect()
}

/// Status and message of a response that refuses. Asserts that no key is in the error.
pub fn refusal(error: &Error) -> (u16, &str) {
    says(error, &[]);
    match error {
        Error::Status { status, detail, .. } => (*status, detail),
        other => panic!("{other:?}"),
    }
}

/// Seconds until the cloud accepts calls again, rounded up.
pub fn pause(error: &Error) -> u64 {
    says(error, &[]);
    match error {
        Error::RateLimited { wait, .. } => wait.as_secs() + u64::from(wait.subsec_nanos() > 0),
        other => panic!("{other:?}"),
    }
}

/// Number of the token that was used, and of all tokens.
pub fn token_in_use(error: &Error) -> (usize, usize) {
    match error {
        Error::Status { identity: Identity::Token { number, of, .. }, .. }
        | Error::RateLimited { identity: Identity::Token { number, of, .. }, .. } => (*number, *of),
        other => panic!("{other:?}"),
    }
}

/// A condition for an error.
pub type Is = fn(&Error) -> bool;

/// Asserts that the message contains all of these, and nothing that looks like a key.
pub fn says(error: &Error, words: &[&str]) {
    has(&error.to_string(), words);
}

pub(crate) fn has(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "no '{word}' in: {text}");
    }
    assert!(!text.contains("AbCdEfGh"), "a key in: {text}");
}

/// Waits until the condition holds, at most half a minute.
pub fn until(mut so: impl FnMut() -> bool) {
    for _ in 0..15_000 {
        if so() {
            return;
        }
        thread::sleep(milliseconds(2));
    }
    panic!("the condition never held");
}

/// Runs every scenario, several at the same time: most of each is waiting.
pub fn each<T: Send>(scenarios: impl IntoIterator<Item = T>, prove: impl Fn(T) + Sync) {
    let rest = Mutex::new(scenarios.into_iter().collect::<Vec<_>>());
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                loop {
                    let next = rest.lock().unwrap().pop();
                    let Some(scenario) = next else { break };
                    prove(scenario);
                }
            });
        }
    });
}
