//! How much JSON is taken apart: `[1,1,…]` is thirty times as large in memory as it is as text.

/// As many values as are taken apart in one answer: about 200 MB of memory at the worst, and ten times what the largest
/// list of an organisation holds.
pub(super) const MOST_VALUES: usize = 2_000_000;

/// Whether the body holds more than [`MOST_VALUES`] values. What is smaller than that many characters cannot.
pub(super) fn holds_too_much(body: &[u8]) -> bool {
    body.len() > MOST_VALUES && values(body) > MOST_VALUES
}

/// How many values there can be at most: each but the first has a comma, a bracket or a brace before it.
fn values(body: &[u8]) -> usize {
    let (mut count, mut in_string, mut escaped) = (1, false, false);
    for byte in body {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b',' | b'[' | b'{' if !in_string => count += 1,
            _ => {}
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_counted_outside_of_texts() {
        for (body, count) in [("1", 1), ("[1,2]", 3), (r#"{"a": "[,{\",", "b": []}"#, 4), ("", 1)] {
            assert_eq!(values(body.as_bytes()), count, "{body}");
        }
    }

    #[test]
    fn only_what_would_fill_the_memory_is_too_much() {
        assert!(!holds_too_much(format!("[{}1]", "1,".repeat(1_000_000)).as_bytes()));
        assert!(!holds_too_much(format!("\"{}\"", ",".repeat(4_000_000)).as_bytes()));
        assert!(holds_too_much(format!("[{}1]", "1,".repeat(2_100_000)).as_bytes()));
        assert!(holds_too_much("[".repeat(2_100_000).as_bytes()));
    }
}
