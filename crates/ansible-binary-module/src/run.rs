//! Runs a module: from the task's arguments to the report.

use crate::arguments::Internal;
use crate::definition::Definition;
use crate::mask::Mask;
use crate::process::Context;
use crate::report::{Printable, Report};
use crate::spec::ArgumentSpec;
use crate::task::{Arguments, Deprecation, Logger};
use crate::validation::{Validation, closest, validate};
use crate::{Failure, Module, Outcome, Success, Support, Task, exact, option_types, options, process, syslog};
use serde_json::{Map, Value};

/// Runs the module with `arguments` and returns the object to print.
pub(crate) fn run<M: Module>(
    definition: &Definition,
    mut arguments: Map<String, Value>,
    context: &Context,
) -> Printable {
    let internal = match Internal::take(&mut arguments) {
        Ok(internal) => internal,
        Err(msg) => return Report::<()>::failure(msg).printable(&mut Task::default(), &[]),
    };
    let environment = |name: &str| context.environment.get(name);
    let validation = validate(&definition.spec, &definition.rules, &arguments, &environment);
    let mut task = Task::of(&internal, definition.name, &validation, arguments, context);
    process::report_backtraces(
        internal.verbosity >= 3 || environment("ANSIBLE_DEBUG").is_some_and(|value| is_on(&value)),
    );
    M::secrets(&exact::as_text(&validation.validated_parameters)).iter().for_each(|secret| task.hide(secret));
    let in_messages = M::secrets_in_messages(&exact::as_text(&validation.validated_parameters));
    in_messages.iter().for_each(|secret| task.hide_in_messages(secret));
    let module_args = M::shown(options::printable(&definition.spec, &validation.validated_parameters));
    let mut report = match refusal(&validation, &internal, &definition.spec, definition.name) {
        Some(msg) => Report::failure(msg),
        None if task.check_mode() && !supports_check_mode(definition) => Report {
            skipped: true,
            msg: Some(format!("remote module ({}) does not support check mode", internal.name(definition.name))),
            ..Report::default()
        },
        None => {
            let (usable, secrets) = option_types::collecting(|| usable::<M>(definition, &validation));
            secrets.iter().for_each(|secret| task.hide(secret));
            if !internal.no_log {
                log(definition, &module_args, &mut task);
            }
            match usable {
                Ok(options) => reported(M::run(&mut task, options)),
                Err(msg) => Report::failure(msg),
            }
        }
    };
    for deprecation in &mut task.deprecations {
        deprecation.collection_name = deprecation.collection_name.take().or_else(|| internal.collection());
    }
    report.module_args = Some(module_args);
    report.printable(&mut task, M::NULL_RESULTS)
}

/// The message of a task that validation refuses: the first one, as with `AnsibleModule`, or a later one that adds the name of
/// the option to it.
fn refusal(validation: &Validation, internal: &Internal, spec: &ArgumentSpec, name: &str) -> Option<String> {
    let (first, others) = validation.error_messages.split_first()?;
    // Ansible reports unsupported parameters last, so that they are first only when they are alone.
    if validation.unsupported_parameters.is_empty() || !others.is_empty() {
        // A value that is not a dictionary is reported twice: without a name by the search for secrets, then with its name.
        let naming = others.iter().find(|other| other.ends_with(first.as_str()));
        return Some(naming.unwrap_or(first).clone());
    }
    let suggestions = suggestions(spec, &validation.unsupported_parameters);
    (!internal.ignore_unknown_options)
        .then(|| format!("Unsupported parameters for ({}) module: {first}{suggestions}", internal.name(name)))
}

/// ` Did you mean 'name'?` for unsupported parameters (`option.sub`) that are close to a supported one.
pub(crate) fn suggestions(spec: &ArgumentSpec, unsupported: &[String]) -> String {
    let close: Vec<(&str, &str)> = unsupported
        .iter()
        .filter_map(|path| {
            let mut steps: Vec<&str> = path.split('.').collect();
            let unknown = steps.pop()?;
            let level = steps.iter().try_fold(spec, |level, step| level.get(*step)?.options.as_ref())?;
            let aliases = level.values().flat_map(|argument| &argument.aliases);
            let names = level.keys().chain(aliases).map(String::as_str);
            Some((unknown, closest(unknown, names)?))
        })
        .collect();
    match close.as_slice() {
        [] => String::new(),
        [(_, name)] => format!(" Did you mean '{name}'?"),
        several => {
            let pairs: Vec<String> =
                several.iter().map(|(unknown, name)| format!("'{name}' (for {unknown})")).collect();
            format!(" Did you mean {}?", pairs.join(", "))
        }
    }
}

fn is_on(text: &str) -> bool {
    !matches!(text.trim().to_lowercase().as_str(), "" | "0" | "n" | "no" | "off" | "f" | "false")
}

fn supports_check_mode(definition: &Definition) -> bool {
    definition.documentation.attributes.iter().any(|attribute| {
        attribute.name == "check_mode" && matches!(attribute.support, Support::Full | Support::Partial)
    })
}

fn log(definition: &Definition, values: &Map<String, Value>, task: &mut Task) {
    for name in unmarked_secrets(&definition.spec) {
        task.warn(format!("Module did not set no_log for {name}"));
    }
    let message = syslog::message(&definition.spec, values, &Mask::new(&task.secrets));
    task.log(message);
}

fn unmarked_secrets(spec: &ArgumentSpec) -> impl Iterator<Item = &String> {
    spec.iter()
        .filter(|(name, argument)| argument.no_log.is_none() && syslog::looks_like_a_secret(name))
        .map(|(name, _)| name)
}

fn usable<M: Module>(definition: &Definition, validation: &Validation) -> Result<M::Options, String> {
    let mut values = options::given(&definition.spec, &validation.validated_parameters);
    options::adapt(&definition.options, &mut values)?;
    match options::exceeded(&definition.options, &values) {
        Some(limit) => Err(limit),
        None => options::deserialize(&definition.spec, &values),
    }
}

fn reported<R>(outcome: Outcome<R>) -> Report<R> {
    match outcome {
        Ok(Success { changed, msg, diff, results }) => {
            Report { changed, msg, diff, results: Some(results), ..Report::default() }
        }
        Err(Failure { msg, changed, diff, fields, causes }) => {
            Report { changed, diff, fields, causes, ..Report::failure(msg) }
        }
    }
}

impl Task {
    pub(crate) fn of(
        internal: &Internal,
        name: &str,
        validation: &Validation,
        arguments: Map<String, Value>,
        context: &Context,
    ) -> Self {
        let environment = |name: &str| context.environment.get(name);
        Self {
            check_mode: internal.check_mode,
            diff_mode: internal.diff,
            verbosity: internal.verbosity,
            temporary: crate::task::Temporary::of(internal, &environment),
            origins: validation.origins.clone(),
            warnings: validation.warnings.clone(),
            specified_deprecations: specified_deprecations(validation, internal),
            secrets: validation.no_log_values.clone(),
            arguments: Arguments(arguments),
            environment: context.environment.clone(),
            output: context.output.clone(),
            log: Logger {
                send: Some(context.log.clone()).filter(|_| !internal.no_log),
                identifier: format!("ansible-{}", internal.name(name)),
                facility: internal.syslog_facility.clone(),
                prefix: internal.target_log_info.clone(),
                debug: internal.debug,
            },
            ..Self::default()
        }
    }
}

/// The deprecations of options. Those of sub-options in a list are reported once.
fn specified_deprecations(validation: &Validation, internal: &Internal) -> Vec<Deprecation> {
    let mut all: Vec<Deprecation> = Vec::new();
    for mut deprecation in validation.deprecations.iter().map(deprecation) {
        deprecation.collection_name = deprecation.collection_name.or_else(|| internal.collection());
        if !all.contains(&deprecation) {
            all.push(deprecation);
        }
    }
    all
}

fn deprecation(told: &Map<String, Value>) -> Deprecation {
    let text = |key: &str| match told.get(key) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(other) => Some(other.to_string()),
    };
    Deprecation {
        msg: text("msg").unwrap_or_default(),
        version: text("version"),
        date: text("date"),
        collection_name: text("collection_name"),
    }
}

#[cfg(test)]
mod tests;
