//! The reason that a certificate is not trusted, and its issuer. No I/O.

use crate::error::{Certificate, CertificateFault, Setting, TrustedPlace};
use rustls::pki_types::CertificateDer;
use rustls::{CertificateError, Error, OtherError};
use std::fmt;
use std::sync::Arc;

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
    pub(super) fn into_error(self) -> Error {
        Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(self))))
    }
}

/// The refusal of a certificate for this reason, after these trust stores were searched.
pub(super) fn of(certificate: &CertificateDer<'_>, error: Error, searched: Vec<TrustedPlace>) -> Refused {
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
mod tests {
    use super::*;

    #[test]
    fn a_name_is_decoded() {
        let part = |attribute: u8, kind: u8, text: &[u8]| {
            let mut pair = vec![OBJECT_ID, 3, 0x55, 4, attribute, kind, u8::try_from(text.len()).unwrap()];
            pair.extend(text);
            let mut sequence = vec![SEQUENCE, u8::try_from(pair.len()).unwrap()];
            sequence.extend(pair);
            let mut set = vec![SET, u8::try_from(sequence.len()).unwrap()];
            set.extend(sequence);
            set
        };
        let name = [
            part(6, 0x13, b"DE"),
            part(10, 0x0c, "M\u{fc}ller".as_bytes()),
            part(3, 0x1e, b"\0A\0B"),
            part(9, 0x0c, b"x"),
        ];
        assert_eq!(readable_name(&name.concat()).as_deref(), Some("CN=AB, O=M\u{fc}ller, C=DE"));
    }

    #[test]
    fn a_malformed_name_is_none() {
        for bytes in [&b""[..], b"\x31", b"\x31\x05\x30", b"\x31\x02\x30\x7f", &[0x31, 0x84, 1, 2, 3, 4], &[0xff; 40]] {
            assert_eq!(readable_name(bytes), None, "{bytes:?}");
        }
    }
}
