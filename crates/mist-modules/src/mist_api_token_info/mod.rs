//! The Ansible module mist_api_token_info: the API tokens of the Juniper Mist cloud, and how old they are. It changes
//! nothing.
//!
//! `options` says what a task can ask for, `wanted` what that means, `age` how old a token is, `filter` which tokens
//! are given; `results` says what is returned. What a token is, and how it is found by name, id and key, is
//! `mist_api_token`'s.

pub mod age;
pub mod documentation;
pub mod filter;
pub mod options;
pub mod results;
pub mod wanted;

use crate::TokenType;
use crate::mist_api_token::search::search;
use crate::mist_api_token_info::options::Options;
use crate::mist_api_token_info::results::{AgedToken, Results};
use crate::mist_api_token_info::wanted::Wanted;
use ansible_binary_module::{Documentation, Failure, Module, Success, Task};

/// The module.
#[derive(Debug)]
pub struct MistApiTokenInfo;

/// What the module calls itself towards the cloud.
const USER_AGENT: &str = concat!("mist_api_token_info/", env!("CARGO_PKG_VERSION"));

impl Module for MistApiTokenInfo {
    const NAME: &'static str = "mist_api_token_info";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    type Options = Options;
    type Results = Results;

    fn documentation() -> Documentation {
        documentation::DOCUMENTATION
    }

    fn run(task: &mut Task, options: Options) -> Result<Success<Results>, Failure<Results>> {
        let wanted = Wanted::new(&options, task)?;
        options.connection.converse(task, USER_AGENT, |client, task| {
            let owner = wanted.owner.resolve(client)?;
            let (owner, listing) = search(client, &owner, &wanted.selection, wanted.search_account_too)?;
            let given = filter::choose(&wanted, &owner, &listing.tokens, listing.now())?;
            for warning in given.warnings {
                task.warn(warning);
            }
            let tokens: Vec<_> = given.tokens.into_iter().map(|(token, age)| AgedToken::new(token, age)).collect();
            Ok(Success::unchanged(Results {
                count: Some(tokens.len()),
                tokens: Some(tokens),
                token_type: Some(TokenType::from(&owner)),
                ..Results::default()
            }))
        })
    }
}
