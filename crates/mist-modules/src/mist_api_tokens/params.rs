//! The options of a task, checked without asking the cloud.

use super::docs::{Options, TokenDeclaration};
use crate::OwnerRef;
use crate::common::glob::Glob;
use crate::common::options::OptionError;
use crate::tokens::params::{DeclaredToken, declared_token};
use ansible_binary_module::Task;
use mist_client::redact::quoted;
use mist_tokens::key_file::KeyFile;
use mist_tokens::target::Unfiled;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The checked options.
#[derive(Debug)]
pub struct Params {
    pub owner: OwnerRef,
    /// Each of another name.
    pub tokens: Vec<DeclaredToken>,
    pub return_keys: bool,
    /// The other tokens that are kept; `None` keeps all.
    pub purge: Option<Keep>,
}

impl Params {
    /// Reads the options.
    pub fn new(options: &Options, task: &Task) -> Result<Self, OptionError> {
        let owner = options.owner.owner(task)?;
        if options.purge && owner == OwnerRef::User && options.owner.token_type.is_none() {
            let reason =
                "requires the owner of the tokens. Set org_id or org, or token_type: user for the account's tokens.";
            return Err(OptionError::new("purge", reason));
        }
        let unfiled = if options.return_keys { Unfiled::ReturnedAlways } else { Unfiled::Refused };
        let tokens = options
            .tokens
            .iter()
            .enumerate()
            .map(|(position, declared)| {
                one(declared, position, unfiled, &owner, task).map_err(|OptionError { option, reason }| {
                    let option = format!("tokens[{position}] ({}): {option}", quoted(&declared.name));
                    OptionError { option, reason }
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        if options.purge && tokens.is_empty() {
            let reason = "the list is empty, and purge would delete every token. Declare the tokens to keep, or delete with mist_api_token.";
            return Err(OptionError::new("tokens", reason));
        }
        let targets = || tokens.iter().map(|declared| &declared.token.target);
        refuse_duplicates("name", targets().map(|target| Some(target.name.clone())))?;
        refuse_duplicates("id", targets().map(|target| target.id.clone()))?;
        refuse_duplicates("key_file", targets().map(|target| target.key_file.as_ref().map(place)))?;
        let keep = Keep::new(options.keep.as_deref().unwrap_or_default())?;
        Ok(Self { owner, tokens, return_keys: options.return_keys, purge: options.purge.then_some(keep) })
    }
}

fn one(
    declared: &TokenDeclaration,
    position: usize,
    unfiled: Unfiled,
    owner: &OwnerRef,
    task: &Task,
) -> Result<DeclaredToken, OptionError> {
    let is_mentioned = |option: &str| task.mentions(&format!("tokens[{position}].{option}"));
    declared_token(&declared.name, declared.id.as_deref(), &declared.token, unfiled, owner, &is_mentioned)
}

/// The real path of a key file: two paths to one file would let one key overwrite another.
fn place(key_file: &KeyFile) -> String {
    let path = &key_file.path;
    let whole = path.canonicalize().ok();
    let resolved = whole.unwrap_or_else(|| {
        match (path.parent().and_then(|folder| folder.canonicalize().ok()), path.file_name()) {
            (Some(folder), Some(name)) => folder.join(name),
            _ => path.components().collect::<PathBuf>(),
        }
    });
    resolved.display().to_string()
}

fn refuse_duplicates(option: &str, values: impl Iterator<Item = Option<String>>) -> Result<(), OptionError> {
    let mut seen = BTreeMap::new();
    for (position, value) in values.enumerate().filter_map(|(position, value)| Some((position, value?))) {
        if let Some(first) = seen.insert(value.clone(), position) {
            let reason = format!("'{}' is that of tokens[{first}] too. Give each token its own.", value.escape_debug());
            return Err(OptionError::new(format!("tokens[{position}].{option}"), reason));
        }
    }
    Ok(())
}

/// The names of the tokens that `purge` keeps.
#[derive(Clone, Debug, Default)]
pub struct Keep(Vec<(String, Glob)>);

impl Keep {
    fn new(patterns: &[String]) -> Result<Self, OptionError> {
        if let Some(position) = patterns.iter().position(|pattern| pattern.trim().is_empty()) {
            let reason =
                "empty, and would keep nothing. Check the variable in it, or give a name or a pattern such as ci-*.";
            return Err(OptionError::new(format!("keep[{position}]"), reason));
        }
        Ok(Self(patterns.iter().map(|pattern| (pattern.clone(), Glob::new(pattern))).collect()))
    }

    /// True if a token of this name is kept: as an exact name or by a pattern.
    #[must_use]
    pub fn keeps(&self, name: &str) -> bool {
        self.0.iter().any(|(exact, glob)| exact == name || glob.matches(name))
    }
}

#[cfg(test)]
#[path = "params_tests.rs"]
mod tests;
