//! The executable `mist_object`.

fn main() -> std::process::ExitCode {
    mist_modules::main::<mist_modules::mist_object::MistObject>()
}
