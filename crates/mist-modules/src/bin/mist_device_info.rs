//! The executable `mist_device_info`.

fn main() -> std::process::ExitCode {
    mist_modules::main::<mist_modules::mist_device_info::MistDeviceInfo>()
}
