//! How a module reaches the cloud: `options` has the options, `settings` what they come to, and here is the conversation
//! itself, from the login to its end.

use crate::ConnectionOptions;
use crate::common::{messages, settings, signals};
use ansible_binary_module::Task;
use mist_client::client::Waited;
use mist_client::error::in_words;
use mist_client::{Client, Credentials};
use secrecy::ExposeSecret;

/// Why there is no conversation.
#[derive(Debug)]
pub(crate) struct Refused {
    /// A sentence that names the option and says what to do.
    pub(crate) msg: String,
    /// How many requests were sent by then: those of a login.
    pub(crate) api_calls: u32,
}

/// Begins to talk to the cloud: logs in where that is asked for. The session is ended when the result was written, after
/// all that the module has to undo where it could not be.
pub(crate) fn open(options: &ConnectionOptions, task: &mut Task, user_agent: String) -> Result<Client, Refused> {
    signals::watch();
    connect(options, task, user_agent)
}

/// The same for a program whose output is not a module's: a signal ends it as any other.
pub(crate) fn connect(options: &ConnectionOptions, task: &mut Task, user_agent: String) -> Result<Client, Refused> {
    let unsent = |msg| Refused { msg, api_calls: 0 };
    if let Some((credentials, _)) = options.host.rsplit_once('@') {
        // They do not belong there; a task that gives them is refused, and shows its options all the same.
        task.hide(credentials.split_once("://").map_or(credentials, |(_, rest)| rest));
    }
    let settings = settings::read(options, task, user_agent, &|name| task.environment(name)).map_err(unsent)?;
    // Also those that no option holds: of several tokens each, and what comes from a variable further down the list.
    match &settings.credentials {
        Credentials::Tokens(tokens) => tokens.iter().for_each(|token| task.hide(token.expose_secret())),
        Credentials::Login(login) => task.hide(login.password.expose_secret()),
    }
    if !options.validate_certs {
        task.warn(
            "validate_certs is false: whoever is between this host and the cloud can read the token and every answer.",
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

/// Tells what the client has to tell, in the message of a failure or beside it, and how many requests were sent, the one that
/// ends the session included.
pub(crate) fn close(client: &Client, task: &mut Task, failure: Option<&mut String>) -> u32 {
    if let Some(waited) = client.waited() {
        match failure.and_then(|msg| Some((with_duration(msg, &waited)?, msg))) {
            Some((told, msg)) => *msg = told,
            None => task.warn(waited.to_string()),
        }
    }
    client.api_calls() + u32::from(!client.authentication().is_by_token())
}

/// The message with how long it was tried, where what was waited for last is what the task failed with.
fn with_duration(msg: &str, waited: &Waited) -> Option<String> {
    let advice = msg.strip_prefix(&waited.reason).filter(|_| !waited.reason.is_empty())?;
    let tried = in_words(waited.total);
    Some(format!("{} It was tried for {tried}; max_wait says for how long at most.{advice}", waited.reason))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_failure_that_was_tried_again_and_again_says_for_how_long() {
        let reason = "GET https://x/y: no connection could be made (refused).".to_owned();
        let waited = Waited { total: Duration::from_secs(57), reason: reason.clone() };
        assert_eq!(
            with_duration(&format!("{reason} Check host."), &waited).as_deref(),
            Some(
                "GET https://x/y: no connection could be made (refused). It was tried for 57 seconds; max_wait says for how long \
                 at most. Check host."
            )
        );
        assert_eq!(with_duration("object: something else", &waited), None);
        assert_eq!(with_duration("x", &Waited::default()), None);
    }
}
