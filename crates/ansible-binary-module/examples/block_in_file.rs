//! An Ansible module that keeps a block of lines in a file: `cargo build --example block_in_file`.
use ansible_binary_module::file::FileOptions;
use ansible_binary_module::{
    AnsiblePath, Attribute, Documentation, Failure, Module, Outcome, Success, Support, Task, rules,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Keeps a block of lines between two markers in a text file, or removes it.
#[derive(Deserialize, JsonSchema)]
#[schemars(transform = rules::mutually_exclusive(["insertafter", "insertbefore"]))]
struct BlockInFile {
    /// Path of the file.
    #[schemars(extend("x-ansible-aliases" = ["dest"]))]
    path: AnsiblePath,
    /// Desired state of the block.
    #[serde(default)]
    state: State,
    /// The lines. An empty block is removed.
    #[serde(default)]
    block: String,
    /// The markers: `{mark}` becomes BEGIN and END.
    #[serde(default = "marker")]
    marker: String,
    /// Text of the line before a new block; of several, the last one. Default: the end of the file.
    insertafter: Option<String>,
    /// Text of the line after a new block; of several, the last one. V(BOF) is the start of the file.
    insertbefore: Option<String>,
    /// Create a missing file.
    #[serde(default)]
    create: bool,
    /// Keep a copy of the previous file.
    #[serde(default)]
    backup: bool,
    /// Command that checks the new content. V(%s) is the path of a file with it.
    validate: Option<String>,
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

#[derive(Serialize, JsonSchema)]
struct Results {
    /// Path of the copy of the previous file.
    #[schemars(extend("x-ansible-returned" = "changed and O(backup=true)"), example = &"/etc/hosts.42.2026-11-30@18:00:00~")]
    backup_file: Option<String>,
}

fn marker() -> String {
    "# {mark} ANSIBLE MANAGED BLOCK".to_owned()
}

impl BlockInFile {
    /// The desired content.
    fn desired(&self, before: &str) -> String {
        let mut lines: Vec<String> = before.split_inclusive('\n').map(str::to_owned).collect();
        let [begin, end] = ["BEGIN", "END"].map(|word| format!("{}\n", self.marker.replace("{mark}", word)));
        let last = |text: &str| lines.iter().rposition(|line| line.contains(text));
        let marked = |mark: &String| lines.iter().rposition(|line| line == mark);
        let position = match (marked(&begin), marked(&end), &self.insertafter, self.insertbefore.as_deref()) {
            (Some(begin), Some(end), ..) => {
                lines.drain(begin.min(end)..=begin.max(end));
                begin.min(end)
            }
            (_, _, Some(text), _) if text != "EOF" => last(text).map_or(lines.len(), |line| line + 1),
            (_, _, _, Some("BOF")) => 0,
            (_, _, _, Some(text)) => last(text).unwrap_or(lines.len()),
            _ => lines.len(),
        };
        let previous = position.checked_sub(1).and_then(|previous| lines.get_mut(previous));
        if let Some(unfinished) = previous.filter(|previous| !previous.ends_with('\n')) {
            unfinished.push('\n');
        }
        if self.state == State::Present && !self.block.is_empty() {
            let line_break = if self.block.ends_with('\n') { "" } else { "\n" };
            lines.insert(position, format!("{begin}{}{line_break}{end}", self.block));
        }
        lines.concat()
    }
}

impl Module for BlockInFile {
    const NAME: &'static str = "block_in_file";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const DOCUMENTATION: Documentation = Documentation::new().attributes(&[Attribute::check_mode(Support::Full)]);
    type Options = Self;
    type Results = Results;

    fn run(task: &mut Task, options: Self) -> Outcome<Results> {
        if !options.path.exists() && !options.create {
            let failure = Failure::new(format!("path: {} does not exist. Set create: true to create it", options.path));
            return Err(failure.with_field("rc", 257));
        }
        if !options.path.exists() && options.state == State::Absent {
            return Ok(Success::unchanged(Results { backup_file: None }));
        }
        let before = if options.path.exists() { std::fs::read_to_string(&options.path)? } else { String::new() };
        let file = task.file(&options.path, &options.file)?.new_file_follows_umask().backup(options.backup);
        let change = file.validate(options.validate.as_deref()).write(options.desired(&before).as_bytes())?;
        Ok(Success::new(change.changed, Results { backup_file: change.backup_file }).with_diff(change.diff))
    }
}

fn main() -> std::process::ExitCode {
    ansible_binary_module::main::<BlockInFile>()
}

#[cfg(test)]
#[path = "../tests/block_in_file/tests.rs"]
mod tests;
