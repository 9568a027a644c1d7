//! Ansible's binary-module protocol: write an Ansible module as one static executable.
//!
//! Ansible copies a module to the host of a task, with a JSON file of the task's options, runs `module file`, and reads one JSON
//! object from its standard output. A module written with this crate is a type for its options, a type for its results, and a
//! function between them:
//!
//! ```no_run
//! use ansible_binary_module::{Attribute, Documentation, Failure, Module, NoLog, Outcome, Success, Support, Task};
//! use schemars::JsonSchema;
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Deserialize, JsonSchema)]
//! struct Options {
//!     /// Name of the person to greet.
//!     name: String,
//!     /// Number of greetings.
//!     #[serde(default = "once")]
//!     #[schemars(range(min = 1, max = 5))]
//!     times: u8,
//!     /// Password of the door.
//!     #[schemars(extend("x-ansible-env" = "GREET_PASSWORD"))]
//!     password: Option<NoLog>,
//! }
//!
//! fn once() -> u8 {
//!     1
//! }
//!
//! #[derive(Serialize, JsonSchema)]
//! struct Results {
//!     /// The greeting.
//!     #[schemars(extend("x-ansible-returned" = "always"), example = &"Hello, world!")]
//!     greeting: String,
//! }
//!
//! struct Greet;
//!
//! impl Module for Greet {
//!     const NAME: &'static str = "greet";
//!     const VERSION: &'static str = "1.0.0";
//!     type Options = Options;
//!     type Results = Results;
//!
//!     const DOCUMENTATION: Documentation =
//!         Documentation::new().short_description("Greet a person").attributes(&[Attribute::check_mode(Support::Full)]);
//!
//!     fn run(task: &mut Task, options: Options) -> Outcome<Results> {
//!         if options.name == "nobody" {
//!             return Err("name: nobody cannot be greeted".into());
//!         }
//!         if options.times > 3 {
//!             task.warn("more than three greetings are unusual");
//!         }
//!         let greeting = format!("Hello, {}! ", options.name).repeat(options.times.into());
//!         Ok(Success::unchanged(Results { greeting }))
//!     }
//! }
//!
//! fn main() -> std::process::ExitCode {
//!     ansible_binary_module::main::<Greet>()
//! }
//! ```
//!
//! `main` does the rest. It validates as ansible-core's `AnsibleModule` does, by the same rules and in the same words
//! ([`validation`]). It masks every secret in its output. It reports every fault, panics included, as one object with
//! `"failed": true`. It logs the invocation to syslog. By hand, `greet --help` explains the options, `greet --docs` prints the
//! YAML for `ansible-doc` (put it next to the executable as `greet.yml`), `greet --schema` prints the JSON Schema, and `greet -`
//! reads the options from standard input.
//!
//! # Options
//!
//! | in Rust | in Ansible |
//! | --- | --- |
//! | doc comment of the options' type | description of the module, unless [`Documentation`] has one |
//! | doc comment of a field | description. An empty line starts a paragraph. `` `code` ``, `O(…)`, `V(…)`, `E(…)` and `RV(…)` become `C(…)`, because `ansible-doc` of 2.14 prints the newer markup as it is |
//! | `String`, an integer, `f64`, `bool` | `str`, `int`, `float`, `bool` |
//! | `Vec<T>` | `list` with its `elements` |
//! | a map of text or of `serde_json::Value`, a `serde_json::Value` | `dict`, `raw` |
//! | an enum of unit variants | `str` with `choices`; doc comments of variants explain them |
//! | a struct, a `Vec` of structs | `dict`, `list` of `dict`, with sub-options and their rules |
//! | [`NoLog`], [`AnsiblePath`] | `str` with `no_log`, `path` |
//! | neither `Option` nor a default | `required` |
//! | `#[serde(default)]`, `#[serde(default = "…")]` | `default` (the type derives `Serialize` for the documentation) |
//! | `#[schemars(range(…), length(…))]` | checked before the module runs |
//! | `#[serde(flatten)]` of a struct | options that several modules share, with their rules |
//! | [`rules`] | `required_if`, `mutually_exclusive` and the others |
//!
//! Integers have 64 bits, from -9223372036854775808 to 18446744073709551615. Larger ones are refused as numbers, and keep all
//! digits as text ([`exact`]); with the feature `exact-numbers`, also in options of type `raw`.
//!
//! A secret is found as an option, as an element of a list, and as a field of a struct or of the structs in a list. A [`NoLog`]
//! in any other type (an enum with data, a tuple, the values of a map, a type that contains itself) is refused: the module does
//! not run, and the message names the option. An option marked `x-ansible-no-log` can have any type; all of it is masked.
//!
//! With the feature `testing`, [`check`] and [`check_options`] report every other property of a type that would not hold, with a
//! replacement:
//! `#[serde(alias)]`, `PathBuf` (in which `~` stays), limits that are not enforced such as `regex`, an enum with data, a map whose
//! values have a type, a rule with a value that an option cannot have, a default or an option without documentation, a result
//! with a name of the protocol. `--docs` refuses them, too.
//!
//! Properties that Rust cannot express are in `#[schemars(extend("x-ansible-…" = …))]`. Unknown keys are refused as soon as the
//! module runs, so that a misspelled `no-log` cannot leak:
//!
//! | key | value |
//! | --- | --- |
//! | `x-ansible-type`, `x-ansible-elements` | a type of Ansible: `"path"`, `"raw"`, `"jsonarg"`, `"bytes"`, `"bits"`, … |
//! | `x-ansible-no-log` | `true`, or `false` for a name that only looks like a secret |
//! | `x-ansible-aliases` | a list of names |
//! | `x-ansible-env` | the environment variable, or variables, of the fallback |
//! | `x-ansible-apply-defaults` | `true`: the defaults of sub-options apply even where the option is not set |
//! | `x-ansible-version-added` | the version that added it |
//! | `x-ansible-removed-in`, `x-ansible-removed-at-date`, `x-ansible-removed-from-collection` | its removal |
//! | `x-ansible-deprecated-aliases` | a list of `{"name", "version" or "date", "collection_name"}` |
//! | `x-ansible-group` | the heading in `--help`; [`rules::group`] sets it for a whole struct |
//! | `x-ansible-returned` | of a result: when it is returned |
//!
//! # Results
//!
//! The fields of the results' type become fields of the printed object. `None` is left out. RETURN documents them: doc comments,
//! types, `x-ansible-returned`, and `#[schemars(example = …)]` (`&"text"`, `vec![…]`) as the sample.
//!
//! The README shows a module with rules, a secret, a diff and a file that it writes.
//!
//! # Several modules in one program
//!
//! [`modules!`] puts several modules into one executable. It can be called by a link with the module's name.
//!
//! # Facts
//!
//! A result called `ansible_facts`, a struct or a map, sets facts of the host, as with any module of Ansible.
//!
//! # Faults
//!
//! A panic ends the task as failed and names its place in the source. Its message can contain a secret and is not printed. With
//! `-vvv`, or with `ANSIBLE_DEBUG` in the task's environment, the field `exception` lists the functions that led to it. This needs
//! an executable with symbols (`strip = false`, `debug = "line-tables-only"`). A deprecation belongs to the collection by whose
//! name the task calls the module (`namespace.name.module`), unless it names another one: since ansible-core 2.19, a version
//! without a collection is not shown.

#![warn(missing_docs)]

#[cfg(not(unix))]
compile_error!(
    "Ansible runs binary modules on Unix hosts: this crate uses file descriptors, process groups and syslog"
);

mod arguments;
mod causes;
#[cfg(feature = "testing")]
mod check;
mod command;
mod definition;
mod docs;
pub mod exact;
#[cfg(feature = "files")]
pub mod file;
mod mask;
mod module;
mod modules;
mod option_types;
mod options;
mod outcome;
mod process;
pub mod program;
mod report;
mod result_fields;
pub mod rules;
mod run;
mod run_command;
#[cfg(feature = "testing")]
mod serde_fields;
pub mod spec;
mod syslog;
mod task;
#[cfg(feature = "testing")]
pub mod testing;
pub mod validation;

pub use causes::Causes;
#[cfg(feature = "testing")]
pub use check::{Problems, check, check_options};
pub use command::main;
pub use module::{Attribute, Documentation, Module, SeeAlso, Support, TextCommand};
pub use modules::{ModuleEntry, main_of};
pub use option_types::{AnsiblePath, NoLog};
pub use outcome::{Context, Diff, Failure, FailureError, Outcome, Success};
pub use process::{Output, fail_and_exit, on_exit};
pub use run_command::{CommandOutput, RunCommand, split_words};
pub use {schemars, serde_json};

pub use task::{Deprecation, Task, TaskBuilder};
pub use validation::Origin;

/// The entry points of the fuzzers, which exist only in their builds.
#[cfg(fuzzing)]
pub mod fuzzing {
    use crate::mask::Mask;
    use serde::Serialize;
    use std::collections::BTreeSet;

    /// A module's result as the line that is printed, the secrets masked in it.
    ///
    /// # Errors
    ///
    /// When `result` cannot be JSON.
    pub fn line<R: Serialize>(secrets: &BTreeSet<String>, result: &R) -> serde_json::Result<Vec<u8>> {
        Mask::new(secrets).json(result)
    }
}
