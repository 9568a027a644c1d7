//! Durations as people write them: `90d`, `12h`, `30m`, or seconds.

/// Reads an option's value; gives seconds.
///
/// # Errors
/// A sentence that names the option and says what to give.
pub fn seconds(option: &str, text: &str) -> Result<f64, String> {
    let refuse = || {
        let shown: String = text.chars().take(40).flat_map(char::escape_debug).collect();
        format!("{option}: '{shown}' is not a duration; give such as 90d, 12h, 30m, 45s, 2w, or a number of seconds")
    };
    let text = text.trim();
    let (number, unit) = match text.char_indices().last() {
        Some((at, unit)) if unit.is_ascii_alphabetic() => (&text[..at], unit),
        _ => (text, 's'),
    };
    let factor = match unit {
        's' => 1.0,
        'm' => 60.0,
        'h' => 3_600.0,
        'd' => 86_400.0,
        'w' => 604_800.0,
        _ => return Err(refuse()),
    };
    let number = number.trim();
    // Digits with at most one point: no sign, no exponent, no infinity.
    let plain = !number.is_empty() && number.chars().all(|digit| digit.is_ascii_digit() || digit == '.');
    number.parse::<f64>().ok().filter(|_| plain).map(|number| number * factor).ok_or_else(refuse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_numbers_with_a_unit_or_seconds() {
        for (text, expected) in [
            ("90d", 7_776_000.0),
            ("12h", 43_200.0),
            ("30m", 1800.0),
            ("45s", 45.0),
            ("2w", 1_209_600.0),
            ("3600", 3600.0),
            ("0", 0.0),
            (" 1.5 h ", 5400.0),
        ] {
            assert_eq!(seconds("max_age", text), Ok(expected), "{text}");
        }
        for text in ["", "d", "-1d", "1y", "1e9", "inf", "nan", "1.2.3h", "ninety days", "1d12h"] {
            let error = seconds("max_age", text).unwrap_err();
            assert!(error.starts_with("max_age: '"), "{error}");
        }
    }
}
