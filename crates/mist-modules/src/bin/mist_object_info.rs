//! The executable `mist_object_info`.

fn main() -> std::process::ExitCode {
    if mist_modules::objects::types::printed() {
        return std::process::ExitCode::SUCCESS;
    }
    mist_modules::main::<mist_modules::mist_object_info::MistObjectInfo>()
}
