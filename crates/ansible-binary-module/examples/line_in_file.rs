//! An Ansible module that writes a file: `cargo build --example line_in_file`.
use ansible_binary_module::file::FileOptions;
use ansible_binary_module::{AnsiblePath, Attribute, Diff, Documentation, Module, NoLog};
use ansible_binary_module::{Outcome, Success, Support, Task, rules};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Keeps a line in a text file, or removes it.
#[derive(Deserialize, JsonSchema)]
#[schemars(transform = rules::required_if("state", "present", ["line"]))]
#[schemars(transform = rules::required_if_any_of("state", "absent", ["line", "starts_with"]))]
struct LineInFile {
    /// Path of the file. A missing file is created.
    path: AnsiblePath,
    /// Desired state of the line.
    #[serde(default)]
    state: State,
    /// The line.
    #[schemars(length(min = 1))]
    line: Option<String>,
    /// A secret that follows O(line) on it, such as a password. It is printed nowhere.
    secret: Option<NoLog>,
    /// Start of the line to replace. Default: the line that equals O(line).
    #[schemars(length(min = 1))]
    starts_with: Option<String>,
    /// Position of a new line. Default: the end of the file.
    place: Option<Place>,
    #[serde(flatten)]
    file: FileOptions,
}

#[derive(Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum State {
    #[default]
    Present,
    Absent,
}

/// Position before or after the first line with this text.
#[derive(Deserialize, JsonSchema)]
#[schemars(transform = rules::mutually_exclusive(["before", "after"]))]
#[schemars(transform = rules::required_one_of(["before", "after"]))]
struct Place {
    /// The line that follows the new one.
    before: Option<String>,
    /// The line that the new one follows.
    after: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct Results {
    /// Number of lines in the file.
    #[schemars(extend("x-ansible-returned" = "success"), example = 12)]
    lines: usize,
}

impl LineInFile {
    /// The desired lines. This function decides; it writes nothing.
    fn desired(&self, mut lines: Vec<String>) -> Vec<String> {
        let secret = self.secret.as_ref().map_or("", NoLog::expose);
        let line = format!("{}{secret}", self.line.as_deref().unwrap_or_default());
        let start = self.starts_with.as_deref();
        let is_target = |other: &String| start.map_or(*other == line, |start| other.starts_with(start));
        let find = |mark: &Option<String>| lines.iter().position(|line| Some(line) == mark.as_ref());
        let place = |place: &Place| find(&place.before).or(find(&place.after).map(|index| index + 1));
        let end = self.place.as_ref().and_then(place).unwrap_or(lines.len());
        match (&self.state, lines.iter().rposition(is_target)) {
            (State::Absent, _) => lines.retain(|other| !is_target(other)),
            (State::Present, Some(index)) => lines[index] = line,
            (State::Present, None) if lines.contains(&line) => {}
            (State::Present, None) => lines.insert(end, line),
        }
        lines
    }
}

impl Module for LineInFile {
    const NAME: &'static str = "line_in_file";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const DOCUMENTATION: Documentation = Documentation::new().attributes(&[Attribute::check_mode(Support::Full)]);
    type Options = Self;
    type Results = Results;

    fn run(task: &mut Task, options: Self) -> Outcome<Results> {
        let before = if options.path.exists() { std::fs::read_to_string(&options.path)? } else { String::new() };
        let found: Vec<String> = before.lines().map(str::to_owned).collect();
        let desired = options.desired(found.clone());
        // A line that a secret replaces may hold the previous secret.
        let replaced = found.iter().filter(|line| options.secret.is_some() && !desired.contains(line));
        replaced.for_each(|line| task.hide(line));
        let file = options.file.target(&options.path)?;
        let changed = desired != found || options.path.exists() && file.has_other_attributes()?;
        let after = desired.iter().map(|line| format!("{line}\n")).collect::<String>();
        match (changed, task.check_mode()) {
            (true, true) => drop(file.check()?),
            (true, false) => drop(file.prepare(0).and_then(|file| file.write(after.as_bytes()))?),
            (false, _) => {}
        }
        Ok(Success::new(changed, Results { lines: desired.len() }).with_diff(Diff::new(before, after)))
    }
}

fn main() -> std::process::ExitCode {
    ansible_binary_module::main::<LineInFile>()
}

#[cfg(test)]
#[path = "../tests/line_in_file/tests.rs"]
mod tests;
