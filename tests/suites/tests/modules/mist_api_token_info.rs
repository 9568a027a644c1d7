//! The module against a simulated cloud, over a real socket and TLS: what it returns, in how many calls, and that it
//! changes nothing.

#![allow(clippy::unwrap_used)] // All of it is a test, its helpers too.

use ansible_binary_module::Success;
use mist_modules::mist_api_token_info::MistApiTokenInfo;
use mist_simulator::{Config, Fault, FaultKind, NewToken, Owner, RetryAfter, Simulator, Variants};
use serde_json::{Value, json};
use suites::Failure;

/// The results of the module.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
struct Results {
    tokens: Option<Vec<Value>>,
    count: Option<usize>,
    token_type: Option<String>,
    #[serde(default)]
    api_calls: u32,
}

type Outcome = Result<Success<Results>, Failure<Results>>;

const NOW: i64 = 1_700_000_000;
const DAY: i64 = 86_400;
const USER: &str = "GET /api/v1/self/apitokens";
const ORG: &str = "GET /api/v1/orgs/ORG/apitokens";

fn cloud(config: Config) -> Simulator {
    Simulator::start(Config { clock: Some(NOW as f64), ..config }).unwrap()
}

/// Runs in check mode and then for real: both must return the same, and neither may change anything.
fn run(cloud: &Simulator, options: Value) -> Outcome {
    let once = |check_mode: bool| {
        cloud.clear_requests();
        suites::run::<MistApiTokenInfo, _>(cloud, check_mode, &[json!({"max_wait": 0, "timeout": 5}), options.clone()])
            .0
    };
    let (predicted, done) = (once(true), once(false));
    match (&predicted, &done) {
        (Ok(predicted), Ok(done)) => {
            assert!(!done.changed && done.diff.is_empty());
            assert_eq!(predicted, done);
        }
        (Err(_), Err(failure)) => assert!(!failure.changed),
        other => panic!("{other:?}"),
    }
    assert!(cloud.requests().iter().all(|request| request.method == "GET"));
    done
}

fn ok(outcome: Outcome) -> Results {
    outcome.unwrap_or_else(|failure| panic!("{}", failure.msg)).results
}

/// The results as a playbook sees them.
fn tokens(results: &Results) -> Vec<Value> {
    let tokens: Vec<Value> =
        results.tokens.as_ref().unwrap().iter().map(|token| serde_json::to_value(token).unwrap()).collect();
    assert_eq!(results.count, Some(tokens.len()));
    tokens
}

fn names(results: &Results) -> Vec<String> {
    tokens(results).iter().map(|token| token["name"].as_str().unwrap().to_owned()).collect()
}

fn calls(cloud: &Simulator) -> Vec<String> {
    let shown = |method: &str, path: &str| format!("{method} {path}").replace(cloud.org_id(), "ORG");
    cloud.requests().iter().map(|request| shown(&request.method, &request.path)).collect()
}

fn aged(name: &str, age_days: i64, unused_days: Option<i64>) -> NewToken {
    NewToken {
        created_time: Some(NOW - age_days * DAY),
        last_used: unused_days.map(|days| NOW - days * DAY),
        ..NewToken::named(name)
    }
}

fn with_roles(cloud: &Simulator, token: NewToken, roles: &[&str]) -> NewToken {
    let privilege = |role: &&str| json!({"scope": "org", "role": role, "org_id": cloud.org_id()});
    NewToken { privileges: roles.iter().map(privilege).collect(), ..token }
}

#[test]
fn user_tokens_are_told_with_their_ages_and_when_they_expire() {
    for variants in [Variants::document(), Variants::practice()] {
        let cloud = cloud(Config { variants, ..Config::default() });
        cloud.add_tokens(&Owner::User, [aged("used", 100, Some(30)), aged("idle", 10, None)]);
        let results = ok(run(&cloud, json!({})));
        assert_eq!(calls(&cloud), [USER]);
        assert_eq!((results.api_calls, names(&results)), (1, vec!["first".into(), "idle".into(), "used".into()]));
        assert_eq!(results.token_type.as_deref(), Some("user"));
        let tokens = tokens(&results);
        let days =
            |token: &Value| [&token["age_days"], &token["unused_days"], &token["expires_in_days"]].map(Value::as_f64);
        assert_eq!(days(&tokens[0]), [Some(0.0), Some(0.0), Some(90.0)]);
        assert_eq!(days(&tokens[1]), [Some(10.0), Some(10.0), Some(80.0)]);
        assert_eq!(days(&tokens[2]), [Some(100.0), Some(30.0), Some(60.0)]);
        let stored = cloud.user_tokens();
        assert!(stored.iter().all(|stored| !format!("{tokens:?}").contains(&stored.key)), "keys stay masked");
        assert_eq!(tokens[0]["key"], stored[0].masked_key());
    }
}

#[test]
fn organization_tokens_are_told_with_their_privileges_and_do_not_expire() {
    for variants in [Variants::document(), Variants::practice()] {
        let cloud = cloud(Config { variants, ..Config::default() });
        let org = cloud.org_id().to_owned();
        let (id, _) = cloud.add_org_token(&org, with_roles(&cloud, aged("ci", 400, Some(120)), &["write"]));
        let results = ok(run(&cloud, json!({"org_id": org})));
        assert_eq!(calls(&cloud), [ORG]);
        assert_eq!(results.token_type.as_deref(), Some("org"));
        let token = &tokens(&results)[0];
        assert_eq!((&token["id"], &token["privileges"][0]["role"]), (&json!(id), &json!("write")));
        assert_eq!((&token["age_days"], &token["unused_days"]), (&json!(400.0), &json!(120.0)));
        assert_eq!(token.get("expires_in_days"), Some(&Value::Null));
        assert_eq!(token["created_by"], cloud.tokens(&Owner::Org(org.clone()))[0].created_by.clone().unwrap());
        // The same by the organization's name: one more call.
        let name = cloud.orgs()[0].1.clone();
        assert_eq!(tokens(&ok(run(&cloud, json!({"org": name})))), tokens(&results));
        assert_eq!(calls(&cloud), ["GET /api/v1/self", ORG]);
    }
}

#[test]
fn the_filters_are_applied_in_one_call() {
    let cloud = cloud(Config::default());
    let org = cloud.org_id().to_owned();
    for (token, roles) in [
        (aged("ci-deploy", 400, Some(2)), &["read", "admin"][..]),
        (aged("ci-report", 100, Some(45)), &["read"]),
        (aged("lobby", 50, None), &["read"]),
    ] {
        cloud.add_org_token(&org, with_roles(&cloud, token, roles));
    }
    let lobby = cloud.org_tokens()[2].clone();
    for (filter, expected) in [
        (json!({}), &["ci-deploy", "ci-report", "lobby"][..]),
        (json!({"name": "lobby"}), &["lobby"]),
        (json!({"name_pattern": "ci-*"}), &["ci-deploy", "ci-report"]),
        (json!({"name_pattern": "ci-[a-m]*"}), &["ci-deploy"]),
        (json!({"id": lobby.id.to_uppercase()}), &["lobby"]),
        (json!({"key": lobby.key, "token_type": "org"}), &["lobby"]),
        (json!({"role": "super_user"}), &["ci-deploy"]),
        (json!({"role": "observer", "name_pattern": "ci*"}), &["ci-deploy", "ci-report"]),
        (json!({"unused_for": "45d"}), &["ci-report", "lobby"]),
        (json!({"older_than": "99d", "unused_for": "40d"}), &["ci-report"]),
        (json!({"older_than": "52w"}), &["ci-deploy"]),
        (json!({"name": "nobody"}), &[]),
    ] {
        let mut options = json!({"org_id": org});
        options.as_object_mut().unwrap().extend(filter.as_object().unwrap().clone());
        assert_eq!(names(&ok(run(&cloud, options))), expected, "{filter}");
        assert_eq!(calls(&cloud), [ORG]);
    }
}

#[test]
fn a_leaked_key_is_found_wherever_it_belongs() {
    let cloud = cloud(Config { user_tokens: 2, org_tokens: 2, ..Config::default() });
    let (user, org) = (cloud.user_tokens()[1].clone(), cloud.org_tokens()[0].clone());
    for (stored, token_type) in [(&user, "user"), (&org, "org")] {
        let results = ok(run(&cloud, json!({"org_id": cloud.org_id(), "key": stored.key})));
        assert_eq!(calls(&cloud), [ORG, USER]);
        assert_eq!(results.token_type.as_deref(), Some(token_type));
        assert_eq!(names(&results), std::slice::from_ref(&stored.name));
        assert_eq!(tokens(&results)[0]["expires_in_days"].is_number(), token_type == "user");
        assert!(!format!("{results:?}").contains(&stored.key));
    }
    let unknown = ok(run(&cloud, json!({"org_id": cloud.org_id(), "key": "x".repeat(84)})));
    assert_eq!(unknown.count, Some(0));
}

#[test]
fn a_key_that_an_organization_token_and_a_user_token_may_have_is_not_guessed() {
    let cloud = cloud(Config::default());
    let key = cloud.api_token().to_owned();
    let twin = format!("{}{}{}", &key[..4], "0".repeat(76), &key[80..]);
    cloud.add_org_token(cloud.org_id(), NewToken { key: Some(twin), ..NewToken::named("twin") });
    let failure = run(&cloud, json!({"org_id": cloud.org_id(), "key": key})).unwrap_err();
    assert!(failure.msg.contains("'first'") && failure.msg.contains("'twin'"), "{}", failure.msg);
    assert!(!failure.msg.contains(&key), "{}", failure.msg);
}

#[test]
fn ages_are_by_the_clouds_clock_and_not_by_this_machines() {
    let cloud = cloud(Config::default());
    cloud.add_tokens(&Owner::User, [aged("n", 1, None)]);
    cloud.advance(20.0 * DAY as f64);
    let token = tokens(&ok(run(&cloud, json!({"name": "n"})))).remove(0);
    assert_eq!((&token["age_days"], &token["expires_in_days"]), (&json!(21.0), &json!(69.0)));
}

#[test]
fn a_token_whose_age_a_filter_hangs_on_and_the_cloud_does_not_tell_is_warned_of() {
    let cloud = cloud(Config::default());
    let extra = [("created_time".to_owned(), Value::Null)].into_iter().collect();
    let (id, _) = cloud.add_user_token(NewToken { extra, ..NewToken::named("ageless") });
    let ageless = tokens(&ok(run(&cloud, json!({"name": "ageless"})))).remove(0);
    assert_eq!((&ageless["age_days"], ageless.get("expires_in_days")), (&Value::Null, Some(&Value::Null)));
    let (outcome, warnings) = suites::run::<MistApiTokenInfo, _>(&cloud, false, &[json!({"unused_for": "0"})]);
    assert_eq!(names(&ok(outcome)), ["first"]);
    assert!(matches!(warnings.as_slice(), [warning] if warning.contains(&id)), "{warnings:?}");
}

#[test]
fn a_login_lists_too_and_is_ended() {
    let cloud = cloud(Config::default());
    let config = Config::default();
    let options = json!({"api_token": null, "username": config.email, "password": config.password});
    let (outcome, _) = suites::run::<MistApiTokenInfo, _>(&cloud, false, &[options]);
    assert_eq!(names(&ok(outcome)), ["first"]);
    assert_eq!(cloud.open_sessions(), 0);
}

#[test]
fn whatever_goes_wrong_is_one_clear_failure_without_a_secret() {
    let status = |status, body: &str| FaultKind::Status { status, body: body.into(), headers: [].into() };
    for (kind, words) in [
        (status(401, r#"{"detail": "Invalid token."}"#), "401: Invalid token."),
        (status(403, r#"{"detail": "No access."}"#), "403: No access."),
        (status(500, "oops"), "500"),
        (FaultKind::RateLimit { retry_after: RetryAfter::Seconds(1800) }, "429"),
        (FaultKind::CutBefore, "/api/v1/"),
        (FaultKind::CutMidBody, "/api/v1/"),
        (FaultKind::TruncatedBody, "cut off"),
        (FaultKind::Html { status: 200 }, "HTML page"),
        (FaultKind::Html { status: 502 }, "502"),
        (FaultKind::Garbage, "not JSON"),
        (FaultKind::WrongShape, "instead of a list"),
    ] {
        for org in [false, true] {
            let cloud = cloud(Config { org_tokens: 1, user_tokens: 1, ..Config::default() });
            cloud.fault(Fault::new(kind.clone()));
            let options = if org { json!({"org_id": cloud.org_id()}) } else { json!({}) };
            let failure = run(&cloud, options).unwrap_err();
            assert!(failure.msg.contains(words) && failure.msg.contains("apitokens"), "{kind:?}: {}", failure.msg);
            let results = failure.results.as_ref().unwrap();
            assert!(results.tokens.is_none() && results.count.is_none() && results.api_calls > 0, "{results:?}");
            let everything = format!("{failure:?}");
            for token in cloud.user_tokens().iter().chain(&cloud.org_tokens()) {
                assert!(!everything.contains(&token.key), "{kind:?}: {everything}");
            }
        }
    }
}
