//! The connection to the cloud: its options, which are the source of their documentation, help, validation and schema, and the
//! conversation from the login to the logout.

use super::{messages, settings, signals};
use ansible_binary_module::{AnsiblePath, NoLog, Task};
use mist_client::client::Waited;
use mist_client::error::in_words;
use mist_client::{Client, Credentials};
use schemars::JsonSchema;
use secrecy::ExposeSecret;
use serde::Deserialize;

pub(super) const DEFAULT_HOST: &str = "api.mist.com";

/// The environment variables of each option. The first one that is not blank is used.
pub(super) mod variables {
    pub const HOST: [&str; 1] = ["MIST_HOST"];
    pub const API_TOKEN: [&str; 3] = ["MIST_API_TOKEN", "MIST_APITOKEN", "MIST_API_KEY"];
    pub const USERNAME: [&str; 2] = ["MIST_USERNAME", "MIST_USER"];
    pub const PASSWORD: [&str; 1] = ["MIST_PASSWORD"];
    pub const TWO_FACTOR: [&str; 1] = ["MIST_TWO_FACTOR"];
    pub const PROXY: [&str; 1] = ["MIST_PROXY"];
}

/// The connection options. Each module flattens them into its own.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(transform = ansible_binary_module::rules::group("connection"))]
pub struct ConnectionOptions {
    /// Host of the Mist cloud that the account is on, such as V(api.mist.com), V(api.eu.mist.com) or V(api.gc1.mist.com), or its URL.
    ///
    /// Plain http is allowed for loopback addresses only.
    #[serde(default = "default_host")]
    #[schemars(extend("x-ansible-env" = variables::HOST))]
    pub host: String,
    /// API token: the whole key, as the cloud showed it when it created the token.
    ///
    /// Several tokens are separated by commas. The next one is used when the quota of one is spent.
    ///
    /// The first environment variable that is not empty is used. Variables are read on the host and as the user that the task runs as.
    #[schemars(extend("x-ansible-env" = variables::API_TOKEN))]
    pub api_token: Option<NoLog>,
    /// E-mail address of an account to log in with, instead of O(api_token). Requires O(password).
    ///
    /// The login is sent once, because the cloud locks an account after three failures. The session ends with the task.
    #[schemars(extend("x-ansible-env" = variables::USERNAME))]
    pub username: Option<String>,
    /// Password of O(username).
    #[schemars(extend("x-ansible-env" = variables::PASSWORD))]
    pub password: Option<NoLog>,
    /// Code of the second factor of O(username), if the account has one. Write it in quotes to keep a leading 0.
    #[schemars(extend("x-ansible-env" = variables::TWO_FACTOR))]
    pub two_factor: Option<NoLog>,
    /// Verify the certificate of the cloud. With V(false), anyone between this host and the cloud can read the token.
    #[serde(default = "yes")]
    pub validate_certs: bool,
    /// PEM file with the root certificates to trust instead of all others.
    ///
    /// Default: Mozilla's root certificates (built in), then the host's own store: E(SSL_CERT_FILE) and E(SSL_CERT_DIR), otherwise the usual locations of its system. The host's store is read only if the built-in certificates do not suffice.
    pub ca_path: Option<AnsiblePath>,
    /// URL of a proxy: V(http://), V(https://) or V(socks5://), with credentials if the proxy requires them. An empty value means no proxy.
    ///
    /// Default: the environment variables E(HTTPS_PROXY), E(ALL_PROXY) and E(NO_PROXY), in upper or lower case.
    #[schemars(extend("x-ansible-env" = variables::PROXY))]
    pub proxy: Option<NoLog>,
    /// Use a proxy. With V(false), O(proxy) and the environment are ignored.
    #[serde(default = "yes")]
    #[schemars(extend("x-ansible-version-added" = "0.2.0"))]
    pub use_proxy: bool,
    /// Time limit for one request in seconds, from connecting to the end of the response.
    #[serde(default = "default_timeout")]
    pub timeout: i64,
    /// Limit in seconds for all waiting together: rate limits, 5xx responses, refused or lost connections, and other runs on this machine.
    #[serde(default = "default_max_wait")]
    pub max_wait: i64,
}

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

/// A conversation that could not begin.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) msg: String,
    /// The number of requests sent: those of a login.
    pub(crate) api_calls: u32,
}

/// Makes the client, in check mode one that refuses writes, and logs in if a login is set. The session ends after the result was
/// written, so that the module can still undo its work if that fails.
pub(crate) fn open(options: &ConnectionOptions, task: &mut Task, user_agent: String) -> Result<Client, Refused> {
    signals::watch();
    connect(options, task, user_agent)
}

/// The same for a program whose output is not a module's: a signal ends it as any other.
pub(crate) fn connect(options: &ConnectionOptions, task: &mut Task, user_agent: String) -> Result<Client, Refused> {
    let unsent = |msg| Refused { msg, api_calls: 0 };
    if let Some((credentials, _)) = options.host.rsplit_once('@') {
        // Refused later, but the result shows the options.
        task.hide(credentials.split_once("://").map_or(credentials, |(_, rest)| rest));
    }
    let settings = settings::read(options, task, user_agent, &|name| task.environment(name))
        .map_err(|error| unsent(error.to_string()))?;
    // Hides each token of a list, and values of environment variables that validation did not read.
    match &settings.credentials {
        Credentials::Tokens(tokens) => tokens.iter().for_each(|token| task.hide(token.expose_secret())),
        Credentials::Login(login) => task.hide(login.password.expose_secret()),
    }
    if !options.validate_certs {
        task.warn(
            "validate_certs: false exposes the token and every response to anyone between this host and the cloud.",
        );
    }
    let mut client = Client::logged_out(&settings).map_err(|error| unsent(messages::message(&error)))?;
    if let Credentials::Login(login) = &settings.credentials {
        client
            .log_in(login)
            .map_err(|error| Refused { msg: messages::message(&error), api_calls: client.api_calls() })?;
        let session = client.worker();
        task.after_result(move |_| session.log_out());
    }
    Ok(client)
}

/// Reports the waiting time, in the message of a failure or as a warning. Returns the number of requests, with the logout.
pub(crate) fn close(client: &Client, task: &mut Task, failure: Option<&mut String>) -> u32 {
    if let Some(waited) = client.waited() {
        match failure.and_then(|msg| Some((with_duration(msg, &waited)?, msg))) {
            Some((with_duration, msg)) => *msg = with_duration,
            None => task.warn(waited.to_string()),
        }
    }
    client.api_calls() + u32::from(!client.authentication().is_by_token())
}

/// The message with the time of all attempts, if the task failed with the failure that was waited for.
fn with_duration(msg: &str, waited: &Waited) -> Option<String> {
    let rest = msg.strip_prefix(&waited.reason).filter(|_| !waited.reason.is_empty())?;
    Some(format!("{} Repeated for {} (limit: max_wait).{rest}", waited.reason, in_words(waited.total)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_repeated_failure_has_the_time_of_all_attempts() {
        let reason = "cannot connect (connection refused).".to_owned();
        let waited = Waited { total: Duration::from_secs(57), reason: reason.clone() };
        assert_eq!(
            with_duration(&format!("{reason} Check host. Request: GET https://x/y"), &waited).as_deref(),
            Some(
                "cannot connect (connection refused). Repeated for 57 seconds (limit: max_wait). Check host. Request: GET https://x/y"
            )
        );
        assert_eq!(with_duration("object: something else", &waited), None);
        assert_eq!(with_duration("x", &Waited::default()), None);
    }
}
