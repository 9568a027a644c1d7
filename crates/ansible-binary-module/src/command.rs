//! The command line, for Ansible and for people.

use crate::definition::{self, Definition, Returned};
use crate::process::Output;
use crate::process::{Context, Environment};
use crate::report::{Printable, Report};
use crate::run::run;
use crate::{Module, Task, TextCommand, arguments, docs, process, syslog};
use atomic_file::error_text;
use serde_json::{Map, Value};
use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The `main` of a module: reads the arguments, validates them, runs the module and prints the result.
///
/// The exit status is 0 for success, and 1 for a failed task or a result that cannot be printed.
pub fn main<M: Module>() -> ExitCode {
    process::protect();
    process::report_panics(M::NAME, M::VERSION);
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    printed(answer::<M>(&arguments, None, Path::new(syslog::SOCKET)))
}

/// Prints the answer. Returns the exit status.
pub(crate) fn printed(answer: Answer) -> ExitCode {
    atomic_file::cleanup::clean_up();
    let succeeded = match answer {
        Answer::Text(text) => process::write(text.as_bytes()).is_ok(),
        Answer::Report(mut report) => {
            let written = process::print(&report.line).is_ok();
            report.hooks.call(written);
            written && !report.failed
        }
    };
    if succeeded { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The output.
pub(crate) enum Answer {
    Text(String),
    Report(Printable),
}

impl Answer {
    pub(crate) fn failure(msg: String) -> Self {
        Self::Report(Report::<()>::failure(msg).printable(&mut Task::default(), &[]))
    }
}

/// The action of a command line.
#[derive(Debug, PartialEq)]
enum Command {
    Run {
        source: Source,
        check_mode: bool,
        diff_mode: bool,
    },
    ShortHelp,
    Help,
    Version,
    Docs,
    #[cfg(feature = "schema")]
    Schema,
    /// One of [`Module::TEXT_COMMANDS`], with its value.
    Text(usize, String),
}

#[derive(Debug, PartialEq)]
pub(crate) enum Source {
    File(PathBuf),
    StandardInput,
}

/// # Errors
///
/// A usage message.
fn command(arguments: &[OsString], name: &str, texts: &[TextCommand]) -> Result<Command, String> {
    let usage = format!(
        "{name} is an Ansible module. Call it with the path of a JSON file that contains its options, or with - to read them from \
         standard input. {name} --help explains the options."
    );
    let (mut check_mode, mut diff_mode, mut rest) = (false, false, Vec::new());
    for argument in arguments {
        match argument.to_str() {
            Some("--check") => check_mode = true,
            Some("--diff") => diff_mode = true,
            _ => rest.push(argument),
        }
    }
    let run = |source| Command::Run { source, check_mode, diff_mode };
    if let Some(command) = text_command(&rest, texts, &usage) {
        return command;
    }
    let [only] = rest[..] else {
        return Err(match rest.len() {
            0 => usage,
            several => format!("{several} arguments were given, but only one is allowed. {usage}"),
        });
    };
    let command = match only.to_str() {
        Some("-") => run(Source::StandardInput),
        Some("-h") => Command::ShortHelp,
        Some("--help") => Command::Help,
        Some("-V" | "--version") => Command::Version,
        Some("--docs") => Command::Docs,
        #[cfg(feature = "schema")]
        Some("--schema") => Command::Schema,
        Some(unknown) if unknown.starts_with('-') => return Err(format!("Unknown argument {unknown}. {usage}")),
        _ => run(Source::File(PathBuf::from(only))),
    };
    Ok(command)
}

/// The answer of a module. `read`: the arguments of the task, where they were read before.
pub(crate) fn answer<M: Module>(
    arguments: &[OsString],
    read: Option<Result<Map<String, Value>, String>>,
    log_socket: &Path,
) -> Answer {
    let command = match command(arguments, M::NAME, M::TEXT_COMMANDS) {
        Ok(command) => command,
        Err(msg) => return Answer::failure(msg),
    };
    match command {
        Command::ShortHelp => documented::<M>(docs::short_help),
        Command::Help => documented::<M>(docs::help),
        Command::Version => Answer::Text(format!("{} {}\n", M::NAME, M::VERSION)),
        Command::Docs => documented::<M>(docs::sidecar),
        #[cfg(feature = "schema")]
        Command::Schema => documented::<M>(docs::schema),
        Command::Text(text, value) => (M::TEXT_COMMANDS[text].text)(&value).map_or_else(Answer::failure, Answer::Text),
        Command::Run { source, check_mode, diff_mode } => {
            let arguments = read.unwrap_or_else(|| source.read());
            process::close_standard_input();
            let arguments = arguments.map(|mut arguments| {
                for (on, entry) in [(check_mode, "_ansible_check_mode"), (diff_mode, "_ansible_diff")] {
                    if on {
                        arguments.insert(entry.to_owned(), true.into());
                    }
                }
                arguments
            });
            ran::<M>(arguments, log_socket)
        }
    }
}

impl Source {
    pub(crate) fn read(&self) -> Result<Map<String, Value>, String> {
        match self {
            Self::StandardInput => {
                let place = "standard input";
                arguments::parse(&arguments::read(std::io::stdin().lock(), place)?, place)
            }
            Self::File(path) => from_file(path),
        }
    }
}

fn documented<M: Module>(page: fn(&Definition, &Returned) -> String) -> Answer {
    match definition::documented::<M>() {
        Ok((definition, returned)) => Answer::Text(page(&definition, &returned)),
        Err(problems) => built_wrongly::<M>(&problems),
    }
}

fn ran<M: Module>(arguments: Result<Map<String, Value>, String>, log_socket: &Path) -> Answer {
    let definition: &Definition = match Definition::of::<M>() {
        // Needed until the process ends. Freeing it would only cost time.
        Ok(definition) => Box::leak(Box::new(definition)),
        Err(error) => return built_wrongly::<M>(&error),
    };
    let context = Context {
        environment: Environment::Process,
        log: {
            let socket = log_socket.to_owned();
            std::sync::Arc::new(move |datagram| syslog::send(&socket, datagram))
        },
        output: Output::default(),
    };
    match arguments {
        Ok(arguments) => Answer::Report(run::<M>(definition, arguments, &context)),
        Err(msg) => Answer::failure(msg),
    }
}

fn built_wrongly<M: Module>(error: &str) -> Answer {
    Answer::failure(format!(
        "{} {} was built with faulty types. Only its authors can fix that: {error}",
        M::NAME,
        M::VERSION
    ))
}

fn from_file(path: &Path) -> Result<Map<String, Value>, String> {
    let place = format!("the file {}", path.display());
    let file = File::open(path).map_err(|error| {
        format!("Cannot open {place} ({}). It must contain the module's options as a JSON object", error_text(error))
    })?;
    let bytes = arguments::read(file, &place)?;
    arguments::parse(&bytes, &place)
}

/// The text that the first argument prints, with its value.
fn text_command(arguments: &[&OsString], texts: &[TextCommand], usage: &str) -> Option<Result<Command, String>> {
    let (first, values) = arguments.split_first()?;
    let parts = |text: &TextCommand| text.argument.split_once(' ').unwrap_or((text.argument, ""));
    let text = texts.iter().position(|text| first.to_str() == Some(parts(text).0))?;
    let (argument, needed) = parts(&texts[text]);
    Some(match (needed, values) {
        ("", []) => Ok(Command::Text(text, String::new())),
        ("", _) => Err(format!("{argument} is used alone. {usage}")),
        (_, [value]) => Ok(Command::Text(text, value.to_string_lossy().into_owned())),
        (needed, _) => Err(format!("{argument} needs one value: {argument} {needed}. {usage}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_argument_is_understood() {
        let text = |_: &str| Ok(String::new());
        let texts = [
            TextCommand { argument: "--types", does: "print types", text },
            TextCommand { argument: "--fields TYPE", does: "print fields", text },
        ];
        let run = |source, check_mode, diff_mode| Some(Command::Run { source, check_mode, diff_mode });
        let file = || Source::File("args".into());
        for (arguments, wanted) in [
            (vec!["-"], run(Source::StandardInput, false, false)),
            (vec!["--help"], Some(Command::Help)),
            (vec!["-h"], Some(Command::ShortHelp)),
            (vec!["--version"], Some(Command::Version)),
            (vec!["--docs"], Some(Command::Docs)),
            (vec!["--schema"], Some(Command::Schema)),
            (vec!["--types"], Some(Command::Text(0, String::new()))),
            (vec!["--fields", "wlans"], Some(Command::Text(1, "wlans".to_owned()))),
            (vec!["--fields"], None),
            (vec!["--fields", "a", "b"], None),
            (vec!["--types", "a"], None),
            (vec!["/tmp/args"], run(Source::File("/tmp/args".into()), false, false)),
            (vec!["args"], run(file(), false, false)),
            (vec!["--check", "args"], run(file(), true, false)),
            (vec!["args", "--diff", "--check"], run(file(), true, true)),
            (vec!["--check"], None),
            (vec!["--hlep"], None),
            (vec![], None),
            (vec!["a", "b"], None),
            (vec!["--docs", "-"], None),
        ] {
            let arguments: Vec<OsString> = arguments.into_iter().map(OsString::from).collect();
            let found = command(&arguments, "greet", &texts);
            if let Err(msg) = &found {
                assert!(msg.contains("greet --help explains"), "{msg}");
            }
            assert_eq!(found.ok(), wanted, "{arguments:?}");
        }
    }

    struct Greet;

    #[derive(serde::Deserialize, schemars::JsonSchema)]
    struct Options {
        /// Name of the person to greet.
        name: String,
    }

    impl Module for Greet {
        const NAME: &'static str = "greet";
        const VERSION: &'static str = "1.0.0";
        type Options = Options;
        type Results = ();
        fn run(_: &mut Task, options: Options) -> Result<crate::Success<()>, crate::Failure> {
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
        let Answer::Report(report) = answer::<Greet>(&[arguments.into()], None, &socket) else {
            panic!("a text");
        };
        let object: Value = serde_json::from_slice(&report.line).unwrap();
        assert_eq!(object["msg"], "world");
        let mut buffer = [0; 200];
        let length = logger.recv(&mut buffer).unwrap();
        assert_eq!(std::str::from_utf8(&buffer[..length]).unwrap(), "<14>ansible-greet: Invoked with name=world");
    }
}
