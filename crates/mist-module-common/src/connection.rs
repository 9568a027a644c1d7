//! The options by which every Mist module reaches the cloud, and the client that they make.

use ansible_binary_module::{AnsiblePath, NoLog, Origin, Task};
use mist_client::transport::{self, Network};
use mist_client::{Client, Credentials, Host, Settings};
use schemars::JsonSchema;
use secrecy::SecretString;
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

fn default_host() -> String {
    "api.mist.com".to_owned()
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

impl ConnectionOptions {
    /// Prepares the client; nothing is sent yet. `module` is what it calls itself: `name/version`.
    ///
    /// # Errors
    /// A sentence that names the option that cannot be used.
    pub fn client(&self, task: &mut Task, module: &str) -> Result<Client, String> {
        let host = Host::parse(&self.host).map_err(|error| error.to_string())?;
        let seconds = |option: &str, value: i64, least: i64| {
            u64::try_from(value)
                .ok()
                .filter(|_| (least..=LONGEST).contains(&value))
                .map(Duration::from_secs)
                .ok_or_else(|| {
                    format!("{option}: {value} is out of range; give {least} to {LONGEST} seconds")
                })
        };
        let timeout = seconds("timeout", self.timeout, 1)?;
        let max_wait = seconds("max_wait", self.max_wait, 0)?;
        let credentials = self.credentials()?;
        if !self.validate_certs {
            task.warn(
                "validate_certs is false: whoever is between this host and the cloud can read the token and every answer.",
            );
        }
        let network = Network {
            validate_certs: self.validate_certs,
            ca_path: self.ca_path(task),
            proxy: self.proxy(&host, &|name| std::env::var(name).ok()),
            timeout,
            user_agent: module.to_owned(),
        };
        Client::new(&Settings {
            host,
            credentials,
            network,
            max_wait,
        })
        .map_err(|error| error.to_string())
    }

    fn credentials(&self) -> Result<Credentials, String> {
        self.api_token.as_ref().and_then(|token| Credentials::from_tokens(&token.0)).ok_or_else(|| {
            "api_token: there is none; set it, or the environment variable MIST_API_TOKEN. \
             The first token comes from the dashboard: Organization > Settings > API Token, or My Account > API Token."
                .to_owned()
        })
    }

    /// An empty environment variable says nothing, as with other programs that read it.
    fn ca_path(&self, task: &Task) -> Option<PathBuf> {
        let path = PathBuf::from(self.ca_path.clone()?);
        let from_environment = matches!(task.origin("ca_path"), Some(Origin::Environment(_)));
        (!from_environment || !path.as_os_str().is_empty()).then_some(path)
    }

    fn proxy(
        &self,
        host: &Host,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Option<SecretString> {
        let set = |name: &str| environment(name).filter(|value| !value.is_empty());
        if let Some(proxy) = self
            .proxy
            .as_ref()
            .filter(|proxy| !proxy.expose().is_empty())
        {
            return Some(proxy.0.clone());
        }
        let no_proxy = set("NO_PROXY")
            .or_else(|| set("no_proxy"))
            .unwrap_or_default();
        if transport::bypasses_proxy(host, &no_proxy) {
            return None;
        }
        set("HTTPS_PROXY")
            .or_else(|| set("https_proxy"))
            .map(SecretString::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    fn options(value: serde_json::Value) -> ConnectionOptions {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn the_option_comes_before_the_environment_and_no_proxy_exempts_only_the_environment() {
        let host = Host::parse("api.mist.com").unwrap();
        let none: &[(&str, &str)] = &[];
        let everywhere: &[(&str, &str)] = &[("HTTPS_PROXY", "http://everywhere:1")];
        let exempt: &[(&str, &str)] = &[
            ("HTTPS_PROXY", "http://everywhere:1"),
            ("no_proxy", ".mist.com"),
        ];
        for (option, environment, expected) in [
            (None, none, None),
            (None, everywhere, Some("http://everywhere:1")),
            (None, exempt, None),
            (
                None,
                &[("https_proxy", "http://small:1")],
                Some("http://small:1"),
            ),
            (
                None,
                &[("HTTPS_PROXY", ""), ("https_proxy", "http://small:1")],
                Some("http://small:1"),
            ),
            (Some("http://given:1"), exempt, Some("http://given:1")),
            (Some(""), everywhere, Some("http://everywhere:1")),
        ] {
            let options = options(serde_json::json!({ "proxy": option }));
            let read = |name: &str| {
                environment
                    .iter()
                    .find(|(known, _)| *known == name)
                    .map(|(_, value)| (*value).to_owned())
            };
            let proxy = options.proxy(&host, &read);
            assert_eq!(
                proxy.as_ref().map(ExposeSecret::expose_secret),
                expected,
                "{option:?} {environment:?}"
            );
        }
    }

    #[test]
    fn settings_that_cannot_be_used_are_refused_by_name() {
        for (given, words) in [
            (serde_json::json!({}), "api_token: there is none"),
            (
                serde_json::json!({"api_token": " , "}),
                "api_token: there is none",
            ),
            (
                serde_json::json!({"api_token": "x", "timeout": 0}),
                "timeout: 0 is out of range",
            ),
            (
                serde_json::json!({"api_token": "x", "timeout": 100_000}),
                "timeout: 100000 is out of range",
            ),
            (
                serde_json::json!({"api_token": "x", "max_wait": -1}),
                "max_wait: -1 is out of range",
            ),
            (
                serde_json::json!({"api_token": "x", "host": "http://example.com"}),
                "host: plain http",
            ),
            (
                serde_json::json!({"api_token": "x", "proxy": "nonsense://x"}),
                "proxy: not a proxy's URL",
            ),
            (
                serde_json::json!({"api_token": "x", "ca_path": "/nonexistent"}),
                "ca_path: '/nonexistent' cannot be read",
            ),
        ] {
            let error = options(given.clone())
                .client(&mut Task::builder().build(), "test/0")
                .unwrap_err();
            assert!(error.starts_with(words), "{given}: {error}");
        }
    }

    #[test]
    fn unchecked_certificates_are_told() {
        let mut task = Task::builder().build();
        options(serde_json::json!({"api_token": "x", "validate_certs": false}))
            .client(&mut task, "test/0")
            .unwrap();
        assert!(task.warnings()[0].contains("validate_certs is false"));
    }
}
