//! What the fuzzers reach in addition; not there in any other build.

use crate::mask::Mask;
use serde::Serialize;
use std::collections::BTreeSet;

/// A module's result as the line that is printed, the secrets masked in it.
///
/// # Errors
///
/// When `result` cannot be JSON.
pub fn line<R: Serialize>(secrets: &BTreeSet<String>, result: &R) -> serde_json::Result<Vec<u8>> {
    Mask::new(secrets).line(result, &[])
}
