//! What is wrong with a module's own types: for its author, who asks in a test, and whenever documentation is made. No task
//! pays for it.

use crate::Module;
use crate::definition::{
    Definition, Field, Node, Returned, all_fields, fields_within, names_in_rules, options_of, sub_rules,
};
use crate::options::probe;
use crate::spec::{ArgumentType, Rules};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fmt;

/// What a result may not be called, because the protocol uses the name for something else.
const RESERVED_RESULTS: [&str; 10] =
    ["changed", "failed", "msg", "diff", "warnings", "deprecations", "invocation", "skipped", "exception", "results"];

/// Everything that is wrong with a module's types, a sentence each.
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

/// As a test shows it that unwraps: a sentence a line.
impl fmt::Debug for Problems {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|problem| write!(formatter, "\n- {problem}"))
    }
}

impl std::error::Error for Problems {}

/// Says everything that is wrong with a module's types: what cannot be told to Ansible, what would hold without being
/// documented, what is documented and would not hold. A module calls it in a test:
///
/// ```
/// # struct Greet;
/// # #[derive(serde::Deserialize, schemars::JsonSchema)]
/// # /// Greets.
/// # struct Options { /// Whom to greet.
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
/// All that is wrong.
pub fn check<M: Module>() -> Result<(), Problems> {
    documented::<M>().map(drop)
}

/// The same of a struct of options by itself, such as one that several modules flatten into theirs: of a flattened struct serde
/// does not say which `#[serde(alias)]` it reads, of one by itself it does.
///
/// # Errors
///
/// All that is wrong.
pub fn check_options<O: DeserializeOwned + JsonSchema>() -> Result<(), Problems> {
    let options = options_of::<O>().map_err(|problem| Problems(vec![problem]))?;
    let mut problems = Vec::new();
    of_options::<O>(&options, &mut problems);
    if problems.is_empty() { Ok(()) } else { Err(Problems(problems)) }
}

/// What is wrong with a struct of options.
fn of_options<O: DeserializeOwned>(options: &Node, problems: &mut Vec<String>) {
    described(options, "option", problems);
    defaults(options, problems);
    rules(options, "the options", problems);
    for (path, field) in all_fields(options, "") {
        shape(&path, &field.node, problems);
        texts::<O>(options, &path, &field.node, problems);
    }
    if options.takes_the_rest {
        problems.push(
            "the options flatten a map, which stays empty, as an option that is not documented is refused: make it an option"
                .to_owned(),
        );
    }
    aliases_within::<O>(options, &[], problems);
}

/// All that a page of documentation is made from, checked.
pub(crate) fn documented<M: Module>() -> Result<(Definition, Returned), Problems> {
    let (definition, returned) = match (Definition::of::<M>(), Returned::of::<M>()) {
        (Ok(definition), Ok(returned)) => (definition, returned),
        (definition, returned) => {
            return Err(Problems([definition.err(), returned.err()].into_iter().flatten().collect()));
        }
    };
    let mut problems = Vec::new();
    if definition.short_description().is_empty() {
        problems.push("nothing says what the module does: the options' type has no doc comment".to_owned());
    }
    of_options::<M::Options>(&definition.options, &mut problems);
    described(&returned.results, "result", &mut problems);
    results::<M>(&returned, &mut problems);
    if problems.is_empty() { Ok((definition, returned)) } else { Err(Problems(problems)) }
}

/// `ansible-doc` refuses a page on which anything is without a description.
fn described(node: &Node, what: &str, problems: &mut Vec<String>) {
    for (path, field) in all_fields(node, "") {
        if field.node.description.is_empty() {
            problems.push(format!("the {what} {path} has no doc comment"));
        }
    }
}

/// schemars leaves out a default of a type that cannot be serialised: it would hold, but nobody could read of it.
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
            "the default of {path} cannot be documented: its type has to derive Serialize, or the field to say it by \
             #[schemars(extend(\"default\" = …))], with [] for an empty list"
        )
    }));
}

/// A rule that names no option would never hold, or never fail; the same for a value that an option cannot have.
fn rules(node: &Node, place: &str, problems: &mut Vec<String>) {
    let fields = fields_within(node);
    let rules_here = sub_rules(node);
    for name in names_in_rules(&rules_here) {
        if fields.iter().all(|field| field.name != name) {
            problems.push(format!("a rule of {place} names {name}, which is none of them"));
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
            "which is none of its choices".to_owned()
        } else if !can_be(field.node.argument_type, &rule.value) {
            format!("which it never is: its type is {}", field.node.argument_type.name())
        } else {
            continue;
        };
        problems.push(format!("a rule of {place} is for {} being {}, {problem}", rule.option, rule.value));
    }
}

/// Whether a converted value of this type can be the value of a rule. Null is an option that is not given.
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

/// What stands in a schema and does not hold, or holds in another way than it reads.
fn shape(path: &str, node: &Node, problems: &mut Vec<String>) {
    for unchecked in &node.stated {
        problems.push(format!(
            "the limit of {path} ({unchecked}) is not checked here: check it in the module, or in a type with a Deserialize of its own"
        ));
    }
    let is_said = node.extensions.argument_type.is_some();
    if node.alternatives && node.argument_type == ArgumentType::Raw && !is_said {
        problems.push(format!(
            "the option {path} is an enum whose variants hold something, which Ansible has no type for: make it a struct with \
             rules, or say #[schemars(extend(\"x-ansible-type\" = \"raw\"))] and describe it"
        ));
    }
    if node.typed_map && !is_said {
        problems.push(format!(
            "the option {path} is a dictionary whose values have a type, and `k=v` text gives text: use \
             serde_json::Value for them, or say #[schemars(extend(\"x-ansible-type\" = \"dict\"))] where text is read too"
        ));
    }
    if node.takes_the_rest {
        problems.push(format!(
            "the option {path} flattens a map, which stays empty, as a sub-option that is not documented is refused: make it a \
             sub-option, or the option a map"
        ));
    }
    if let Some(items) = node.elements.as_ref().filter(|_| node.extensions.elements.is_none()) {
        shape(&format!("{path}[]"), items, problems);
    }
}

/// What a text of this option is taken for, by its type.
fn texts<O: DeserializeOwned>(options: &Node, path: &str, node: &Node, problems: &mut Vec<String>) {
    let inner = innermost(node);
    let is_map = inner.argument_type == ArgumentType::Dict && inner.fields.is_empty();
    if !is_map && inner.argument_type != ArgumentType::Str {
        return;
    }
    let steps: Vec<String> = path.split('.').map(str::to_owned).collect();
    let Some(expected) = probe::expectation::<O>(options, &steps) else { return };
    // A plain path would be text: neither `~` nor variables are expanded in it, which whoever writes a task takes for granted.
    if expected == "path string" {
        let instead = match node.argument_type {
            ArgumentType::Str => "use AnsiblePath, or say #[schemars(extend(\"x-ansible-type\" = \"path\"))]",
            ArgumentType::List => "use AnsiblePath, or say #[schemars(extend(\"x-ansible-elements\" = \"path\"))]",
            _ => "make it a list of structs with an AnsiblePath",
        };
        problems.push(format!(
            "the option {path} is a path, and would be taken as text, its ~ and variables unexpanded: {instead}"
        ));
    }
    if expected == "a string" && !inner.format.is_empty() {
        problems.push(format!(
            "the limit of {path} (format {}) is not checked here: check it in the module, or in a type with a Deserialize of its own",
            inner.format
        ));
    }
}

/// The elements of a list, of lists of lists too.
fn innermost(node: &Node) -> &Node {
    match &node.elements {
        Some(items) => innermost(items),
        None => node,
    }
}

/// serde reads an alias, the schema does not know it, and validation would refuse what a task gives by it. Of a flattened
/// struct serde does not say what it reads.
fn aliases_within<O: DeserializeOwned>(node: &Node, path: &[String], problems: &mut Vec<String>) {
    let fields = fields_within(node);
    for name in probe::names::<O>(path) {
        let known = |field: &Field| field.name == name || field.node.extensions.aliases.contains(&name);
        if !fields.iter().any(known) {
            let place = if path.is_empty() { String::new() } else { format!(" in {}", path.join(".")) };
            problems.push(format!(
                "serde reads {name}{place}, which the schema does not know: for another name of an option use \
                 #[schemars(extend(\"x-ansible-aliases\" = [\"{name}\"]))] and #[serde(alias)] no more"
            ));
        }
    }
    for field in fields.iter().filter(|field| !fields_within(&field.node).is_empty()) {
        aliases_within::<O>(&field.node, &[path, std::slice::from_ref(&field.name)].concat(), problems);
    }
}

fn results<M: Module>(returned: &Returned, problems: &mut Vec<String>) {
    for field in &returned.results.fields {
        if RESERVED_RESULTS.contains(&field.name.as_str()) {
            problems.push(format!("a result may not be called {}, which the protocol uses", field.name));
        }
    }
    if returned.results.takes_the_rest {
        problems.push(
            "the results flatten a map, whose names may be ones that the protocol uses: make it a result of its own"
                .to_owned(),
        );
    }
    for name in M::NULL_RESULTS {
        if returned.results.fields.iter().all(|field| field.name != *name) {
            problems.push(format!("NULL_RESULTS names {name}, which is no result"));
        }
    }
}

#[cfg(test)]
mod tests;
