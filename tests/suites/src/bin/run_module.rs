//! Runs the module that the environment variable `MODULE` names as a process of its own.

use mist_modules::{mist_api_request, mist_api_token, mist_api_tokens};
use std::process::ExitCode;

fn main() -> ExitCode {
    match std::env::var("MODULE").as_deref() {
        Ok("mist_api_request") => mist_modules::main::<mist_api_request::MistApiRequest>(),
        Ok("mist_api_token") => mist_modules::main::<mist_api_token::MistApiToken>(),
        Ok("mist_api_tokens") => mist_modules::main::<mist_api_tokens::MistApiTokens>(),
        _ => ExitCode::FAILURE,
    }
}
