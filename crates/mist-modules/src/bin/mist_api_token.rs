//! The executable `mist_api_token`.

fn main() -> std::process::ExitCode {
    mist_modules::main::<mist_modules::mist_api_token::MistApiToken>()
}
