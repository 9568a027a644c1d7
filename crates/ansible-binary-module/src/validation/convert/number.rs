//! Integers and floats from text, by Python's rules (`decimal.Decimal(text)` and `float(text)`): they accept surrounding white
//! space, underscores, and the decimal digits of all scripts.

use crate::exact;
use crate::validation::python::{self, is_space};
use serde_json::{Number, Value};

/// `check_type_int`. A boolean is an integer in Python and stays a boolean.
///
/// Since ansible-core 2.19, a whole number can be written `1.0` or `1e3`; before, only digits were accepted. Integers beyond 64
/// bits are refused.
pub fn int(value: &Value) -> Result<Value, String> {
    let whole = match value {
        Value::Bool(_) => return Ok(value.clone()),
        Value::Number(number) if !number.is_f64() => return Ok(value.clone()),
        Value::Number(number) => number.as_f64().and_then(python::whole_number),
        Value::String(text) => whole_number(text),
        _ => None,
    };
    whole.and_then(python::integer).ok_or_else(|| format!("\"{}\" cannot be converted to an int", python::repr(value)))
}

/// `check_type_float`. Not-a-number and infinities have no JSON form and are refused.
pub fn float(value: &Value) -> Result<Value, String> {
    let float = match value {
        Value::Number(number) => number.as_f64(),
        Value::Bool(truth) => Some(f64::from(u8::from(*truth))),
        Value::String(text) => float_from(exact::digits(text).unwrap_or(text)),
        _ => None,
    };
    float
        .and_then(Number::from_f64)
        .map(Value::Number)
        .ok_or_else(|| format!("{} cannot be converted to a float", python::class_text(value)))
}

/// The integer value of a decimal number: digits with an optional sign, point and exponent. `None` for a fraction, for more
/// than 128 bits, and for other texts.
fn whole_number(text: &str) -> Option<i128> {
    let text = decimal_text(text)?;
    let (negative, text) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text.as_str()),
    };
    let (coefficient, exponent) = match text.split_once(['e', 'E']) {
        Some((coefficient, exponent)) => (coefficient, self::exponent(exponent)?),
        None => (text, 0),
    };
    let (whole, fraction) = coefficient.split_once('.').unwrap_or((coefficient, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let digits: String = [whole, fraction].concat();
    if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let significant = digits.trim_end_matches('0');
    // The remaining exponent, counted from the last significant digit, must not be negative.
    let dropped = digits.len() - significant.len();
    let exponent =
        exponent.checked_sub(i64::try_from(fraction.len()).ok()?)?.checked_add(i64::try_from(dropped).ok()?)?;
    let significant = significant.trim_start_matches('0');
    if significant.is_empty() {
        return Some(0);
    }
    // 64 bits are 20 decimal digits; 38 always fit 128 bits.
    let length = i64::try_from(significant.len()).ok()?;
    if exponent < 0 || length.checked_add(exponent)? > 38 {
        return None;
    }
    let scale = 10_i128.checked_pow(u32::try_from(exponent).ok()?)?;
    let magnitude = significant.parse::<i128>().ok()?.checked_mul(scale)?;
    Some(if negative { -magnitude } else { magnitude })
}

/// An exponent. Python's decimals allow 18 digits.
fn exponent(text: &str) -> Option<i64> {
    const LIMIT: i64 = 999_999_999_999_999_999;
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|exponent: &i64| exponent.abs() <= LIMIT)
}

/// Python's preparation of a text for `Decimal`: without surrounding white space and underscores, with ASCII digits.
fn decimal_text(text: &str) -> Option<String> {
    python::strip(text).chars().filter(|character| *character != '_').map(ascii_digit).collect()
}

/// Python's preparation of a text for `float`: underscores only between two digits, and of ASCII's white space only the six
/// characters of C's `isspace`.
fn float_from(text: &str) -> Option<f64> {
    let is_float_space = |character: char| match character {
        '\t'..='\r' | ' ' => true,
        _ => !character.is_ascii() && is_space(character),
    };
    let text: String = text.trim_matches(is_float_space).chars().map(ascii_digit).collect::<Option<_>>()?;
    let mut digits = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    let mut after_digit = false;
    while let Some(character) = characters.next() {
        if character == '_' {
            let before_digit = characters.peek().is_some_and(char::is_ascii_digit);
            if !(after_digit && before_digit) {
                return None;
            }
            after_digit = false;
        } else {
            digits.push(character);
            after_digit = character.is_ascii_digit();
        }
    }
    digits.parse().ok()
}

fn ascii_digit(character: char) -> Option<char> {
    if character.is_ascii() {
        return Some(character);
    }
    let code = u32::from(character);
    let block = ZEROS.partition_point(|zero| *zero <= code).checked_sub(1)?;
    char::from_digit(code - ZEROS.get(block)?, 10)
}

/// The zero of every script with decimal digits; its nine others follow it (Unicode 14, category Nd).
const ZEROS: [u32; 66] = [
    0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0,
    0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620,
    0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10, 0x104a0, 0x10d30, 0x11066, 0x110f0, 0x11136, 0x111d0,
    0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0, 0x11950, 0x11c50, 0x11d50, 0x11da0, 0x16a60,
    0x16ac0, 0x16b50, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e950, 0x1fbf0,
];

// Human-readable sizes in bytes or bits: `human_to_bytes` of `module_utils/common/text/formatters.py`.

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
    fn every_way_to_write_a_whole_number_is_an_int() {
        for (given, expected) in [
            (json!("42"), json!(42)),
            (json!(" +4_2\n"), json!(42)),
            (json!("_1__0_"), json!(10)),
            (json!("-0"), json!(0)),
            (json!("1.0"), json!(1)),
            (json!("1."), json!(1)),
            (json!(".0"), json!(0)),
            (json!("1e3"), json!(1000)),
            (json!("120.50e1"), json!(1205)),
            (json!("100e-2"), json!(1)),
            (json!("0e999"), json!(0)),
            (json!("٣４"), json!(34)),
            (json!("18446744073709551615"), json!(18_446_744_073_709_551_615_u64)),
            (json!("-9223372036854775808"), json!(i64::MIN)),
            (json!(7.0), json!(7)),
            (json!(true), json!(true)),
        ] {
            assert_eq!(int(&given), Ok(expected), "{given}");
        }
    }

    #[test]
    fn what_is_no_whole_number_of_64_bits_is_refused_with_its_repr() {
        for (given, shown) in [
            (json!("abc"), "'abc'"),
            (json!(""), "''"),
            (json!("1.5"), "'1.5'"),
            (json!("1 2"), "'1 2'"),
            (json!("0x10"), "'0x10'"),
            (json!("1e"), "'1e'"),
            (json!("1e+"), "'1e+'"),
            (json!("."), "'.'"),
            (json!("--1"), "'--1'"),
            (json!("inf"), "'inf'"),
            (json!("1e99999999999999999999"), "'1e99999999999999999999'"),
            (json!("18446744073709551616"), "'18446744073709551616'"),
            (json!(1.5), "1.5"),
            (json!(1e300), "1e+300"),
            (json!(null), "None"),
            (json!(["1"]), "['1']"),
        ] {
            assert_eq!(int(&given), Err(format!("\"{shown}\" cannot be converted to an int")));
        }
    }

    #[test]
    fn megabytes_of_digits_are_told_apart_in_one_pass() {
        let zeros = "0".repeat(10_000_000);
        assert_eq!(int(&json!(zeros + "7")), Ok(json!(7)));
        assert!(int(&json!("7".repeat(10_000_000))).is_err());
    }

    #[test]
    fn every_way_to_write_a_float_is_a_float() {
        for (given, expected) in [
            (json!(" 1 "), json!(1.0)),
            (json!("1_0.5_0e1_0"), json!(10.5e10)),
            (json!(".5"), json!(0.5)),
            (json!("5."), json!(5.0)),
            (json!("\u{a0}٣.５"), json!(3.5)),
            (json!(3), json!(3.0)),
            (json!(true), json!(1.0)),
        ] {
            assert_eq!(float(&given), Ok(expected), "{given}");
        }
        for given in [
            json!(""),
            json!("."),
            json!("1__0"),
            json!("_1"),
            json!("1_"),
            json!("1_.5"),
            json!("0x1"),
            json!("\u{1c}1"),
            json!("1 2"),
            json!("nan"),
            json!("inf"),
            json!("1e999"),
            json!(null),
            json!([]),
        ] {
            let reason = format!("{} cannot be converted to a float", python::class_text(&given));
            assert_eq!(float(&given), Err(reason), "{given}");
        }
    }
}

#[cfg(test)]
mod size_tests {
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
