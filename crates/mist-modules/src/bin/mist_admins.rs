//! The executable `mist_admins`.

fn main() -> std::process::ExitCode {
    mist_modules::main::<mist_modules::mist_admins::MistAdmins>()
}
