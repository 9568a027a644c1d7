//! Runs a module in a test as Ansible does: arguments are validated, and the result is the printed object.
//!
//! ```
//! # use ansible_binary_module::{Attribute, Documentation, Module, Outcome, Success, Support, Task};
//! # /// Greets a person.
//! # #[derive(serde::Deserialize, schemars::JsonSchema)]
//! # struct Greet {
//! #     /// Name of the person.
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

use crate::definition::Definition;
use crate::process::Output;
use crate::process::{Context, Environment};
use crate::{Causes, Module, run};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// A module to be run in this process. It sees no environment variable of the process, and prints and logs nothing.
#[derive(Clone, Debug)]
pub struct Invocation<M> {
    arguments: Map<String, Value>,
    environment: BTreeMap<String, String>,
    reader: Reader,
    module: PhantomData<fn() -> M>,
}

/// The outcome of a run.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Ended {
    /// The exit status of the executable: 1 for a failed task, and for a result that cannot be read.
    pub status: u8,
    /// The printed object, with its secrets masked.
    pub result: Value,
    /// The messages for the host's log.
    pub logged: Vec<String>,
    /// The errors of a failure, which the printed object does not have. Not compared.
    pub causes: Causes,
}

/// The reader of a run's result.
#[derive(Clone, Debug)]
pub struct Reader(Arc<AtomicBool>);

impl Reader {
    /// Closes the result, from any thread, as the reader of a pipe does when a job is canceled.
    pub fn go_away(&self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

impl<M: Module> Invocation<M> {
    /// With these arguments: an object with the task's options, and with Ansible's entries (`_ansible_…`) where a test needs
    /// them. Any other value is an object without options.
    #[must_use]
    pub fn new(arguments: Value) -> Self {
        let arguments = match arguments {
            Value::Object(arguments) => arguments,
            _ => Map::new(),
        };
        let reader = Reader(Arc::new(AtomicBool::new(true)));
        Self { arguments, environment: BTreeMap::new(), reader, module: PhantomData }
    }

    /// Adds these options.
    #[must_use]
    pub fn with(mut self, options: Value) -> Self {
        if let Value::Object(options) = options {
            self.arguments.extend(options);
        }
        self
    }

    /// Sets check mode.
    #[must_use]
    pub fn check_mode(self, on: bool) -> Self {
        self.with(json!({ "_ansible_check_mode": on }))
    }

    /// Sets diff mode.
    #[must_use]
    pub fn diff_mode(self, on: bool) -> Self {
        self.with(json!({ "_ansible_diff": on }))
    }

    /// Adds an environment variable.
    #[must_use]
    pub fn environment(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The reader of the result. It can close it before or during the run.
    #[must_use]
    pub fn reader(&self) -> Reader {
        self.reader.clone()
    }

    /// Runs it. A module with faulty types fails, as its executable does.
    #[must_use]
    pub fn run(self) -> Ended {
        let definition = match Definition::of::<M>() {
            Ok(definition) => definition,
            Err(error) => {
                return Ended {
                    status: 1,
                    result: json!({"failed": true, "msg": error}),
                    logged: Vec::new(),
                    causes: Causes::default(),
                };
            }
        };
        let logged = Arc::new(Mutex::new(Vec::new()));
        let context = Context {
            environment: Environment::Given(Arc::new(self.environment)),
            log: {
                let logged = Arc::clone(&logged);
                Arc::new(move |datagram| {
                    logged.lock().unwrap_or_else(PoisonError::into_inner).push(datagram.to_owned())
                })
            },
            output: Output::of_test(Arc::clone(&self.reader.0)),
        };
        let mut printable = run::run::<M>(&definition, self.arguments, &context);
        let written = context.output.is_open();
        printable.hooks.call(written);
        let logged = std::mem::take(&mut *logged.lock().unwrap_or_else(PoisonError::into_inner));
        let result = serde_json::from_slice(&printable.line).unwrap_or_default();
        Ended { status: u8::from(printable.failed || !written), result, logged, causes: printable.causes }
    }
}
