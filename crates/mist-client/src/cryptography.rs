//! The cryptography under TLS: rustls' own by ring, without private keys. Only a client with a certificate of its own has
//! one, and no option gives it one; what reads them and signs would be 40 kB that every task copies.

use rustls::crypto::{CryptoProvider, KeyProvider, ring};
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::SigningKey;
use std::sync::Arc;

/// What TLS connections are made with.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(CryptoProvider { key_provider: &NoKeys, ..ring::default_provider() })
}

#[derive(Debug)]
struct NoKeys;

impl KeyProvider for NoKeys {
    fn load_private_key(&self, _: PrivateKeyDer<'static>) -> Result<Arc<dyn SigningKey>, rustls::Error> {
        Err(rustls::Error::General("this client has no certificate of its own".to_owned()))
    }
}
