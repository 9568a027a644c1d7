//! Masks secrets in text from outside: the response of a cloud or a proxy may quote them.

mod decoded;

pub use decoded::MASK;

/// A word with at least this many letters and digits in a row counts as a key. Mist's keys are far longer; a UUID has at most
/// twelve in a row.
const KEY_LENGTH: usize = 32;

/// Masks the `secrets` in `text`, in any encoding (other white space, percent-encoding, HTML entities, JSON escapes, and these
/// nested), a secret that the end of the text cuts off, and anything shaped like a Mist key.
#[must_use]
pub fn redact<'a>(text: &str, secrets: impl IntoIterator<Item = &'a str>) -> String {
    let mut secrets: Vec<&str> = secrets.into_iter().filter(|secret| !secret.trim().is_empty()).collect();
    // The longest first: a secret that contains another is masked as a whole.
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    let mut clean = text.to_owned();
    for secret in &secrets {
        clean = clean.replace(secret, MASK);
    }
    without_keys(&decoded::without(&clean, &secrets))
}

/// Masks every run of [`KEY_LENGTH`] or more letters and digits.
#[must_use]
pub fn without_keys(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut word = String::new();
    let end = |word: &mut String, clean: &mut String| {
        clean.push_str(if word.len() >= KEY_LENGTH { MASK } else { word.as_str() });
        word.clear();
    };
    for character in text.chars() {
        if character.is_ascii_alphanumeric() {
            word.push(character);
        } else {
            end(&mut word, &mut clean);
            clean.push(character);
        }
    }
    end(&mut word, &mut clean);
    clean
}

/// The beginning of `text` on one line, at most `limit` characters.
#[must_use]
pub fn excerpt(text: &str, limit: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let line: String = line.chars().filter(|character| !character.is_control()).collect();
    if line.chars().count() <= limit { line } else { line.chars().take(limit).chain(['…']).collect() }
}

/// A name as an error quotes it: in quotes, escaped, and cut at 40 characters.
#[must_use]
pub fn quoted(name: &str) -> String {
    const LONGEST: usize = 40;
    let shown: String = name.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    let rest = if name.chars().nth(LONGEST).is_some() { "…" } else { "" };
    format!("'{shown}{rest}'")
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfGhIjKlMnOpQrStUvWxYz0123456789";

    #[test]
    fn known_secrets_and_unknown_keys_are_masked_and_the_rest_stays() {
        let text = format!("no token {KEY} for 53f10664-3ce8-4c27-b382-0ef66432349f, password geheim!");
        assert_eq!(
            redact(&text, ["geheim", "", " "]),
            "no token ******** for 53f10664-3ce8-4c27-b382-0ef66432349f, password ********!"
        );
    }

    #[test]
    fn a_secret_inside_another_leaves_no_rest() {
        assert_eq!(redact("x geheim-lang y", ["geheim", "geheim-lang"]), "x ******** y");
    }

    #[test]
    fn a_key_at_either_end_is_masked() {
        assert_eq!(without_keys(KEY), MASK);
        assert_eq!(without_keys(&format!("{KEY}:{KEY}")), format!("{MASK}:{MASK}"));
    }

    #[test]
    fn a_quoted_name_is_escaped_and_cut() {
        assert_eq!(quoted("a\nb"), "'a\\nb'");
        assert_eq!(quoted(&"x".repeat(50)), format!("'{}…'", "x".repeat(40)));
    }

    #[test]
    fn an_excerpt_is_one_short_line() {
        assert_eq!(excerpt("<html>\n  <b>no\u{7}</b>", 100), "<html> <b>no</b>");
        assert_eq!(excerpt("äöüß", 2), "äö…");
    }
}
