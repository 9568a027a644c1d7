//! The executable `mist_self_info`.

fn main() -> std::process::ExitCode {
    mist_modules::main::<mist_modules::mist_self_info::MistSelfInfo>()
}
