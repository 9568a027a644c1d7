//! Ansible's binary-module protocol: write an Ansible module as one static executable.
//!
//! Ansible copies a module to the host that a task is for, with a JSON file of the task's options, runs `module file`,
//! and reads one JSON object from its standard output. A module written with this crate is a type for its options,
//! a type for its results, and a function between them:
//!
//! ```no_run
//! use ansible_binary_module::{Attribute, Documentation, Failure, Module, NoLog, Outcome, Success, Support, Task};
//! use schemars::JsonSchema;
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Deserialize, JsonSchema)]
//! struct Options {
//!     /// Whom to greet.
//!     name: String,
//!     /// How often.
//!     #[serde(default = "once")]
//!     #[schemars(range(min = 1, max = 5))]
//!     times: u8,
//!     /// The word that opens the door.
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
//!     const DOCUMENTATION: Documentation = Documentation {
//!             short_description: "Greet somebody",
//!             attributes: &[Attribute::check_mode(Support::Full)],
//!             ..Documentation::EMPTY
//!         };
//!
//!     fn run(task: &mut Task, options: Options) -> Outcome<Results> {
//!         if options.name == "nobody" {
//!             return Err("there is nobody to greet: set name".into());
//!         }
//!         if options.times > 3 {
//!             task.warn("that is a lot of greeting");
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
//! `main` does the rest: it validates as ansible-core's `AnsibleModule` does, by the same rules and in the same
//! words ([`validation`]); masks every secret in what it prints; answers anything that goes wrong, a panic
//! included, with one object that says `"failed": true`; and logs the invocation to syslog.
//! Away from Ansible, `greet --help` explains the options, `greet --docs` prints the YAML to be laid beside the executable
//! as `greet.yml` for `ansible-doc`, `greet --schema` the JSON Schema, and `greet -` takes the options from standard input.
//!
//! # Options
//!
//! | in Rust | to Ansible |
//! | --- | --- |
//! | doc comment of the options' type | what the module does, unless [`Documentation`] says it |
//! | doc comment of a field | description; an empty line begins a paragraph; `` `code` `` becomes `C(code)`, and so do `O(…)`, `V(…)` and `E(…)`, which `ansible-doc` of 2.14 prints as they stand |
//! | `String`, an integer, `f64`, `bool` | `str`, `int`, `float`, `bool` |
//! | `Vec<T>` | `list` with its `elements` |
//! | a map of text or of `serde_json::Value`, a `serde_json::Value` | `dict`, `raw` |
//! | an enum of unit variants | `str` with `choices`; doc comments of variants explain them |
//! | a struct, a `Vec` of structs | `dict`, `list` of `dict`, with sub-options and their rules |
//! | [`NoLog`], [`AnsiblePath`] | `str` with `no_log`, `path` |
//! | neither `Option` nor a default | `required` |
//! | `#[serde(default)]`, `#[serde(default = "…")]` | `default` (the type derives `Serialize`, so that it can be told) |
//! | `#[schemars(range(…), length(…))]` | checked before the module runs |
//! | `#[serde(flatten)]` of a struct | options that several modules share, with their rules |
//! | [`rules`] | `required_if`, `mutually_exclusive` and the others |
//!
//! Integers are those of 64 bits, from -9223372036854775808 to 18446744073709551615; larger ones are refused, where Ansible
//! takes any.
//!
//! A secret is found where it is an option, an element of a list, or a field of a struct or of the structs in a list. Every
//! other type with a [`NoLog`] in it (an enum with data, a tuple, the values of a map, a type that contains itself) is
//! refused: nothing is run, and the message says so. An option marked `x-ansible-no-log` may be of any type, and all of it is
//! masked.
//!
//! What else a type can say and would not hold is told by [`check`] and [`check_options`], each with what to write instead:
//! `#[serde(alias)]`, `PathBuf` (in which `~` stays), limits that are not checked such as `regex`, an enum with data, a map
//! whose values have a type, a rule for a value that an option cannot have, a default or an option without documentation, a
//! result with a name of the protocol's. `--docs` refuses them too.
//!
//! What Rust has no word for stands in `#[schemars(extend("x-ansible-…" = …))]`; a key that is not in this list is
//! refused as soon as the module runs, so that a misspelt `no-log` cannot leak:
//!
//! | key | value |
//! | --- | --- |
//! | `x-ansible-type`, `x-ansible-elements` | a type of Ansible's: `"path"`, `"raw"`, `"jsonarg"`, `"bytes"`, `"bits"`, … |
//! | `x-ansible-no-log` | `true`, or `false` for what only looks like a secret by its name |
//! | `x-ansible-aliases` | a list of names |
//! | `x-ansible-env` | the environment variable, or variables, to fall back on |
//! | `x-ansible-apply-defaults` | `true`: the defaults of sub-options hold even where the option is not given |
//! | `x-ansible-version-added` | the version in which it appeared |
//! | `x-ansible-removed-in`, `x-ansible-removed-at-date`, `x-ansible-removed-from-collection` | when it goes away |
//! | `x-ansible-deprecated-aliases` | a list of `{"name", "version" or "date", "collection_name"}` |
//! | `x-ansible-returned` | of a result: when it is returned |
//!
//! # Results
//!
//! The fields of the results' type become fields of the printed object, those that are `None` are left out, and RETURN is
//! their documentation: doc comments, types, `x-ansible-returned`, and `#[schemars(example = …)]` (`&"text"`, `vec![…]`)
//! as the sample.
//!
//! A module with rules, a secret, a diff and a file that it writes is on the README's page.
//!
//! # When something goes wrong
//!
//! A panic ends the task as failed, and names its place in the source; what it said may hold a secret and is not told. With
//! `-vvv`, or where the task's environment has `ANSIBLE_DEBUG`, the field `exception` tells the functions that led there,
//! which takes an executable with symbols (`strip = false`, `debug = "line-tables-only"`). A deprecation is of the collection
//! that the task calls the module by (`namespace.name.module`), unless it names another: as of ansible-core 2.19 a version
//! without a collection is not shown.

#![warn(missing_docs)]

mod check;
mod command;
mod context;
mod definition;
mod docs;
mod documentation;
mod exit;
pub mod file;
#[cfg(fuzzing)]
pub mod fuzzing;
mod input;
mod internal;
mod mask;
mod module;
mod option_types;
mod options;
pub mod program;
mod report;
pub mod rules;
mod run;
pub mod spec;
mod syslog;
mod task;
pub mod testing;
pub mod validation;

pub use check::{Problems, check, check_options};
pub use command::main;
pub use context::Output;
pub use documentation::{Attribute, Documentation, SeeAlso, Support};
pub use exit::{fail_and_exit, on_exit};
pub use module::{Diff, Failure, Module, Outcome, Success};
pub use option_types::{AnsiblePath, NoLog};
pub use task::{Deprecation, Task, TaskBuilder};
pub use validation::Origin;
