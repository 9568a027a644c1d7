//! The executable `mist_export`.

fn main() -> std::process::ExitCode {
    mist_modules::main::<mist_modules::mist_export::MistExport>()
}
