//! Reads the file that objects come from.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// A file that is larger is no list of objects.
pub const LARGEST: u64 = 16 * 1024 * 1024;

/// The text of a regular file.
///
/// # Errors
/// Why there is none, in words that follow the path.
pub fn read(path: &Path) -> Result<String, String> {
    let plain = std::fs::metadata(path).map_err(|error| format!("cannot be read: {error}"))?;
    // Opening a pipe would wait for its other end.
    if !plain.is_file() {
        return Err("is no regular file".to_owned());
    }
    let too_large = || format!("is larger than {} MiB", LARGEST / 1024 / 1024);
    if plain.len() > LARGEST {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| format!("cannot be read: {error}"))?;
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|error| format!("cannot be read: {error}"))?;
    if bytes.len() as u64 > LARGEST {
        return Err(too_large());
    }
    String::from_utf8(bytes).map_err(|error| format!("is not UTF-8 (byte {})", error.utf8_error().valid_up_to() + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_regular_file_of_text_within_the_limit_is_read() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("x");
        assert!(read(&path).unwrap_err().starts_with("cannot be read"));
        assert_eq!(read(place.path()).unwrap_err(), "is no regular file");
        assert_eq!(read(Path::new("/dev/zero")).unwrap_err(), "is no regular file");
        std::fs::write(&path, "a: {{b}}\\\r\n").unwrap();
        assert_eq!(read(&path).unwrap(), "a: {{b}}\\\r\n");
        std::fs::write(&path, [b'a', 0xff]).unwrap();
        assert_eq!(read(&path).unwrap_err(), "is not UTF-8 (byte 2)");
        File::create(&path).unwrap().set_len(LARGEST + 1).unwrap();
        assert_eq!(read(&path).unwrap_err(), "is larger than 16 MiB");
    }
}
