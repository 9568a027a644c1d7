//! The conversation of a module with the cloud, from the login to the logout.

use super::{messages, settings, signals};
use crate::ConnectionOptions;
use ansible_binary_module::Task;
use mist_client::client::Waited;
use mist_client::error::in_words;
use mist_client::{Client, Credentials};
use secrecy::ExposeSecret;

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
