//! `--help`: the same documentation for a terminal.

use super::text::{plain, wrapped};
use super::words;
use crate::definition::{
    Definition, Field, Node, Returned, choices, element_type, fields_within, is_required, sub_rules,
};
use crate::spec::Rules;
use crate::validation::python;
use serde_json::{Value, json};

const WIDTH: usize = 80;

/// The text, wrapped for a terminal of 80 columns.
pub(crate) fn help(definition: &Definition, returned: &Returned) -> String {
    let said = &definition.documentation;
    let name = definition.name;
    let mut page = Page::default();
    page.text(&format!("{name} {} - {}", definition.version, definition.short_description()), 0);
    for paragraph in definition.description() {
        page.gap();
        page.text(paragraph, 0);
    }
    page.heading("USAGE");
    for (call, does) in [
        ("FILE", "run with the options in this file, a JSON object, as Ansible does"),
        ("-", "run with the options from standard input, a JSON object"),
        ("--help", "print this text"),
        ("--version", "print the version"),
        ("--docs", "print the documentation for ansible-doc, as YAML"),
        ("--schema", "print the JSON Schema of options and results"),
    ] {
        page.text(&format!("{name} {call}"), 2);
        page.text(does, 6);
    }
    page.gap();
    page.text(
        "It prints one JSON object and exits with 0, or with 1 where the object says \"failed\": true. With \
         \"_ansible_check_mode\": true among the options it runs in check mode, with \"_ansible_diff\": true it \
         shows the diff.",
        2,
    );
    if !definition.options.fields.is_empty() {
        page.heading("OPTIONS");
        page.options(&definition.options, &definition.rules, 2);
    }
    if !returned.results.fields.is_empty() {
        page.heading("RESULTS");
        page.results(&returned.results, 2);
    }
    if !said.notes.is_empty() {
        page.heading("NOTES");
        for note in said.notes {
            page.text(note, 2);
        }
    }
    if !said.examples.trim().is_empty() {
        page.heading("EXAMPLES");
        page.verbatim(said.examples.trim(), 2);
    }
    page.0
}

/// One way to call a program.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    /// The arguments.
    pub call: &'static str,
    /// What the program does with them.
    pub does: &'static str,
}

/// The same for a program that is not a module.
pub(crate) fn program_help(definition: &Definition, usage: &[Usage], closing: &str) -> String {
    let name = definition.name;
    let mut page = Page::default();
    page.text(&format!("{name} {} - {}", definition.version, definition.short_description()), 0);
    for paragraph in definition.description() {
        page.gap();
        page.text(paragraph, 0);
    }
    page.heading("USAGE");
    for Usage { call, does } in usage {
        page.text(format!("{name} {call}").trim_end(), 2);
        page.text(does, 6);
    }
    page.gap();
    page.text(closing, 2);
    page.heading("OPTIONS");
    page.options(&definition.options, &definition.rules, 2);
    page.heading("NOTES");
    for note in definition.documentation.notes {
        page.text(note, 2);
    }
    page.heading("EXAMPLES");
    page.verbatim(definition.documentation.examples.trim(), 2);
    page.0
}

#[derive(Default)]
struct Page(String);

impl Page {
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

    fn options(&mut self, node: &Node, rules: &Rules, indent: usize) {
        for field in fields_within(node) {
            self.text(&heading_of_option(field), indent);
            for paragraph in words::description(field, rules) {
                self.text(&paragraph, indent + 4);
            }
            self.options(&field.node, &sub_rules(&field.node), indent + 4);
        }
    }

    fn results(&mut self, node: &Node, indent: usize) {
        for field in fields_within(node) {
            let returned = words::returned(&field.node);
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
             present: There.\n      absent: Gone.\n",
            "  name (str)\n      The name.\n      Mutually exclusive with id.\n      Required if state=present.\n",
            "  seconds (int; required)\n",
            "  token (str; or: key)\n",
            "  parts (list of dict)\n      Parts.\n      site (str)\n          Which site.\n          One of site or role is required.\n",
            "If not given, the first of the environment variables THE_HOST, HOST_TOO\n",
            "Deprecated: it will be removed in version 2.0.0.\n",
            "  said (str; returned: always)\n      What was said.\n",
            "  people (list of dict; returned: when there is one)\n      To whom.\n      name (str; returned: success)\n",
        ] {
            assert!(help.contains(words), "{words}\n---\n{help}");
        }
        assert!(help.lines().all(|line| line.chars().count() <= WIDTH));
    }
}
