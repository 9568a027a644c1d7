//! Shared by the modules for a whole organization: kinds, selections, and messages about folders.

use crate::common::glob::Glob;
use crate::common::options::OptionError;
use mist_client::redact::quoted;
use mist_client::suggest::Candidates;
use mist_objects::table::{self, Creation, Kind, Level};
use mist_organization::folder::{FolderError, FolderFault};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::Path;

/// The kinds of sites that are exported by default.
const OF_SITES: [&str; 2] = ["setting", "wlans"];

/// The kinds that the words of a task mean. Default: all kinds of the organization that can be created, and the setting and
/// the WLANs of sites. `all` adds all kinds of sites.
///
/// # Errors
/// A word is not a kind.
pub fn kinds(option: &str, words: Option<&[String]>) -> Result<Vec<Kind>, OptionError> {
    let is_restorable = |kind: &Kind| kind.one || kind.creation != Creation::Never;
    let everything = || table::all().filter(|kind| kind.level != Level::Msp && is_restorable(kind));
    let Some(words) = words else {
        return Ok(everything()
            .filter(|kind| kind.level == Level::Org || OF_SITES.contains(&kind.word.as_str()))
            .collect());
    };
    let mut kinds: Vec<Kind> = Vec::new();
    for word in words {
        let found = match word.trim() {
            "all" => everything().collect(),
            word => of_word(word),
        };
        if found.is_empty() {
            return Err(unknown_kind(option, word));
        }
        for kind in found {
            if !kinds.iter().any(|other| (other.level, &other.word) == (kind.level, &kind.word)) {
                kinds.push(kind);
            }
        }
    }
    if kinds.is_empty() {
        return Err(OptionError::new(option, "set but empty. List types, or remove the option."));
    }
    Ok(kinds)
}

/// The kinds of a word: of one level with `org/` or `site/` before it, otherwise of both.
#[must_use]
pub fn of_word(word: &str) -> Vec<Kind> {
    let of = |level: Level, word: &str| table::kind(level, word).into_iter();
    match word.split_once('/') {
        Some(("org", word)) => of(Level::Org, word).collect(),
        Some(("site", word)) => of(Level::Site, word).collect(),
        Some(_) => Vec::new(),
        None => of(Level::Org, word).chain(of(Level::Site, word)).collect(),
    }
}

/// The error about a word that is not a kind.
#[must_use]
pub fn unknown_kind(option: &str, word: &str) -> OptionError {
    let plain = word.rsplit_once('/').map_or(word, |(_, word)| word);
    let candidates = Candidates::new(plain, table::words());
    let similar = if candidates.similar.is_empty() { String::new() } else { format!(" {candidates}") };
    OptionError::new(option, format!("no type {} of organizations or sites exists.{similar}", quoted(word)))
}

/// Patterns for the names of objects, by kind.
#[derive(Debug, Default)]
pub struct Patterns(BTreeMap<(Level, String), Vec<Glob>>);

impl Patterns {
    /// # Errors
    /// A key is not a kind, or a value is not a list of texts.
    pub fn new(option: &str, given: Option<&Map<String, Value>>) -> Result<Self, OptionError> {
        let mut all = BTreeMap::new();
        for (word, patterns) in given.into_iter().flatten() {
            let kinds = of_word(word);
            if kinds.is_empty() {
                return Err(unknown_kind(option, word));
            }
            let texts: Option<Vec<&str>> = match patterns {
                Value::String(one) => Some(vec![one]),
                Value::Array(several) => several.iter().map(Value::as_str).collect(),
                _ => None,
            };
            let Some(texts) = texts.filter(|texts| !texts.is_empty()) else {
                return Err(OptionError::new(option, format!("{} must be a list of names or patterns.", quoted(word))));
            };
            for kind in kinds {
                all.insert((kind.level, kind.word), texts.iter().map(|text| Glob::new(text)).collect());
            }
        }
        Ok(Self(all))
    }

    /// True for a name that a pattern of the kind matches. `None` if the kind has no patterns.
    #[must_use]
    pub fn matches(&self, kind: &Kind, name: &str) -> Option<bool> {
        let patterns = self.0.get(&(kind.level, kind.word.clone()))?;
        Some(patterns.iter().any(|pattern| pattern.matches(name)))
    }

    pub fn kinds(&self) -> impl Iterator<Item = (Level, &str)> {
        self.0.keys().map(|(level, word)| (*level, word.as_str()))
    }
}

/// The error about a file or folder.
#[must_use]
pub fn folder_error(option: &str, folder: &Path, error: &FolderError) -> OptionError {
    let path = if error.path.is_empty() { folder.to_owned() } else { folder.join(&error.path) };
    let path = path.display().to_string();
    let problem = match &error.fault {
        FolderFault::Unusual => {
            "is a link, or not a folder or regular file where one is needed. Nothing is written through it".to_owned()
        }
        FolderFault::System(cause) => format!("cannot be used ({cause})"),
    };
    OptionError::new(option, format!("{} {problem}.", quoted(&path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(kinds: &[Kind]) -> Vec<String> {
        kinds.iter().map(|kind| format!("{}/{}", kind.level.word(), kind.word)).collect()
    }

    #[test]
    fn the_words_of_a_task_are_kinds() {
        let of = |given: &[&str]| {
            let given: Vec<String> = given.iter().map(|word| (*word).to_owned()).collect();
            kinds("kinds", Some(&given)).map(|kinds| words(&kinds))
        };
        assert_eq!(of(&["wlans", "sites"]), Ok(vec!["org/wlans".into(), "site/wlans".into(), "org/sites".into()]));
        assert_eq!(of(&["site/wlans", "wlans"]), Ok(vec!["site/wlans".into(), "org/wlans".into()]));
        let error = of(&["wlan"]).unwrap_err();
        assert!(error.option == "kinds" && error.reason.contains("wlans"), "{error}");
        assert!(of(&["org/maps"]).is_err() && of(&[]).is_err() && of(&["msp/ssos"]).is_err());
        let default = words(&kinds("kinds", None).unwrap());
        assert!(
            ["org/nacrules", "org/ssos", "org/deviceprofiles", "org/wxtags", "site/setting"]
                .iter()
                .all(|word| default.iter().any(|known| known == word))
        );
        assert!(
            !default.iter().any(|word| word.starts_with("msp/") || word == "org/otherdevices" || word == "site/maps")
        );
        assert!(of(&["all"]).unwrap().iter().any(|word| word == "site/maps"));
    }
}
