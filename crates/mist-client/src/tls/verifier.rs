//! Verifies certificates, and explains why one is not trusted. The host's own store is read only if Mozilla's built-in root certificates do not suffice.

use super::{HostRoots, HostStore};
use crate::error::{Certificate, CertificateFault, Setting, TrustedPlace};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme};
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

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
        let refuse = |error, places| refusal(end_entity, error, places).into_error();
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

/// The reason that a connection was refused, passed through the TLS library.
#[derive(Clone, Debug)]
pub(crate) enum Refused {
    Certificate(Certificate),
    /// The host's store was required and cannot be read.
    Store(Box<Setting>),
}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate(certificate) => write!(formatter, "{certificate}"),
            Self::Store(setting) => write!(formatter, "{setting}"),
        }
    }
}

impl std::error::Error for Refused {}

impl Refused {
    fn into_error(self) -> Error {
        Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(self))))
    }
}

/// The refusal of a certificate for this reason, after these trust stores were searched.
fn refusal(certificate: &CertificateDer<'_>, error: Error, searched: Vec<TrustedPlace>) -> Refused {
    let names = webpki::EndEntityCert::try_from(certificate).ok();
    let issuer = names.as_ref().and_then(|certificate| readable_name(certificate.issuer()));
    let is_own_issuer = names.as_ref().is_some_and(|certificate| certificate.issuer() == certificate.subject());
    let (fault, words) = match &error {
        Error::InvalidCertificate(reason) => (fault(reason, is_own_issuer), words(reason)),
        other => (CertificateFault::Other, other.to_string()),
    };
    Refused::Certificate(Certificate { fault, issuer, searched, words })
}

#[allow(deprecated)]
fn fault(reason: &CertificateError, is_own_issuer: bool) -> CertificateFault {
    match reason {
        CertificateError::UnknownIssuer if is_own_issuer => CertificateFault::SelfSigned,
        CertificateError::UnknownIssuer => CertificateFault::UnknownIssuer,
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => CertificateFault::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => CertificateFault::NotYetValid,
        CertificateError::NotValidForName => CertificateFault::WrongName { names: Vec::new() },
        CertificateError::NotValidForNameContext { presented, .. } => {
            CertificateFault::WrongName { names: presented.iter().map(|name| bare(name)).collect() }
        }
        CertificateError::UnsupportedSignatureAlgorithm
        | CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => CertificateFault::WeakSignature,
        CertificateError::Other(other) => match other.0.downcast_ref() {
            Some(webpki::Error::CaUsedAsEndEntity) => CertificateFault::Authority,
            _ => CertificateFault::Other,
        },
        _ => CertificateFault::Other,
    }
}

/// Details from the library, where the fault does not cover them.
fn words(reason: &CertificateError) -> String {
    match reason {
        CertificateError::ExpiredContext { time, not_after } => {
            let days = time.as_secs().saturating_sub(not_after.as_secs()) / 86_400;
            format!("{days} days ago by the clock of this machine")
        }
        CertificateError::NotValidYetContext { time, not_before } => {
            let days = not_before.as_secs().saturating_sub(time.as_secs()) / 86_400;
            format!("valid in {days} days")
        }
        CertificateError::NotValidForName
        | CertificateError::NotValidForNameContext { .. }
        | CertificateError::UnknownIssuer => String::new(),
        CertificateError::Other(other) if other.0.downcast_ref::<webpki::Error>().is_some() => String::new(),
        other => other.to_string(),
    }
}

/// `DnsName("a.b")` becomes `a.b`.
fn bare(name: &str) -> String {
    name.split_once("(\"").and_then(|(_, rest)| rest.strip_suffix("\")")).unwrap_or(name).to_owned()
}

/// More parts of a name are not shown.
const MOST_PARTS: usize = 8;

/// The name of an authority from its encoding (X.501, DER) as `CN=Example Root, O=Example`, the common name first; `None` if it
/// cannot be decoded.
fn readable_name(sequence: &[u8]) -> Option<String> {
    let mut parts: Vec<(u8, String)> = Vec::new();
    let mut rest = sequence;
    while let Some((SET, mut set, after)) = element(rest) {
        while let Some((SEQUENCE, pair, others)) = element(set) {
            let (OBJECT_ID, id, value) = element(pair)? else { return None };
            let (kind, text, _) = element(value)?;
            if let ([0x55, 0x04, attribute], Some(text)) = (id, text_of(kind, text)) {
                parts.push((*attribute, text));
            }
            set = others;
        }
        rest = after;
    }
    let rank = |attribute: u8| match attribute {
        3 => 0,
        10 => 1,
        11 => 2,
        _ => 3,
    };
    parts.sort_by_key(|(attribute, _)| rank(*attribute));
    let shown: Vec<String> = parts
        .iter()
        .filter_map(|(attribute, text)| Some(format!("{}={text}", label(*attribute)?)))
        .take(MOST_PARTS)
        .collect();
    (!shown.is_empty()).then(|| shown.join(", "))
}

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OBJECT_ID: u8 = 0x06;

fn label(attribute: u8) -> Option<&'static str> {
    Some(match attribute {
        3 => "CN",
        6 => "C",
        7 => "L",
        8 => "ST",
        10 => "O",
        11 => "OU",
        _ => return None,
    })
}

/// The first element: its tag, its content, and the rest.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81 => (usize::from(*rest.first()?), rest.get(1..)?),
        0x82 => (usize::from(*rest.first()?) << 8 | usize::from(*rest.get(1)?), rest.get(2..)?),
        _ => return None,
    };
    Some((*tag, rest.get(..length)?, rest.get(length..)?))
}

/// The text of a string type: UTF-8 or one of its subsets, Latin-1 (T61), or UTF-16 (BMP).
fn text_of(kind: u8, bytes: &[u8]) -> Option<String> {
    let text = match kind {
        0x0c | 0x12 | 0x13 | 0x16 => std::str::from_utf8(bytes).ok()?.to_owned(),
        0x14 => bytes.iter().map(|byte| char::from(*byte)).collect(),
        0x1e => {
            let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
            String::from_utf16(&units).ok()?
        }
        _ => return None,
    };
    Some(text.chars().filter(|character| !character.is_control()).collect())
}

#[cfg(test)]
#[path = "verifier_tests.rs"]
mod tests;
