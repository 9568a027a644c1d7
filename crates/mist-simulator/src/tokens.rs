//! The tokens that exist, whoever they belong to.

use crate::{cloud::Clock, random};
use indexmap::IndexMap;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// A user token that was not used for so long is removed (the OpenAPI document, under `apiToken`).
const UNUSED_LIMIT: i64 = 90 * 86_400;

/// Whose a token is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Owner {
    /// The first account's.
    User,
    /// Another account's, by its e-mail address.
    Account(String),
    /// The organisation's with this id.
    Org(String),
}

/// A token to put into the cloud without asking the API for it. Nothing about it is checked.
#[derive(Debug, Clone, Default)]
pub struct NewToken {
    /// Its name; names need not differ.
    pub name: String,
    /// Its id, or `None` for a random one.
    pub id: Option<String>,
    /// Its whole key, or `None` for a random one.
    pub key: Option<String>,
    /// When it was made, in seconds since 1970, or `None` for now.
    pub created_time: Option<i64>,
    /// When it was last used, or `None` for never.
    pub last_used: Option<i64>,
    /// For an organisation token; where there are none, it gets the role `admin` in the whole organisation.
    pub privileges: Vec<Value>,
    /// For an organisation token: where it may be used from; empty for anywhere.
    pub src_ips: Vec<String>,
    /// More fields, which listings show; they go before those that the cloud has itself, so that `created_by` may be null.
    pub extra: Map<String, Value>,
    /// Fields that listings leave out.
    pub without: Vec<String>,
}

impl NewToken {
    /// A token of this name, made now, never used.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }
}

/// A token as the cloud knows it, with its whole key.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StoredToken {
    /// A UUID.
    pub id: String,
    /// The name.
    pub name: String,
    /// The whole key, which the API shows only once.
    pub key: String,
    /// When it was made, in seconds since 1970.
    pub created_time: i64,
    /// When it was last used, or `None` for never.
    pub last_used: Option<i64>,
    /// The organisation, for an organisation token.
    pub org_id: Option<String>,
    /// The e-mail address, or the organisation token's name, of who made it; `None` for a user token.
    pub created_by: Option<String>,
    /// What it may do, for an organisation token.
    pub privileges: Vec<Value>,
    /// Where it may be used from; empty for anywhere.
    pub src_ips: Vec<String>,
    /// More fields, which listings show.
    pub extra: Map<String, Value>,
    /// Fields that listings leave out.
    pub without: Vec<String>,
}

impl StoredToken {
    /// The key as the cloud shows it after the creation: its first and its last four characters.
    pub fn masked_key(&self) -> String {
        let (start, end) = (self.key.get(..4), self.key.len().checked_sub(4).and_then(|at| self.key.get(at..)));
        format!("{}...{}", start.unwrap_or_default(), end.unwrap_or_default())
    }

    /// The token as listings show it.
    pub(crate) fn shown(&self) -> Map<String, Value> {
        let mut fields = Map::new();
        fields.insert("id".to_owned(), json!(self.id));
        fields.insert("name".to_owned(), json!(self.name));
        fields.insert("key".to_owned(), json!(self.masked_key()));
        fields.insert("created_time".to_owned(), json!(self.created_time));
        fields.insert("last_used".to_owned(), json!(self.last_used));
        if let Some(org_id) = &self.org_id {
            fields.insert("org_id".to_owned(), json!(org_id));
            fields.insert("created_by".to_owned(), json!(self.created_by));
            fields.insert("privileges".to_owned(), json!(self.privileges));
            fields.insert("src_ips".to_owned(), json!(self.src_ips));
        }
        fields.extend(self.extra.clone());
        self.without.iter().for_each(|field| drop(fields.shift_remove(field)));
        fields
    }

    /// The token as the answer to its creation shows it.
    pub(crate) fn shown_with_key(&self) -> Map<String, Value> {
        let mut fields = self.shown();
        fields.insert("key".to_owned(), json!(self.key));
        fields
    }
}

/// Every token, in the order of creation for each owner.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tokens {
    owned: HashMap<Owner, IndexMap<String, StoredToken>>,
    by_key: HashMap<String, (Owner, String)>,
}

impl Tokens {
    pub(crate) fn add(&mut self, owner: &Owner, new: NewToken, created_by: &str, clock: &Clock) -> StoredToken {
        let org_id = match owner {
            Owner::User | Owner::Account(_) => None,
            Owner::Org(id) => Some(id.clone()),
        };
        let token = StoredToken {
            id: new.id.unwrap_or_else(random::uuid),
            name: new.name,
            key: new.key.unwrap_or_else(random::key),
            created_time: new.created_time.unwrap_or_else(|| clock.seconds()),
            last_used: new.last_used,
            created_by: org_id.as_ref().map(|_| created_by.to_owned()),
            org_id,
            privileges: new.privileges,
            src_ips: new.src_ips,
            extra: new.extra,
            without: new.without,
        };
        self.by_key.insert(token.key.clone(), (owner.clone(), token.id.clone()));
        self.owned.entry(owner.clone()).or_default().insert(token.id.clone(), token.clone());
        token
    }

    pub(crate) fn list(&self, owner: &Owner) -> impl Iterator<Item = &StoredToken> {
        self.owned.get(owner).into_iter().flat_map(IndexMap::values)
    }

    pub(crate) fn get(&self, owner: &Owner, id: &str) -> Option<&StoredToken> {
        self.owned.get(owner)?.get(id)
    }

    pub(crate) fn get_mut(&mut self, owner: &Owner, id: &str) -> Option<&mut StoredToken> {
        self.owned.get_mut(owner)?.get_mut(id)
    }

    pub(crate) fn find_key(&self, key: &str) -> Option<(&Owner, &StoredToken)> {
        let (owner, id) = self.by_key.get(key)?;
        Some((owner, self.get(owner, id)?))
    }

    /// Whether there was such a token.
    pub(crate) fn remove(&mut self, owner: &Owner, id: &str) -> bool {
        let removed = self.owned.get_mut(owner).and_then(|tokens| tokens.shift_remove(id));
        if let Some(token) = &removed {
            self.by_key.remove(&token.key);
        }
        removed.is_some()
    }

    /// Removes the user tokens that were not used for 90 days; one that was never used counts from its creation.
    pub(crate) fn remove_unused(&mut self, now: i64) {
        let by_key = &mut self.by_key;
        for (_, tokens) in self.owned.iter_mut().filter(|(owner, _)| !matches!(owner, Owner::Org(_))) {
            tokens.retain(|_, token| {
                let keep = now - token.last_used.unwrap_or(token.created_time) <= UNUSED_LIMIT;
                if !keep {
                    by_key.remove(&token.key);
                }
                keep
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(at: f64) -> Clock {
        Clock::new(Some(at))
    }

    #[test]
    fn a_key_is_84_letters_and_digits_and_is_shown_by_its_ends() {
        let token = Tokens::default().add(&Owner::User, NewToken::named("a"), "", &clock(0.0));
        assert_eq!(token.key.len(), 84);
        assert!(token.key.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{}", token.key);
        assert_eq!(token.masked_key(), format!("{}...{}", &token.key[..4], &token.key[80..]));
        assert_eq!(token.shown()["key"], json!(token.masked_key()));
        assert_eq!(token.shown_with_key()["key"], json!(token.key));
    }

    #[test]
    fn a_user_token_goes_after_90_days_unused_and_an_organisation_token_stays() {
        let mut tokens = Tokens::default();
        let org = Owner::Org("o".to_owned());
        for owner in [&Owner::User, &org] {
            tokens.add(owner, NewToken::named("never used"), "", &clock(0.0));
            tokens.add(owner, NewToken { last_used: Some(1), ..NewToken::named("used") }, "", &clock(0.0));
        }
        let names = |tokens: &Tokens, owner| tokens.list(owner).map(|token| token.name.clone()).collect::<Vec<_>>();
        tokens.remove_unused(UNUSED_LIMIT);
        assert_eq!(names(&tokens, &Owner::User), ["never used", "used"]);
        tokens.remove_unused(UNUSED_LIMIT + 1);
        assert_eq!(names(&tokens, &Owner::User), ["used"]);
        tokens.remove_unused(UNUSED_LIMIT + 2);
        assert_eq!(names(&tokens, &Owner::User), Vec::<String>::new());
        assert_eq!(names(&tokens, &org), ["never used", "used"]);
        assert_eq!(tokens.by_key.len(), 2);
    }

    #[test]
    fn nothing_of_a_removed_token_is_left() {
        let mut tokens = Tokens::default();
        let token = tokens.add(&Owner::User, NewToken::named("a"), "", &clock(0.0));
        assert!(tokens.remove(&Owner::User, &token.id));
        assert!(!tokens.remove(&Owner::User, &token.id));
        assert!(tokens.by_key.is_empty() && tokens.list(&Owner::User).next().is_none());
    }
}
