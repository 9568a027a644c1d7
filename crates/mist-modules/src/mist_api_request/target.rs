//! Where a call goes: the option `path`, its words in braces filled in, and the parameters of its query.

use crate::mist_api_request::encoding::{self, Parameter};
use std::fmt;

/// The words in braces that are filled in.
pub const WORDS: [&str; 3] = ["org_id", "site_id", "msp_id"];

/// What all calls have in common.
const ROOT: &str = "/api/v1/";

/// The option `path`, checked; its words in braces are still there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    path: String,
    query: String,
}

/// A path of the cloud with its query, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// From the first slash to the query, encoded.
    pub path: String,
    /// The parameters, encoded.
    pub query: Vec<Parameter>,
}

impl Template {
    /// Reads the option `path`.
    ///
    /// # Errors
    /// A sentence that says what no path may have, and what to give.
    pub fn parse(text: &str) -> Result<Self, String> {
        let refuse = |why: &str| Err(format!("path: '{}' {why}", shown(text)));
        if text.chars().any(char::is_control) {
            return refuse("has a control character or a line end; give a path such as orgs/{org_id}/sites");
        }
        let text = text.trim();
        if text.contains('#') {
            return refuse("has a fragment (#), which no server sees; leave it out, or write %23");
        }
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        if path.contains("://") || path.starts_with("//") {
            return refuse("names a host; give the path alone, such as self, and the cloud as host");
        }
        let path = path.strip_prefix('/').unwrap_or(path);
        for segment in path.split('/') {
            let decoded = fully_decoded(segment);
            if leads_elsewhere(&decoded) {
                return refuse("has a part . or .., which leads elsewhere; give the path itself");
            }
            if decoded.chars().any(char::is_control) {
                return refuse("has a control character or a line end, encoded; leave it out");
            }
            match decoded.as_str() {
                "" => return refuse("has an empty part; is a variable in it empty?"),
                word if word.starts_with(':') => {
                    return refuse(
                        "has a part that begins with a colon; write {org_id}, {site_id} or {msp_id}, or the id itself",
                    );
                }
                _ => {}
            }
        }
        for word in words(text)? {
            if !WORDS.contains(&word) {
                return refuse(&format!(
                    "has {{{}}}, which is not known; only {{org_id}}, {{site_id}} and {{msp_id}} are filled in, so write the value itself",
                    shown(word)
                ));
            }
        }
        let path = if path.starts_with("api/") { format!("/{path}") } else { format!("{ROOT}{path}") };
        Ok(Self { path, query: query.to_owned() })
    }

    /// Returns true if this word in braces is to be filled in.
    #[must_use]
    pub fn needs(&self, word: &str) -> bool {
        let braced = format!("{{{word}}}");
        self.path.contains(&braced) || self.query.contains(&braced)
    }

    /// Fills in these words; one that is not among them becomes nothing.
    #[must_use]
    pub fn fill(&self, words: &[(&str, &str)]) -> Target {
        let value = |word: &str| words.iter().find(|(known, _)| *known == word).map_or("", |(_, value)| value);
        let fill = |text: &str| {
            WORDS.iter().fold(text.to_owned(), |text, word| text.replace(&format!("{{{word}}}"), value(word)))
        };
        let path: Vec<String> = fill(&self.path).split('/').map(|segment| encoding::complete(segment, "")).collect();
        Target { path: path.join("/"), query: encoding::split(&fill(&self.query)) }
    }
}

impl Target {
    /// The first value of the parameter.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// As it is sent: path and query.
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

/// What a part of a path is to whoever decodes it, once or again.
fn fully_decoded(segment: &str) -> String {
    let mut text = segment.to_owned();
    // Each pass shortens it, so that this ends.
    loop {
        let decoded = encoding::decode(&text);
        if decoded == text {
            return text;
        }
        text = decoded;
    }
}

/// Returns true if a decoded part has a step `.` or `..`: also between slashes that were encoded, and with the parameters of a
/// path (`..;x`), which some servers cut off.
fn leads_elsewhere(decoded: &str) -> bool {
    decoded.split(['/', '\\']).any(|step| matches!(step.split(';').next().unwrap_or_default().trim(), "." | ".."))
}

/// The words in braces.
fn words(text: &str) -> Result<Vec<&str>, String> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let inside = rest[at..].strip_prefix('{').and_then(|inside| inside.split_once('}'));
        let Some((word, after)) = inside.filter(|(word, _)| !word.contains('{')) else {
            return Err(format!(
                "path: '{}' has a brace without its other half; write {{org_id}}, or %7B and %7D for braces themselves",
                shown(text)
            ));
        };
        words.push(word);
        rest = after;
    }
    Ok(words)
}

fn shown(text: &str) -> String {
    text.chars().take(200).flat_map(char::escape_debug).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORG: &str = "9777c1a0-6ef6-11e6-8bbf-02e208b2d34f";
    const SITE: &str = "978c48e6-6ef6-11e6-8bbf-02e208b2d34f";

    #[test]
    fn a_path_is_filled_and_completed() {
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
    fn what_no_path_may_have_is_refused() {
        for (path, words) in [
            ("https://api.mist.com/api/v1/self", "names a host"),
            ("//evil.example/self", "names a host"),
            ("orgs/../self", "has a part . or .."),
            ("orgs/%2e%2E/self", "has a part . or .."),
            ("./self", "has a part . or .."),
            ("orgs/a%2f..%2fb", "has a part . or .."),
            ("orgs/%2F%2e%2e", "has a part . or .."),
            ("orgs/%252e%252e/self", "has a part . or .."),
            ("orgs/..;/self", "has a part . or .."),
            ("orgs/..;a=b/self", "has a part . or .."),
            ("orgs/.%2e%3b/self", "has a part . or .."),
            ("orgs/..%5cself", "has a part . or .."),
            ("orgs/%20../self", "has a part . or .."),
            ("orgs/x%0d%0aX-Evil:1", "has a control character"),
            ("orgs/x%00", "has a control character"),
            ("self#top", "has a fragment"),
            ("self\r\nX-Evil: 1", "has a control character"),
            ("self\u{0}", "has a control character"),
            ("orgs/{map_id}/sites", "has {map_id}, which is not known"),
            ("self?x={wlan_id}", "has {wlan_id}, which is not known"),
            ("orgs/{}/sites", "has {}, which is not known"),
            ("orgs/{org_id/sites", "has a brace without"),
            ("orgs/org_id}/sites", "has a brace without"),
            ("orgs/{{org_id}}/sites", "has a brace without"),
            ("orgs/:org_id/sites", "begins with a colon"),
            ("orgs//sites", "has an empty part"),
            ("self/", "has an empty part"),
            ("", "has an empty part"),
            ("/", "has an empty part"),
            ("?limit=1", "has an empty part"),
        ] {
            let error = Template::parse(path).unwrap_err();
            assert!(error.starts_with("path: '") && error.contains(words), "{path:?}: {error}");
        }
    }

    #[test]
    fn only_what_is_written_is_needed() {
        let template = Template::parse("orgs/{org_id}/sites").unwrap();
        assert!(template.needs("org_id") && !template.needs("site_id"));
        assert!(Template::parse("self?site={site_id}").unwrap().needs("site_id"));
    }
}
