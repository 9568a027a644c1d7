//! The options by which every module reaches the cloud. Documentation, help, validation and schema all come from here.

use ansible_binary_module::{AnsiblePath, NoLog};
use schemars::JsonSchema;
use serde::Deserialize;

/// The first of Mist's clouds.
pub(super) const DEFAULT_HOST: &str = "api.mist.com";

/// Where each option is taken from when the task does not give it: the first variable that is not empty.
pub(super) mod variables {
    pub const HOST: [&str; 1] = ["MIST_HOST"];
    pub const API_TOKEN: [&str; 3] = ["MIST_API_TOKEN", "MIST_APITOKEN", "MIST_API_KEY"];
    pub const USERNAME: [&str; 2] = ["MIST_USERNAME", "MIST_USER"];
    pub const PASSWORD: [&str; 1] = ["MIST_PASSWORD"];
    pub const TWO_FACTOR: [&str; 1] = ["MIST_TWO_FACTOR"];
    pub const PROXY: [&str; 1] = ["MIST_PROXY"];
}

/// The connection options; a module's own options flatten these in.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(transform = ansible_binary_module::rules::group("connection"))]
pub struct ConnectionOptions {
    /// The Mist cloud that the account is on: a host such as V(api.mist.com), V(api.eu.mist.com) or V(api.gc1.mist.com), or its URL.
    ///
    /// Plain http is refused unless the host is a loopback address.
    #[serde(default = "default_host")]
    #[schemars(extend("x-ansible-env" = variables::HOST))]
    pub host: String,
    /// The API token to authenticate with: the whole key, as the cloud showed it when the token was made.
    ///
    /// Several tokens, separated by commas, are used in turn when one meets its quota.
    ///
    /// Of the environment variables, the first that is not empty counts. They are read where the task runs, as the user that it runs as.
    #[schemars(extend("x-ansible-env" = variables::API_TOKEN))]
    pub api_token: Option<NoLog>,
    /// The e-mail address of the account to log in as, where there is no token yet. Needs O(password), and excludes O(api_token).
    ///
    /// The login is tried once, because the cloud locks an account after three failures, and ended when the task is over.
    #[schemars(extend("x-ansible-env" = variables::USERNAME))]
    pub username: Option<String>,
    /// The password of O(username).
    #[schemars(extend("x-ansible-env" = variables::PASSWORD))]
    pub password: Option<NoLog>,
    /// The code of the second factor of O(username), where the account has one. Write it in quotes, so that a leading 0 stays.
    #[schemars(extend("x-ansible-env" = variables::TWO_FACTOR))]
    pub two_factor: Option<NoLog>,
    /// Whether the certificate of the cloud is checked. With V(false), anybody in between can read the token.
    #[serde(default = "yes")]
    pub validate_certs: bool,
    /// A PEM file of the roots to trust, in place of all others.
    ///
    /// Without it, trusted are Mozilla's roots, which are built in, and those of the host's own store, which is read only when the built-in ones
    /// do not suffice: what E(SSL_CERT_FILE) and E(SSL_CERT_DIR) name, or else the usual places of its system.
    pub ca_path: Option<AnsiblePath>,
    /// The proxy to go through: V(http://), V(https://) or V(socks5://), with credentials if it wants them. Empty, it is none.
    ///
    /// Without it, the environment variables E(HTTPS_PROXY), E(ALL_PROXY) and E(NO_PROXY) are honoured, in capital or small letters.
    #[schemars(extend("x-ansible-env" = variables::PROXY))]
    pub proxy: Option<NoLog>,
    /// Whether a proxy is gone through at all. With V(false), neither O(proxy) nor the environment is looked at.
    #[serde(default = "yes")]
    #[schemars(extend("x-ansible-version-added" = "0.2.0"))]
    pub use_proxy: bool,
    /// How many seconds one request may take, from connecting to the end of the answer.
    #[serde(default = "default_timeout")]
    pub timeout: i64,
    /// How many seconds may be spent, in all, on rate limits, trouble of the cloud, connections that are refused or lost, and waiting for another run on this machine.
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
