//! What a task wants, from its options: checked as far as it can be without asking the cloud.

use crate::OwnerWish;
use crate::glob::Glob;
use crate::mist_api_token::wanted::Present;
use crate::mist_api_tokens::options::{DeclaredToken, Options};
use ansible_binary_module::Task;
use mist_tokens::key_file::KeyFile;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What a task wants.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Whose tokens.
    pub owner: OwnerWish,
    /// The tokens that shall be there, each of another name.
    pub tokens: Vec<Present>,
    /// Which others may stay; `None` if all may.
    pub purge: Option<Keep>,
}

impl Wanted {
    /// Reads the options.
    ///
    /// # Errors
    /// A sentence that names the option and says what to give.
    pub fn new(options: &Options, task: &Task) -> Result<Self, String> {
        let owner = options.owner.wish(task)?;
        let tokens = options
            .tokens
            .iter()
            .enumerate()
            .map(|(position, declared)| {
                present(declared, options.return_keys, &owner)
                    .map_err(|error| format!("tokens[{position}] ('{}'): {error}", declared.name.escape_debug()))
            })
            .collect::<Result<Vec<_>, _>>()?;
        if options.purge && tokens.is_empty() {
            return Err("tokens: the list is empty, and purge would delete every token; declare those that shall stay, or delete with mist_api_token".into());
        }
        refuse_twins("name", tokens.iter().map(|token| Some(token.name.clone())))?;
        refuse_twins("id", tokens.iter().map(|token| token.id.clone()))?;
        refuse_twins("key_file", tokens.iter().map(|token| token.key_file.as_ref().map(place)))?;
        let purge = options.purge.then(|| Keep::new(options.keep.as_deref().unwrap_or_default()));
        Ok(Self { owner, tokens, purge })
    }
}

fn present(declared: &DeclaredToken, return_keys: Option<bool>, owner: &OwnerWish) -> Result<Present, String> {
    let present = Present::new(&declared.name, declared.id.as_deref(), &declared.token, return_keys, owner)?;
    if present.key_file.is_none() && !present.return_key {
        return Err("key_file: there is none, and return_keys is false: nobody would ever see the key of this token; give it a key_file, or leave return_keys out".into());
    }
    Ok(present)
}

/// Where a key file really is: two ways through the directories to one file would let one key overwrite another.
fn place(key_file: &KeyFile) -> String {
    let path = &key_file.path;
    let resolved = match (path.parent().and_then(|folder| folder.canonicalize().ok()), path.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => path.components().collect::<PathBuf>(),
    };
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
    fn new(patterns: &[String]) -> Self {
        Self(patterns.iter().map(|pattern| (pattern.clone(), Glob::new(pattern))).collect())
    }

    /// Whether a token of this name is left alone. A name that is given as it is stays, whatever it is as a pattern.
    #[must_use]
    pub fn keeps(&self, name: &str) -> bool {
        self.0.iter().any(|(exact, glob)| exact == name || glob.matches(name))
    }
}

#[cfg(test)]
#[path = "wanted_tests.rs"]
mod tests;
