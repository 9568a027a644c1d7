//! Control from another process: paths under `/simulator/` on the same port, without authentication.
//!
//! | request | effect |
//! | --- | --- |
//! | `POST /simulator/faults` | adds a fault or a list of faults: [`Fault`](crate::Fault) as JSON |
//! | `DELETE /simulator/faults` | removes all faults |
//! | `GET /simulator/held` | `{"held": N}`: the number of held requests |
//! | `POST /simulator/release` | ends the wait of every held request |
//! | `GET /simulator/requests` | the recorded requests, `connections`, `tls_handshakes`, and `waited`: seconds of latency |
//! | `DELETE /simulator/requests` | drops the recorded requests |
//! | `GET /simulator/tokens` | all tokens with their keys: `user`, `orgs` by id, other `accounts` by address |
//! | `POST /simulator/clock` | `{"set": SECONDS}` or `{"advance": SECONDS}` |
//! | `GET /simulator/clock` | `{"now": SECONDS}` |
//! | `GET /simulator/behavior` | how the cloud keeps and shows objects: [`Behavior`](crate::Behavior) as JSON |
//! | `PUT /simulator/behavior` | sets the given fields and keeps the others |
//! | `DELETE /simulator/behavior` | sets all fields to their defaults |
//! | `GET`, `PUT`, `DELETE /simulator/variants` | the same for [`Variants`](crate::Variants) |
//! | `POST /simulator/objects` | `{"path": "orgs/ID/wlans", "object": {…}}` or a list of these: adds objects |
//! | `GET /simulator/objects?path=orgs/ID/wlans` | the objects of a path as the cloud keeps them |

use crate::behavior::Behavior;
use crate::cloud::Clock;
use crate::config::Variants;
use crate::faults::Fault;
use crate::message::{Reply, Request};
use crate::objects;
use crate::shared::Shared;
use crate::tokens::{Owner, StoredToken};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
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

/// The response, or `None` for a request to the cloud.
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
        ("GET", "held") => Reply::json(200, &json!({"held": shared.held()})),
        ("POST", "release") => {
            shared.release();
            Reply::json(200, &json!({}))
        }
        ("GET", "requests") => {
            let (connections, tls_handshakes) = (shared.connections(), shared.tls_handshakes());
            let waited = shared.waited().as_secs_f64();
            let requests = shared.records().list();
            Reply::json(
                200,
                &json!({"requests": requests, "connections": connections, "tls_handshakes": tls_handshakes, "waited": waited}),
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
            Err(error) => Reply::detail(400, &format!("clock: not a change: {error}")),
        },
        ("GET", "behavior") => Reply::json(200, &json!(shared.cloud().config.behavior)),
        ("PUT", "behavior") => change(&mut shared.cloud().config.behavior, "behavior", &request.body),
        ("GET", "variants") => Reply::json(200, &json!(shared.cloud().config.variants)),
        ("PUT", "variants") => change(&mut shared.cloud().config.variants, "variants", &request.body),
        ("DELETE", "variants") => {
            shared.cloud().config.variants = Variants::default();
            Reply::json(200, &json!({}))
        }
        ("DELETE", "behavior") => {
            shared.cloud().config.behavior = Behavior::default();
            Reply::json(200, &json!({}))
        }
        ("POST", "objects") => seed(shared, &request.body),
        ("GET", "objects") => {
            Reply::json(200, &json!(objects::at(&shared.cloud(), request.parameter("path").unwrap_or_default())))
        }
        _ => Reply::detail(404, "The simulator has no such control."),
    })
}

fn add(shared: &Shared, faults: Vec<Fault>) -> Reply {
    let mut active = shared.faults();
    faults.into_iter().for_each(|fault| active.add(fault));
    Reply::json(200, &json!({}))
}

/// Replaces the settings that the body contains, and keeps the others.
fn change<T: Serialize + DeserializeOwned>(settings: &mut T, name: &str, body: &[u8]) -> Reply {
    let changed = serde_json::from_slice::<Map<String, Value>>(body).and_then(|given| {
        let mut all = json!(settings).as_object().cloned().unwrap_or_default();
        all.extend(given);
        serde_json::from_value(Value::Object(all))
    });
    match changed {
        Ok(changed) => {
            *settings = changed;
            Reply::json(200, &json!(settings))
        }
        Err(error) => Reply::detail(400, &format!("not {name}: {error}")),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Seed {
    path: String,
    object: Value,
}

fn seed(shared: &Shared, body: &[u8]) -> Reply {
    let seeds = serde_json::from_slice::<Vec<Seed>>(body)
        .or_else(|_| serde_json::from_slice::<Seed>(body).map(|seed| vec![seed]));
    let cloud = &mut shared.cloud();
    let ids = seeds.map_err(|error| error.to_string()).and_then(|seeds| {
        seeds.into_iter().map(|seed| objects::seed_at(cloud, &seed.path, seed.object)).collect::<Result<Vec<_>, _>>()
    });
    match ids {
        Ok(ids) => Reply::json(200, &json!({ "ids": ids })),
        Err(problem) => Reply::detail(400, &format!("objects: {problem}")),
    }
}

/// An untagged enum only reports that no variant fits. Reading one variant again gives the reason.
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
    let others =
        cloud.accounts.iter().skip(1).map(|account| (account.settings.email.clone(), json!(list(&account.owner))));
    json!({"user": list(&Owner::User), "orgs": orgs, "accounts": others.collect::<Map<_, _>>()})
}
