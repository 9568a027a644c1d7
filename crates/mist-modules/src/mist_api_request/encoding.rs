//! Percent-encoding (RFC 3986), and parameters of a query.

use crate::common::options::OptionError;
use mist_client::redact::quoted;
use serde_json::{Map, Value};

/// One parameter of a query, both halves encoded.
pub type Parameter = (String, String);

/// `text` as one value of a query: everything but unreserved characters encoded.
#[must_use]
pub fn encode(text: &str) -> String {
    encode_except(text, "")
}

/// `text` that is URL already: what a path (`extra` is empty) or a query may hold stays, and what is encoded stays so.
#[must_use]
pub fn complete(text: &str, extra: &str) -> String {
    let kept = format!("!$&'()*+,;=:@{extra}");
    let mut complete = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        complete.push_str(&encode_except(&rest[..at], &kept));
        let digits = rest.as_bytes().get(at + 1..at + 3).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit));
        complete.push_str(if digits { "%" } else { "%25" });
        rest = &rest[at + 1..];
    }
    complete.push_str(&encode_except(rest, &kept));
    complete
}

fn encode_except(text: &str, kept: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        let character = char::from(byte);
        if byte.is_ascii_alphanumeric() || "-._~".contains(character) || (byte.is_ascii() && kept.contains(character)) {
            encoded.push(character);
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// What encoded text stands for, as far as it is UTF-8.
#[must_use]
pub fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, others)) = rest.split_first() {
        // Digits alone: `from_str_radix` takes a sign as well.
        let digits = others.get(..2).filter(|two| *first == b'%' && two.iter().all(u8::is_ascii_hexdigit));
        let code = digits.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        bytes.push(code.unwrap_or(*first));
        rest = if code.is_some() { &others[2..] } else { others };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The parameters of a query that is URL already.
#[must_use]
pub fn split(query: &str) -> Vec<Parameter> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (complete(name, "/?"), complete(value, "/?"))
        })
        .collect()
}

/// The parameters of the option `query`, encoded.
///
/// # Errors
/// A sentence that names the parameter that has no form in a URL.
pub fn parameters(query: &Map<String, Value>) -> Result<Vec<Parameter>, OptionError> {
    let mut parameters = Vec::new();
    for (name, value) in query {
        let elements = match value {
            Value::Array(elements) => elements.as_slice(),
            single => std::slice::from_ref(single),
        };
        for element in elements {
            let text = match element {
                Value::Null => continue,
                Value::Bool(value) => value.to_string(),
                Value::Number(value) => value.to_string(),
                Value::String(value) => value.clone(),
                Value::Array(_) | Value::Object(_) => {
                    let reason = format!(
                        "parameter {} contains a dictionary or a nested list. Set a string, a number, a boolean or a list of these.",
                        quoted(name)
                    );
                    return Err(OptionError::new("query", reason));
                }
            };
            parameters.push((encode(name), encode(&text)));
        }
    }
    Ok(parameters)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_value_is_encoded_whole() {
        for (text, encoded) in [
            ("plain-1.5_~", "plain-1.5_~"),
            ("a b&c=d?/#%+", "a%20b%26c%3Dd%3F%2F%23%25%2B"),
            ("Zürich\r\n", "Z%C3%BCrich%0D%0A"),
            ("", ""),
        ] {
            assert_eq!(encode(text), encoded);
            assert_eq!(decode(encoded), text);
        }
    }

    #[test]
    fn what_is_url_already_is_completed_and_not_encoded_twice() {
        for (text, extra, completed) in [
            ("a%20b", "", "a%20b"),
            ("100%", "", "100%25"),
            ("%zz%4", "", "%25zz%254"),
            ("a b\\{c}", "", "a%20b%5C%7Bc%7D"),
            ("00:11:22", "", "00:11:22"),
            ("a/b?c", "", "a%2Fb%3Fc"),
            ("a/b?c", "/?", "a/b?c"),
            ("%é", "", "%25%C3%A9"),
        ] {
            assert_eq!(complete(text, extra), completed, "{text}");
        }
    }

    #[test]
    fn a_broken_code_is_no_code() {
        for text in ["%", "%4", "%zz", "a%+1"] {
            assert_eq!(decode(text), text);
        }
    }

    #[test]
    fn lists_repeat_and_null_is_left_out() {
        let query = json!({
            "type": ["ap", "switch", null], "name": "Site 1&2", "limit": 10, "ratio": 1.5, "managed": true, "none": null, "empty": [], "blank": "",
        });
        let parameters = parameters(query.as_object().unwrap()).unwrap();
        let shown: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(
            shown,
            ["type=ap", "type=switch", "name=Site%201%262", "limit=10", "ratio=1.5", "managed=true", "blank="]
        );
    }

    #[test]
    fn what_has_no_form_in_a_url_is_refused_by_name() {
        for value in [json!({"a": 1}), json!([[1]]), json!(["a", {}])] {
            let error = parameters(json!({ "filter": value }).as_object().unwrap()).unwrap_err();
            assert_eq!(error.option, "query");
        }
    }

    #[test]
    fn a_query_is_split_into_its_parameters() {
        assert_eq!(
            split("a=1&b&&c=x=y z"),
            [("a", "1"), ("b", ""), ("c", "x=y%20z")].map(|(a, b)| (a.into(), b.into()))
        );
    }
}
