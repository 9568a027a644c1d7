//! The rules between options: the `check_*` functions of `module_utils/common/validation.py`.
//!
//! An option is set as soon as its name exists, even with null; only `required_by` requires a value. Each rule reports the first
//! group that breaks it, `mutually_exclusive` reports all of them.

use super::python;
use crate::spec::{ArgumentSpec, OneOrMany, RequiredIf, Rules};
use serde_json::{Map, Value};

type Parameters = Map<String, Value>;

/// At most one of each group can be set.
pub fn mutually_exclusive(rules: &Rules, parameters: &Parameters) -> Option<String> {
    let broken: Vec<String> = rules
        .mutually_exclusive
        .iter()
        .filter(|group| {
            let mut given = group.iter().filter(|name| parameters.contains_key(*name));
            // A group can repeat a name.
            given.next().is_some_and(|first| given.any(|other| other != first))
        })
        .map(|group| group.join("|"))
        .collect();
    (!broken.is_empty()).then(|| format!("parameters are mutually exclusive: {}", broken.join(", ")))
}

/// Every required option must be set.
pub fn required(spec: &ArgumentSpec, parameters: &Parameters) -> Option<String> {
    let mut missing: Vec<&str> = spec
        .iter()
        .filter(|(name, argument)| argument.required && !parameters.contains_key(*name))
        .map(|(name, _)| name.as_str())
        .collect();
    missing.sort_unstable();
    (!missing.is_empty()).then(|| format!("missing required arguments: {}", missing.join(", ")))
}

/// The rules that are checked after conversion, in Ansible's order.
pub fn dependencies(rules: &Rules, parameters: &Parameters) -> impl Iterator<Item = String> {
    [
        required_together(&rules.required_together, parameters),
        required_one_of(&rules.required_one_of, parameters),
        rules.required_if.iter().find_map(|rule| required_if(rule, parameters)),
        required_by(rules, parameters),
    ]
    .into_iter()
    .flatten()
}

fn required_together(groups: &[Vec<String>], parameters: &Parameters) -> Option<String> {
    groups.iter().find_map(|group| {
        let given = group.iter().filter(|name| parameters.contains_key(*name)).count();
        (given > 0 && given < group.len()).then(|| format!("parameters are required together: {}", group.join(", ")))
    })
}

fn required_one_of(groups: &[Vec<String>], parameters: &Parameters) -> Option<String> {
    groups.iter().find_map(|group| {
        let given = group.iter().any(|name| parameters.contains_key(name));
        (!given).then(|| format!("one of the following is required: {}", group.join(", ")))
    })
}

fn required_if(rule: &RequiredIf, parameters: &Parameters) -> Option<String> {
    let value = parameters.get(&rule.option)?;
    if !python::equal(value, &rule.value) {
        return None;
    }
    let missing: Vec<&str> =
        rule.needed.iter().map(String::as_str).filter(|name| !parameters.contains_key(*name)).collect();
    let enough = rule.any_of && missing.len() < rule.needed.len();
    (!missing.is_empty() && !enough).then(|| {
        format!(
            "{} is {} but {} of the following are missing: {}",
            rule.option,
            python::str_of(&rule.value),
            if rule.any_of { "any" } else { "all" },
            missing.join(", ")
        )
    })
}

fn required_by(rules: &Rules, parameters: &Parameters) -> Option<String> {
    let has_value = |name: &str| parameters.get(name).is_some_and(|value| !value.is_null());
    rules.required_by.iter().find_map(|(option, needed)| {
        if !has_value(option) {
            return None;
        }
        let needed = match needed {
            OneOrMany::One(name) => std::slice::from_ref(name),
            OneOrMany::Many(names) => names.as_slice(),
        };
        let missing: Vec<&str> = needed.iter().map(String::as_str).filter(|name| !has_value(name)).collect();
        (!missing.is_empty()).then(|| format!("missing parameter(s) required by '{option}': {}", missing.join(", ")))
    })
}
