//! Certificates as servers show them, and what is said of each.

use super::super::store::read_roots;
use super::*;
use crate::cryptography;
use crate::error::{Certificate, CertificateFault, Source};
use rustls::pki_types::pem::PemObject;
use std::path::Path;
use std::time::Duration;

/// The middle of the time in which the certificates of `tests/data` are valid: in the year 2076.
const THEN: u64 = 3_350_000_000;

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

fn certificate(name: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_file(data(name)).unwrap()
}

fn only(name: &str) -> Verifier {
    verifier(Trust::Only(data(name), read_roots(&data(name)).unwrap()))
}

fn verifier(trust: Trust) -> Verifier {
    Verifier::new(trust, &cryptography::provider())
}

fn judge(verifier: &Verifier, shown: &str, name: &str, now: u64) -> Result<(), Refused> {
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let now = UnixTime::since_unix_epoch(Duration::from_secs(now));
    match verifier.verify_server_cert(&certificate(shown), &[], &name, &[], now) {
        Ok(_) => Ok(()),
        Err(Error::InvalidCertificate(CertificateError::Other(other))) => {
            Err(other.0.downcast_ref::<Refused>().unwrap().clone())
        }
        Err(other) => panic!("{other:?}"),
    }
}

fn refused(verifier: &Verifier, shown: &str, name: &str, now: u64) -> Certificate {
    match judge(verifier, shown, name, now) {
        Err(Refused::Certificate(certificate)) => certificate,
        other => panic!("{shown}: {other:?}"),
    }
}

#[test]
fn each_fault_has_a_sentence_of_its_own() {
    let root = only("root.pem");
    judge(&root, "good.pem", "api.mist.test", THEN).unwrap();
    for (shown, name, now, fault, words) in [
        ("good.pem", "api.mist.test", 946_684_800, CertificateFault::NotYetValid, "it is not valid yet"),
        ("good.pem", "api.mist.test", 7_258_118_400, CertificateFault::Expired, "it has expired"),
        (
            "good.pem",
            "api.other.test",
            THEN,
            CertificateFault::WrongName { names: vec!["api.mist.test".into()] },
            "it is not valid for this name, but for api.mist.test",
        ),
        ("sha1.pem", "api.mist.test", THEN, CertificateFault::WeakSignature, "such as with SHA-1"),
        ("self-signed.pem", "api.mist.test", THEN, CertificateFault::SelfSigned, "it is self-signed"),
        ("self-signed-authority.pem", "api.mist.test", THEN, CertificateFault::Authority, "CA:TRUE"),
    ] {
        let refused = refused(&root, shown, name, now);
        assert_eq!(refused.fault, fault, "{refused:?}");
        assert!(refused.to_string().contains(words), "{refused}");
    }
}

#[test]
fn an_unknown_issuer_is_named_with_the_places_that_were_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let store = HostStore { file: None, directory: Some(folder.path().to_owned()) };
    let refused = refused(&verifier(Trust::BuiltInAndHost(store)), "good.pem", "api.mist.test", THEN);
    assert_eq!(refused.fault, CertificateFault::UnknownIssuer);
    assert_eq!(refused.issuer.as_deref(), Some("CN=Example Root, O=Example Company"));
    let place = TrustedPlace::Host { path: folder.path().to_owned(), source: Source::Variable("SSL_CERT_DIR".into()) };
    assert_eq!(refused.looked_at, [TrustedPlace::BuiltIn, place]);
    let words = refused.to_string();
    assert!(words.contains("'CN=Example Root, O=Example Company'") && words.contains("SSL_CERT_DIR"), "{words}");
}

#[test]
fn the_hosts_store_is_trusted_beside_the_built_in_roots_and_read_only_when_it_is_needed() {
    let store = HostStore { file: Some(data("root.pem")), directory: None };
    let both = verifier(Trust::BuiltInAndHost(store));
    assert!(both.host.get().is_none(), "nothing is read before it is needed");
    judge(&both, "good.pem", "api.mist.test", THEN).unwrap();
    assert_eq!(both.host.get().unwrap().as_ref().unwrap().roots.len(), 1);
    // What is known of the issuer there is more telling than that the built-in roots do not know it.
    assert_eq!(refused(&both, "good.pem", "api.mist.test", 7_258_118_400).fault, CertificateFault::Expired);
}

#[test]
fn a_store_that_is_needed_and_cannot_be_read_is_told_by_its_variable() {
    let store = HostStore { file: Some("/dev/null".into()), directory: None };
    let both = verifier(Trust::BuiltInAndHost(store));
    let Err(Refused::Store(setting)) = judge(&both, "good.pem", "api.mist.test", THEN) else { panic!() };
    assert!(setting.to_string().contains("SSL_CERT_FILE"), "{setting}");
}

#[test]
fn a_file_in_place_of_all_others_is_the_only_one_that_is_looked_at() {
    let refused = refused(&only("self-signed.pem"), "good.pem", "api.mist.test", THEN);
    assert_eq!(refused.looked_at, [TrustedPlace::Given(data("self-signed.pem"))]);
}

#[test]
fn without_checks_anybody_is_trusted() {
    judge(&verifier(Trust::Anybody), "self-signed-authority.pem", "anything.test", 0).unwrap();
}
