//! `mist_inventory`, a dynamic inventory: an executable inventory, a YAML file that runs it, and a plugin that calls it.
//!
//! The command line and the way from options to printed bytes are here, `fetch` and `cache` do input and output, everything else
//! is pure.
//!
//! A run that fails prints nothing on standard output, one line on standard error, and exits with 1.

pub mod cache;
pub mod devices;
pub mod docs;
pub mod fetch;
pub mod inventory;
pub mod names;
pub mod options;
pub mod variables;

use self::cache::Cache;
use self::fetch::Problem;
use self::inventory::Inventory;
use self::options::Options;
use crate::common::connection;
use crate::common::options::OptionError;
use ansible_binary_module::{Documentation, Module, Outcome, Task, program};
use mist_objects::source;
use mist_objects::table::Schema;
use serde_json::{Map, Value, json};
use std::ffi::OsString;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

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

/// Names the file with options of a run without a file on the command line.
const CONFIG_VARIABLE: &str = "MIST_INVENTORY_CONFIG";

/// Largest options on standard input.
const LARGEST_INPUT: u64 = 1024 * 1024;

const CLOSING: &str = "It prints one JSON object, in the form of Ansible's executable inventories, and exits with 0. A failure prints \
    nothing on standard output and one line on standard error, and exits with 1.";

/// The plugin of the collection, without its documentation.
const PLUGIN: &str = include_str!("plugin.py");

/// The requested part of the inventory.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Shown {
    All,
    Host(String),
}

/// Source of options, in addition to the environment.
#[derive(Clone, Debug, PartialEq, Eq)]
enum OptionSource {
    /// The file that the environment names, if any.
    Environment,
    /// A YAML file that runs this program.
    File(PathBuf),
    StandardInput,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Command {
    Inventory(OptionSource, Shown),
    /// One file and nothing else, as Ansible calls a module.
    Module(PathBuf),
    Help,
    Version,
    Docs,
    Plugin,
}

/// The whole `main` of the executable.
pub fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(|at| format!(" at {}:{}", at.file(), at.line())).unwrap_or_default();
        fail(&format!("internal error{place}. Please report it."));
        std::process::exit(1);
    }));
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Stopped::Reported) => ExitCode::FAILURE,
        Err(Stopped::Failed(message)) => {
            fail(&message);
            ExitCode::FAILURE
        }
    }
}

/// Early end of a run.
enum Stopped {
    /// With this message.
    Failed(String),
    /// It was reported on standard output, as Ansible wants it of a module.
    Reported,
}

impl<T: Into<String>> From<T> for Stopped {
    fn from(message: T) -> Self {
        Self::Failed(message.into())
    }
}

fn run(arguments: &[OsString]) -> Result<(), Stopped> {
    match command(arguments)? {
        Command::Help => print_text(&program::help::<MistInventory>(docs::USAGE, CLOSING)?),
        Command::Version => print_text(&format!("{} {}\n", MistInventory::NAME, MistInventory::VERSION)),
        Command::Docs => print_text(&documentation()?),
        Command::Plugin => print_text(&plugin()?),
        Command::Module(path) => Err(module(&path)),
        Command::Inventory(source, shown) => inventory(&source, &shown),
    }
}

fn command(arguments: &[OsString]) -> Result<Command, OptionError> {
    let usage = || {
        let reason =
            "use --list, --host NAME, or a YAML file before one of these. mist_inventory --help explains more.";
        OptionError::new("", reason)
    };
    let words: Vec<Option<&str>> = arguments.iter().map(|argument| argument.to_str()).collect();
    let (file, rest) = match (arguments.first(), words.first()) {
        (Some(first), Some(word)) if !word.is_some_and(|word| word.starts_with('-')) => {
            (Some(PathBuf::from(first)), &words[1..])
        }
        _ => (None, &words[..]),
    };
    let source = || file.clone().map_or(OptionSource::Environment, OptionSource::File);
    match (rest, &file) {
        ([], Some(file)) => Ok(Command::Module(file.clone())),
        ([Some("--list")], _) => Ok(Command::Inventory(source(), Shown::All)),
        ([Some("--host"), Some(name)], _) => Ok(Command::Inventory(source(), Shown::Host((*name).to_owned()))),
        ([Some("-")], None) => Ok(Command::Inventory(OptionSource::StandardInput, Shown::All)),
        ([Some("-h" | "--help")], None) => Ok(Command::Help),
        ([Some("-V" | "--version")], None) => Ok(Command::Version),
        ([Some("--docs")], None) => Ok(Command::Docs),
        ([Some("--plugin")], None) => Ok(Command::Plugin),
        _ => Err(usage()),
    }
}

/// Called with one file: a module by mistake, or a YAML file that a user runs by hand.
fn module(path: &Path) -> Stopped {
    let is_task = source::read(path).is_ok_and(|text| text.trim_start().starts_with('{') && text.contains("_ansible_"));
    if !is_task {
        return Stopped::Failed(format!("'{}' alone is not enough: add --list.", path.display()));
    }
    match print_text(&format!("{}\n", json!({ "failed": true, "msg": NOT_A_MODULE }))) {
        Ok(()) => Stopped::Reported,
        Err(stopped) => stopped,
    }
}

fn documentation() -> Result<String, String> {
    program::plugin_documentation::<MistInventory>(&docs::PLUGIN_PAGE)
}

/// The plugin with its documentation, which ansible-doc reads as a text in the source.
fn plugin() -> Result<String, String> {
    let page = documentation()?;
    let (page, examples) = page.split_once("EXAMPLES: |\n").unwrap_or((&page, ""));
    let unindented = |text: &str| -> String {
        text.lines().map(|line| format!("{}\n", line.strip_prefix("  ").unwrap_or(line))).collect()
    };
    let page = page.strip_prefix("---\nDOCUMENTATION:\n").unwrap_or(page);
    Ok(PLUGIN.replace("@DOCUMENTATION@", &unindented(page)).replace("@EXAMPLES@", &unindented(examples)))
}

fn inventory(source: &OptionSource, shown: &Shown) -> Result<(), Stopped> {
    let variable = |name: &str| std::env::var(name).ok();
    let given = options::with_json_variables(given(source, &variable)?, &variable);
    let (mut options, mut task) = program::read_options::<MistInventory>(given, None)?;
    options.check().map_err(|error| error.to_string())?;
    options.read_token_file(&task).map_err(|error| error.to_string())?;

    let cache = if options.cache || options.serve_stale { Cache::of(&options, &variable) } else { None };
    if let Some(kept) = cache.as_ref().filter(|_| options.cache).and_then(Cache::read) {
        let timeout = u64::try_from(options.cache_timeout).unwrap_or_default();
        if kept.age.is_some_and(|age| age < timeout) {
            return print_with(shown, |out| kept.print(out));
        }
    }
    match read(&options, &mut task) {
        Ok(orgs) => {
            let inventory = Inventory::new(&options, &orgs);
            // An inventory that cannot be kept is printed all the same.
            match cache.and_then(|cache| cache.write(|out| inventory.print(out)).ok()) {
                Some(kept) => print_with(shown, |out| kept.print(out)),
                None => print_with(shown, |out| inventory.print(out)),
            }
        }
        Err(problem) => {
            let kept = cache.filter(|_| options.serve_stale && problem.is_temporary).and_then(|cache| cache.read());
            let Some(kept) = kept else { return Err(problem.message.into()) };
            let age = kept.age.unwrap_or_default();
            print_with(shown, |out| kept.print_stale(age, out))?;
            fail(&format!("warning: the inventory is {age} seconds old. {}", problem.message));
            Ok(())
        }
    }
}

/// The options that are not in the environment.
fn given(source: &OptionSource, variable: &dyn Fn(&str) -> Option<String>) -> Result<Map<String, Value>, OptionError> {
    match source {
        OptionSource::StandardInput => {
            let mut text = String::new();
            let read = io::stdin().lock().take(LARGEST_INPUT).read_to_string(&mut text);
            let refuse = |reason: String| OptionError::new("standard input", reason);
            read.map_err(|error| refuse(error.to_string()))?;
            serde_json::from_str(&text).map_err(|_| refuse("not a JSON object with options.".to_owned()))
        }
        OptionSource::File(path) => from_file(path, true),
        OptionSource::Environment => match variable(CONFIG_VARIABLE).filter(|path| !path.is_empty()) {
            Some(path) => from_file(Path::new(&path), false),
            None => Ok(Map::new()),
        },
    }
}

fn from_file(path: &Path, is_inventory: bool) -> Result<Map<String, Value>, OptionError> {
    let name = path.display();
    let whole = |problem: String| OptionError::new("", problem);
    let text = source::read(path).map_err(|problem| whole(format!("'{name}' {problem}")))?;
    for (option, value) in text.lines().filter_map(|line| line.split_once(':')) {
        if value.trim_start().starts_with("!vault") {
            let reason = format!(
                "encrypted with Ansible Vault in '{name}', which only the plugin of the collection reads. Set its \
                 environment variable."
            );
            return Err(OptionError::new(option.trim(), reason));
        }
    }
    let mut options = source::one("options.yml", &text, Schema::default())
        .map_err(|problem| whole(format!("'{name}': {problem}")))?;
    match options.shift_remove("plugin") {
        Some(plugin) if plugin == docs::PLUGIN => {}
        Some(_) => return Err(OptionError::new("plugin", format!("not {}, in '{name}'.", docs::PLUGIN))),
        // Ansible's YAML plugin would read the file after a failure of this program, and find no hosts.
        None if is_inventory => {
            let reason = format!("required. Add plugin: {} to '{name}'.", docs::PLUGIN);
            return Err(OptionError::new("plugin", reason));
        }
        None => {}
    }
    for secret in ["api_token", "password", "two_factor", "proxy"] {
        if options.contains_key(secret) {
            let reason = format!("not allowed in '{name}'. Set its environment variable.");
            return Err(OptionError::new(secret, reason));
        }
    }
    Ok(options)
}

/// Everything that the cloud is asked.
fn read(options: &Options, task: &mut Task) -> Result<Vec<devices::Org>, Problem> {
    let orgs = options.orgs(task)?;
    let user_agent = format!("{}/{}", MistInventory::NAME, MistInventory::VERSION);
    let client = connection::connect(&options.connection, task, user_agent)
        .map_err(|refused| Problem { message: refused.failure.msg, is_temporary: false })?;
    let mut found = fetch::read(&client, options, &orgs);
    connection::close(&client, task, found.as_mut().err().map(|problem| &mut problem.message));
    // A session ends before anything is printed.
    program::finish(task);
    found
}

/// Prints the inventory, or one host of it.
fn print_with(shown: &Shown, print: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Stopped> {
    let unwritten = |error: io::Error| Stopped::Failed(format!("standard output: {error}"));
    let Shown::Host(name) = shown else {
        let mut out = BufWriter::new(io::stdout().lock());
        return print(&mut out).and_then(|()| out.flush()).map_err(unwritten);
    };
    let mut all = Vec::new();
    print(&mut all).map_err(unwritten)?;
    let mut all: Value = serde_json::from_slice(&all).map_err(|_| "the inventory that was kept is damaged.")?;
    match all["_meta"]["hostvars"].get_mut(name).map(Value::take) {
        Some(variables) => print_text(&format!("{variables}\n")),
        None => Err(format!("--host: no host named '{name}' exists.").into()),
    }
}

fn print_text(text: &str) -> Result<(), Stopped> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|error| Stopped::Failed(format!("standard output: {error}")))
}

/// One line on standard error.
fn fail(message: &str) {
    let line: String = message.chars().map(|character| if character.is_control() { ' ' } else { character }).collect();
    // A failure here cannot be reported anywhere.
    let _ = writeln!(io::stderr(), "{}: {line}", MistInventory::NAME);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_types_are_what_ansible_understands() {
        ansible_binary_module::check::<super::MistInventory>().unwrap();
    }

    #[test]
    fn arguments_choose_what_is_printed() {
        let inventory = |source, shown| Some(Command::Inventory(source, shown));
        let file = || OptionSource::File("mist.yml".into());
        for (arguments, expected) in [
            (vec!["--list"], inventory(OptionSource::Environment, Shown::All)),
            (vec!["--host", "sw-1"], inventory(OptionSource::Environment, Shown::Host("sw-1".into()))),
            (vec!["mist.yml", "--list"], inventory(file(), Shown::All)),
            (vec!["mist.yml", "--host", "-x"], inventory(file(), Shown::Host("-x".into()))),
            (vec!["-"], inventory(OptionSource::StandardInput, Shown::All)),
            (vec!["args"], Some(Command::Module("args".into()))),
            (vec!["--plugin"], Some(Command::Plugin)),
            (vec![], None),
            (vec!["--host"], None),
            (vec!["a", "b"], None),
            (vec!["mist.yml", "-"], None),
        ] {
            let words: Vec<OsString> = arguments.iter().map(OsString::from).collect();
            assert_eq!(command(&words).ok(), expected, "{arguments:?}");
        }
    }

    #[test]
    fn the_code_of_the_plugin_is_short_and_its_documentation_complete() {
        let code = PLUGIN.lines().filter(|line| !line.contains("@") && !line.ends_with("r\"\"\"")).count();
        assert!(code <= 60, "{code} lines");
        let plugin = plugin().unwrap();
        for part in [
            "name: mist_inventory\n",
            "plugin_type: inventory\n",
            "- name: MIST_INVENTORY_SITES\n",
            "plugin: mist.cloud.mist_inventory\n",
        ] {
            assert!(plugin.contains(part), "{part}");
        }
        assert!(!plugin.contains("@DOCUMENTATION@") && !plugin.contains("@EXAMPLES@"));
    }

    #[test]
    fn every_option_has_an_environment_variable() {
        let page = documentation().unwrap();
        let options = page.split("\n  options:").nth(1).unwrap().split("\nEXAMPLES").next().unwrap();
        let mut without = Vec::new();
        for option in options.split("\n    ").filter(|line| !line.starts_with(' ') && line.ends_with(':')) {
            let own = options.split(&format!("    {option}\n")).nth(1).unwrap_or_default();
            let own = own.split("\n    ").take_while(|line| line.starts_with(' ')).collect::<String>();
            if !own.contains("env:") {
                without.push(option.trim_end_matches(':').trim().to_owned());
            }
        }
        assert_eq!(without, ["plugin", "where"], "in the plugin, a dictionary has none");
    }

    #[test]
    fn files_need_the_name_of_the_plugin_and_have_no_secrets() {
        let folder = tempfile::tempdir().unwrap();
        let read = |text: &str, is_inventory: bool| {
            let path = folder.path().join("mist.yml");
            std::fs::write(&path, text).unwrap();
            from_file(&path, is_inventory)
        };
        let named = format!("#!/x\nplugin: {}\nsites: [A]\n", docs::PLUGIN);
        assert_eq!(Value::Object(read(&named, true).unwrap()), json!({"sites": ["A"]}));
        assert_eq!(Value::Object(read("sites: [A]\n", false).unwrap()), json!({"sites": ["A"]}));
        for (text, words) in [
            ("sites: [A]\n", "plugin: required."),
            ("plugin: other\n", "plugin: not mist.cloud"),
            ("- x\n", "'"),
            ("plugin: mist.cloud.mist_inventory\napi_token: s3cret\n", "api_token: not allowed"),
            ("plugin: mist.cloud.mist_inventory\napi_token: !vault |\n  s3cret\n", "api_token: encrypted"),
        ] {
            let error = read(text, true).unwrap_err().to_string();
            assert!(error.starts_with(words) && !error.contains("s3cret"), "{error}");
        }
    }
}
