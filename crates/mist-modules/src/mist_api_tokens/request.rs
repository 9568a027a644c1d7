//! What a task asks for, from its options: checked as far as it can be without asking the cloud.

use super::options::{DeclaredToken, Options};
use crate::OwnerRef;
use crate::common::glob::Glob;
use crate::tokens::target;
use ansible_binary_module::Task;
use mist_tokens::desired::DesiredToken;
use mist_tokens::key_file::KeyFile;
use mist_tokens::target::Unfiled;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What a task asks for.
#[derive(Debug)]
pub struct Request {
    /// Whose tokens.
    pub owner: OwnerRef,
    /// The tokens that shall be there, each of another name.
    pub tokens: Vec<DesiredToken>,
    /// Whether the result carries new keys.
    pub return_keys: bool,
    /// Which others may stay; `None` if all may.
    pub purge: Option<Keep>,
}

impl Request {
    /// Reads the options.
    ///
    /// # Errors
    /// A sentence that names the option and says what to give.
    pub fn new(options: &Options, task: &Task) -> Result<Self, String> {
        let owner = options.owner.owner(task)?;
        if options.purge && owner == OwnerRef::User && options.owner.token_type.is_none() {
            return Err("purge: whose tokens? Neither org_id nor org is given, and the account's are not deleted unasked: set org_id, or token_type: user if the account's are meant".into());
        }
        let unfiled = if options.return_keys { Unfiled::ReturnedAlways } else { Unfiled::Refused };
        let tokens = options
            .tokens
            .iter()
            .enumerate()
            .map(|(position, declared)| {
                wanted(declared, position, unfiled, &owner, task)
                    .map_err(|error| format!("tokens[{position}] ('{}'): {error}", declared.name.escape_debug()))
            })
            .collect::<Result<Vec<_>, _>>()?;
        if options.purge && tokens.is_empty() {
            return Err("tokens: the list is empty, and purge would delete every token; declare those that shall stay, or delete with mist_api_token".into());
        }
        let targets = || tokens.iter().map(|wanted| &wanted.target);
        refuse_twins("name", targets().map(|target| Some(target.name.clone())))?;
        refuse_twins("id", targets().map(|target| target.id.clone()))?;
        refuse_twins("key_file", targets().map(|target| target.key_file.as_ref().map(place)))?;
        let keep = Keep::new(options.keep.as_deref().unwrap_or_default())?;
        Ok(Self { owner, tokens, return_keys: options.return_keys, purge: options.purge.then_some(keep) })
    }
}

fn wanted(
    declared: &DeclaredToken,
    position: usize,
    unfiled: Unfiled,
    owner: &OwnerRef,
    task: &Task,
) -> Result<DesiredToken, String> {
    let is_mentioned = |option: &str| task.mentions(&format!("tokens[{position}].{option}"));
    target::wanted(&declared.name, declared.id.as_deref(), &declared.token, unfiled, owner, &is_mentioned)
}

/// Where a key file really is: two ways through directories and links to one file would let one key overwrite another.
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

fn refuse_twins(option: &str, values: impl Iterator<Item = Option<String>>) -> Result<(), String> {
    let mut seen = BTreeMap::new();
    for (position, value) in values.enumerate().filter_map(|(position, value)| Some((position, value?))) {
        if let Some(first) = seen.insert(value.clone(), position) {
            return Err(format!(
                "tokens[{position}].{option}: '{}' is that of tokens[{first}] too; give each token its own",
                value.escape_debug()
            ));
        }
    }
    Ok(())
}

/// Which tokens `purge` leaves alone, by their names.
#[derive(Clone, Debug, Default)]
pub struct Keep(Vec<(String, Glob)>);

impl Keep {
    fn new(patterns: &[String]) -> Result<Self, String> {
        if let Some(position) = patterns.iter().position(|pattern| pattern.trim().is_empty()) {
            return Err(format!(
                "keep[{position}]: it is empty, and keeps nothing; give a name or a pattern, such as ci-* (a variable without a value would have every token deleted)"
            ));
        }
        Ok(Self(patterns.iter().map(|pattern| (pattern.clone(), Glob::new(pattern))).collect()))
    }

    /// Whether a token of this name is left alone. A name that is given as it is stays, whatever it is as a pattern.
    #[must_use]
    pub fn keeps(&self, name: &str) -> bool {
        self.0.iter().any(|(exact, glob)| exact == name || glob.matches(name))
    }
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
