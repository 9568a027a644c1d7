//! An Ansible module that collects facts by commands: `cargo build --example command_facts`.
use ansible_binary_module::{Attribute, Documentation, Module, Outcome, Success, Support, Task};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// Runs commands that change nothing, and sets a fact of the host from the output of each.
#[derive(Deserialize, JsonSchema)]
struct CommandFacts {
    /// Commands to run, in this order.
    #[schemars(length(min = 1))]
    commands: Vec<FactCommand>,
    /// Seconds that each command can take.
    #[serde(default = "timeout")]
    #[schemars(range(min = 1))]
    timeout: u32,
}

#[derive(Deserialize, JsonSchema)]
struct FactCommand {
    /// Name of the fact.
    #[schemars(length(min = 1))]
    name: String,
    /// The program and its arguments. A shell does not read them.
    #[schemars(length(min = 1))]
    argv: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
struct Results {
    /// Facts of the host.
    #[schemars(extend("x-ansible-returned" = "success"))]
    ansible_facts: Facts,
}

#[derive(Serialize, JsonSchema)]
struct Facts {
    /// The output of each command by the name of its fact, without line breaks at the end.
    command_facts: BTreeMap<String, String>,
}

fn timeout() -> u32 {
    30
}

impl Module for CommandFacts {
    const NAME: &'static str = "command_facts";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const DOCUMENTATION: Documentation = Documentation::new().attributes(&[Attribute::check_mode(Support::Full)]);
    type Options = Self;
    type Results = Results;

    fn run(task: &mut Task, options: Self) -> Outcome<Results> {
        let timeout = Duration::from_secs(options.timeout.into());
        let mut command_facts = BTreeMap::new();
        for FactCommand { name, argv } in options.commands {
            // The failure has the fields cmd, rc, stdout and stderr.
            let command = task.run_command(argv).env("LC_ALL", "C").timeout(timeout).check_rc(true);
            let output = command.run().map_err(|failure| failure.context(&name).with_field("fact", &name))?;
            command_facts.insert(name, output.stdout.trim_end_matches('\n').to_owned());
        }
        Ok(Success::unchanged(Results { ansible_facts: Facts { command_facts } }))
    }
}

fn main() -> std::process::ExitCode {
    ansible_binary_module::main::<CommandFacts>()
}

#[cfg(test)]
#[path = "../tests/command_facts/tests.rs"]
mod tests;
