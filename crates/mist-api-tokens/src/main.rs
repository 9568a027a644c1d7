//! The executable `mist_api_tokens`.

use mist_api_tokens::MistApiTokens;
use std::process::ExitCode;

fn main() -> ExitCode {
    ansible_binary_module::on_exit(mist_client::interruption::remove_temporary_files);
    ansible_binary_module::main::<MistApiTokens>()
}
