//! A module as its types define it: read once, and everything else (validation, documentation, help) comes from it.

mod extensions;
mod node;
mod reach;
mod specification;

pub(crate) use node::{Field, Limits, Node};
pub(crate) use specification::{choices, element_type, is_required, names_in_rules, sub_rules};

use crate::spec::{ArgumentSpec, ArgumentType, Rules};
use crate::{Documentation, Module};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

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
    /// Only that they cannot be read at all: a task does without what is checked for the module's author
    /// ([`crate::check`]).
    pub(crate) fn of<M: Module>() -> Result<Self, String> {
        let options_schema = options_schema::<M::Options>();
        let options = read_options(&options_schema)?;
        Ok(Self {
            name: M::NAME,
            version: M::VERSION,
            documentation: M::DOCUMENTATION,
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
    /// Reads the type of the module's results.
    ///
    /// # Errors
    ///
    /// What is wrong with it, for the module's author, who finds out by printing the documentation once.
    pub(crate) fn of<M: Module>() -> Result<Self, String> {
        let schema = schema_of::<M::Results>(&SchemaSettings::draft2020_12().for_serialize());
        let results = read(&schema, "the results")?;
        Ok(Self { results, schema })
    }
}

/// A struct of options, as its type defines it.
pub(crate) fn options_of<O: JsonSchema>() -> Result<Node, String> {
    read_options(&options_schema::<O>())
}

fn options_schema<O: JsonSchema>() -> Value {
    schema_of::<O>(&SchemaSettings::draft2020_12().for_deserialize())
}

fn read_options(schema: &Value) -> Result<Node, String> {
    match reach::beyond_in_all(schema) {
        Some(problem) => Err(format!("the options: {problem}")),
        None => read(schema, "the options"),
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

pub(crate) fn all_fields<'a>(node: &'a Node, prefix: &str) -> Vec<(String, &'a Field)> {
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

#[cfg(test)]
mod shapes;
#[cfg(test)]
pub(crate) mod tests;
