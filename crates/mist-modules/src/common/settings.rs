//! What the connection options come to: the client's settings, or a sentence that names the option that cannot be used.
//! Nothing is read or sent here; the environment is asked through a function.

use super::connection_options::{ConnectionOptions, DEFAULT_HOST, variables};
use crate::common::messages;
use crate::common::options::is_blank;
use ansible_binary_module::{NoLog, Task};
use mist_client::error::Source;
use mist_client::login::Login;
use mist_client::transport::{self, HostStore, Network, ProxySetting};
use mist_client::{Credentials, Host, Settings};
use secrecy::SecretString;
use std::path::PathBuf;
use std::time::Duration;

/// Reads an environment variable.
pub(super) type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// No bound of time is longer than a day.
const LONGEST: i64 = 86_400;

/// What an option comes to.
#[derive(Debug, PartialEq, Eq)]
struct Found {
    /// Its value, which is not blank.
    value: Option<String>,
    /// The variable that the value came from.
    variable: Option<&'static str>,
    /// The variables that are set and blank.
    blank: Vec<&'static str>,
}

/// Where the options' values come from: the task, and where it is silent, the environment.
struct Reader<'a> {
    task: &'a Task,
    environment: Environment<'a>,
}

impl Reader<'_> {
    /// The task's own value, else that of the first variable that is not blank: an empty one says nothing, and does not
    /// hide the next.
    fn find(&self, option: &str, value: Option<&str>, variables: &[&'static str]) -> Found {
        // Commas alone are as many empty values.
        let usable = |text: &String| !text.split(',').all(is_blank);
        let own = value.map(str::to_owned).filter(usable);
        let mut found = Found { value: own, variable: None, blank: Vec::new() };
        if self.task.given(option) {
            return found;
        }
        for &variable in variables {
            match (self.environment)(variable) {
                Some(text) if usable(&text) => {
                    found.variable.get_or_insert(variable);
                    found.value.get_or_insert(text);
                }
                Some(_) => found.blank.push(variable),
                None => {}
            }
        }
        found
    }

    fn secret(&self, option: &str, value: Option<&NoLog>, variables: &[&'static str]) -> Found {
        self.find(option, value.map(NoLog::expose), variables)
    }
}

/// The client's settings. `user_agent` is what the module calls itself.
///
/// # Errors
/// A sentence that names the option and says what to give.
pub(super) fn read(
    options: &ConnectionOptions,
    task: &Task,
    user_agent: String,
    environment: Environment<'_>,
) -> Result<Settings, String> {
    let reader = Reader { task, environment };
    let host = host(options, &reader)?;
    let timeout = seconds("timeout", options.timeout, 1)?;
    let max_wait = seconds("max_wait", options.max_wait, 0)?;
    let credentials = credentials(options, &reader)?;
    let ca_path = options.ca_path.as_deref().and_then(|path| path.to_str());
    let network = Network {
        validate_certs: options.validate_certs,
        ca_path: reader.find("ca_path", ca_path, &[]).value.map(PathBuf::from),
        host_store: HostStore::of_environment(&|name| environment(name).map(Into::into)),
        proxy: proxy(options, &host, &reader),
        timeout,
        user_agent,
    };
    Ok(Settings { host, credentials, network, max_wait })
}

fn host(options: &ConnectionOptions, reader: &Reader<'_>) -> Result<Host, String> {
    let own = Some(options.host.as_str()).filter(|host| *host != DEFAULT_HOST || reader.task.given("host"));
    let found = reader.find("host", own, &variables::HOST);
    let host = match found.value.as_deref() {
        Some(host) => host,
        // Given by the task and empty is a mistake; in the environment it says nothing.
        None if reader.task.given("host") => "",
        None => DEFAULT_HOST,
    };
    Host::parse(host).map_err(|error| messages::message(&error))
}

fn seconds(option: &str, value: i64, least: i64) -> Result<Duration, String> {
    u64::try_from(value)
        .ok()
        .filter(|_| (least..=LONGEST).contains(&value))
        .map(Duration::from_secs)
        .ok_or_else(|| format!("{option}: {value} is out of range; give {least} to {LONGEST} seconds"))
}

/// An option comes before an environment variable; of two options, neither.
fn credentials(options: &ConnectionOptions, reader: &Reader<'_>) -> Result<Credentials, String> {
    let task = reader.task;
    let found = reader.secret("api_token", options.api_token.as_ref(), &variables::API_TOKEN);
    let token = found.value.clone().and_then(|token| Credentials::from_tokens(&token.into()));
    let login = reader.find("username", options.username.as_deref(), &variables::USERNAME).value;
    let (token_given, login_given) = (task.given("api_token"), task.given("username"));
    match (token, login) {
        (Some(_), Some(_)) if token_given && login_given => {
            Err("api_token: it excludes username; give one or the other".to_owned())
        }
        (Some(token), login) if token_given || !login_given || login.is_none() => Ok(token),
        (_, Some(username)) => self::login(username, options, reader),
        _ => Err(no_credentials(token_given, &found.blank)),
    }
}

/// Why there is nothing to authenticate with, and where it may come from.
fn no_credentials(token_given: bool, blank: &[&str]) -> String {
    let given = if token_given { "it is given, and empty (is a variable in it empty?)" } else { "there is none" };
    let blank = match blank {
        [] => String::new(),
        [variable] => format!(" There, {variable} is set, but empty."),
        several => format!(" There, {} are set, but empty.", several.join(" and ")),
    };
    format!(
        "api_token: {given}; set it, or username and password, or the environment variable MIST_API_TOKEN. The environment is that \
         of the host and of the user that the task runs as (with become, the other user's), not that of the shell in which \
         ansible-playbook was started, unless these are the same.{blank} The first token comes from the dashboard \
         (Organization > Settings > API Token, or My Account > API Token), or from mist_api_token with username and password."
    )
}

fn login(username: String, options: &ConnectionOptions, reader: &Reader<'_>) -> Result<Credentials, String> {
    let password = reader.secret("password", options.password.as_ref(), &variables::PASSWORD);
    let two_factor = reader.secret("two_factor", options.two_factor.as_ref(), &variables::TWO_FACTOR);
    let Some(secret) = password.value else {
        let blank = password.blank.first().map(|variable| format!(" ({variable} is set, but empty)"));
        return Err(format!("password: it is needed with username{}", blank.unwrap_or_default()));
    };
    let two_factor = two_factor.value.map(SecretString::from);
    Ok(Credentials::Login(Login { username, password: secret.into(), two_factor }))
}

/// The proxy to go through: the option's, else the environment's, which `NO_PROXY` exempts from.
fn proxy(options: &ConnectionOptions, host: &Host, reader: &Reader<'_>) -> Option<ProxySetting> {
    if !options.use_proxy {
        return None;
    }
    let found = reader.secret("proxy", options.proxy.as_ref(), &variables::PROXY);
    if let Some(url) = found.value {
        let source = found.variable.map_or(Source::Given, |variable| Source::Variable(variable.to_owned()));
        return Some(ProxySetting { url: url.into(), source });
    }
    // Given and empty: none, whatever the environment says. Plain http goes to this machine alone, and through no proxy.
    if reader.task.given("proxy") || host.origin().starts_with("http://") {
        return None;
    }
    let set = |name: &'static str| {
        let small = name.to_ascii_lowercase();
        let value = |name: &str| (reader.environment)(name).filter(|value| !is_blank(value));
        value(name).map(|value| (name.to_owned(), value)).or_else(|| Some((small.clone(), value(&small)?)))
    };
    let exempt = set("NO_PROXY").is_some_and(|(_, list)| transport::bypasses_proxy(host, &list));
    let (variable, url) = set("HTTPS_PROXY").or_else(|| set("ALL_PROXY")).filter(|_| !exempt)?;
    Some(ProxySetting { url: url.into(), source: Source::Variable(variable) })
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
