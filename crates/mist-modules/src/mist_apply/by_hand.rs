//! `mist_apply` at a terminal: a readable plan, and the JSON Schemas of files. Everything else is the module.

use crate::mist_apply::MistApply;
use crate::organization;
use mist_objects::table::{self, Level};
use mist_organization::{layout, schemas};
use serde_json::{Map, Value, json};
use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

const USAGE: &str = "\
mist_apply --plan --src FOLDER [--org-id ID | --org NAME] [--diff] [--detailed-exitcode] [OPTION=VALUE]...
mist_apply --schema KIND
mist_apply --schema all FOLDER

--plan prints the plan for people. It never writes.
With --detailed-exitcode, it exits with 2 for a difference, and 1 for an error.
--schema prints the JSON Schema of the files of a type. With all, it writes those of all types to a folder.
";

/// The exit status if the organization differs from the files.
const DRIFT: u8 = 2;

/// The whole of the executable's `main`.
pub fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let texts: Vec<&str> = arguments.iter().map(|argument| argument.to_str().unwrap_or_default()).collect();
    match texts.as_slice() {
        ["--schema", rest @ ..] if !rest.is_empty() => ended(schema(rest)),
        all if all.contains(&"--plan") => match Plan::read(all) {
            Ok(plan) => plan.run(),
            Err(problem) => ended(Err(format!("{problem}\n\n{USAGE}"))),
        },
        _ => crate::main::<MistApply>(),
    }
}

fn ended(result: Result<String, String>) -> ExitCode {
    // A closed output has no reader who misses the text.
    match result {
        Ok(text) => {
            let _ = std::io::stdout().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        Err(problem) => {
            let _ = writeln!(std::io::stderr(), "{problem}");
            ExitCode::FAILURE
        }
    }
}

fn schema(arguments: &[&str]) -> Result<String, String> {
    match arguments {
        ["all", folder] => {
            std::fs::create_dir_all(folder).map_err(|error| format!("{folder}: {error}"))?;
            let mut count = 0;
            for kind in table::all().filter(|kind| kind.level != Level::Msp) {
                let path = Path::new(folder).join(layout::schema_file(&kind));
                std::fs::write(&path, format!("{}\n", schemas::of_file(&kind)))
                    .map_err(|error| format!("{}: {error}", path.display()))?;
                count += 1;
            }
            Ok(format!("{count} schemas were written to {folder}\n"))
        }
        [word] if *word != "all" => match organization::of_word(word).first() {
            Some(kind) => Ok(format!("{:#}\n", schemas::of_file(kind))),
            None => Err(format!("{}\n\n{USAGE}", organization::unknown_kind("--schema", word))),
        },
        _ => Err(USAGE.to_owned()),
    }
}

/// A call with `--plan`.
#[derive(Debug, Default, PartialEq)]
struct Plan {
    options: Map<String, Value>,
    shows_diff: bool,
    detailed: bool,
}

impl Plan {
    fn read(arguments: &[&str]) -> Result<Self, String> {
        let mut plan = Self::default();
        let mut src: Vec<Value> = Vec::new();
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let mut value =
                || rest.next().map(|value| json!(value)).ok_or_else(|| format!("{argument} needs a value."));
            match *argument {
                "--plan" | "--check" => {}
                "--diff" => plan.shows_diff = true,
                "--detailed-exitcode" => plan.detailed = true,
                "--src" => src.push(value()?),
                "--org" => drop(plan.options.insert("org".to_owned(), value()?)),
                "--org-id" => drop(plan.options.insert("org_id".to_owned(), value()?)),
                other => match other.split_once('=') {
                    Some((name, text)) if !name.starts_with('-') => {
                        let value = serde_json::from_str(text).unwrap_or_else(|_| json!(text));
                        plan.options.insert(name.to_owned(), value);
                    }
                    _ => return Err(format!("Unknown argument {other}.")),
                },
            }
        }
        if src.is_empty() {
            return Err("--src is required.".to_owned());
        }
        plan.options.insert("src".to_owned(), Value::Array(src));
        Ok(plan)
    }

    /// Runs the module in check mode in a process of its own, which reports every failure as JSON.
    fn run(&self) -> ExitCode {
        let result = match self.result() {
            Ok(result) => result,
            Err(problem) => return ended(Err(problem)),
        };
        let colors =
            std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let printed = std::io::stdout().write_all(text(&result, colors).as_bytes());
        ExitCode::from(match (status(&result, self.detailed), printed) {
            (status, Ok(())) => status,
            (_, Err(_)) => 1,
        })
    }

    fn result(&self) -> Result<Value, String> {
        let failed = |error: std::io::Error| format!("mist_apply cannot be started: {error}");
        let executable = std::env::current_exe().map_err(failed)?;
        let mut command = Command::new(executable);
        command.args(["-", "--check"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        if self.shows_diff {
            command.arg("--diff");
        }
        let mut child = command.spawn().map_err(failed)?;
        if let Some(mut input) = child.stdin.take() {
            input.write_all(Value::Object(self.options.clone()).to_string().as_bytes()).map_err(failed)?;
        }
        let output = child.wait_with_output().map_err(failed)?;
        serde_json::from_slice(&output.stdout).map_err(|_| "mist_apply printed no result.".to_owned())
    }
}

/// The exit status: a failure wins over a difference.
fn status(result: &Value, detailed: bool) -> u8 {
    match (result["failed"] == true, detailed && result["drift"] == true) {
        (true, _) => 1,
        (false, true) => DRIFT,
        (false, false) => 0,
    }
}

/// A state, its mark, and its color.
const MARKS: [(&str, &str, &str); 5] = [
    ("created", "+", "\u{1b}[32m"),
    ("changed", "~", "\u{1b}[33m"),
    ("deleted", "-", "\u{1b}[31m"),
    ("failed", "!", "\u{1b}[1;31m"),
    ("skipped", ".", "\u{1b}[2m"),
];

/// The plan as lines of text. Names cannot control the terminal.
fn text(result: &Value, colors: bool) -> String {
    let clean = |value: &Value| {
        value.as_str().unwrap_or_default().escape_debug().to_string().replace("\\'", "'").replace("\\\"", "\"")
    };
    let painted =
        |color: &str, line: &str| if colors { format!("{color}{line}\u{1b}[0m\n") } else { format!("{line}\n") };
    let mut all = String::new();
    for object in result["objects"].as_array().into_iter().flatten() {
        let (_, mark, color) = MARKS.into_iter().find(|(state, ..)| object["state"] == *state).unwrap_or(("", " ", ""));
        let site = if object["site"].is_string() { format!("{}: ", clean(&object["site"])) } else { String::new() };
        let mut line = format!("{mark} {site}{} {}", clean(&object["kind"]), clean(&object["key"]));
        let fields: Vec<String> = object["fields"].as_array().into_iter().flatten().map(clean).collect();
        if !fields.is_empty() {
            let _ = write!(line, ": {}", fields.join(", "));
        }
        if object["msg"].is_string() {
            let _ = write!(line, " ({})", clean(&object["msg"]));
        }
        all.push_str(&painted(color, &line));
    }
    all.push_str(&differences(&result["diff"], &painted));
    let count = |state: &str| {
        let kinds = result["summary"].as_object().into_iter().flatten();
        kinds.filter_map(|(_, counts)| counts[state].as_u64()).sum::<u64>()
    };
    if result["summary"].is_object() {
        let unmanaged: usize = result["unmanaged"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|one| one["keys"].as_array())
            .map(Vec::len)
            .sum();
        let _ = writeln!(
            all,
            "{} to create, {} to change, {} to delete, {} unchanged, {} failed, {} skipped, {unmanaged} not in the files",
            count("created"),
            count("changed"),
            count("deleted"),
            count("unchanged"),
            count("failed"),
            count("skipped"),
        );
    }
    for warning in result["warnings"].as_array().into_iter().flatten() {
        let _ = writeln!(all, "Warning: {}", clean(warning));
    }
    if result["failed"] == true {
        let _ = writeln!(all, "Failed: {}", clean(&result["msg"]));
    }
    all
}

/// The changed fields of each object.
fn differences(diff: &Value, painted: &dyn Fn(&str, &str) -> String) -> String {
    let diff = diff.get(0).unwrap_or(diff);
    let empty = Map::new();
    let of = |side: &str| diff[side].as_object().unwrap_or(&empty).clone();
    let (before, after) = (of("before"), of("after"));
    let mut all = String::new();
    let titles: Vec<&String> = before.keys().chain(after.keys().filter(|title| !before.contains_key(*title))).collect();
    for title in titles {
        let _ = writeln!(all, "\n{}", title.escape_debug());
        for (side, mark, color) in [(&before, "-", MARKS[2].2), (&after, "+", MARKS[0].2)] {
            for (field, value) in side.get(title).and_then(Value::as_object).into_iter().flatten() {
                let other = if mark == "-" { &after } else { &before };
                if other.get(title).and_then(|other| other.get(field)) != Some(value) {
                    all.push_str(&painted(color, &format!("  {mark} {}: {value}", field.escape_debug())));
                }
            }
        }
    }
    if !all.is_empty() {
        all.push('\n');
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_a_line_for_each_object_and_cannot_control_the_terminal() {
        let result = json!({"objects": [
            {"kind": "sites", "key": "Berlin", "state": "created"},
            {"kind": "wlans", "key": "Corp\u{1b}[2J", "site": "Berlin", "state": "changed", "fields": ["vlan_id"]},
            {"kind": "psks", "key": "x", "state": "failed", "msg": "refused."}],
            "summary": {"sites": {"created": 1, "unchanged": 4}, "wlans": {"changed": 1}, "psks": {"failed": 1}},
            "unmanaged": [{"kind": "sites", "keys": ["a", "b"]}],
            "diff": [{"before": {"wlans: Corp": {"vlan_id": 1, "same": 1}}, "after": {"wlans: Corp": {"vlan_id": 2, "same": 1}}}]});
        assert_eq!(
            text(&result, false),
            "+ sites Berlin\n~ Berlin: wlans Corp\\u{1b}[2J: vlan_id\n! psks x (refused.)\n\nwlans: Corp\n  - vlan_id: 1\n  + vlan_id: 2\n\n\
             1 to create, 1 to change, 0 to delete, 4 unchanged, 1 failed, 0 skipped, 2 not in the files\n"
        );
        assert!(text(&result, true).starts_with("\u{1b}[32m+ sites Berlin\u{1b}[0m\n"));
    }

    #[test]
    fn a_failure_wins_over_a_difference() {
        for (failed, drift, detailed, expected) in [
            (false, false, true, 0),
            (false, true, true, 2),
            (false, true, false, 0),
            (true, true, true, 1),
            (true, false, false, 1),
        ] {
            assert_eq!(status(&json!({"failed": failed, "drift": drift}), detailed), expected);
        }
    }

    #[test]
    fn the_arguments_of_a_plan_are_options() {
        let plan = Plan::read(&["--plan", "--src", "acme", "--check", "--diff", "--org", "Acme", "purge=[\"wlans\"]"])
            .unwrap();
        assert_eq!(Value::Object(plan.options), json!({"org": "Acme", "purge": ["wlans"], "src": ["acme"]}));
        assert!(plan.shows_diff && !plan.detailed);
        for wrong in [&["--plan"][..], &["--plan", "--src"], &["--plan", "--src", "x", "--apply"]] {
            assert!(Plan::read(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_schema_is_printed_or_written() {
        assert!(schema(&["wlans"]).unwrap().contains("\"template\""));
        assert!(schema(&["wlan"]).unwrap_err().contains("wlans"));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("schemas");
        schema(&["all", path.to_str().unwrap()]).unwrap();
        assert!(path.join("wlans.json").is_file() && path.join("site-setting.json").is_file());
    }
}
