//! What may stand in the path of a request: ids that come from anywhere, and whole paths, judged as the cloud would read them.

use crate::error::{Result, Setting};
use crate::redact;

/// How often a path is decoded before it is judged: `%252e` is `%2e` for one reader, and `.` for the next.
const LAYERS: usize = 3;

/// Whether this can be an id in a path: letters, digits, `-`, `_`, and nothing that means something there.
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

/// The text as a server reads it that decodes it as often as it can.
#[must_use]
pub fn decoded(text: &str) -> String {
    let mut text = text.to_owned();
    // Each pass shortens it, so that this ends.
    loop {
        let next = percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned();
        if next == text {
            return text;
        }
        text = next;
    }
}

/// The id, if it can stand in a path.
///
/// # Errors
/// [`Setting::Path`] otherwise.
pub fn segment(id: &str) -> Result<&str> {
    if is_segment(id) { Ok(id) } else { Err(fault(id, "is no id")) }
}

/// Looks at a path before it is sent: however often it is decoded, it stays where it says, and within `/api/`.
///
/// # Errors
/// [`Setting::Path`] for a path that leads elsewhere for some reader of it.
pub fn check(path: &str) -> Result<()> {
    let query = path.find(['?', '#']).unwrap_or(path.len());
    let mut bare = path[..query].to_owned();
    if !bare.starts_with('/') {
        return Err(fault(path, "does not begin with a slash"));
    }
    if path.chars().any(|character| character.is_control() || character == ' ') {
        return Err(fault(path, "has a space or a control character in it"));
    }
    for _ in 0..LAYERS {
        if let Some(what) = step_aside(&bare) {
            return Err(fault(path, what));
        }
        let decoded = percent_encoding::percent_decode_str(&bare).decode_utf8_lossy().into_owned();
        if decoded == bare {
            return Ok(());
        }
        // A slash that only a second reader sees would make two segments of one.
        if decoded.matches(['/', '\\']).count() > bare.matches(['/', '\\']).count() {
            return Err(fault(path, "has an encoded slash in it"));
        }
        bare = decoded;
    }
    Err(fault(path, "is encoded several times over"))
}

/// What in a path leads elsewhere.
fn step_aside(path: &str) -> Option<&'static str> {
    if path.contains('\\') {
        return Some("has a backslash in it");
    }
    if path.chars().any(char::is_control) {
        return Some("has a control character in it");
    }
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        // Some servers cut a segment at its parameters: `..;x` is `..` for them.
        let name = segment.split(';').next().unwrap_or_default();
        if name == "." || name == ".." {
            return Some("leads out of itself with a segment of dots");
        }
        if segment.is_empty() && segments.peek().is_some() {
            return Some("has an empty segment in it");
        }
    }
    None
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
    fn paths_that_stay_where_they_are_may_be_sent() {
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
    fn paths_that_lead_elsewhere_for_some_reader_are_refused() {
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
    fn an_id_has_nothing_that_means_something_in_a_path() {
        for id in ["53f10664-3ce8-4c27-b382-0ef66432349f", "a_b", "7"] {
            assert_eq!(segment(id), Ok(id));
        }
        for id in ["", ".", "..", "a/b", "a?b", "a#b", "a%2fb", "a;b", "a b", "\u{e4}", "$(x)"] {
            assert!(segment(id).is_err(), "{id}");
        }
    }
}
