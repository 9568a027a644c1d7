//! Names of objects as names of files: readable, reversible, and valid on every usual file system. No I/O.
//!
//! `%` and two hexadecimal digits replace a byte that cannot be in a name of a file. `~` begins a suffix that is not part of the
//! name: it distinguishes names that differ only in case, and long names, which are cut.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The longest name of a file, in bytes, without its extension.
pub const LONGEST: usize = 200;

/// Names that Windows reserves, also with an extension.
const RESERVED: [&str; 28] = [
    "con", "prn", "aux", "nul", "com0", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9", "com¹",
    "com²", "com³", "lpt0", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9", "lpt¹",
];

/// The name of a file for the name of an object.
#[must_use]
pub fn of(name: &str) -> String {
    let escaped = escaped(name);
    if escaped.len() <= LONGEST {
        return escaped;
    }
    let suffix = format!("~{}", hash(name, 8));
    let mut cut = String::new();
    // An escape is one unit, so that it is never cut.
    for part in units(&escaped) {
        if cut.len() + part.len() + suffix.len() > LONGEST {
            break;
        }
        cut.push_str(part);
    }
    cut.push_str(&suffix);
    cut
}

/// The names of files for names of objects in one folder. Of names that differ only in case, all except the first have a suffix.
#[must_use]
pub fn of_all<'a>(names: impl IntoIterator<Item = &'a str>) -> BTreeMap<&'a str, String> {
    let mut by_fold: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for name in names {
        by_fold.entry(of(name).to_lowercase()).or_default().push(name);
    }
    let mut all = BTreeMap::new();
    for mut twins in by_fold.into_values() {
        twins.sort_unstable();
        twins.dedup();
        for (number, name) in twins.into_iter().enumerate() {
            all.insert(name, if number == 0 { of(name) } else { with_suffix(name, &hash(name, 4)) });
        }
    }
    all
}

/// The name of a file with a further suffix, for one of several objects that have the name.
#[must_use]
pub fn with_suffix(name: &str, suffix: &str) -> String {
    format!("{}~{suffix}", of(name))
}

/// The name of the object of a file. `None` if the name was cut, or cannot be that of an exported file.
#[must_use]
pub fn name_of(file: &str) -> Option<String> {
    let (escaped, suffix) = file.split_once('~').unwrap_or((file, ""));
    let was_cut = suffix.split('~').any(|suffix| suffix.len() == 8);
    if was_cut {
        return None;
    }
    let mut bytes = Vec::with_capacity(escaped.len());
    let mut rest = escaped.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        let (high, low) = (digit(rest.next())?, digit(rest.next())?);
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(bytes).ok()
}

/// The first hexadecimal digits of a hash of a text.
#[must_use]
pub fn hash(text: &str, digits: usize) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    let mut all = String::with_capacity(64);
    for byte in digest.as_ref() {
        let _ = write!(all, "{byte:02x}");
    }
    all.truncate(digits);
    all
}

fn escaped(name: &str) -> String {
    let is_edge = |character: char| character == '.' || character.is_whitespace();
    let leading = name.chars().take_while(|character| is_edge(*character)).count();
    let count = name.chars().count();
    let trailing = name.chars().rev().take_while(|character| is_edge(*character)).count();
    let mut all = String::with_capacity(name.len());
    for (number, character) in name.chars().enumerate() {
        let is_at_edge = number < leading || number >= count - trailing.min(count);
        if is_at_edge || is_special(character) { escape(character, &mut all) } else { all.push(character) }
    }
    let stem = all.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    let is_reserved = RESERVED.contains(&stem.as_str()) || matches!(stem.as_str(), "lpt²" | "lpt³");
    match all.chars().next() {
        Some(first) if is_reserved => {
            let mut escaped = String::new();
            escape(first, &mut escaped);
            escaped + all.get(first.len_utf8()..).unwrap_or_default()
        }
        // An object without a name.
        None => "%".to_owned(),
        Some(_) => all,
    }
}

/// Control characters include those that change the direction of text or are invisible.
fn is_special(character: char) -> bool {
    matches!(character, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' | '%' | '~')
        || character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn escape(character: char, all: &mut String) {
    let mut bytes = [0; 4];
    for byte in character.encode_utf8(&mut bytes).bytes() {
        let _ = write!(all, "%{byte:02X}");
    }
}

/// The characters of an escaped name, with all the bytes of an escaped character together.
fn units(escaped: &str) -> Vec<&str> {
    let mut all = Vec::new();
    let mut rest = escaped;
    while let Some(first) = rest.chars().next() {
        let length = if first == '%' {
            let bytes = rest.get(1..3).and_then(|digits| u8::from_str_radix(digits, 16).ok()).unwrap_or_default();
            let count = match bytes {
                0xf0.. => 4,
                0xe0.. => 3,
                0xc0.. => 2,
                _ => 1,
            };
            (3 * count).min(rest.len())
        } else {
            first.len_utf8()
        };
        let (unit, remaining) = rest.split_at(length);
        all.push(unit);
        rest = remaining;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_readable() {
        for (name, file) in [
            ("Branch 1", "Branch 1"),
            ("Zürich – 東京 🏢", "Zürich – 東京 🏢"),
            ("a/b\\c", "a%2Fb%5Cc"),
            ("a:b*c?d\"e<f>g|h", "a%3Ab%2Ac%3Fd%22e%3Cf%3Eg%7Ch"),
            ("..", "%2E%2E"),
            (".git", "%2Egit"),
            (" x. ", "%20x%2E%20"),
            ("100%", "100%25"),
            ("a~b", "a%7Eb"),
            ("con", "%63on"),
            ("Com1.x", "%43om1.x"),
            ("console", "console"),
            ("a\nb\0", "a%0Ab%00"),
            ("\u{202e}x", "%E2%80%AEx"),
            ("", "%"),
            ("-rf", "-rf"),
        ] {
            assert_eq!(of(name), file, "{name:?}");
        }
    }

    #[test]
    fn every_name_comes_back_and_no_two_share_a_file() {
        let mut random = fastrand::Rng::with_seed(7);
        let alphabet: Vec<char> = "aAbB. /\\:*?\"<>|%~\u{0}\n\tüß東🏢\u{202e}conNUL1ſK".chars().collect();
        for _ in 0..2_000 {
            let names: Vec<String> = (0..6)
                .map(|_| (0..random.usize(1..6)).map(|_| alphabet[random.usize(..alphabet.len())]).collect())
                .collect();
            let files = of_all(names.iter().map(String::as_str));
            let mut folded: Vec<String> = files.values().map(|file| file.to_lowercase()).collect();
            folded.sort();
            let all = folded.len();
            folded.dedup();
            assert_eq!(folded.len(), all, "{files:?}");
            for (name, file) in files {
                assert_eq!(name_of(&file).as_deref(), Some(name), "{file}");
                let first = file.chars().next().unwrap();
                let last = file.chars().last().unwrap();
                assert!(!matches!(first, '.' | ' ') && !matches!(last, '.' | ' '), "{file}");
                assert!(!file.contains(['/', '\\', ':', '*', '?', '"', '<', '>', '|', '\0', '\n']), "{file}");
            }
        }
    }

    #[test]
    fn a_long_name_is_cut_between_characters_and_has_a_hash() {
        for unit in ["x", "é", "東", "/", "\u{202e}"] {
            let (one, other) = (unit.repeat(300), unit.repeat(301));
            let (first, second) = (of(&one), of(&other));
            assert!(first.len() <= LONGEST && first.len() > LONGEST - 24, "{first}");
            assert_ne!(first, second);
            assert_eq!(name_of(&first), None);
        }
        assert_eq!(of(&"x".repeat(LONGEST)), "x".repeat(LONGEST));
    }

    #[test]
    fn names_that_differ_in_case_have_files_that_differ_everywhere() {
        let files = of_all(["guest", "Guest", "GUEST", "Lobby"]);
        assert_eq!((files["GUEST"].as_str(), files["Lobby"].as_str()), ("GUEST", "Lobby"));
        assert_eq!(files["guest"], format!("guest~{}", hash("guest", 4)));
        let without = of_all(["guest", "GUEST", "Lobby"]);
        assert_eq!(files["guest"], without["guest"], "another twin that disappears changes nothing");
    }

    #[test]
    fn a_file_that_no_export_writes_has_no_name() {
        for file in ["a%zz", "a%4", "%ff"] {
            assert_eq!(name_of(file), None, "{file}");
        }
    }
}
