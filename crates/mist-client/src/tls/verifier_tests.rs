//! Certificates of servers and the fault that each one has.

use super::super::read_roots;
use super::*;
use crate::error::Source;
use crate::tls::provider;
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
    Verifier::new(trust, &provider())
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
fn each_fault_is_recognized() {
    let root = only("root.pem");
    judge(&root, "good.pem", "api.mist.test", THEN).unwrap();
    let other_names = CertificateFault::WrongName { names: vec!["api.mist.test".into()] };
    for (shown, name, now, fault) in [
        ("good.pem", "api.mist.test", 946_684_800, CertificateFault::NotYetValid),
        ("good.pem", "api.mist.test", 7_258_118_400, CertificateFault::Expired),
        ("good.pem", "api.other.test", THEN, other_names),
        ("sha1.pem", "api.mist.test", THEN, CertificateFault::WeakSignature),
        ("self-signed.pem", "api.mist.test", THEN, CertificateFault::SelfSigned),
        ("self-signed-authority.pem", "api.mist.test", THEN, CertificateFault::Authority),
    ] {
        assert_eq!(refused(&root, shown, name, now).fault, fault, "{shown}");
    }
}

#[test]
fn an_unknown_issuer_is_named_with_the_stores_that_were_searched() {
    let folder = tempfile::tempdir().unwrap();
    let store = HostStore { file: None, directory: Some(folder.path().to_owned()) };
    let refused = refused(&verifier(Trust::BuiltInAndHost(store)), "good.pem", "api.mist.test", THEN);
    assert_eq!(refused.fault, CertificateFault::UnknownIssuer);
    assert_eq!(refused.issuer.as_deref(), Some("CN=Example Root, O=Example Company"));
    let place = TrustedPlace::Host { path: folder.path().to_owned(), source: Source::Variable("SSL_CERT_DIR".into()) };
    assert_eq!(refused.searched, [TrustedPlace::BuiltIn, place]);
}

#[test]
fn the_hosts_store_is_trusted_in_addition_and_read_only_when_required() {
    let store = HostStore { file: Some(data("root.pem")), directory: None };
    let both = verifier(Trust::BuiltInAndHost(store));
    assert!(both.host.get().is_none(), "nothing is read before it is required");
    judge(&both, "good.pem", "api.mist.test", THEN).unwrap();
    assert_eq!(both.host.get().unwrap().as_ref().unwrap().roots.len(), 1);
    // The store that knows the issuer gives the reason.
    assert_eq!(refused(&both, "good.pem", "api.mist.test", 7_258_118_400).fault, CertificateFault::Expired);
}

#[test]
fn an_unreadable_store_is_reported_with_its_variable() {
    let store = HostStore { file: Some("/dev/null".into()), directory: None };
    let both = verifier(Trust::BuiltInAndHost(store));
    let Err(Refused::Store(setting)) = judge(&both, "good.pem", "api.mist.test", THEN) else { panic!() };
    assert!(matches!(&*setting, Setting::HostStore { variable, .. } if variable == "SSL_CERT_FILE"), "{setting:?}");
}

#[test]
fn a_file_that_replaces_all_others_is_the_only_one_searched() {
    let refused = refused(&only("self-signed.pem"), "good.pem", "api.mist.test", THEN);
    assert_eq!(refused.searched, [TrustedPlace::Given(data("self-signed.pem"))]);
}

#[test]
fn without_verification_every_certificate_is_accepted() {
    judge(&verifier(Trust::All), "self-signed-authority.pem", "anything.test", 0).unwrap();
}

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
    let name =
        [part(6, 0x13, b"DE"), part(10, 0x0c, "M\u{fc}ller".as_bytes()), part(3, 0x1e, b"\0A\0B"), part(9, 0x0c, b"x")];
    assert_eq!(readable_name(&name.concat()).as_deref(), Some("CN=AB, O=M\u{fc}ller, C=DE"));
}

#[test]
fn a_malformed_name_is_none() {
    for bytes in [&b""[..], b"\x31", b"\x31\x05\x30", b"\x31\x02\x30\x7f", &[0x31, 0x84, 1, 2, 3, 4], &[0xff; 40]] {
        assert_eq!(readable_name(bytes), None, "{bytes:?}");
    }
}
