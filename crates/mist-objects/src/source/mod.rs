//! Objects from a file: JSON, YAML or CSV, byte for byte.

mod csv;
mod json;
mod yaml;

pub use json::{keeps_digits, parse as json};

use crate::error::SourceError;
use crate::plan::Fields;
use crate::table::Schema;
use serde_json::Value;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

/// The largest file that is read, in bytes.
pub const LARGEST: u64 = 16 * 1024 * 1024;

/// The start of a text that Ansible Vault encrypts.
pub const VAULT: &str = "$ANSIBLE_VAULT;";

const LOST_DIGITS: &str = "a number has more digits than 64 bits hold. Quote it if it is text.";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Json,
    /// YAML 1.2, without anchors and aliases.
    Yaml,
    Csv,
}

impl Format {
    /// By the extension of the file, otherwise by the first character.
    fn of(name: &str, text: &str) -> Self {
        let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default();
        match extension.as_str() {
            "json" => Self::Json,
            "yaml" | "yml" => Self::Yaml,
            "csv" => Self::Csv,
            _ if text.trim_start().starts_with(['{', '[']) => Self::Json,
            _ => Self::Yaml,
        }
    }
}

/// As [`read`], within this time.
///
/// # Errors
/// As [`read`], and [`SourceError::TooSlow`].
pub fn read_within(path: &Path, within: Duration) -> Result<String, SourceError> {
    let path = path.to_owned();
    in_time(move || read(&path), within)
}

/// The result of a work that a file system may delay without end: a network file system whose server is lost.
fn in_time<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SourceError> + Send + 'static,
    within: Duration,
) -> Result<T, SourceError> {
    let (done, finished) = mpsc::channel();
    let start = std::thread::Builder::new().name("source".into());
    start.spawn(move || drop(done.send(work()))).map_err(|error| SourceError::Unreadable(cause(&error)))?;
    finished.recv_timeout(within).unwrap_or(Err(SourceError::TooSlow(within.as_secs())))
}

/// The text of a regular file.
///
/// # Errors
/// The file cannot be read, is too large, or is not UTF-8.
pub fn read(path: &Path) -> Result<String, SourceError> {
    let unreadable = |error: io::Error| SourceError::Unreadable(cause(&error));
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    // Opening a pipe would wait for its other end.
    if !metadata.is_file() {
        return Err(SourceError::NotAFile);
    }
    let too_large = || SourceError::TooLarge(LARGEST / 1024 / 1024);
    if metadata.len() > LARGEST {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST {
        return Err(too_large());
    }
    // With UTF-16, the first character of a file is a mark, or every second byte is 0.
    if bytes.starts_with(&[0xff, 0xfe])
        || bytes.starts_with(&[0xfe, 0xff])
        || bytes.iter().take(2).any(|byte| *byte == 0)
    {
        return Err(SourceError::Utf16);
    }
    String::from_utf8(bytes).map_err(|error| SourceError::NotUtf8(error.utf8_error().valid_up_to() + 1))
}

/// The words of the system, without its number.
fn cause(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

/// The only object of a file.
///
/// # Errors
/// The content is not one object.
pub fn one(name: &str, text: &str, schema: Schema) -> Result<Fields, SourceError> {
    let text = plain(text)?;
    match Format::of(name, text) {
        Format::Csv => Err(SourceError::TableForOne),
        format => match parsed(format, text, schema)? {
            Value::Object(fields) => Ok(fields),
            Value::Array(_) => Err(SourceError::ListForOne),
            _ => Err(SourceError::NotADictionary),
        },
    }
}

/// All objects of a file.
///
/// # Errors
/// The content is not a list of objects.
pub fn many(name: &str, text: &str, schema: Schema) -> Result<Vec<Fields>, SourceError> {
    let text = plain(text)?;
    match Format::of(name, text) {
        Format::Csv => csv::objects(text, schema),
        format => match parsed(format, text, schema)? {
            Value::Array(items) => items
                .into_iter()
                .enumerate()
                .map(|(number, item)| match item {
                    Value::Object(fields) => Ok(fields),
                    _ => Err(SourceError::ItemNotADictionary(number + 1)),
                })
                .collect(),
            Value::Null => Ok(Vec::new()),
            _ => Err(SourceError::NotAList),
        },
    }
}

fn parsed(format: Format, text: &str, schema: Schema) -> Result<Value, SourceError> {
    if format == Format::Yaml { yaml::parse(text, schema) } else { json::parse(text) }
}

/// The text without a byte order mark.
///
/// # Errors
/// The file is encrypted.
fn plain(text: &str) -> Result<&str, SourceError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.starts_with(VAULT) { Err(SourceError::Encrypted) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversion::converted;
    use crate::table::{Level, kind};
    use serde_json::json;

    #[test]
    fn a_file_holds_one_object_or_many_and_the_wrong_one_is_told() {
        let schema = Schema::default();
        assert_eq!(one("x.json", r#"{"a": "{{b}} \\ {% raw %}"}"#, schema).unwrap()["a"], "{{b}} \\ {% raw %}");
        assert_eq!(one("x", "a: '{{b}} \\ {% raw %}'", schema).unwrap()["a"], "{{b}} \\ {% raw %}");
        assert_eq!(many("x.yml", "- a: 1\n- a: 2\n", schema).unwrap().len(), 2);
        assert_eq!(many("x.yml", "# nothing\n", schema).unwrap().len(), 0);
        assert_eq!(one("x.json", "\u{feff}{\"a\": 1}", schema).unwrap()["a"], 1);
        assert_eq!(many("x.json", "\u{feff}[{\"a\": 1}]", schema).unwrap().len(), 1);
        let vault = "$ANSIBLE_VAULT;1.1;AES256\n6162\n";
        for (error, expected) in [
            (one("x.yml", vault, schema).unwrap_err(), SourceError::Encrypted),
            (one("x.json", vault, schema).unwrap_err(), SourceError::Encrypted),
            (many("x.csv", vault, schema).unwrap_err(), SourceError::Encrypted),
            (one("x.json", "[{}]", schema).unwrap_err(), SourceError::ListForOne),
            (one("x.csv", "a\n1\n", schema).unwrap_err(), SourceError::TableForOne),
            (one("x.yml", "text", schema).unwrap_err(), SourceError::NotADictionary),
            (many("x.json", r#"{"a": 1}"#, schema).unwrap_err(), SourceError::NotAList),
            (many("x.json", "[1]", schema).unwrap_err(), SourceError::ItemNotADictionary(1)),
        ] {
            assert_eq!(error, expected);
        }
        let cut = one("x.json", r#"{"a": "secret"#, schema).unwrap_err();
        assert!(matches!(cut, SourceError::Json { line: 1, is_cut: true, .. }), "{cut:?}");
        assert_eq!(cut.to_string(), "the JSON is cut short (line 1, column 13: EOF while parsing a string)");
        let deep = one("x.json", &"[".repeat(1_000_000), schema).unwrap_err();
        assert!(matches!(deep, SourceError::Json { is_cut: false, .. }), "{deep:?}");
    }

    #[test]
    fn yes_is_a_boolean_where_the_document_has_one_and_no_is_norway() {
        let wlans = kind(Level::Org, "wlans").unwrap().schema;
        let read = one("x.yml", "ssid: no\nenabled: yes\nauth: {enable_mac_auth: off}\n", wlans).unwrap();
        let read = converted(wlans, read).unwrap();
        assert_eq!(json!(read), json!({"ssid": "no", "enabled": true, "auth": {"enable_mac_auth": false}}));
        let sites = kind(Level::Org, "sites").unwrap().schema;
        assert_eq!(one("x.yml", "country_code: NO", sites).unwrap()["country_code"], "NO");
    }

    #[test]
    fn a_file_that_is_not_read_in_time_is_an_error() {
        let (release, held) = mpsc::channel::<()>();
        let work = move || {
            let _ = held.recv();
            Ok(())
        };
        assert_eq!(in_time(work, Duration::ZERO), Err(SourceError::TooSlow(0)));
        drop(release);
        assert_eq!(in_time(|| Ok(7), Duration::from_secs(60)), Ok(7));
    }

    #[test]
    fn only_a_regular_file_of_text_within_the_limit_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        let missing = read(&path).unwrap_err().to_string();
        assert_eq!(missing, "cannot be read: No such file or directory");
        assert_eq!(read(folder.path()), Err(SourceError::NotAFile));
        assert_eq!(read(Path::new("/dev/zero")), Err(SourceError::NotAFile));
        std::fs::write(&path, "a: {{b}}\\\r\n").unwrap();
        assert_eq!(read(&path).unwrap(), "a: {{b}}\\\r\n");
        std::fs::write(&path, [b'a', 0xff]).unwrap();
        assert_eq!(read(&path), Err(SourceError::NotUtf8(2)));
        for utf16 in [&b"\xff\xfea\0"[..], b"\xfe\xff\0a", b"a\0:\0", b"\0a\0:"] {
            std::fs::write(&path, utf16).unwrap();
            assert_eq!(read(&path), Err(SourceError::Utf16));
        }
        File::create(&path).unwrap().set_len(LARGEST + 1).unwrap();
        assert_eq!(read(&path), Err(SourceError::TooLarge(16)));
    }
}
