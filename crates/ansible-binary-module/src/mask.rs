//! Takes secrets out of what is printed, by the rules of ansible-core's `remove_values`
//! (`module_utils/common/parameters.py`).

use crate::validation::python;
use serde_json::Value;
use std::collections::BTreeSet;

const WHOLE: &str = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER";
const PART: &str = "********";

/// The values to be masked.
#[derive(Debug)]
pub(crate) struct Mask {
    secrets: Vec<String>,
    /// Those that a number may contain: mostly none, and then no number needs to be written out to be searched.
    in_numbers: Vec<String>,
}

impl Mask {
    pub(crate) fn new(secrets: &BTreeSet<String>) -> Self {
        // An error that quotes a value, as serde's do, writes a quotation mark or a line break in it with a backslash.
        let mut longest_first: Vec<String> = secrets
            .iter()
            .filter(|secret| !secret.is_empty())
            .flat_map(|secret| [secret.clone(), secret.escape_debug().to_string()])
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        // A secret that contains another is masked whole, not around the other.
        longest_first.sort_by_key(|secret| std::cmp::Reverse(secret.chars().count()));
        let may_be_in_a_number =
            |secret: &&String| secret.bytes().all(|byte| byte.is_ascii_digit() || b"+-.e".contains(&byte));
        Self { in_numbers: longest_first.iter().filter(may_be_in_a_number).cloned().collect(), secrets: longest_first }
    }

    /// A text that is a secret becomes a word that says so; a secret within a text becomes asterisks.
    pub(crate) fn text(&self, text: &str) -> String {
        if self.secrets.iter().any(|secret| secret == text) {
            return WHOLE.to_owned();
        }
        self.secrets.iter().fold(text.to_owned(), |text, secret| {
            if text.contains(secret.as_str()) { text.replace(secret.as_str(), PART) } else { text }
        })
    }

    /// Every text and number in `value`. Keys stay, as in Ansible: a secret `a` would otherwise rename half of the result.
    pub(crate) fn value(&self, value: &mut Value) {
        if self.secrets.is_empty() {
            return;
        }
        // Not recursive: nesting has no limit here but memory.
        let mut left = vec![value];
        while let Some(value) = left.pop() {
            match value {
                Value::String(text) => {
                    if self.secrets.iter().any(|secret| text.contains(secret.as_str())) {
                        *text = self.text(text);
                    }
                }
                Value::Number(number) if !self.in_numbers.is_empty() => {
                    let digits = python::number_text(number);
                    if self.in_numbers.iter().any(|secret| digits.contains(secret.as_str())) {
                        *value = Value::String(WHOLE.to_owned());
                    }
                }
                Value::Array(elements) => left.extend(elements.iter_mut()),
                Value::Object(fields) => left.extend(fields.values_mut()),
                Value::Null | Value::Bool(_) | Value::Number(_) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn mask(secrets: &[&str]) -> Mask {
        Mask::new(&secrets.iter().map(|secret| (*secret).to_owned()).collect())
    }

    #[test]
    fn masks_as_ansible_does() {
        let whole = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER";
        for (secrets, value, masked) in [
            (vec!["s3cret"], json!("s3cret"), json!(whole)),
            (vec!["s3cret"], json!("a s3cret!s3cret"), json!("a ********!********")),
            (vec!["abc", "abcdef"], json!("xabcdefx abc"), json!("x********x ********")),
            (vec!["12"], json!(12), json!(whole)),
            (vec!["12"], json!(3120), json!(whole)),
            (vec!["x12", "-3e+2"], json!([12, -3e22, 3e21]), json!([12, whole, 3e21])),
            (vec!["1.5"], json!(1.5), json!(whole)),
            (vec!["true", "True", "null"], json!([true, null]), json!([true, null])),
            (vec!["k"], json!({"k": ["k", {"k": "ak"}]}), json!({"k": [whole, {"k": "a********"}]})),
            (vec![""], json!("text"), json!("text")),
            (vec![], json!("text"), json!("text")),
            (vec!["a\"b\n"], json!("invalid value: string \"a\\\"b\\n\""), json!("invalid value: string \"********\"")),
            (vec!["naïve"], json!("so naïve…"), json!("so ********…")),
        ] {
            let mut found = value.clone();
            mask(&secrets).value(&mut found);
            assert_eq!(found, masked, "{secrets:?} in {value}");
        }
    }

    #[test]
    fn a_value_nested_a_hundred_thousand_deep_is_masked() {
        let mut value = json!("s3cret");
        for _ in 0..100_000 {
            value = Value::Array(vec![value]);
        }
        mask(&["s3cret"]).value(&mut value);
        // Taken apart by hand, since dropping it would recurse.
        while let Value::Array(mut elements) = value {
            value = elements.pop().unwrap();
        }
        assert_eq!(value, "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER");
    }
}
