//! Several tokens: where another takes over when one meets its quota, and where never.

use mist_client::Client;
use mist_client::error::Error;
use mist_simulator::{Account, Config, Fault, FaultKind, NewToken, RetryAfter, RetryAfterForm, Simulator};
use serde_json::json;
use suites::{
    TOKENS, answer, client_with, cloud, ids_named, methods, once, pause, refusal, says, token_in_use, tokens,
};

fn as_tokens(cloud: &Simulator, list: &[&str]) -> Client {
    client_with(cloud, |settings| settings.credentials = tokens(&list.join(",")))
}

fn sites(cloud: &Simulator) -> String {
    format!("/api/v1/orgs/{}/sites", cloud.org_id())
}

fn limit() -> FaultKind {
    FaultKind::RateLimit { retry_after: RetryAfter::Absent }
}

/// The position of the token in each request.
fn used(cloud: &Simulator, list: &[&str]) -> Vec<usize> {
    let position = |header: &str| list.iter().position(|token| header.ends_with(token)).unwrap();
    cloud.requests().iter().map(|request| position(request.header("authorization").unwrap())).collect()
}

#[test]
fn where_the_organization_is_the_same_another_token_takes_over_and_stays() {
    let config = Config { quota: 2, quota_retry_after: RetryAfterForm::Seconds, ..Config::default() };
    let cloud = Simulator::start(config).unwrap();
    let named = |name: &str| cloud.add_org_token(cloud.org_id(), NewToken::named(name)).1;
    let (first, second) = (named("first"), named("second"));
    let list = [first.as_str(), second.as_str()];
    let client = as_tokens(&cloud, &list);
    for _ in 0..3 {
        client.get(&sites(&cloud)).unwrap();
    }
    // The second is asked who it is, once, before it takes over.
    assert_eq!(used(&cloud, &list), [0, 0, 0, 1, 1]);
    let error = client.get(&sites(&cloud)).unwrap_err();
    assert!(pause(&error) > 0);
    assert_eq!(token_in_use(&error), (2, 2));
}

#[test]
fn a_token_that_meets_its_quota_on_a_post_hands_over_to_the_next() {
    let cloud = cloud();
    let (_, second) = cloud.add_user_token(NewToken::named("second"));
    once(&cloud, "POST", limit());
    let client = as_tokens(&cloud, &[cloud.api_token(), &second]);
    client.post(&sites(&cloud), &json!({"name": "x"})).unwrap();
    assert_eq!(methods(&cloud), ["POST", "GET", "POST"]);
}

#[test]
fn of_the_account_itself_no_other_token_speaks() {
    let (email, password) = ("other@example.com".to_owned(), "other password".to_owned());
    let other = Account {
        email,
        password,
        two_factor: None,
        sso: false,
        locked: false,
        role: "admin".into(),
        orgs: vec![1],
        msp: false,
    };
    let cloud = Simulator::start(Config { accounts: vec![other], ..Config::default() }).unwrap();
    let stranger = cloud.token_of("other@example.com");
    let (leaked, _) = cloud.add_user_token(NewToken::named("leaked"));
    let path = format!("{TOKENS}/{leaked}");
    for method in ["GET", "POST", "PUT", "DELETE"] {
        cloud.clear_requests();
        once(&cloud, method, limit());
        let client = as_tokens(&cloud, &[cloud.api_token(), &stranger]);
        let error = match method {
            "GET" => client.get(TOKENS).map(drop),
            "POST" => client.post(TOKENS, &json!({"name": "made elsewhere"})).map(drop),
            "PUT" => client.put(&path, &json!({"name": "x"})).map(drop),
            _ => client.delete_existing(&path).map(drop),
        }
        .unwrap_err();
        assert!(matches!(error, Error::RateLimited { .. }), "{method} {error:?}");
        assert_eq!(token_in_use(&error), (1, 2), "{method}");
        assert_eq!(used(&cloud, &[cloud.api_token(), &stranger]), [0], "{method}");
    }
    assert_eq!(ids_named(&cloud, "leaked"), [leaked], "the leaked token is there, and nothing says otherwise");
}

#[test]
fn a_token_of_another_organization_does_not_take_over() {
    let cloud = Simulator::start(Config { other_orgs: 1, ..Config::default() }).unwrap();
    let elsewhere = cloud.orgs().into_iter().map(|(id, _)| id).find(|id| id != cloud.org_id()).unwrap();
    let (_, stranger) = cloud.add_org_token(&elsewhere, NewToken::named("stranger"));
    let site = format!("/api/v1/sites/{}", cloud.sites()[0]["id"].as_str().unwrap());
    for path in [sites(&cloud), site] {
        for method in ["GET", "POST", "PUT", "DELETE"] {
            let client = as_tokens(&cloud, &[cloud.api_token(), &stranger]);
            once(&cloud, method, limit());
            let error = match method {
                "GET" => client.get(&path).map(drop),
                "POST" => client.post(&path, &json!({"name": "x"})).map(drop),
                "PUT" => client.put(&path, &json!({"name": "x"})).map(drop),
                _ => client.delete_existing(&path).map(drop),
            }
            .unwrap_err();
            assert!(matches!(error, Error::RateLimited { .. }), "{method} {path} {error:?}");
        }
    }
}

#[test]
fn where_another_token_took_over_nothing_there_is_not_gone() {
    let cloud = cloud();
    let (_, second) = cloud.add_user_token(NewToken::named("second"));
    let path = format!("{}/53f10664-3ce8-4c27-b382-0ef66432349f", sites(&cloud));
    for _ in 0..2 {
        let client = as_tokens(&cloud, &[cloud.api_token(), &second]);
        client.delete_existing(&path).unwrap();
        once(&cloud, "DELETE", limit());
        let gone = |status| status == 404;
        for error in
            [client.delete_existing(&path).unwrap_err(), client.request("DELETE", &path, None, &gone).unwrap_err()]
        {
            assert_eq!((refusal(&error).0, token_in_use(&error)), (404, (2, 2)));
        }
    }
}

#[test]
fn a_refusal_names_the_token_by_its_mask() {
    let cloud = cloud();
    let (_, second) = cloud.add_user_token(NewToken::named("second"));
    once(&cloud, "GET", answer(403, r#"{"detail": "No."}"#));
    let error = as_tokens(&cloud, &[cloud.api_token(), &second]).get(TOKENS).unwrap_err();
    says(&error, &["Token 1 of 2", &cloud.api_token()[..4], "..."]);
    cloud.fault(Fault::new(answer(403, r#"{"detail": "No."}"#)));
    assert!(!as_tokens(&cloud, &[cloud.api_token()]).get(TOKENS).unwrap_err().to_string().contains("token 1"));
}
