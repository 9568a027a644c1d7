//! Running a module in a test, as Ansible would: its arguments through validation, its result as it is printed.
//!
//! ```
//! # use ansible_binary_module::{Attribute, Documentation, Module, Outcome, Success, Support, Task};
//! # /// Greets somebody.
//! # #[derive(serde::Deserialize, schemars::JsonSchema)]
//! # struct Greet {
//! #     /// Whom to greet.
//! #     name: String,
//! # }
//! # impl Module for Greet {
//! #     const NAME: &'static str = "greet";
//! #     const VERSION: &'static str = "1.0.0";
//! #     type Options = Self;
//! #     type Results = ();
//! #     fn run(_: &mut Task, options: Self) -> Outcome<()> {
//! #         Ok(Success::unchanged(()).with_msg(format!("Hello, {}!", options.name)))
//! #     }
//! # }
//! use ansible_binary_module::testing::Invocation;
//! use serde_json::json;
//!
//! let ended = Invocation::<Greet>::new(json!({"name": "world"})).run();
//! assert_eq!(ended.status, 0);
//! assert_eq!(ended.result["msg"], "Hello, world!");
//!
//! let ended = Invocation::<Greet>::new(json!({"nmae": "world"})).run();
//! assert_eq!(ended.status, 1);
//! assert_eq!(ended.result["msg"], "missing required arguments: name");
//! ```

use crate::context::{Context, Environment, Output};
use crate::definition::Definition;
use crate::{Module, run};
use serde_json::{Map, Value, json};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A module about to be run in this process: nothing of the process's environment is seen, nothing is printed or logged.
#[derive(Clone, Debug)]
pub struct Invocation<M> {
    arguments: Map<String, Value>,
    environment: BTreeMap<String, String>,
    reader: Reader,
    module: PhantomData<fn() -> M>,
}

/// What a run came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Ended {
    /// The exit status that the executable would have: 1 for a failed task, and where nobody reads the result.
    pub status: u8,
    /// The printed object, its secrets masked.
    pub result: Value,
    /// What the host's log was told.
    pub logged: Vec<String>,
}

/// Whoever reads what a run prints.
#[derive(Clone, Debug)]
pub struct Reader(Arc<AtomicBool>);

impl Reader {
    /// Goes away, from whichever thread, as the reader of a pipe does when a job is cancelled.
    pub fn go_away(&self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

impl<M: Module> Invocation<M> {
    /// With these arguments: an object with the task's options, and Ansible's own entries (`_ansible_…`) where a test is about
    /// them. What is no object is taken for one without options.
    #[must_use]
    pub fn new(arguments: Value) -> Self {
        let arguments = match arguments {
            Value::Object(arguments) => arguments,
            _ => Map::new(),
        };
        let reader = Reader(Arc::new(AtomicBool::new(true)));
        Self { arguments, environment: BTreeMap::new(), reader, module: PhantomData }
    }

    /// With these options too.
    #[must_use]
    pub fn with(mut self, options: Value) -> Self {
        if let Value::Object(options) = options {
            self.arguments.extend(options);
        }
        self
    }

    /// In check mode or not.
    #[must_use]
    pub fn check_mode(self, on: bool) -> Self {
        self.with(json!({ "_ansible_check_mode": on }))
    }

    /// In diff mode or not.
    #[must_use]
    pub fn diff_mode(self, on: bool) -> Self {
        self.with(json!({ "_ansible_diff": on }))
    }

    /// With this environment variable.
    #[must_use]
    pub fn environment(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Who reads the result: it may go away before or while the module runs.
    #[must_use]
    pub fn reader(&self) -> Reader {
        self.reader.clone()
    }

    /// Runs it. A module whose types cannot be read fails, as its executable would.
    #[must_use]
    pub fn run(self) -> Ended {
        let definition = match Definition::of::<M>() {
            Ok(definition) => definition,
            Err(error) => {
                return Ended { status: 1, result: json!({"failed": true, "msg": error}), logged: Vec::new() };
            }
        };
        let logged = RefCell::new(Vec::new());
        let context = Context {
            environment: Environment::Given(Arc::new(self.environment)),
            log: &|datagram| logged.borrow_mut().push(datagram.to_owned()),
            output: Output::of_test(Arc::clone(&self.reader.0)),
        };
        let mut printable = run::run::<M>(&definition, self.arguments, &context);
        let written = context.output.is_open();
        printable.hooks.call(written);
        let result = serde_json::from_slice(&printable.line).unwrap_or_default();
        Ended { status: u8::from(printable.failed || !written), result, logged: logged.into_inner() }
    }
}
