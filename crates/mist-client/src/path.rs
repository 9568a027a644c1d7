//! IDs and paths for URLs: checks of text from outside, and percent-encoding.

use crate::error::{Result, Setting};
use crate::redact;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};

/// The number of times that a path is decoded for the check: `%252e` is `%2e` for one server, and `.` for the next.
const LAYERS: usize = 3;

/// Returns true if this can be an ID in a path: letters, digits, `-` and `_`.
#[must_use]
pub fn is_segment(id: &str) -> bool {
    !id.is_empty() && id.chars().all(|character| character.is_ascii_alphanumeric() || matches!(character, '-' | '_'))
}

/// The UUID that `text` holds, in lower case as the cloud writes it; `None` if it is not one.
#[must_use]
pub fn uuid(text: &str) -> Option<String> {
    let text = text.trim();
    let groups = text.split('-').map(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(group.len()));
    groups.eq([8, 4, 4, 4, 12].map(Some)).then(|| text.to_ascii_lowercase())
}

/// The ID, if it can be in a path.
///
/// # Errors
/// [`Setting::Path`] otherwise.
pub fn segment(id: &str) -> Result<&str> {
    if is_segment(id) { Ok(id) } else { Err(fault(id, "is not an ID")) }
}

/// Checks a path before it is sent: decoded any number of times, it has the same segments.
///
/// # Errors
/// [`Setting::Path`] for a path that has another meaning for some server.
pub fn check(path: &str) -> Result<()> {
    let query = path.find(['?', '#']).unwrap_or(path.len());
    let mut bare = path[..query].to_owned();
    if !bare.starts_with('/') {
        return Err(fault(path, "does not begin with a slash"));
    }
    if path.chars().any(|character| character.is_control() || character == ' ') {
        return Err(fault(path, "contains a space or a control character"));
    }
    for _ in 0..LAYERS {
        if let Some(what) = ambiguity(&bare) {
            return Err(fault(path, what));
        }
        let decoded = decode(&bare);
        if decoded == bare {
            return Ok(());
        }
        // An encoded slash would split a segment for some servers.
        if decoded.matches(['/', '\\']).count() > bare.matches(['/', '\\']).count() {
            return Err(fault(path, "contains an encoded slash"));
        }
        bare = decoded;
    }
    Err(fault(path, "is encoded several times"))
}

/// The part of a path that changes its meaning.
fn ambiguity(path: &str) -> Option<&'static str> {
    if path.contains('\\') {
        return Some("contains a backslash");
    }
    if path.chars().any(char::is_control) {
        return Some("contains a control character");
    }
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        // For some servers, `..;x` is `..`.
        let name = segment.split(';').next().unwrap_or_default();
        if name == "." || name == ".." {
            return Some("contains the segment . or ..");
        }
        if segment.is_empty() && segments.peek().is_some() {
            return Some("contains an empty segment");
        }
    }
    None
}

/// All characters except the unreserved ones (RFC 3986).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The text as one segment of a path or one value of a query: everything except unreserved characters is encoded.
#[must_use]
pub fn encode(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, RESERVED).to_string()
}

/// The text of percent-encoded text. Bytes that are not UTF-8 are replaced.
#[must_use]
pub fn decode(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// The text as a server reads it that decodes it as often as possible.
#[must_use]
pub fn decoded(text: &str) -> String {
    let mut text = text.to_owned();
    // Each pass shortens the text, so that the loop ends.
    loop {
        let next = decode(&text);
        if next == text {
            return text;
        }
        text = next;
    }
}

fn fault(given: &str, fault: &str) -> crate::Error {
    Setting::Path { given: redact::excerpt(&redact::without_keys(given), 200), fault: fault.to_owned() }.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_has_five_groups_of_hexadecimal_digits() {
        let id = "53f10664-3ce8-4c27-b382-0ef66432349f";
        assert_eq!(uuid(&format!(" {}\n", id.to_uppercase())).as_deref(), Some(id));
        for bad in ["", "53f10664", "53f10664-3ce8-4c27-b382-0ef66432349g", "53f106643ce84c27b3820ef66432349f", "../x"]
        {
            assert_eq!(uuid(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_value_is_encoded_completely() {
        for (text, encoded) in [
            ("plain-1.5_~", "plain-1.5_~"),
            ("a b&c=d?/#%+", "a%20b%26c%3Dd%3F%2F%23%25%2B"),
            ("Zürich\r\n", "Z%C3%BCrich%0D%0A"),
            ("", ""),
        ] {
            assert_eq!(encode(text), encoded);
            assert_eq!(decode(encoded), text);
        }
        for malformed in ["%", "%4", "%zz", "a%+1"] {
            assert_eq!(decode(malformed), malformed);
        }
    }

    #[test]
    fn paths_with_one_meaning_are_accepted() {
        for path in [
            "/api/v1/self",
            "/api/v1/orgs/53f10664-3ce8-4c27-b382-0ef66432349f/sites?limit=1000&name=%2f..%2f",
            "/api/v1/x/a%20b",
            "/api/v1/x/..a/b..",
            "/api/v1/x/",
            "/api/v1/sites/x/wlans/caf%C3%A9",
        ] {
            assert_eq!(check(path), Ok(()), "{path}");
        }
    }

    #[test]
    fn paths_with_another_meaning_for_some_server_are_refused() {
        for path in [
            "api/v1/self",
            "/api/v1/../x",
            "/api/v1/..",
            "/api/v1/./x",
            "/api/v1//x",
            "/api/v1/..;/x",
            "/api/v1/..;a=b/x",
            "/api/v1/x%2f..%2fy",
            "/api/v1/%2e%2e/x",
            "/api/v1/%252e%252e/x",
            "/api/v1/%2E./x",
            "/api/v1/%2e%2e;/x",
            "/api/v1/a%2fb",
            "/api/v1/a%5cb",
            "/api/v1/a\\b",
            "/api/v1/a b",
            "/api/v1/a\r\nHost: x",
            "/api/v1/a%0d%0ab",
            "/api/v1/%2525252525",
        ] {
            assert!(check(path).is_err(), "{path}");
        }
    }

    #[test]
    fn an_id_has_no_character_with_a_meaning_in_a_path() {
        for id in ["53f10664-3ce8-4c27-b382-0ef66432349f", "a_b", "7"] {
            assert_eq!(segment(id), Ok(id));
        }
        for id in ["", ".", "..", "a/b", "a?b", "a#b", "a%2fb", "a;b", "a b", "\u{e4}", "$(x)"] {
            assert!(segment(id).is_err(), "{id}");
        }
    }
}
