//! The executable `mist`: every module in one program. The task, the name of a link to it, or the first argument chooses one.

fn main() -> std::process::ExitCode {
    ansible_binary_module::main_of(mist_modules::MODULES)
}
