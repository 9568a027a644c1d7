//! "Did you mean": the known names that resemble an unknown one. No I/O.
//!
//! Two rules, because their mistakes cost differently. [`similar`] is for names of objects, which users choose freely: it
//! answers a name that certainly does not exist. [`likely_typos`] is for field names that may be new in the API and correct: it
//! accepts only small slips, word by word.

use crate::redact::quoted;
use std::fmt;

/// At most this many names are suggested.
pub const SUGGESTIONS: usize = 5;

/// Longer names are compared by this many characters, so that a long list stays fast.
const COMPARED: usize = 64;

/// Names that differ in a larger share of their characters are not similar.
const LARGEST_DIFFERENCE: f64 = 0.34;

/// Last words that are often omitted or added: `vlan` for `vlan_id`, `country` for `country_code`.
const OPTIONAL_ENDINGS: [&str; 4] = ["id", "ids", "code", "name"];

/// The names to show for one that does not exist. Displayed as a sentence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Candidates {
    /// The similar names, the most similar first.
    pub similar: Vec<String>,
    /// The first names in alphabetical order, if none is similar.
    pub existing: Vec<String>,
    /// The number of distinct names that exist.
    pub total: usize,
}

impl Candidates {
    pub fn new<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let mut known: Vec<&str> = known.into_iter().collect();
        known.sort_unstable();
        known.dedup();
        let similar = similar(name, known.iter().copied());
        let shown = if similar.is_empty() { SUGGESTIONS } else { 0 };
        let existing = known.iter().take(shown).map(|name| (*name).to_owned()).collect();
        Self { similar, existing, total: known.len() }
    }
}

impl fmt::Display for Candidates {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |names: &[String]| names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
        if !self.similar.is_empty() {
            return write!(formatter, "Similar: {}.", list(&self.similar));
        }
        match self.total.saturating_sub(self.existing.len()) {
            0 if self.existing.is_empty() => formatter.write_str("None exists."),
            0 => write!(formatter, "Existing: {}.", list(&self.existing)),
            more => write!(formatter, "Existing: {} and {more} more.", list(&self.existing)),
        }
    }
}

/// The known names that are similar to `name`, the most similar first, at most [`SUGGESTIONS`]: those that contain it or are
/// contained in it, and those that differ in few characters. Case does not matter.
#[must_use]
pub fn similar<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let lower = |text: &str| text.chars().take(COMPARED).flat_map(char::to_lowercase).collect::<String>();
    let wanted = lower(name);
    let length = wanted.chars().count();
    let mut rated: Vec<(f64, &str)> = known
        .into_iter()
        .filter_map(|known| {
            let other = lower(known);
            let longest = length.max(other.chars().count()).max(1);
            let shortest = length.min(other.chars().count());
            let is_contained =
                !wanted.is_empty() && !other.is_empty() && (other.contains(&wanted) || wanted.contains(&other));
            if !is_contained && share(longest - shortest, longest) > LARGEST_DIFFERENCE {
                return None;
            }
            let difference = share(strsim::damerau_levenshtein(&wanted, &other), longest);
            (is_contained || difference <= LARGEST_DIFFERENCE).then_some((difference, known))
        })
        .collect();
    rated.sort_by(|(one, first), (other, second)| one.total_cmp(other).then(first.cmp(second)));
    rated.dedup_by(|(_, one), (_, other)| one == other);
    rated.into_iter().take(SUGGESTIONS).map(|(_, name)| name.to_owned()).collect()
}

#[allow(clippy::cast_precision_loss)]
fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

/// The known names of which `name` may be a typo, the closest first, at most three: other separators or case, a character
/// more or less in a word, an optional ending. Names with different digits are never typos of each other.
#[must_use]
pub fn likely_typos<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    const MOST: usize = 3;
    if name.chars().count() > COMPARED {
        return Vec::new();
    }
    let mut rated: Vec<(usize, &str)> = known
        .into_iter()
        .filter(|known| is_likely_typo(name, known))
        .map(|known| (strsim::damerau_levenshtein(name, known), known))
        .collect();
    rated.sort_unstable();
    rated.dedup();
    rated.into_iter().take(MOST).map(|(_, name)| name.to_owned()).collect()
}

fn is_likely_typo(one: &str, other: &str) -> bool {
    let (one, other) = (one.to_lowercase(), other.to_lowercase());
    let only = |text: &str, wanted: fn(&char) -> bool| text.chars().filter(wanted).collect::<String>();
    let (bare, other_bare) = (only(&one, |one| one.is_alphanumeric()), only(&other, |one| one.is_alphanumeric()));
    if bare == other_bare {
        return true;
    }
    if only(&bare, |one| one.is_numeric()) != only(&other_bare, |one| one.is_numeric()) {
        return false;
    }
    let words = |text: &str| text.split(|one: char| !one.is_alphanumeric()).map(str::to_owned).collect::<Vec<_>>();
    let (words, other_words) = (words(&one), words(&other));
    if words.len() == other_words.len() {
        return words.iter().zip(&other_words).all(|(one, other)| is_similar_word(one, other));
    }
    let adds_an_ending = |longer: &[String], shorter: &[String]| {
        longer.split_last().is_some_and(|(last, rest)| rest == shorter && OPTIONAL_ENDINGS.contains(&last.as_str()))
    };
    let shortest = bare.chars().count().min(other_bare.chars().count());
    (shortest > 5 && strsim::damerau_levenshtein(&bare, &other_bare) <= 1)
        || adds_an_ending(&words, &other_words)
        || adds_an_ending(&other_words, &words)
}

fn is_similar_word(one: &str, other: &str) -> bool {
    let (longer, shorter) = if one.len() >= other.len() { (one, other) } else { (other, one) };
    let slips = if longer.chars().count() < 8 { 1 } else { 2 };
    longer == shorter
        || longer.strip_suffix('s') == Some(shorter)
        || (shorter.chars().count() > 3 && strsim::damerau_levenshtein(one, other) <= slips)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn similar_names_differ_in_few_characters_or_contain_each_other() {
        let sites: Vec<String> = (1..=200).map(|number| format!("Site {number}")).collect();
        let found = similar("Site 17x", sites.iter().map(String::as_str));
        assert_eq!(found, ["Site 17", "Site 170", "Site 171", "Site 172", "Site 173"]);
        for (name, known, expected) in [
            ("Loby", "Lobby", true),
            ("LOBBY", "lobby", true),
            ("warehouse north", "Warehouse", true),
            ("Brnch", "Branch", true),
            ("xyzzy", "Lobby", false),
            ("", "Lobby", false),
        ] {
            assert_eq!(similar(name, [known]) == [known], expected, "{name} {known}");
        }
    }

    #[test]
    fn long_names_are_compared_by_their_beginning() {
        let long = "x".repeat(100_000);
        assert_eq!(similar(&long, [format!("{long}y").as_str(), "z"]).len(), 1);
    }

    #[test]
    fn without_a_similar_name_the_first_existing_ones_are_shown() {
        for (known, sentence) in [
            (vec![], "None exists."),
            (vec!["b", "a", "b"], "Existing: 'a', 'b'."),
            (vec!["a", "b", "c", "d", "e", "f", "g"], "Existing: 'a', 'b', 'c', 'd', 'e' and 2 more."),
            (vec!["xyzz", "a"], "Similar: 'xyzz'."),
        ] {
            assert_eq!(Candidates::new("xyzzy", known).to_string(), sentence);
        }
    }

    #[test]
    fn a_typo_is_a_small_slip_in_a_word() {
        for (name, known, expected) in [
            ("rf_template", "rftemplate", true),
            ("Time-Zone", "timezone", true),
            ("adress", "address", true),
            ("vlan", "vlan_id", true),
            ("topic", "topics", true),
            ("vars2", "vars", false),
            ("ai_assistant", "address", false),
            ("psk", "ssid", false),
        ] {
            assert_eq!(likely_typos(name, [known]) == [known], expected, "{name} {known}");
        }
    }
}
