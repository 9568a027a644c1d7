//! From the task's arguments to the report of its run.

use crate::context::Context;
use crate::definition::Definition;
use crate::internal::Internal;
use crate::mask::Mask;
use crate::report::{Printable, Report};
use crate::spec::ArgumentSpec;
use crate::task::{Arguments, Deprecation};
use crate::validation::{Validation, validate};
use crate::{Failure, Module, Outcome, Success, Support, Task, exit, option_types, options, syslog};
use serde_json::{Map, Value};

/// Runs the module with `arguments`; what comes back is the object to print.
pub(crate) fn run<M: Module>(
    definition: &Definition,
    mut arguments: Map<String, Value>,
    context: &Context<'_>,
) -> Printable {
    let internal = match Internal::take(&mut arguments) {
        Ok(internal) => internal,
        Err(msg) => return Report::<()>::failure(msg).printable(&mut Task::default(), &[]),
    };
    let environment = |name: &str| context.environment.get(name);
    let validation = validate(&definition.spec, &definition.rules, &arguments, &environment);
    let mut task = Task::of(&internal, &validation, arguments, context);
    exit::tell_backtraces(internal.verbosity >= 3 || environment("ANSIBLE_DEBUG").is_some_and(|value| is_on(&value)));
    M::secrets(&validation.validated_parameters).iter().for_each(|secret| task.hide(secret));
    let module_args = options::printable(&definition.spec, &validation.validated_parameters);
    let mut report = match refusal(&validation, &internal, definition.name) {
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
                log(definition, &internal, &module_args, &mut task, context);
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

/// The message with which validation fails the task: as with `AnsibleModule`, the first; but one that names the option, if
/// another says the same and does.
fn refusal(validation: &Validation, internal: &Internal, name: &str) -> Option<String> {
    let (first, others) = validation.error_messages.split_first()?;
    // Ansible reports unsupported parameters last of all, so that one stands first only when it is alone.
    if validation.unsupported_parameters.is_empty() || !others.is_empty() {
        // What is no dictionary is told twice: bare, by the search for secrets, and then with the name of its option.
        let naming = others.iter().find(|other| other.ends_with(first.as_str()));
        return Some(naming.unwrap_or(first).clone());
    }
    (!internal.ignore_unknown_options)
        .then(|| format!("Unsupported parameters for ({}) module: {first}", internal.name(name)))
}

fn is_on(text: &str) -> bool {
    !matches!(text.trim().to_lowercase().as_str(), "" | "0" | "n" | "no" | "off" | "f" | "false")
}

fn supports_check_mode(definition: &Definition) -> bool {
    definition.documentation.attributes.iter().any(|attribute| {
        attribute.name == "check_mode" && matches!(attribute.support, Support::Full | Support::Partial)
    })
}

fn log(
    definition: &Definition,
    internal: &Internal,
    values: &Map<String, Value>,
    task: &mut Task,
    context: &Context<'_>,
) {
    for name in unmarked_secrets(&definition.spec) {
        task.warn(format!("Module did not set no_log for {name}"));
    }
    let message =
        syslog::message(&definition.spec, values, &Mask::new(&task.secrets), internal.target_log_info.as_deref());
    let identifier = format!("ansible-{}", internal.name(definition.name));
    (context.log)(&syslog::datagram(internal.syslog_facility.as_deref(), &identifier, &message));
}

fn unmarked_secrets(spec: &ArgumentSpec) -> impl Iterator<Item = &String> {
    spec.iter()
        .filter(|(name, argument)| argument.no_log.is_none() && syslog::looks_like_a_secret(name))
        .map(|(name, _)| name)
}

fn usable<M: Module>(definition: &Definition, validation: &Validation) -> Result<M::Options, String> {
    let values = &validation.validated_parameters;
    match options::exceeded(&definition.options, values) {
        Some(limit) => Err(limit),
        None => options::deserialize(&definition.spec, values),
    }
}

fn reported<R>(outcome: Outcome<R>) -> Report<R> {
    match outcome {
        Ok(Success { changed, msg, diff, results }) => {
            Report { changed, msg, diff, results: Some(results), ..Report::default() }
        }
        Err(Failure { msg, changed, diff, results }) => Report { changed, diff, results, ..Report::failure(msg) },
    }
}

impl Task {
    pub(crate) fn of(
        internal: &Internal,
        validation: &Validation,
        arguments: Map<String, Value>,
        context: &Context<'_>,
    ) -> Self {
        let environment = |name: &str| context.environment.get(name);
        Self {
            check_mode: internal.check_mode,
            diff_mode: internal.diff,
            verbosity: internal.verbosity,
            temporary: crate::task::Temporary::of(internal, &environment),
            origins: validation.origins.clone(),
            warnings: validation.warnings.clone(),
            deprecations: validation.deprecations.iter().map(deprecation).collect(),
            secrets: validation.no_log_values.clone(),
            arguments: Arguments(arguments),
            environment: context.environment.clone(),
            output: context.output.clone(),
            ..Self::default()
        }
    }
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
