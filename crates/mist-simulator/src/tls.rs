//! A certificate authority of the simulator's own, and the server's certificate.

use crate::config::Certificate;
use anyhow::{Context, Result};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;
use std::sync::Arc;

/// The server's side of TLS, and its authority in PEM, fresh at every call.
pub(crate) fn server(certificate: Certificate) -> Result<(Arc<ServerConfig>, String)> {
    let (pem, issuer) = authority()?;
    let (pem, issuer) = match certificate {
        Certificate::OtherAuthority => (authority()?.0, issuer),
        Certificate::Good | Certificate::Expired | Certificate::OtherHost => (pem, issuer),
    };
    let names: &[&str] = match certificate {
        Certificate::OtherHost => &["api.elsewhere.example"],
        Certificate::Good | Certificate::Expired | Certificate::OtherAuthority => &["127.0.0.1", "::1", "localhost"],
    };
    let mut params = CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())?;
    params.distinguished_name.push(DnType::CommonName, "Mist simulator");
    // Python 3.13 and newer refuse a certificate that does not name its authority's key.
    params.use_authority_key_identifier_extension = true;
    if certificate == Certificate::Expired {
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(2001, 1, 1);
    }
    let key = KeyPair::generate()?;
    let signed = params.signed_by(&key, &issuer)?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![signed.der().clone()], PrivatePkcs8KeyDer::from(key.serialize_der()).into())
        .context("the certificate made for the simulator is refused")?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok((Arc::new(config), pem))
}

fn authority() -> Result<(String, Issuer<'static, KeyPair>)> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Mist simulator authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key = KeyPair::generate()?;
    let pem = params.self_signed(&key)?.pem();
    Ok((pem, Issuer::new(params, key)))
}
