//! The trait of a module.

use crate::{Documentation, Outcome, Task};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// An Ansible module: two types, documentation, and its work.
pub trait Module {
    /// The module's name, and the executable's.
    const NAME: &'static str;
    /// The version that `--version` prints: `env!("CARGO_PKG_VERSION")`.
    const VERSION: &'static str;
    /// The options, often `Self`. The argument specification, the documentation and the help come from this type.
    type Options: DeserializeOwned + JsonSchema;
    /// The results besides `changed`, `msg` and `diff`: a struct whose fields become fields of the printed object (except
    /// `None`), or `()`. This type documents RETURN.
    type Results: Serialize + JsonSchema;

    /// The documentation. Default: the doc comment of [`Self::Options`].
    const DOCUMENTATION: Documentation = Documentation::EMPTY;

    /// Fields of [`Self::Results`] that are printed as `null` instead of being omitted, so that a task can read them without
    /// testing whether they are defined. Only top-level fields.
    const NULL_RESULTS: &'static [&'static str] = &[];

    /// Additional arguments of the command line, each of which prints a text.
    const TEXT_COMMANDS: &'static [TextCommand] = &[];

    /// Additional values to mask: secrets that are not an option of their own, such as those in a body. `parameters` are the
    /// validated options, also in a task that is refused.
    fn secrets(parameters: &Map<String, Value>) -> Vec<String> {
        let _ = parameters;
        Vec::new()
    }

    /// Does the work. In check mode ([`Task::check_mode`]) it changes nothing and returns the result of the real run.
    ///
    /// # Errors
    ///
    /// A [`Failure`] ends the task as failed. `?` turns every error into one: see [`Failure`].
    fn run(task: &mut Task, options: Self::Options) -> Outcome<Self::Results>;
}

/// An argument of the command line that prints a text, such as `--types`.
#[derive(Clone, Copy, Debug)]
pub struct TextCommand {
    /// The argument. One that needs a value has the name of the value after a blank: `--fields TYPE`.
    pub argument: &'static str,
    /// The effect, for `--help`: `print all types`.
    pub does: &'static str,
    /// Returns the text for the value (empty for an argument that needs no value), or an error.
    pub text: fn(&str) -> Result<String, String>,
}
