//! The Ansible module mist_api_token_info: the API tokens of the Juniper Mist cloud, and how old they are. It changes
//! nothing.
//!
//! `options` says what a task can ask for, `request` what that means, `filter` which tokens are given; `results` says what is
//! returned. What a token is, how it is found by name, id and key, and how old it is, is `mist_tokens`'s.

pub mod documentation;
pub mod filter;
pub mod options;
pub mod request;
pub mod results;

use self::options::Options;
use self::request::Request;
use self::results::{AgedToken, Results};
use crate::common::options::OptionError;
use crate::tokens::messages::{self, MessageFormatter};
use crate::{ConnectionOptions, MistModule, TokenType};
use ansible_binary_module::{Documentation, Outcome, Success, Task};
use mist_client::Client;
use mist_tokens::Error;
use mist_tokens::calls::search;
use secrecy::ExposeSecret;

/// The module.
#[derive(Debug)]
pub struct MistApiTokenInfo;

impl MistModule for MistApiTokenInfo {
    const NAME: &'static str = "mist_api_token_info";
    type Options = Options;
    type Results = Results;
    type Params = Request;

    const DOCUMENTATION: Documentation = documentation::DOCUMENTATION;

    fn connection(options: &Options) -> &ConnectionOptions {
        &options.connection
    }

    fn read(options: &Options, task: &mut Task) -> Result<Request, OptionError> {
        let request = Request::new(options, task)?;
        if let Some(key) = &request.selection.key {
            task.hide(key.expose_secret());
        }
        Ok(request)
    }

    fn run(client: &Client, task: &mut Task, _: &Options, request: Request) -> Outcome<Results> {
        list(client, task, &request).map_err(|error| MessageFormatter::Info.error(&error))?
    }
}

fn list(client: &Client, task: &mut Task, request: &Request) -> Result<Outcome<Results>, Error> {
    let owner = match request.owner.resolve(client, task) {
        Ok(owner) => owner,
        Err(words) => return Ok(Err(words.into())),
    };
    let (owner, listing) = search(client, &owner, &request.selection, request.search_account_too)?;
    let given = filter::choose(request, &owner, &listing.tokens, listing.now())?;
    if request.selection.key.is_some() && given.tokens.is_empty() {
        task.warn(messages::nobodys_key(&owner, request.search_account_too));
    }
    for warning in given.warnings {
        task.warn(warning);
    }
    let tokens: Vec<_> = given.tokens.into_iter().map(|(token, age)| AgedToken::new(token, &age)).collect();
    let msg = format!(
        "{} of {owner}",
        if tokens.len() == 1 { "1 token".to_owned() } else { format!("{} tokens", tokens.len()) }
    );
    Ok(Ok(Success::unchanged(Results {
        count: Some(tokens.len()),
        tokens: Some(tokens),
        token_type: Some(TokenType::from(&owner)),
    })
    .with_msg(msg)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_module_says_of_itself_holds_together() {
        ansible_binary_module::check::<crate::Mist<MistApiTokenInfo>>().unwrap();
    }
}
