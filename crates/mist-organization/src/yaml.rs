//! Writes YAML: block style, sorted keys, no folding, and quotes wherever a reader could see another type. No I/O.
//!
//! The reader is that of `mist-objects`. Readers of YAML 1.1 and 1.2 read the same values.

use serde_json::{Map, Value};
use std::fmt::Write as _;

/// The document, with a final newline.
#[must_use]
pub fn text(value: &Value) -> String {
    let mut all = String::new();
    match value {
        Value::Object(fields) if !fields.is_empty() => dictionary(fields, 0, false, &mut all),
        Value::Array(items) if !items.is_empty() => list(items, 0, &mut all),
        other => {
            scalar(other, 0, &mut all);
            all.push('\n');
        }
    }
    all
}

/// `is_begun`: the position is after the dash of a list.
fn dictionary(fields: &Map<String, Value>, indent: usize, is_begun: bool, all: &mut String) {
    let mut sorted: Vec<(&String, &Value)> = fields.iter().collect();
    sorted.sort_unstable_by_key(|(name, _)| *name);
    for (number, (name, value)) in sorted.into_iter().enumerate() {
        if number > 0 || !is_begun {
            blanks(indent, all);
        }
        key(name, all);
        all.push(':');
        match value {
            Value::Object(inner) if !inner.is_empty() => {
                all.push('\n');
                dictionary(inner, indent + 2, false, all);
            }
            Value::Array(items) if !items.is_empty() => {
                all.push('\n');
                list(items, indent + 2, all);
            }
            other => {
                all.push(' ');
                scalar(other, indent + 2, all);
                all.push('\n');
            }
        }
    }
}

fn list(items: &[Value], indent: usize, all: &mut String) {
    for item in items {
        blanks(indent, all);
        all.push('-');
        match item {
            Value::Object(inner) if !inner.is_empty() => {
                all.push(' ');
                dictionary(inner, indent + 2, true, all);
            }
            Value::Array(inner) if !inner.is_empty() => {
                all.push('\n');
                list(inner, indent + 2, all);
            }
            other => {
                all.push(' ');
                scalar(other, indent + 2, all);
                all.push('\n');
            }
        }
    }
}

fn blanks(count: usize, all: &mut String) {
    all.extend(std::iter::repeat_n(' ', count));
}

fn key(name: &str, all: &mut String) {
    // A longer key needs a question mark before it.
    if is_plain(name) && name.len() <= 128 { all.push_str(name) } else { quoted(name, all) }
}

/// A scalar without its newline. `indent` is that of the lines of a text.
fn scalar(value: &Value, indent: usize, all: &mut String) {
    match value {
        Value::String(text) if is_plain(text) => all.push_str(text),
        Value::String(text) if is_literal(text) => literal(text, indent, all),
        Value::String(text) => quoted(text, all),
        Value::Object(_) => all.push_str("{}"),
        Value::Array(_) => all.push_str("[]"),
        other => {
            let _ = write!(all, "{other}");
        }
    }
}

/// True if every reader takes the text without quotes as this text, in every place.
fn is_plain(text: &str) -> bool {
    let first = text.chars().next();
    let is_word = first.is_some_and(|first| first.is_alphabetic() || matches!(first, '/' | '_' | '$'));
    let is_safe = |character: char| {
        (character.is_alphanumeric() && is_printable(character))
            || matches!(character, ' ' | '_' | '-' | '.' | '/' | '+' | '(' | ')' | '@' | '$' | '=' | ';' | '~' | '^')
    };
    let is_other_type = || {
        let lower = text.to_ascii_lowercase();
        matches!(lower.as_str(), "null" | "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n")
    };
    is_word && text.chars().all(is_safe) && !text.ends_with(' ') && !is_other_type()
}

/// True for a text of several lines that can stand as it is.
fn is_literal(text: &str) -> bool {
    let body = text.strip_suffix('\n').unwrap_or(text);
    body.contains('\n')
        && !body.ends_with('\n')
        && !body.starts_with([' ', '\n', '\t', '\u{feff}'])
        // Blanks at the end of a line are lost in editors, and lines of blanks have their own rules.
        && body.split('\n').all(|line| !line.ends_with([' ', '\t']) && !line.starts_with('\t'))
        && body.chars().all(|character| character == '\n' || (is_printable(character) && character != '\u{feff}'))
}

fn literal(text: &str, indent: usize, all: &mut String) {
    let body = text.strip_suffix('\n').unwrap_or(text);
    all.push_str(if body.len() == text.len() { "|-" } else { "|" });
    for line in body.split('\n') {
        all.push('\n');
        if !line.is_empty() {
            blanks(indent, all);
            all.push_str(line);
        }
    }
}

/// In single quotes, as long as nothing is escaped.
fn quoted(text: &str, all: &mut String) {
    if text.chars().all(is_printable) {
        all.push('\'');
        all.push_str(&text.replace('\'', "''"));
        all.push('\'');
        return;
    }
    all.push('"');
    for character in text.chars() {
        match character {
            '"' => all.push_str("\\\""),
            '\\' => all.push_str("\\\\"),
            '\n' => all.push_str("\\n"),
            '\r' => all.push_str("\\r"),
            '\t' => all.push_str("\\t"),
            printable if is_printable(printable) => all.push(printable),
            other => {
                let code = u32::from(other);
                let _ = match code {
                    0..=0xff => write!(all, "\\x{code:02X}"),
                    0x100..=0xffff => write!(all, "\\u{code:04X}"),
                    _ => write!(all, "\\U{code:08X}"),
                };
            }
        }
    }
    all.push('"');
}

/// True for a character that a reader of any version takes as it is, and that an editor shows.
fn is_printable(character: char) -> bool {
    !character.is_control()
        && !matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fffe}'..='\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use mist_objects::source;
    use mist_objects::table::{Level, Schema, kind};
    use serde_json::json;

    fn read(text: &str, schema: Schema) -> Value {
        Value::Object(source::one("x.yml", text, schema).unwrap_or_else(|error| panic!("{error}\n{text}")))
    }

    #[test]
    fn the_style_is_block_with_sorted_keys() {
        let value = json!({"name": "Branch", "b": [{"x": 1, "a": [2, [3]]}, "z", {}], "a": {"é": null, "10": "10", "e": {}},
            "cert": "-----BEGIN\nx\n\n  y\n-----END\n", "text": "one\ntwo", "vars": {"a.b": "{{x}}"}, "yes": true});
        let expected = "a:\n  '10': '10'\n  e: {}\n  é: null\nb:\n  - a:\n      - 2\n      -\n        - 3\n    x: 1\n  - z\n  - {}\n\
                        cert: |\n  -----BEGIN\n  x\n\n    y\n  -----END\nname: Branch\ntext: |-\n  one\n  two\nvars:\n  a.b: '{{x}}'\n'yes': true\n";
        assert_eq!(text(&value), expected);
        assert_eq!(read(expected, Schema::default()), value);
    }

    #[test]
    fn text_is_never_another_type() {
        for word in [
            "",
            " ",
            "no",
            "NO",
            "Yes",
            "on",
            "null",
            "~",
            "1",
            "1.10",
            "012",
            "0x1f",
            "1e3",
            ".inf",
            "-",
            "- a",
            "a: b",
            "a #b",
            "#a",
            "*a",
            "&a",
            "!a",
            "%a",
            "@a",
            "`a",
            "'a'",
            "\"a\"",
            "{a}",
            "[a]",
            "a,b",
            "?",
            "? a",
            "|",
            ">",
            "a ",
            " a",
            "2024-01-01",
            "12:30:45",
            "<<",
            "=",
            "a\tb",
            "\n",
            "a\n",
            "a\nb\n\n",
            "\na",
            " a\nb",
            "a\n b",
            "a \nb",
            "a\r\nb",
            "\u{feff}",
            "a\u{2028}b",
            "\u{85}",
            "\u{7f}",
            "---",
            "...",
            "a\n---\nb",
            "true",
            "\\",
            "\\n",
            "é",
            "東京",
        ] {
            let value = json!({"a": word, "l": [word, [word]], "name": word});
            for schema in [Schema::default(), kind(Level::Org, "sites").unwrap().schema] {
                let written = text(&value);
                assert_eq!(read(&written, schema), value, "{word:?}\n{written}");
                assert!(!written.contains('\r') && written.ends_with('\n'));
            }
        }
    }

    fn random_value(random: &mut fastrand::Rng, depth: usize) -> Value {
        let alphabet: Vec<char> =
            "aZ0 .:-#'\"\\\n\t\r{}[],&*!|>%@`~?=\u{0}\u{7f}\u{85}\u{2028}\u{feff}é東🏢".chars().collect();
        let word = |random: &mut fastrand::Rng| -> String {
            (0..random.usize(0..8)).map(|_| alphabet[random.usize(..alphabet.len())]).collect()
        };
        match random.usize(0..if depth == 0 { 5 } else { 8 }) {
            0 => json!(random.i64(..)),
            1 => json!(random.bool()),
            2 => Value::Null,
            3 => json!(f64::from(random.i32(..)) / 64.0),
            4 | 5 => json!(word(random)),
            6 => (0..random.usize(0..4)).map(|_| random_value(random, depth - 1)).collect(),
            _ => {
                let fields = (0..random.usize(0..4)).map(|_| (word(random), random_value(random, depth - 1)));
                Value::Object(fields.filter(|(name, _)| name != "<<").collect())
            }
        }
    }

    #[test]
    fn every_document_reads_back_as_it_was_and_has_one_form() {
        let mut random = fastrand::Rng::with_seed(11);
        for _ in 0..3_000 {
            let value = json!({"x": random_value(&mut random, 4)});
            let written = text(&value);
            let back = read(&written, Schema::default());
            assert_eq!(back, value, "{written}");
            assert_eq!(text(&back), written);
        }
    }
}
