//! A module as its types define it: read once, and everything else (validation, documentation, help) comes from it.

mod extensions;
mod node;
mod specification;

pub(crate) use node::{Field, Limits, Node};
pub(crate) use specification::{choices, element_type, is_required, sub_rules};

use crate::spec::{ArgumentSpec, ArgumentType, Rules};
use crate::{Documentation, Module};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

/// What a result may not be called, because the protocol uses the name for something else.
const RESERVED_RESULTS: [&str; 10] =
    ["changed", "failed", "msg", "diff", "warnings", "deprecations", "invocation", "skipped", "exception", "results"];

/// A module as its types define it.
#[derive(Debug)]
pub(crate) struct Definition {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    pub(crate) documentation: Documentation,
    pub(crate) options: Node,
    pub(crate) options_schema: Value,
    pub(crate) spec: ArgumentSpec,
    pub(crate) rules: Rules,
}

impl Definition {
    /// Reads the module's types.
    ///
    /// # Errors
    ///
    /// What is wrong with them, for the module's author. It does not depend on any input, so whoever runs the module
    /// once, in whatever way, knows that it is right.
    pub(crate) fn of<M: Module>() -> Result<Self, String> {
        let options_schema = schema_of::<M::Options>(&SchemaSettings::draft2020_12().for_deserialize());
        let options = read(&options_schema, "the options")?;
        check_described(&options, "option")?;
        check_defaults(&options)?;
        check_rules(&options, "the options")?;
        Ok(Self {
            name: M::NAME,
            version: M::VERSION,
            documentation: M::documentation(),
            spec: specification::argument_spec(&options),
            rules: options.extensions.rules(),
            options,
            options_schema,
        })
    }

    /// One line: what the module does, as it says itself, or else the doc comment of its options.
    pub(crate) fn short_description(&self) -> &str {
        match (self.documentation.short_description, self.options.description.first()) {
            ("", Some(first)) => first.strip_suffix('.').unwrap_or(first),
            (said, _) => said,
        }
    }

    /// The paragraphs of the long description; there may be none.
    pub(crate) fn description(&self) -> Vec<&str> {
        match (self.documentation.description, self.documentation.short_description) {
            ([], "") => self.options.description.iter().skip(1).map(String::as_str).collect(),
            (said, _) => said.to_vec(),
        }
    }
}

/// What a module returns, as its type defines it. Apart from the rest, because no run needs it: only documentation does.
#[derive(Debug)]
pub(crate) struct Returned {
    pub(crate) results: Node,
    pub(crate) schema: Value,
}

impl Returned {
    /// Reads the type of the results of the module that is defined like this.
    ///
    /// # Errors
    ///
    /// What is wrong with it, for the module's author, who finds out by printing the documentation once.
    pub(crate) fn of<M: Module>(definition: &Definition) -> Result<Self, String> {
        let schema = schema_of::<M::Results>(&SchemaSettings::draft2020_12().for_serialize());
        let results = read(&schema, "the results")?;
        check_described(&results, "result")?;
        check_results(&results)?;
        if definition.short_description().is_empty() {
            return Err("nothing says what the module does: the options' type has no doc comment".to_owned());
        }
        Ok(Self { results, schema })
    }
}

fn schema_of<T: JsonSchema>(settings: &SchemaSettings) -> Value {
    let mut settings = settings.clone();
    settings.inline_subschemas = true;
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

fn read(schema: &Value, whose: &str) -> Result<Node, String> {
    let node = Node::read(schema, "").map_err(|error| format!("{whose}: {error}"))?;
    let is_unit = schema.get("type") == Some(&Value::from("null"));
    if node.argument_type == ArgumentType::Dict || is_unit {
        Ok(node)
    } else {
        Err(format!("{whose} must be a struct with named fields, or ()"))
    }
}

/// `ansible-doc` refuses a page on which anything is without a description.
fn check_described(node: &Node, what: &str) -> Result<(), String> {
    all_fields(node, "").into_iter().try_for_each(|(path, field)| {
        if field.node.description.is_empty() { Err(format!("the {what} {path} has no doc comment")) } else { Ok(()) }
    })
}

/// schemars leaves out a default of a type that cannot be serialised: it would hold, but nobody could read of it.
fn check_defaults(options: &Node) -> Result<(), String> {
    let untold = all_fields(options, "").into_iter().find(|(_, field)| {
        !field.required
            && !field.node.nullable
            && !field.node.has_default
            && !field.node.extensions.apply_defaults
            && field.node.argument_type != ArgumentType::Raw
    });
    match untold {
        Some((path, _)) => Err(format!("the default of {path} cannot be documented: its type has to derive Serialize")),
        None => Ok(()),
    }
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

/// The fields of an object, or of the objects in a list.
pub(crate) fn fields_within(node: &Node) -> &[Field] {
    match &node.elements {
        Some(elements) => &elements.fields,
        None => &node.fields,
    }
}

fn check_results(results: &Node) -> Result<(), String> {
    let reserved = results.fields.iter().find(|field| RESERVED_RESULTS.contains(&field.name.as_str()));
    match reserved {
        Some(field) => Err(format!("a result may not be called {}", field.name)),
        None => Ok(()),
    }
}

/// A rule that names no option would never hold, or never fail.
fn check_rules(node: &Node, place: &str) -> Result<(), String> {
    let fields = fields_within(node);
    let holder = node.elements.as_deref().unwrap_or(node);
    let unknown = specification::names_in_rules(&holder.extensions.rules())
        .into_iter()
        .find(|name| fields.iter().all(|field| field.name != *name));
    if let Some(name) = unknown {
        return Err(format!("a rule of {place} names {name}, which is none of them"));
    }
    fields.iter().try_for_each(|field| check_rules(&field.node, &format!("the options of {}", field.name)))
}

#[cfg(test)]
pub(crate) mod tests;
