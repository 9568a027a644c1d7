//! API tokens as the cloud shows them.

use crate::marker::{Judge, LockDomain};
use crate::privilege::{Privilege, texts};
use mist_client::key::MaskedKey;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use std::fmt;
use std::time::{Duration, Instant, SystemTime};

/// Assumed difference of the clocks of this machine and the cloud, when the cloud does not send its time.
const UNTOLD_SKEW: Duration = Duration::from_secs(300);

/// Assumed difference between two machines of the cloud.
const TOLD_SKEW: Duration = Duration::from_secs(120);

/// A time further in the future is not a difference of clocks.
const AHEAD: f64 = 300.0;

/// A larger time is in milliseconds: in seconds it would be in the year 5138.
const MILLISECONDS: f64 = 1e11;

/// Observed lengths of keys: 31, 80 and 96 characters.
pub const SHORTEST_KEY: usize = 16;

/// The owner of tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The account: its tokens have its privileges.
    User,
    /// An organization, by its id: its tokens have their own privileges.
    Organization(String),
}

impl Owner {
    /// The path of its tokens (official API document: `listApiTokens`, `listOrgApiTokens`).
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
            Self::Organization(id) => write!(formatter, "organization {id}"),
        }
    }
}

/// A token as the cloud shows it. Unknown fields, and those of another type than documented, are kept as they are.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Token {
    pub id: String,
    /// Names are not unique.
    pub name: Option<String>,
    /// Masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<MaskedKey>,
    /// In seconds of the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_time: Option<f64>,
    /// In seconds of the epoch; `None` without a use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used: Option<f64>,
    /// For organization tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub privileges: Option<Vec<Privilege>>,
    /// For organization tokens; anywhere if empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub src_ips: Option<Vec<String>>,
    /// Other fields: `org_id`, `created_by` …
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

/// Only the id is required.
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
            // A key that is not text cannot be shown safely.
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

    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }

    /// True if the key may belong to this token.
    #[must_use]
    pub fn has_key(&self, key: &str) -> bool {
        self.key.as_ref().is_some_and(|masked| masked.matches(key))
    }

    /// True if it was used: the cloud shows no time, or 0, for an unused token.
    #[must_use]
    pub fn was_used(&self) -> bool {
        self.last_used.is_some_and(|used| used > 0.0)
    }

    /// Seconds since the creation, at `now` by the cloud's clock; slightly negative when the cloud's clocks differ.
    pub fn age(&self, now: f64) -> Result<f64, TimeFault> {
        since(self.created_time, self.unknown.contains_key("created_time"), now)
    }

    /// Seconds since the last use; `None` without one.
    pub fn used_ago(&self, now: f64) -> Result<Option<f64>, TimeFault> {
        match since(self.last_used, self.unknown.contains_key("last_used"), now) {
            Err(TimeFault::NotTold) => Ok(None),
            told => told.map(|ago| Some(ago).filter(|_| self.was_used())),
        }
    }

    /// True if its creator has left: then `created_by` is null (official API document).
    #[must_use]
    pub fn creator_has_left(&self) -> bool {
        self.unknown.get("created_by").is_some_and(Value::is_null)
    }
}

/// Takes a readable field out of the others. Removes null, and keeps a field of another type.
fn take<T>(shown: &mut Map<String, Value>, field: &str, read: impl Fn(&Value) -> Option<T>) -> Option<T> {
    let value = shown.get(field)?;
    let read = read(value);
    if read.is_some() || value.is_null() {
        shown.remove(field);
    }
    read
}

/// A number, or a text with a number.
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

/// A fault of a time that the cloud shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeFault {
    /// It is missing.
    NotTold,
    /// It is not a number.
    Unreadable,
    /// It is in milliseconds, not in seconds.
    Milliseconds,
    /// It is in the future.
    Ahead,
}

/// A token in an error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenRef {
    pub id: String,
    pub name: String,
}

impl From<&Token> for TokenRef {
    fn from(token: &Token) -> Self {
        Self { id: token.id.clone(), name: token.name().to_owned() }
    }
}

/// A new token, and its key, which the cloud shows once.
#[derive(Clone, Debug)]
pub struct NewToken {
    pub token: Token,
    pub key: SecretString,
}

impl NewToken {
    /// Reads the response to a POST: an object, or a list of one (official API document). `None` without a token with a whole key.
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

/// True if this can be a whole key: enough letters and digits, and nothing else, so that a shell can read it from a file.
#[must_use]
pub fn is_key(text: &str) -> bool {
    text.len() >= SHORTEST_KEY && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// True if this can be an id: safe as a segment of a path.
#[must_use]
pub fn is_id(id: &str) -> bool {
    !id.is_empty() && id.chars().all(|character| character.is_ascii_alphanumeric() || matches!(character, '-' | '_'))
}

/// The tokens of an owner at one moment.
#[derive(Clone, Debug)]
pub struct Listing {
    /// In the order of the cloud.
    pub tokens: Vec<Token>,
    clock: Clock,
}

impl Listing {
    /// `date` is the cloud's time of the response.
    #[must_use]
    pub fn new(tokens: Vec<Token>, date: Option<SystemTime>) -> Self {
        Self { tokens, clock: Clock::new(date) }
    }

    /// Decides about the markers in this listing, for a run under the lock of `domain`.
    #[must_use]
    pub fn judge(&self, domain: Option<LockDomain>) -> Judge {
        Judge { now: seconds(self.clock.now() - self.clock.skew), domain }
    }

    /// The additional difference to another run's clock: 0, if the cloud sends its time.
    #[must_use]
    pub fn untold_skew(&self) -> Duration {
        self.clock.skew.saturating_sub(TOLD_SKEW)
    }

    /// The time by the cloud's clock, in seconds of the epoch.
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

/// The cloud's clock, as far as a response shows it.
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
