//! String literals of Python.

/// Reads the string literal at the start of `text` (behind its prefix), adds what it says to `out`, and gives the bytes it
/// takes. In a raw string a backslash stands for itself.
pub fn read(text: &str, raw: bool, out: &mut String) -> Option<usize> {
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
            // The line's end, or a quote that is not three.
            rest = push_first(rest, out)?;
        } else {
            // The line's end, which only three quotes go beyond.
            return None;
        }
    }
}

fn push_first<'a>(text: &'a str, out: &mut String) -> Option<&'a str> {
    let mut characters = text.chars();
    out.push(characters.next()?);
    Some(characters.as_str())
}

/// Backslash and what follows it, a quote included: neither ends a raw string.
fn raw_escape<'a>(text: &'a str, out: &mut String) -> Option<&'a str> {
    push_first(push_first(text, out)?, out)
}

/// What follows a backslash. Reads it, adds what it stands for, and gives the rest.
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
            // An escape that means nothing stays as it is written.
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
    // Half of a surrogate pair is no character; Python would keep it, UTF-8 cannot.
    out.push(char::from_u32(u32::from_str_radix(digits, 16).ok()?)?);
    text.get(length..)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str, raw: bool) -> Option<(String, &str)> {
        let mut out = String::new();
        let length = read(text, raw, &mut out)?;
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
