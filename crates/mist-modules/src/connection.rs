//! The options by which every Mist module reaches the cloud, and the client that they make.

use crate::errors;
use crate::signals;
use ansible_binary_module::{AnsiblePath, Failure, NoLog, Origin, Success, Task};
use mist_client::session::Login;
use mist_client::transport::{self, HostStore, Network, ProxySetting};
use mist_client::{Client, Credentials, Host, Settings};
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::path::PathBuf;
use std::time::Duration;

/// The connection options; a module's own options flatten these in.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ConnectionOptions {
    /// The Mist cloud that the account is on: a host such as V(api.mist.com), V(api.eu.mist.com) or V(api.gc1.mist.com), or its URL.
    ///
    /// Plain http is refused unless the host is a loopback address.
    #[serde(default = "default_host")]
    #[schemars(extend("x-ansible-env" = ["MIST_HOST"]))]
    pub host: String,
    /// The API token to authenticate with.
    ///
    /// Several tokens, separated by commas, are used in turn when one meets its quota.
    #[schemars(extend("x-ansible-env" = ["MIST_API_TOKEN", "MIST_APITOKEN", "MIST_API_KEY"]))]
    pub api_token: Option<NoLog>,
    /// The e-mail address of the account to log in as, where there is no token yet. Needs O(password), and excludes O(api_token).
    ///
    /// The login is tried once, because the cloud locks an account after three failures, and ended when the task is over.
    #[schemars(extend("x-ansible-env" = ["MIST_USERNAME", "MIST_USER"]))]
    pub username: Option<String>,
    /// The password of O(username).
    #[schemars(extend("x-ansible-env" = ["MIST_PASSWORD"]))]
    pub password: Option<NoLog>,
    /// The code of the second factor of O(username), where the account has one.
    #[schemars(extend("x-ansible-env" = ["MIST_TWO_FACTOR"]))]
    pub two_factor: Option<NoLog>,
    /// Whether the certificate of the cloud is checked. With V(false), anybody in between can read the token.
    #[serde(default = "yes")]
    pub validate_certs: bool,
    /// A PEM file of the roots to trust, in place of the built-in ones.
    #[schemars(extend("x-ansible-env" = ["SSL_CERT_FILE"]))]
    pub ca_path: Option<AnsiblePath>,
    /// The proxy to go through: V(http://), V(https://) or V(socks5://), with credentials if it wants them.
    ///
    /// Without it, the environment variables E(HTTPS_PROXY) and E(NO_PROXY) are honoured.
    #[schemars(extend("x-ansible-env" = ["MIST_PROXY"]))]
    pub proxy: Option<NoLog>,
    /// How many seconds one request may take, from connecting to the end of the answer.
    #[serde(default = "default_timeout")]
    pub timeout: i64,
    /// How many seconds may be spent, in all, on rate limits, trouble of the cloud, lost connections, and waiting for another run on this machine.
    #[serde(default = "default_max_wait")]
    pub max_wait: i64,
}

/// The first of Mist's clouds.
const DEFAULT_HOST: &str = "api.mist.com";

fn default_host() -> String {
    DEFAULT_HOST.to_owned()
}

fn yes() -> bool {
    true
}

fn default_timeout() -> i64 {
    30
}

fn default_max_wait() -> i64 {
    60
}

/// No bound of time is longer than a day.
const LONGEST: i64 = 86_400;

/// Results that say how many requests were sent.
pub trait CountsCalls: Default {
    /// How many requests were sent, repetitions included.
    fn set_api_calls(&mut self, api_calls: u32);
}

impl ConnectionOptions {
    /// Talks to the cloud: logs in where that is asked for, does the work, and logs out, whatever came of it.
    /// What the client has to tell (waits, how many calls) goes into the task's warnings and results.
    /// `module` is what it calls itself: `name/version`.
    ///
    /// # Errors
    /// What the work failed with, or a sentence that names the option that cannot be used.
    pub fn converse<R: CountsCalls>(
        &self,
        task: &mut Task,
        module: &str,
        work: impl FnOnce(&Client, &mut Task) -> Result<Success<R>, Failure<R>>,
    ) -> Result<Success<R>, Failure<R>> {
        signals::watch();
        // The option's whole text is hidden already; of several tokens, each is a secret of its own.
        for token in self.api_token.iter().flat_map(|tokens| tokens.expose().split(',')) {
            task.hide(token.trim());
        }
        let client = self.client(task, module)?;
        let mut outcome = work(&client, task);
        client.log_out();
        if let Some(told) = client.told_wait() {
            task.warn(told);
        }
        match &mut outcome {
            Ok(success) => success.results.set_api_calls(client.api_calls()),
            Err(failure) => failure.results.get_or_insert_default().set_api_calls(client.api_calls()),
        }
        outcome
    }

    fn client(&self, task: &mut Task, module: &str) -> Result<Client, String> {
        if let Some((credentials, _)) = self.host.rsplit_once('@') {
            // They do not belong there; a task that gives them is refused, and shows its options all the same.
            task.hide(credentials.split_once("://").map_or(credentials, |(_, rest)| rest));
        }
        let host = Host::parse(self.host(task)).map_err(|error| errors::message(&error))?;
        let seconds = |option: &str, value: i64, least: i64| {
            u64::try_from(value)
                .ok()
                .filter(|_| (least..=LONGEST).contains(&value))
                .map(Duration::from_secs)
                .ok_or_else(|| format!("{option}: {value} is out of range; give {least} to {LONGEST} seconds"))
        };
        let timeout = seconds("timeout", self.timeout, 1)?;
        let max_wait = seconds("max_wait", self.max_wait, 0)?;
        let credentials = self.credentials(task)?;
        if !self.validate_certs {
            task.warn(
                "validate_certs is false: whoever is between this host and the cloud can read the token and every answer.",
            );
        }
        let network = Network {
            validate_certs: self.validate_certs,
            ca_path: self.ca_path(task),
            host_store: HostStore::default(),
            proxy: self.proxy(&host, &|name| std::env::var(name).ok()).map(ProxySetting::given),
            timeout,
            user_agent: module.to_owned(),
        };
        Client::new(&Settings { host, credentials, network, max_wait }).map_err(|error| errors::message(&error))
    }

    /// An empty environment variable says nothing, as with other programs that read it.
    fn host(&self, task: &Task) -> &str {
        let from_environment = matches!(task.origin("host"), Some(Origin::Environment(_)));
        if from_environment && self.host.is_empty() { DEFAULT_HOST } else { &self.host }
    }

    /// An option comes before an environment variable; of two options, neither.
    fn credentials(&self, task: &Task) -> Result<Credentials, String> {
        let token = self.api_token.as_ref().and_then(|token| Credentials::from_tokens(&token.0));
        let login = self.username.as_deref().filter(|username| !username.is_empty());
        if let Some(Credentials::Tokens(tokens)) = &token
            && tokens.iter().any(|token| !token.expose_secret().chars().all(|character| character.is_ascii_graphic()))
        {
            return Err("api_token: it has a space, a line end or another character that no token has; give it whole, as the cloud showed it".to_owned());
        }
        let (token_given, login_given) = (task.given("api_token"), task.given("username"));
        match (token, login) {
            (Some(_), Some(_)) if token_given && login_given => {
                Err("api_token: it excludes username; give one or the other".to_owned())
            }
            (Some(token), login) if token_given || !login_given || login.is_none() => Ok(token),
            (_, Some(username)) => self.login(username),
            _ => Err("api_token: there is none; set it, or the environment variable MIST_API_TOKEN, or username and password. \
                 The first token comes from the dashboard (Organization > Settings > API Token, or My Account > API Token), \
                 or from this module with username and password."
                .to_owned()),
        }
    }

    fn login(&self, username: &str) -> Result<Credentials, String> {
        let secret = |option: &Option<NoLog>| {
            option.as_ref().filter(|secret| !secret.expose().is_empty()).map(|secret| secret.0.clone())
        };
        let password = secret(&self.password).ok_or("password: it is needed with username")?;
        Ok(Credentials::Login(Login { username: username.to_owned(), password, two_factor: secret(&self.two_factor) }))
    }

    /// An empty environment variable says nothing, as with other programs that read it.
    fn ca_path(&self, task: &Task) -> Option<PathBuf> {
        let path = PathBuf::from(self.ca_path.clone()?);
        let from_environment = matches!(task.origin("ca_path"), Some(Origin::Environment(_)));
        (!from_environment || !path.as_os_str().is_empty()).then_some(path)
    }

    fn proxy(&self, host: &Host, environment: &dyn Fn(&str) -> Option<String>) -> Option<SecretString> {
        let set = |name: &str| environment(name).filter(|value| !value.is_empty());
        if let Some(proxy) = self.proxy.as_ref().filter(|proxy| !proxy.expose().is_empty()) {
            return Some(proxy.0.clone());
        }
        let no_proxy = set("NO_PROXY").or_else(|| set("no_proxy")).unwrap_or_default();
        if transport::bypasses_proxy(host, &no_proxy) {
            return None;
        }
        set("HTTPS_PROXY").or_else(|| set("https_proxy")).map(SecretString::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(value: serde_json::Value) -> ConnectionOptions {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn the_option_comes_before_the_environment_and_no_proxy_exempts_only_the_environment() {
        let host = Host::parse("api.mist.com").unwrap();
        let none: &[(&str, &str)] = &[];
        let everywhere: &[(&str, &str)] = &[("HTTPS_PROXY", "http://everywhere:1")];
        let exempt: &[(&str, &str)] = &[("HTTPS_PROXY", "http://everywhere:1"), ("no_proxy", ".mist.com")];
        for (option, environment, expected) in [
            (None, none, None),
            (None, everywhere, Some("http://everywhere:1")),
            (None, exempt, None),
            (None, &[("https_proxy", "http://small:1")], Some("http://small:1")),
            (None, &[("HTTPS_PROXY", ""), ("https_proxy", "http://small:1")], Some("http://small:1")),
            (Some("http://given:1"), exempt, Some("http://given:1")),
            (Some(""), everywhere, Some("http://everywhere:1")),
        ] {
            let options = options(serde_json::json!({ "proxy": option }));
            let read =
                |name: &str| environment.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
            let proxy = options.proxy(&host, &read);
            assert_eq!(proxy.as_ref().map(ExposeSecret::expose_secret), expected, "{option:?} {environment:?}");
        }
    }

    #[test]
    fn settings_that_cannot_be_used_are_refused_by_name() {
        for (given, words) in [
            (serde_json::json!({}), "api_token: there is none"),
            (serde_json::json!({"api_token": " , "}), "api_token: there is none"),
            (serde_json::json!({"api_token": "one\ntwo"}), "api_token: it has a space, a line end"),
            (serde_json::json!({"api_token": "first,schl\u{fc}ssel"}), "api_token: it has a space, a line end"),
            (serde_json::json!({"api_token": "x", "host": ""}), "host: '' is not a host"),
            (serde_json::json!({"api_token": "x", "timeout": 0}), "timeout: 0 is out of range"),
            (serde_json::json!({"api_token": "x", "timeout": 100_000}), "timeout: 100000 is out of range"),
            (serde_json::json!({"api_token": "x", "max_wait": -1}), "max_wait: -1 is out of range"),
            (serde_json::json!({"api_token": "x", "host": "http://example.com"}), "host: plain http"),
            (serde_json::json!({"api_token": "x", "proxy": "nonsense://x"}), "proxy: not a proxy's URL"),
            (
                serde_json::json!({"api_token": "x", "ca_path": "/nonexistent"}),
                "ca_path: '/nonexistent' cannot be read",
            ),
        ] {
            let error = options(given.clone()).client(&mut Task::builder().build(), "test/0").unwrap_err();
            assert!(error.starts_with(words), "{given}: {error}");
        }
    }

    #[test]
    fn an_option_comes_before_the_environment_and_two_options_exclude_each_other() {
        let all = options(serde_json::json!({"api_token": "t", "username": "a@b.c", "password": "p"}));
        for (given, expected) in [
            (vec![], Ok("tokens")),
            (vec!["api_token"], Ok("tokens")),
            (vec!["username", "password"], Ok("login")),
            (vec!["api_token", "username"], Err("api_token: it excludes username")),
        ] {
            let task = given.iter().fold(Task::builder(), |task, option| task.given(option)).build();
            let credentials = all.credentials(&task).map(|credentials| match credentials {
                Credentials::Tokens(_) => "tokens",
                Credentials::Login(_) => "login",
            });
            match (credentials, expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{given:?}"),
                (Err(found), Err(expected)) => assert!(found.starts_with(expected), "{found}"),
                other => panic!("{given:?}: {other:?}"),
            }
        }
        let task = Task::builder().build();
        let lone = options(serde_json::json!({"username": "a@b.c"}));
        assert!(lone.credentials(&task).unwrap_err().starts_with("password: it is needed"));
        let login = options(serde_json::json!({"api_token": "", "username": "a@b.c", "password": "p"}));
        assert!(matches!(login.credentials(&task), Ok(Credentials::Login(_))), "an empty variable is none");
    }

    #[test]
    fn an_empty_environment_variable_is_no_host_and_an_empty_option_is_a_mistake() {
        let options = options(serde_json::json!({"api_token": "x", "host": ""}));
        let environment = Origin::Environment("MIST_HOST".into());
        for (origin, host) in [(environment, "api.mist.com"), (Origin::Task, "")] {
            assert_eq!(options.host(&Task::builder().origin("host", origin).build()), host);
        }
    }

    #[test]
    fn unchecked_certificates_are_told() {
        let mut task = Task::builder().build();
        options(serde_json::json!({"api_token": "x", "validate_certs": false})).client(&mut task, "test/0").unwrap();
        assert!(task.warnings()[0].contains("validate_certs is false"));
    }
}
