//! The sidecar: the YAML file next to an executable that `ansible-doc` reads. DOCUMENTATION of a plugin comes from the same
//! definition.

use super::with_ansible_markup;
use super::{messages, yaml};
use crate::definition::{
    Definition, Field, Node, Returned, choices, element_type, fields_within, is_required, sub_rules,
};
use crate::spec::{ArgumentType, Rules};
use crate::{Attribute, SeeAlso};
use serde_json::{Map, Value, json};

/// The content of the file: DOCUMENTATION, EXAMPLES and RETURN.
pub(crate) fn sidecar(definition: &Definition, returned: &Returned) -> String {
    let mut document = Map::new();
    document.insert("DOCUMENTATION".to_owned(), documentation(definition).into());
    let examples = definition.documentation.examples.trim();
    if !examples.is_empty() {
        document.insert("EXAMPLES".to_owned(), format!("{examples}\n").into());
    }
    let results = returns(&returned.results, true);
    if !results.is_empty() {
        document.insert("RETURN".to_owned(), results.into());
    }
    yaml::document(&document)
}

pub(super) fn documentation(definition: &Definition) -> Map<String, Value> {
    let said = &definition.documentation;
    let (short_description, mut description) = (definition.short_description(), definition.description());
    let mut out = Map::new();
    out.insert("module".to_owned(), definition.name.into());
    out.insert("short_description".to_owned(), with_ansible_markup(short_description).into());
    if !said.version_added.is_empty() {
        out.insert("version_added".to_owned(), said.version_added.into());
    }
    if description.is_empty() {
        description.push(short_description);
    }
    insert_texts(&mut out, "description", &description);
    insert_texts(&mut out, "author", said.author);
    insert_texts(&mut out, "requirements", said.requirements);
    let attributes: Map<String, Value> = said.attributes.iter().map(attribute).collect();
    if !attributes.is_empty() {
        out.insert("attributes".to_owned(), attributes.into());
    }
    let options = options(&definition.options, &definition.rules);
    if !options.is_empty() {
        out.insert("options".to_owned(), options.into());
    }
    insert_texts(&mut out, "notes", said.notes);
    if !said.seealso.is_empty() {
        let seealso: Vec<Value> = said.seealso.iter().map(see_also).collect();
        out.insert("seealso".to_owned(), seealso.into());
    }
    out
}

fn insert_texts(out: &mut Map<String, Value>, key: &str, texts: &[&str]) {
    if !texts.is_empty() {
        let texts: Vec<Value> = texts.iter().map(|text| with_ansible_markup(text).into()).collect();
        out.insert(key.to_owned(), texts.into());
    }
}

fn attribute(attribute: &Attribute) -> (String, Value) {
    let mut out = Map::new();
    let description = with_ansible_markup(attribute.description);
    out.insert("description".to_owned(), description.into());
    out.insert("support".to_owned(), attribute.support.word().into());
    if !attribute.platforms.is_empty() {
        out.insert("platforms".to_owned(), attribute.platforms.into());
    }
    if !attribute.details.is_empty() {
        let details = with_ansible_markup(attribute.details);
        out.insert("details".to_owned(), details.into());
    }
    (attribute.name.to_owned(), out.into())
}

fn see_also(see_also: &SeeAlso) -> Value {
    match see_also {
        SeeAlso::Module { module, description } => {
            json!({ "module": module, "description": with_ansible_markup(description) })
        }
        SeeAlso::Link { name, link, description } => {
            json!({ "name": name, "link": link, "description": with_ansible_markup(description) })
        }
    }
}

fn options(node: &Node, rules: &Rules) -> Map<String, Value> {
    fields_within(node).iter().map(|field| (field.name.clone(), option(field, rules).into())).collect()
}

fn option(field: &Field, rules: &Rules) -> Map<String, Value> {
    let node = &field.node;
    let mut out = described(messages::description(field, rules));
    if let Some(version) = &node.extensions.version_added {
        out.insert("version_added".to_owned(), version.clone().into());
    }
    insert_types(&mut out, node);
    if is_required(field) {
        out.insert("required".to_owned(), true.into());
    }
    if !node.extensions.aliases.is_empty() {
        let aliases = node.extensions.aliases.clone();
        out.insert("aliases".to_owned(), aliases.into());
    }
    let choices = choices(node);
    if !choices.is_empty() {
        let values: Vec<Value> = choices.iter().map(|choice| choice.value.clone()).collect();
        out.insert("choices".to_owned(), values.into());
    }
    if let Some(default) = &node.default {
        out.insert("default".to_owned(), default.clone());
    }
    let suboptions = options(node, &sub_rules(node));
    if !suboptions.is_empty() {
        out.insert("suboptions".to_owned(), suboptions.into());
    }
    out
}

fn returns(node: &Node, outermost: bool) -> Map<String, Value> {
    fields_within(node).iter().map(|field| (field.name.clone(), returned(field, outermost).into())).collect()
}

fn returned(field: &Field, outermost: bool) -> Map<String, Value> {
    let node = &field.node;
    let mut description = node.description.clone();
    description.extend(messages::choices_explained(node));
    let mut out = described(description);
    if let Some(version) = &node.extensions.version_added {
        out.insert("version_added".to_owned(), version.clone().into());
    }
    if outermost || node.extensions.returned.is_some() {
        let when = with_ansible_markup(messages::returned(node));
        out.insert("returned".to_owned(), when.into());
    }
    insert_types(&mut out, node);
    if let Some(sample) = &node.example {
        out.insert("sample".to_owned(), sample.clone());
    }
    let contains = returns(node, false);
    if !contains.is_empty() {
        out.insert("contains".to_owned(), contains.into());
    }
    out
}

fn described(paragraphs: Vec<String>) -> Map<String, Value> {
    let paragraphs: Vec<Value> = paragraphs.iter().map(|paragraph| with_ansible_markup(paragraph).into()).collect();
    Map::from_iter([("description".to_owned(), paragraphs.into())])
}

fn insert_types(out: &mut Map<String, Value>, node: &Node) {
    out.insert("type".to_owned(), json!(node.argument_type));
    if node.argument_type == ArgumentType::List {
        // Readers of ansible-doc require one.
        let elements = element_type(node).unwrap_or(ArgumentType::Raw);
        out.insert("elements".to_owned(), json!(elements));
    }
}

/// The parts of a plugin's documentation that its options do not have.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct PluginPage<'a> {
    /// Full name of the plugin, the only choice of its option `plugin`.
    pub plugin: &'a str,
    /// Type of the plugin, such as `inventory`.
    pub kind: &'a str,
    /// Documentation fragments that the plugin extends.
    pub fragments: &'a [&'a str],
    /// Options that the plugin does not have, or has from a fragment.
    pub without: &'a [&'a str],
}

impl<'a> PluginPage<'a> {
    /// The page of a plugin of this full name and type.
    #[must_use]
    pub const fn new(plugin: &'a str, kind: &'a str) -> Self {
        Self { plugin, kind, fragments: &[], without: &[] }
    }

    /// Sets [`fragments`](Self::fragments).
    #[must_use]
    pub const fn fragments(mut self, fragments: &'a [&'a str]) -> Self {
        self.fragments = fragments;
        self
    }

    /// Sets [`without`](Self::without).
    #[must_use]
    pub const fn without(mut self, without: &'a [&'a str]) -> Self {
        self.without = without;
        self
    }
}

/// DOCUMENTATION and EXAMPLES.
pub(crate) fn plugin(definition: &Definition, page: &PluginPage<'_>) -> String {
    let mut said = documentation(definition);
    let options = said.shift_remove("options").and_then(|options| options.as_object().cloned()).unwrap_or_default();
    let mut out = Map::new();
    out.insert("name".to_owned(), definition.name.into());
    out.insert("plugin_type".to_owned(), page.kind.into());
    for (key, value) in said {
        if !matches!(key.as_str(), "module" | "attributes") {
            out.insert(key, value);
        }
    }
    out.insert("extends_documentation_fragment".to_owned(), json!(page.fragments));
    out.insert("options".to_owned(), with_environment(definition, page, options).into());
    let mut document = Map::new();
    document.insert("DOCUMENTATION".to_owned(), out.into());
    let examples = definition.documentation.examples.trim();
    document.insert("EXAMPLES".to_owned(), format!("{examples}\n").into());
    yaml::document(&document)
}

fn with_environment(
    definition: &Definition,
    page: &PluginPage<'_>,
    mut options: Map<String, Value>,
) -> Map<String, Value> {
    options.retain(|name, _| !page.without.contains(&name.as_str()));
    for field in fields_within(&definition.options) {
        let variables = field.node.extensions.environment();
        // Ansible reads no dictionary from the environment.
        let is_dictionary = field.node.argument_type == ArgumentType::Dict;
        if let (Some(Value::Object(option)), false, false) =
            (options.get_mut(&field.name), variables.is_empty(), is_dictionary)
        {
            let variables: Vec<Value> = variables.iter().map(|name| json!({ "name": name })).collect();
            option.insert("env".to_owned(), variables.into());
        }
    }
    let plugin = json!({
        "description": [format!("Name of this plugin, always C({}).", page.plugin)],
        "type": "str",
        "required": true,
        "choices": [page.plugin],
    });
    let mut all = Map::new();
    all.insert("plugin".to_owned(), plugin);
    all.extend(options);
    all
}

#[cfg(test)]
mod tests;
