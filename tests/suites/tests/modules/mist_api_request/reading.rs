//! Reading: paths, queries, pages, tokens.

use super::situation::{Situation, names, ok, status_fault};
use mist_client::Error;
use mist_client::names::Kind;
use mist_modules::common::messages::EARLIER_TASK;
use mist_simulator::{Config, NewToken, Owner};
use serde_json::json;
use suites::token_in_use;

#[test]
fn a_get_returns_what_is_there_in_one_call() {
    let situation = Situation::new();
    let read = ok(situation.run(json!({"path": "self"})));
    assert_eq!(situation.calls(), ["GET /api/v1/self"]);
    assert!(!read.changed && read.diff.is_empty());
    let results = read.results;
    assert_eq!(results.json.unwrap()["email"], "admin@example.com");
    assert_eq!((results.status, results.pages, results.total, results.api_calls), (Some(200), Some(1), None, 1));
    assert_eq!(results.url, Some(format!("{}/api/v1/self", situation.cloud.url())));
}

#[test]
fn ids_and_names_are_filled_into_the_path_with_as_few_calls_as_can_be() {
    let situation = Situation::new();
    let (org, site) = (situation.cloud.org_id().to_owned(), situation.site_id());
    let org_name = situation.cloud.orgs()[0].1.clone();
    let read = format!("GET /api/v1/sites/{site}");
    let look_up = "GET /api/v1/orgs/ORG/sites?limit=1000".to_owned();
    let whoami = "GET /api/v1/self".to_owned();
    for (options, calls) in [
        (json!({"path": "sites/{site_id}", "site_id": site}), vec![read.clone()]),
        (json!({"path": "/api/v1/sites/{site_id}", "site_id": site, "org": org_name}), vec![read.clone()]),
        (json!({"path": "sites/{site_id}", "site": "Site 1", "org_id": org}), vec![look_up.clone(), read.clone()]),
        (json!({"path": "sites/{site_id}", "site": "Site 1", "org": org_name}), vec![whoami.clone(), look_up, read]),
        (
            json!({"path": "orgs/{org_id}", "org": org_name, "site": "nowhere"}),
            vec![whoami, "GET /api/v1/orgs/ORG".into()],
        ),
    ] {
        let found = ok(situation.run_in(false, options).0).results;
        assert_eq!(situation.calls(), calls);
        assert_eq!(found.api_calls as usize, calls.len());
    }
    let unknown = json!({"path": "sites/{site_id}", "site": "Site 11", "org_id": org});
    let failure = situation.run_in(false, unknown.clone()).0.unwrap_err();
    let Error::NoSuchName { kind: Kind::Site, name, candidates } = failure.cause() else { panic!("{}", failure.msg) };
    assert_eq!((name.as_str(), candidates.similar.contains(&"Site 1".to_owned())), ("Site 11", true));
    let predicted = situation.run_in(true, unknown).0.unwrap_err();
    assert_eq!(predicted.msg, format!("{} {EARLIER_TASK}", failure.msg));
}

#[test]
fn a_query_reaches_the_cloud_as_it_was_meant() {
    let situation = Situation::new();
    let query = json!({"name": "a b&c=é", "type": ["ap", "switch"], "managed": true, "none": null});
    ok(situation.run(json!({"path": "orgs/{org_id}/sites?sort=name", "org_id": situation.cloud.org_id(), "query": query, "limit": 2})));
    let request = situation.cloud.requests().remove(0);
    assert_eq!(request.query, "sort=name&name=a%20b%26c%3D%C3%A9&type=ap&type=switch&managed=true&limit=2");
}

#[test]
fn all_pages_of_a_list_become_one() {
    let situation = Situation::with(Config { sites: 25, page_limit: 10, ..Config::default() });
    let org = situation.cloud.org_id().to_owned();
    let expected: Vec<String> = (1..=25).map(|number| format!("Site {number}")).collect();
    for (more, pages) in
        [(json!({}), 3), (json!({"limit": 1000}), 3), (json!({"limit": 4}), 7), (json!({"query": {"limit": 25}}), 3)]
    {
        let mut task = json!({"path": "orgs/{org_id}/sites", "org_id": org});
        if more != json!({}) {
            task["paginate"] = json!(true);
        }
        task.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let results = ok(situation.run(task)).results;
        assert_eq!(names(results.json.as_ref().unwrap()), expected);
        assert_eq!((results.pages, results.total, results.api_calls), (Some(pages), Some(25), pages as u32));
    }
    let one = ok(situation.run(json!({"path": "orgs/{org_id}/sites", "org_id": org, "limit": 4}))).results;
    assert_eq!((one.json.unwrap().as_array().map(Vec::len), one.pages, one.total), (Some(4), Some(1), Some(25)));
    let rest =
        json!({"path": "orgs/{org_id}/sites", "org_id": org, "limit": 10, "query": {"page": 2}, "paginate": true});
    assert_eq!(names(ok(situation.run(rest)).results.json.as_ref().unwrap()), expected[10..]);
}

#[test]
fn all_pages_of_a_search_become_one() {
    let situation = Situation::with(Config { sites: 25, ..Config::default() });
    let task =
        json!({"path": "orgs/{org_id}/sites/search", "org_id": situation.cloud.org_id(), "paginate": true, "limit": 4});
    let results = ok(situation.run(task.clone())).results;
    let found = results.json.unwrap();
    let expected: Vec<String> = (1..=25).map(|number| format!("Site {number}")).collect();
    assert_eq!(names(&found["results"]), expected);
    assert!(found.get("next").is_none());
    assert_eq!((results.pages, results.total, results.api_calls), (Some(7), Some(25), 7));

    let mut first = task;
    first["paginate"] = json!(false);
    let first = ok(situation.run(first)).results;
    assert_eq!((first.pages, first.total), (Some(1), Some(25)));
    assert!(first.json.unwrap()["next"].is_string());
}

#[test]
fn what_comes_in_one_piece_is_returned_as_it_is_when_pages_are_asked_for() {
    let situation = Situation::with(Config { user_tokens: 2, ..Config::default() });
    let whoami = ok(situation.run(json!({"path": "self", "paginate": true}))).results;
    assert_eq!(
        (whoami.json.unwrap()["email"].as_str(), whoami.pages, whoami.total),
        (Some("admin@example.com"), Some(1), None)
    );
    let tokens = ok(situation.run(json!({"path": "self/apitokens", "paginate": true}))).results;
    assert_eq!((tokens.json.unwrap().as_array().map(Vec::len), tokens.total), (Some(3), Some(3)));
}

#[test]
fn pages_that_lead_elsewhere_or_do_not_end_are_refused() {
    for (bodies, words) in [
        (vec![r#"{"results": [1], "next": "https://evil.example/api"}"#], "leads to another host"),
        (vec![r#"{"results": [1], "next": "//evil.example/api"}"#], "leads to another host"),
        (vec![r#"{"results": [1], "next": 5}"#], "is not a string"),
        (vec![r#"{"results": [1], "next": "/api/v1/self"}"#], "endless"),
        (
            vec![r#"{"results": [1], "next": "/api/v1/self?a"}"#, r#"{"results": [1], "next": "/api/v1/self"}"#],
            "endless",
        ),
        (vec![r#"{"results": [1], "next": "/api/v1/self?a"}"#, "[1]"], "a page of another shape than the first"),
        (vec![r#"{"results": [1], "next": "/api/v1/self?a"}"#, r#"{"detail": "x"}"#], "instead of a list"),
        (vec![r#"{"results": [1], "next": "/api/v1/self?a"}"#, "<html>"], "an HTML page"),
    ] {
        let situation = Situation::new();
        for body in &bodies {
            situation.cloud.fault(status_fault(200, body).times(1));
        }
        let failure = situation.run_in(false, json!({"path": "self", "paginate": true})).0.unwrap_err();
        assert!(failure.msg.contains(words) && !failure.msg.contains("evil"), "{bodies:?}: {}", failure.msg);
    }
}

#[test]
fn several_tokens_are_used_in_turn_when_one_meets_its_quota() {
    let situation = Situation::with(Config { sites: 8, quota: 4, ..Config::default() });
    let org = situation.cloud.org_id().to_owned();
    let privileges = vec![json!({"scope": "org", "role": "read", "org_id": org})];
    let [first, second, third] = ["one", "two", "three"].map(|name| {
        situation.cloud.add_org_token(&org, NewToken { privileges: privileges.clone(), ..NewToken::named(name) }).1
    });
    let task = |tokens: String| json!({"path": "orgs/{org_id}/sites", "org_id": org, "paginate": true, "limit": 1, "api_token": tokens, "max_wait": 0});
    let all = ok(situation.run_in(false, task(format!("{first}, {second},{third}"))).0).results;
    assert_eq!((all.json.unwrap().as_array().map(Vec::len), all.pages, all.api_calls), (Some(8), Some(8), 12));
    let used: Vec<String> = situation
        .cloud
        .requests()
        .iter()
        .map(|request| {
            let header = request.headers.iter().find(|(name, _)| name == "authorization").unwrap();
            header.1.replace(&first, "1").replace(&second, "2").replace(&third, "3")
        })
        .collect();
    assert_eq!(used.concat(), "Token 1Token 1Token 1Token 1Token 1Token 2Token 2Token 2Token 2Token 2Token 3Token 3");

    let failure = situation.run_in(false, task(format!("{first},{second}"))).0.unwrap_err();
    assert_eq!(token_in_use(failure.cause()).1, 2, "the quota of both is used");
    assert_eq!(failure.results.unwrap().status, Some(429));
}

#[test]
fn a_login_serves_as_well_and_ends_with_the_task() {
    let situation = Situation::new();
    let config = Config::default();
    let task = json!({"path": "self", "api_token": null, "username": config.email, "password": config.password});
    assert_eq!(ok(situation.run(task)).results.json.unwrap()["email"], config.email.as_str());
    assert_eq!(situation.cloud.open_sessions(), 0);
    assert_eq!(situation.cloud.tokens(&Owner::User).len(), 1);
}
