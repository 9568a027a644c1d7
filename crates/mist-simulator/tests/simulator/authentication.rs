//! The permissions of callers: tokens, Basic authentication, paths, methods.

use crate::client::{Client, start};
use mist_simulator::{Config, NewToken, Simulator};
use serde_json::json;

const MISSING: &str = "Authentication credentials were not provided.";
const FORBIDDEN: &str = "You do not have permission to perform this action.";
const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

#[test]
fn without_credentials_or_with_wrong_ones_the_answer_is_401() {
    let simulator = start();
    let table = [
        ("", MISSING),
        ("Bearer x", MISSING),
        ("Token", "Invalid token header. No credentials provided."),
        ("Token wrong", "Invalid token."),
        ("Basic wrong", "Invalid username/password."),
        ("Basic YTpi", "Invalid username/password."),
    ];
    for (header, detail) in table {
        let client = Client::anonymous(&simulator);
        let client = if header.is_empty() { client } else { client.header("Authorization", header) };
        assert_eq!(client.get("self").error(), (401, detail.to_owned()), "{header}");
    }
}

#[test]
fn the_word_token_is_read_in_any_case() {
    let simulator = start();
    let header = format!("token {}", simulator.api_token());
    assert_eq!(Client::anonymous(&simulator).header("Authorization", &header).get("self").status, 200);
}

/// `admin:secret` in the form of Basic authentication.
const ADMIN_SECRET: &str = "Basic YWRtaW46c2VjcmV0";

#[test]
fn a_password_is_enough_only_where_nothing_more_is_asked() {
    let config = || Config { email: "admin".to_owned(), password: "secret".to_owned(), ..Config::default() };
    let table = [
        (config(), 200),
        (Config { two_factor: Some("1".to_owned()), ..config() }, 401),
        (Config { sso: true, ..config() }, 401),
        (Config { password: "other".to_owned(), ..config() }, 401),
    ];
    for (config, status) in table {
        let simulator = Simulator::start(config).unwrap();
        let client = Client::anonymous(&simulator).header("Authorization", ADMIN_SECRET);
        assert_eq!(client.get("self").status, status);
    }
}

#[test]
fn a_write_with_a_password_needs_no_csrf_token() {
    let config = Config { email: "admin".to_owned(), password: "secret".to_owned(), ..Config::default() };
    let simulator = Simulator::start(config).unwrap();
    let client = Client::anonymous(&simulator).header("Authorization", ADMIN_SECRET);
    assert_eq!(client.post("self/apitokens", json!({"name": "a"})).status, 200);
}

#[test]
fn a_path_that_is_not_there_is_404_for_everybody() {
    let simulator = start();
    for path in ["nothing", "self/", "orgs", "orgs/not-a-uuid", "self/apitokens/1", "/", "/api/v2/self"] {
        assert_eq!(Client::of(&simulator).get(path).error(), (404, "Not found.".to_owned()), "{path}");
        assert_eq!(Client::anonymous(&simulator).get(path).status, 404, "{path}");
    }
}

#[test]
fn a_method_that_a_path_does_not_have_is_405_and_says_which_it_has() {
    let simulator = start();
    let org = simulator.org_id();
    let table = [
        ("PATCH", "self".to_owned(), "GET"),
        ("POST", "self/usage".to_owned(), "GET"),
        ("PATCH", "self/apitokens".to_owned(), "GET, POST"),
        ("GET", "login".to_owned(), "POST"),
        ("GET", "login/two_factor".to_owned(), "POST"),
        ("GET", "logout".to_owned(), "POST"),
        ("DELETE", format!("orgs/{org}"), "GET, PUT"),
        ("PUT", format!("orgs/{org}/apitokens"), "GET, POST"),
        ("POST", format!("orgs/{org}/apitokens/{NOBODY}"), "GET, PUT, DELETE"),
        ("PUT", format!("orgs/{org}/sites"), "GET, POST"),
        ("GET", format!("orgs/{org}/usermacs"), "POST"),
        ("POST", format!("orgs/{org}/setting"), "GET, PUT"),
        ("DELETE", format!("orgs/{org}/sitegroups"), "GET, POST"),
        ("POST", format!("sites/{NOBODY}"), "GET, PUT, DELETE"),
    ];
    for (method, path, allow) in table {
        let answer = Client::of(&simulator).ask(method, &path, None);
        assert_eq!(answer.error(), (405, format!("Method \"{method}\" not allowed.")), "{path}");
        assert_eq!(answer.header("allow"), allow, "{path}");
    }
}

#[test]
fn a_token_is_refused_outside_of_its_addresses() {
    let simulator = start();
    for (src_ips, status) in
        [(vec![], 200), (vec!["127.0.0.1"], 200), (vec!["10.0.0.0/8", "127.0.0.0/8"], 200), (vec!["10.0.0.1"], 403)]
    {
        let src_ips = src_ips.into_iter().map(str::to_owned).collect();
        let (_, key) = simulator.add_org_token(simulator.org_id(), NewToken { src_ips, ..NewToken::named("a") });
        assert_eq!(Client::with_key(&simulator, &key).get("self").status, status);
    }
}

#[test]
fn use_is_noted_and_an_attempt_from_elsewhere_is_not() {
    let simulator = start();
    simulator.set_clock(1_700_000_000.0);
    let org = simulator.org_id();
    let (_, used) = simulator.add_org_token(org, NewToken::named("used"));
    let elsewhere = NewToken { src_ips: vec!["10.0.0.1".to_owned()], ..NewToken::named("refused") };
    let (_, refused) = simulator.add_org_token(org, elsewhere);
    assert_eq!(simulator.org_tokens()[0].last_used, None);
    simulator.advance(5.0);
    Client::with_key(&simulator, &used).get("self");
    Client::with_key(&simulator, &refused).get("self");
    let last_used: Vec<_> = simulator.org_tokens().into_iter().map(|token| token.last_used).collect();
    assert_eq!(last_used, [Some(1_700_000_005), None]);
}

#[test]
fn a_privilege_decides_what_an_organization_token_may_do() {
    let simulator = Simulator::start(Config { orgs: 2, sites: 2, sitegroups: 2, ..Config::default() }).unwrap();
    let (org, other_org) = (simulator.org_id().to_owned(), simulator.orgs()[1].0.clone());
    let sites = simulator.sites();
    let id = |index: usize| sites[index]["id"].as_str().unwrap().to_owned();
    let group = sites[0]["sitegroup_ids"][0].clone();
    // List tokens, list sites, read the first site, write the first site, read the second site.
    let table = [
        (json!({"scope": "org", "role": "admin"}), [200, 200, 200, 200, 200]),
        (json!({"scope": "org", "role": "write"}), [403, 200, 200, 200, 200]),
        (json!({"scope": "org", "role": "read"}), [403, 200, 200, 403, 200]),
        (json!({"scope": "orgsites", "role": "write"}), [403, 200, 200, 200, 200]),
        (json!({"scope": "site", "role": "write", "site_id": id(0)}), [403, 403, 200, 200, 403]),
        (json!({"scope": "site", "role": "read", "site_id": id(0)}), [403, 403, 200, 403, 403]),
        (json!({"scope": "sitegroup", "role": "admin", "sitegroup_id": group}), [403, 403, 200, 200, 403]),
    ];
    for (privilege, expected) in table {
        let token = NewToken { privileges: vec![privilege.clone()], ..NewToken::named("a") };
        let client = Client::with_key(&simulator, &simulator.add_org_token(&org, token).1);
        let statuses = [
            client.get(&format!("orgs/{org}/apitokens")).status,
            client.get(&format!("orgs/{org}/sites")).status,
            client.get(&format!("sites/{}", id(0))).status,
            client.put(&format!("sites/{}", id(0)), json!({"notes": "n"})).status,
            client.get(&format!("sites/{}", id(1))).status,
        ];
        assert_eq!(statuses, expected, "{privilege}");
        for path in ["self/apitokens".to_owned(), format!("orgs/{other_org}/apitokens"), format!("sites/{}", id(2))] {
            assert_eq!(client.get(&path).error(), (403, FORBIDDEN.to_owned()), "{privilege} {path}");
        }
    }
}

#[test]
fn the_accounts_role_decides_whether_it_manages_an_organizations_tokens() {
    for (role, status) in [("admin", 200), ("write", 403), ("read", 403)] {
        let simulator = Simulator::start(Config { role: role.to_owned(), ..Config::default() }).unwrap();
        let answer = Client::of(&simulator).get(&format!("orgs/{}/apitokens", simulator.org_id()));
        assert_eq!(answer.status, status, "{role}");
    }
}

#[test]
fn an_organization_that_does_not_exist_is_404_to_the_account_and_403_to_a_token() {
    let simulator = start();
    let (_, key) = simulator.add_org_token(simulator.org_id(), NewToken::named("a"));
    for path in [format!("orgs/{NOBODY}"), format!("orgs/{NOBODY}/apitokens"), format!("sites/{NOBODY}")] {
        assert_eq!(Client::of(&simulator).get(&path).status, 404, "{path}");
        assert_eq!(Client::with_key(&simulator, &key).get(&path).status, 403, "{path}");
    }
}
