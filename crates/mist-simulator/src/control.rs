//! Steering from another process: paths under `/simulator/`, without authentication, on the same port.
//!
//! | call | what it does |
//! | --- | --- |
//! | `POST /simulator/faults` | adds a fault, or a list of them: [`Fault`](crate::Fault) as JSON |
//! | `DELETE /simulator/faults` | clears them |
//! | `GET /simulator/requests` | the recorded requests, `connections` and `tls_handshakes` |
//! | `DELETE /simulator/requests` | forgets the requests |
//! | `GET /simulator/tokens` | every token with its whole key: `user`, and `orgs` by id |
//! | `POST /simulator/clock` | `{"set": SECONDS}` or `{"advance": SECONDS}` |
//! | `GET /simulator/clock` | `{"now": SECONDS}` |

use crate::clock::Clock;
use crate::faults::Fault;
use crate::message::{Reply, Request};
use crate::server::Shared;
use crate::tokens::{Owner, StoredToken};
use serde::Deserialize;
use serde_json::{Map, Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum ClockChange {
    Set(f64),
    Advance(f64),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(Box<Fault>),
    More(Vec<Fault>),
}

/// The answer, or `None` for a request that is meant for the cloud.
pub(crate) fn answer(shared: &Shared, request: &Request) -> Option<Reply> {
    let path = request.path.strip_prefix("/simulator/")?;
    Some(match (request.method.as_str(), path) {
        ("POST", "faults") => match serde_json::from_slice(&request.body) {
            Ok(OneOrMore::One(fault)) => add(shared, vec![*fault]),
            Ok(OneOrMore::More(faults)) => add(shared, faults),
            Err(_) => why_not_a_fault(&request.body),
        },
        ("DELETE", "faults") => {
            shared.faults().clear();
            Reply::json(200, &json!({}))
        }
        ("GET", "requests") => {
            let (connections, tls_handshakes) = (shared.connections(), shared.tls_handshakes());
            let requests = shared.records().list();
            Reply::json(
                200,
                &json!({"requests": requests, "connections": connections, "tls_handshakes": tls_handshakes}),
            )
        }
        ("DELETE", "requests") => {
            shared.records().clear();
            Reply::json(200, &json!({}))
        }
        ("GET", "tokens") => Reply::json(200, &tokens(shared)),
        ("GET", "clock") => Reply::json(200, &json!({"now": shared.cloud().clock.now()})),
        ("POST", "clock") => match serde_json::from_slice(&request.body) {
            Ok(change) => {
                let clock = &mut shared.cloud().clock;
                match change {
                    ClockChange::Set(at) => *clock = Clock::new(Some(at)),
                    ClockChange::Advance(seconds) => clock.advance(seconds),
                }
                Reply::json(200, &json!({"now": clock.now()}))
            }
            Err(error) => Reply::detail(400, &format!("not a change of the clock: {error}")),
        },
        _ => Reply::detail(404, "The simulator has no such control."),
    })
}

fn add(shared: &Shared, faults: Vec<Fault>) -> Reply {
    let mut active = shared.faults();
    faults.into_iter().for_each(|fault| active.add(fault));
    Reply::json(200, &json!({}))
}

/// An untagged choice says only that nothing fits; reading the one form again says what is wrong with it.
fn why_not_a_fault(body: &[u8]) -> Reply {
    match serde_json::from_slice::<Fault>(body) {
        Err(error) => Reply::detail(400, &format!("not a fault: {error}")),
        Ok(_) => Reply::detail(400, "not a fault"),
    }
}

fn tokens(shared: &Shared) -> Value {
    let cloud = shared.cloud();
    let list = |owner: &Owner| cloud.tokens.list(owner).cloned().collect::<Vec<StoredToken>>();
    let orgs: Map<String, Value> =
        cloud.orgs.keys().map(|id| (id.clone(), json!(list(&Owner::Org(id.clone()))))).collect();
    json!({"user": list(&Owner::User), "orgs": orgs})
}
