//! The marker in the name of a token that is being created: it proves which run created the token, and when that run has
//! surely ended. No I/O.
//!
//! A run creates `backup` as `backup (new 1xk2m3n00c-9f3kd2-7h2k9s4dabc)` and renames it when it knows that it is the only one.
//! The marker holds, in base 32: the cloud's time of the creation, how long the run may still rename the token, the lock under
//! which it runs, a random id of this attempt, and a check of all that with the name.

use crate::token::Token;

/// Digits without those that look like others (Crockford's base 32).
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// The text before and after the digits.
const BEFORE: &str = " (new ";
const AFTER: &str = ")";

/// The lengths of the fields, in digits.
const MADE: usize = 7;
const LIFE: usize = 3;
const DOMAIN: usize = 6;
const ID: usize = 8;
const CHECK: usize = 3;

/// The characters of a whole marker.
const LENGTH: usize = BEFORE.len() + MADE + LIFE + DOMAIN + ID + CHECK + 2 + AFTER.len();

/// A name with its marker is at most so long, or as long as the name alone: a cloud that takes the name takes both.
const LONGEST: usize = 64;

/// The unit in which the life is written, in seconds.
const UNIT: u64 = 16;

/// The lock under which a run works: its machine since the last boot, the directory of its locks, and the cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockDomain(u32);

impl LockDomain {
    /// Of these facts, which are the same for two runs exactly if one lock excludes them.
    #[must_use]
    pub fn of(facts: &[&str]) -> Self {
        let bits = hash(facts.iter().flat_map(|fact| fact.bytes().chain([b'\n']))) & ((1 << (5 * DOMAIN)) - 1);
        // 0 is written where no lock is held.
        Self(u32::try_from(bits).unwrap_or_default().max(1))
    }
}

/// The content of a marker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marker {
    /// When the token was created, by the cloud's clock; seconds of the epoch. Among runs, the first one counts.
    made: u64,
    /// For how many units the run may rename it.
    life: u64,
    domain: u64,
    id: u64,
}

impl Marker {
    /// A new one: `now` in seconds of the epoch by the cloud's clock, `life` in seconds, `random` a random number.
    #[must_use]
    pub fn new(now: f64, life: u64, domain: Option<LockDomain>, random: u64) -> Self {
        Self {
            made: (now.max(0.0) as u64) & mask(MADE),
            life: life.div_ceil(UNIT).min(mask(LIFE)),
            domain: domain.map_or(0, |domain| u64::from(domain.0)),
            id: random & mask(ID),
        }
    }

    /// The name under which a token that is to be `name` is created.
    #[must_use]
    pub fn name_for(&self, name: &str) -> String {
        let room = name.chars().count().max(LONGEST) - LENGTH;
        let prefix: String = name.chars().take(room).collect();
        let (made, life) = (digits(self.made, MADE), digits(self.life, LIFE));
        let (domain, id) = (digits(self.domain, DOMAIN), digits(self.id, ID));
        let check = digits(self.check(name), CHECK);
        format!("{prefix}{BEFORE}{made}{life}-{domain}-{id}{check}{AFTER}")
    }

    /// The marker of a token that is to become `name`; `None` for every other token.
    #[must_use]
    pub fn of(token: &Token, name: &str) -> Option<Self> {
        let shown = token.name();
        let (marker, prefix, _) = split(shown)?;
        (name.starts_with(prefix) && marker.name_for(name) == shown).then_some(marker)
    }

    /// The marker of any token that has one, and the name that it is to get, as far as the marked name holds it.
    #[must_use]
    pub fn of_any(token: &Token) -> Option<(Self, &str)> {
        let (marker, prefix, check) = split(token.name())?;
        // A long name is cut; then the check is of more than is shown.
        let is_whole = marker.check(prefix) == check;
        (is_whole || token.name().chars().count() >= LONGEST).then_some((marker, prefix))
    }

    /// When its run can surely not rename the token any more, by the cloud's clock; seconds of the epoch.
    #[must_use]
    pub fn ends_at(&self) -> f64 {
        (self.made + self.life * UNIT) as f64
    }

    /// The order of the runs: the same for all that see the markers.
    #[must_use]
    pub fn order(&self) -> (u64, u64) {
        (self.made, self.id)
    }

    fn check(&self, name: &str) -> u64 {
        let fields = [self.made, self.life, self.domain, self.id];
        hash(name.bytes().chain(fields.iter().flat_map(|field| field.to_be_bytes()))) & mask(CHECK)
    }
}

/// Decides whether the run that wrote a marker has ended.
#[derive(Clone, Copy, Debug, Default)]
pub struct Judge {
    /// The earliest time that it can be by the clock by which markers are written.
    pub now: f64,
    /// The lock that this run holds: another run under the same one has ended.
    pub domain: Option<LockDomain>,
}

impl Judge {
    /// True if the run of this marker has surely ended.
    #[must_use]
    pub fn is_dead(&self, marker: &Marker) -> bool {
        self.domain.is_some_and(|domain| u64::from(domain.0) == marker.domain) || self.now > marker.ends_at()
    }

    /// In how many seconds the marker proves that its run has ended.
    #[must_use]
    pub fn ends_in(&self, marker: &Marker) -> f64 {
        (marker.ends_at() - self.now).max(0.0) + 1.0
    }

    /// The tokens that are to become `name`, with their markers: those of runs that may go on, and those of runs that ended.
    #[must_use]
    pub fn split<'a>(&self, tokens: &'a [Token], name: &str) -> Split<'a> {
        let marked = tokens.iter().filter_map(|token| Some((token, Marker::of(token, name)?)));
        let (dead, alive) = marked.partition(|(_, marker)| self.is_dead(marker));
        Split { alive, dead }
    }
}

/// The tokens of one name that are not renamed yet.
#[derive(Debug, Default)]
pub struct Split<'a> {
    /// Their runs may go on.
    pub alive: Vec<(&'a Token, Marker)>,
    /// Their runs have surely ended, and their keys are lost.
    pub dead: Vec<(&'a Token, Marker)>,
}

fn split(name: &str) -> Option<(Marker, &str, u64)> {
    let at = name.len().checked_sub(LENGTH)?;
    let (prefix, marker) = name.split_at_checked(at)?;
    let mut fields = marker.strip_prefix(BEFORE)?.strip_suffix(AFTER)?.split('-');
    let (time, domain, id, None) = (fields.next()?, fields.next()?, fields.next()?, fields.next()) else { return None };
    let (made, life) = time.split_at_checked(MADE)?;
    let (id, check) = id.split_at_checked(ID)?;
    let read = |text: &str, length: usize| (text.len() == length).then(|| number(text)).flatten();
    let marker =
        Marker { made: read(made, MADE)?, life: read(life, LIFE)?, domain: read(domain, DOMAIN)?, id: read(id, ID)? };
    Some((marker, prefix, read(check, CHECK)?))
}

fn mask(digits: usize) -> u64 {
    (1 << (5 * digits)) - 1
}

fn digits(number: u64, length: usize) -> String {
    (0..length).rev().map(|place| char::from(DIGITS[(number >> (5 * place) & 31) as usize])).collect()
}

fn number(text: &str) -> Option<u64> {
    text.bytes().try_fold(0, |number, byte| Some(number << 5 | DIGITS.iter().position(|digit| *digit == byte)? as u64))
}

/// FNV-1a: the same in every build, unlike the standard library's hash.
pub(crate) fn fnv(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn hash(bytes: impl Iterator<Item = u8>) -> u64 {
    let hash = fnv(bytes);
    hash ^ hash >> 32
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW: f64 = 1_790_000_000.5;

    fn token(name: &str) -> Token {
        serde_json::from_value(json!({"id": "x", "name": name})).unwrap()
    }

    #[test]
    fn marker_is_read_as_written_and_belongs_to_its_name_alone() {
        let domain = LockDomain::of(&["boot", "dir"]);
        let long = "ü".repeat(40);
        for name in ["n", "", "with (new) words", &"x".repeat(30), &"x".repeat(64), &"x".repeat(300), &long] {
            let marker = Marker::new(NOW, 200, Some(domain), u64::MAX);
            let marked = marker.name_for(name);
            assert_eq!(Marker::of(&token(&marked), name), Some(marker), "{marked}");
            assert!(Marker::of_any(&token(&marked)).is_some(), "{marked}");
            assert!(marked.chars().count() <= name.chars().count().max(LONGEST), "{marked}");
            assert_eq!(Marker::of(&token(&marked), &format!("{name}x")), None);
            assert_eq!(Marker::of(&token(name), name), None);
            assert_ne!(Marker::new(NOW, 200, Some(domain), 1).name_for(name), marked);
        }
    }

    #[test]
    fn names_that_only_look_marked_are_not() {
        let marked = Marker::new(NOW, 200, None, 7).name_for("n");
        for name in [
            marked.replace("(new", "(old"),
            marked.replacen("n ", "m ", 1),
            marked.trim_end_matches(')').to_owned(),
            format!("{marked} "),
            "n (new 1234567890-123456-12345678901)".to_owned(),
            "n (new ÄÄÄÄ567890-123456-12345678901)".to_owned(),
        ] {
            assert!(Marker::of(&token(&name), "n").is_none() && Marker::of_any(&token(&name)).is_none(), "{name}");
        }
    }

    #[test]
    fn run_has_ended_after_its_life_or_under_the_lock_that_is_held() {
        let (mine, other) = (LockDomain::of(&["a"]), LockDomain::of(&["b"]));
        let marker = Marker::new(NOW, 160, Some(other), 1);
        for (now, domain, dead) in [
            (NOW, None, false),
            (NOW + 159.0, None, false),
            (NOW + 161.0, None, true),
            (NOW, Some(mine), false),
            (NOW, Some(other), true),
        ] {
            assert_eq!(Judge { now, domain }.is_dead(&marker), dead, "{now} {domain:?}");
        }
        assert!(!Judge { now: NOW, domain: Some(mine) }.is_dead(&Marker::new(NOW, 160, None, 1)));
    }

    #[test]
    fn life_of_a_day_is_written_whole() {
        let marker = Marker::new(NOW, 90_000, None, 1);
        assert!(marker.ends_at() >= NOW.floor() + 90_000.0, "{}", marker.ends_at());
    }

    #[test]
    fn earlier_marker_comes_first_and_a_tie_is_broken_by_the_random_id() {
        let order = |now: f64, random| Marker::new(now, 160, None, random).order();
        assert!(order(NOW, 9) < order(NOW + 1.0, 1));
        assert!(order(NOW, 1) < order(NOW, 2));
    }
}
