//! The command line: what Ansible calls, and what a person does.

use crate::context::{Context, Environment, Output};
use crate::definition::{Definition, Returned};
use crate::report::{Printable, Report};
use crate::run::run;
use crate::{Module, Task, check, docs, exit, input, syslog};
use serde_json::{Map, Value};
use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The whole of a module's `main`: reads the arguments, validates them, runs the module and prints the result.
///
/// The exit status is 0 for success and 1 for a failed task, or when nothing can be printed.
pub fn main<M: Module>() -> ExitCode {
    exit::report_panics(M::NAME, M::VERSION);
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let answer = answer::<M>(&arguments, Path::new(syslog::SOCKET));
    atomic_file::cleanup::clean_up();
    let succeeded = match answer {
        Answer::Text(text) => exit::write(text.as_bytes()).is_ok(),
        Answer::Report(mut report) => {
            let written = exit::print(&report.line).is_ok();
            report.hooks.call(written);
            written && !report.failed
        }
    };
    if succeeded { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What is printed.
enum Answer {
    Text(String),
    Report(Printable),
}

impl Answer {
    fn failure(msg: String) -> Self {
        Self::Report(Report::<()>::failure(msg).printable(&mut Task::default(), &[]))
    }
}

/// What the command line asks for.
#[derive(Debug, PartialEq)]
enum Command {
    File(PathBuf),
    StandardInput,
    Help,
    Version,
    Docs,
    Schema,
}

/// # Errors
///
/// What to write instead.
fn command(arguments: &[OsString], name: &str) -> Result<Command, String> {
    let usage = format!(
        "{name} is an Ansible module: give it the path of a JSON file with its options, or - to read them from \
         standard input; {name} --help explains the options."
    );
    match arguments {
        [] => Err(usage),
        [only] => match only.to_str() {
            Some("-") => Ok(Command::StandardInput),
            Some("-h" | "--help") => Ok(Command::Help),
            Some("-V" | "--version") => Ok(Command::Version),
            Some("--docs") => Ok(Command::Docs),
            Some("--schema") => Ok(Command::Schema),
            Some(unknown) if unknown.starts_with('-') => Err(format!("There is no {unknown}. {usage}")),
            _ => Ok(Command::File(PathBuf::from(only))),
        },
        several => Err(format!(
            "There are {} arguments on the command line, and only one is understood. {usage}",
            several.len()
        )),
    }
}

fn answer<M: Module>(arguments: &[OsString], log_socket: &Path) -> Answer {
    let command = match command(arguments, M::NAME) {
        Ok(command) => command,
        Err(msg) => return Answer::failure(msg),
    };
    match command {
        Command::Help => documented::<M>(docs::help),
        Command::Version => Answer::Text(format!("{} {}\n", M::NAME, M::VERSION)),
        Command::Docs => documented::<M>(docs::sidecar),
        Command::Schema => documented::<M>(docs::schema),
        Command::StandardInput => {
            let place = "standard input";
            let bytes = input::read(std::io::stdin().lock(), place);
            ran::<M>(bytes.and_then(|bytes| input::parse(&bytes, place)), log_socket)
        }
        Command::File(path) => ran::<M>(from_file(&path), log_socket),
    }
}

fn documented<M: Module>(page: fn(&Definition, &Returned) -> String) -> Answer {
    match check::documented::<M>() {
        Ok((definition, returned)) => Answer::Text(page(&definition, &returned)),
        Err(problems) => built_wrongly::<M>(&problems.to_string()),
    }
}

fn ran<M: Module>(arguments: Result<Map<String, Value>, String>, log_socket: &Path) -> Answer {
    let definition: &Definition = match Definition::of::<M>() {
        // Needed until the process ends, and taking it apart then would only cost time.
        Ok(definition) => Box::leak(Box::new(definition)),
        Err(error) => return built_wrongly::<M>(&error),
    };
    let context = Context {
        environment: Environment::Process,
        log: &|datagram| syslog::send(log_socket, datagram),
        output: Output::default(),
    };
    match arguments {
        Ok(arguments) => Answer::Report(run::<M>(definition, arguments, &context)),
        Err(msg) => Answer::failure(msg),
    }
}

fn built_wrongly<M: Module>(error: &str) -> Answer {
    Answer::failure(format!("{} {} is built wrongly, which only its authors can mend: {error}", M::NAME, M::VERSION))
}

fn from_file(path: &Path) -> Result<Map<String, Value>, String> {
    let place = format!("the file {}", path.display());
    let file = File::open(path).map_err(|error| {
        format!("Cannot open {place}: {error}. It should hold the module's options as a JSON object.")
    })?;
    let bytes = input::read(file, &place)?;
    input::parse(&bytes, &place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_argument_is_understood() {
        for (arguments, wanted) in [
            (vec!["-"], Some(Command::StandardInput)),
            (vec!["--help"], Some(Command::Help)),
            (vec!["-h"], Some(Command::Help)),
            (vec!["--version"], Some(Command::Version)),
            (vec!["--docs"], Some(Command::Docs)),
            (vec!["--schema"], Some(Command::Schema)),
            (vec!["/tmp/args"], Some(Command::File("/tmp/args".into()))),
            (vec!["args"], Some(Command::File("args".into()))),
            (vec!["--hlep"], None),
            (vec![], None),
            (vec!["a", "b"], None),
            (vec!["--docs", "-"], None),
        ] {
            let arguments: Vec<OsString> = arguments.into_iter().map(OsString::from).collect();
            let found = command(&arguments, "greet");
            if let Err(msg) = &found {
                assert!(msg.contains("greet --help explains"), "{msg}");
            }
            assert_eq!(found.ok(), wanted, "{arguments:?}");
        }
    }
    struct Greet;

    #[derive(serde::Deserialize, schemars::JsonSchema)]
    struct Options {
        /// Whom to greet.
        name: String,
    }

    impl Module for Greet {
        const NAME: &'static str = "greet";
        const VERSION: &'static str = "1.0.0";
        type Options = Options;
        type Results = ();
        fn run(_: &mut Task, options: Options) -> Result<crate::Success<()>, crate::Failure<()>> {
            Ok(crate::Success::unchanged(()).with_msg(options.name))
        }
    }

    #[test]
    fn an_invocation_reaches_the_logger_of_the_host() {
        let directory = tempfile::tempdir().unwrap();
        let socket = directory.path().join("log");
        let logger = std::os::unix::net::UnixDatagram::bind(&socket).unwrap();
        let arguments = directory.path().join("args");
        std::fs::write(&arguments, r#"{"name": "world"}"#).unwrap();
        let Answer::Report(report) = answer::<Greet>(&[arguments.into()], &socket) else {
            panic!("a text");
        };
        let object: Value = serde_json::from_slice(&report.line).unwrap();
        assert_eq!(object["msg"], "world");
        let mut buffer = [0; 200];
        let length = logger.recv(&mut buffer).unwrap();
        assert_eq!(std::str::from_utf8(&buffer[..length]).unwrap(), "<14>ansible-greet: Invoked with name=world");
    }
}
