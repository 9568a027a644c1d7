//! All ways in which a run gets a secret: options, environment variables, and responses of the cloud.

use crate::proxy::Proxy;
use acceptance::campaign::{Task, World};
use anyhow::Context as _;
use mist_simulator::{Config, Fault, FaultKind, NewToken, Owner, RetryAfter};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;

/// A key of no token.
pub const WRONG_KEY: &str =
    "WrongKeyCanary0123456789WrongKeyCanary0123456789WrongKeyCanary0123456789WrongKeyCanary012345";

const PASSWORD: &str = "canary-password-of-the-account";
const TWO_FACTOR: &str = "914273";
const WRONG: &str = "canary-that-is-wrong";
const PROXY_USER: &str = "canary-user";
const PROXY_PASSWORD: &str = "canary-proxy-password";
/// User and password in the form of an HTTP header.
const PROXY_BASIC: &str = "Y2FuYXJ5LXVzZXI6Y2FuYXJ5LXByb3h5LXBhc3N3b3Jk";
const COOKIE: &str = "canary-cookie-of-an-answer";
const FOREIGN: &str = "canary of a file that holds no key";
const FIELD: &str = "canary-in-a-field-that-is-a-secret";

/// The secrets above. Each of them is a leak in the output of any run.
pub const CANARIES: [&str; 9] =
    [WRONG_KEY, PASSWORD, TWO_FACTOR, WRONG, PROXY_PASSWORD, PROXY_BASIC, COOKIE, FOREIGN, FIELD];

#[derive(Debug)]
pub struct Proxies {
    leads_on: Proxy,
    refuses: Proxy,
}

impl Proxies {
    pub fn start() -> anyhow::Result<Self> {
        Ok(Self { leads_on: Proxy::start(true)?, refuses: Proxy::start(false)? })
    }
}

/// The options and environment of a task, to which a secret is added.
pub struct Given<'a> {
    pub world: &'a World,
    pub proxies: &'a Proxies,
    /// The options without the secret.
    pub options: Value,
    pub environment: Vec<(String, String)>,
}

/// A way in which a run gets a secret.
pub struct Exposure {
    pub name: &'static str,
    pub of: Of,
    /// True if the task succeeds. `None`: it depends on the task.
    pub succeeds: Option<bool>,
    pub give: fn(&mut Given<'_>) -> anyhow::Result<()>,
}

impl Exposure {
    pub fn is_for(&self, module: &'static str) -> bool {
        self.of == Of::All || self.of == Of::One(module)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    All,
    One(&'static str),
}

/// The tasks of each executable.
pub fn tasks(world: &World) -> Vec<(&'static str, Value)> {
    let key_file = world.keys().join("key");
    vec![
        ("mist_api_token", json!({"name": "made"})),
        ("mist_api_token", json!({"state": "info"})),
        ("mist_api_token", json!({"state": "absent", "name": "there"})),
        ("mist_api_token", json!({"name": "there", "key_file": key_file, "recreate": "always"})),
        (
            "mist_api_tokens",
            json!({"tokens": [{"name": "one"}, {"name": "two", "key_file": key_file}], "return_keys": true}),
        ),
        ("mist_api_request", json!({"path": "self"})),
        ("mist_api_request", json!({"path": "self/apitokens"})),
        ("mist_api_token_info", json!({})),
        ("mist_self_info", json!({})),
    ]
}

pub fn config() -> Config {
    Config { password: PASSWORD.to_owned(), two_factor: Some(TWO_FACTOR.to_owned()), ..Config::default() }
}

impl Given<'_> {
    fn option(&mut self, name: &str, value: impl Into<Value>) {
        self.options[name] = value.into();
    }

    fn variable(&mut self, name: &str, value: impl Into<String>) {
        self.environment.push((name.to_owned(), value.into()));
    }

    fn key(&self) -> String {
        self.world.cloud.api_token().to_owned()
    }

    fn email() -> String {
        config().email
    }

    fn authenticated(&mut self) {
        self.option("api_token", self.key());
    }

    pub fn into_task(self, module: &'static str) -> Task {
        let returns_key = self.options.get("name").is_some() || self.options.get("tokens").is_some();
        Task {
            environment: self.environment,
            returns_key,
            canaries: CANARIES.map(str::to_owned).to_vec(),
            ..Task::new(module, self.options)
        }
    }
}

const fn exposure(
    name: &'static str,
    succeeds: Option<bool>,
    give: fn(&mut Given<'_>) -> anyhow::Result<()>,
) -> Exposure {
    Exposure { name, of: Of::All, succeeds, give }
}

fn refusing(status: u16, body: &Value, header: Option<(&str, &str)>) -> FaultKind {
    let headers: BTreeMap<String, String> =
        header.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect();
    FaultKind::Status { status, body: body.to_string(), headers }
}

pub const EXPOSURES: [Exposure; 33] = [
    exposure("api_token", Some(true), |given| {
        given.authenticated();
        Ok(())
    }),
    // The tokens of an account are never read with another token, which can belong to another account.
    exposure("api_token, two, the first one over its quota", Some(false), |given| {
        let (_, second) = given.world.cloud.add_user_token(NewToken::named("second"));
        given.option("api_token", format!("{}, {second}", given.key()));
        given.world.cloud.fault(Fault::new(FaultKind::RateLimit { retry_after: RetryAfter::Absent }).times(1));
        Ok(())
    }),
    exposure("api_token, of no token", Some(false), |given| {
        given.option("api_token", WRONG_KEY);
        given.world.cloud.fault(Fault::new(FaultKind::LeakyError { text: WRONG_KEY.to_owned() }));
        Ok(())
    }),
    exposure("api_token, not a text", Some(false), |given| {
        given.option("api_token", json!({"key": [WRONG_KEY, WRONG]}));
        Ok(())
    }),
    exposure("MIST_API_TOKEN", Some(true), |given| {
        given.variable("MIST_API_TOKEN", given.key());
        Ok(())
    }),
    exposure("MIST_APITOKEN", Some(true), |given| {
        given.variable("MIST_APITOKEN", given.key());
        Ok(())
    }),
    exposure("MIST_API_KEY", Some(true), |given| {
        given.variable("MIST_API_KEY", given.key());
        Ok(())
    }),
    exposure("MIST_API_TOKEN, of no token", Some(false), |given| {
        given.variable("MIST_API_TOKEN", WRONG_KEY);
        Ok(())
    }),
    exposure("password and two_factor", Some(true), |given| {
        given.option("username", Given::email());
        given.option("password", PASSWORD);
        given.option("two_factor", TWO_FACTOR);
        Ok(())
    }),
    exposure("MIST_PASSWORD and MIST_TWO_FACTOR", Some(true), |given| {
        given.variable("MIST_USERNAME", Given::email());
        given.variable("MIST_PASSWORD", PASSWORD);
        given.variable("MIST_TWO_FACTOR", TWO_FACTOR);
        Ok(())
    }),
    exposure("password, wrong", Some(false), |given| {
        given.option("username", Given::email());
        given.option("password", WRONG);
        given.option("two_factor", TWO_FACTOR);
        Ok(())
    }),
    exposure("password and two_factor, quoted by the refusal", Some(false), |given| {
        given.variable("MIST_USER", Given::email());
        given.option("password", PASSWORD);
        given.option("two_factor", TWO_FACTOR);
        let text = format!("{PASSWORD} with {TWO_FACTOR}");
        given.world.cloud.fault(Fault::new(FaultKind::LeakyError { text }).path("/api/v1/login"));
        Ok(())
    }),
    exposure("two_factor, wrong", Some(false), |given| {
        given.option("username", Given::email());
        given.option("password", PASSWORD);
        given.option("two_factor", WRONG);
        Ok(())
    }),
    exposure("password, without the second factor", Some(false), |given| {
        given.option("username", Given::email());
        given.option("password", PASSWORD);
        Ok(())
    }),
    exposure("a cookie, set by a refusal that quotes it", Some(false), |given| {
        given.option("username", Given::email());
        given.option("password", PASSWORD);
        given.option("two_factor", TWO_FACTOR);
        let cookies = format!("sessionid={COOKIE}; Path=/");
        let refusal = refusing(403, &json!({"detail": "no"}), Some(("set-cookie", &cookies)));
        given.world.cloud.fault(Fault::new(refusal).path("/api/v1/self"));
        Ok(())
    }),
    exposure("a cookie, quoted by a later refusal", Some(false), |given| {
        given.option("username", Given::email());
        given.option("password", PASSWORD);
        given.option("two_factor", TWO_FACTOR);
        let answer = json!({"two_factor_required": true, "two_factor_passed": true});
        let cookies = format!("sessionid={COOKIE}; Path=/");
        let login = refusing(200, &answer, Some(("set-cookie", &cookies)));
        given.world.cloud.fault(Fault::new(login).path("/api/v1/login$"));
        given.world.cloud.fault(Fault::new(FaultKind::LeakyError { text: COOKIE.to_owned() }).path("/api/v1/self"));
        Ok(())
    }),
    exposure("a response that quotes the key of the task and another one", Some(false), |given| {
        given.authenticated();
        let text = format!("{} or {WRONG_KEY}", given.key());
        given.world.cloud.fault(Fault::new(FaultKind::LeakyError { text }));
        Ok(())
    }),
    exposure("a response with fields that quotes keys", Some(false), |given| {
        given.authenticated();
        let body = json!({"api_token": [given.key()], "detail": {WRONG_KEY: [WRONG_KEY, {"key": given.key()}]}});
        given.world.cloud.fault(Fault::new(refusing(422, &body, None)));
        Ok(())
    }),
    exposure("a response that is a key and not JSON", Some(false), |given| {
        given.authenticated();
        let headers = [("content-type".to_owned(), "text/plain".to_owned())].into();
        let body = format!("{} {WRONG_KEY}", given.key());
        given.world.cloud.fault(Fault::new(FaultKind::Status { status: 200, body, headers }));
        Ok(())
    }),
    exposure("a redirect to a URL with keys", Some(false), |given| {
        given.authenticated();
        let to = format!("https://{WRONG_KEY}@127.0.0.1:1/{}?token={WRONG_KEY}", given.key());
        given.world.cloud.fault(Fault::new(FaultKind::Redirect { to, status: 302 }));
        Ok(())
    }),
    exposure("a page with a key as its title", Some(false), |given| {
        given.authenticated();
        let headers = [("content-type".to_owned(), "text/html".to_owned())].into();
        let body = format!("<!doctype html><html><head><title>{WRONG_KEY}</title></head></html>");
        given.world.cloud.fault(Fault::new(FaultKind::Status { status: 500, body, headers }));
        Ok(())
    }),
    Exposure {
        of: Of::One("mist_api_token"),
        ..exposure("a listing with whole keys", None, |given| {
            given.authenticated();
            for name in ["there", "second"] {
                let extra = [("key".to_owned(), WRONG_KEY.into())].into_iter().collect();
                given.world.cloud.add_user_token(NewToken { extra, ..NewToken::named(name) });
            }
            Ok(())
        })
    },
    Exposure {
        of: Of::One("mist_api_token_info"),
        ..exposure("a listing with whole keys, for information", Some(true), |given| {
            given.authenticated();
            let extra = [("key".to_owned(), WRONG_KEY.into())].into_iter().collect();
            given.world.cloud.add_user_token(NewToken { extra, ..NewToken::named("second") });
            Ok(())
        })
    },
    exposure("proxy", Some(true), |given| {
        given.authenticated();
        given.option("proxy", given.proxies.leads_on.url(PROXY_USER, PROXY_PASSWORD));
        Ok(())
    }),
    exposure("MIST_PROXY", Some(true), |given| {
        given.authenticated();
        given.variable("MIST_PROXY", given.proxies.leads_on.url(PROXY_USER, PROXY_PASSWORD));
        Ok(())
    }),
    exposure("HTTPS_PROXY", Some(true), |given| {
        given.authenticated();
        given.variable("HTTPS_PROXY", given.proxies.leads_on.url(PROXY_USER, PROXY_PASSWORD));
        Ok(())
    }),
    exposure("proxy, a refusal that quotes the credentials", Some(false), |given| {
        given.authenticated();
        given.option("proxy", given.proxies.refuses.url(PROXY_USER, PROXY_PASSWORD));
        Ok(())
    }),
    exposure("HTTPS_PROXY, not reachable", Some(false), |given| {
        given.authenticated();
        given.variable("HTTPS_PROXY", format!("http://{PROXY_USER}:{PROXY_PASSWORD}@127.0.0.1:1"));
        Ok(())
    }),
    exposure("proxy, not the URL of a proxy", Some(false), |given| {
        given.authenticated();
        given.option("proxy", format!("nonsense://{PROXY_USER}:{PROXY_PASSWORD}@[nowhere"));
        Ok(())
    }),
    exposure("host, with credentials", Some(false), |given| {
        given.authenticated();
        given.option("host", format!("https://{PROXY_USER}:{PROXY_PASSWORD}@127.0.0.1:1"));
        Ok(())
    }),
    Exposure {
        of: Of::One("mist_api_token"),
        ..exposure("key, of a token and of none, with invalid options", None, |given| {
            given.authenticated();
            let id = given.world.snapshot()?.named(&Owner::User, "there")[0].id.clone();
            let stored = given.world.cloud.user_tokens().into_iter().find(|token| token.id == id);
            let state = given.options["state"].as_str().unwrap_or("present").to_owned();
            match state.as_str() {
                "info" => given.option("key", stored.context("the token")?.key),
                "absent" => given.option("key", WRONG_KEY),
                _ => {
                    given.option("key", WRONG_KEY);
                    given.option("timeout", format!("not-a-number-{}", given.key()));
                }
            }
            Ok(())
        })
    },
    Exposure {
        of: Of::One("mist_api_token"),
        ..exposure("key_file, with another key or without a key", None, |given| {
            given.authenticated();
            let content = if given.options["recreate"] == "always" { FOREIGN } else { WRONG_KEY };
            fs::write(given.world.keys().join("key"), content)?;
            given.option("key_file", given.world.keys().join("key").display().to_string());
            Ok(())
        })
    },
    Exposure {
        of: Of::One("mist_api_request"),
        ..exposure("body and query, with secrets in fields", None, |given| {
            given.authenticated();
            given.option("query", json!({"api_token": FIELD, "limit": 3}));
            if given.options["path"] == "self/apitokens" {
                given.option("method", "POST");
                given.option("body", json!({"name": "x", "psk": FIELD, "auth": {"password": [FIELD, WRONG_KEY]}}));
                given.world.cloud.fault(Fault::new(FaultKind::LeakyError { text: format!("{FIELD} {WRONG_KEY}") }));
            }
            Ok(())
        })
    },
];
