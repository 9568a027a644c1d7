//! Where a redirect leads: to a path of this very host for a GET; anything else is an error. No I/O.

use crate::error::{Call, Error, Result};
use crate::host::Host;
use crate::redact;
use crate::transport::RawAnswer;

/// The path to go on with; `None` where the answer is no redirect.
///
/// # Errors
/// [`Error::Redirected`] where credentials may not follow.
pub(super) fn next(host: &Host, call: &Call, raw: &RawAnswer) -> Result<Option<String>> {
    if !matches!(raw.status, 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let location = raw.header("location").unwrap_or_default();
    match host.same_origin(location) {
        Some(path) if call.method == "GET" => Ok(Some(path)),
        _ => Err(Error::Redirected { call: call.clone(), to: shown(location) }),
    }
}

/// The host of a location only: paths and queries of elsewhere are not ours to print.
fn shown(location: &str) -> String {
    let host = location.split_once("://").map_or(location, |(_, rest)| rest);
    let host = host.split(['/', '?', '#']).next().unwrap_or_default().rsplit('@').next().unwrap_or_default();
    if host.is_empty() { "another path".to_owned() } else { format!("'{}'", redact::excerpt(host, 100)) }
}
