//! The sentences of the documentation that follow from an option's definition.

use crate::definition::{Field, Node, choices};
use crate::spec::{OneOrMany, Rules};
use crate::validation::python;
use serde_json::Value;

/// The environment variables of an option.
pub(super) fn environment(node: &Node) -> Option<String> {
    let variables: Vec<String> = node.extensions.environment().iter().map(|variable| format!("`{variable}`")).collect();
    match variables.as_slice() {
        [] => None,
        [only] => Some(format!("If not set, the environment variable {only} is used.")),
        several => Some(format!(
            "If not set, the first of the environment variables {} that is set is used.",
            several.join(", ")
        )),
    }
}

/// The meanings of documented choices.
pub(super) fn choices_explained(node: &Node) -> Vec<String> {
    choices(node)
        .iter()
        .filter_map(|choice| {
            let description = choice.description.as_ref()?;
            Some(format!("`{}`: {description}", python::str_of(&choice.value)))
        })
        .collect()
}

/// The removal of an option.
pub(super) fn removal(node: &Node) -> Option<String> {
    let extensions = &node.extensions;
    let when = match (&extensions.removed_at_date, &extensions.removed_in) {
        (Some(date), _) => format!("after {date}"),
        (None, Some(version)) => format!("in version {version}"),
        (None, None) => return None,
    };
    Some(format!("Deprecated and removed {when}."))
}

/// The sentences about the rules of one option. A requirement that its description (`said`) contains is left out.
pub(super) fn rules(rules: &Rules, option: &str, said: &[String]) -> Vec<String> {
    let mut sentences: Vec<String> = Vec::new();
    for group in holding(&rules.mutually_exclusive, option) {
        sentences.push(format!("Mutually exclusive with {}.", listed(&others(group, option), "and")));
    }
    for group in holding(&rules.required_together, option) {
        sentences.push(format!("Required together with {}.", listed(&others(group, option), "and")));
    }
    for group in holding(&rules.required_one_of, option) {
        sentences.push(format!("One of {} is required.", listed(group, "or")));
    }
    for rule in &rules.required_if {
        let value = shown(&rule.value);
        if rule.needed.iter().any(|needed| needed == option) && !is_told(said, &[&rule.option, &value]) {
            let condition = format!("`{}={}`", rule.option, value);
            sentences.push(if rule.any_of && rule.needed.len() > 1 {
                format!("One of {} is required if {condition}.", listed(&rule.needed, "or"))
            } else {
                format!("Required if {condition}.")
            });
        }
    }
    for (given, needed) in &rules.required_by {
        let needed = match needed {
            OneOrMany::One(needed) => std::slice::from_ref(needed),
            OneOrMany::Many(needed) => needed.as_slice(),
        };
        if needed.iter().any(|needed| needed == option) && !is_told(said, &[given]) {
            sentences.push(format!("Required if `{given}` is set."));
        }
    }
    let mut told = Vec::new();
    sentences.retain(|sentence| {
        let is_new = !told.contains(sentence);
        told.push(sentence.clone());
        is_new
    });
    sentences
}

/// True if a sentence of the description contains the requirement with these words.
fn is_told(said: &[String], words: &[&str]) -> bool {
    let sentences = said.iter().flat_map(|paragraph| paragraph.split_inclusive(". "));
    let has_word = |sentence: &str, word: &str| {
        sentence.split(|character: char| !character.is_alphanumeric() && character != '_').any(|other| other == word)
    };
    sentences.into_iter().any(|sentence| {
        let lower = sentence.to_lowercase();
        ["required when", "required if", "required with"].iter().any(|begin| lower.contains(begin))
            && words.iter().all(|word| has_word(sentence, word))
    })
}

/// The whole description of an option: its doc comment, and the sentences that follow from its definition.
pub(super) fn description(field: &Field, rules_around: &Rules) -> Vec<String> {
    let mut paragraphs = field.node.description.clone();
    paragraphs.extend(choices_explained(&field.node));
    paragraphs.extend(rules(rules_around, &field.name, &field.node.description));
    paragraphs.extend(environment(&field.node));
    paragraphs.extend(removal(&field.node));
    paragraphs
}

/// The condition of a result. Default: `when available` for an optional one, `success` for others.
pub(super) fn returned(node: &Node) -> &str {
    match &node.extensions.returned {
        Some(when) => when,
        None if node.nullable => "when available",
        None => "success",
    }
}

fn holding<'a>(groups: &'a [Vec<String>], option: &'a str) -> impl Iterator<Item = &'a Vec<String>> {
    groups.iter().filter(move |group| group.iter().any(|name| name == option))
}

fn others(group: &[String], option: &str) -> Vec<String> {
    group.iter().filter(|name| *name != option).cloned().collect()
}

fn listed(names: &[String], last: &str) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        Some((end, [])) => end.clone(),
        Some((end, start)) => format!("{} {last} {end}", start.join(", ")),
        None => String::new(),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Bool(truth) => truth.to_string(),
        other => python::str_of(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_rule_is_told_to_whom_it_concerns() {
        let all: Rules = serde_json::from_value(json!({
            "mutually_exclusive": [["a", "b", "c"]],
            "required_together": [["a", "b"]],
            "required_one_of": [["a", "b"]],
            "required_if": [["s", "present", ["a"]], ["f", true, ["a", "b"], true]],
            "required_by": {"k": "a", "l": ["b"]},
        }))
        .unwrap();
        assert_eq!(
            rules(&all, "a", &[]),
            [
                "Mutually exclusive with `b` and `c`.",
                "Required together with `b`.",
                "One of `a` or `b` is required.",
                "Required if `s=present`.",
                "One of `a` or `b` is required if `f=true`.",
                "Required if `k` is set.",
            ]
        );
        assert_eq!(rules(&all, "c", &[]), ["Mutually exclusive with `a` and `b`."]);
        assert!(rules(&all, "s", &[]).is_empty());
    }

    #[test]
    fn what_is_required_when_is_told_once() {
        let all: Rules = serde_json::from_value(json!({
            "required_if": [["state", "present", ["a", "b"]], ["state", "present", ["a"]], ["state", "absent", ["a"]]],
            "required_by": {"key": "a"},
        }))
        .unwrap();
        let (present, absent, key) =
            ("Required if `state=present`.", "Required if `state=absent`.", "Required if `key` is set.");
        for (said, wanted) in [
            ("The name.", vec![present, absent, key]),
            ("The name. Required when O(state=present).", vec![absent, key]),
            ("Required if `state` is `absent`. The state can be present.", vec![present, key]),
            ("It is required with O(key), and required when O(state=present).", vec![absent]),
            ("Required when the estate is presently there.", vec![present, absent, key]),
        ] {
            assert_eq!(rules(&all, "a", &[said.to_owned()]), wanted, "{said}");
        }
    }
}
