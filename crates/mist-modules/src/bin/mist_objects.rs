//! The executable `mist_objects`.

fn main() -> std::process::ExitCode {
    mist_modules::main::<mist_modules::mist_objects::MistObjects>()
}
