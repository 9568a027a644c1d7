//! Several modules in one program.

use crate::command::{Answer, Source, answer, printed};
use crate::{Module, process, syslog};
use serde_json::{Map, Value};
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::ExitCode;

/// Expands to the `main` of a program with several modules.
///
/// The program runs the module that the task names (`_ansible_module_name`), otherwise the one whose name the program was called
/// by (a link or copy, also as `AnsiballZ_NAME`), otherwise the one of the first argument: `program NAME FILE`.
///
/// ```
/// # mod example {
/// # use ansible_binary_module::{Module, Outcome, Success, Task};
/// # /// Does nothing.
/// # #[derive(serde::Deserialize, schemars::JsonSchema)]
/// # pub struct First {}
/// # impl Module for First {
/// #     const NAME: &'static str = "first";
/// #     const VERSION: &'static str = "1.0.0";
/// #     type Options = Self;
/// #     type Results = ();
/// #     fn run(_: &mut Task, _: Self) -> Outcome<()> { Ok(Success::unchanged(())) }
/// # }
/// # use First as Second;
/// ansible_binary_module::modules![First, Second];
/// # }
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! modules {
    ($($module:ty),+ $(,)?) => {
        fn main() -> ::std::process::ExitCode {
            $crate::main_of(&[$($crate::ModuleEntry::of::<$module>()),+])
        }
    };
}

type Arguments = Result<Map<String, Value>, String>;

/// A module of a program with several ones.
#[derive(Clone, Copy, Debug)]
pub struct ModuleEntry {
    name: &'static str,
    version: &'static str,
    answer: fn(&[OsString], Option<Arguments>, &Path) -> Answer,
}

impl ModuleEntry {
    /// This module.
    #[must_use]
    pub const fn of<M: Module>() -> Self {
        Self { name: M::NAME, version: M::VERSION, answer: answer::<M> }
    }

    /// The name of the module.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

/// The `main` of a program with these modules; see [`modules!`](crate::modules).
pub fn main_of(modules: &[ModuleEntry]) -> ExitCode {
    process::protect();
    let mut arguments = std::env::args_os();
    let program = arguments.next().unwrap_or_default();
    let arguments: Vec<OsString> = arguments.collect();
    let choice = choose(modules, &program, &arguments);
    let Some(module) = choice.module else { return printed(without_module(modules, &program, &arguments)) };
    process::report_panics(module.name, module.version);
    printed((module.answer)(choice.arguments, choice.read, Path::new(syslog::SOCKET)))
}

struct Choice<'a> {
    module: Option<&'a ModuleEntry>,
    /// The arguments for the module.
    arguments: &'a [OsString],
    /// The task's arguments, which name the module.
    read: Option<Arguments>,
}

fn choose<'a>(modules: &'a [ModuleEntry], program: &OsStr, arguments: &'a [OsString]) -> Choice<'a> {
    let named = |name: &str| modules.iter().find(|module| module.name == name);
    let by_argument = arguments.first().and_then(|first| named(first.to_str()?));
    let rest = if by_argument.is_some() { &arguments[1..] } else { arguments };
    let source = match rest {
        [only] if only == "-" => Some(Source::StandardInput),
        [only] if !only.as_encoded_bytes().starts_with(b"-") => Some(Source::File(only.into())),
        _ => None,
    };
    let read = source.map(|source| source.read());
    let by_task = read.as_ref().and_then(|read| {
        let name = read.as_ref().ok()?.get("_ansible_module_name")?.as_str()?;
        named(name.rsplit('.').next().unwrap_or(name))
    });
    let module = by_task.or_else(|| named(&own_name(program))).or(by_argument);
    Choice { module, arguments: rest, read }
}

/// The name that the program was called by.
fn own_name(program: &OsStr) -> String {
    let name = Path::new(program).file_name().unwrap_or_default().to_string_lossy();
    name.strip_prefix("AnsiballZ_").unwrap_or(&name).to_owned()
}

fn without_module(modules: &[ModuleEntry], program: &OsStr, arguments: &[OsString]) -> Answer {
    let program = own_name(program);
    let names: Vec<&str> = modules.iter().map(|module| module.name).collect();
    let help = format!(
        "{program} contains the Ansible modules {}. Call it as {program} MODULE FILE, or {program} MODULE --help",
        names.join(", ")
    );
    match arguments.first().and_then(|first| first.to_str()) {
        Some("-h" | "--help") => Answer::Text(format!("{help}.\n")),
        Some("-V" | "--version") => {
            let version = modules.first().map_or("", |module| module.version);
            Answer::Text(format!("{program} {version}\n"))
        }
        _ => Answer::failure(help),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::tests::Everything;
    use crate::{Outcome, Success, Task};
    use serde_json::json;

    struct Other;

    impl Module for Other {
        const NAME: &'static str = "other";
        const VERSION: &'static str = "1.0.0";
        type Options = ();
        type Results = ();
        fn run(_: &mut Task, (): ()) -> Outcome<()> {
            Ok(Success::unchanged(()))
        }
    }

    #[test]
    fn the_task_the_programs_name_and_the_first_argument_choose_in_this_order() {
        let modules = [ModuleEntry::of::<Everything>(), ModuleEntry::of::<Other>()];
        let directory = tempfile::tempdir().unwrap();
        let file = |name: &str, content: &Value| {
            let path = directory.path().join(name);
            std::fs::write(&path, content.to_string()).unwrap();
            path.into_os_string()
        };
        let (named, plain) = (file("named", &json!({"_ansible_module_name": "a.b.other"})), file("plain", &json!({})));
        let unknown = file("unknown", &json!({"_ansible_module_name": "a.b.unknown"}));
        let os = |text: &str| OsString::from(text);
        for (program, arguments, chosen) in [
            ("/x/mist", vec![named.clone()], Some("other")),
            ("/x/everything", vec![named.clone()], Some("other")),
            ("mist", vec![os("everything"), named.clone()], Some("other")),
            ("/x/other", vec![plain.clone()], Some("other")),
            ("/x/AnsiballZ_other", vec![plain.clone()], Some("other")),
            ("/x/other", vec![unknown], Some("other")),
            ("mist", vec![os("everything"), plain.clone()], Some("everything")),
            ("mist", vec![os("other"), os("--help")], Some("other")),
            ("other", vec![os("--docs")], Some("other")),
            ("mist", vec![plain], None),
            ("mist", vec![os("--help")], None),
            ("mist", vec![], None),
        ] {
            let choice = choose(&modules, OsStr::new(program), &arguments);
            assert_eq!(choice.module.map(|module| module.name), chosen, "{program} {arguments:?}");
        }
        let Answer::Text(help) = without_module(&modules, OsStr::new("/x/mist"), &[os("--help")]) else {
            panic!("a report")
        };
        assert!(help.starts_with("mist contains the Ansible modules everything, other. "), "{help}");
    }
}
