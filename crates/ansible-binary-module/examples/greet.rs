//! A complete Ansible module: `cargo build --example greet`, then lay the executable into a playbook's `library/`.
use ansible_binary_module::{Documentation, Failure, Module, Success, Task};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Deserialize, JsonSchema)]
struct Options {
    /// Whom to greet.
    name: String,
}

#[derive(Serialize, JsonSchema)]
struct Results {
    /// The greeting.
    greeting: String,
}

struct Greet;

impl Module for Greet {
    const NAME: &'static str = "greet";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    type Options = Options;
    type Results = Results;

    fn documentation() -> Documentation {
        Documentation {
            short_description: "Greet somebody",
            examples: "- name: Greet the world\n  greet:\n    name: world\n",
            ..Documentation::EMPTY
        }
    }

    fn run(_: &mut Task, options: Options) -> Result<Success<Results>, Failure<Results>> {
        if options.name.is_empty() {
            return Err("name is empty: say whom to greet".into());
        }
        let greeting = format!("Hello, {}!", options.name);
        Ok(Success::unchanged(Results { greeting }))
    }
}

fn main() -> std::process::ExitCode {
    ansible_binary_module::main::<Greet>()
}
