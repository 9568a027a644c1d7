//! Login, logout, sessions, and `/self`.

use crate::client::{Answer, Client, start};
use mist_simulator::{Account, Config, LoginLookup, NewToken, Simulator, Variants};
use serde_json::{Value, json};

fn started(config: Config) -> Simulator {
    Simulator::start(Config { email: "a@example.com".to_owned(), password: "secret".to_owned(), ..config }).unwrap()
}

fn with_two_factor(variants: Variants) -> Simulator {
    started(Config { two_factor: Some("123456".to_owned()), variants, ..Config::default() })
}

fn login(simulator: &Simulator, more: Value) -> Answer {
    let mut body = json!({"email": "a@example.com", "password": "secret"});
    body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    Client::anonymous(simulator).post("login", body)
}

/// A client with the cookies of the response, and with the token that a write needs.
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
fn the_answer_to_a_login_is_empty_or_in_some_clouds_about_the_second_factor() {
    for variants in [Variants::practice(), Variants::document()] {
        let simulator = started(Config { variants, ..Config::default() });
        assert_eq!(login(&simulator, json!({})).json(), json!({}));
    }
    let variants = Variants { login_always_answers_account: true, ..Variants::practice() };
    let simulator = started(Config { variants, ..Config::default() });
    let expected = json!({"email": "a@example.com", "two_factor_required": false, "two_factor_passed": false});
    assert_eq!(login(&simulator, json!({})).json(), expected);
}

#[test]
fn a_second_factor_is_sent_with_the_login() {
    let simulator = with_two_factor(Variants::practice());
    let answer = login(&simulator, json!({"two_factor": "123456"}));
    assert_eq!(answer.json(), json!({}));
    assert_eq!(session(&simulator, &answer, "").get("self").json()["enable_two_factor"], true);
}

#[test]
fn a_wrong_second_factor_in_the_login_is_401_with_cookies_or_by_the_document_400() {
    let simulator = with_two_factor(Variants::practice());
    let wrong = login(&simulator, json!({"two_factor": "000000"}));
    assert_eq!((wrong.status, wrong.cookie("sessionid").is_some()), (401, true));
    let client = session(&simulator, &wrong, "");
    assert_eq!(client.post("login/two_factor", json!({"two_factor": "123456"})).status, 200);
    let simulator = with_two_factor(Variants::document());
    let wrong = login(&simulator, json!({"two_factor": "000000"}));
    assert_eq!((wrong.status, wrong.cookie("sessionid")), (400, None));
}

#[test]
fn a_second_factor_is_sent_after_the_login() {
    for variants in [Variants::practice(), Variants::document()] {
        let renews = variants.two_factor_renews_cookies;
        let simulator = with_two_factor(variants);
        let answer = login(&simulator, json!({}));
        let expected = json!({"email": "a@example.com", "two_factor_required": true, "two_factor_passed": false});
        assert_eq!(answer.json(), expected);
        let client = session(&simulator, &answer, "");
        assert_eq!(client.get("self/apitokens").status, 401, "half a login is none");
        assert_eq!(client.post("login/two_factor", json!({})).status, 400);
        let wrong = client.post("login/two_factor", json!({"two_factor": "000000"}));
        assert_eq!((wrong.status, wrong.cookie("sessionid").is_some()), (401, true));
        let passed = client.post("login/two_factor", json!({"two_factor": "123456"}));
        assert_eq!((passed.status, passed.cookie("sessionid").is_some()), (200, renews));
        assert_eq!(client.get("self").status, if renews { 401 } else { 200 });
        let client = if renews { session(&simulator, &passed, "") } else { client };
        assert_eq!(client.post("self/apitokens", json!({"name": "a"})).status, 200);
    }
}

#[test]
fn with_the_second_factor_open_self_answers_without_privileges_and_the_login_may_be_given_up() {
    let variants = Variants { login_reports_two_factor: false, ..Variants::practice() };
    let simulator = with_two_factor(variants);
    let answer = login(&simulator, json!({}));
    assert_eq!((answer.status, answer.json()), (200, json!({})));
    let client = session(&simulator, &answer, "");
    let whoami = client.get("self");
    let listed = whoami.json();
    assert_eq!((whoami.status, &listed["privileges"], listed.get("privileges").is_some()), (200, &Value::Null, true));
    assert_eq!((&listed["two_factor_required"], &listed["two_factor_passed"]), (&json!(true), &json!(false)));
    for path in ["self/apitokens", "self/usage", &format!("orgs/{}", simulator.org_id())] {
        assert_eq!(client.get(path).status, 401, "{path}");
    }
    assert_eq!((client.post("logout", json!({})).status, simulator.open_sessions()), (200, 0));
    simulator.variants(|variants| variants.self_answers_half_logged_in = false);
    let client = session(&simulator, &login(&simulator, json!({})), "");
    assert_eq!(client.get("self").status, 401);
}

#[test]
fn a_second_factor_that_the_login_overlooks_is_asked_for() {
    let simulator = with_two_factor(Variants { login_takes_two_factor: false, ..Variants::practice() });
    let answer = login(&simulator, json!({"two_factor": "123456"}));
    assert_eq!(answer.json()["two_factor_passed"], false);
    let client = session(&simulator, &answer, "");
    assert_eq!(client.get("self").json()["privileges"], Value::Null);
    let passed = client.post("login/two_factor", json!({"two_factor": "123456"}));
    assert_eq!(passed.status, 200);
}

#[test]
fn a_second_factor_without_login_or_without_being_set_up_is_refused() {
    let simulator = with_two_factor(Variants::practice());
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
    simulator.advance(100.0);
    let locked = login(&simulator, json!({}));
    assert_eq!((locked.status, locked.header("retry-after")), (429, "698"));
    assert_eq!(simulator.open_sessions(), 0);
    simulator.advance(698.0);
    assert_eq!(login(&simulator, json!({})).status, 200);
    let locked = started(Config { locked: true, clock: Some(0.0), ..Config::default() });
    assert_eq!(login(&locked, json!({})).header("retry-after"), "798");
    let document = started(Config { locked: true, variants: Variants::document(), ..Config::default() });
    let (status, detail) = login(&document, json!({})).error();
    assert!(status == 400 && detail.contains("blocked"), "{detail}");
}

#[test]
fn wrong_codes_lock_the_account_too() {
    let simulator = with_two_factor(Variants::practice());
    for _ in 0..3 {
        assert_eq!(login(&simulator, json!({"two_factor": "000000"})).status, 401);
    }
    assert_eq!(login(&simulator, json!({"two_factor": "123456"})).status, 429);
}

#[test]
fn how_an_address_logs_in_can_be_looked_up_and_is_no_attempt() {
    let simulator = started(Config { accounts: vec![sso("sso@example.com")], ..Config::default() });
    let client = Client::anonymous(&simulator);
    let ask = |email: &str| client.post("login/lookup", json!({ "email": email }));
    for _ in 0..4 {
        assert_eq!((ask("a@example.com").status, ask("a@example.com").json()), (200, json!({})));
        assert_eq!(ask("sso@example.com").json(), json!({"sso_url": "https://my.sso/idp_sso_url"}));
        assert_eq!(client.get("login/lookup?email=sso%40example.com").json()["sso_url"], "https://my.sso/idp_sso_url");
        assert_eq!(ask("nobody@example.com").status, 404);
    }
    assert_eq!(login(&simulator, json!({})).status, 200);
    simulator.variants(|variants| variants.login_lookup = LoginLookup::Post);
    assert_eq!(client.get("login/lookup?email=a%40example.com").status, 405);
    simulator.variants(|variants| variants.login_lookup = LoginLookup::Absent);
    assert_eq!(ask("a@example.com").status, 404);
}

fn sso(email: &str) -> Account {
    Account { sso: true, ..Account::new(email, "secret", [1]) }
}

#[test]
fn two_accounts_have_tokens_sessions_failures_and_organizations_of_their_own() {
    let other = Account::new("b@example.com", "other", [2]);
    let simulator = started(Config { orgs: 1, other_orgs: 1, accounts: vec![other], ..Config::default() });
    let (first, second) = (Client::of(&simulator), Client::with_key(&simulator, &simulator.token_of("b@example.com")));
    let orgs = simulator.orgs();
    for (mine, other) in [(&first, &second), (&second, &first)] {
        let made = mine.post("self/apitokens", json!({"name": "mine"})).json();
        let one = format!("self/apitokens/{}", made["id"].as_str().unwrap());
        assert_eq!((other.delete(&one).status, mine.delete(&one).status), (404, 200));
    }
    assert_eq!(second.get("self").json()["email"], "b@example.com");
    for (client, own, foreign) in [(&first, &orgs[0].0, &orgs[1].0), (&second, &orgs[1].0, &orgs[0].0)] {
        assert_eq!(client.get("self").json()["privileges"][0]["org_id"], json!(own));
        for path in ["", "/sites", "/wlans", "/setting", "/apitokens"] {
            assert_eq!(client.get(&format!("orgs/{own}{path}")).status, 200, "{path}");
            assert_eq!(client.get(&format!("orgs/{foreign}{path}")).status, 403, "{path}");
        }
    }
    for _ in 0..3 {
        login(&simulator, json!({"email": "b@example.com", "password": "wrong"}));
    }
    assert_eq!(login(&simulator, json!({"email": "b@example.com", "password": "other"})).status, 429);
    let answer = login(&simulator, json!({}));
    assert_eq!(session(&simulator, &answer, "").get("self").json()["email"], "a@example.com");
    let listed = Client::anonymous(&simulator).get("/simulator/tokens").json();
    assert_eq!(listed["accounts"]["b@example.com"][0]["key"], simulator.token_of("b@example.com"));
}

#[test]
fn an_msps_administrator_has_its_organizations_below_the_msp() {
    let others = vec![Account::new("b@example.com", "secret", [1])];
    let simulator = started(Config { orgs: 0, msp_orgs: 3, other_orgs: 1, accounts: others, ..Config::default() });
    let (client, msp) = (Client::of(&simulator), simulator.msp_id());
    let privilege = json!({"scope": "msp", "role": "admin", "msp_id": msp, "name": "MSP 1"});
    assert_eq!(client.get("self").json()["privileges"], json!([privilege]));
    let listed = client.get(&format!("msps/{msp}/orgs?limit=2&page=2"));
    assert_eq!((listed.header("x-page-total"), &listed.json()[0]["name"]), ("3", &json!("Org 3")));
    assert_eq!(listed.json()[0]["msp_id"], json!(msp));
    let orgs = simulator.orgs();
    assert_eq!(client.get(&format!("orgs/{}/sites", orgs[2].0)).status, 200);
    assert_eq!(client.get(&format!("orgs/{}/sites", orgs[3].0)).status, 403);
    assert_eq!(client.post(&format!("msps/{msp}/orggroups"), json!({"name": "g"})).json()["msp_id"], json!(msp));
    let other = Client::with_key(&simulator, &simulator.token_of("b@example.com"));
    assert_eq!(other.get(&format!("msps/{msp}/orgs")).status, 403);
    assert_eq!(client.get("msps/00000000-0000-4000-8000-000000000000/orgs").status, 404);
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
fn single_sign_on_refuses_passwords_and_new_user_tokens() {
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
fn the_account_is_a_person_with_privileges_and_an_organization_token_is_not_a_person() {
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
