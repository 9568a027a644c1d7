//! Takes secrets out of what is printed and logged, by the rules of ansible-core's `remove_values`
//! (`module_utils/common/parameters.py`).

mod printing;

use std::collections::BTreeSet;

const WHOLE: &str = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER";
const PART: &str = "********";

/// The values to be masked.
#[derive(Debug)]
pub(crate) struct Mask {
    secrets: Vec<String>,
    /// Those that a number may contain: mostly none, and then no number needs to be written out to be searched.
    in_numbers: Vec<String>,
    /// Texts that are printed where they are the whole of a value.
    delivered: BTreeSet<String>,
}

impl Mask {
    pub(crate) fn new(secrets: &BTreeSet<String>) -> Self {
        // An error that quotes a value, as serde's do, writes a quotation mark or a line break in it with a backslash.
        let mut longest_first: Vec<String> = secrets
            .iter()
            .filter(|secret| !is_blank(secret))
            .flat_map(|secret| [secret.clone(), secret.escape_debug().to_string()])
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        // A secret that contains another is masked whole, not around the other.
        longest_first.sort_by_key(|secret| std::cmp::Reverse(secret.chars().count()));
        let may_be_in_a_number =
            |secret: &&String| secret.bytes().all(|byte| byte.is_ascii_digit() || b"+-.e".contains(&byte));
        Self {
            in_numbers: longest_first.iter().filter(may_be_in_a_number).cloned().collect(),
            secrets: longest_first,
            delivered: BTreeSet::new(),
        }
    }

    /// The same, but for these texts where they are the whole of a value.
    pub(crate) fn delivering(mut self, delivered: &BTreeSet<String>) -> Self {
        self.delivered.clone_from(delivered);
        self
    }

    /// A text that is a secret becomes a word that says so; a secret within a text becomes asterisks.
    pub(crate) fn text(&self, text: &str) -> String {
        self.masked(text).unwrap_or_else(|| text.to_owned())
    }

    /// The same for a text that has a secret in it; nothing for any other.
    fn masked(&self, text: &str) -> Option<String> {
        if self.delivered.contains(text) {
            return None;
        }
        if self.secrets.iter().any(|secret| secret == text) {
            return Some(WHOLE.to_owned());
        }
        self.secrets.iter().fold(None, |masked: Option<String>, secret| {
            let text = masked.as_deref().unwrap_or(text);
            if text.contains(secret.as_str()) { Some(text.replace(secret.as_str(), PART)) } else { masked }
        })
    }
}

/// Spaces and commas are no secret, but what is left of one: masked, they would turn every space of a message into asterisks.
fn is_blank(secret: &str) -> bool {
    secret.chars().all(|character| character.is_whitespace() || character == ',')
}
