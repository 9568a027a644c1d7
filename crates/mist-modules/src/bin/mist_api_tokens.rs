//! The executable `mist_api_tokens`.

fn main() -> std::process::ExitCode {
    mist_modules::main::<mist_modules::mist_api_tokens::MistApiTokens>()
}
