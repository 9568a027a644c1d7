//! Other names of options: `_handle_aliases` of `module_utils/common/parameters.py`.

use super::convert::dictionary;
use crate::spec::{Argument, ArgumentSpec, DeprecatedAlias};
use indexmap::IndexMap;
use serde_json::{Map, Value};

/// What resolving the aliases of one specification found.
#[derive(Default)]
pub struct Aliases<'a> {
    /// The main name of every alias; empty when the specification is in error.
    pub main_names: IndexMap<&'a str, &'a str>,
    /// The alias that gave each option its value.
    used: IndexMap<&'a str, &'a str>,
    /// Option and alias, where the task gives both.
    pub given_twice: Vec<(&'a str, &'a str)>,
    /// The aliases given that are on their way out.
    pub deprecated: Vec<&'a DeprecatedAlias>,
    /// What is wrong with the specification, in Ansible's words.
    pub error: Option<String>,
}

/// Gives every option the value of its aliases. The alias stays among the parameters, as in Ansible; of several
/// aliases, and of an option and its alias, the last one in the specification's order wins.
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
    /// Lets the alias of `option` show what became of the sub-options.
    ///
    /// In Python option and alias are one dictionary, so that the alias is returned converted and filled in, too;
    /// for a list it is the dictionaries within that are shared.
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
                // What could not be converted to a dictionary is missing among the validated ones.
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
