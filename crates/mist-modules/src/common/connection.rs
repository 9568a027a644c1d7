//! The connection to the cloud: its options, which are the source of their documentation, help, validation and schema, and the
//! settings that they and the environment give, and the conversation from the login to the logout.

use super::messages;
use super::options::{OptionError, is_blank};
use ansible_binary_module::{AnsiblePath, Failure, NoLog, Origin, Task};
use mist_client::client::{Activity, Waited, Watch};
use mist_client::credentials::CredentialSource;
use mist_client::error::{Source, in_words};
use mist_client::login::Login;
use mist_client::transport::{HostStore, Network, ProxySetting};
use mist_client::{Client, Credentials, Host, Settings, transport};
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::time::Duration;

const DEFAULT_HOST: &str = "api.mist.com";

/// The environment variables of each option. The first one that is not blank is used.
mod variables {
    pub const HOST: [&str; 1] = ["MIST_HOST"];
    pub const API_TOKEN: [&str; 3] = ["MIST_API_TOKEN", "MIST_APITOKEN", "MIST_API_KEY"];
    pub const USERNAME: [&str; 2] = ["MIST_USERNAME", "MIST_USER"];
    pub const PASSWORD: [&str; 1] = ["MIST_PASSWORD"];
    pub const TWO_FACTOR: [&str; 1] = ["MIST_TWO_FACTOR"];
    pub const PROXY: [&str; 1] = ["MIST_PROXY"];
}

/// The connection options. Each module flattens them into its own.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
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
    pub(crate) failure: Failure,
    /// The number of requests sent: those of a login.
    pub(crate) api_calls: u32,
}

/// Makes the client, in check mode one that refuses writes, and logs in if a login is set. The session ends after the result was
/// written, so that the module can still undo its work if that fails.
pub(crate) fn open(options: &ConnectionOptions, task: &mut Task, user_agent: String) -> Result<Client, Refused> {
    super::watch_signals();
    connect(options, task, user_agent)
}

/// The same for a program whose output is not a module's: a signal ends it as any other.
pub(crate) fn connect(options: &ConnectionOptions, task: &mut Task, user_agent: String) -> Result<Client, Refused> {
    let unsent = |failure| Refused { failure, api_calls: 0 };
    if let Some((credentials, _)) = options.host.rsplit_once('@') {
        // Refused later, but the result shows the options.
        task.hide(credentials.split_once("://").map_or(credentials, |(_, rest)| rest));
    }
    let settings = read_settings(options, task, user_agent, &|name| task.environment(name))
        .map_err(|error| unsent(error.into_failure()))?;
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
    let mut client = Client::logged_out(&settings).map_err(|error| unsent(messages::failure(error)))?;
    if std::io::stderr().is_terminal() {
        let (watch, host) = (client.watch(), client.host().name().to_owned());
        std::thread::spawn(move || report_waiting(&watch, &host));
    }
    if let Credentials::Login(login) = &settings.credentials {
        client
            .log_in(login)
            .map_err(|error| Refused { failure: messages::failure(error), api_calls: client.api_calls() })?;
        let session = client.worker();
        task.after_result(move |_| session.log_out());
    }
    Ok(client)
}

/// A call that takes longer is reported at a terminal.
const SILENT: Duration = Duration::from_secs(4);

/// Reports on standard error that a call waits, once a second, until the client ends.
fn report_waiting(watch: &Watch, host: &str) {
    let mut is_shown = false;
    loop {
        std::thread::sleep(Duration::from_secs(1));
        let activity = watch.activity();
        let line = waiting_line(&activity, host);
        // A closed terminal does not stop the run.
        let _ = match &line {
            Some(line) => write!(std::io::stderr(), "\r\x1b[K{line}"),
            None if is_shown => writeln!(std::io::stderr()),
            None => Ok(()),
        };
        is_shown = line.is_some();
        if activity == Activity::Ended {
            return;
        }
    }
}

fn waiting_line(activity: &Activity, host: &str) -> Option<String> {
    match activity {
        Activity::Waiting { time, reason } if *time >= SILENT => {
            let reason = if reason.is_empty() { String::new() } else { format!(" Last failure: {reason}") };
            Some(format!("Waiting for {host} since {}.{reason}", in_words(*time)))
        }
        _ => None,
    }
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

/// Reads an environment variable.
pub(super) type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Limit for a time in seconds: one day.
const LONGEST: i64 = 86_400;

/// The value of an option, not blank, and where it comes from.
struct Found<T> {
    value: Option<T>,
    source: Source,
    /// The variables that are set but blank.
    blank: Vec<&'static str>,
}

/// Reads values from the task, otherwise from the environment.
struct Reader<'a> {
    task: &'a Task,
    environment: Environment<'a>,
}

impl Reader<'_> {
    /// The value of the task, otherwise of the first variable that is not blank. A blank variable counts as not set.
    fn find<T>(&self, option: &str, value: Option<&str>, variables: &[&'static str]) -> Found<T>
    where
        T: for<'t> From<&'t str>,
    {
        // A list of empty tokens (`,,`) is blank.
        let is_usable = |text: &str| !text.split(',').all(is_blank);
        let own = value.filter(|text| is_usable(text)).map(T::from);
        let source = match self.task.origin(option) {
            Some(Origin::Environment(variable)) => Source::Variable(variable.clone()),
            _ => Source::Given,
        };
        let mut found = Found { value: own, source, blank: Vec::new() };
        if self.task.given(option) {
            return found;
        }
        for &variable in variables {
            match (self.environment)(variable) {
                Some(text) if !is_usable(&text) => found.blank.push(variable),
                Some(text) if found.value.is_none() => {
                    found.value = Some(T::from(&text));
                    found.source = Source::Variable(variable.to_owned());
                }
                Some(_) => {}
                None => {}
            }
        }
        found
    }

    fn secret(&self, option: &str, value: Option<&NoLog>, variables: &[&'static str]) -> Found<SecretString> {
        self.find(option, value.map(NoLog::expose), variables)
    }
}

/// The settings of the client.
///
/// # Errors
/// An option has an invalid value, or is missing.
fn read_settings(
    options: &ConnectionOptions,
    task: &Task,
    user_agent: String,
    environment: Environment<'_>,
) -> Result<Settings, OptionError> {
    let reader = Reader { task, environment };
    let host = host(options, &reader)?;
    let timeout = seconds("timeout", options.timeout, 1)?;
    let max_wait = seconds("max_wait", options.max_wait, 0)?;
    let (credentials, credential_source) = credentials(options, &reader)?;
    let ca_path = options.ca_path.as_deref().and_then(|path| path.to_str());
    let network = Network {
        validate_certs: options.validate_certs,
        ca_path: reader.find::<String>("ca_path", ca_path, &[]).value.map(PathBuf::from),
        host_store: HostStore::of_environment(&|name| environment(name).map(Into::into)),
        proxy: proxy(options, &host, &reader),
        timeout,
        user_agent,
    };
    let credential_source = Some(credential_source);
    Ok(Settings { host, credentials, credential_source, network, max_wait, check_mode: task.check_mode() })
}

fn host(options: &ConnectionOptions, reader: &Reader<'_>) -> Result<Host, OptionError> {
    let own = Some(options.host.as_str()).filter(|host| *host != DEFAULT_HOST || reader.task.given("host"));
    let found: Found<String> = reader.find("host", own, &variables::HOST);
    let host = match found.value.as_deref() {
        Some(host) => host,
        // An empty value is an error in the task, and counts as not set in the environment.
        None if reader.task.given("host") => "",
        None => DEFAULT_HOST,
    };
    Host::parse(host).map_err(messages::option_error)
}

fn seconds(option: &str, value: i64, least: i64) -> Result<Duration, OptionError> {
    u64::try_from(value)
        .ok()
        .filter(|_| (least..=LONGEST).contains(&value))
        .map(Duration::from_secs)
        .ok_or_else(|| OptionError::new(option, format!("{value} is out of range. Set {least} to {LONGEST} seconds.")))
}

/// The token or the login. An option beats an environment variable; two options exclude each other; of two variables, the token
/// is used.
fn credentials(
    options: &ConnectionOptions,
    reader: &Reader<'_>,
) -> Result<(Credentials, CredentialSource), OptionError> {
    let (token_given, login_given) = (reader.task.given("api_token"), reader.task.given("username"));
    let token = reader.secret("api_token", options.api_token.as_ref(), &variables::API_TOKEN);
    let username: Found<String> = reader.find("username", options.username.as_deref(), &variables::USERNAME);
    let tokens = token.value.as_ref().and_then(Credentials::from_tokens);
    match (tokens, username.value) {
        (Some(_), Some(_)) if token_given && login_given => {
            Err(OptionError::mutually_exclusive("api_token", "username"))
        }
        (Some(tokens), login) if token_given || !login_given || login.is_none() => {
            let ignored = login.map(|_| username.source);
            Ok((tokens, CredentialSource { used: token.source, ignored }))
        }
        (tokens, Some(name)) => {
            let ignored = tokens.map(|_| token.source);
            Ok((self::login(name, options, reader)?, CredentialSource { used: username.source, ignored }))
        }
        _ => Err(no_credentials(token_given, &token.blank)),
    }
}

fn no_credentials(token_given: bool, blank: &[&str]) -> OptionError {
    let problem = if token_given { "set but empty. Check the variable in it" } else { "required" };
    let blank = match blank {
        [] => String::new(),
        [variable] => format!(" There, {variable} is set but empty."),
        several => format!(" There, {} are set but empty.", several.join(" and ")),
    };
    let reason = format!(
        "{problem}. Set api_token, username and password, or MIST_API_TOKEN in the environment of the host and of the user that the \
         task runs as.{blank}"
    );
    OptionError::new("api_token", reason)
}

fn login(username: String, options: &ConnectionOptions, reader: &Reader<'_>) -> Result<Credentials, OptionError> {
    let password = reader.secret("password", options.password.as_ref(), &variables::PASSWORD);
    let two_factor = reader.secret("two_factor", options.two_factor.as_ref(), &variables::TWO_FACTOR).value;
    let Some(password_text) = password.value else {
        let blank = password.blank.first().map(|variable| format!(" ({variable} is set but empty)"));
        let reason = format!("required with username{}. Set it.", blank.unwrap_or_default());
        return Err(OptionError::new("password", reason));
    };
    Ok(Credentials::Login(Login { username, password: password_text, two_factor }))
}

/// The proxy of the option, otherwise of the environment, except for hosts in `NO_PROXY`.
fn proxy(options: &ConnectionOptions, host: &Host, reader: &Reader<'_>) -> Option<ProxySetting> {
    if !options.use_proxy {
        return None;
    }
    let found = reader.secret("proxy", options.proxy.as_ref(), &variables::PROXY);
    if let Some(url) = found.value {
        return Some(ProxySetting { url, source: found.source });
    }
    // An empty option means no proxy. Plain http is for loopback, without a proxy.
    if reader.task.given("proxy") || host.origin().starts_with("http://") {
        return None;
    }
    let set = |name: &'static str| {
        [name.to_owned(), name.to_ascii_lowercase()].into_iter().find_map(|name| {
            let value = (reader.environment)(&name).filter(|value| !is_blank(value))?;
            Some((name, value))
        })
    };
    let is_exempt = set("NO_PROXY").is_some_and(|(_, list)| transport::bypasses_proxy(host, &list));
    let (variable, url) = set("HTTPS_PROXY").or_else(|| set("ALL_PROXY")).filter(|_| !is_exempt)?;
    Some(ProxySetting { url: url.into(), source: Source::Variable(variable) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn waiting_is_reported_from_the_fourth_second_on() {
        let waiting = |seconds, reason: &str| {
            let time = Duration::from_secs(seconds);
            waiting_line(&Activity::Waiting { time, reason: reason.to_owned() }, "api.mist.com")
        };
        assert_eq!(
            (waiting(3, ""), waiting_line(&Activity::Idle, "x"), waiting_line(&Activity::Ended, "x")),
            (None, None, None)
        );
        let line = waiting(4, "").unwrap();
        assert!(line.contains("api.mist.com") && line.contains("4 seconds"), "{line}");
        assert!(waiting(9, "connection refused.").unwrap().ends_with("connection refused."));
    }

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

#[cfg(test)]
mod settings_tests;
