//! The connection options of every module: source of their documentation, help, validation and schema.

use ansible_binary_module::{AnsiblePath, NoLog};
use schemars::JsonSchema;
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
