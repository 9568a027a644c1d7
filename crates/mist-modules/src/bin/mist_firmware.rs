//! The executable `mist_firmware`.

fn main() -> std::process::ExitCode {
    mist_modules::main::<mist_modules::mist_firmware::MistFirmware>()
}
