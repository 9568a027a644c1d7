//! A Mist cloud on loopback for the demo, the tests and the benchmarks.
//!
//! It follows Mist's OpenAPI document, and, where the real cloud is known to differ, what the real cloud does
//! ([`Variants`] chooses). It is never shipped, and it shares no code with the client that is tested against it.
//!
//! ```
//! use mist_simulator::{Config, Fault, FaultKind, Simulator};
//!
//! let cloud = Simulator::start(Config::default())?;
//! assert!(cloud.url().starts_with("https://127.0.0.1:"));
//!
//! // The next creation of a token takes effect, and its answer is lost.
//! cloud.fault(Fault::new(FaultKind::CutAfter).method("POST").path("/api/v1/self/apitokens").times(1));
//! # anyhow::Ok(())
//! ```
//!
//! | what you look for | where |
//! | --- | --- |
//! | starting, watching and steering it from a test | `simulator` |
//! | what can be chosen | `config` |
//! | which path leads where, and in which order a request is checked | `router` |
//! | who asks: token, password, session | `authentication`, `sessions`, `accounts` |
//! | logging in and out; who am I | `login`, `login_attempts`, `whoami` |
//! | the tokens | `tokens`, `user_tokens`, `org_tokens` |
//! | what a token may do | `privileges` |
//! | MSPs, organisations; sites, site groups and all other objects | `msps`, `orgs`, `objects` |
//! | how the cloud keeps and shows objects | `behavior` |
//! | pages, quota | `paging`, `quota` |
//! | what can go wrong, and how it is done to the socket | `faults`, `injection`, `wire` |
//! | what there is at the start | `setup`, `cloud` |
//! | the socket, TLS, the record of requests | `server`, `shared`, `tls`, `records` |
//! | steering from another process | `control` |
//! | a proxy, to go through or to be held up by | `proxy` |

mod accounts;
mod authentication;
mod behavior;
mod body;
mod clock;
mod cloud;
mod config;
mod control;
mod faults;
mod injection;
mod login;
mod login_attempts;
mod message;
mod msps;
mod objects;
mod org_tokens;
mod orgs;
mod paging;
mod privileges;
mod proxy;
mod quota;
mod random;
mod records;
mod router;
mod server;
mod sessions;
mod setup;
mod shared;
mod simulator;
mod tls;
mod tokens;
mod user_tokens;
mod whoami;
mod wire;

pub use behavior::{
    Behavior, Empty, GivenNull, Nested, Normalization, PutAnswer, ReadOnlyFields, Secrets, UnknownFields,
};
pub use config::{
    Account, Certificate, Config, FieldErrors, LockedLogin, LoginLookup, NotFound, PageForm, RetryAfterForm, SrcIpsPut,
    Variants, ViewsForm,
};
pub use faults::{Fault, FaultKind, IntermediaryPage, RetryAfter};
pub use objects::{DocumentedKind, documented_kinds};
pub use proxy::{Proxy, ProxyKind};
pub use records::RecordedRequest;
pub use simulator::Simulator;
pub use tokens::{NewToken, Owner, StoredToken};
