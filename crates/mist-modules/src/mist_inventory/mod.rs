//! `mist_inventory`, a dynamic inventory: an executable inventory, a YAML file that runs it, and a plugin that calls it.
//!
//! `command` is the command line, `fetch` and `cache` do input and output, everything else is pure.

pub mod cache;
pub mod command;
pub mod devices;
pub mod docs;
pub mod fetch;
pub mod inventory;
pub mod names;
pub mod options;
pub mod variables;

pub use command::main;

use self::options::Options;
use ansible_binary_module::{Documentation, Module, Outcome, Task};

/// Source of validation and documentation. It never runs as a module.
#[derive(Debug)]
pub struct MistInventory;

impl Module for MistInventory {
    const NAME: &'static str = "mist_inventory";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const DOCUMENTATION: Documentation = docs::DOCUMENTATION;
    type Options = Options;
    type Results = ();

    fn run(_: &mut Task, _: Options) -> Outcome<()> {
        Err(NOT_A_MODULE.into())
    }
}

/// The result of a task that names the program as its module.
const NOT_A_MODULE: &str =
    "mist_inventory is an inventory, not a module. Use it with -i, as ansible-playbook -i library/mist_inventory.";

#[cfg(test)]
mod tests {
    #[test]
    fn its_types_are_what_ansible_understands() {
        ansible_binary_module::check::<super::MistInventory>().unwrap();
    }
}
