//! A Mist cloud on loopback for the demo, the tests and the benchmarks.
//!
//! It follows Mist's OpenAPI document, and, where the real cloud is known to differ, what the real cloud does
//! ([`Behaviour`] chooses). It is never shipped, and it shares no code with the client that is tested against it.
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
//! | who asks: token, password, session | `authentication`, `sessions`, `accounts`, `login_attempts` |
//! | the tokens | `tokens`, `user_tokens`, `org_tokens` |
//! | what a token may do | `privileges` |
//! | organisations; sites, site groups and all other objects | `orgs`, `objects` |
//! | how the cloud keeps and shows objects | `habits` |
//! | pages, quota | `paging`, `quota` |
//! | what can go wrong, and how it is done to the socket | `faults`, `spoiling`, `wire` |
//! | the socket, TLS, the record of requests | `server`, `tls`, `records` |
//! | steering from another process | `control` |

mod accounts;
mod authentication;
mod body;
mod clock;
mod cloud;
mod config;
mod control;
mod faults;
mod habits;
mod login_attempts;
mod message;
mod objects;
mod org_tokens;
mod orgs;
mod paging;
mod privileges;
mod quota;
mod random;
mod records;
mod router;
mod server;
mod sessions;
mod simulator;
mod spoiling;
mod tls;
mod tokens;
mod user_tokens;
mod wire;

pub use config::{Behaviour, Certificate, Config, FieldErrors, NotFound, PageForm, RetryAfterForm, SrcIpsPut};
pub use faults::{Fault, FaultKind, RetryAfter};
pub use habits::{Empty, GivenNull, Habits, Nested, Normal, PutAnswer, ReadOnlyFields, Secrets, UnknownFields};
pub use records::RecordedRequest;
pub use simulator::Simulator;
pub use tokens::{NewToken, Owner, StoredToken};
