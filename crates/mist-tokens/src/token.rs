//! API tokens as the cloud lists them, and the calls that list, change and delete them.

use crate::privilege::Privilege;
use mist_client::client::Client;
use mist_client::error::{Error, Result};
use mist_client::key::MaskedKey;
use mist_client::paging;
use mist_client::redact;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::fmt;
use std::time::{Duration, Instant, SystemTime};

/// How far apart the clocks of this machine and of the cloud may be when the cloud does not tell its own.
const UNTOLD_SKEW: Duration = Duration::from_secs(300);

/// How far a time the cloud told may be off: its `Date` has whole seconds, and its machines differ a little.
const TOLD_SKEW: Duration = Duration::from_secs(5);

/// Whose tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The account's own: they have its privileges.
    User,
    /// An organisation's, by its id: they have privileges of their own.
    Organisation(String),
}

impl Owner {
    /// Where its tokens are (official API document: `listApiTokens`, `listOrgApiTokens`).
    #[must_use]
    pub fn path(&self) -> String {
        match self {
            Self::User => "/api/v1/self/apitokens".to_owned(),
            Self::Organisation(id) => format!("/api/v1/orgs/{id}/apitokens"),
        }
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User => formatter.write_str("the account"),
            Self::Organisation(id) => write!(formatter, "organisation {id}"),
        }
    }
}

/// A token as the cloud shows it. Fields that are not known here are kept as they came.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Token {
    /// Its id.
    pub id: String,
    /// Its name; names are not unique.
    #[serde(default)]
    pub name: Option<String>,
    /// Its key, masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<MaskedKey>,
    /// When it was made, in seconds of the epoch.
    #[serde(default)]
    pub created_time: Option<f64>,
    /// When it was last used, in seconds of the epoch; not at all if null.
    #[serde(default)]
    pub last_used: Option<f64>,
    /// What an organisation token may do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privileges: Option<Vec<Privilege>>,
    /// From where an organisation token may be used; anywhere if empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub src_ips: Option<Vec<String>>,
    /// Whatever else the cloud shows: `org_id`, `created_by` …
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

impl Token {
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
        // A masked key is no key.
        let whole = !key.contains("...") && !key.is_empty() && !token.id.is_empty();
        whole.then(|| Self { token, key: key.into() })
    }
}

/// The tokens of an owner at one moment.
#[derive(Clone, Debug)]
pub struct Listing {
    /// In the order the cloud gave them.
    pub tokens: Vec<Token>,
    clock: Clock,
}

impl Listing {
    /// The earliest time, by the cloud's clock, that something made from now on can carry; seconds of the epoch.
    #[must_use]
    pub fn earliest_from_now(&self) -> f64 {
        seconds(self.clock.now() - self.clock.skew)
    }

    /// What time it is now by the cloud's clock, in seconds of the epoch.
    #[must_use]
    pub fn now(&self) -> f64 {
        seconds(self.clock.now())
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

/// Lists the owner's tokens: one call, unless the cloud pages.
///
/// # Errors
/// Whatever [`Error`] says.
pub fn list(client: &Client, owner: &Owner) -> Result<Listing> {
    let what = "a list of tokens, each with an id,";
    let (answer, tokens): (_, Vec<Token>) = paging::all(client, &owner.path(), what)?;
    let clock = Clock::new(answer.date);
    if let Some(bad) = tokens.iter().find(|token| !is_path_segment(&token.id)) {
        return Err(Error::Other(format!(
            "The cloud lists a token whose id '{}' is no id.",
            redact::excerpt(&redact::without_keys(&bad.id), 100)
        )));
    }
    Ok(Listing { tokens, clock })
}

/// Gives a token another name and, where it has them, other privileges.
///
/// # Errors
/// Whatever [`Error`] says.
pub fn update(client: &Client, owner: &Owner, id: &str, name: &str, privileges: Option<&[Privilege]>) -> Result<()> {
    let mut body = json!({ "name": name });
    if let Some(privileges) = privileges {
        body["privileges"] = json!(privileges);
    }
    // The answer may be empty or the token; the status is all that counts.
    client.put(&format!("{}/{id}", owner.path()), &body).map(drop)
}

/// Deletes a token; that it is gone already is success.
///
/// # Errors
/// Whatever [`Error`] says.
pub fn delete(client: &Client, owner: &Owner, id: &str) -> Result<()> {
    client.delete(&format!("{}/{id}", owner.path()))
}

/// Ids go into paths: nothing may be in them that means something there.
fn is_path_segment(id: &str) -> bool {
    !id.is_empty() && id.chars().all(|character| character.is_ascii_alphanumeric() || matches!(character, '-' | '_'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    const KEY: &str = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789";

    #[test]
    fn a_new_token_is_read_from_an_object_and_from_a_list_of_one() {
        let object =
            json!({"id": "864f351a-1377-4ad9-83f8-72f3fe6199ba", "key": KEY, "name": "x", "created_time": 1626875902});
        for answer in [object.clone(), json!([object])] {
            let new = NewToken::from_answer(answer).unwrap();
            assert_eq!(new.key.expose_secret(), KEY);
            assert_eq!(serde_json::to_value(&new.token).unwrap()["key"], "AbCd...6789");
            assert!(!format!("{new:?}").contains(KEY));
        }
    }

    #[test]
    fn an_answer_without_a_whole_key_is_no_new_token() {
        for answer in [
            json!(null),
            json!([]),
            json!({"id": "x"}),
            json!({"id": "x", "key": null}),
            json!({"id": "x", "key": ""}),
            json!({"id": "x", "key": "1qkb...QQCL"}),
            json!({"key": KEY}),
            json!([{"id": "x", "key": KEY}, {"id": "y", "key": KEY}]),
        ] {
            assert!(NewToken::from_answer(answer.clone()).is_none(), "{answer}");
        }
    }

    #[test]
    fn a_token_keeps_fields_that_are_not_known() {
        let shown = json!({"id": "x", "name": "n", "key": "1qkb...QQCL", "created_time": 1.5, "last_used": null, "created_by": "a@b.c", "new": [1]});
        let token: Token = serde_json::from_value(shown.clone()).unwrap();
        assert_eq!(serde_json::to_value(token).unwrap(), shown);
    }
}
