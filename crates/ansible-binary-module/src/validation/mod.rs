//! Validates parameters against an argument specification, by the rules and in the words of ansible-core's
//! `ArgumentSpecValidator` (`module_utils/common/arg_spec.py`), as of ansible-core 2.19.

mod convert;
mod dependencies;
mod names;
pub(crate) mod python;
#[cfg(test)]
mod tests;
mod types;

use crate::exact;
use crate::spec::{Argument, ArgumentSpec, ArgumentType, Rules};
use convert::{Host, dictionary};
use indexmap::IndexMap;
pub(crate) use names::closest;
use names::{Aliases, Unsupported};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// The origin of an option's value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// The task sets it.
    Task,
    /// This environment variable sets it.
    Environment(String),
    /// Its default.
    Default,
}

/// The result of a validation. It is complete even after an error, so that the error can be masked.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Validation {
    /// The options by their main names, converted, with defaults; `null` without a value. As in Ansible, aliases in the task and
    /// unsupported parameters are included; [`main_names_only`] leaves both out.
    pub validated_parameters: Map<String, Value>,
    /// All errors, in Ansible's words and order. The error about unsupported parameters is always the last.
    pub error_messages: Vec<String>,
    /// Parameters that are not options (sub-options as `option.sub`), sorted.
    pub unsupported_parameters: Vec<String>,
    /// All values of no_log options, from any origin.
    pub no_log_values: BTreeSet<String>,
    /// Warnings in Ansible's words.
    pub warnings: Vec<String>,
    /// Deprecations in the form of the result: `msg`, `collection_name`, and `date` or `version`.
    pub deprecations: Vec<Map<String, Value>>,
    /// The origin of each top-level option. Options without a value are left out.
    pub origins: IndexMap<String, Origin>,
}

/// Validates `parameters` (without `_ansible_*` entries) against `spec` and `rules`, as ansible-core's
/// `ArgumentSpecValidator.validate` does. `environment` returns an environment variable.
///
/// ```
/// use ansible_binary_module::{spec, validation};
///
/// let spec: spec::ArgumentSpec = serde_json::from_str(
///     r#"{"state": {"choices": ["present", "absent"], "default": "present"}, "size": {"type": "int"}}"#,
/// )?;
/// let given = serde_json::from_str(r#"{"size": "12", "color": "red"}"#)?;
/// let found = validation::validate(&spec, &spec::Rules::default(), &given, &|_| None);
/// assert_eq!(found.validated_parameters["size"], 12);
/// assert_eq!(found.validated_parameters["state"], "present");
/// assert_eq!(found.error_messages, ["color. Supported parameters include: size, state."]);
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn validate(
    spec: &ArgumentSpec,
    rules: &Rules,
    parameters: &Map<String, Value>,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Validation {
    let host = Host { environment, home: &convert::home };
    let mut validator = Validator { host, found: Validation::default(), unsupported: Unsupported::default() };
    let mut validated = parameters.clone();
    let warnings = validator.level(spec, rules, &mut validated, &mut Vec::new(), "");

    let mut found = validator.found;
    found.origins = origins(spec, parameters, &validated, environment);
    found.validated_parameters = validated;
    // Ansible warns about sub-options first, and about the options afterwards.
    found.warnings.extend(warnings);
    found.unsupported_parameters = validator.unsupported.names();
    found.error_messages.extend(validator.unsupported.message());
    found
}

/// `validated` without aliases and unsupported parameters, also in sub-options.
pub fn main_names_only(spec: &ArgumentSpec, validated: &Map<String, Value>) -> Map<String, Value> {
    spec.iter()
        .filter_map(|(name, argument)| {
            let value = validated.get(name)?;
            let value = match (&argument.options, value) {
                (Some(options), Value::Object(entries)) => Value::Object(main_names_only(options, entries)),
                (Some(options), Value::Array(elements)) => elements
                    .iter()
                    .map(|element| match element {
                        Value::Object(entries) => Value::Object(main_names_only(options, entries)),
                        other => other.clone(),
                    })
                    .collect(),
                _ => value.clone(),
            };
            Some((name.clone(), value))
        })
        .collect()
}

/// Converts a value that is not an option of its own. The error names the place.
pub(crate) fn convert_alone(wanted: ArgumentType, value: &Value, path: &str) -> Result<Value, String> {
    let host = Host { environment: &|name| std::env::var(name).ok(), home: &convert::home };
    convert::convert(wanted, value, &host).map_err(|reason| {
        format!(
            "argument '{path}' is of type {} and we were unable to convert to {}: {reason}",
            python::type_name(value),
            wanted.name()
        )
    })
}

/// True if the argument's sub-options are validated: in a dictionary or a list of dictionaries.
fn holds_dictionaries(argument: &Argument) -> bool {
    match argument.argument_type {
        Some(ArgumentType::Dict) => true,
        Some(ArgumentType::List) => argument.elements == Some(ArgumentType::Dict),
        _ => false,
    }
}

struct Validator<'a> {
    host: Host<'a>,
    found: Validation,
    unsupported: Unsupported,
}

impl Validator<'_> {
    /// Validates one level of options in place, then the levels below. `context` names the options above, and `prefix` does so
    /// for warnings (`option[0].`). Returns the warnings of this level.
    fn level(
        &mut self,
        spec: &ArgumentSpec,
        rules: &Rules,
        parameters: &mut Map<String, Value>,
        context: &mut Vec<String>,
        prefix: &str,
    ) -> Vec<String> {
        self.set_fallbacks(spec, parameters);

        let aliases = names::resolve(spec, parameters);
        self.found.error_messages.extend(aliases.error.clone());
        let deprecated = aliases.deprecated.iter();
        self.found.deprecations.extend(deprecated.map(|alias| names::deprecation_of_alias(alias, prefix)));

        let collected = collect_secrets(spec, parameters, &mut self.found.no_log_values);
        self.found.error_messages.extend(collected.err());

        if context.is_empty() {
            // This includes sub-options.
            names::deprecations_of_options(spec, parameters, "", &mut self.found.deprecations);
        }

        let collected = self.unsupported.collect(spec, &aliases, parameters, context);
        self.found.error_messages.extend(collected.err());

        self.refuse(dependencies::mutually_exclusive(rules, parameters), context);
        self.set_defaults(spec, parameters);
        self.refuse(dependencies::required(spec, parameters), context);
        types::convert_all(spec, parameters, context, &self.host, &mut self.found.error_messages);
        self.refuse(types::check_choices(spec, parameters), context);
        self.refuse(dependencies::dependencies(rules, parameters), context);
        fill_up(spec, parameters);

        let warnings = aliases.given_twice.iter();
        let warnings = warnings
            .map(|(option, alias)| format!("Both option {prefix}{option} and its alias {prefix}{alias} are set."))
            .collect();
        self.sub_options(spec, &aliases, parameters, context, prefix);
        warnings
    }

    fn refuse(&mut self, reasons: impl IntoIterator<Item = String>, context: &[String]) {
        for mut reason in reasons {
            if !context.is_empty() {
                reason += " found in ";
                reason += &context.join(" -> ");
            }
            self.found.error_messages.push(reason);
        }
    }

    /// Sets options from the environment.
    fn set_fallbacks(&mut self, spec: &ArgumentSpec, parameters: &mut Map<String, Value>) {
        for (name, argument) in spec {
            if parameters.contains_key(name) {
                continue;
            }
            if let Some((_, value)) = fallback(argument, self.host.environment) {
                if argument.no_log == Some(true) && !value.is_empty() {
                    self.found.no_log_values.insert(value.clone());
                }
                parameters.insert(name.clone(), value.into());
            }
        }
    }

    /// Sets defaults. Options without a value stay absent, as the rules expect.
    fn set_defaults(&mut self, spec: &ArgumentSpec, parameters: &mut Map<String, Value>) {
        for (name, argument) in spec {
            if let (Some(default), false) = (&argument.default, parameters.contains_key(name)) {
                if argument.no_log == Some(true) {
                    collect_default(default, &mut self.found.no_log_values);
                }
                parameters.insert(name.clone(), default.clone());
            }
        }
    }

    fn sub_options(
        &mut self,
        spec: &ArgumentSpec,
        aliases: &Aliases,
        parameters: &mut Map<String, Value>,
        context: &mut Vec<String>,
        prefix: &str,
    ) {
        for (name, argument) in spec.iter().filter(|(_, argument)| holds_dictionaries(argument)) {
            let Some(sub_spec) = &argument.options else {
                continue;
            };
            let Some(value) = parameters.get_mut(name) else {
                continue;
            };
            if value.is_null() && argument.apply_defaults {
                *value = Value::Object(Map::new());
            }
            if value.is_null() {
                continue;
            }
            context.push(name.clone());
            let elements = match value {
                Value::Array(elements) => elements.as_mut_slice(),
                other => std::slice::from_mut(other),
            };
            for (position, element) in elements.iter_mut().enumerate() {
                let prefix = match argument.argument_type {
                    Some(ArgumentType::List) => format!("{prefix}{name}[{position}]."),
                    _ => format!("{prefix}{name}."),
                };
                match element {
                    Value::Object(entries) => {
                        let at = self.found.warnings.len();
                        let warnings = self.level(sub_spec, &argument.rules, entries, context, &prefix);
                        // The warnings of a level precede those of the levels below.
                        self.found.warnings.splice(at..at, warnings);
                    }
                    _ => self
                        .found
                        .error_messages
                        .push(format!("value of '{name}' must be of type dict or list of dicts")),
                }
            }
            context.pop();
            aliases.share_back(name, parameters);
        }
    }
}

/// The environment variable that sets the option, and its value.
fn fallback<'a>(argument: &'a Argument, environment: &dyn Fn(&str) -> Option<String>) -> Option<(&'a str, String)> {
    let names = &argument.fallback.as_ref()?.1;
    names.iter().find_map(|name| Some((name.as_str(), environment(name)?)))
}

/// Options without a value become null, so that a module can rely on their names.
fn fill_up(spec: &ArgumentSpec, parameters: &mut Map<String, Value>) {
    for name in spec.keys() {
        parameters.entry(name.clone()).or_insert(Value::Null);
    }
}

fn origins(
    spec: &ArgumentSpec,
    given: &Map<String, Value>,
    validated: &Map<String, Value>,
    environment: &dyn Fn(&str) -> Option<String>,
) -> IndexMap<String, Origin> {
    let has_value = |name: &String| validated.get(name).is_some_and(|value| !value.is_null());
    let in_task = |name: &String, argument: &Argument| {
        given.contains_key(name) || argument.aliases.iter().any(|alias| given.contains_key(alias))
    };
    spec.iter()
        .filter(|(name, _)| has_value(name))
        .map(|(name, argument)| {
            let origin = if in_task(name, argument) {
                Origin::Task
            } else if let Some((variable, _)) = fallback(argument, environment) {
                Origin::Environment(variable.to_owned())
            } else {
                Origin::Default
            };
            (name.clone(), origin)
        })
        .collect()
}

/// Adds every text and number in `no_log` options, sub-options included: `_list_no_log_values` of
/// `module_utils/common/parameters.py`.
///
/// The error is the first value that should have sub-options and is not a dictionary. Unlike in Ansible, the values next to it
/// are collected, too, because the error is printed.
fn collect_secrets(
    spec: &ArgumentSpec,
    parameters: &Map<String, Value>,
    secrets: &mut BTreeSet<String>,
) -> Result<(), String> {
    let mut outcome = Ok(());
    for (name, argument) in spec {
        let Some(value) = parameters.get(name) else {
            continue;
        };
        if argument.no_log == Some(true) && python::is_truthy(value) {
            collect_texts(value, secrets);
        }
        let Some(sub_spec) = argument.options.as_ref().filter(|_| holds_dictionaries(argument)) else {
            continue;
        };
        let elements = match value {
            Value::Null => continue,
            Value::Array(elements) => elements.as_slice(),
            other => std::slice::from_ref(other),
        };
        for element in elements {
            let result = match element {
                Value::Object(entries) => Ok(Cow::Borrowed(entries)),
                Value::String(_) => dictionary(element).map(Cow::Owned),
                other => Err(format!(
                    "Value '{}' in the sub parameter field '{name}' must be a {}, not '{}'",
                    python::str_of(other),
                    argument.argument_type.unwrap_or_default().name(),
                    python::type_name(other)
                )),
            }
            .and_then(|entries| collect_secrets(sub_spec, &entries, secrets));
            outcome = outcome.and(result);
        }
    }
    outcome
}

/// Every text and number within a value. Booleans and nulls are not secrets.
fn collect_texts(value: &Value, secrets: &mut BTreeSet<String>) {
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::Number(number) => {
            secrets.insert(python::number_text(number));
        }
        Value::String(text) => {
            if !text.is_empty() {
                secrets.insert(exact::digits(text).unwrap_or(text).to_owned());
            }
        }
        Value::Array(elements) => {
            for element in elements {
                collect_texts(element, secrets);
            }
        }
        Value::Object(entries) => {
            for element in entries.values() {
                collect_texts(element, secrets);
            }
        }
    }
}

/// Adds the default of a `no_log` option.
fn collect_default(default: &Value, secrets: &mut BTreeSet<String>) {
    match default {
        // Ansible cannot hash these and aborts. Their contents are secrets.
        Value::Array(_) | Value::Object(_) => collect_texts(default, secrets),
        scalar if python::is_truthy(scalar) => {
            secrets.insert(python::str_of(scalar));
        }
        _ => {}
    }
}
