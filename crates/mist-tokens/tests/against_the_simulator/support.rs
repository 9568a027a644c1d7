//! What the tests share: a client of a simulated cloud, and a relay that a test can cut or poison.

use mist_client::client::Settings;
use mist_client::transport::Network;
use mist_client::{Client, Credentials, Error, Host};
use mist_simulator::{Config, Fault, FaultKind, Simulator, StoredToken};
use mist_tokens::Notice;
use mist_tokens::creation::{self, Created, Creation, Gate};
use mist_tokens::plan::Draft;
use mist_tokens::token::{Listing, NewToken, Owner};
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

/// A token that was created.
#[derive(Debug)]
pub struct Made {
    pub new: NewToken,
    pub notices: Vec<Notice>,
}

/// Creates one token, as a run without a lock does that withdraws for good.
pub fn create_one(client: &Client, owner: &Owner, draft: &Draft, before: &Listing) -> mist_tokens::Result<Made> {
    let gate = Gate { may_begin: &|| true, failed: &|_, _| {} };
    let creation = Creation::new(client, draft, before, None);
    let (created, notices) = creation::create(client, owner, vec![creation], &gate).pop().unwrap();
    match created {
        Created::Token(new) => Ok(Made { new: *new, notices }),
        Created::Failed(error) => Err(error),
        other => panic!("{other:?} {notices:?}"),
    }
}

/// Where the account's tokens are.
pub const TOKENS: &str = "/api/v1/self/apitokens";

/// Shaped like a key of Mist, and nobody's.
pub const UNKNOWN_KEY: &str = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfGhIjKlMnOpQrStUvWxYz0123456789";

pub fn cloud() -> Simulator {
    Simulator::start(Config::default()).unwrap()
}

pub fn milliseconds(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// One second for a request, three in all for trouble.
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

/// A client whose settings are those of `settings`, changed.
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

pub fn organisation(cloud: &Simulator) -> Owner {
    Owner::Organization(cloud.org_id().to_owned())
}

pub fn status(status: u16) -> FaultKind {
    answer(status, "{}")
}

pub fn answer(status: u16, body: &str) -> FaultKind {
    FaultKind::Status { status, body: body.into(), headers: BTreeMap::new() }
}

/// This goes wrong once, with the next request of this method.
pub fn once(cloud: &Simulator, method: &str, kind: FaultKind) {
    cloud.fault(Fault::new(kind).method(method).times(1));
}

/// The methods of the requests that the cloud saw.
pub fn methods(cloud: &Simulator) -> Vec<String> {
    cloud.requests().into_iter().map(|request| request.method).collect()
}

/// The ids of the account's tokens of this name, also of those that are not renamed yet.
pub fn ids_named(cloud: &Simulator, name: &str) -> Vec<String> {
    let marked = format!("{name} (new ");
    let is_named = |token: &StoredToken| token.name == name || token.name.starts_with(&marked);
    cloud.user_tokens().into_iter().filter(is_named).map(|token| token.id).collect()
}

/// Asserts that the error says all of this, and nothing that looks like a key.
pub fn says(error: &Error, words: &[&str]) {
    has(&error.to_string(), words);
}

/// Asserts that the error holds all of this, and nothing that looks like a key.
pub fn holds(error: &mist_tokens::Error, words: &[&str]) {
    has(&format!("{error:?}"), words);
}

/// What the call failed with.
pub fn of_the_cloud(error: mist_tokens::Error) -> Error {
    match error {
        mist_tokens::Error::Cloud(error) | mist_tokens::Error::NoAccount(error) => error,
        other => panic!("{other:?}"),
    }
}

fn has(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "no '{word}' in: {text}");
    }
    assert!(!text.contains("AbCdEfGh"), "a key in: {text}");
}

/// Looks again until it is so; what is broken may keep it from ever being so, and half a minute is more than enough.
pub fn until(mut so: impl FnMut() -> bool) {
    for _ in 0..15_000 {
        if so() {
            return;
        }
        thread::sleep(milliseconds(2));
    }
    panic!("what was waited for did not come");
}

/// Proves every scenario, several at a time, as most of each is waiting.
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
