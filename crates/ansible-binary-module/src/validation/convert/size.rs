//! Human-readable sizes in bytes or bits: `human_to_bytes` of
//! `module_utils/common/text/formatters.py`.

use crate::validation::python;
use serde_json::Value;

/// `check_type_bytes`: `2K` is 2048, `1.5MB` is 1572864.
pub fn bytes(value: &Value) -> Result<Value, String> {
    size(value, &BYTE).ok_or_else(|| format!("{} cannot be converted to a Byte value", python::class_text(value)))
}

/// `check_type_bits`: `1Mb` is 1048576.
pub fn bits(value: &Value) -> Result<Value, String> {
    size(value, &BIT).ok_or_else(|| format!("{} cannot be converted to a Bit value", python::class_text(value)))
}

struct Unit {
    symbol: &'static str,
    word: &'static str,
}

const BYTE: Unit = Unit { symbol: "B", word: "byte" };
const BIT: Unit = Unit { symbol: "b", word: "bit" };

/// The first letter of a unit in upper case, the word before `byte` or `bit` (with ansible-core's spelling), and its power of 1024.
const PREFIXES: [(char, &str, i32); 9] = [
    ('B', "", 0),
    ('K', "kilo", 1),
    ('M', "mega", 2),
    ('G', "giga", 3),
    ('T', "tera", 4),
    ('P', "peta", 5),
    ('E', "exa", 6),
    ('Z', "zeta", 7),
    ('Y', "yotta", 8),
];

fn size(value: &Value, unit: &Unit) -> Option<Value> {
    let text = python::str_of(value);
    let text = text.trim_end_matches(python::is_space);
    let number_end = text.find(|character: char| !character.is_ascii_digit() && character != '.').unwrap_or(text.len());
    let (number, rest) = text.split_at(number_end);
    let suffix = rest.trim_start_matches(python::is_space);
    if !suffix.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return None;
    }
    let number = plain_number(number)?;
    let factor = match suffix.chars().next() {
        None => 1.0,
        Some(first) => {
            let first = first.to_ascii_uppercase();
            let (letter, word, power) = PREFIXES.iter().find(|(letter, ..)| *letter == first)?;
            // A single letter is accepted in either case, for bytes and for bits.
            if suffix.len() > 1 && !names(suffix, *letter, word, unit) {
                return None;
            }
            1024_f64.powi(*power)
        }
    };
    // Python rounds halves to the even neighbor.
    python::whole_number((number * factor).round_ties_even()).and_then(python::integer)
}

/// True if a suffix of several letters is the unit's symbol (`KB`) or its word (`kilobyte`, in any case).
fn names(suffix: &str, letter: char, word: &str, unit: &Unit) -> bool {
    // "B" and "b" are single letters, which the caller handles.
    let symbol = suffix.strip_prefix(letter) == Some(unit.symbol) && letter != 'B';
    let lower = suffix.to_ascii_lowercase();
    symbol || lower.strip_prefix(word) == Some(unit.word)
}

/// Digits with at most one point, ending in a digit: `1`, `1.5`, `.5`, but not `1.`.
fn plain_number(text: &str) -> Option<f64> {
    let well_formed =
        text.ends_with(|last: char| last.is_ascii_digit()) && text.bytes().filter(|byte| *byte == b'.').count() <= 1;
    if well_formed { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_size_is_its_number_times_its_unit() {
        for (given, expected) in [
            (json!("0"), 0_u64),
            (json!(1024), 1024),
            (json!(1.5), 2),
            (json!("2.5"), 2),
            (json!("3.5"), 4),
            (json!("1b"), 1),
            (json!("1 K "), 1024),
            (json!("2kB"), 0),
            (json!("1KB"), 1024),
            (json!(".5 MB\n"), 524_288),
            (json!("1\u{a0}gigabyte"), 1 << 30),
            (json!("1MegaByte"), 1 << 20),
            (json!("1E"), 1 << 60),
        ] {
            let expected = if expected == 0 && given != json!("0") { None } else { Some(json!(expected)) };
            assert_eq!(size(&given, &BYTE), expected, "{given}");
        }
        assert_eq!(bits(&json!("1Mb")), Ok(json!(1_048_576)));
        assert_eq!(bits(&json!("1 kilobit")), Ok(json!(1024)));
        assert_eq!(bits(&json!("1M")), Ok(json!(1_048_576)));
    }

    #[test]
    fn the_wrong_unit_and_what_is_no_size_are_refused() {
        for given in [
            json!("1Mb"),
            json!("1KBs"),
            json!("1BB"),
            json!("1X"),
            json!("1."),
            json!("1.2.3"),
            json!(""),
            json!(" 1"),
            json!("-1"),
            json!("+1"),
            json!("1e3"),
            json!("1K 1"),
            json!("K"),
            json!(true),
            json!(null),
            json!([1]),
            json!("1YB"),
        ] {
            let reason = format!("{} cannot be converted to a Byte value", python::class_text(&given));
            assert_eq!(bytes(&given), Err(reason), "{given}");
        }
        assert_eq!(bits(&json!("1MB")), Err("<class 'str'> cannot be converted to a Bit value".to_owned()));
    }
}
