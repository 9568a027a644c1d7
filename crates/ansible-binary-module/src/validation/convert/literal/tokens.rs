//! Number and string literals of Python.

use crate::exact;
use crate::validation::python;
use serde_json::{Number, Value};

/// A number without a sign.
#[derive(Debug, PartialEq)]
pub enum Literal {
    /// An integer of at most 127 bits.
    Integer(i128),
    /// A float.
    Float(f64),
    /// The digits of a larger integer.
    Large(String),
}

impl Literal {
    /// The number as JSON; `None` for an infinity.
    pub fn value(self) -> Option<Value> {
        match self {
            Self::Integer(integer) => {
                Some(python::integer(integer).unwrap_or_else(|| exact::of_digits(&integer.to_string())))
            }
            Self::Float(number) => float(number),
            Self::Large(digits) => Some(exact::of_digits(&digits)),
        }
    }

    /// The negative number as JSON.
    pub fn negated(self) -> Option<Value> {
        match self {
            Self::Integer(integer) => Self::Integer(-integer),
            Self::Float(number) => Self::Float(-number),
            Self::Large(digits) => Self::Large(format!("-{digits}")),
        }
        .value()
    }
}

fn float(number: f64) -> Option<Value> {
    Number::from_f64(number).map(Value::Number)
}

/// Reads the number at the start of `text`. Returns it with its length in bytes.
pub fn read_number(text: &str) -> Option<(Literal, usize)> {
    // The characters of a number. A sign within it follows the "e" of an exponent.
    let mut end = 0;
    let bytes = text.as_bytes();
    let based = matches!(bytes, [b'0', b'x' | b'X' | b'o' | b'O' | b'b' | b'B', ..]);
    while let Some(byte) = bytes.get(end) {
        let behind_exponent = !based && end > 0 && matches!(bytes.get(end - 1), Some(b'e' | b'E'));
        let belongs = byte.is_ascii_alphanumeric()
            || matches!(byte, b'_' | b'.')
            || !byte.is_ascii()
            || (matches!(byte, b'+' | b'-') && behind_exponent);
        if !belongs {
            break;
        }
        end += 1;
    }
    let written = text.get(..end)?;
    let literal = if based { based_integer(written)? } else { decimal(written)? };
    Some((literal, end))
}

fn based_integer(written: &str) -> Option<Literal> {
    let radix = match written.as_bytes().get(1)? {
        b'x' | b'X' => 16,
        b'o' | b'O' => 8,
        _ => 2,
    };
    // An underscore can follow the prefix: 0x_ff.
    let written = written.get(2..)?;
    let digits = grouped(written.strip_prefix('_').unwrap_or(written), radix)?;
    i128::from_str_radix(&digits, radix).ok().map(Literal::Integer)
}

fn decimal(written: &str) -> Option<Literal> {
    let (mantissa, exponent) = match written.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (written, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    if exponent.is_none() && fraction.is_none() {
        return whole_number(&grouped(whole, 10)?);
    }
    let fraction = fraction.unwrap_or_default();
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let part = |digits: &str| {
        if digits.is_empty() { Some(String::new()) } else { grouped(digits, 10) }
    };
    let mut plain = part(whole)? + "." + &part(fraction)?;
    if let Some(exponent) = exponent {
        let (sign, digits) = match exponent.strip_prefix('-') {
            Some(digits) => ("-", digits),
            None => ("", exponent.strip_prefix('+').unwrap_or(exponent)),
        };
        plain = plain + "e" + sign + &grouped(digits, 10)?;
    }
    plain.parse().ok().map(Literal::Float)
}

fn whole_number(digits: &str) -> Option<Literal> {
    // Python converts no more digits (sys.int_info.default_max_str_digits).
    const LONGEST: usize = 4300;
    let zeros_only = digits.bytes().all(|digit| digit == b'0');
    if (digits.starts_with('0') && !zeros_only) || digits.len() > LONGEST {
        return None;
    }
    match digits.parse() {
        Ok(integer) => Some(Literal::Integer(integer)),
        Err(_) => Some(Literal::Large(digits.to_owned())),
    }
}

/// Digits with single underscores between them, without the underscores.
fn grouped(written: &str, radix: u32) -> Option<String> {
    let mut digits = String::with_capacity(written.len());
    for group in written.split('_') {
        if group.is_empty() || !group.chars().all(|digit| digit.is_digit(radix)) {
            return None;
        }
        digits.push_str(group);
    }
    Some(digits)
}

/// Reads the string literal at the start of `text` (after its prefix), appends its content to `out`, and returns its length in
/// bytes. In a raw string, a backslash is an ordinary character.
pub fn read_string(text: &str, raw: bool, out: &mut String) -> Option<usize> {
    let quote = text.chars().next()?;
    let triple = matches!(text.as_bytes(), [a, b, c, ..] if a == b && b == c);
    let delimiter_length = if triple { 3 } else { 1 };
    let delimiter = text.get(..delimiter_length)?;
    let mut rest = text.get(delimiter_length..)?;
    loop {
        if rest.starts_with(delimiter) {
            return Some(text.len() - rest.len() + delimiter_length);
        }
        let plain = rest.find(['\\', '\n', quote])?;
        out.push_str(&rest[..plain]);
        rest = &rest[plain..];
        if rest.starts_with(delimiter) {
            continue;
        }
        if rest.starts_with('\\') {
            rest = if raw { raw_escape(rest, out)? } else { escape(&rest[1..], out)? };
        } else if triple {
            // A line break, or a quote that is not a triple one.
            rest = push_first(rest, out)?;
        } else {
            // A line break, which only triple quotes allow.
            return None;
        }
    }
}

fn push_first<'a>(text: &'a str, out: &mut String) -> Option<&'a str> {
    let mut characters = text.chars();
    out.push(characters.next()?);
    Some(characters.as_str())
}

/// Reads a backslash and the next character, which can be a quote: neither ends a raw string.
fn raw_escape<'a>(text: &'a str, out: &mut String) -> Option<&'a str> {
    push_first(push_first(text, out)?, out)
}

/// Reads an escape after its backslash, appends its character, and returns the rest.
fn escape<'a>(text: &'a str, out: &mut String) -> Option<&'a str> {
    let mut characters = text.chars();
    let kind = characters.next()?;
    let rest = characters.as_str();
    let plain = match kind {
        '\n' => return Some(rest),
        '\\' | '\'' | '"' => kind,
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        'x' => return code_point(rest, 2, out),
        'u' => return code_point(rest, 4, out),
        'U' => return code_point(rest, 8, out),
        'N' => return None,
        '0'..='7' => {
            let length = text.bytes().take(3).take_while(|byte| (b'0'..=b'7').contains(byte)).count();
            let code = u32::from_str_radix(text.get(..length)?, 8).ok()?;
            out.push(char::from_u32(code)?);
            return text.get(length..);
        }
        _ => {
            // An unknown escape stays.
            out.push('\\');
            kind
        }
    };
    out.push(plain);
    Some(rest)
}

fn code_point<'a>(text: &'a str, length: usize, out: &mut String) -> Option<&'a str> {
    let digits = text.get(..length)?;
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    // Half of a surrogate pair is not a character. Python keeps it, but UTF-8 cannot.
    out.push(char::from_u32(u32::from_str_radix(digits, 16).ok()?)?);
    text.get(length..)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_form_of_a_number_is_read_to_its_end() {
        for (text, expected, length) in [
            ("0", json!(0), 1),
            ("00", json!(0), 2),
            ("1_000]", json!(1000), 5),
            ("0x_fF,", json!(255), 5),
            ("0o17", json!(15), 4),
            ("0B11", json!(3), 4),
            ("1.", json!(1.0), 2),
            (".5}", json!(0.5), 2),
            ("012.5", json!(12.5), 5),
            ("1_0e+0_2", json!(1000.0), 8),
            ("1e2-3", json!(100.0), 3),
            ("1E-2", json!(0.01), 4),
            ("18446744073709551615", json!(18_446_744_073_709_551_615_u64), 20),
            ("18446744073709551616", exact::of_digits("18446744073709551616"), 20),
        ] {
            let (literal, read_length) = read_number(text).unwrap();
            assert_eq!((literal.value(), read_length), (Some(expected), length), "{text}");
        }
        assert_eq!(read_number("9223372036854775808").unwrap().0.negated(), Some(json!(i64::MIN)));
        assert_eq!(read_number("1e999").unwrap().0.value(), None);
    }

    #[test]
    fn what_only_looks_like_a_number_is_refused() {
        for text in [
            "", ".", "_1", "1_", "1__0", "012", "0x", "0xg", "0b2", "1e", "1e+", "1.e_1", "1._5", "1_.5", "1j", "1a",
            "1.2.3", "1é", "e5", "+1",
        ] {
            assert_eq!(read_number(text), None, "{text}");
        }
    }
}

#[cfg(test)]
mod string_tests {
    use super::*;

    fn all(text: &str, raw: bool) -> Option<(String, &str)> {
        let mut out = String::new();
        let length = read_string(text, raw, &mut out)?;
        Some((out, &text[length..]))
    }

    #[test]
    fn quotes_and_escapes_are_read_as_python_reads_them() {
        for (text, expected, rest) in [
            ("''", "", ""),
            ("'a' 'b'", "a", " 'b'"),
            ("\"it's\"x", "it's", "x"),
            (
                r"'\a\b\f\n\r\t\v\\\'\x41\u00e9\U0001f600\101\0\7777\q\é'",
                "\u{7}\u{8}\u{c}\n\r\t\u{b}\\'Aé\u{1f600}A\0\u{1ff}7\\q\\é",
                "",
            ),
            ("'a\\\nb'", "ab", ""),
            ("'''a'b''c\n'''d", "a'b''c\n", "d"),
            ("'''a''''", "a", "'"),
            ("\"\"\"\"\"\"", "", ""),
        ] {
            assert_eq!(all(text, false), Some((expected.to_owned(), rest)), "{text}");
        }
        assert_eq!(all(r"'\n\'\x'!", true), Some((r"\n\'\x".to_owned(), "!")));
    }

    #[test]
    fn a_string_that_does_not_end_or_escapes_wrongly_is_refused() {
        for text in [
            "'",
            "'a",
            "'a\n'",
            "'a\\",
            "'''a''",
            r"'\x4'",
            r"'\x4g'",
            r"'\u12'",
            r"'\ud800'",
            r"'\U00110000'",
            r"'\N{BULLET}'",
            r"'\é",
            r"'\x+1'",
        ] {
            assert_eq!(all(text, false), None, "{text}");
        }
        assert_eq!(all(r"'a\'", true), None);
    }
}
