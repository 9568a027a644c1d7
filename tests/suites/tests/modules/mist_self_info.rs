//! The module against a simulated cloud: the identity of the credentials, the number of calls, and that
//! it changes nothing.

#![allow(clippy::unwrap_used)] // All of it is a test, its helpers too.

use ansible_binary_module::Success;
use mist_client::Error;
use mist_client::error::{Cause, LoginFault, Reach, Setting, Source, TokenFault};
use mist_modules::mist_self_info::MistSelfInfo;
use mist_simulator::{Config, Fault, FaultKind, NewToken, RetryAfter, Simulator, Variants};
use serde_json::{Value, json};
use suites::{Failure, Is, pause, refusal};

type Outcome = Result<Success<Value>, Failure<Value>>;

/// Twenty minutes past a full hour.
const NOW: u64 = 1_690_117_200 + 1_200;
const SELF: &str = "GET /api/v1/self";
const USAGE: &str = "GET /api/v1/self/usage";

fn cloud(config: Config) -> Simulator {
    Simulator::start(Config { clock: Some(NOW as f64), ..config }).unwrap()
}

fn run_as(cloud: &Simulator, credentials: Value, options: Value, check_mode: bool) -> Outcome {
    cloud.clear_requests();
    let usual = json!({"max_wait": 0, "timeout": 5, "api_token": null});
    suites::run::<MistSelfInfo, _>(cloud, check_mode, &[usual, credentials, options]).0
}

fn token(key: &str) -> Value {
    json!({"api_token": key})
}

/// The results as a playbook sees them.
fn seen(outcome: Outcome) -> Value {
    let success = outcome.unwrap_or_else(|failure| panic!("{}", failure.msg));
    assert!(!success.changed && success.diff.is_empty());
    success.results
}

fn calls(cloud: &Simulator) -> Vec<String> {
    cloud.requests().iter().map(|request| format!("{} {}", request.method, request.path)).collect()
}

fn org_token(cloud: &Simulator, privileges: &[Value]) -> String {
    let org = cloud.org_id().to_owned();
    cloud.add_org_token(&org, NewToken { privileges: privileges.to_vec(), ..NewToken::named("pipeline") }).1
}

#[test]
fn a_user_token_is_the_accounts() {
    for variants in [Variants::document(), Variants::practice()] {
        let cloud = cloud(Config { orgs: 2, variants, ..Config::default() });
        for check_mode in [true, false] {
            let found = seen(run_as(&cloud, token(cloud.api_token()), json!({}), check_mode));
            assert_eq!(calls(&cloud), [SELF, USAGE]);
            assert_eq!((&found["token_type"], &found["api_calls"]), (&json!("user"), &json!(2)));
            assert_eq!(found["self"]["email"], Config::default().email);
            assert_eq!(found["privileges"], found["self"]["privileges"]);
            let mut orgs: Vec<Value> = cloud.orgs().iter().map(|(id, name)| json!({"name": name, "id": id})).collect();
            orgs.sort_by_key(|org| org["name"].as_str().unwrap().to_owned());
            assert_eq!(found["orgs"], json!(orgs));
        }
    }
}

#[test]
fn an_organization_token_is_the_organizations_also_one_for_a_site_only() {
    for variants in [Variants::document(), Variants::practice()] {
        let cloud = cloud(Config { variants, ..Config::default() });
        let (org_id, name) = cloud.orgs().remove(0);
        let site = cloud.sites()[0].clone();
        for (privilege, held) in [
            (json!({"scope": "org", "role": "read", "org_id": org_id}), &name),
            (
                json!({"scope": "site", "role": "write", "org_id": org_id, "site_id": site["id"]}),
                &site["name"].as_str().unwrap().to_owned(),
            ),
        ] {
            // Two privileges in one organization.
            let installer = json!({"scope": "org", "role": "installer", "org_id": org_id});
            let key = org_token(&cloud, &[privilege.clone(), installer]);
            let found = seen(run_as(&cloud, token(&key), json!({}), false));
            assert_eq!((&found["token_type"], &found["self"]["name"]), (&json!("org"), &json!("pipeline")));
            let shown = &found["privileges"][0];
            assert_eq!((&shown["role"], &shown["name"]), (&privilege["role"], &json!(held)));
            assert_eq!(found["orgs"], json!([{"name": name, "id": org_id}]));
        }
    }
}

#[test]
fn a_login_is_the_account_and_is_ended() {
    let config = || Config { two_factor: Some("123456".into()), ..Config::default() };
    let cloud = cloud(config());
    let login = json!({"username": config().email, "password": config().password, "two_factor": "123456"});
    let found = seen(run_as(&cloud, login, json!({}), false));
    assert_eq!((&found["token_type"], &found["self"]["email"]), (&json!("user"), &json!(config().email)));
    assert_eq!(found["usage"]["request_limit"], 5000);
    assert_eq!(cloud.open_sessions(), 0);
}

#[test]
fn an_msps_administrator_is_told_all_its_organizations_at_the_cost_of_one_call() {
    let cloud = cloud(Config { orgs: 0, msp_orgs: 3, other_orgs: 1, ..Config::default() });
    let orgs = format!("GET /api/v1/msps/{}/orgs", cloud.msp_id());
    let found = seen(run_as(&cloud, token(cloud.api_token()), json!({}), false));
    assert_eq!(calls(&cloud), [SELF, &orgs, USAGE]);
    let found: Vec<&str> = found["orgs"].as_array().unwrap().iter().filter_map(|org| org["id"].as_str()).collect();
    assert_eq!(found.len(), 3, "and none of another's: {found:?}");

    let refused = FaultKind::Status { status: 403, body: r#"{"detail": "No."}"#.into(), headers: [].into() };
    cloud.fault(Fault::new(refused).path("/api/v1/msps/*"));
    let found = seen(run_as(&cloud, token(cloud.api_token()), json!({}), false));
    assert_eq!(found["orgs"], json!([]), "who asks is known all the same");
}

#[test]
fn a_place_that_is_given_and_empty_is_refused_although_nothing_depends_on_it() {
    let cloud = cloud(Config::default());
    let place = |options: Value| run_as(&cloud, token(cloud.api_token()), options, false);
    for (options, option) in
        [(json!({"org_id": ""}), "org_id"), (json!({"org": null}), "org"), (json!({"org": " \u{a0}"}), "org")]
    {
        assert_eq!(place(options).unwrap_err().option(), option);
        assert!(calls(&cloud).is_empty());
    }
    assert!(run_as(&cloud, token(cloud.api_token()), json!({"org_id": cloud.org_id()}), false).is_ok());
}

#[test]
fn the_usage_is_what_this_hour_has_left() {
    let cloud = cloud(Config { quota: 10, ..Config::default() });
    let usage = |left: u64, resets_in: u64| json!({"requests": 10 - left, "request_limit": 10, "remaining": left, "resets_in": resets_in, "resets_at": cloud.now() as u64 + resets_in});
    let ask = || seen(run_as(&cloud, token(cloud.api_token()), json!({}), false))["usage"].clone();
    assert_eq!(ask(), usage(8, 2_400));
    cloud.advance(60.0);
    assert_eq!(ask(), usage(6, 2_340));
    cloud.advance(2_340.0);
    assert_eq!(ask(), usage(8, 3_600));
}

#[test]
fn the_usage_can_be_left_out_and_takes_no_call_then() {
    let cloud = cloud(Config::default());
    let found = seen(run_as(&cloud, token(cloud.api_token()), json!({"usage": false}), false));
    assert_eq!(calls(&cloud), [SELF]);
    assert_eq!((&found["usage"], &found["api_calls"]), (&Value::Null, &json!(1)));
    assert_eq!(found["token_type"], "user");
}

#[test]
fn whatever_goes_wrong_with_either_call_is_one_clear_failure_without_a_secret() {
    let status = |status, body: &str| FaultKind::Status { status, body: body.into(), headers: [].into() };
    let cases: [(FaultKind, Is); 11] = [
        (status(401, r#"{"detail": "Invalid token."}"#), |error| refusal(error) == (401, "Invalid token.")),
        (status(403, r#"{"detail": "No access."}"#), |error| refusal(error) == (403, "No access.")),
        (status(500, "oops"), |error| matches!(error, Error::Intermediary { status: 500, .. })),
        (FaultKind::RateLimit { retry_after: RetryAfter::Seconds(1800) }, |error| pause(error) == 1800),
        (FaultKind::CutBefore, |error| matches!(error, Error::Connection { reach: Reach::Lost, .. })),
        (FaultKind::CutMidBody, |error| matches!(error, Error::Connection { reach: Reach::Lost, .. })),
        (FaultKind::TruncatedBody, |error| matches!(error, Error::Answer { .. })),
        (FaultKind::Html { status: 200 }, |error| matches!(error, Error::Intermediary { status: 200, .. })),
        (FaultKind::Html { status: 502 }, |error| matches!(error, Error::Intermediary { status: 502, .. })),
        (FaultKind::Garbage, |error| matches!(error, Error::Answer { .. })),
        (FaultKind::WrongShape, |error| matches!(error, Error::Answer { .. })),
    ];
    for (kind, is_expected) in cases {
        for (skip, call) in [(0, "/api/v1/self"), (1, "/api/v1/self/usage")] {
            let cloud = cloud(Config::default());
            cloud.fault(Fault::new(kind.clone()).skip(skip));
            let failure = run_as(&cloud, token(cloud.api_token()), json!({}), false).unwrap_err();
            let error: &Error = failure.cause();
            assert!(is_expected(error), "{kind:?}: {error:?}");
            assert_eq!(error.call().unwrap().url, format!("{}{call}", cloud.url()), "{kind:?}");
            let results = failure.results.as_ref().unwrap();
            assert_eq!((&results["self"], &results["token_type"]), (&Value::Null, &Value::Null));
            assert!(results["api_calls"].as_u64().unwrap() > skip as u64, "{results}");
            assert!(!failure.changed && !format!("{failure:?}").contains(cloud.api_token()), "{kind:?}: {failure:?}");
        }
    }
}

#[test]
fn a_token_that_the_cloud_does_not_know_is_refused_in_its_words() {
    let cloud = cloud(Config::default());
    let failure = run_as(&cloud, token(&"x".repeat(84)), json!({}), false).unwrap_err();
    assert_eq!(failure.status(), Some(401));
    assert_eq!(calls(&cloud), [SELF]);
}

#[test]
fn a_token_that_cannot_be_one_is_refused_before_it_is_sent_and_says_what_is_wrong() {
    let cloud = cloud(Config::default());
    let key = cloud.api_token().to_owned();
    for (given, expected) in [
        (format!("{}...{}", &key[..4], &key[key.len() - 4..]), TokenFault::Masked),
        (format!("\"{key}\""), TokenFault::Quoted),
        (format!("Token {key}"), TokenFault::Prefixed),
        (format!("MIST_API_TOKEN={key}"), TokenFault::Prefixed),
        (format!("{key}\nmore"), TokenFault::Characters),
    ] {
        let failure = run_as(&cloud, token(&given), json!({}), false).unwrap_err();
        let Error::Setting(setting) = failure.cause() else { panic!("{}", failure.msg) };
        assert!(matches!(&**setting, Setting::Token { fault, .. } if *fault == expected), "{setting:?}");
        assert!(!failure.msg.contains(&key), "{}", failure.msg);
        assert!(calls(&cloud).is_empty());
        assert_eq!(failure.results.unwrap()["api_calls"], 0);
    }
}

#[test]
fn a_login_that_is_refused_tells_how_many_calls_it_took() {
    let cloud = cloud(Config { two_factor: Some("123456".into()), ..Config::default() });
    let login = |password: &str, code: Value| json!({"username": Config::default().email, "password": password, "two_factor": code});
    let is_short: Is = |error| matches!(error, Error::Setting(setting) if matches!(**setting, Setting::Code { .. }));
    let cases: [(Value, Is); 3] = [
        (login("wrong", json!("123456")), |error| matches!(error, Error::Login { fault: LoginFault::Password, .. })),
        (login(&Config::default().password, json!("654321")), |error| {
            matches!(error, Error::Login { fault: LoginFault::Code, .. })
        }),
        (login(&Config::default().password, json!(5349)), is_short),
    ];
    for (login, is_expected) in cases {
        let failure = run_as(&cloud, login, json!({}), false).unwrap_err();
        assert!(is_expected(failure.cause()), "{}", failure.msg);
        assert_eq!(failure.results.unwrap()["api_calls"], cloud.requests().len());
    }
    assert_eq!(cloud.open_sessions(), 0);
}

#[test]
fn a_proxy_is_gone_around_where_the_task_says_so() {
    let cloud = cloud(Config::default());
    let proxy = json!({"proxy": "http://127.0.0.1:1", "usage": false});
    let failure = run_as(&cloud, token(cloud.api_token()), proxy.clone(), false).unwrap_err();
    let Error::Connection { cause, proxy: Some(used), .. } = failure.cause() else { panic!("{}", failure.msg) };
    assert!(matches!(&**cause, Cause::ProxyUnreached(_)), "{cause:?}");
    assert_eq!((used.url.as_str(), &used.source), ("http://127.0.0.1:1", &Source::Given));
    let mut around = proxy;
    around["use_proxy"] = json!(false);
    assert!(run_as(&cloud, token(cloud.api_token()), around, false).is_ok());
    assert!(run_as(&cloud, token(cloud.api_token()), json!({"proxy": ""}), false).is_ok());
}
