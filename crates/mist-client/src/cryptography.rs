//! The cryptography under TLS: ring's, without what no cloud asks this client for, since every task copies it.
//!
//! - Reading and using private keys, which only a client with a certificate of its own does, and no option gives it one.
//! - The cipher suites with ChaCha20-Poly1305. They are for processors without AES. `TLS_AES_128_GCM_SHA256` is the
//!   suite that every TLS 1.3 must have (RFC 8446, section 9.1).
//!
//! rustls' own provider is a function that names all of it, so that all of it would be linked: hence these lists.

use rustls::crypto::ring::{ALL_KX_GROUPS, cipher_suite};
use rustls::crypto::{CryptoProvider, GetRandomFailed, KeyProvider, SecureRandom, WebPkiSupportedAlgorithms};
use rustls::pki_types::{PrivateKeyDer, SignatureVerificationAlgorithm};
use rustls::sign::SigningKey;
use rustls::{SignatureScheme, SupportedCipherSuite};
use std::sync::Arc;
use webpki::ring as verification;

/// What TLS connections are made with.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(CryptoProvider {
        cipher_suites: CIPHER_SUITES.to_vec(),
        kx_groups: ALL_KX_GROUPS.to_vec(),
        signature_verification_algorithms: SIGNATURES,
        secure_random: &System,
        key_provider: &NoKeys,
    })
}

/// The strongest first.
static CIPHER_SUITES: &[SupportedCipherSuite] = &[
    cipher_suite::TLS13_AES_256_GCM_SHA384,
    cipher_suite::TLS13_AES_128_GCM_SHA256,
    cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    cipher_suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    cipher_suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
];

type Algorithm = &'static dyn SignatureVerificationAlgorithm;

const P256_SHA256: Algorithm = verification::ECDSA_P256_SHA256;
const P256_SHA384: Algorithm = verification::ECDSA_P256_SHA384;
const P384_SHA256: Algorithm = verification::ECDSA_P384_SHA256;
const P384_SHA384: Algorithm = verification::ECDSA_P384_SHA384;
const ED25519: Algorithm = verification::ED25519;
const PKCS1_SHA256: Algorithm = verification::RSA_PKCS1_2048_8192_SHA256;
const PKCS1_SHA384: Algorithm = verification::RSA_PKCS1_2048_8192_SHA384;
const PKCS1_SHA512: Algorithm = verification::RSA_PKCS1_2048_8192_SHA512;
const PSS_SHA256: Algorithm = verification::RSA_PSS_2048_8192_SHA256_LEGACY_KEY;
const PSS_SHA384: Algorithm = verification::RSA_PSS_2048_8192_SHA384_LEGACY_KEY;
const PSS_SHA512: Algorithm = verification::RSA_PSS_2048_8192_SHA512_LEGACY_KEY;

/// Which signatures are understood: `all` on certificates, `mapping` in a handshake, where TLS 1.2 leaves open which curve
/// goes with a hash (RFC 8446, section 4.2.3).
static SIGNATURES: WebPkiSupportedAlgorithms = WebPkiSupportedAlgorithms {
    all: &[
        P256_SHA256,
        P256_SHA384,
        P384_SHA256,
        P384_SHA384,
        ED25519,
        PKCS1_SHA256,
        PKCS1_SHA384,
        PKCS1_SHA512,
        verification::RSA_PKCS1_2048_8192_SHA256_ABSENT_PARAMS,
        verification::RSA_PKCS1_2048_8192_SHA384_ABSENT_PARAMS,
        verification::RSA_PKCS1_2048_8192_SHA512_ABSENT_PARAMS,
        PSS_SHA256,
        PSS_SHA384,
        PSS_SHA512,
    ],
    mapping: &[
        (SignatureScheme::ECDSA_NISTP384_SHA384, &[P384_SHA384, P256_SHA384]),
        (SignatureScheme::ECDSA_NISTP256_SHA256, &[P256_SHA256, P384_SHA256]),
        (SignatureScheme::ED25519, &[ED25519]),
        (SignatureScheme::RSA_PSS_SHA512, &[PSS_SHA512]),
        (SignatureScheme::RSA_PSS_SHA384, &[PSS_SHA384]),
        (SignatureScheme::RSA_PSS_SHA256, &[PSS_SHA256]),
        (SignatureScheme::RSA_PKCS1_SHA512, &[PKCS1_SHA512]),
        (SignatureScheme::RSA_PKCS1_SHA384, &[PKCS1_SHA384]),
        (SignatureScheme::RSA_PKCS1_SHA256, &[PKCS1_SHA256]),
    ],
};

#[derive(Debug)]
struct System;

impl SecureRandom for System {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), GetRandomFailed> {
        let system = ring::rand::SystemRandom::new();
        ring::rand::SecureRandom::fill(&system, bytes).map_err(|_| GetRandomFailed)
    }
}

#[derive(Debug)]
struct NoKeys;

impl KeyProvider for NoKeys {
    fn load_private_key(&self, _: PrivateKeyDer<'static>) -> Result<Arc<dyn SigningKey>, rustls::Error> {
        Err(rustls::Error::General("this client has no certificate of its own".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::crypto::ring::default_provider;
    use std::collections::BTreeSet;

    fn algorithms(list: &[Algorithm]) -> BTreeSet<String> {
        list.iter().map(|one| format!("{:?} {:?}", one.signature_alg_id(), one.public_key_alg_id())).collect()
    }

    #[test]
    fn a_cloud_is_understood_by_every_signature_that_rustls_understands() {
        let (own, whole) = (provider(), default_provider());
        let (own, whole) = (own.signature_verification_algorithms, whole.signature_verification_algorithms);
        assert_eq!(algorithms(own.all), algorithms(whole.all));
        let mapping = |list: &[(SignatureScheme, &[Algorithm])]| {
            list.iter().map(|(scheme, list)| (format!("{scheme:?}"), algorithms(list))).collect::<Vec<_>>()
        };
        assert_eq!(mapping(own.mapping), mapping(whole.mapping));
    }

    #[test]
    fn suites_and_groups_are_those_of_rustls_but_for_chacha20() {
        let (own, whole) = (provider(), default_provider());
        let suites = |provider: &CryptoProvider| -> Vec<String> {
            provider.cipher_suites.iter().map(|suite| format!("{:?}", suite.suite())).collect()
        };
        let mut wanted = suites(&whole);
        wanted.retain(|suite| !suite.contains("CHACHA20"));
        assert_eq!(suites(&own), wanted);
        let groups = |provider: &CryptoProvider| -> Vec<String> {
            provider.kx_groups.iter().map(|group| format!("{:?}", group.name())).collect()
        };
        assert_eq!(groups(&own), groups(&whole));
    }

    #[test]
    fn random_bytes_are_not_the_same_twice() {
        let (mut one, mut other) = ([0; 32], [0; 32]);
        provider().secure_random.fill(&mut one).unwrap();
        provider().secure_random.fill(&mut other).unwrap();
        assert!(one != [0; 32] && one != other);
    }
}
