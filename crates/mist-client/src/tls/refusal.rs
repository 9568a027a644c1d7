//! What it means that a certificate is not trusted. No I/O.

use super::name;
use crate::error::{Certificate, CertificateFault, Setting, TrustedPlace};
use rustls::pki_types::CertificateDer;
use rustls::{CertificateError, Error, OtherError};
use std::fmt;
use std::sync::Arc;

/// Why a connection was refused, as it travels through the TLS library.
#[derive(Clone, Debug)]
pub(crate) enum Refused {
    /// The certificate is not trusted.
    Certificate(Certificate),
    /// The host's store, which was needed, cannot be read.
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
    pub(super) fn into_error(self) -> Error {
        Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(self))))
    }
}

/// The refusal of this certificate for this reason, after these places were looked at.
pub(super) fn of(certificate: &CertificateDer<'_>, error: Error, looked_at: Vec<TrustedPlace>) -> Refused {
    let names = webpki::EndEntityCert::try_from(certificate).ok();
    let issuer = names.as_ref().and_then(|certificate| name::readable(certificate.issuer()));
    let is_own_issuer = names.as_ref().is_some_and(|certificate| certificate.issuer() == certificate.subject());
    let (fault, words) = match &error {
        Error::InvalidCertificate(reason) => (fault(reason, is_own_issuer), words(reason)),
        other => (CertificateFault::Other, other.to_string()),
    };
    Refused::Certificate(Certificate { fault, issuer, looked_at, words })
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

/// The library's own words, where the fault does not say it all.
fn words(reason: &CertificateError) -> String {
    match reason {
        CertificateError::ExpiredContext { time, not_after } => {
            let days = time.as_secs().saturating_sub(not_after.as_secs()) / 86_400;
            format!("{days} days ago, by the clock of this machine")
        }
        CertificateError::NotValidYetContext { time, not_before } => {
            let days = not_before.as_secs().saturating_sub(time.as_secs()) / 86_400;
            format!("it will be in {days} days")
        }
        CertificateError::NotValidForName
        | CertificateError::NotValidForNameContext { .. }
        | CertificateError::UnknownIssuer => String::new(),
        CertificateError::Other(other) if other.0.downcast_ref::<webpki::Error>().is_some() => String::new(),
        other => other.to_string(),
    }
}

/// `DnsName("a.b")` is `a.b`.
fn bare(name: &str) -> String {
    name.split_once("(\"").and_then(|(_, rest)| rest.strip_suffix("\")")).unwrap_or(name).to_owned()
}
