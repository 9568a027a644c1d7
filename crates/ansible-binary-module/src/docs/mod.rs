//! Documentation from the module's types: the sidecar for `ansible-doc`, the help for a terminal, the JSON Schema; markup and line
//! breaks.

mod help;
mod messages;
mod sidecar;
mod yaml;

#[cfg(feature = "schema")]
use crate::definition::{Definition, Returned};
pub use help::Usage;
pub(crate) use help::{help, program_help, short_help};
#[cfg(feature = "schema")]
use serde_json::{Value, json};
pub use sidecar::PluginPage;
pub(crate) use sidecar::{plugin, sidecar};

/// The JSON Schema of the options and of the printed object.
#[cfg(feature = "schema")]
pub(crate) fn schema(definition: &Definition, returned: &Returned) -> String {
    let schema = json!({
        "title": definition.name,
        "description": definition.short_description(),
        "version": definition.version,
        "options": definition.options_schema,
        "results": with_protocol_fields(returned.schema.clone()),
    });
    format!("{schema:#}\n")
}

/// Adds the fields of the protocol to the module's own results.
#[cfg(feature = "schema")]
fn with_protocol_fields(schema: Value) -> Value {
    let mut schema = match schema {
        Value::Object(schema) => schema,
        _ => return schema,
    };
    schema.insert("type".to_owned(), "object".into());
    let diff = json!({
        "type": "object",
        "properties": {
            "before": true, "after": true,
            "before_header": { "type": "string" }, "after_header": { "type": "string" },
        },
    });
    let protocol = json!({
        "changed": { "description": "True if anything changed.", "type": "boolean" },
        "failed": { "description": "True if the task failed.", "type": "boolean" },
        "skipped": { "description": "True if the task was skipped because the module does not support check mode.", "type": "boolean" },
        "msg": { "description": "A message for the user.", "type": "string" },
        "diff": {
            "description": "The changes.",
            "anyOf": [diff, { "type": "array", "items": diff }],
        },
        "warnings": { "type": "array", "items": { "type": "string" } },
        "deprecations": { "type": "array", "items": { "type": "object" } },
        "invocation": { "type": "object" },
    });
    let properties = schema.entry("properties").or_insert_with(|| json!({})).as_object_mut();
    if let (Some(properties), Value::Object(protocol)) = (properties, protocol) {
        properties.extend(protocol);
    }
    // A failed run lacks most results.
    schema.remove("required");
    Value::Object(schema)
}

/// A doc comment in markup that every supported version of ansible-doc renders: `` `code` `` and the semantic markup `O(option)`,
/// `V(value)`, `E(variable)`, `RV(result)`, which ansible-core 2.14 prints as it is, become `C(…)`.
pub(super) fn with_ansible_markup(text: &str) -> String {
    marked(&backticks_marked(text), |markup, inside| match markup {
        "O" | "RV" => Some(match inside.split_once("#module:") {
            Some((module, name)) => format!("C({name}) of C({module})"),
            None => format!("C({inside})"),
        }),
        "V" | "E" => Some(format!("C({inside})")),
        _ => None,
    })
}

fn backticks_marked(text: &str) -> String {
    let mut parts = text.split('`');
    let mut out = parts.next().unwrap_or_default().to_owned();
    loop {
        match (parts.next(), parts.next()) {
            (Some(code), Some(rest)) => {
                out.push_str(&code_markup(code));
                out.push_str(rest);
            }
            // A single backtick stays.
            (Some(rest), None) => {
                out.push('`');
                out.push_str(rest);
                return out;
            }
            _ => return out,
        }
    }
}

/// Ansible's markup ends at the first `)`.
fn code_markup(code: &str) -> String {
    if code.is_empty() || code.contains(')') { format!("'{code}'") } else { format!("C({code})") }
}

/// Text without markup, for a terminal: `C(code)` and `` `code` `` are `code`, `U(url)` is the URL.
pub(super) fn plain(text: &str) -> String {
    marked(text, |markup, inside| match markup {
        "B" | "C" | "E" | "I" | "M" | "U" | "V" => Some(inside.to_owned()),
        "O" | "RV" => Some(match inside.split_once("#module:") {
            Some((module, name)) => format!("{name} of {module}"),
            None => inside.to_owned(),
        }),
        "P" => Some(inside.split('#').next().unwrap_or_default().to_owned()),
        "L" | "R" => inside.rsplit_once(',').map(|(text, target)| match markup {
            "L" => format!("{} ({})", text.trim(), target.trim()),
            _ => text.trim().to_owned(),
        }),
        _ => None,
    })
    .replace('`', "")
}

/// Replaces every `MARKUP(inside)` for which `replacement` returns a text.
fn marked(text: &str, replacement: impl Fn(&str, &str) -> Option<String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(open) = rest.find('(') {
        let (before, after) = rest.split_at(open);
        let start = before.trim_end_matches(|character: char| character.is_ascii_uppercase()).len();
        let (prefix, markup) = before.split_at(start);
        let replaced = after
            .find(')')
            .filter(|_| !prefix.ends_with(char::is_alphanumeric))
            .and_then(|end| Some((replacement(markup, &after[1..end])?, end)));
        match replaced {
            Some((replaced, end)) => {
                out.push_str(prefix);
                out.push_str(&replaced);
                rest = &after[end + 1..];
            }
            None => {
                out.push_str(before);
                out.push('(');
                rest = &after[1..];
            }
        }
    }
    out + rest
}

/// Lines of at most `width` characters, broken between words. A longer word has a line of its own.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut length = 0;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let word_length = word.chars().count();
        match lines.last_mut() {
            Some(line) if length + 1 + word_length <= width => {
                line.push(' ');
                line.push_str(word);
                length += 1 + word_length;
            }
            _ => {
                lines.push(word.to_owned());
                length = word_length;
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::tests::{Everything, documented};

    #[test]
    fn options_and_results_are_schemas() {
        let (definition, returned) = documented::<Everything>();
        let text = schema(&definition, &returned);
        let schema: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(schema["options"]["required"], json!(["seconds"]));
        assert_eq!(schema["options"]["properties"]["sure"]["default"], true);
        assert_eq!(schema["results"]["type"], "object");
        for result in ["said", "people", "changed", "failed", "msg", "diff"] {
            assert!(schema["results"]["properties"].get(result).is_some(), "{result}");
        }
    }

    #[test]
    fn backticks_become_ansible_markup() {
        for (text, wanted) in [
            ("plain", "plain"),
            ("with `state=absent` only", "with C(state=absent) only"),
            ("`a` and `b`", "C(a) and C(b)"),
            ("call `f(x)`", "call 'f(x)'"),
            ("one ` alone", "one ` alone"),
            ("O(state=x), V(y) or E(Z)", "C(state=x), C(y) or C(Z)"),
            ("RV(a.b[]) and O(other#module:x)", "C(a.b[]) and C(x) of C(other)"),
            ("aRV(x) and R(x)", "aRV(x) and R(x)"),
            ("B(bold), U(https://a.b/c), NO(x) stay", "B(bold), U(https://a.b/c), NO(x) stay"),
            ("", ""),
        ] {
            assert_eq!(with_ansible_markup(text), wanted);
        }
    }

    #[test]
    fn a_terminal_sees_no_markup() {
        for (text, wanted) in [
            ("with C(state=absent) and `x`", "with state=absent and x"),
            ("see U(https://a.b/c) (there)", "see https://a.b/c (there)"),
            ("the function ABC(x) stays", "the function ABC(x) stays"),
            ("open C(x", "open C(x"),
            ("RV(a.b), O(other#module:x), P(a.b.c#lookup)", "a.b, x of other, a.b.c"),
            ("L(the page, https://a.b/c) and R(text, ref)", "the page (https://a.b/c) and text"),
        ] {
            assert_eq!(plain(text), wanted);
        }
    }

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrapped("aa bb  cc dd", 5), ["aa bb", "cc dd"]);
        assert_eq!(wrapped("a toolongword b", 5), ["a", "toolongword", "b"]);
        assert_eq!(wrapped("äö üß", 5), ["äö üß"]);
        assert!(wrapped("", 5).is_empty());
    }
}
