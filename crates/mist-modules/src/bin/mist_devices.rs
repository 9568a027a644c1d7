//! The executable `mist_devices`.

fn main() -> std::process::ExitCode {
    mist_modules::main::<mist_modules::mist_devices::MistDevices>()
}
