//! What is wrong with a key's file or a lock, in words.

use mist_client::error::in_words;
use mist_tokens::error::KeyFileStays;
use mist_tokens::key_file::{Fault, FaultKind, Format};
use mist_tokens::lock;

/// What is wrong with the option `key_file`.
#[must_use]
pub fn key_file(fault: &Fault) -> String {
    format!("key_file: '{}' {}", fault.path.display(), key_file_fault(&fault.kind))
}

fn key_file_fault(kind: &FaultKind) -> String {
    match kind {
        FaultKind::Relative => "is relative, and where that leads differs from host to host; give an absolute path".to_owned(),
        FaultKind::NamesNoFile => "names no file; give the file's name too".to_owned(),
        FaultKind::NamesDirectory => {
            "names a directory; give the file's name too, without a slash at the end".to_owned()
        }
        FaultKind::NotAFile => "is there and is not a file; give the path of a file".to_owned(),
        FaultKind::Unreadable(reason) => format!("cannot be read ({reason})"),
        FaultKind::Foreign => {
            "holds something else than a key in the format of key_file_format; it is not overwritten: remove it, or give another path"
                .to_owned()
        }
        FaultKind::HoldsMore(format) => format!(
            "holds a key in the format {0}, and more besides, which would be lost; set key_file_format: {0}, or give another path",
            format_name(*format)
        ),
        FaultKind::TooLarge => "is larger than any file of a key; give another path".to_owned(),
        FaultKind::Unwritable(words) => words.clone(),
    }
}

fn format_name(format: Format) -> &'static str {
    match format {
        Format::Raw => "raw",
        Format::Env => "env",
        Format::Json => "json",
    }
}

pub(super) fn stays(why: &KeyFileStays) -> String {
    match why {
        KeyFileStays::HoldsMore => {
            "it holds more than the key that is dead now; remove what is no longer needed".to_owned()
        }
        KeyFileStays::OtherKey => {
            "the key in it is none of a token that this task deleted; remove it if nobody needs it".to_owned()
        }
        KeyFileStays::NoKey => "there is no key in it that this module knows".to_owned(),
        KeyFileStays::Fault(fault) => format!("it {}", key_file_fault(&fault.kind)),
    }
}

pub(super) fn lock(fault: &lock::Fault) -> String {
    match fault {
        lock::Fault::Held { owner, name, waited, path } => {
            let what = match name {
                Some(name) => format!("token '{}' of {owner}", name.escape_debug()),
                None => format!("tokens of {owner}"),
            };
            format!(
                "Another run on this machine is at work on {what}, and was not done within {} (max_wait). \
                 Run the task again when it is; what holds the lock is a process that has '{}' open.",
                in_words(*waited),
                path.display()
            )
        }
        lock::Fault::Unusable { path, reason } => format!(
            "The lock '{}', which keeps two runs from making two tokens, cannot be had: {reason}.",
            path.display()
        ),
        lock::Fault::NoDirectory(tried) => {
            let tried: Vec<String> =
                tried.iter().take(3).map(|(path, reason)| format!("'{}': {reason}", path.display())).collect();
            format!(
                "No directory for the lock that keeps two runs from making two tokens: {}. Give the user a home directory that it can write to.",
                tried.join("; ")
            )
        }
    }
}
