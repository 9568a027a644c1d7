//! Patterns for names with the rules of Python's `fnmatch.fnmatchcase`: `*` matches any text, `?` one character, `[seq]` one
//! of these characters, `[!seq]` any other character. Case matters. A backslash escapes nothing: `[*]` is an asterisk.

/// A parsed pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct Glob(Vec<Part>);

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Anything,
    One(Set),
}

/// The characters at one position.
#[derive(Clone, Debug, PartialEq)]
enum Set {
    Any,
    Only(char),
    /// Ranges, both ends included.
    Within(Vec<(char, char)>),
    Without(Vec<(char, char)>),
}

impl Set {
    fn has(&self, character: char) -> bool {
        let within = |ranges: &[(char, char)]| ranges.iter().any(|(from, to)| (*from..=*to).contains(&character));
        match self {
            Self::Any => true,
            Self::Only(only) => *only == character,
            Self::Within(ranges) => within(ranges),
            Self::Without(ranges) => !within(ranges),
        }
    }
}

impl Glob {
    /// Parses a pattern. Every text is valid: a `[` without `]` is a plain `[`.
    #[must_use]
    pub fn new(pattern: &str) -> Self {
        let pattern: Vec<char> = pattern.chars().collect();
        let mut parts = Vec::new();
        let mut rest = pattern.as_slice();
        while let [first, after @ ..] = rest {
            rest = after;
            let part = match first {
                '*' => Part::Anything,
                '?' => Part::One(Set::Any),
                '[' => match set(after) {
                    Some((set, after)) => {
                        rest = after;
                        Part::One(set)
                    }
                    None => Part::One(Set::Only('[')),
                },
                plain => Part::One(Set::Only(*plain)),
            };
            // Several in a row are the same as one.
            if part != Part::Anything || parts.last() != Some(&Part::Anything) {
                parts.push(part);
            }
        }
        Self(parts)
    }

    /// Returns true if the whole text matches.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        let (mut part, mut at) = (0, 0);
        // After a mismatch, continue after the last `*`, which then matches one more character. Earlier ones need no retry: the
        // last one can match whatever they could. The number of steps is at most parts times characters.
        let mut retry = None;
        loop {
            match (self.0.get(part), text.get(at)) {
                (Some(Part::Anything), _) => {
                    retry = Some((part + 1, at));
                    part += 1;
                }
                (Some(Part::One(set)), Some(character)) if set.has(*character) => {
                    part += 1;
                    at += 1;
                }
                (None, None) => return true,
                _ => match &mut retry {
                    Some((after, from)) if *from < text.len() => {
                        *from += 1;
                        (part, at) = (*after, *from);
                    }
                    _ => return false,
                },
            }
        }
    }
}

/// Parses the text after a `[` up to its `]`: returns the set and the rest, or `None` without a `]`.
fn set(pattern: &[char]) -> Option<(Set, &[char])> {
    let negated = pattern.first() == Some(&'!');
    let body = &pattern[usize::from(negated)..];
    // A `]` at the first position is one of the characters.
    let close = 1 + body.get(1..)?.iter().position(|character| *character == ']')?;
    let mut ranges = Vec::new();
    let mut members = &body[..close];
    while let [first, after @ ..] = members {
        members = match after {
            ['-', last, after @ ..] => {
                // A descending range contains no character.
                ranges.push((*first, *last));
                after
            }
            _ => {
                ranges.push((*first, *first));
                after
            }
        };
    }
    Some((if negated { Set::Without(ranges) } else { Set::Within(ranges) }, &body[close + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every line was tried with Python's `fnmatch.fnmatchcase`.
    #[test]
    fn patterns_fit_what_they_fit_in_python() {
        for (pattern, fits, fits_not) in [
            ("", &[""][..], &["a"][..]),
            ("ci", &["ci"], &["CI", "ci-1", "aci", ""]),
            ("*", &["", "a", "a b\n"], &[]),
            ("ci-*", &["ci-", "ci-1", "ci-1-2"], &["ci", "xci-1"]),
            ("*-ci", &["-ci", "a-ci", "-ci-ci"], &["ci", "a-ci-"]),
            ("a*b*c", &["abc", "aXbXc", "abcbc", "abbc"], &["acb", "abcd", "ab"]),
            ("**a**", &["a", "xax"], &["x", ""]),
            ("?", &["a", "ä", "*"], &["", "ab"]),
            ("ci-??", &["ci-12"], &["ci-1", "ci-123"]),
            ("[abc]-1", &["a-1", "c-1"], &["d-1", "-1", "ab-1"]),
            ("[!abc]", &["d", "!"], &["a", "", "dd"]),
            ("v[0-9]", &["v0", "v9"], &["va", "v10", "v-"]),
            ("[a-cx-z]", &["b", "y"], &["d", "-"]),
            ("[]]", &["]"], &["[]]", ""]),
            ("[!]]", &["a"], &["]"]),
            ("[]-]", &["]", "-"], &["a"]),
            ("[-a]", &["-", "a"], &["b"]),
            ("[a-]", &["-", "a"], &["b"]),
            ("[a", &["[a"], &["a"]),
            ("[]", &["[]"], &["", "]"]),
            ("[!", &["[!"], &["!"]),
            ("[!]", &["[!]"], &["a"]),
            ("[z-a]", &[], &["z", "a", "-", "m"]),
            ("[!z-a]", &["z", "-"], &[""]),
            ("[*?]", &["*", "?"], &["a"]),
            ("a.b+c", &["a.b+c"], &["axb+c", "a.bbc"]),
            ("a\\*", &["a\\", "a\\b"], &["a*"]),
        ] {
            let glob = Glob::new(pattern);
            for text in fits {
                assert!(glob.matches(text), "'{pattern}' fits '{text}'");
            }
            for text in fits_not {
                assert!(!glob.matches(text), "'{pattern}' does not fit '{text}'");
            }
        }
    }

    #[test]
    fn a_pattern_of_many_stars_comes_to_an_end() {
        let text = "a".repeat(5_000);
        assert!(!Glob::new(&format!("{}b", "a*".repeat(1_000))).matches(&text));
        assert!(Glob::new(&"a*".repeat(1_000)).matches(&text));
    }
}
