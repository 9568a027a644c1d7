//! What a task uses that is on its way out: `_list_deprecations` of `module_utils/common/parameters.py`.

use crate::spec::{ArgumentSpec, DeprecatedAlias};
use serde_json::{Map, Value};

/// A deprecation as the result of a module carries it.
pub type Deprecation = Map<String, Value>;

/// The deprecation of an alias that the task used, `prefix` telling the sub-options' owner (`option[0].`).
pub fn of_alias(alias: &DeprecatedAlias, prefix: &str) -> Deprecation {
    deprecation(
        format!("Alias '{prefix}{}' is deprecated.", alias.name),
        alias.version.as_ref(),
        alias.date.as_ref(),
        alias.collection_name.as_ref(),
    )
}

/// Adds the deprecation of every option given that has a `removed_at_date` or `removed_in_version`, sub-options included.
pub fn of_options(spec: &ArgumentSpec, parameters: &Map<String, Value>, prefix: &str, found: &mut Vec<Deprecation>) {
    for (name, argument) in spec {
        let Some(value) = parameters.get(name) else {
            continue;
        };
        let full_name = if prefix.is_empty() { name.clone() } else { format!("{prefix}[\"{name}\"]") };
        let date = argument.removed_at_date.as_ref();
        // The date counts where there are both.
        let version = argument.removed_in_version.as_ref().filter(|_| date.is_none());
        if date.is_some() || version.is_some() {
            found.push(deprecation(
                format!("Param '{full_name}' is deprecated."),
                version,
                date,
                argument.removed_from_collection.as_ref(),
            ));
        }
        let Some(sub_spec) = &argument.options else {
            continue;
        };
        let elements = match value {
            Value::Array(elements) => elements.as_slice(),
            other => std::slice::from_ref(other),
        };
        for element in elements.iter().filter_map(Value::as_object) {
            of_options(sub_spec, element, &full_name, found);
        }
    }
}

/// `msg` and `collection_name`, and of `version` and `date` the one that there is (`version`, if none).
fn deprecation(
    what: String,
    version: Option<&Value>,
    date: Option<&Value>,
    collection_name: Option<&String>,
) -> Deprecation {
    let (when, at) = match date {
        Some(date) => ("date", date.clone()),
        None => ("version", version.cloned().unwrap_or_default()),
    };
    Map::from_iter([
        ("msg".to_owned(), format!("{what} See the module docs for more information").into()),
        ("collection_name".to_owned(), collection_name.cloned().into()),
        (when.to_owned(), at),
    ])
}
