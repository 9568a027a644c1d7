//! Logging in and out, sessions, and who am I.

use crate::client::{Answer, Client, start};
use mist_simulator::{Behaviour, Config, NewToken, Simulator};
use serde_json::{Value, json};

fn started(config: Config) -> Simulator {
    Simulator::start(Config { email: "a@example.com".to_owned(), password: "secret".to_owned(), ..config }).unwrap()
}

fn with_two_factor(behaviour: Behaviour) -> Simulator {
    started(Config { two_factor: Some("123456".to_owned()), behaviour, ..Config::default() })
}

fn login(simulator: &Simulator, more: Value) -> Answer {
    let mut body = json!({"email": "a@example.com", "password": "secret"});
    body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    Client::anonymous(simulator).post("login", body)
}

/// A client with the cookies of the answer, and with the token that a write needs.
fn session(simulator: &Simulator, answer: &Answer, suffix: &str) -> Client {
    let csrf = answer.cookie(&format!("csrftoken{suffix}")).unwrap();
    let id = answer.cookie(&format!("sessionid{suffix}")).unwrap();
    Client::anonymous(simulator)
        .header("Cookie", &format!("csrftoken{suffix}={csrf}; sessionid{suffix}={id}"))
        .header("X-CSRFToken", &csrf)
}

#[test]
fn a_login_gives_two_cookies_and_a_session_that_reads_and_writes_until_the_logout() {
    for suffix in ["", ".eu"] {
        let simulator = started(Config { cookie_suffix: suffix.to_owned(), ..Config::default() });
        let answer = login(&simulator, json!({}));
        assert_eq!(answer.status, 200);
        assert_eq!(answer.cookie(&format!("csrftoken{suffix}")).unwrap().len(), 32);
        let client = session(&simulator, &answer, suffix);
        assert_eq!(client.get("self").json()["email"], "a@example.com");
        assert_eq!(client.post("self/apitokens", json!({"name": "a"})).status, 200);
        assert_eq!(simulator.open_sessions(), 1);
        assert_eq!(client.post("logout", json!({})).status, 200);
        assert_eq!((client.get("self").status, simulator.open_sessions()), (401, 0));
    }
}

#[test]
fn a_session_writes_only_with_the_token_against_forgery() {
    let simulator = started(Config::default());
    let answer = login(&simulator, json!({}));
    let (csrf, id) = (answer.cookie("csrftoken").unwrap(), answer.cookie("sessionid").unwrap());
    let both = format!("csrftoken={csrf}; sessionid={id}");
    let wrong = "CSRF Failed: CSRF token missing or incorrect.";
    let table = [
        (both.clone(), None, wrong),
        (both.clone(), Some("wrong"), wrong),
        (format!("csrftoken=other; sessionid={id}"), Some("other"), wrong),
        (format!("sessionid={id}"), Some(csrf.as_str()), "CSRF Failed: CSRF cookie not set."),
    ];
    for (cookie, header, detail) in table {
        let client = Client::anonymous(&simulator).header("Cookie", &cookie);
        let client = if let Some(header) = header { client.header("X-CSRFToken", header) } else { client };
        for method in ["POST", "PUT", "DELETE"] {
            let answer = client.ask(method, "self/apitokens", Some(json!({})));
            assert_eq!(answer.error(), (403, detail.to_owned()), "{method} {cookie} {header:?}");
        }
        assert_eq!(client.get("self").status, 200, "reading needs none");
    }
    assert_eq!(simulator.user_tokens().len(), 1);
}

#[test]
fn the_answer_to_a_login_is_as_practice_or_the_document_has_it() {
    let practice = started(Config::default());
    let expected = json!({"email": "a@example.com", "two_factor_required": false, "two_factor_passed": false});
    assert_eq!(login(&practice, json!({})).json(), expected);
    let document = started(Config { behaviour: Behaviour::document(), ..Config::default() });
    assert_eq!(login(&document, json!({})).json(), json!({}));
}

#[test]
fn a_second_factor_goes_with_the_login() {
    let simulator = with_two_factor(Behaviour::practice());
    let answer = login(&simulator, json!({"two_factor": "123456"}));
    assert_eq!(answer.json()["two_factor_passed"], true);
    assert_eq!(session(&simulator, &answer, "").get("self").json()["enable_two_factor"], true);
    let wrong = login(&simulator, json!({"two_factor": "000000"}));
    assert_eq!((wrong.status, wrong.cookie("sessionid")), (400, None));
}

#[test]
fn a_second_factor_goes_after_the_login() {
    for behaviour in [Behaviour::practice(), Behaviour::document()] {
        let renews = behaviour.two_factor_renews_cookies;
        let simulator = with_two_factor(behaviour);
        let answer = login(&simulator, json!({}));
        let expected = json!({"email": "a@example.com", "two_factor_required": true, "two_factor_passed": false});
        assert_eq!(answer.json(), expected);
        let client = session(&simulator, &answer, "");
        assert_eq!(client.get("self").status, 401, "half a login is none");
        assert_eq!(client.post("login/two_factor", json!({})).status, 400);
        assert_eq!(client.post("login/two_factor", json!({"two_factor": "000000"})).status, 401);
        let passed = client.post("login/two_factor", json!({"two_factor": "123456"}));
        assert_eq!((passed.status, passed.cookie("sessionid").is_some()), (200, renews));
        assert_eq!(client.get("self").status, if renews { 401 } else { 200 });
        let client = if renews { session(&simulator, &passed, "") } else { client };
        assert_eq!(client.post("self/apitokens", json!({"name": "a"})).status, 200);
    }
}

#[test]
fn a_second_factor_that_the_login_overlooks_is_asked_for() {
    let simulator = with_two_factor(Behaviour { login_takes_two_factor: false, ..Behaviour::practice() });
    let answer = login(&simulator, json!({"two_factor": "123456"}));
    assert_eq!(answer.json()["two_factor_passed"], false);
    let client = session(&simulator, &answer, "");
    assert_eq!(client.get("self").status, 401);
    let passed = client.post("login/two_factor", json!({"two_factor": "123456"}));
    assert_eq!(passed.status, 200);
}

#[test]
fn a_second_factor_without_login_or_without_being_set_up_is_refused() {
    let simulator = with_two_factor(Behaviour::practice());
    let body = json!({"two_factor": "123456"});
    assert_eq!(Client::anonymous(&simulator).post("login/two_factor", body.clone()).status, 401);
    let simulator = started(Config::default());
    let client = session(&simulator, &login(&simulator, json!({})), "");
    assert_eq!(client.post("login/two_factor", body.clone()).status, 404);
    let mut forged = client;
    forged.headers.pop();
    assert_eq!(forged.post("login/two_factor", body).status, 403);
}

#[test]
fn a_wrong_login_is_400_and_the_third_locks_the_account_for_a_while() {
    let simulator = started(Config::default());
    simulator.set_clock(1_700_000_000.0);
    for _ in 0..3 {
        let answer = login(&simulator, json!({"password": "wrong"}));
        assert_eq!(answer.error(), (400, "Invalid username/password.".to_owned()));
    }
    let (status, detail) = login(&simulator, json!({})).error();
    assert!(status == 400 && detail.contains("blocked"), "{detail}");
    simulator.advance(1800.0);
    assert_eq!(login(&simulator, json!({})).status, 200);
    let locked = started(Config { locked: true, ..Config::default() });
    assert!(login(&locked, json!({})).error().1.contains("blocked"));
}

#[test]
fn a_login_in_between_forgives_the_failures_before_it() {
    let simulator = started(Config::default());
    for password in ["wrong", "wrong", "secret", "wrong", "wrong"] {
        login(&simulator, json!({"password": password}));
    }
    assert_eq!(login(&simulator, json!({})).status, 200);
}

#[test]
fn a_login_without_email_or_password_is_bad_syntax() {
    let simulator = started(Config::default());
    for body in [json!({}), json!({"email": "a@example.com"}), json!({"email": 1, "password": "x"})] {
        assert_eq!(Client::anonymous(&simulator).post("login", body).status, 400);
    }
}

#[test]
fn single_sign_on_has_no_password_login_and_makes_no_user_token() {
    let simulator = started(Config { sso: true, ..Config::default() });
    let answer = login(&simulator, json!({}));
    let expected =
        json!({"detail": "sso admin login needs to be initiated by IdP", "forward_url": "https://my.sso/idp_sso_url"});
    assert_eq!((answer.status, answer.json()), (400, expected));
    let client = Client::of(&simulator);
    assert_eq!(client.get("self").json()["via_sso"], true);
    assert_eq!(client.post("self/apitokens", json!({"name": "a"})).status, 403);
    assert_eq!(client.post("logout", json!({})).json()["forward_url"], "https://my.sso/custom_logout_url");
}

#[test]
fn a_session_ends_after_1440_minutes() {
    let simulator = started(Config::default());
    simulator.set_clock(1_700_000_000.0);
    let client = session(&simulator, &login(&simulator, json!({})), "");
    simulator.advance(1440.0 * 60.0 - 1.0);
    assert_eq!(client.get("self").status, 200);
    simulator.advance(1.0);
    assert_eq!(client.get("self").status, 401);
}

#[test]
fn the_account_is_a_person_with_privileges_and_an_organisation_token_is_not_a_person() {
    let simulator = start();
    let org = simulator.org_id();
    let account = Client::of(&simulator).get("self").json();
    assert_eq!(account["email"], "admin@example.com");
    let privilege = json!({"scope": "org", "role": "admin", "org_id": org, "name": "Org 1", "org_name": "Org 1"});
    assert_eq!(account["privileges"], json!([privilege]));

    let site = &simulator.sites()[0];
    let privileges = vec![json!({"scope": "site", "role": "read", "site_id": site["id"]})];
    let (_, key) = simulator.add_org_token(org, NewToken { privileges, ..NewToken::named("observer") });
    let expected = json!({"name": "observer", "privileges": [
        {"scope": "site", "role": "read", "site_id": site["id"], "org_id": org, "name": "Site 1", "org_name": "Org 1"}]});
    assert_eq!(Client::with_key(&simulator, &key).get("self").json(), expected);
}
