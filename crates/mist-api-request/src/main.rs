//! The executable `mist_api_request`.

use mist_api_request::MistApiRequest;
use std::process::ExitCode;

fn main() -> ExitCode {
    ansible_binary_module::on_exit(mist_client::interruption::remove_temporary_files);
    ansible_binary_module::main::<MistApiRequest>()
}
