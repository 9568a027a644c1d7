//! The path and query of a call: checks, placeholders and percent-encoding.

use crate::common::options::OptionError;
use mist_client::path;
use mist_client::redact::quoted;
use serde_json::{Map, Value};
use std::fmt;

/// The placeholders, in braces in the path.
pub const WORDS: [&str; 3] = ["org_id", "site_id", "msp_id"];

/// The common beginning of all paths.
const ROOT: &str = "/api/v1/";

/// The option `path`, checked, with placeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    path: String,
    query: String,
}

/// A path with its query, ready to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The encoded path, without the query.
    pub path: String,
    /// The encoded parameters.
    pub query: Vec<Parameter>,
}

impl Template {
    /// Parses the option `path`.
    ///
    /// # Errors
    /// The path is malformed, ambiguous, or contains an unknown placeholder.
    pub fn parse(text: &str) -> Result<Self, OptionError> {
        let refuse = |why: &str| Err(refused(text, why));
        if text.chars().any(char::is_control) {
            return refuse("contains a control character or a line break. Set a path such as orgs/{org_id}/sites.");
        }
        let text = text.trim();
        if text.contains('#') {
            return refuse("contains a fragment (#). Remove it, or write %23.");
        }
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        if path.contains("://") || path.starts_with("//") {
            return refuse("contains a host. Set the path alone, such as self, and the cloud in host.");
        }
        let path = path.strip_prefix('/').unwrap_or(path);
        for segment in path.split('/') {
            let decoded = path::decoded(segment);
            if leads_elsewhere(&decoded) {
                return refuse("contains the segment . or .., which changes the path. Remove it.");
            }
            if decoded.chars().any(char::is_control) {
                return refuse("contains an encoded control character or line break. Remove it.");
            }
            match decoded.as_str() {
                "" => return refuse("contains an empty segment. Check the variable in it."),
                word if word.starts_with(':') => {
                    return refuse(
                        "contains a segment that begins with a colon. Write {org_id}, {site_id} or {msp_id}, or the ID itself.",
                    );
                }
                _ => {}
            }
        }
        for word in words(text)? {
            if !WORDS.contains(&word) {
                return refuse(&format!(
                    "contains the unknown placeholder {}. Use {{org_id}}, {{site_id}} or {{msp_id}}, or write the value itself.",
                    quoted(&format!("{{{word}}}"))
                ));
            }
        }
        let path = if path.starts_with("api/") { format!("/{path}") } else { format!("{ROOT}{path}") };
        Ok(Self { path, query: query.to_owned() })
    }

    /// Returns true if the path or query contains this placeholder.
    #[must_use]
    pub fn needs(&self, word: &str) -> bool {
        let braced = format!("{{{word}}}");
        self.path.contains(&braced) || self.query.contains(&braced)
    }

    /// Replaces the placeholders by these values. One without a value becomes empty.
    #[must_use]
    pub fn fill(&self, words: &[(&str, &str)]) -> Target {
        let value = |word: &str| words.iter().find(|(known, _)| *known == word).map_or("", |(_, value)| value);
        let fill = |text: &str| {
            WORDS.iter().fold(text.to_owned(), |text, word| text.replace(&format!("{{{word}}}"), value(word)))
        };
        let path: Vec<String> = fill(&self.path).split('/').map(|segment| complete(segment, "")).collect();
        Target { path: path.join("/"), query: split(&fill(&self.query)) }
    }
}

impl Target {
    /// The first value of this parameter.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.path)?;
        for (number, (name, value)) in self.query.iter().enumerate() {
            let mark = if number == 0 { '?' } else { '&' };
            write!(formatter, "{mark}{name}={value}")?;
        }
        Ok(())
    }
}

/// Returns true if a decoded segment contains `.` or `..`, also between encoded slashes, and with path parameters (`..;x`), which
/// some servers remove.
fn leads_elsewhere(decoded: &str) -> bool {
    decoded.split(['/', '\\']).any(|step| matches!(step.split(';').next().unwrap_or_default().trim(), "." | ".."))
}

/// The words in braces.
fn words(text: &str) -> Result<Vec<&str>, OptionError> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let inside = rest[at..].strip_prefix('{').and_then(|inside| inside.split_once('}'));
        let Some((word, after)) = inside.filter(|(word, _)| !word.contains('{')) else {
            return Err(refused(
                text,
                "contains an unpaired brace. Write {org_id}, or %7B and %7D for literal braces.",
            ));
        };
        words.push(word);
        rest = after;
    }
    Ok(words)
}

fn refused(text: &str, why: &str) -> OptionError {
    OptionError::new("path", format!("{} {why}", quoted(text)))
}

/// A query parameter: name and value, percent-encoded.
pub type Parameter = (String, String);

/// Encodes the characters that a path, or a query with the `extra` characters, cannot contain. Encoded characters stay encoded.
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

/// The parameters of an encoded query.
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

/// The parameters of the option `query`.
///
/// # Errors
/// A parameter contains a dictionary or a nested list.
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
            parameters.push((path::encode(name), path::encode(&text)));
        }
    }
    Ok(parameters)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ORG: &str = "9777c1a0-6ef6-11e6-8bbf-02e208b2d34f";
    const SITE: &str = "978c48e6-6ef6-11e6-8bbf-02e208b2d34f";

    #[test]
    fn placeholders_are_replaced_and_characters_encoded() {
        for (path, expected) in [
            ("self", "/api/v1/self".to_owned()),
            ("/self", "/api/v1/self".to_owned()),
            ("/api/v1/self", "/api/v1/self".to_owned()),
            ("api/v2/self", "/api/v2/self".to_owned()),
            (" orgs/{org_id}/sites ", format!("/api/v1/orgs/{ORG}/sites")),
            (
                "sites/{site_id}/devices?org={org_id}&limit=10",
                format!("/api/v1/sites/{SITE}/devices?org={ORG}&limit=10"),
            ),
            ("sites/{site_id}/{site_id}", format!("/api/v1/sites/{SITE}/{SITE}")),
            ("sites/x/devices/00:11:22 33", "/api/v1/sites/x/devices/00:11:22%2033".to_owned()),
            ("self?q=http://x/{org_id}?", format!("/api/v1/self?q=http://x/{ORG}?")),
            ("self?", "/api/v1/self".to_owned()),
            ("const/%7Bx%7D", "/api/v1/const/%7Bx%7D".to_owned()),
            ("a..b/...", "/api/v1/a..b/...".to_owned()),
            ("wlans/a%2Fb;c", "/api/v1/wlans/a%2Fb;c".to_owned()),
        ] {
            assert_eq!(
                Template::parse(path).unwrap().fill(&[("org_id", ORG), ("site_id", SITE)]).to_string(),
                expected,
                "{path}"
            );
        }
    }

    #[test]
    fn an_ambiguous_path_is_refused() {
        for (path, words) in [
            ("https://api.mist.com/api/v1/self", "contains a host"),
            ("//evil.example/self", "contains a host"),
            ("orgs/../self", "the segment . or .."),
            ("orgs/%2e%2E/self", "the segment . or .."),
            ("./self", "the segment . or .."),
            ("orgs/a%2f..%2fb", "the segment . or .."),
            ("orgs/%2F%2e%2e", "the segment . or .."),
            ("orgs/%252e%252e/self", "the segment . or .."),
            ("orgs/..;/self", "the segment . or .."),
            ("orgs/..;a=b/self", "the segment . or .."),
            ("orgs/.%2e%3b/self", "the segment . or .."),
            ("orgs/..%5cself", "the segment . or .."),
            ("orgs/%20../self", "the segment . or .."),
            ("orgs/x%0d%0aX-Evil:1", "control character"),
            ("orgs/x%00", "control character"),
            ("self#top", "contains a fragment"),
            ("self\r\nX-Evil: 1", "control character"),
            ("self\u{0}", "control character"),
            ("orgs/{map_id}/sites", "unknown placeholder '{map_id}'"),
            ("self?x={wlan_id}", "unknown placeholder '{wlan_id}'"),
            ("orgs/{}/sites", "unknown placeholder '{}'"),
            ("orgs/{org_id/sites", "unpaired brace"),
            ("orgs/org_id}/sites", "unpaired brace"),
            ("orgs/{{org_id}}/sites", "unpaired brace"),
            ("orgs/:org_id/sites", "begins with a colon"),
            ("orgs//sites", "an empty segment"),
            ("self/", "an empty segment"),
            ("", "an empty segment"),
            ("/", "an empty segment"),
            ("?limit=1", "an empty segment"),
        ] {
            let error = Template::parse(path).unwrap_err();
            assert!(error.option == "path" && error.reason.contains(words), "{path:?}: {error}");
        }
    }

    #[test]
    fn only_contained_placeholders_are_needed() {
        let template = Template::parse("orgs/{org_id}/sites").unwrap();
        assert!(template.needs("org_id") && !template.needs("site_id"));
        assert!(Template::parse("self?site={site_id}").unwrap().needs("site_id"));
    }

    #[test]
    fn encoded_text_is_not_encoded_twice() {
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
    fn lists_repeat_and_null_is_omitted() {
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
    fn a_dictionary_in_the_query_is_refused() {
        for value in [json!({"a": 1}), json!([[1]]), json!(["a", {}])] {
            let error = parameters(json!({ "filter": value }).as_object().unwrap()).unwrap_err();
            assert_eq!(error.option, "query");
        }
    }

    #[test]
    fn a_query_has_parameters() {
        assert_eq!(
            split("a=1&b&&c=x=y z"),
            [("a", "1"), ("b", ""), ("c", "x=y%20z")].map(|(a, b)| (a.into(), b.into()))
        );
    }
}
