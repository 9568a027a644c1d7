//! A token whose key is written to a file.

use atomic_file::{AttributeRequest, TargetFile};
use mist_tokens::key_file::{Format, KeyFile};
use mist_tokens::target::DesiredToken;
use std::path::Path;

/// The same with its key in this file.
pub fn filed(wanted: DesiredToken, path: &Path) -> DesiredToken {
    let mut target = wanted.target;
    target.key_file = Some(KeyFile::new(path, Format::Raw).unwrap());
    DesiredToken { target, writer: Some(TargetFile::new(path, AttributeRequest::new())) }
}
