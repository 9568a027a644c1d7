//! A simulated Mist cloud on loopback for the demo, the tests and the benchmarks.
//!
//! It follows Mist's OpenAPI document. Where the real cloud is known to differ, it follows the real cloud; [`Variants`] chooses. The crate is
//! never shipped, and it shares no code with the client that is tested against it.
//!
//! ```
//! use mist_simulator::{Config, Fault, FaultKind, Simulator};
//!
//! let cloud = Simulator::start(Config::default())?;
//! assert!(cloud.url().starts_with("https://127.0.0.1:"));
//!
//! // The next creation of a token takes effect, and its response is lost.
//! cloud.fault(Fault::new(FaultKind::CutAfter).method("POST").path("/api/v1/self/apitokens").times(1));
//! # anyhow::Ok(())
//! ```
//!
//! | topic | file |
//! | --- | --- |
//! | start, observe and control it from a test | `simulator` |
//! | control it from another process | `control` |
//! | configuration | `config` |
//! | paths, and the order of checks of a request | `router` |
//! | the caller: token, password, session | `authentication` |
//! | accounts, failed logins, quota | `accounts` |
//! | administrators of an organization, invites, mails | `admins` |
//! | login, logout | `login` |
//! | tokens, and the requests about them | `tokens` |
//! | privileges of a token | `privileges` |
//! | `/self`, organizations and MSPs | `orgs` |
//! | sites, site groups and all other objects | `objects` |
//! | how the cloud keeps and shows objects | `behavior` |
//! | devices: inventory, statistics, versions | `devices` |
//! | claims, assignments, replacement of devices | `claims`, `assignments` |
//! | firmware jobs | `firmware` |
//! | searches, statistics, logs | `searches` |
//! | pages of a list | `paging` |
//! | faults, and their bytes on the wire | `faults`, `injection` |
//! | state, clock, contents at the start | `cloud` |
//! | the socket and TLS | `server` |
//! | recorded and held requests | `shared` |
//! | an HTTP proxy | `proxy` |

mod accounts;
mod admins;
mod assignments;
mod authentication;
mod behavior;
mod claims;
mod cloud;
mod config;
mod control;
mod devices;
mod faults;
mod firmware;
mod injection;
mod message;
mod objects;
mod orgs;
mod paging;
mod privileges;
mod proxy;
mod random;
mod router;
mod searches;
mod server;
mod shared;
mod simulator;
mod tokens;

pub use behavior::{
    Behavior, Empty, GivenNull, Nested, Normalization, PutAnswer, ReadOnlyFields, Secrets, SiteGroupRace, UnknownFields,
};
pub use config::{
    Account, Certificate, Config, FieldErrors, Latency, LockedLogin, LoginLookup, NotFound, PageForm, RetryAfterForm,
    SecondInvite, SrcIpsPut, Variants, ViewsForm,
};
pub use faults::{Fault, FaultKind, IntermediaryPage, RetryAfter};
pub use firmware::Upgrade;
pub use objects::{DocumentedKind, documented_kinds};
pub use proxy::{Proxy, ProxyKind};
pub use shared::RecordedRequest;
pub use simulator::Simulator;
pub use tokens::{NewToken, Owner, StoredToken};
