//! A module that fails in the way that a test asks for.

use ansible_binary_module::{
    AnsiblePath, Attribute, Documentation, Failure, Module, NoLog, Success, Support, Task, on_exit,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::os::unix::fs::PermissionsExt;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum What {
    /// Success.
    Nothing,
    /// The module panics and quotes its secret.
    Panic,
    /// A thread of the module panics.
    PanicInThread,
    /// The module panics, and so does a cleanup.
    PanicTwice,
    /// The module fails.
    Fail,
}

#[derive(Deserialize, JsonSchema)]
struct Options {
    /// The outcome.
    what: What,
    /// A secret.
    secret: Option<NoLog>,
    /// A file that is deleted on exit.
    leftover: Option<AnsiblePath>,
    /// A shell command that is run first, with the module's own standard streams.
    command: Option<String>,
    /// Text to print as a stray `println!` does.
    print: Option<String>,
    /// Create a temporary directory.
    #[serde(default)]
    temporary: bool,
}

#[derive(Serialize, JsonSchema)]
struct Results {
    /// The temporary directory.
    directory: Option<String>,
    /// Its mode.
    mode: Option<u32>,
}

struct FailurePrograms;

impl Module for FailurePrograms {
    const NAME: &'static str = "failure_programs";
    const VERSION: &'static str = "1.0.0";
    type Options = Options;
    type Results = Results;

    const DOCUMENTATION: Documentation =
        Documentation::new().short_description("Fail on demand").attributes(&[Attribute::check_mode(Support::Full)]);

    #[allow(clippy::panic)]
    fn run(task: &mut Task, options: Options) -> Result<Success<Results>, Failure> {
        if let Some(leftover) = options.leftover {
            on_exit(move || {
                let _ = std::fs::remove_file(&leftover);
            });
        }
        if let Some(text) = &options.print {
            println!("{text}");
        }
        if let Some(command) = &options.command {
            std::process::Command::new("sh").args(["-c", command]).status()?;
        }
        let mut results = Results { directory: None, mode: None };
        if options.temporary {
            let directory = task.temporary_directory().map_err(|error| error.to_string())?;
            let metadata = std::fs::metadata(&directory).map_err(|error| error.to_string())?;
            results.mode = Some(metadata.permissions().mode() & 0o777);
            results.directory = Some(directory.display().to_string());
        }
        let secret = options.secret.as_ref().map_or("none", NoLog::expose);
        match options.what {
            What::Nothing => Ok(Success::changed(results)),
            What::Panic => panic!("the secret is {secret}"),
            What::PanicTwice => {
                on_exit(|| panic!("and again"));
                panic!("once")
            }
            What::PanicInThread => {
                let secret = secret.to_owned();
                let thread = std::thread::spawn(move || panic!("the secret is {secret}"));
                let _ = thread.join();
                Ok(Success::changed(results))
            }
            What::Fail => Err(Failure::new("it failed").with_results(results)),
        }
    }
}

fn main() -> std::process::ExitCode {
    ansible_binary_module::main::<FailurePrograms>()
}
