//! Keys of `port_config`: `ge-0/0/3`, ranges `ge-0/0/0-10`, and lists of both, separated by commas. No I/O.
//!
//! Every other name (`ae0`, `ge-0/0/0.100`, `et-0/0/0:1`, `eth0`) is a port of its own. A key with a variable of Mist is one name.

use std::collections::BTreeSet;
use std::fmt;

/// The most ports of one declared key.
pub const MOST_PORTS: u32 = 1024;

/// One port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Port {
    /// A physical port: the part of the name before its number, and the number.
    Numbered {
        stem: String,
        number: u32,
    },
    Named(String),
}

/// Consecutive ports, or one with another name.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Span {
    Numbered { stem: String, first: u32, last: u32 },
    Named(String),
}

/// The ports of a key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PortKey(Vec<Span>);

/// The reason that a declared key is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyFault {
    Empty,
    /// It has more than [`MOST_PORTS`] ports.
    TooMany,
    /// The range ends before it begins, or between two kinds of ports.
    Range,
}

impl PortKey {
    /// The ports of a key of the cloud. Every text is a key.
    #[must_use]
    pub fn of(text: &str) -> Self {
        if text.contains("{{") {
            return Self(vec![Span::Named(text.to_owned())]);
        }
        Self(text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(Span::of).collect())
    }

    /// The ports of a declared key.
    ///
    /// # Errors
    /// It has no port, too many, or a range that is not one.
    pub fn declared(text: &str) -> Result<BTreeSet<Port>, KeyFault> {
        let key = Self::of(text);
        if key.0.is_empty() {
            return Err(KeyFault::Empty);
        }
        let is_wrong = |span: &Span| matches!(span, Span::Named(name) if looks_like_range(name));
        if key.0.iter().any(is_wrong) {
            return Err(KeyFault::Range);
        }
        key.ports(MOST_PORTS).ok_or(KeyFault::TooMany)
    }

    /// All ports, or `None` if there are more than `most`.
    #[must_use]
    pub fn ports(&self, most: u32) -> Option<BTreeSet<Port>> {
        let count = |span: &Span| match span {
            Span::Numbered { first, last, .. } => u64::from(last - first) + 1,
            Span::Named(_) => 1,
        };
        if self.0.iter().map(count).sum::<u64>() > u64::from(most) {
            return None;
        }
        let ports = self.0.iter().flat_map(|span| match span {
            Span::Numbered { stem, first, last } => {
                (*first..=*last).map(|number| Port::Numbered { stem: stem.clone(), number }).collect::<Vec<_>>()
            }
            Span::Named(name) => vec![Port::Named(name.clone())],
        });
        Some(ports.collect())
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[must_use]
    pub fn contains(&self, port: &Port) -> bool {
        self.0.iter().any(|span| match (span, port) {
            (Span::Numbered { stem, first, last }, Port::Numbered { stem: other, number }) => {
                stem == other && (first..=last).contains(&number)
            }
            (Span::Named(name), Port::Named(other)) => name == other,
            _ => false,
        })
    }

    /// The ports that both keys have.
    #[must_use]
    pub fn both(&self, other: &Self) -> Self {
        let mut all = Vec::new();
        for one in &self.0 {
            for two in &other.0 {
                match (one, two) {
                    (
                        Span::Numbered { stem, first, last },
                        Span::Numbered { stem: their_stem, first: their_first, last: their_last },
                    ) if stem == their_stem => {
                        let (first, last) = (*first.max(their_first), *last.min(their_last));
                        if first <= last {
                            all.push(Span::Numbered { stem: stem.clone(), first, last });
                        }
                    }
                    (Span::Named(one), Span::Named(two)) if one == two => all.push(Span::Named(one.clone())),
                    _ => {}
                }
            }
        }
        Self(all)
    }

    /// The key without the ports of the other.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        other.0.iter().fold(self.clone(), |rest, span| Self(rest.0.iter().flat_map(|mine| mine.minus(span)).collect()))
    }

    /// The first port.
    #[must_use]
    pub fn first(&self) -> Option<Port> {
        self.0.first().map(|span| match span {
            Span::Numbered { stem, first, .. } => Port::Numbered { stem: stem.clone(), number: *first },
            Span::Named(name) => Port::Named(name.clone()),
        })
    }
}

impl FromIterator<Port> for PortKey {
    /// Consecutive ports become ranges.
    fn from_iter<I: IntoIterator<Item = Port>>(ports: I) -> Self {
        let mut spans: Vec<Span> = Vec::new();
        for port in ports.into_iter().collect::<BTreeSet<Port>>() {
            match (spans.last_mut(), port) {
                (Some(Span::Numbered { stem, last, .. }), Port::Numbered { stem: next, number })
                    if *stem == next && last.checked_add(1) == Some(number) =>
                {
                    *last = number;
                }
                (_, Port::Numbered { stem, number }) => {
                    spans.push(Span::Numbered { stem, first: number, last: number });
                }
                (_, Port::Named(name)) => spans.push(Span::Named(name)),
            }
        }
        Self(spans)
    }
}

impl fmt::Display for PortKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, span) in self.0.iter().enumerate() {
            if position > 0 {
                formatter.write_str(",")?;
            }
            match span {
                Span::Numbered { stem, first, last } if first == last => write!(formatter, "{stem}{first}")?,
                Span::Numbered { stem, first, last } => write!(formatter, "{stem}{first}-{last}")?,
                Span::Named(name) => formatter.write_str(name)?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Port {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Numbered { stem, number } => write!(formatter, "{stem}{number}"),
            Self::Named(name) => formatter.write_str(name),
        }
    }
}

impl Port {
    /// The port with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let key = PortKey::of(name);
        (key.0.len() == 1).then(|| key.first()).flatten().filter(|port| port.to_string() == name.trim())
    }

    /// Slot, PIC and number of a physical port.
    #[must_use]
    pub fn position(&self) -> Option<(u32, u32, u32)> {
        let Self::Numbered { stem, number } = self else { return None };
        let (_, place) = stem.split_once('-')?;
        let mut steps = place.trim_end_matches('/').split('/').map(number_of);
        Some((steps.next()??, steps.next()??, *number))
    }
}

impl Span {
    fn of(text: &str) -> Self {
        let named = || Self::Named(text.to_owned());
        let Some((stem, first, rest)) = physical(text) else { return named() };
        let last = match rest.strip_prefix('-') {
            None if rest.is_empty() => Some(first),
            None => None,
            Some(end) => number_of(end).or_else(|| {
                let (other, last, rest) = physical(end)?;
                (other == stem && rest.is_empty()).then_some(last)
            }),
        };
        match last.filter(|last| first <= *last) {
            Some(last) => Self::Numbered { stem, first, last },
            None => named(),
        }
    }

    fn minus(&self, other: &Self) -> Vec<Self> {
        match (self, other) {
            (
                Self::Numbered { stem, first, last },
                Self::Numbered { stem: their_stem, first: their_first, last: their_last },
            ) if stem == their_stem => {
                let mut rest = Vec::new();
                if first < their_first {
                    let last = *last.min(&(their_first - 1));
                    rest.push(Self::Numbered { stem: stem.clone(), first: *first, last });
                }
                if their_last < last {
                    let first = *first.max(&(their_last + 1));
                    rest.push(Self::Numbered { stem: stem.clone(), first, last: *last });
                }
                rest
            }
            (Self::Named(one), Self::Named(two)) if one == two => Vec::new(),
            _ => vec![self.clone()],
        }
    }
}

/// `ge-0/0/12` and the rest of a text that begins with it, the stem in lower case.
fn physical(text: &str) -> Option<(String, u32, &str)> {
    let (kind, place) = text.split_once('-')?;
    let is_kind = kind.starts_with(|first: char| first.is_ascii_alphabetic())
        && kind.chars().all(|character| character.is_ascii_alphanumeric());
    let mut steps = place.splitn(3, '/');
    let (slot, pic, rest) = (steps.next()?, steps.next()?, steps.next()?);
    let digits = rest.find(|character: char| !character.is_ascii_digit()).unwrap_or(rest.len());
    let (number, rest) = rest.split_at(digits);
    let place = (number_of(slot)?, number_of(pic)?, number_of(number)?);
    is_kind.then(|| (format!("{}-{}/{}/", kind.to_ascii_lowercase(), place.0, place.1), place.2, rest))
}

/// A number without leading zeros.
fn number_of(text: &str) -> Option<u32> {
    let is_number = !text.is_empty()
        && text.len() <= 9
        && text.bytes().all(|digit| digit.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'));
    is_number.then(|| text.parse().ok()).flatten()
}

/// True for a physical port followed by `-`: a range whose end is wrong.
fn looks_like_range(name: &str) -> bool {
    physical(name).is_some_and(|(_, _, rest)| rest.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ports(text: &str) -> String {
        let ports = PortKey::of(text).ports(100).unwrap();
        ports.iter().map(Port::to_string).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn ranges_and_lists_are_ports_and_other_names_are_opaque() {
        for (key, expected) in [
            ("ge-0/0/3", "ge-0/0/3"),
            ("ge-0/0/1-3", "ge-0/0/1 ge-0/0/2 ge-0/0/3"),
            ("ge-0/0/1,ge-0/0/4-5", "ge-0/0/1 ge-0/0/4 ge-0/0/5"),
            (" ge-0/0/1 , xe-1/2/0 ", "ge-0/0/1 xe-1/2/0"),
            ("ge-0/0/9-ge-0/0/10", "ge-0/0/9 ge-0/0/10"),
            ("GE-0/0/1", "ge-0/0/1"),
            ("ae0", "ae0"),
            ("ge-0/0/0.100", "ge-0/0/0.100"),
            ("et-0/0/0:1", "et-0/0/0:1"),
            ("{{a}},{{b}}", "{{a}},{{b}}"),
            ("ge-0/0/{{n}}-5", "ge-0/0/{{n}}-5"),
            ("ge-0/0/01", "ge-0/0/01"),
            ("ge-0/0/5-3", "ge-0/0/5-3"),
            ("ge-0/0/1234567890", "ge-0/0/1234567890"),
            ("irb.10,eth0", "eth0 irb.10"),
            ("", ""),
        ] {
            assert_eq!(ports(key), expected, "{key}");
        }
    }

    #[test]
    fn a_declared_key_is_refused_if_it_is_not_a_set_of_ports() {
        for (key, expected) in [
            ("", Err(KeyFault::Empty)),
            (" , ", Err(KeyFault::Empty)),
            ("ge-0/0/5-3", Err(KeyFault::Range)),
            ("ge-0/0/5-xe-0/0/7", Err(KeyFault::Range)),
            ("ge-0/0/0-4000", Err(KeyFault::TooMany)),
            ("ge-0/0/0-999999999", Err(KeyFault::TooMany)),
            ("ae0", Ok(1)),
            ("ge-0/0/0-1023", Ok(1024)),
        ] {
            assert_eq!(PortKey::declared(key).map(|ports| ports.len()), expected, "{key}");
        }
    }

    #[test]
    fn keys_are_subtracted_and_written_as_ranges() {
        for (one, other, rest, both) in [
            ("ge-0/0/0-10", "ge-0/0/3", "ge-0/0/0-2,ge-0/0/4-10", "ge-0/0/3"),
            ("ge-0/0/0-10", "ge-0/0/0", "ge-0/0/1-10", "ge-0/0/0"),
            ("ge-0/0/0-10", "ge-0/0/10,ge-0/0/5-6", "ge-0/0/0-4,ge-0/0/7-9", "ge-0/0/10,ge-0/0/5-6"),
            ("ge-0/0/0-10", "xe-0/0/3", "ge-0/0/0-10", ""),
            ("ge-0/0/4-6", "ge-0/0/0-10", "", "ge-0/0/4-6"),
            ("ae0,ge-0/0/1", "ae0", "ge-0/0/1", "ae0"),
        ] {
            let (one, other) = (PortKey::of(one), PortKey::of(other));
            assert_eq!((one.without(&other).to_string(), one.both(&other).to_string()), (rest.into(), both.into()));
        }
        let ports = PortKey::of("ge-0/0/9,ge-0/0/10,ge-0/0/2,ae1").ports(9).unwrap();
        assert_eq!(PortKey::from_iter(ports).to_string(), "ge-0/0/2,ge-0/0/9-10,ae1");
    }

    #[test]
    fn a_physical_port_has_a_position() {
        assert_eq!(Port::named("ge-1/2/30").and_then(|port| port.position()), Some((1, 2, 30)));
        assert_eq!(Port::named("ae0").and_then(|port| port.position()), None);
        assert_eq!(Port::named("ge-0/0/1-2"), None);
    }
}
