use super::*;
use ansible_binary_module::Origin;
use secrecy::ExposeSecret;
use serde_json::json;

fn options(value: serde_json::Value) -> ConnectionOptions {
    serde_json::from_value(value).unwrap()
}

fn task(given: &[&str]) -> Task {
    given.iter().fold(Task::builder(), |task, option| task.given(option)).build()
}

/// The settings that the task's own options and an environment come to.
fn settings(given: serde_json::Value, environment: &[(&str, &str)]) -> Result<Settings, String> {
    let task = task(&given.as_object().unwrap().keys().map(String::as_str).collect::<Vec<_>>());
    let variable =
        |name: &str| environment.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    read(&options(given), &task, "test/0".to_owned(), &variable)
}

fn tokens(settings: &Settings) -> Vec<&str> {
    match &settings.credentials {
        Credentials::Tokens(tokens) => tokens.iter().map(ExposeSecret::expose_secret).collect(),
        Credentials::Login(login) => vec!["login", login.password.expose_secret()],
    }
}

#[test]
fn an_empty_variable_says_nothing_and_does_not_hide_the_next() {
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
        settings(given, environment).map(|settings| settings.host.origin().to_owned())
    };
    assert_eq!(host(json!({"api_token": "t"}), &[("MIST_HOST", "")]).as_deref(), Ok("https://api.mist.com"));
    assert_eq!(host(json!({"api_token": "t"}), &[("MIST_HOST", "x.mist.com")]).as_deref(), Ok("https://x.mist.com"));
    assert!(host(json!({"api_token": "t", "host": ""}), &[]).unwrap_err().starts_with("host: "), "a mistake");
}

#[test]
fn a_missing_token_says_whose_environment_was_looked_at_and_what_is_set_but_empty() {
    for (given, environment, words, others) in [
        (json!({}), vec![], "api_token: there is none; set it", vec!["set, but empty", "this module"]),
        (json!({}), vec![("MIST_API_TOKEN", "")], "MIST_API_TOKEN is set, but empty", vec!["MIST_APITOKEN"]),
        (
            json!({}),
            vec![("MIST_API_TOKEN", ""), ("MIST_API_KEY", " ")],
            "MIST_API_TOKEN and MIST_API_KEY are set, but empty",
            vec!["this module"],
        ),
        (
            json!({"api_token": ""}),
            vec![("MIST_API_TOKEN", "t")],
            "api_token: it is given, and empty",
            vec!["there is none"],
        ),
        (json!({"api_token": " , "}), vec![], "api_token: it is given, and empty", vec![]),
    ] {
        let error = settings(given.clone(), &environment).unwrap_err();
        assert!(error.contains(words), "{given}: {error}");
        assert!(
            error.contains("host and of the user that the task runs as")
                && error.contains("mist_api_token with username")
        );
        assert!(others.iter().all(|other| !error.contains(other)), "{given}: {error}");
    }
    let error = settings(json!({"username": "a@b.c"}), &[("MIST_PASSWORD", "")]).unwrap_err();
    assert_eq!(error, "password: it is needed with username (MIST_PASSWORD is set, but empty)");
}

#[test]
fn settings_that_cannot_be_used_are_refused_by_name() {
    for (given, words) in [
        (json!({"api_token": "x", "host": ""}), "host: '' is not a host"),
        (json!({"api_token": "x", "timeout": 0}), "timeout: 0 is out of range"),
        (json!({"api_token": "x", "timeout": 100_000}), "timeout: 100000 is out of range"),
        (json!({"api_token": "x", "max_wait": -1}), "max_wait: -1 is out of range"),
        (json!({"api_token": "x", "host": "http://example.com"}), "host: plain http"),
        (json!({"username": "a@b.c"}), "password: it is needed"),
        (json!({"api_token": "t", "username": "a@b.c", "password": "p"}), "api_token: it excludes username"),
    ] {
        let error = settings(given.clone(), &[]).unwrap_err();
        assert!(error.starts_with(words), "{given}: {error}");
    }
}

#[test]
fn an_option_comes_before_the_environment() {
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
fn the_proxy_is_the_tasks_else_the_environments_else_none() {
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
fn a_value_that_validation_took_from_a_variable_is_used_as_it_is() {
    let task = Task::builder().origin("api_token", Origin::Environment("MIST_API_TOKEN".into())).build();
    let found = read(&options(json!({"api_token": "t"})), &task, String::new(), &|_| None).unwrap();
    assert_eq!(tokens(&found), ["t"]);
}
