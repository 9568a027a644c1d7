//! The executable `mist_object_info`.

fn main() -> std::process::ExitCode {
    mist_modules::main::<mist_modules::mist_object_info::MistObjectInfo>()
}
