//! The names of options: aliases (`_handle_aliases`), unsupported names and the closest option, and deprecated ones (`_list_deprecations` of
//! `module_utils/common/parameters.py`).

use super::convert::dictionary;
use crate::spec::{Argument, ArgumentSpec, DeprecatedAlias};
use indexmap::IndexMap;
use serde_json::{Map, Value};
use std::collections::{BTreeSet, HashSet};

/// The aliases of one specification in a task.
#[derive(Default)]
pub struct Aliases<'a> {
    /// The main name of every alias; empty when the specification is faulty.
    pub main_names: IndexMap<&'a str, &'a str>,
    /// The alias that set each option.
    used: IndexMap<&'a str, &'a str>,
    /// Option and alias, where the task sets both.
    pub given_twice: Vec<(&'a str, &'a str)>,
    /// The deprecated aliases in the task.
    pub deprecated: Vec<&'a DeprecatedAlias>,
    /// The fault of the specification, in Ansible's words.
    pub error: Option<String>,
}

/// Gives every option the value of its aliases. The alias stays among the parameters, as in Ansible. Of several aliases, and of
/// an option and its alias, the last one in the order of the specification wins.
pub fn resolve<'a>(spec: &'a ArgumentSpec, parameters: &mut Map<String, Value>) -> Aliases<'a> {
    let mut found = Aliases::default();
    for (name, argument) in spec {
        let given = argument.deprecated_aliases.iter().filter(|alias| parameters.contains_key(&alias.name));
        found.deprecated.extend(given);
        if let Some(error) = contradiction(name, argument) {
            found.error = Some(error);
            found.main_names.clear();
            break;
        }
        for alias in &argument.aliases {
            found.main_names.insert(alias, name);
            if let Some(value) = parameters.get(alias).cloned() {
                if parameters.insert(name.clone(), value).is_some() {
                    found.given_twice.push((name, alias));
                }
                found.used.insert(name, alias);
            }
        }
    }
    found
}

fn contradiction(name: &str, argument: &Argument) -> Option<String> {
    (argument.required && argument.default.is_some())
        .then(|| format!("internal error: required and default are mutually exclusive for {name}"))
}

impl Aliases<'_> {
    /// Copies the validated sub-options back to the alias of `option`.
    ///
    /// In Python option and alias are one dictionary, so that the alias is returned converted, with defaults. In a list, the
    /// dictionaries are shared.
    pub fn share_back(&self, option: &str, parameters: &mut Map<String, Value>) {
        let Some(alias) = self.used.get(option) else {
            return;
        };
        let Some(validated) = parameters.get(option).cloned() else {
            return;
        };
        match (parameters.get_mut(*alias), validated) {
            (Some(shared @ Value::Object(_)), validated @ Value::Object(_)) => *shared = validated,
            (Some(Value::Array(shared)), Value::Array(validated)) => {
                // Elements that could not be converted are missing among the validated ones.
                let kept = shared.iter_mut().filter(|element| dictionary(element).is_ok());
                for (shared, validated) in kept.zip(validated) {
                    if shared.is_object() {
                        *shared = validated;
                    }
                }
            }
            _ => {}
        }
    }
}

/// The names of the options around a sub-option, and its own name.
type Path = Vec<String>;

/// Unsupported parameters of all levels.
#[derive(Default)]
pub struct Unsupported {
    names: BTreeSet<Path>,
    supported: Option<Supported>,
}

struct Supported {
    options: BTreeSet<String>,
    aliases: BTreeSet<String>,
}

impl Unsupported {
    /// Adds the parameters of one level that are neither options nor aliases. Fails with the fault of the specification, as
    /// Ansible does a second time here.
    pub fn collect(
        &mut self,
        spec: &ArgumentSpec,
        aliases: &Aliases,
        parameters: &Map<String, Value>,
        context: &[String],
    ) -> Result<(), String> {
        let legal: HashSet<&str> = aliases.main_names.keys().copied().chain(spec.keys().map(String::as_str)).collect();
        let mut unknown = parameters.keys().filter(|name| !legal.contains(name.as_str())).peekable();
        if unknown.peek().is_none() {
            return Ok(());
        }
        if let Some(error) = &aliases.error {
            return Err(error.clone());
        }
        self.names.extend(unknown.map(|name| [context, std::slice::from_ref(name)].concat()));
        // Of unknown names on several levels, Ansible lists the options of one level, which depends on its hashing. Here it is
        // the outermost level.
        self.supported.get_or_insert_with(|| Supported {
            options: spec.keys().filter(|name| !aliases.main_names.contains_key(name.as_str())).cloned().collect(),
            aliases: aliases.main_names.keys().map(|&alias| alias.to_owned()).collect(),
        });
        Ok(())
    }

    /// The unsupported names, sub-options as `option.sub`, sorted.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.names.iter().map(|path| path.join(".")).collect();
        names.sort_unstable();
        names
    }

    /// The message, if there are unsupported names.
    pub fn message(&self) -> Option<String> {
        let supported = self.supported.as_ref()?;
        let join = |names: &BTreeSet<String>| {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            names.join(", ")
        };
        let mut list = join(&supported.options);
        if !supported.aliases.is_empty() {
            list = format!("{list} ({})", join(&supported.aliases));
        }
        Some(format!("{}. Supported parameters include: {list}.", self.names().join(", ")))
    }
}

/// A deprecation as the result of a module carries it.
pub type Deprecation = Map<String, Value>;

/// The deprecation of an alias in the task. `prefix` names the option of a sub-option (`option[0].`).
pub fn deprecation_of_alias(alias: &DeprecatedAlias, prefix: &str) -> Deprecation {
    deprecation(
        format!("Alias '{prefix}{}' is deprecated.", alias.name),
        alias.version.as_ref(),
        alias.date.as_ref(),
        alias.collection_name.as_ref(),
    )
}

/// Adds the deprecation of every option in the task with `removed_at_date` or `removed_in_version`, sub-options included.
pub fn deprecations_of_options(
    spec: &ArgumentSpec,
    parameters: &Map<String, Value>,
    prefix: &str,
    found: &mut Vec<Deprecation>,
) {
    for (name, argument) in spec {
        let Some(value) = parameters.get(name) else {
            continue;
        };
        let full_name = if prefix.is_empty() { name.clone() } else { format!("{prefix}[\"{name}\"]") };
        let date = argument.removed_at_date.as_ref();
        // The date wins over the version.
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
            deprecations_of_options(sub_spec, element, &full_name, found);
        }
    }
}

/// `msg` and `collection_name`, and either `date` or `version` (possibly null).
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

/// The closest of these names, if it is close enough to be a misspelling.
pub fn closest<'a>(unknown: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let unknown = unknown.to_lowercase();
    // A longer text is not a misspelled name, and the comparison takes quadratic time.
    if unknown.len() > 64 {
        return None;
    }
    // One error in a short name, two in others.
    let allowed = if unknown.chars().count() < 5 { 1 } else { 2 };
    names
        .map(|name| (distance(&unknown, &name.to_lowercase()), name))
        .filter(|(distance, name)| *distance <= allowed && *distance < name.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// The number of inserted, deleted, replaced and swapped characters (optimal string alignment).
fn distance(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let mut rows = vec![vec![0; right.len() + 1]; left.len() + 1];
    for row in 0..=left.len() {
        for column in 0..=right.len() {
            rows[row][column] = if row == 0 || column == 0 {
                row + column
            } else {
                let differs = usize::from(left[row - 1] != right[column - 1]);
                let mut least =
                    (rows[row - 1][column] + 1).min(rows[row][column - 1] + 1).min(rows[row - 1][column - 1] + differs);
                let swapped =
                    row > 1 && column > 1 && left[row - 1] == right[column - 2] && left[row - 2] == right[column - 1];
                if swapped {
                    least = least.min(rows[row - 2][column - 2] + 1);
                }
                least
            };
        }
    }
    rows[left.len()][right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelled_name_is_recognized_and_another_name_is_not() {
        let names = ["name", "state", "site_id", "api_token"];
        for (unknown, meant) in [
            ("naem", Some("name")),
            ("Name", Some("name")),
            ("site_ids", Some("site_id")),
            ("apitoken", Some("api_token")),
            ("stat", Some("state")),
            ("color", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(closest(unknown, names.into_iter()), meant, "{unknown}");
        }
        assert_eq!(closest("b", ["a"].into_iter()), None);
    }
}
