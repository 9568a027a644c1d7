//! The executable `mist_inventory`.

fn main() -> std::process::ExitCode {
    mist_modules::mist_inventory::main()
}
