//! What is wrong with a module's own types: for its author, who asks in a test, and whenever documentation is made. No task
//! pays for it.

use crate::Module;
use crate::definition::{Definition, Field, Node, Returned, all_fields, fields_within, names_in_rules, sub_rules};
use crate::options::probe;
use crate::spec::{ArgumentType, Rules};
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
    described(&definition.options, "option", &mut problems);
    described(&returned.results, "result", &mut problems);
    defaults(&definition.options, &mut problems);
    rules(&definition.options, "the options", &mut problems);
    for (path, field) in all_fields(&definition.options, "") {
        shape(&path, field, &mut problems);
    }
    aliases::<M::Options>(&definition, &mut problems);
    paths::<M::Options>(&definition, &mut problems);
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
             #[schemars(extend(\"default\" = …))]"
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
        if !choices.is_empty() && choices.iter().all(|choice| choice.value != rule.value) {
            problems.push(format!(
                "a rule of {place} is for {} being {}, which is none of its choices",
                rule.option, rule.value
            ));
        }
    }
}

/// What stands in a schema and does not hold, or holds in another way than it reads.
fn shape(path: &str, field: &Field, problems: &mut Vec<String>) {
    let node = &field.node;
    for unchecked in &node.stated {
        problems.push(format!(
            "the limit of {path} ({unchecked}) is not checked here: check it in the module, or in a type with a Deserialize of its own"
        ));
    }
    if node.alternatives && node.argument_type == ArgumentType::Raw && node.extensions.argument_type.is_none() {
        problems.push(format!(
            "the option {path} is an enum whose variants hold something, which Ansible has no type for: make it a struct with \
             rules, or say #[schemars(extend(\"x-ansible-type\" = \"raw\"))] and describe it"
        ));
    }
    if node.typed_map {
        problems.push(format!(
            "the option {path} is a dictionary whose values have a type, and `k=v` text gives text: use \
             serde_json::Value for them, or say #[schemars(extend(\"x-ansible-type\" = \"dict\"))] where text is read too"
        ));
    }
}

/// serde reads an alias, the schema does not know it, and validation would refuse what a task gives by it.
fn aliases<O: serde::de::DeserializeOwned>(definition: &Definition, problems: &mut Vec<String>) {
    for name in probe::names::<O>() {
        let known =
            definition.spec.iter().any(|(option, argument)| *option == name || argument.aliases.contains(&name));
        if !known {
            problems.push(format!(
                "serde reads {name}, which the schema does not know: for another name of an option use \
                 #[schemars(extend(\"x-ansible-aliases\" = [\"{name}\"]))] in place of #[serde(alias)]"
            ));
        }
    }
}

/// A plain path would be text: neither `~` nor variables are expanded in it, which whoever writes a task takes for granted.
fn paths<O: serde::de::DeserializeOwned>(definition: &Definition, problems: &mut Vec<String>) {
    for field in &definition.options.fields {
        let is_text = field.node.argument_type == ArgumentType::Str && field.node.extensions.argument_type.is_none();
        if is_text && probe::expectation::<O>(&field.name).as_deref() == Some("path string") {
            problems.push(format!(
                "the option {} is a path, and would be taken as text, its ~ and variables unexpanded: use AnsiblePath, or say \
                 #[schemars(extend(\"x-ansible-type\" = \"path\"))]",
                field.name
            ));
        }
    }
}

fn results<M: Module>(returned: &Returned, problems: &mut Vec<String>) {
    for field in &returned.results.fields {
        if RESERVED_RESULTS.contains(&field.name.as_str()) {
            problems.push(format!("a result may not be called {}, which the protocol uses", field.name));
        }
    }
    for name in M::NULL_RESULTS {
        if returned.results.fields.iter().all(|field| field.name != *name) {
            problems.push(format!("NULL_RESULTS names {name}, which is no result"));
        }
    }
}
