//! How a module reaches the cloud: `options` has the options, `settings` what they come to, and here is the conversation
//! itself, from the login to its end.

pub mod options;
mod settings;

pub use options::ConnectionOptions;

use crate::errors;
use crate::signals;
use ansible_binary_module::{Failure, Success, Task};
use mist_client::{Client, Credentials};
use secrecy::ExposeSecret;

/// Results that say how many requests were sent.
pub trait CountsCalls: Default {
    /// How many requests were sent, repetitions included.
    fn set_api_calls(&mut self, api_calls: u32);
}

impl ConnectionOptions {
    /// Talks to the cloud: logs in where that is asked for, does the work, and logs out, whatever came of it.
    /// What the client has to tell (waits, how many calls) goes into the task's warnings and results.
    /// `module` is what it calls itself: `name/version`.
    ///
    /// # Errors
    /// What the work failed with, or a sentence that names the option that cannot be used.
    pub fn converse<R: CountsCalls>(
        &self,
        task: &mut Task,
        module: &str,
        work: impl FnOnce(&Client, &mut Task) -> Result<Success<R>, Failure<R>>,
    ) -> Result<Success<R>, Failure<R>> {
        signals::watch();
        let client = self.client(task, module)?;
        let mut outcome = work(&client, task);
        client.log_out();
        if let Some(waited) = client.waited() {
            task.warn(waited.to_string());
        }
        match &mut outcome {
            Ok(success) => success.results.set_api_calls(client.api_calls()),
            Err(failure) => failure.results.get_or_insert_default().set_api_calls(client.api_calls()),
        }
        outcome
    }

    fn client(&self, task: &mut Task, module: &str) -> Result<Client, String> {
        if let Some((credentials, _)) = self.host.rsplit_once('@') {
            // They do not belong there; a task that gives them is refused, and shows its options all the same.
            task.hide(credentials.split_once("://").map_or(credentials, |(_, rest)| rest));
        }
        let settings = settings::read(self, task, module.to_owned(), &|name| std::env::var(name).ok())?;
        // Also those that no option holds: of several tokens each, and what comes from a variable further down the list.
        match &settings.credentials {
            Credentials::Tokens(tokens) => tokens.iter().for_each(|token| task.hide(token.expose_secret())),
            Credentials::Login(login) => task.hide(login.password.expose_secret()),
        }
        if !self.validate_certs {
            task.warn(
                "validate_certs is false: whoever is between this host and the cloud can read the token and every answer.",
            );
        }
        Client::new(&settings).map_err(|error| errors::message(&error))
    }
}
