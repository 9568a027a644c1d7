//! The executable `mist_apply`.

fn main() -> std::process::ExitCode {
    mist_modules::mist_apply::by_hand::main()
}
