//! Times in options.

/// The seconds since 1970 of a time in ISO 8601: `2026-11-30`, `2026-11-30T18:00:00Z`, `2026-11-30 18:00:00.5+01:00`. Without an
/// offset, it is UTC. `None` if it is not one.
#[must_use]
pub fn iso_8601(text: &str) -> Option<i64> {
    let text = text.trim();
    let (date, rest) = (text.get(..10)?, text.get(10..)?);
    let number =
        |text: &str| text.bytes().all(|digit| digit.is_ascii_digit()).then(|| text.parse::<i64>().ok()).flatten();
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if (year.len(), month.len(), day.len(), parts.next()) != (4, 2, 2, None) {
        return None;
    }
    let (year, month, day) = (number(year)?, number(month)?, number(day)?);
    let is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let days = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=days).contains(&day) {
        return None;
    }
    let seconds = days_since_1970(year, month, day) * 86_400;
    if rest.is_empty() {
        return Some(seconds);
    }
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (time, offset) = match rest.find(['Z', 'z', '+', '-']) {
        Some(at) => rest.split_at(at),
        None => (rest, "Z"),
    };
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let mut parts = time.split(':');
    let (hour, minute, second) = (parts.next()?, parts.next()?, parts.next().unwrap_or("00"));
    if parts.next().is_some() || [hour, minute, second].iter().any(|part| part.len() != 2) || fraction.is_empty() {
        return None;
    }
    number(fraction)?;
    let (hour, minute, second) = (number(hour)?, number(minute)?, number(second)?);
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let offset = match offset {
        "Z" | "z" => 0,
        _ => {
            let (sign, bare) = (if offset.starts_with('-') { -1 } else { 1 }, offset.get(1..)?.replace(':', ""));
            let (hours, minutes) = match bare.len() {
                2 => (number(&bare)?, 0),
                4 => (number(bare.get(..2)?)?, number(bare.get(2..)?)?),
                _ => return None,
            };
            if hours > 23 || minutes > 59 {
                return None;
            }
            sign * (hours * 3600 + minutes * 60)
        }
    };
    Some(seconds + hour * 3600 + minute * 60 + second - offset)
}

/// Days of a civil date, by eras of 400 years that begin in March.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let month = (month + 9) % 12;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_date_with_or_without_a_clock_and_an_offset() {
        for (text, seconds) in [
            ("1970-01-01", 0),
            ("2026-11-30", 1_795_996_800),
            ("2026-11-30T18:00:00Z", 1_796_061_600),
            ("2026-11-30 18:00", 1_796_061_600),
            (" 2026-11-30t19:00:00.75+01:00 ", 1_796_061_600),
            ("2026-11-30T13:30:00-0430", 1_796_061_600),
            ("2024-02-29T00:00:00+00", 1_709_164_800),
            ("1969-12-31T23:59:59Z", -1),
        ] {
            assert_eq!(iso_8601(text), Some(seconds), "{text}");
        }
        for text in [
            "",
            "tomorrow",
            "1795996800",
            "2026-13-01",
            "2025-02-29",
            "2026-11-31",
            "2026-1-1",
            "2026-11-30T",
            "2026-11-30T24:00",
            "2026-11-30T18:60",
            "2026-11-30T18:00:00+1",
            "2026-11-30T18:00:00.Z",
            "2026-11-30T1:00:00Z",
            "2026-11-30X18:00:00Z",
            "2026-11-30T18:00:00Zx",
            "20\u{e9}6-11-30",
            "+026-11-30",
            "2026-11-30T18:00:00+25:00",
        ] {
            assert_eq!(iso_8601(text), None, "{text}");
        }
    }
}
