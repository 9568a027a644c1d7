//! Finds faults in a module's own types. It serves the module's author, in tests and when documentation is printed. A task
//! never runs it.

use crate::Module;
use crate::definition::{
    Definition, Field, Node, Returned, fields_within, names, options_schema, read_options, read_pages, sub_rules,
};
use crate::serde_fields;
use crate::spec::{ArgumentType, Rules};
use crate::syslog::looks_like_a_secret;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fmt;

/// Names that the protocol uses for something else. With a result called `self`, a task with `async` fails on ansible-core 2.14.
const RESERVED_RESULTS: [&str; 11] = [
    "changed",
    "failed",
    "msg",
    "diff",
    "warnings",
    "deprecations",
    "invocation",
    "skipped",
    "exception",
    "results",
    "self",
];

/// All faults of a module's types, a sentence each.
#[derive(Clone, PartialEq, Eq)]
pub struct Problems(Vec<String>);

impl Problems {
    /// The sentences.
    #[must_use]
    pub fn list(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.join("; "))
    }
}

/// One sentence a line, for a test that unwraps.
impl fmt::Debug for Problems {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|problem| write!(formatter, "\n- {problem}"))
    }
}

impl std::error::Error for Problems {}

/// Reports every fault of a module's types: what Ansible cannot express, what would hold without being documented, and what is
/// documented and would not hold. A module calls it in a test:
/// ```
/// # struct Greet;
/// # #[derive(serde::Deserialize, schemars::JsonSchema)]
/// # /// Greets.
/// # struct Options { /// Name of the person to greet.
/// # name: String }
/// # impl ansible_binary_module::Module for Greet {
/// #     const NAME: &'static str = "greet";
/// #     const VERSION: &'static str = "1.0.0";
/// #     type Options = Options;
/// #     type Results = ();
/// #     fn run(_: &mut ansible_binary_module::Task, _: Options) -> ansible_binary_module::Outcome<()> { Err("no".into()) }
/// # }
/// # /*
/// #[test]
/// fn the_types_are_what_ansible_understands() {
/// # */
///     ansible_binary_module::check::<Greet>().unwrap();
/// # /*
/// }
/// # */
/// ```
///
/// # Errors
///
/// All faults.
pub fn check<M: Module>() -> Result<(), Problems> {
    pages::<M>().map(drop)
}

/// Definition and results of a module, checked, for its documentation.
pub(crate) fn pages<M: Module>() -> Result<(Definition, Returned), Problems> {
    let (definition, returned) = read_pages::<M>().map_err(Problems)?;
    let problems = faults::<M>(&definition, &returned);
    if problems.is_empty() { Ok((definition, returned)) } else { Err(Problems(problems)) }
}

/// As [`check`], for a struct of options by itself, such as one that several modules flatten. serde does not reveal the
/// `#[serde(alias)]` names of a flattened struct, so that they are found only here.
///
/// # Errors
///
/// All faults.
pub fn check_options<O: DeserializeOwned + JsonSchema>() -> Result<(), Problems> {
    let options = read_options(&options_schema::<O>()).map_err(|problem| Problems(vec![problem]))?;
    let mut problems = Vec::new();
    of_options::<O>(&options, &mut problems);
    if problems.is_empty() { Ok(()) } else { Err(Problems(problems)) }
}

/// The faults of a struct of options.
fn of_options<O: DeserializeOwned>(options: &Node, problems: &mut Vec<String>) {
    described(options, "option", problems);
    defaults(options, problems);
    rules(options, "the options", problems);
    names_of_options(options, "", problems);
    for (path, field) in all_fields(options, "") {
        secret_name(&path, field, problems);
        shape(&path, &field.node, problems);
        texts::<O>(options, &path, &field.node, problems);
    }
    if options.takes_the_rest {
        problems.push(
            "the options flatten a map. It stays empty, because undocumented options are refused. Make it an option"
                .to_owned(),
        );
    }
    aliases_within::<O>(options, &[], problems);
}

/// The faults of a module that are not in [`crate::definition::read_pages`].
fn faults<M: Module>(definition: &Definition, returned: &Returned) -> Vec<String> {
    let mut problems = Vec::new();
    if definition.short_description().is_empty() {
        problems.push("the module has no description. Add a doc comment to the type of the options".to_owned());
    }
    of_options::<M::Options>(&definition.options, &mut problems);
    described(&returned.results, "result", &mut problems);
    results::<M>(returned, &mut problems);
    problems
}

fn all_fields<'a>(node: &'a Node, prefix: &str) -> Vec<(String, &'a Field)> {
    let mut all = Vec::new();
    for field in fields_within(node) {
        let path = format!("{prefix}{}", field.name);
        all.push((path.clone(), field));
        all.extend(all_fields(&field.node, &format!("{path}.")));
    }
    all
}

/// All options that appear in rules.
fn names_in_rules(rules: &Rules) -> Vec<String> {
    let lists = [&rules.mutually_exclusive, &rules.required_together, &rules.required_one_of];
    let mut all: Vec<String> = lists.into_iter().flatten().flatten().cloned().collect();
    for rule in &rules.required_if {
        all.push(rule.option.clone());
        all.extend(rule.needed.iter().cloned());
    }
    for (option, needed) in &rules.required_by {
        all.push(option.clone());
        all.extend(names(needed));
    }
    all
}

/// `ansible-doc` refuses a page on which anything is without a description.
fn described(node: &Node, what: &str, problems: &mut Vec<String>) {
    for (path, field) in all_fields(node, "") {
        if field.node.description.is_empty() {
            problems.push(format!("{what} {path}: no doc comment"));
        }
    }
}

/// schemars leaves out a default whose type cannot be serialized: it would hold, but stay undocumented.
fn defaults(options: &Node, problems: &mut Vec<String>) {
    let untold = all_fields(options, "").into_iter().filter(|(_, field)| {
        !field.required
            && !field.node.nullable
            && !field.node.has_default
            && !field.node.extensions.apply_defaults
            && field.node.argument_type != ArgumentType::Raw
    });
    problems.extend(untold.map(|(path, _)| {
        format!(
            "option {path}: the default cannot be documented. Derive Serialize for its type, or add \
             #[schemars(extend(\"default\" = …))], with [] for an empty list"
        )
    }));
}

/// A rule with an unknown option never holds or never fails. The same is true for a value that an option cannot have.
fn rules(node: &Node, place: &str, problems: &mut Vec<String>) {
    let fields = fields_within(node);
    let rules_here = sub_rules(node);
    for name in names_in_rules(&rules_here) {
        if fields.iter().all(|field| field.name != name) {
            problems.push(format!("a rule of {place} names the unknown option {name}"));
        }
    }
    impossible_values(&rules_here, fields, place, problems);
    for field in fields {
        rules(&field.node, &format!("the options of {}", field.name), problems);
    }
}

fn impossible_values(rules: &Rules, fields: &[Field], place: &str, problems: &mut Vec<String>) {
    for rule in &rules.required_if {
        let Some(field) = fields.iter().find(|field| field.name == rule.option) else { continue };
        let choices = &field.node.choices;
        let problem = if !choices.is_empty() && choices.iter().all(|choice| choice.value != rule.value) {
            "which is not one of its choices".to_owned()
        } else if !can_be(field.node.argument_type, &rule.value) {
            format!("but its type is {}", field.node.argument_type.name())
        } else {
            continue;
        };
        problems.push(format!("a rule of {place} requires {} to be {}, {problem}", rule.option, rule.value));
    }
}

/// True if an option of this type can have the value of a rule. Null: the option is not set.
fn can_be(argument_type: ArgumentType, value: &Value) -> bool {
    match argument_type {
        _ if value.is_null() => true,
        ArgumentType::Str | ArgumentType::Path | ArgumentType::Jsonarg => value.is_string(),
        ArgumentType::Int | ArgumentType::Bytes | ArgumentType::Bits => value.is_i64() || value.is_u64(),
        ArgumentType::Float => value.is_number(),
        ArgumentType::Bool => value.is_boolean(),
        ArgumentType::List => value.is_array(),
        ArgumentType::Dict => value.is_object(),
        ArgumentType::Raw | ArgumentType::Json => true,
    }
}

/// An alias that is also an option, or an alias of another one, and names that belong to Ansible.
fn names_of_options(node: &Node, prefix: &str, problems: &mut Vec<String>) {
    let fields = fields_within(node);
    let mut taken: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
    for field in fields {
        let path = format!("{prefix}{}", field.name);
        for name in std::iter::once(&field.name).chain(&field.node.extensions.aliases) {
            if name.starts_with("_ansible_") {
                problems.push(format!("option {path}: names that start with _ansible_ belong to Ansible ({name})"));
            }
        }
        for alias in &field.node.extensions.aliases {
            if taken.contains(&alias.as_str()) {
                problems
                    .push(format!("option {path}: its alias {alias} is another option or alias. Choose another name"));
            }
            taken.push(alias);
        }
        names_of_options(&field.node, &format!("{path}."), problems);
    }
}

/// A name that looks like a secret, in an option that is neither marked as a secret nor as none.
fn secret_name(path: &str, field: &Field, problems: &mut Vec<String>) {
    let node = &field.node;
    let can_hold_a_secret = !matches!(node.argument_type, ArgumentType::Bool | ArgumentType::Dict)
        && node.choices.is_empty()
        && fields_within(node).is_empty();
    if can_hold_a_secret && node.extensions.no_log.is_none() && looks_like_a_secret(&field.name) {
        problems.push(format!(
            "option {path}: its name looks like a secret. Make it a NoLog, or add \
             #[schemars(extend(\"x-ansible-no-log\" = false))]"
        ));
    }
}

/// Parts of a schema that are not enforced, or not in the way that they read.
fn shape(path: &str, node: &Node, problems: &mut Vec<String>) {
    for unchecked in &node.stated {
        problems.push(format!(
            "option {path}: the limit {unchecked} is not enforced. Check it in the module, or in a type with its own Deserialize"
        ));
    }
    let is_said = node.extensions.argument_type.is_some();
    if let Some(kind) = node.untranslatable.filter(|_| !is_said) {
        problems.push(format!(
            "option {path}: Ansible has no type for {kind}. Use another type, or add #[schemars(extend(\"x-ansible-type\" = …))]"
        ));
    }
    if node.deprecated && node.extensions.removed_in.is_none() && node.extensions.removed_at_date.is_none() {
        problems.push(format!(
            "option {path}: #[deprecated] does not reach the user. Add #[schemars(extend(\"x-ansible-removed-in\" = \"…\"))]"
        ));
    }
    if node.alternatives && node.argument_type == ArgumentType::Raw && !is_said {
        problems.push(format!(
            "option {path}: Ansible has no type for an enum whose variants hold data. Make it a struct with \
             rules, or add #[schemars(extend(\"x-ansible-type\" = \"raw\"))] and describe it"
        ));
    }
    if node.typed_map && !is_said {
        problems.push(format!(
            "option {path}: the values of this dictionary have a type, but `k=v` text gives text. Use \
             serde_json::Value, or add #[schemars(extend(\"x-ansible-type\" = \"dict\"))] if the type reads text, too"
        ));
    }
    if node.takes_the_rest {
        problems.push(format!(
            "option {path}: it flattens a map. The map stays empty, because undocumented sub-options are refused. Make it a \
             sub-option, or make the option a map"
        ));
    }
    if let Some(items) = node.elements.as_ref().filter(|_| node.extensions.elements.is_none()) {
        shape(&format!("{path}[]"), items, problems);
    }
}

/// Checks how the type of a text option reads the text.
fn texts<O: DeserializeOwned>(options: &Node, path: &str, node: &Node, problems: &mut Vec<String>) {
    let inner = innermost(node);
    let is_map = inner.argument_type == ArgumentType::Dict && inner.fields.is_empty();
    if !is_map && inner.argument_type != ArgumentType::Str {
        return;
    }
    let steps: Vec<String> = path.split('.').map(str::to_owned).collect();
    let Some(expected) = serde_fields::expectation::<O>(options, &steps) else { return };
    // In a plain path neither `~` nor variables are expanded, which users of Ansible expect.
    if expected == "path string" {
        let instead = match node.argument_type {
            ArgumentType::Str => "Use AnsiblePath, or add #[schemars(extend(\"x-ansible-type\" = \"path\"))]",
            ArgumentType::List => "Use AnsiblePath, or add #[schemars(extend(\"x-ansible-elements\" = \"path\"))]",
            _ => "Make it a list of structs with an AnsiblePath",
        };
        problems.push(format!("option {path}: it is a path, but ~ and variables would not be expanded. {instead}"));
    }
    if expected == "a string" && !inner.format.is_empty() {
        problems.push(format!(
            "option {path}: the limit format {} is not enforced. Check it in the module, or in a type with its own Deserialize",
            inner.format
        ));
    }
}

/// The elements of a list, and of lists in lists.
fn innermost(node: &Node) -> &Node {
    match &node.elements {
        Some(items) => innermost(items),
        None => node,
    }
}

/// serde reads an alias that the schema does not contain, so that validation would refuse it. serde does not reveal the names
/// of a flattened struct.
fn aliases_within<O: DeserializeOwned>(node: &Node, path: &[String], problems: &mut Vec<String>) {
    let fields = fields_within(node);
    for name in serde_fields::names::<O>(path) {
        let known = |field: &Field| field.name == name || field.node.extensions.aliases.contains(&name);
        if !fields.iter().any(known) {
            let place = if path.is_empty() { String::new() } else { format!(" in {}", path.join(".")) };
            problems.push(format!(
                "serde reads {name}{place}, which the schema does not contain. For another name of an option use \
                 #[schemars(extend(\"x-ansible-aliases\" = [\"{name}\"]))] instead of #[serde(alias)]"
            ));
        }
    }
    for field in fields.iter().filter(|field| !fields_within(&field.node).is_empty()) {
        aliases_within::<O>(&field.node, &[path, std::slice::from_ref(&field.name)].concat(), problems);
    }
}

fn results<M: Module>(returned: &Returned, problems: &mut Vec<String>) {
    for field in &returned.results.fields {
        if RESERVED_RESULTS.contains(&field.name.as_str()) && !field.node.extensions.reserved_name {
            problems.push(format!("result {}: the protocol uses this name. Choose another one", field.name));
        }
    }
    let results = &returned.results;
    if results.argument_type == ArgumentType::Dict && results.fields.is_empty() && returned.is_map() {
        problems.push("the results are a map, so that they are not documented. Make them a struct".to_owned());
    }
    if returned.results.takes_the_rest {
        problems.push(
            "the results flatten a map, which can contain names of the protocol. Make it a result of its own"
                .to_owned(),
        );
    }
    for name in M::NULL_RESULTS {
        if returned.results.fields.iter().all(|field| field.name != *name) {
            problems.push(format!("NULL_RESULTS names {name}, which is not a result"));
        }
    }
}

#[cfg(test)]
mod tests;
