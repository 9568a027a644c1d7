//! Random ids and keys. They only need to differ: they protect nothing outside of a test.

use std::iter::repeat_with;

const LETTERS_AND_DIGITS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// Random letters and digits.
pub(crate) fn text(length: usize) -> String {
    repeat_with(|| char::from(LETTERS_AND_DIGITS[fastrand::usize(..LETTERS_AND_DIGITS.len())])).take(length).collect()
}

/// A token's key: 84 letters and digits, the length seen in practice.
pub(crate) fn key() -> String {
    text(84)
}

pub(crate) fn uuid() -> String {
    let bits = fastrand::u128(..) & !(0xf << 76) & !(0x3 << 62) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// Returns true if a text has the form of a UUID: groups of 8, 4, 4, 4 and 12 hexadecimal digits.
pub(crate) fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_has_the_form_of_version_four() {
        for _ in 0..100 {
            let uuid = uuid();
            assert!(is_uuid(&uuid), "{uuid}");
            assert_eq!(uuid.as_bytes()[14], b'4', "{uuid}");
            assert!(matches!(uuid.as_bytes()[19], b'8' | b'9' | b'a' | b'b'), "{uuid}");
        }
    }

    #[test]
    fn other_texts_are_not_uuids() {
        for text in
            ["", "x", "00000000-0000-0000-0000-00000000000", "00000000-0000-0000-0000-00000000000g", "0-0-0-0-0"]
        {
            assert!(!is_uuid(text), "{text}");
        }
    }
}
