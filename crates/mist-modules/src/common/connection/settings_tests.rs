//! Settings from options and the environment.

use super::*;
use secrecy::ExposeSecret;
use serde_json::json;

fn options(value: serde_json::Value) -> ConnectionOptions {
    serde_json::from_value(value).unwrap()
}

fn task(given: &[&str]) -> Task {
    given.iter().fold(Task::builder(), |task, option| task.given(option)).build()
}

/// The settings that the task's own options and an environment come to.
fn settings(given: serde_json::Value, environment: &[(&str, &str)]) -> Result<Settings, OptionError> {
    let task = task(&given.as_object().unwrap().keys().map(String::as_str).collect::<Vec<_>>());
    let variable =
        |name: &str| environment.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    read_settings(&options(given), &task, "test/0".to_owned(), &variable)
}

fn tokens(settings: &Settings) -> Vec<&str> {
    match &settings.credentials {
        Credentials::Tokens(tokens) => tokens.iter().map(ExposeSecret::expose_secret).collect(),
        Credentials::Login(login) => vec!["login", login.password.expose_secret()],
    }
}

#[test]
fn an_empty_variable_counts_as_not_set() {
    for (environment, expected) in [
        (vec![("MIST_API_TOKEN", "one"), ("MIST_APITOKEN", "two")], "one"),
        (vec![("MIST_API_TOKEN", ""), ("MIST_APITOKEN", "two")], "two"),
        (vec![("MIST_API_TOKEN", " ,, "), ("MIST_APITOKEN", "two")], "two"),
        (vec![("MIST_API_TOKEN", " \n"), ("MIST_APITOKEN", ""), ("MIST_API_KEY", "three")], "three"),
    ] {
        assert_eq!(tokens(&settings(json!({}), &environment).unwrap()), [expected], "{environment:?}");
    }
    let login = [("MIST_USERNAME", ""), ("MIST_USER", "a@b.c"), ("MIST_PASSWORD", "p"), ("MIST_API_TOKEN", "")];
    assert_eq!(tokens(&settings(json!({}), &login).unwrap()), ["login", "p"]);
    let host = |given, environment: &[(&str, &str)]| {
        settings(given, environment).map(|settings| settings.host.origin().to_owned()).map_err(|error| error.option)
    };
    assert_eq!(host(json!({"api_token": "t"}), &[("MIST_HOST", "")]), Ok("https://api.mist.com".to_owned()));
    assert_eq!(host(json!({"api_token": "t"}), &[("MIST_HOST", "x.mist.com")]), Ok("https://x.mist.com".to_owned()));
    assert_eq!(host(json!({"api_token": "t", "host": ""}), &[]), Err("host".to_owned()), "a mistake");
}

#[test]
fn a_missing_token_is_reported_with_the_variables_that_are_empty() {
    for (given, environment, words) in [
        (json!({}), vec![], "required. Set api_token"),
        (json!({}), vec![("MIST_API_TOKEN", "")], "MIST_API_TOKEN is set but empty"),
        (
            json!({}),
            vec![("MIST_API_TOKEN", ""), ("MIST_API_KEY", " ")],
            "MIST_API_TOKEN and MIST_API_KEY are set but empty",
        ),
        (json!({"api_token": ""}), vec![("MIST_API_TOKEN", "t")], "set but empty"),
        (json!({"api_token": " , "}), vec![], "set but empty"),
    ] {
        let error = settings(given.clone(), &environment).unwrap_err();
        assert!(error.option == "api_token" && error.reason.contains(words), "{given}: {error}");
    }
    let error = settings(json!({"username": "a@b.c"}), &[("MIST_PASSWORD", "")]).unwrap_err();
    assert_eq!(error, OptionError::new("password", "required with username (MIST_PASSWORD is set but empty). Set it."));
}

#[test]
fn an_invalid_setting_names_its_option() {
    for (given, option) in [
        (json!({"api_token": "x", "host": ""}), "host"),
        (json!({"api_token": "x", "timeout": 0}), "timeout"),
        (json!({"api_token": "x", "timeout": 100_000}), "timeout"),
        (json!({"api_token": "x", "max_wait": -1}), "max_wait"),
        (json!({"api_token": "x", "host": "http://example.com"}), "host"),
        (json!({"username": "a@b.c"}), "password"),
        (json!({"api_token": "t", "username": "a@b.c", "password": "p"}), "api_token"),
    ] {
        assert_eq!(settings(given.clone(), &[]).unwrap_err().option, option, "{given}");
    }
}

#[test]
fn the_settings_know_the_source_of_the_credentials_in_use_and_of_those_that_are_not() {
    let environment = [("MIST_API_TOKEN", ""), ("MIST_APITOKEN", "t"), ("MIST_USER", "a@b.c"), ("MIST_PASSWORD", "p")];
    let variable = |name: &str| Source::Variable(name.to_owned());
    for (given, used, ignored) in [
        (json!({}), variable("MIST_APITOKEN"), Some(variable("MIST_USER"))),
        (json!({"api_token": "own"}), Source::Given, Some(variable("MIST_USER"))),
        (json!({"username": "d@e.f"}), Source::Given, Some(variable("MIST_APITOKEN"))),
    ] {
        let source = settings(given.clone(), &environment).unwrap().credential_source;
        assert_eq!(source, Some(CredentialSource { used, ignored }), "{given}");
    }
    let source = settings(json!({"api_token": "own"}), &[]).unwrap().credential_source;
    assert_eq!(source, Some(CredentialSource { used: Source::Given, ignored: None }));
}

#[test]
fn check_mode_makes_a_client_that_refuses_writes() {
    for check_mode in [false, true] {
        let task = Task::builder().given("api_token").check_mode(check_mode).build();
        let read = read_settings(&options(json!({"api_token": "t"})), &task, String::new(), &|_| None).unwrap();
        assert_eq!(read.check_mode, check_mode);
    }
}

#[test]
fn an_option_beats_the_environment() {
    let environment = [("MIST_API_TOKEN", "t"), ("MIST_USERNAME", "a@b.c"), ("MIST_PASSWORD", "p")];
    for (given, expected) in [
        (json!({}), vec!["t"]),
        (json!({"api_token": "own,other"}), vec!["own", "other"]),
        (json!({"username": "d@e.f", "password": "q"}), vec!["login", "q"]),
        (json!({"username": "d@e.f"}), vec!["login", "p"]),
        (json!({"api_token": "", "username": "d@e.f"}), vec!["login", "p"]),
    ] {
        assert_eq!(tokens(&settings(given.clone(), &environment).unwrap()), expected, "{given}");
    }
}

#[test]
fn the_proxy_is_the_tasks_otherwise_the_environments() {
    let everywhere = ("HTTPS_PROXY", "http://everywhere:1");
    let ours = ("MIST_PROXY", "http://ours:1");
    for (given, environment, expected) in [
        (json!({}), vec![], None),
        (json!({}), vec![everywhere], Some(("http://everywhere:1", "HTTPS_PROXY"))),
        (json!({}), vec![everywhere, ours], Some(("http://ours:1", "MIST_PROXY"))),
        (json!({}), vec![everywhere, ("MIST_PROXY", " ")], Some(("http://everywhere:1", "HTTPS_PROXY"))),
        (json!({}), vec![everywhere, ("no_proxy", ".mist.com")], None),
        (json!({}), vec![everywhere, ("no_proxy", ".mist.com"), ours], Some(("http://ours:1", "MIST_PROXY"))),
        (json!({}), vec![("https_proxy", "http://small:1")], Some(("http://small:1", "https_proxy"))),
        (
            json!({}),
            vec![("HTTPS_PROXY", ""), ("https_proxy", "http://small:1")],
            Some(("http://small:1", "https_proxy")),
        ),
        (json!({}), vec![("all_proxy", "socks5://all:1")], Some(("socks5://all:1", "all_proxy"))),
        (json!({}), vec![("ALL_PROXY", "socks5://all:1"), everywhere], Some(("http://everywhere:1", "HTTPS_PROXY"))),
        (json!({}), vec![("ALL_PROXY", "socks5://all:1"), ("NO_PROXY", "*")], None),
        (json!({"host": "http://127.0.0.1:8080"}), vec![everywhere], None),
        (json!({"proxy": "http://given:1"}), vec![everywhere, ours], Some(("http://given:1", ""))),
        (json!({"proxy": ""}), vec![everywhere, ours], None),
        (json!({"proxy": "http://given:1", "use_proxy": false}), vec![everywhere, ours], None),
        (json!({"use_proxy": false}), vec![everywhere, ours, ("ALL_PROXY", "socks5://all:1")], None),
    ] {
        let mut all = json!({"api_token": "t"});
        all.as_object_mut().unwrap().extend(given.as_object().unwrap().clone());
        let found = settings(all, &environment).unwrap().network.proxy;
        let found = found.as_ref().map(|proxy| {
            let source = match &proxy.source {
                Source::Given => "",
                Source::Variable(name) => name.as_str(),
            };
            (proxy.url.expose_secret(), source)
        });
        assert_eq!(found, expected, "{given} {environment:?}");
    }
}

#[test]
fn a_value_that_validation_read_from_a_variable_is_used() {
    let task = Task::builder().origin("api_token", Origin::Environment("MIST_API_TOKEN".into())).build();
    let found = read_settings(&options(json!({"api_token": "t"})), &task, String::new(), &|_| None).unwrap();
    assert_eq!(tokens(&found), ["t"]);
}
