//! A complete Ansible module: `cargo build --example greet`, then copy the executable to the `library/` of a playbook.
use ansible_binary_module::{Module, Outcome, Success, Task};
use schemars::JsonSchema;
use serde::Deserialize;

/// Greets a person.
#[derive(Deserialize, JsonSchema)]
struct Greet {
    /// Name of the person.
    name: String,
}

impl Module for Greet {
    const NAME: &'static str = "greet";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    type Options = Self;
    type Results = ();

    fn run(_: &mut Task, options: Self) -> Outcome<()> {
        if options.name.is_empty() {
            return Err("name: must not be empty".into());
        }
        Ok(Success::unchanged(()).with_msg(format!("Hello, {}!", options.name)))
    }
}

fn main() -> std::process::ExitCode {
    ansible_binary_module::main::<Greet>()
}
