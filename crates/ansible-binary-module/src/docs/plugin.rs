//! DOCUMENTATION of an Ansible plugin, from the same definition as the page of a module.

use super::sidecar::documentation;
use super::yaml;
use crate::definition::{Definition, fields_within};
use crate::spec::ArgumentType;
use serde_json::{Map, Value, json};

/// The parts of a plugin's documentation that its options do not have.
#[derive(Clone, Copy, Debug)]
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
