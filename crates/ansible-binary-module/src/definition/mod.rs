//! The definition of a module, read once from its types. Validation, documentation and help use it.

mod extensions;
mod node;
mod secret_placement;

#[cfg(feature = "testing")]
pub(crate) use extensions::names;
pub(crate) use node::{Choice, Field, Limits, Node};

use crate::spec::{Argument, ArgumentSpec, ArgumentType, Fallback, FallbackKind, Rules};
use crate::{Documentation, Module, TextCommand};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

/// The definition of a module.
#[derive(Debug)]
#[cfg_attr(not(feature = "schema"), allow(dead_code))]
pub(crate) struct Definition {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    pub(crate) documentation: Documentation,
    pub(crate) commands: &'static [TextCommand],
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
    /// Only types that cannot be read at all: [`crate::check`] finds all other faults, and no task pays for that.
    pub(crate) fn of<M: Module>() -> Result<Self, String> {
        let options_schema = options_schema::<M::Options>();
        let options = read_options(&options_schema)?;
        Ok(Self {
            name: M::NAME,
            version: M::VERSION,
            documentation: M::DOCUMENTATION,
            commands: M::TEXT_COMMANDS,
            spec: argument_spec(&options),
            rules: options.extensions.rules(),
            options,
            options_schema,
        })
    }

    /// One line: the module's own short description, or the doc comment of its options.
    pub(crate) fn short_description(&self) -> &str {
        match (self.documentation.short_description, self.options.description.first()) {
            ("", Some(first)) => first.strip_suffix('.').unwrap_or(first),
            (said, _) => said,
        }
    }

    /// The paragraphs of the long description; possibly none.
    pub(crate) fn description(&self) -> Vec<&str> {
        match (self.documentation.description, self.documentation.short_description) {
            ([], "") => self.options.description.iter().skip(1).map(String::as_str).collect(),
            (said, _) => said.to_vec(),
        }
    }
}

/// The results of a module. Only documentation needs them, so that no run reads them.
#[derive(Debug)]
#[cfg_attr(not(any(feature = "schema", feature = "testing")), allow(dead_code))]
pub(crate) struct Returned {
    pub(crate) results: Node,
    pub(crate) schema: Value,
}

impl Returned {
    /// True for a type without fields of its own.
    #[cfg(feature = "testing")]
    pub(crate) fn is_map(&self) -> bool {
        self.schema.get("properties").is_none() && self.schema.get("additionalProperties").is_some()
    }

    /// Reads the type of the module's results.
    ///
    /// # Errors
    ///
    /// A fault of the type. The module's author finds it when the documentation is printed.
    pub(crate) fn of<M: Module>() -> Result<Self, String> {
        let schema = schema_of::<M::Results>(&SchemaSettings::draft2020_12().for_serialize());
        let results = read(&schema, "the results")?;
        Ok(Self { results, schema })
    }
}

/// Definition and results of a module.
///
/// # Errors
///
/// The faults of types that cannot be read.
pub(crate) fn read_pages<M: Module>() -> Result<(Definition, Returned), Vec<String>> {
    match (Definition::of::<M>(), Returned::of::<M>()) {
        (Ok(definition), Ok(returned)) => Ok((definition, returned)),
        (definition, returned) => Err([definition.err(), returned.err()].into_iter().flatten().collect()),
    }
}

/// Definition and results of a module, for its documentation. With the feature `testing`, they are checked.
///
/// # Errors
///
/// All faults of the types.
pub(crate) fn documented<M: Module>() -> Result<(Definition, Returned), String> {
    #[cfg(feature = "testing")]
    return crate::check::pages::<M>().map_err(|problems| problems.to_string());
    #[cfg(not(feature = "testing"))]
    read_pages::<M>().map_err(|problems| problems.join("; "))
}

pub(crate) fn options_schema<O: JsonSchema>() -> Value {
    schema_of::<O>(&SchemaSettings::draft2020_12().for_deserialize())
}

pub(crate) fn read_options(schema: &Value) -> Result<Node, String> {
    match secret_placement::fault_of_whole(schema) {
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

/// The fields of an object, or of the objects in a list.
pub(crate) fn fields_within(node: &Node) -> &[Field] {
    match &node.elements {
        Some(elements) => &elements.fields,
        None => &node.fields,
    }
}

pub(crate) fn argument_spec(node: &Node) -> ArgumentSpec {
    fields_within(node).iter().map(|field| (field.name.clone(), argument(field))).collect()
}

fn argument(field: &Field) -> Argument {
    let node = &field.node;
    let extensions = &node.extensions;
    let environment = extensions.environment();
    let options = argument_spec(node);
    Argument {
        argument_type: Some(node.argument_type),
        elements: element_type(node),
        required: is_required(field),
        default: node.default.clone(),
        choices: choices(node).iter().map(|choice| choice.value.clone()).collect(),
        aliases: extensions.aliases.clone(),
        fallback: Some(Fallback(FallbackKind::EnvFallback, environment)).filter(|fallback| !fallback.1.is_empty()),
        no_log: extensions.no_log,
        rules: sub_rules(node),
        options: Some(options).filter(|options| !options.is_empty()),
        apply_defaults: extensions.apply_defaults,
        removed_in_version: extensions.removed_in.clone().map(Into::into),
        removed_at_date: extensions.removed_at_date.clone().map(Into::into),
        removed_from_collection: extensions.removed_from_collection.clone(),
        deprecated_aliases: extensions.deprecated_aliases.clone(),
    }
}

/// True if the task must set it.
pub(crate) fn is_required(field: &Field) -> bool {
    field.required && !field.node.nullable && field.node.default.is_none()
}

/// The type of a list's elements, if it is known.
pub(crate) fn element_type(node: &Node) -> Option<ArgumentType> {
    let known = node.elements.as_ref().map(|items| items.argument_type);
    node.extensions
        .elements
        .or(known)
        .filter(|element| node.argument_type == ArgumentType::List && *element != ArgumentType::Raw)
}

/// The choices of an option. A list has those of its elements.
pub(crate) fn choices(node: &Node) -> &[Choice] {
    match &node.elements {
        Some(elements) => &elements.choices,
        None => &node.choices,
    }
}

/// The rules between the sub-options of an option.
pub(crate) fn sub_rules(node: &Node) -> Rules {
    match &node.elements {
        Some(elements) => elements.extensions.rules(),
        None => node.extensions.rules(),
    }
}

#[cfg(test)]
mod secret_tests;
#[cfg(test)]
pub(crate) mod tests;
