//! A small YAML emitter: its output passes yamllint's default rules, and PyYAML reads it back unchanged.

use super::wrapped;
use crate::validation::python;
use serde_json::{Map, Value};

/// The limit of yamllint.
const WIDTH: usize = 80;

/// A document that is a mapping.
pub(super) fn document(mapping: &Map<String, Value>) -> String {
    let mut out = "---\n".to_owned();
    write_mapping(&mut out, mapping, 0);
    out
}

fn write_mapping(out: &mut String, mapping: &Map<String, Value>, indent: usize) {
    for (key, value) in mapping {
        push_indent(out, indent);
        write_entry(out, key, value, indent);
    }
}

fn write_entry(out: &mut String, key: &str, value: &Value, indent: usize) {
    out.push_str(&scalar(key));
    out.push(':');
    match value {
        Value::Object(mapping) if !mapping.is_empty() => {
            out.push('\n');
            write_mapping(out, mapping, indent + 2);
        }
        Value::Array(elements) if !elements.is_empty() => {
            out.push('\n');
            for element in elements {
                write_element(out, element, indent + 2);
            }
        }
        other => write_scalar(out, other, indent + 2),
    }
}

fn write_element(out: &mut String, element: &Value, indent: usize) {
    push_indent(out, indent);
    out.push('-');
    match element {
        Value::Object(mapping) if !mapping.is_empty() => {
            for (position, (key, value)) in mapping.iter().enumerate() {
                match position {
                    0 => out.push(' '),
                    _ => push_indent(out, indent + 2),
                }
                write_entry(out, key, value, indent + 2);
            }
        }
        Value::Array(elements) if !elements.is_empty() => {
            out.push('\n');
            for element in elements {
                write_element(out, element, indent + 2);
            }
        }
        other => write_scalar(out, other, indent + 2),
    }
}

/// The text after `key:` or `-`, with the space before it. `indent` is that of its continuation lines.
fn write_scalar(out: &mut String, value: &Value, indent: usize) {
    let Value::String(text) = value else {
        out.push(' ');
        out.push_str(&match value {
            Value::Array(_) => "[]".to_owned(),
            Value::Object(_) => "{}".to_owned(),
            other => python::json_dumps(other),
        });
        out.push('\n');
        return;
    };
    if text.contains('\n') {
        write_literal(out, text, indent);
        return;
    }
    let inline = scalar(text);
    let column = out.len() - out.rfind('\n').map_or(0, |end| end + 1);
    if column + 1 + inline.chars().count() <= WIDTH || !is_foldable(text) {
        out.push(' ');
        out.push_str(&inline);
        out.push('\n');
        return;
    }
    out.push_str(" >-\n");
    for line in wrapped(text, WIDTH - indent) {
        push_indent(out, indent);
        out.push_str(&line);
        out.push('\n');
    }
}

/// Lines without folding.
fn write_literal(out: &mut String, text: &str, indent: usize) {
    out.push_str(" |\n");
    for line in text.trim_end_matches('\n').lines() {
        if !line.trim().is_empty() {
            push_indent(out, indent);
            out.push_str(line.trim_end());
        }
        out.push('\n');
    }
}

/// True if the text survives folding: lines are joined with one space each.
fn is_foldable(text: &str) -> bool {
    !text.starts_with(' ')
        && !text.ends_with(' ')
        && !text.contains("  ")
        && !text.contains(|character: char| character.is_control())
}

/// A text on one line: plain where no reader can mistake it, otherwise quoted.
fn scalar(text: &str) -> String {
    if is_plain(text) {
        text.to_owned()
    } else if text.contains(|character: char| character.is_control()) {
        python::json_dumps(&Value::from(text))
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}

fn is_plain(text: &str) -> bool {
    // YAML 1.1 reads these as booleans or null.
    const WORDS: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    let harmless =
        |character: char| character.is_alphanumeric() || " _-./(),;'\"+=*@!?|<>&%$[]{}:#^~\\".contains(character);
    text.starts_with(|first: char| first.is_alphabetic() || first == '/')
        && text.chars().all(harmless)
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.ends_with([':', ' '])
        && !WORDS.contains(&text.to_lowercase().as_str())
}

fn push_indent(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn emitted(value: Value) -> String {
        document(value.as_object().unwrap())
    }

    #[test]
    fn nested_mappings_and_lists() {
        assert_eq!(
            emitted(json!({
                "a": {"b": [1, "x", {"c": true, "d": {"e": null}}, [2, []]], "f": {}},
                "g": [],
                "h": 1.5,
            })),
            "---\na:\n  b:\n    - 1\n    - x\n    - c: true\n      d:\n        e: null\n    -\n      - 2\n      - []\n  \
             f: {}\ng: []\nh: 1.5\n"
        );
    }

    #[test]
    fn what_yaml_could_take_for_something_else_is_quoted() {
        for (text, wanted) in [
            ("plain text, (really) it's", "plain text, (really) it's"),
            ("/a/path", "/a/path"),
            ("", "''"),
            ("yes", "'yes'"),
            ("No", "'No'"),
            ("null", "'null'"),
            ("1.2", "'1.2'"),
            ("0x1f", "'0x1f'"),
            ("2024-01-01", "'2024-01-01'"),
            ("1:30", "'1:30'"),
            ("~", "'~'"),
            (".inf", "'.inf'"),
            ("a: b", "'a: b'"),
            ("a #b", "'a #b'"),
            ("a:", "'a:'"),
            ("- a", "'- a'"),
            ("{a}", "'{a}'"),
            ("'a'", "'''a'''"),
            ("`a`", "'`a`'"),
            ("a ", "'a '"),
            ("a\tb", "\"a\\tb\""),
        ] {
            assert_eq!(emitted(json!({"k": text})), format!("---\nk: {wanted}\n"));
        }
    }

    #[test]
    fn a_long_text_is_folded_within_the_width() {
        let text = "word: ".repeat(40) + "end";
        let emitted = emitted(json!({"key": [text]}));
        assert!(emitted.starts_with("---\nkey:\n  - >-\n    word: word: "));
        assert!(emitted.lines().all(|line| line.len() <= WIDTH));
        let joined: Vec<&str> = emitted.lines().skip(3).map(str::trim).collect();
        assert_eq!(joined.join(" "), text);
    }

    #[test]
    fn lines_stay_lines() {
        assert_eq!(
            emitted(json!({"k": "- name: x\n\n  a:\n    b: c  \n"})),
            "---\nk: |\n  - name: x\n\n    a:\n      b: c\n"
        );
    }
}
