//! Every other object of the API: collections such as an organisation's WLANs, and the settings of organisation and site.
//!
//! `document.json` says which there are. It is read off Mist's OpenAPI document by `scripts/read-document.py`.

mod change;
mod document;
mod place;
mod requests;
mod shown;
mod store;

pub use document::{DocumentedKind, documented_kinds};
pub(crate) use place::{Place, Scope, parse_path};
pub(crate) use requests::{answer, at, remove_at, seed, seed_at};
pub(crate) use store::Objects;
