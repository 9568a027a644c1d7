//! `-h` and `--help`: the documentation for a terminal.

use super::messages;
use super::{plain, wrapped};
use crate::definition::{
    Definition, Field, Node, Returned, choices, element_type, fields_within, is_required, sub_rules,
};
use crate::spec::Rules;
use crate::validation::python;
use serde_json::{Value, json};

const WIDTH: usize = 80;

/// The calls of every module.
const CALLS: &[Usage] = &[
    Usage { call: "FILE", does: "run with the options in this file, a JSON object, as Ansible does" },
    Usage { call: "-", does: "run with the options from standard input, a JSON object" },
    Usage { call: "--check FILE|-", does: "run in check mode" },
    Usage { call: "--diff FILE|-", does: "show the changes" },
    Usage { call: "--help", does: "print this text (-h: a summary)" },
    Usage { call: "--version", does: "print the version" },
    Usage { call: "--docs", does: "print the documentation for ansible-doc, as YAML" },
    #[cfg(feature = "schema")]
    Usage { call: "--schema", does: "print the JSON Schema of options and results" },
];

/// One way to call a program.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Usage {
    /// The arguments.
    pub call: &'static str,
    /// The effect.
    pub does: &'static str,
}

impl Usage {
    /// Arguments and their effect.
    #[must_use]
    pub const fn new(call: &'static str, does: &'static str) -> Self {
        Self { call, does }
    }
}

/// `--help`: everything, wrapped for a terminal of 80 columns.
pub(crate) fn help(definition: &Definition, returned: &Returned) -> String {
    let mut page = Page::of(definition);
    let commands = definition.commands.iter().map(|command| Usage { call: command.argument, does: command.does });
    let calls: Vec<Usage> = CALLS.iter().copied().chain(commands).collect();
    page.usage(definition.name, &calls);
    page.gap();
    page.text(
        "The program prints one JSON object. The exit status is 0, or 1 where the object has \"failed\": true.",
        2,
    );
    page.option_groups(definition);
    if !returned.results.fields.is_empty() {
        page.heading("RESULTS");
        page.results(&returned.results, 2);
    }
    page.notes_and_examples(definition);
    page.0
}

/// Most lines of a summary: those of a terminal window.
const SUMMARY_LINES: usize = 30;

/// `-h`: usage, required options and one example.
pub(crate) fn short_help(definition: &Definition, _: &Returned) -> String {
    let name = definition.name;
    let mut page = Page::default();
    page.text(&format!("{name} {} - {}", definition.version, definition.short_description()), 0);
    page.heading("USAGE");
    let commands: Vec<&str> = definition.commands.iter().map(|command| command.argument).collect();
    page.text(&format!("{name} [--check] [--diff] FILE|-    (the options, a JSON object)"), 2);
    page.text(&format!("{name} {}", [&["--help|--version|--docs|--schema"][..], &commands[..]].concat().join("|")), 2);
    let (required, optional): (Vec<&Field>, Vec<&Field>) =
        fields_within(&definition.options).iter().partition(|field| is_required(field));
    if !required.is_empty() {
        page.heading("REQUIRED OPTIONS");
        for field in required {
            page.text(&heading_of_option(field), 2);
            page.text(first_sentence(field.node.description.first().map_or("", String::as_str)), 6);
        }
    }
    if !optional.is_empty() {
        page.heading(if optional.len() == definition.options.fields.len() { "OPTIONS" } else { "OTHER OPTIONS" });
        let names: Vec<&str> = optional.iter().map(|field| field.name.as_str()).collect();
        page.text(&names.join(", "), 2);
    }
    let end = [String::new(), format!("{name} --help explains everything.")];
    let left = SUMMARY_LINES.saturating_sub(page.0.lines().count() + end.len());
    let example = first_task(definition.documentation.examples);
    // A part of a task is not an example.
    if !example.is_empty() && example.lines().count() + 2 <= left {
        page.heading("EXAMPLE");
        page.verbatim(example, 2);
    }
    let lines: Vec<&str> =
        page.0.lines().take(SUMMARY_LINES - end.len()).chain(end.iter().map(String::as_str)).collect();
    lines.join("\n") + "\n"
}

/// The help of a program that is not a module.
pub(crate) fn program_help(definition: &Definition, usage: &[Usage], closing: &str) -> String {
    let mut page = Page::of(definition);
    page.usage(definition.name, usage);
    page.gap();
    page.text(closing, 2);
    page.option_groups(definition);
    page.notes_and_examples(definition);
    page.0
}

/// The first task of EXAMPLES.
fn first_task(examples: &str) -> &str {
    let examples = examples.trim();
    let end = examples.match_indices("\n- ").next().map_or(examples.len(), |(end, _)| end);
    examples[..end].trim_end()
}

fn first_sentence(text: &str) -> &str {
    text.split_inclusive(". ").next().unwrap_or_default().trim_end()
}

#[derive(Default)]
struct Page(String);

impl Page {
    /// Name, version and description.
    fn of(definition: &Definition) -> Self {
        let mut page = Self::default();
        page.text(&format!("{} {} - {}", definition.name, definition.version, definition.short_description()), 0);
        for paragraph in definition.description() {
            page.gap();
            page.text(paragraph, 0);
        }
        page
    }

    fn usage(&mut self, name: &str, calls: &[Usage]) {
        self.heading("USAGE");
        for Usage { call, does } in calls {
            self.text(format!("{name} {call}").trim_end(), 2);
            self.text(does, 6);
        }
    }

    /// The options without a group, then the groups in the order of their first option.
    fn option_groups(&mut self, definition: &Definition) {
        let fields = fields_within(&definition.options);
        let group = |field: &Field| field.node.extensions.group.clone().unwrap_or_default();
        let mut groups = vec![String::new()];
        for field in fields {
            if !groups.contains(&group(field)) {
                groups.push(group(field));
            }
        }
        for name in groups {
            let members: Vec<&Field> = fields.iter().filter(|field| group(field) == name).collect();
            if !members.is_empty() {
                self.heading(format!("{} OPTIONS", name.to_uppercase()).trim_start());
                self.options(members, &definition.rules, 2);
            }
        }
    }

    fn notes_and_examples(&mut self, definition: &Definition) {
        let documentation = &definition.documentation;
        if !documentation.notes.is_empty() {
            self.heading("NOTES");
            for note in documentation.notes {
                self.text(note, 2);
            }
        }
        if !documentation.examples.trim().is_empty() {
            self.heading("EXAMPLES");
            self.verbatim(documentation.examples.trim(), 2);
        }
    }

    fn gap(&mut self) {
        self.0.push('\n');
    }

    fn heading(&mut self, heading: &str) {
        self.gap();
        self.text(heading, 0);
    }

    fn text(&mut self, text: &str, indent: usize) {
        for line in wrapped(&plain(text), WIDTH - indent) {
            self.line(&line, indent);
        }
    }

    fn verbatim(&mut self, text: &str, indent: usize) {
        for line in text.lines() {
            self.line(line, indent);
        }
    }

    fn line(&mut self, line: &str, indent: usize) {
        if !line.is_empty() {
            self.0.extend(std::iter::repeat_n(' ', indent));
            self.0.push_str(line);
        }
        self.0.push('\n');
    }

    fn options<'a>(&mut self, fields: impl IntoIterator<Item = &'a Field>, rules: &Rules, indent: usize) {
        for field in fields {
            self.text(&heading_of_option(field), indent);
            for paragraph in messages::description(field, rules) {
                self.text(&paragraph, indent + 4);
            }
            self.options(fields_within(&field.node), &sub_rules(&field.node), indent + 4);
        }
    }

    fn results(&mut self, node: &Node, indent: usize) {
        for field in fields_within(node) {
            let returned = messages::returned(&field.node);
            self.text(&format!("{} ({}; returned: {returned})", field.name, type_of(&field.node)), indent);
            for paragraph in &field.node.description {
                self.text(paragraph, indent + 4);
            }
            self.results(&field.node, indent + 4);
        }
    }
}

fn heading_of_option(field: &Field) -> String {
    let node = &field.node;
    let mut facts = vec![type_of(node)];
    if is_required(field) {
        facts.push("required".to_owned());
    }
    let choices: Vec<String> = choices(node).iter().map(|choice| python::str_of(&choice.value)).collect();
    if !choices.is_empty() {
        facts.push(format!("one of: {}", choices.join(", ")));
    }
    if let Some(default) = &node.default {
        let shown = match default {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        facts.push(format!("default: {shown}"));
    }
    let aliases = &node.extensions.aliases;
    if !aliases.is_empty() {
        facts.push(format!("or: {}", aliases.join(", ")));
    }
    format!("{} ({})", field.name, facts.join("; "))
}

fn type_of(node: &Node) -> String {
    let word = |value: &Value| python::str_of(value);
    let own = word(&json!(node.argument_type));
    match element_type(node) {
        Some(elements) => format!("{own} of {}", word(&json!(elements))),
        None => own,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::tests::{Everything, documented};

    #[test]
    fn every_option_is_told_with_what_holds_for_it() {
        let (definition, returned) = documented::<Everything>();
        let help = help(&definition, &returned);
        for words in [
            "everything 1.2.3 - Everything: at once\n",
            "  everything FILE\n",
            "  state (str; one of: present, absent; default: present)\n      The state.\n      In a second paragraph.\n      \
             present: Existing.\n      absent: Missing.\n",
            "  name (str)\n      The name.\n      Mutually exclusive with id.\n      Required if state=present.\n",
            "  seconds (int; required)\n",
            "  token (str; or: key)\n",
            "  parts (list of dict)\n      Parts.\n      site (str)\n          The site.\n          One of site or role is required.\n",
            "If not set, the first of the environment variables THE_HOST, HOST_TOO",
            "Deprecated and removed in version 2.0.0.\n",
            "  said (str; returned: always)\n      The text.\n",
            "  people (list of dict; returned: when available)\n      To whom.\n      name (str; returned: success)\n",
        ] {
            assert!(help.contains(words), "{words}\n---\n{help}");
        }
        assert!(help.lines().all(|line| line.chars().count() <= WIDTH));
    }

    #[test]
    fn a_summary_has_usage_required_options_and_one_example_on_one_screen() {
        let (definition, returned) = documented::<Everything>();
        let text = short_help(&definition, &returned);
        assert!(text.lines().count() <= SUMMARY_LINES, "{text}");
        for part in [
            "  everything [--check] [--diff] FILE|-",
            "REQUIRED OPTIONS\n  seconds (int; required)\n      How long.\n",
            "OTHER OPTIONS\n  state, name,",
            "everything --help explains everything.\n",
        ] {
            assert!(text.contains(part), "{part}\n---\n{text}");
        }
        assert_eq!(first_task("- name: A\n  a:\n\n- name: B\n"), "- name: A\n  a:");
        assert_eq!(first_sentence("One. Two."), "One.");
    }

    #[test]
    fn grouped_options_follow_those_of_the_module() {
        let (mut definition, returned) = documented::<Everything>();
        definition.options.fields[0].node.extensions.group = Some("Connection".into());
        let text = help(&definition, &returned);
        let place = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part}\n---\n{text}"));
        assert!(place("\nOPTIONS\n  name (str)") < place("\nCONNECTION OPTIONS\n  state (str"));
    }
}
