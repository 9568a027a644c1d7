//! The executable `mist_apply`.

fn main() -> std::process::ExitCode {
    mist_modules::main::<mist_modules::mist_apply::MistApply>()
}
