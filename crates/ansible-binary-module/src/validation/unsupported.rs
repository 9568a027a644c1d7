//! Parameters that no option answers to, and the message that lists the supported ones.

use super::aliases::Aliases;
use crate::spec::ArgumentSpec;
use serde_json::{Map, Value};
use std::collections::{BTreeSet, HashSet};

/// The names of the options around a sub-option, and its own.
type Path = Vec<String>;

/// What was found so far, over all levels of sub-options.
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
    /// Adds the parameters of one level that are neither options nor aliases. Fails with the specification's own error,
    /// which in Ansible surfaces again here.
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
        // With unknown names on several levels Ansible lists the options of one of them, whichever its hashing
        // puts last; here it is the outermost.
        self.supported.get_or_insert_with(|| Supported {
            options: spec.keys().filter(|name| !aliases.main_names.contains_key(name.as_str())).cloned().collect(),
            aliases: aliases.main_names.keys().map(|&alias| alias.to_owned()).collect(),
        });
        Ok(())
    }

    /// The names found, sub-options as `option.sub`, sorted.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.names.iter().map(|path| path.join(".")).collect();
        names.sort_unstable();
        names
    }

    /// The refusal, if there is anything to refuse.
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
