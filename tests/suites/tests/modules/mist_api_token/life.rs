//! The whole life of a token: the first one, access by name, rotation, a leak.

use super::support::{ORG, Results, Situation, USER, ok};
use mist_modules::common::messages::EARLIER_TASK;
use mist_simulator::{Config, Fault, FaultKind, NewToken, Owner};
use serde_json::{Value, json};
use suites::Failure;

const DAY: f64 = 86_400.0;

/// Runs with a login in place of a token.
fn log_in(situation: &Situation, more: Value) -> Result<bool, Failure<Results>> {
    let mut all = json!({"api_token": null, "username": "admin@example.com", "password": "correct horse battery staple",
        "name": "mine"});
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    situation.run_in(false, all).map(|success| success.changed)
}

#[test]
fn the_first_token_needs_no_token_and_leaves_no_session() {
    for (suffix, two_factor) in [("", None), (".eu", Some("123456"))] {
        let two_factor_of_account = two_factor.map(str::to_owned);
        let config = Config { cookie_suffix: suffix.into(), two_factor: two_factor_of_account, ..Config::default() };
        let situation = Situation::with(config);
        let more = json!({"two_factor": two_factor, "key_file": situation.key_file()});
        assert!(log_in(&situation, more.clone()).unwrap());
        assert_eq!(
            situation.calls(),
            [
                "POST /api/v1/login/lookup".into(),
                "POST /api/v1/login".into(),
                "GET /api/v1/self".into(),
                format!("GET {USER}"),
                format!("POST {USER}"),
                format!("GET {USER}"),
                format!("PUT {USER}/{}", situation.one("mine").id),
                "POST /api/v1/logout".into()
            ]
        );
        assert_eq!(situation.cloud.open_sessions(), 0);
        let key = situation.one("mine").key;
        assert_eq!(std::fs::read_to_string(situation.key_file()).unwrap(), format!("{key}\n"));
        assert!(!log_in(&situation, more).unwrap());
    }
}

#[test]
fn a_login_that_fails_is_tried_once_says_why_and_leaves_no_session() {
    let account = Config::default;
    let second = || Config { two_factor: Some("123456".into()), ..Config::default() };
    for (config, more, words) in [
        (
            account(),
            json!({"password": "wrong-password"}),
            "password: the cloud answered 400: Invalid username/password.",
        ),
        (account(), json!({"username": "nobody@example.com"}), "password: the cloud answered 400"),
        (second(), json!({}), "two_factor: the account has a second factor"),
        (second(), json!({"two_factor": "000000"}), "two_factor: the cloud answered 401"),
        (Config { sso: true, ..Config::default() }, json!({}), "username: the account logs in through SSO"),
        (Config { locked: true, ..Config::default() }, json!({}), "username: the cloud answered 429"),
    ] {
        let is_told_beforehand = config.sso;
        let situation = Situation::with(config);
        let failure = log_in(&situation, more).unwrap_err();
        assert!(failure.msg.starts_with(words), "{}", failure.msg);
        assert!(!failure.msg.contains("wrong-password") && !failure.msg.contains("000000"), "{}", failure.msg);
        let logins = situation.calls().iter().filter(|call| *call == "POST /api/v1/login").count();
        assert_eq!(logins, usize::from(!is_told_beforehand), "{:?}", situation.calls());
        assert!(situation.named("mine").is_empty());
    }
}

#[test]
fn a_session_ends_also_when_the_work_fails() {
    let situation = Situation::new();
    situation.cloud.fault(
        Fault::new(FaultKind::Status { status: 400, body: r#"{"detail": "No."}"#.into(), headers: [].into() })
            .method("POST")
            .path(USER),
    );
    let failure = log_in(&situation, json!({})).unwrap_err();
    assert!(failure.msg.contains("400: No."), "{}", failure.msg);
    assert_eq!(situation.cloud.open_sessions(), 0);
}

#[test]
fn sites_and_groups_are_found_by_name_in_one_call_for_each_kind() {
    let situation = Situation::with(Config { sites: 30, page_limit: 10, ..Config::default() });
    let org = situation.org_id();
    let task = |site: &str| {
        json!({"name": "n", "org_id": org, "privileges": [
            {"role": "observer", "site": "Site 1"}, {"role": "observer", "site": site}, {"role": "helpdesk", "sitegroup": "Group 1"}]})
    };
    assert!(ok(situation.run(task("Site 15"))).changed);
    let sites = "GET /api/v1/orgs/ORG/sites".to_owned();
    let groups = "GET /api/v1/orgs/ORG/sitegroups".to_owned();
    assert_eq!(
        situation.calls(),
        [
            sites.clone(),
            sites.clone(),
            sites,
            groups,
            format!("GET {ORG}"),
            format!("POST {ORG}"),
            format!("GET {ORG}"),
            format!("PUT {ORG}/{}", situation.one("n").id),
        ],
        "a second site of the name may be on the last page"
    );
    let names = situation.cloud.sites();
    let id = |name: &str| names.iter().find(|site| site["name"] == name).unwrap()["id"].clone();
    let made = situation.one("n").privileges;
    assert_eq!((&made[0]["site_id"], &made[1]["site_id"]), (&id("Site 1"), &id("Site 15")));
    assert_eq!(made[2]["scope"], "sitegroup");
    assert!(!ok(situation.run(task("Site 15"))).changed);

    let failure = situation.run(task("Site 99")).unwrap_err();
    assert!(
        failure.msg.starts_with("site: no site named 'Site 99'") && failure.msg.contains("'Site 9'"),
        "{}",
        failure.msg
    );
    let predicted = situation.run_in(true, task("Site 99")).unwrap_err();
    assert_eq!(predicted.msg, format!("{} {EARLIER_TASK}", failure.msg));
    situation.cloud.rename_site(id("Site 2").as_str().unwrap(), "Site 1");
    let failure = situation.run(task("Site 15")).unwrap_err();
    assert!(failure.msg.starts_with("site: 2 sites are named 'Site 1'"), "{}", failure.msg);
}

#[test]
fn an_organization_is_found_by_name() {
    let situation = Situation::with(Config { orgs: 2, ..Config::default() });
    let (id, name) = situation.cloud.orgs().pop().unwrap();
    ok(situation.run(json!({"name": "n", "org": name, "privileges": [{"role": "read"}]})));
    assert_eq!(situation.calls()[0], "GET /api/v1/self");
    assert_eq!(situation.cloud.tokens(&Owner::Org(id)).len(), 1);
    let failure = situation.run(json!({"name": "n", "org": "Nobody", "privileges": [{"role": "read"}]})).unwrap_err();
    assert!(failure.msg.starts_with("org: no organization named 'Nobody'"), "{}", failure.msg);
}

#[test]
fn a_token_is_rotated_and_the_old_one_leaves_after_the_overlap() {
    let situation = Situation::with(Config { clock: Some(1_700_000_000.0), ..Config::default() });
    let task = json!({"name": "n", "key_file": situation.key_file(), "max_age": "30d", "overlap": "7d"});
    let run = || ok(situation.run(task.clone()));
    let held = || std::fs::read_to_string(situation.key_file()).unwrap().trim().to_owned();
    assert!(run().changed && !run().changed);
    let first = situation.one("n");

    situation.cloud.advance(31.0 * DAY);
    let rotated = run();
    assert_eq!(
        situation.calls(),
        [
            format!("GET {USER}"),
            format!("POST {USER}"),
            format!("GET {USER}"),
            format!("PUT {USER}/{}", situation.named("n").last().unwrap().id),
            "GET /api/v1/self".into(),
        ],
        "the new key is tried out, and nothing is deleted yet"
    );
    let both = situation.named("n");
    assert!(rotated.changed && both.len() == 2 && both[1].key == held());
    assert!(!run().changed);

    situation.cloud.advance(8.0 * DAY);
    let left = run();
    assert_eq!(left.results.deleted, Some(vec![first.id]));
    assert_eq!(situation.one("n").key, held());
    assert!(!run().changed);
}

#[test]
fn without_an_overlap_the_old_token_leaves_once_the_new_one_works() {
    let situation = Situation::with(Config { clock: Some(1_700_000_000.0), ..Config::default() });
    let task = json!({"name": "n", "key_file": situation.key_file(), "max_age": "30d"});
    ok(situation.run(task.clone()));
    let first = situation.one("n");
    situation.cloud.advance(31.0 * DAY);
    situation.cloud.fault(
        Fault::new(FaultKind::Status {
            status: 401,
            body: r#"{"detail": "Invalid token."}"#.into(),
            headers: [].into(),
        })
        .path("/api/v1/self$"),
    );
    let failure = situation.run_in(false, task.clone()).unwrap_err();
    assert!(failure.msg.contains("was deleted again"), "{}", failure.msg);
    assert_eq!(situation.one("n").id, first.id, "what does not work replaces nothing");
    situation.cloud.clear_faults();
    let rotated = ok(situation.run(task));
    assert_eq!(rotated.results.deleted, Some(vec![first.id]));
    assert_eq!(std::fs::read_to_string(situation.key_file()).unwrap().trim(), situation.one("n").key);
}

#[test]
fn a_rotation_that_fails_tells_what_it_had_removed_by_then() {
    let situation = Situation::with(Config { clock: Some(1_700_000_000.0), ..Config::default() });
    let made = |days: i64, used| NewToken {
        created_time: Some(1_700_000_000 - days * 86_400),
        last_used: used,
        ..NewToken::named("n")
    };
    let (before, _) = situation.cloud.add_user_token(made(80, Some(1_699_999_999)));
    let (never_delivered, _) = situation.cloud.add_user_token(made(40, None));
    situation.cloud.fault(
        Fault::new(FaultKind::Status { status: 401, body: "{}".into(), headers: [].into() }).path("/api/v1/self$"),
    );
    let failure = situation.run_in(false, json!({"name": "n", "max_age": "30d"})).unwrap_err();
    assert!(failure.changed && failure.msg.contains("was deleted again"), "{}", failure.msg);
    let told = format!("Before that, unneeded tokens were deleted: {never_delivered}.");
    assert!(failure.msg.ends_with(&told), "{}", failure.msg);
    assert_eq!(situation.one("n").id, before);
}

#[test]
fn a_leaked_key_is_found_wherever_it_belongs_and_nothing_else_goes() {
    let situation = Situation::new();
    let org = situation.org_id();
    let (_, user_key) = situation.cloud.add_user_token(NewToken::named("user"));
    let (_, org_key) = situation.cloud.add_org_token(&org, NewToken::named("org"));
    for (name, key, token_type) in [("user", user_key, "user"), ("org", org_key, "org")] {
        let task = |state: &str| json!({"state": state, "org_id": org, "key": key});
        let whose = ok(situation.run(task("info")));
        assert_eq!(serde_json::to_value(whose.results.token_type).unwrap(), token_type);
        assert_eq!(whose.results.tokens.unwrap()[0].name.as_deref(), Some(name));
        assert!(ok(situation.run(task("absent"))).changed);
        assert!(situation.named(name).is_empty());
        assert!(!ok(situation.run(task("absent"))).changed);
    }
    assert_eq!(situation.cloud.user_tokens().len(), 1);
}

#[test]
fn two_tokens_that_one_leaked_key_fits_are_named_and_neither_goes() {
    let situation = Situation::new();
    let org = situation.org_id();
    let alike = |middle: char| format!("AAAA{}ZZZZ", middle.to_string().repeat(60));
    let token = |middle| NewToken { key: Some(alike(middle)), ..NewToken::named("n") };
    let (user, _) = situation.cloud.add_user_token(token('b'));
    let (other, _) = situation.cloud.add_org_token(&org, token('c'));
    for options in [json!({"org_id": org}), json!({"org_id": org, "state": "info"})] {
        let mut task = json!({"state": "absent", "key": alike('b')});
        task.as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
        let failure = situation.run(task).unwrap_err();
        assert!(
            failure.msg.starts_with("key: 2 tokens have keys")
                && failure.msg.contains(&user)
                && failure.msg.contains(&other)
        );
        assert!(!failure.msg.contains(&alike('b')), "{}", failure.msg);
    }
    assert_eq!(situation.named("n").len(), 2);
}

#[test]
fn an_organization_token_looks_for_a_leaked_key_where_it_may() {
    let situation = Situation::new();
    let org = situation.org_id();
    let (_, admin_key) = situation.cloud.add_org_token(&org, NewToken::named("admin"));
    let (_, leaked) = situation.cloud.add_org_token(&org, NewToken::named("leaked"));
    let task = |key: &str| json!({"state": "absent", "org_id": org, "api_token": admin_key, "key": key});
    assert!(ok(situation.run(task(&leaked))).changed);
    let failure = situation.run(task(&admin_key)).unwrap_err();
    assert!(failure.msg.starts_with("allow_self: "), "{}", failure.msg);
}
