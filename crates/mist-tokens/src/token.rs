//! API tokens as the cloud shows them.

use crate::marker::{Judge, LockDomain};
use crate::privilege::{Privilege, texts};
use mist_client::key::MaskedKey;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use std::fmt;
use std::time::{Duration, Instant, SystemTime};

/// How far apart the clocks of this machine and of the cloud may be when the cloud does not tell its own.
const UNTOLD_SKEW: Duration = Duration::from_secs(300);

/// How far the times of the cloud's machines may be apart: the one that dates a token and the one that dates an answer.
const TOLD_SKEW: Duration = Duration::from_secs(120);

/// A time that is further ahead than this is no difference of clocks.
const AHEAD: f64 = 300.0;

/// A time that is larger is one in milliseconds: in seconds it would be in the year 5138.
const MILLISECONDS: f64 = 1e11;

/// No whole key is shorter; those seen had 31, 80 and 96 characters.
pub const SHORTEST_KEY: usize = 16;

/// Whose tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The account's own: they have its privileges.
    User,
    /// An organisation's, by its id: they have privileges of their own.
    Organization(String),
}

impl Owner {
    /// Where its tokens are (official API document: `listApiTokens`, `listOrgApiTokens`).
    #[must_use]
    pub fn path(&self) -> String {
        match self {
            Self::User => "/api/v1/self/apitokens".to_owned(),
            Self::Organization(id) => format!("/api/v1/orgs/{id}/apitokens"),
        }
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User => formatter.write_str("the account"),
            Self::Organization(id) => write!(formatter, "organisation {id}"),
        }
    }
}

/// A token as the cloud shows it. Fields that are not known here, and those of another type than the document says, are
/// kept as they came.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Token {
    /// Its id.
    pub id: String,
    /// Its name; names are not unique.
    pub name: Option<String>,
    /// Its key, masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<MaskedKey>,
    /// When it was made, in seconds of the epoch, as far as the cloud says so in a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_time: Option<f64>,
    /// When it was last used, in seconds of the epoch; not at all if null.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used: Option<f64>,
    /// What an organisation token may do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub privileges: Option<Vec<Privilege>>,
    /// From where an organisation token may be used; anywhere if empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub src_ips: Option<Vec<String>>,
    /// Whatever else the cloud shows: `org_id`, `created_by` …
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

/// Only the id must be there.
impl<'de> Deserialize<'de> for Token {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::read(Map::deserialize(deserializer)?).ok_or_else(|| serde::de::Error::custom("a token without an id"))
    }
}

impl Token {
    fn read(mut shown: Map<String, Value>) -> Option<Self> {
        let id = match shown.remove("id")? {
            Value::String(id) => id,
            _ => return None,
        };
        let key = take(&mut shown, "key", |value| value.as_str().map(MaskedKey::new));
        if let Some(odd) = shown.get_mut("key") {
            // Whatever it is, it is no mask that could be shown safely.
            *odd = Value::Null;
        }
        Some(Self {
            id,
            name: take(&mut shown, "name", |value| value.as_str().map(str::to_owned)),
            key,
            created_time: take(&mut shown, "created_time", seconds_of),
            last_used: take(&mut shown, "last_used", seconds_of),
            privileges: take(&mut shown, "privileges", |value| Vec::<Privilege>::deserialize(value).ok()),
            src_ips: take(&mut shown, "src_ips", texts),
            unknown: shown,
        })
    }

    /// Its name, or nothing.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }

    /// Whether the key may be this token's.
    #[must_use]
    pub fn has_key(&self, key: &str) -> bool {
        self.key.as_ref().is_some_and(|masked| masked.matches(key))
    }

    /// Whether it was ever used: the cloud gives no time, or 0, for one that was not.
    #[must_use]
    pub fn was_used(&self) -> bool {
        self.last_used.is_some_and(|used| used > 0.0)
    }

    /// How many seconds ago it was made, at `now` by the cloud's clock; a little below 0 where the cloud's clocks differ.
    ///
    /// # Errors
    /// When the cloud does not say so in a time that can be one.
    pub fn age(&self, now: f64) -> Result<f64, TimeFault> {
        since(self.created_time, self.unknown.contains_key("created_time"), now)
    }

    /// How many seconds ago it was last used; `None` if never.
    ///
    /// # Errors
    /// When the cloud does not say so in a time that can be one.
    pub fn used_ago(&self, now: f64) -> Result<Option<f64>, TimeFault> {
        match since(self.last_used, self.unknown.contains_key("last_used"), now) {
            Err(TimeFault::NotTold) => Ok(None),
            told => told.map(|ago| Some(ago).filter(|_| self.was_used())),
        }
    }

    /// Whether whoever made it has left: then the cloud shows that nobody did (official API document, `created_by`).
    #[must_use]
    pub fn maker_has_left(&self) -> bool {
        self.unknown.get("created_by").is_some_and(Value::is_null)
    }
}

/// Takes a field that can be read out of the others; one that is null goes, one that is odd stays.
fn take<T>(shown: &mut Map<String, Value>, field: &str, read: impl Fn(&Value) -> Option<T>) -> Option<T> {
    let value = shown.get(field)?;
    let read = read(value);
    if read.is_some() || value.is_null() {
        shown.remove(field);
    }
    read
}

/// A number, or a text that is one.
fn seconds_of(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
    .filter(|seconds: &f64| seconds.is_finite())
}

fn since(time: Option<f64>, odd: bool, now: f64) -> Result<f64, TimeFault> {
    match time {
        None if odd => Err(TimeFault::Unreadable),
        None => Err(TimeFault::NotTold),
        Some(time) if time > MILLISECONDS => Err(TimeFault::Milliseconds),
        Some(time) if time > now + AHEAD => Err(TimeFault::Ahead),
        Some(time) => Ok(now - time),
    }
}

/// What is wrong with a time that the cloud tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeFault {
    /// There is none.
    NotTold,
    /// It is no number.
    Unreadable,
    /// It can only be in milliseconds, where seconds are due.
    Milliseconds,
    /// It is in the future.
    Ahead,
}

/// A token, as an error names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenRef {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

impl From<&Token> for TokenRef {
    fn from(token: &Token) -> Self {
        Self { id: token.id.clone(), name: token.name().to_owned() }
    }
}

/// A token that was just made, with the key that is shown this once.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// The token, its key masked.
    pub token: Token,
    /// The whole key.
    pub key: SecretString,
}

impl NewToken {
    /// Reads the answer to a POST: an object, or a list of one (the document says so for user tokens).
    /// `None` when no token with a whole key is in it.
    #[must_use]
    pub fn from_answer(json: Value) -> Option<Self> {
        let object = match json {
            Value::Array(mut items) if items.len() == 1 => items.pop()?,
            other => other,
        };
        let key = object.get("key")?.as_str()?.to_owned();
        let token: Token = serde_json::from_value(object).ok()?;
        (is_key(&key) && is_id(&token.id)).then(|| Self { token, key: key.into() })
    }
}

/// Whether this can be a whole key: letters and digits, so that it means nothing to a shell that reads a file of it, and
/// enough of them. A masked key is none.
#[must_use]
pub fn is_key(text: &str) -> bool {
    text.len() >= SHORTEST_KEY && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Whether this can be an id: it goes into paths, and nothing may be in it that means something there.
#[must_use]
pub fn is_id(id: &str) -> bool {
    !id.is_empty() && id.chars().all(|character| character.is_ascii_alphanumeric() || matches!(character, '-' | '_'))
}

/// The tokens of an owner at one moment.
#[derive(Clone, Debug)]
pub struct Listing {
    /// In the order the cloud gave them.
    pub tokens: Vec<Token>,
    clock: Clock,
}

impl Listing {
    /// These tokens, and when the cloud says that it listed them.
    #[must_use]
    pub fn new(tokens: Vec<Token>, date: Option<SystemTime>) -> Self {
        Self { tokens, clock: Clock::new(date) }
    }

    /// Decides about the markers in this listing, for a run under the lock of `domain`.
    #[must_use]
    pub fn judge(&self, domain: Option<LockDomain>) -> Judge {
        Judge { now: seconds(self.clock.now() - self.clock.skew), domain }
    }

    /// How much later than usual another run's clock may be: none, where the cloud shows its own.
    #[must_use]
    pub fn untold_skew(&self) -> Duration {
        self.clock.skew.saturating_sub(TOLD_SKEW)
    }

    /// What time it is now by the cloud's clock, in seconds of the epoch.
    #[must_use]
    pub fn now(&self) -> f64 {
        seconds(self.clock.now())
    }

    /// The same moment with these tokens only.
    #[must_use]
    pub fn retain(mut self, keep: impl Fn(&Token) -> bool) -> Self {
        self.tokens.retain(keep);
        self
    }
}

/// The cloud's clock, as far as an answer told it.
#[derive(Clone, Debug)]
struct Clock {
    at: SystemTime,
    read: Instant,
    skew: Duration,
}

impl Clock {
    fn new(date: Option<SystemTime>) -> Self {
        Self {
            at: date.unwrap_or_else(SystemTime::now),
            read: Instant::now(),
            skew: if date.is_some() { TOLD_SKEW } else { UNTOLD_SKEW },
        }
    }

    fn now(&self) -> SystemTime {
        self.at + self.read.elapsed()
    }
}

fn seconds(time: SystemTime) -> f64 {
    time.duration_since(SystemTime::UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
