//! Logins: at most one attempt, and an error that names the wrong part.

use mist_client::error::{Error, Identity, LoginFault, Setting};
use mist_client::login::Login;
use mist_client::{Client, Credentials};
use mist_simulator::{Config, Fault, FaultKind, IntermediaryPage, LoginLookup, Simulator};
use std::time::Duration;
use suites::{secret, settings};

const PASSWORD: &str = "correct horse battery staple";

fn cloud(change: impl FnOnce(&mut Config)) -> Simulator {
    let mut config = Config::default();
    change(&mut config);
    Simulator::start(config).unwrap()
}

fn with_code(code: &str) -> impl FnOnce(&mut Config) {
    let code = code.to_owned();
    move |config| config.two_factor = Some(code)
}

fn log_in(cloud: &Simulator, password: &str, code: Option<&str>) -> Result<Client, Error> {
    let mut settings = settings(cloud);
    settings.credentials = Credentials::Login(Login {
        username: "admin@example.com".into(),
        password: secret(password),
        two_factor: code.map(secret),
    });
    Client::new(&settings)
}

fn attempts(cloud: &Simulator) -> usize {
    cloud.requests().iter().filter(|request| request.path == "/api/v1/login").count()
}

fn fault(error: &Error) -> LoginFault {
    match error {
        Error::Login { fault, .. } => fault.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_login_with_and_without_a_second_factor_leads_to_a_session_that_ends() {
    for (code, given) in [(None, None), (Some("012345"), Some("012345")), (Some("123456"), Some("123 456"))] {
        let cloud = cloud(|config| config.two_factor = code.map(str::to_owned));
        let client = log_in(&cloud, PASSWORD, given).unwrap();
        assert_eq!(client.get("/api/v1/self").unwrap().json["email"], "admin@example.com");
        assert_eq!((cloud.open_sessions(), attempts(&cloud)), (1, 1));
        client.log_out();
        assert_eq!(cloud.open_sessions(), 0);
    }
}

#[test]
fn a_wrong_code_and_a_wrong_password_are_told_apart_and_leave_no_session() {
    for (code, password, given, expected) in [
        (None, "wrong", None, LoginFault::Password),
        (Some("123456"), "wrong", Some("123456"), LoginFault::Password),
        (Some("123456"), PASSWORD, Some("000000"), LoginFault::Code),
        (Some("123456"), PASSWORD, None, LoginFault::CodeMissing),
    ] {
        let cloud = cloud(|config| config.two_factor = code.map(str::to_owned));
        let error = log_in(&cloud, password, given).unwrap_err();
        assert_eq!(fault(&error), expected, "{error}");
        assert_eq!((cloud.open_sessions(), attempts(&cloud)), (0, 1), "{error}");
    }
}

#[test]
fn a_second_factor_that_stays_open_is_a_failure() {
    // The response to the login is `{}`; `/self` shows the missing factor.
    let cloud = cloud(with_code("123456"));
    let open = r#"{"privileges": null, "two_factor_required": true, "two_factor_passed": false}"#;
    cloud.fault(
        Fault::new(FaultKind::Status { status: 200, body: open.into(), headers: [].into() }).path("/api/v1/self$"),
    );
    assert_eq!(fault(&log_in(&cloud, PASSWORD, Some("123456")).unwrap_err()), LoginFault::SecondFactorOpen);
    assert_eq!(cloud.open_sessions(), 0);
}

#[test]
fn a_code_that_is_not_six_digits_costs_no_attempt() {
    let cloud = cloud(with_code("012345"));
    for (code, digits) in [("5349", Some(4)), ("12345a", None), ("1234567", Some(7))] {
        let error = log_in(&cloud, PASSWORD, Some(code)).unwrap_err();
        assert_eq!(error, Setting::Code { digits }.into());
    }
    assert_eq!(cloud.requests().len(), 0);
}

#[test]
fn sso_is_told_before_the_attempt_where_the_cloud_can_be_asked() {
    for (lookup, before) in [(LoginLookup::Post, 0), (LoginLookup::Either, 0), (LoginLookup::Absent, 1)] {
        let cloud = cloud(|config| {
            config.sso = true;
            config.variants.login_lookup = lookup;
        });
        let error = log_in(&cloud, PASSWORD, None).unwrap_err();
        assert_eq!((fault(&error), attempts(&cloud)), (LoginFault::SingleSignOn, before), "{lookup:?}");
    }
}

#[test]
fn a_lock_says_until_when() {
    let cloud = cloud(|config| config.locked = true);
    let error = log_in(&cloud, PASSWORD, None).unwrap_err();
    let LoginFault::Locked { wait: Some(wait) } = fault(&error) else { panic!("{error:?}") };
    assert!(wait > Duration::from_secs(60), "{wait:?}");
    assert_eq!(attempts(&cloud), 1);
}

#[test]
fn a_session_that_is_refused_later_is_told_as_a_session() {
    let cloud = cloud(|_| {});
    let client = log_in(&cloud, PASSWORD, None).unwrap();
    let body = r#"{"detail": "Unauthorized"}"#.into();
    cloud.fault(Fault::new(FaultKind::Status { status: 401, body, headers: [].into() }).method("GET"));
    let error = client.get("/api/v1/self").unwrap_err();
    assert!(matches!(error, Error::Status { status: 401, identity: Identity::Session { .. }, .. }), "{error:?}");
}

#[test]
fn a_page_in_place_of_the_answer_to_a_password_is_told_and_not_quoted() {
    for form in IntermediaryPage::ALL {
        for status in [200, 400, 401, 403, 404, 429] {
            let cloud = cloud(|_| {});
            cloud.fault(Fault::new(FaultKind::Page { status, form }).path("/api/v1/login$"));
            let error = log_in(&cloud, PASSWORD, None).unwrap_err();
            assert!(matches!(error, Error::Intermediary { .. }), "{status} {form:?} {error:?}");
            assert!(!error.to_string().contains('"'), "{error}");
            assert_eq!(attempts(&cloud), 1, "{status} {form:?}");
        }
    }
}
