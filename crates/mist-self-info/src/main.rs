//! The executable `mist_self_info`.

use mist_self_info::MistSelfInfo;
use std::process::ExitCode;

fn main() -> ExitCode {
    ansible_binary_module::on_exit(mist_client::interruption::remove_temporary_files);
    ansible_binary_module::main::<MistSelfInfo>()
}
