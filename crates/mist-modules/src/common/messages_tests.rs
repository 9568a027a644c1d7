//! The sentences of the messages.

use super::*;
use mist_client::suggest::Candidates;
use std::time::Duration;

fn call(path: &str) -> Call {
    Call { method: "GET", url: format!("https://api.mist.com{path}") }
}

fn token() -> Identity {
    Identity::Token { mask: mist_client::key::MaskedKey::new("AbCd...6789"), number: 1, of: 1, source: None }
}

fn status(path: &str, status: u16, identity: Identity) -> Error {
    Error::Status { call: call(path), status, detail: "No.".into(), identity }
}

fn login(fault: LoginFault, status: Option<u16>) -> Error {
    Error::Login { call: call("/api/v1/login"), fault, status, detail: "No.".into() }
}

fn connection(reach: Reach, cause: Cause, proxy: Option<&str>) -> Error {
    let source = |name: &str| if name.is_empty() { Source::Given } else { Source::Variable(name.to_owned()) };
    let proxy = proxy.map(|name| ProxyName { url: "http://proxy.example:3128".into(), source: source(name) });
    Error::Connection { call: call("/api/v1/self"), reach, cause: Box::new(cause), proxy }
}

fn certificate(fault: CertificateFault, given: bool) -> Error {
    let place = if given { TrustedPlace::Given("/etc/ours.pem".into()) } else { TrustedPlace::BuiltIn };
    let searched = vec![place, TrustedPlace::NoHostStore];
    let cause = Certificate { fault, issuer: Some("CN=Acme Proxy".into()), searched, words: String::new() };
    connection(Reach::Unreachable, Cause::Certificate(cause), None)
}

const SESSION: Identity = Identity::Session { source: None };

fn identity(used: Source, ignored: Option<Source>) -> [Identity; 2] {
    let source = Some(CredentialSource { used, ignored });
    let mask = mist_client::key::MaskedKey::new("AbCd...6789");
    [Identity::Token { mask, number: 1, of: 1, source: source.clone() }, Identity::Session { source }]
}

#[test]
fn a_401_names_the_source_of_the_credentials_and_the_unused_ones() {
    let [token, session] = identity(Source::Variable("MIST_APITOKEN".into()), Some(Source::Given));
    assert_eq!(
        message(&status("/api/v1/self", 401, token)),
        "the cloud answered 401: No. The token comes from the environment variable MIST_APITOKEN. \
         The login from the option username was not used. \
         Check that the token exists, is complete, and belongs to the cloud in host. \
         Request: GET https://api.mist.com/api/v1/self"
    );
    let words = message(&status("/api/v1/self", 401, session));
    assert!(words.contains("The login comes from the environment variable MIST_APITOKEN."), "{words}");
    assert!(words.contains("The token from the option api_token was not used."), "{words}");
    let [token, _] = identity(Source::Given, None);
    let words = message(&status("/api/v1/self", 401, token));
    assert!(words.contains("The token comes from the option api_token. Check"), "{words}");
}

#[test]
fn an_unknown_host_is_not_a_matter_of_certificates() {
    let words = message(&connection(Reach::Unreachable, Cause::Name("the host's name is unknown".into()), None));
    assert!(words.contains("Check host.") && !words.contains("ca_path"), "{words}");
}

#[test]
fn a_refusal_advises_what_may_be_wrong_and_nothing_else() {
    for (error, has, has_not) in [
        (status("/api/v1/self", 401, SESSION), vec!["the session"], vec!["the token"]),
        (status("/api/v1/orgs/1/sites", 403, token()), vec!["role and scope", "org_id", "host"], vec![]),
        (status("/api/v1/sites/1", 403, SESSION), vec!["role and scope", "org_id", "host"], vec![]),
        (status("/api/v1/self/usage", 403, token()), vec!["role and scope", "host"], vec!["org_id"]),
        (status("/api/v1/self/apitokens", 404, token()), vec!["no tokens of its own", "set org_id"], vec![]),
        (status("/api/v1/self/apitokens/1", 403, token()), vec!["no tokens of its own"], vec![]),
        (status("/api/v1/self/apitokens", 404, SESSION), vec!["404"], vec!["no tokens of its own"]),
        (status("/api/v1/orgs/1/apitokens", 404, token()), vec!["Check the IDs"], vec!["no tokens of its own"]),
        (status("/api/v1/self", 503, token()), vec!["run the task again later"], vec!["token"]),
    ] {
        let words = message(&error);
        assert!(has.iter().all(|word| words.contains(word)), "{words}");
        assert!(!has_not.iter().any(|word| words.contains(word)), "{words}");
    }
}

#[test]
fn a_failed_login_names_the_option_to_change() {
    let locked = LoginFault::Locked { wait: Some(Duration::from_secs(798)) };
    for (error, starts, has) in [
        (
            login(LoginFault::Password, Some(400)),
            "password: the cloud answered 400: No.",
            "Check username, password and host",
        ),
        (login(LoginFault::Code, Some(401)), "two_factor: the cloud answered 401: No.", "Set a fresh code"),
        (login(LoginFault::CodeMissing, None), "two_factor: ", "Set two_factor to the code"),
        (login(LoginFault::SecondFactorOpen, Some(200)), "two_factor: ", "Set two_factor to the code"),
        (login(LoginFault::SingleSignOn, None), "username: the account logs in through SSO", "set api_token"),
        (login(locked, Some(429)), "username: the cloud answered 429: No.", "again in 13 minutes 18 seconds"),
    ] {
        let words = message(&error);
        assert!(words.starts_with(starts) && words.contains(has), "{words}");
    }
}

#[test]
fn a_proxy_is_named_with_its_source_and_how_to_avoid_it() {
    let refused = |status| Cause::ProxyRefused(ProxyAnswer { status: Some(status), words: "it answered so".into() });
    for (error, has) in [
        (
            connection(Reach::Unreachable, refused(407), Some("")),
            vec!["the proxy proxy.example:3128 (http)", "user and password in proxy"],
        ),
        (connection(Reach::Unreachable, refused(407), Some("HTTPS_PROXY")), vec!["environment variable HTTPS_PROXY"]),
        (connection(Reach::Unreachable, refused(403), Some("")), vec!["allow the host, or omit proxy"]),
        (
            connection(Reach::Unreachable, refused(403), Some("ALL_PROXY")),
            vec!["(from ALL_PROXY)", "set use_proxy: false (or add the host to NO_PROXY)"],
        ),
        (
            connection(Reach::Unreached, Cause::ProxyUnreached("refused".into()), Some("MIST_PROXY")),
            vec!["MIST_PROXY", "set use_proxy: false."],
        ),
        (
            connection(Reach::Unreached, Cause::Network("refused".into()), None),
            vec!["If only a proxy leads out of this network, set proxy"],
        ),
        (
            Error::Intermediary {
                call: call("/api/v1/self"),
                status: 403,
                what: "an HTML page".into(),
                proxy: Some(ProxyName {
                    url: "http://proxy.example:3128".into(),
                    source: Source::Variable("https_proxy".into()),
                }),
            },
            vec![
                "answered 403 instead of the cloud",
                "the proxy proxy.example:3128 (http) (from https_proxy)",
                "use_proxy: false",
            ],
        ),
        (
            Error::Intermediary { call: call("/api/v1/self"), status: 403, what: "an HTML page".into(), proxy: None },
            vec!["a proxy or gateway between this host and the cloud", "Check host"],
        ),
    ] {
        let words = message(&error);
        assert!(has.iter().all(|word| words.contains(word)), "{words}");
        assert!(!words.contains("role and scope"), "nothing about roles: {words}");
    }
}

#[test]
fn an_untrusted_certificate_has_its_issuer_the_searched_stores_and_advice() {
    for (error, has) in [
        (
            certificate(CertificateFault::UnknownIssuer, false),
            vec!["CN=Acme Proxy", "Mozilla's built-in root certificates", "set ca_path (or SSL_CERT_FILE)"],
        ),
        (
            certificate(CertificateFault::UnknownIssuer, true),
            vec!["'/etc/ours.pem'", "add its certificate to '/etc/ours.pem'"],
        ),
        (certificate(CertificateFault::SelfSigned, false), vec!["self-signed", "set ca_path"]),
        (certificate(CertificateFault::Authority, false), vec!["CA:TRUE", "set ca_path"]),
        (certificate(CertificateFault::WeakSignature, false), vec!["SHA-1", "SHA-256 or better"]),
        (certificate(CertificateFault::Expired, false), vec!["has expired", "clock"]),
        (certificate(CertificateFault::NotYetValid, false), vec!["not valid yet", "clock"]),
        (
            certificate(CertificateFault::WrongName { names: vec!["x.example".into()] }, false),
            vec!["x.example", "Check host"],
        ),
    ] {
        let words = message(&error);
        assert!(has.iter().all(|word| words.contains(word)), "{words}");
    }
}

#[test]
fn in_check_mode_an_earlier_task_may_create_the_missing_object() {
    let missing = Error::NoSuchName { kind: Kind::Site, name: "Berlin".to_owned(), candidates: Candidates::default() };
    let several =
        Error::AmbiguousName { kind: Kind::Site, name: "Berlin".to_owned(), ids: vec!["a".to_owned(), "b".to_owned()] };
    let (check, real) = (Task::builder().check_mode(true).build(), Task::builder().build());
    assert_eq!(
        message_in(&check, &missing),
        "site: no site named 'Berlin' is visible to these credentials. None exists. \
         In check mode, an object that an earlier task would create does not exist yet."
    );
    assert_eq!(message_in(&real, &missing), message(&missing));
    assert_eq!(message_in(&check, &several), message(&several));
}

/// The errors that users meet, each in its longest usual form.
fn usual() -> Vec<Error> {
    let both = Some(Source::Variable("MIST_USERNAME".into()));
    let [token, session] = identity(Source::Variable("MIST_API_TOKEN".into()), both);
    let mut all = vec![
        status("/api/v1/self", 401, token.clone()),
        status("/api/v1/self", 401, session.clone()),
        status("/api/v1/self/apitokens", 401, token.clone()),
    ];
    for code in [400, 403, 404, 405, 409, 500, 503] {
        for path in
            ["/api/v1/self", "/api/v1/self/apitokens", "/api/v1/orgs/53f10664-3ce8-4c27-b382-0ef66432349f/wlans"]
        {
            all.extend([status(path, code, token.clone()), status(path, code, session.clone())]);
        }
    }
    let locked = LoginFault::Locked { wait: Some(Duration::from_secs(3_598)) };
    for (fault, code) in [
        (LoginFault::Password, Some(400)),
        (LoginFault::Code, Some(401)),
        (LoginFault::CodeMissing, None),
        (LoginFault::SecondFactorOpen, Some(404)),
        (LoginFault::SingleSignOn, None),
        (locked, Some(429)),
        (LoginFault::ServerError, Some(500)),
        (LoginFault::NoSession, None),
    ] {
        all.push(login(fault, code));
    }
    for given in [true, false] {
        for fault in [
            CertificateFault::UnknownIssuer,
            CertificateFault::SelfSigned,
            CertificateFault::Authority,
            CertificateFault::WeakSignature,
            CertificateFault::Expired,
            CertificateFault::NotYetValid,
            CertificateFault::WrongName { names: vec!["proxy.example.com".into()] },
        ] {
            all.push(certificate(fault, given));
        }
    }
    for proxy in [None, Some(""), Some("HTTPS_PROXY"), Some("MIST_PROXY")] {
        for (reach, cause) in [
            (Reach::Unreachable, Cause::Name("the host's name is unknown".into())),
            (Reach::Unreached, Cause::Network("cannot connect (connection refused)".into())),
            (Reach::Unreached, Cause::ProxyUnreached("cannot connect to the proxy (connection refused)".into())),
            (Reach::Unreachable, Cause::Tls("TLS is not possible".into())),
            (Reach::Unreachable, Cause::ProxySilent),
            (Reach::Lost, Cause::Network("the connection was closed before the response".into())),
            (Reach::TimedOut, Cause::Network("no response in time".into())),
            (Reach::TooLarge, Cause::Network("the response is too large".into())),
            (Reach::Unreachable, Cause::NotLoopback { name: "localhost".into() }),
        ] {
            all.push(connection(reach, cause, proxy));
        }
        for status in [403, 407] {
            let answer = ProxyAnswer { status: Some(status), words: format!("it answered {status}") };
            all.push(connection(Reach::Unreachable, Cause::ProxyRefused(answer), proxy));
        }
    }
    let name = || "Branch office 7".to_owned();
    let id = |digit: char| "53f10664-3ce8-4c27-b382-0ef66432349f".replace('5', &digit.to_string());
    for kind in [Kind::Organization, Kind::Site, Kind::SiteGroup] {
        let candidates = Candidates::new("Branch office 7", ["Branch office 1", "Branch office 2", "Branch office 3"]);
        all.push(Error::NoSuchName { kind, name: name(), candidates });
        all.push(Error::AmbiguousName { kind, name: name(), ids: vec![id('1'), id('2')] });
    }
    all
}

#[test]
fn a_usual_message_has_at_most_240_characters() {
    // The URL comes last, and its length is not that of the message.
    let without_url = |error: &Error| message(error).split(" Request: ").next().unwrap_or_default().to_owned();
    let long: Vec<String> = usual()
        .iter()
        .map(without_url)
        .filter(|words| words.chars().count() > 240)
        .map(|words| format!("{} {words}", words.chars().count()))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}
