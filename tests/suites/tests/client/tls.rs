//! Trusted certificates, and the messages about others.

use mist_client::error::{Error, Reach};
use mist_client::transport::HostStore;
use mist_client::{Client, Host};
use mist_simulator::{Certificate, Config, Simulator};
use std::net::TcpListener;
use suites::{client, client_with, says, settings};

const SELF: &str = "/api/v1/self";

fn cloud_with(certificate: Certificate) -> Simulator {
    Simulator::start(Config { certificate, ..Config::default() }).unwrap()
}

/// The error, which is of the kind that is not tried again, after one attempt.
fn refused(client: &Client, cloud: &Simulator) -> Error {
    let error = client.get(SELF).unwrap_err();
    assert!(matches!(error, Error::Connection { reach: Reach::Unreachable, .. }), "{error:?}");
    assert_eq!((client.api_calls(), cloud.connections()), (1, 1), "{error}");
    assert_eq!(cloud.requests().len(), 0, "nothing was sent");
    error
}

#[test]
fn a_cloud_whose_authority_is_in_ca_path_is_trusted() {
    let cloud = cloud_with(Certificate::Good);
    assert_eq!(client(&cloud).get(SELF).unwrap().status, 200);
}

#[test]
fn certificates_that_are_not_trusted_are_refused_at_once_with_words() {
    for (certificate, word) in [
        (Certificate::OtherAuthority, "certificate is not trusted"),
        (Certificate::Expired, "xpired"),
        (Certificate::OtherHost, "not valid for"),
    ] {
        let cloud = cloud_with(certificate);
        says(&refused(&client(&cloud), &cloud), &[word, "GET https://127.0.0.1"]);
    }
}

#[test]
fn an_authority_that_is_not_built_in_is_refused_without_ca_path() {
    let cloud = cloud_with(Certificate::Good);
    let client = client_with(&cloud, |settings| settings.network.ca_path = None);
    says(
        &refused(&client, &cloud),
        &["certificate is not trusted", "'CN=Mist simulator authority' is not a trusted issuer", "Mozilla"],
    );
}

#[test]
fn with_validate_certs_false_any_certificate_will_do() {
    for certificate in [Certificate::OtherAuthority, Certificate::Expired, Certificate::OtherHost] {
        let cloud = cloud_with(certificate);
        let client = client_with(&cloud, |settings| {
            settings.network.validate_certs = false;
        });
        assert_eq!(client.get(SELF).unwrap().status, 200, "{certificate:?}");
    }
}

#[test]
fn plain_http_is_spoken_to_loopback() {
    let cloud = Simulator::start(Config { plain_http: true, ..Config::default() }).unwrap();
    assert_eq!(client(&cloud).get(SELF).unwrap().status, 200);
    assert_eq!(cloud.tls_handshakes(), 0);
}

#[test]
fn a_server_that_does_not_speak_tls_is_refused_at_once() {
    let cloud = Simulator::start(Config { plain_http: true, ..Config::default() }).unwrap();
    let client = client_with(&cloud, |settings| {
        settings.host = Host::parse(&cloud.url().replace("http:", "https:")).unwrap();
    });
    says(&refused(&client, &cloud), &["the TLS handshake failed"]);
}

#[test]
fn a_server_that_takes_the_connection_and_says_nothing_is_left_in_time() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let cloud = cloud_with(Certificate::Good);
    let client = client_with(&cloud, |settings| {
        settings.host = Host::parse(&silent.local_addr().unwrap().to_string()).unwrap();
        settings.max_wait = settings.network.timeout;
    });
    let error = client.get(SELF).unwrap_err();
    assert!(matches!(error, Error::Connection { reach: Reach::Unreached | Reach::TimedOut, .. }), "{error:?}");
    says(&error, &["in time"]);
}

#[test]
fn a_company_authority_in_the_hosts_store_is_trusted_by_each_variable() {
    let cloud = cloud_with(Certificate::Good);
    let directory = tempfile::tempdir().unwrap();
    std::fs::copy(cloud.ca_path(), directory.path().join("company.pem")).unwrap();
    for store in [
        HostStore { file: Some(cloud.ca_path().to_owned()), directory: None },
        HostStore { file: None, directory: Some(directory.path().to_owned()) },
    ] {
        let client = client_with(&cloud, |settings| {
            settings.network.ca_path = None;
            settings.network.host_store = store.clone();
        });
        assert_eq!(client.get(SELF).unwrap().status, 200, "{store:?}");
    }
}

#[test]
fn a_store_that_is_named_and_missing_is_told_before_anything_is_sent() {
    let cloud = cloud_with(Certificate::Good);
    let mut settings = settings(&cloud);
    settings.network.ca_path = None;
    settings.network.host_store.file = Some("/nonexistent/certs.pem".into());
    let error = Client::new(&settings).unwrap_err();
    says(&error, &["SSL_CERT_FILE", "'/nonexistent/certs.pem'"]);
    // With `ca_path`, or without verification, the host's store is not read.
    settings.network.ca_path = Some(cloud.ca_path().to_owned());
    assert!(Client::new(&settings).is_ok());
    settings.network.ca_path = None;
    settings.network.validate_certs = false;
    assert!(Client::new(&settings).is_ok());
}

/// Set in the process with its own mount namespace: the URL of the simulated cloud.
const INSIDE: &str = "MIST_CLIENT_TEST_CLOUD";

/// Runs in a process of its own, on a host with another certificate store.
#[test]
fn a_host_as_it_stands() {
    let Ok(url) = std::env::var(INSIDE) else { return };
    let network = mist_client::transport::Network { user_agent: "test/0".into(), ..Default::default() };
    let (host, credentials) = (Host::parse(&url).unwrap(), suites::tokens("none"));
    let max_wait = std::time::Duration::ZERO;
    let client = Client::new(&mist_client::Settings {
        host,
        credentials,
        credential_source: None,
        network,
        max_wait,
        check_mode: false,
    })
    .unwrap();
    println!("said: {}", client.get(SELF).unwrap_err());
}

#[test]
fn a_company_authority_in_the_usual_places_of_the_host_is_trusted() {
    let possible = std::process::Command::new("unshare")
        .args(["--mount", "--map-root-user", "sh", "-c", "mount -t tmpfs none /etc"])
        .output()
        .unwrap();
    if !possible.status.success() {
        let why = String::from_utf8_lossy(&possible.stderr).trim().to_owned();
        eprintln!("not tried here, as nothing can be mounted ({why}); the variables' stores are tried everywhere");
        return;
    }
    let cloud = cloud_with(Certificate::Good);
    let this = std::env::current_exe().unwrap();
    for file in [
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/ca-bundle.pem",
        "/etc/ssl/cert.pem",
    ] {
        // A file system of its own over /etc, with nothing in it but the one store.
        let script = format!(
            "mount -t tmpfs none /etc && mkdir -p $(dirname {file}) && cp \"$CA\" {file} && \
             exec \"$EXE\" --exact tls::a_host_as_it_stands --nocapture"
        );
        for (authority, trusted) in [(true, true), (false, false)] {
            let script = if authority { script.clone() } else { script.replace("cp \"$CA\"", "true") };
            let said = std::process::Command::new("unshare")
                .args(["--mount", "--map-root-user", "sh", "-c", &script])
                .env("CA", cloud.ca_path())
                .env("EXE", &this)
                .env(INSIDE, cloud.url())
                .env_remove("SSL_CERT_FILE")
                .env_remove("SSL_CERT_DIR")
                .output()
                .unwrap();
            let text = String::from_utf8_lossy(&said.stdout).into_owned();
            let errors = String::from_utf8_lossy(&said.stderr);
            assert!(said.status.success(), "{text} {errors}");
            // The cloud refuses the unknown token, which shows that the connection was trusted.
            assert_eq!(text.contains("the cloud answered 401"), trusted, "{file}: {text}");
            assert_eq!(text.contains("the host's store (not found)"), !trusted, "{file}: {text}");
        }
    }
}
