//! TLS: whom to trust, and what is said of those who are not trusted. Connections are made in `connector`, certificates judged
//! in `verifier`, stores read in `store`; what a refusal means is told in `refusal`, without I/O.

mod connector;
mod name;
mod refusal;
mod store;
mod verifier;

pub(crate) use connector::Tls;
pub(crate) use refusal::Refused;
pub use store::HostStore;
pub(crate) use store::read_roots;
pub(crate) use verifier::{Trust, Verifier};

use crate::cryptography;
use crate::error::{Error, Result};
use rustls::ClientConfig;
use std::sync::Arc;

/// How connections are made by those who trust so.
pub(crate) fn config(trust: Trust) -> Result<Arc<ClientConfig>> {
    let provider = cryptography::provider();
    let verifier = Verifier::new(trust, &provider);
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Other(format!("TLS cannot be spoken: {error}.")))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(Arc::new(config))
}
