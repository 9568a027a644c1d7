//! Verifies certificates. The host's own store is read only if Mozilla's built-in root certificates do not suffice.

use super::refusal::{self, Refused};
use super::store::{HostRoots, HostStore};
use crate::error::{Setting, TrustedPlace};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use std::path::PathBuf;
use std::sync::OnceLock;

/// The issuers to trust.
#[derive(Debug)]
pub(crate) enum Trust {
    /// No verification.
    All,
    /// Only the root certificates of this file.
    Only(PathBuf, RootCertStore),
    /// Mozilla's root certificates and those of the host.
    BuiltInAndHost(HostStore),
}

/// Verifies certificates by a [`Trust`].
#[derive(Debug)]
pub(crate) struct Verifier {
    trust: Trust,
    built_in: RootCertStore,
    host: OnceLock<Result<HostRoots, Setting>>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Verifier {
    pub(crate) fn new(trust: Trust, provider: &CryptoProvider) -> Self {
        let roots = match &trust {
            Trust::BuiltInAndHost(_) => webpki_roots::TLS_SERVER_ROOTS.to_vec(),
            _ => Vec::new(),
        };
        Self {
            trust,
            built_in: RootCertStore { roots },
            host: OnceLock::new(),
            algorithms: provider.signature_verification_algorithms,
        }
    }

    /// Checks that one of the roots issued the certificate.
    fn check_issuer(&self, presented: &Presented<'_>, roots: &RootCertStore) -> Result<(), Error> {
        let Presented { certificate, intermediates, now } = presented;
        verify_server_cert_signed_by_trust_anchor(certificate, roots, intermediates, *now, self.algorithms.all)
    }

    /// Checks that a trusted root issued the certificate.
    fn check_trust(&self, presented: &Presented<'_>) -> Result<(), Untrusted> {
        match &self.trust {
            Trust::All => Ok(()),
            Trust::Only(path, roots) => self
                .check_issuer(presented, roots)
                .map_err(|error| Untrusted::Certificate(error, vec![TrustedPlace::Given(path.clone())])),
            Trust::BuiltInAndHost(store) => {
                let Err(first) = self.check_issuer(presented, &self.built_in) else { return Ok(()) };
                let host =
                    self.host.get_or_init(|| store.read()).as_ref().map_err(|error| Untrusted::Store(error.clone()))?;
                let Err(second) = self.check_issuer(presented, &host.roots) else { return Ok(()) };
                // Prefer the error of a known issuer over "unknown issuer".
                let unknown = matches!(second, Error::InvalidCertificate(CertificateError::UnknownIssuer));
                let places = std::iter::once(TrustedPlace::BuiltIn).chain(host.places.iter().cloned()).collect();
                Err(Untrusted::Certificate(if unknown { first } else { second }, places))
            }
        }
    }
}

/// The certificates of a server.
struct Presented<'a> {
    certificate: ParsedCertificate<'a>,
    intermediates: &'a [CertificateDer<'a>],
    now: UnixTime,
}

/// The reason that a certificate is not trusted.
enum Untrusted {
    Certificate(Error, Vec<TrustedPlace>),
    Store(Setting),
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if matches!(self.trust, Trust::All) {
            return Ok(ServerCertVerified::assertion());
        }
        let refuse = |error, places| refusal::of(end_entity, error, places).into_error();
        let certificate = ParsedCertificate::try_from(end_entity).map_err(|error| refuse(error, Vec::new()))?;
        let presented = Presented { certificate, intermediates, now };
        match self.check_trust(&presented) {
            Ok(()) => {}
            Err(Untrusted::Certificate(error, places)) => return Err(refuse(error, places)),
            Err(Untrusted::Store(setting)) => return Err(Refused::Store(Box::new(setting)).into_error()),
        }
        verify_server_name(&presented.certificate, server_name).map_err(|error| refuse(error, Vec::new()))?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        match self.trust {
            Trust::All => Ok(HandshakeSignatureValid::assertion()),
            _ => verify_tls12_signature(message, cert, dss, &self.algorithms),
        }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        match self.trust {
            Trust::All => Ok(HandshakeSignatureValid::assertion()),
            _ => verify_tls13_signature(message, cert, dss, &self.algorithms),
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let mut schemes = self.algorithms.supported_schemes();
        if matches!(self.trust, Trust::All) {
            schemes.extend([
                SignatureScheme::RSA_PKCS1_SHA1,
                SignatureScheme::ECDSA_NISTP521_SHA512,
                SignatureScheme::ED448,
            ]);
        }
        schemes
    }
}

#[cfg(test)]
#[path = "verifier_tests.rs"]
mod tests;
