//! The client's settings from the connection options and the environment. No I/O.

use super::connection::{ConnectionOptions, DEFAULT_HOST, variables};
use super::messages;
use super::options::{OptionError, is_blank};
use ansible_binary_module::{NoLog, Origin, Task};
use mist_client::credentials::CredentialSource;
use mist_client::error::Source;
use mist_client::login::Login;
use mist_client::transport::{self, HostStore, Network, ProxySetting};
use mist_client::{Credentials, Host, Settings};
use secrecy::SecretString;
use std::path::PathBuf;
use std::time::Duration;

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
pub(super) fn read(
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
    Host::parse(host).map_err(|error| OptionError::from_message(messages::message(&error)))
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
#[path = "settings_tests.rs"]
mod tests;
