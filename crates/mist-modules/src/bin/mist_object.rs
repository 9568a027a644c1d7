//! The executable `mist_object`.

fn main() -> std::process::ExitCode {
    if mist_modules::objects::types::printed() {
        return std::process::ExitCode::SUCCESS;
    }
    mist_modules::main::<mist_modules::mist_object::MistObject>()
}
