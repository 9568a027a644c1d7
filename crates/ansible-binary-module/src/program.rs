//! Programs with the options of a module that are not modules, such as a dynamic inventory: validation, help and the
//! documentation of a plugin, all from the type of the options.

use crate::arguments::Internal;
use crate::definition::{self, Definition};
use crate::process::Output;
use crate::process::{Context, Environment};
use crate::run::suggestions;
use crate::validation::validate;
use crate::{Module, Task, docs, option_types, options};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

pub use crate::docs::{PluginPage, Usage};

/// Options of a program, converted and checked as the options of a module are.
///
/// `environment` replaces the environment of the process in tests.
///
/// # Errors
///
/// The first problem of the options, in a sentence without secret values.
pub fn read_options<M: Module>(
    mut arguments: Map<String, Value>,
    environment: Option<BTreeMap<String, String>>,
) -> Result<(M::Options, Task), String> {
    let definition = Definition::of::<M>()?;
    let context = Context {
        environment: environment.map_or(Environment::Process, |given| Environment::Given(Arc::new(given))),
        log: Arc::new(|_| {}),
        output: Output::default(),
    };
    let internal = Internal::take(&mut arguments)?;
    let variable = |name: &str| context.environment.get(name);
    let validation = validate(&definition.spec, &definition.rules, &arguments, &variable);
    let mut task = Task::of(&internal, definition.name, &validation, arguments, &context);
    if let Some(first) = validation.error_messages.first() {
        return Err(match validation.unsupported_parameters.as_slice() {
            [] => first.clone(),
            _ if validation.error_messages.len() > 1 => first.clone(),
            unknown => format!("{}: unknown option.{}", unknown.join(", "), suggestions(&definition.spec, unknown)),
        });
    }
    let values = &validation.validated_parameters;
    let mut values = options::given(&definition.spec, values);
    options::adapt(&definition.options, &mut values)?;
    let values = &values;
    if let Some(limit) = options::exceeded(&definition.options, values) {
        return Err(limit);
    }
    let (options, secrets) = option_types::collecting(|| options::deserialize::<M::Options>(&definition.spec, values));
    secrets.iter().for_each(|secret| task.hide(secret));
    Ok((options?, task))
}

/// Calls what was registered with [`Task::after_result`], once nothing more is asked of the task.
pub fn finish(task: &mut Task) {
    task.hooks.call(true);
}

/// Text for `--help`, wrapped for a terminal of 80 columns.
///
/// # Errors
///
/// The faults of the types.
pub fn help<M: Module>(usage: &[Usage], closing: &str) -> Result<String, String> {
    definition::documented::<M>().map(|(definition, _)| docs::program_help(&definition, usage, closing))
}

/// DOCUMENTATION and EXAMPLES of an Ansible plugin with these options, as YAML.
///
/// # Errors
///
/// The faults of the types.
pub fn plugin_documentation<M: Module>(page: &PluginPage<'_>) -> Result<String, String> {
    definition::documented::<M>().map(|(definition, _)| docs::plugin(&definition, page))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Documentation, NoLog, Outcome};
    use schemars::JsonSchema;
    use serde::Deserialize;
    use serde_json::json;

    struct Listing;

    #[derive(Deserialize, JsonSchema)]
    struct Options {
        /// Names to list.
        #[schemars(extend("x-ansible-env" = ["LISTING_NAMES"]))]
        names: Option<Vec<String>>,
        /// Fields to match.
        #[schemars(extend("x-ansible-env" = ["LISTING_WHERE"]))]
        fields: Option<Map<String, Value>>,
        /// Token.
        token: Option<NoLog>,
        /// Not for the plugin.
        #[serde(default)]
        verbose: bool,
    }

    impl Module for Listing {
        const NAME: &'static str = "listing";
        const VERSION: &'static str = "1.0.0";
        const DOCUMENTATION: Documentation =
            Documentation::new().short_description("List names").examples("plugin: a.b.listing\n");
        type Options = Options;
        type Results = ();
        fn run(_: &mut Task, _: Options) -> Outcome<()> {
            Err("not a module".into())
        }
    }

    fn read(arguments: Value, environment: &[(&str, &str)]) -> Result<(Options, Task), String> {
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        read_options::<Listing>(arguments.as_object().unwrap().clone(), Some(environment))
    }

    #[test]
    fn options_are_converted_and_taken_from_the_environment() {
        let (options, task) = read(json!({"verbose": "yes"}), &[("LISTING_NAMES", "a,b")]).unwrap();
        assert_eq!(options.names.unwrap(), ["a", "b"]);
        assert!(options.verbose && task.given("verbose") && !task.given("names"));
        assert!(options.fields.is_none() && options.token.is_none());
    }

    #[test]
    fn unknown_options_and_bad_values_are_refused_by_name() {
        assert_eq!(
            read(json!({"nams": 1, "token": "s3cret"}), &[]).err().unwrap(),
            "nams: unknown option. Did you mean 'names'?"
        );
        let error = read(json!({"verbose": "perhaps", "token": "s3cret"}), &[]).err().unwrap();
        assert!(error.contains("verbose") && !error.contains("s3cret"), "{error}");
    }

    #[test]
    fn plugin_documentation_names_the_variables_and_leaves_out_what_the_plugin_lacks() {
        let page =
            PluginPage { plugin: "a.b.listing", kind: "inventory", fragments: &["constructed"], without: &["verbose"] };
        let text = plugin_documentation::<Listing>(&page).unwrap();
        for part in [
            "  name: listing\n",
            "  plugin_type: inventory\n",
            "  extends_documentation_fragment:\n    - constructed\n",
            "      choices:\n        - a.b.listing\n",
            "      env:\n        - name: LISTING_NAMES\n",
            "EXAMPLES: |\n",
        ] {
            assert!(text.contains(part), "{part}\n---\n{text}");
        }
        // A dictionary in the environment is JSON text, which Ansible's plugins do not read.
        assert!(!text.contains("- name: LISTING_WHERE") && !text.contains("verbose"), "{text}");
    }

    #[test]
    fn help_lists_calls_and_options() {
        let help = help::<Listing>(&[Usage { call: "--list", does: "print all names" }], "The end.").unwrap();
        for part in ["  listing --list\n      print all names\n", "  names (list of str)\n", "  The end.\n"] {
            assert!(help.contains(part), "{part}\n---\n{help}");
        }
    }
}
