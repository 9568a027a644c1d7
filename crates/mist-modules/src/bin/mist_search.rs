//! The executable `mist_search`.

fn main() -> std::process::ExitCode {
    mist_modules::main::<mist_modules::mist_search::MistSearch>()
}
