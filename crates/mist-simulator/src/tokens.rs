//! The tokens of all owners, and the requests about them: `/self/apitokens` and `/orgs/{org_id}/apitokens`.

use crate::authentication::{Caller, network};
use crate::cloud::{Clock, Cloud};
use crate::config::SrcIpsPut;
use crate::message::{FieldError, Reply, Request};
use crate::{message, paging, privileges, random};
use indexmap::IndexMap;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// Seconds after which an unused user token is removed (the OpenAPI document, under `apiToken`).
const UNUSED_LIMIT: i64 = 90 * 86_400;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Owner {
    /// The first account.
    User,
    /// Another account, by its e-mail address.
    Account(String),
    /// The organization with this id.
    Org(String),
}

/// A token to add without a request to the API. Nothing is validated.
#[derive(Debug, Clone, Default)]
pub struct NewToken {
    /// The name. It does not need to be unique.
    pub name: String,
    /// The id. Default: random.
    pub id: Option<String>,
    /// The key. Default: random.
    pub key: Option<String>,
    /// The time of the creation, in seconds since 1970. Default: now.
    pub created_time: Option<i64>,
    /// The time of the last use. Default: never.
    pub last_used: Option<i64>,
    /// The privileges of an organization token. Default: the role `admin` in the whole organization.
    pub privileges: Vec<Value>,
    /// The allowed addresses of an organization token. Empty: every address.
    pub src_ips: Vec<String>,
    /// Further fields in lists. They replace the cloud's own, so that `created_by` can be null.
    pub extra: Map<String, Value>,
    /// Fields that lists omit.
    pub without: Vec<String>,
}

impl NewToken {
    /// A token with this name, created now and never used.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }
}

/// A token as the cloud keeps it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StoredToken {
    pub id: String,
    pub name: String,
    /// The key, which the API shows only once.
    pub key: String,
    /// The time of the creation, in seconds since 1970.
    pub created_time: i64,
    /// The time of the last use.
    pub last_used: Option<i64>,
    /// The organization of an organization token.
    pub org_id: Option<String>,
    /// The creator of an organization token: an e-mail address or the name of a token.
    pub created_by: Option<String>,
    /// The privileges of an organization token.
    pub privileges: Vec<Value>,
    /// The allowed addresses. Empty: every address.
    pub src_ips: Vec<String>,
    /// Further fields in lists.
    pub extra: Map<String, Value>,
    /// Fields that lists omit.
    pub without: Vec<String>,
}

impl StoredToken {
    /// The key as the cloud shows it later: its first and last four characters.
    pub fn masked_key(&self) -> String {
        let (start, end) = (self.key.get(..4), self.key.len().checked_sub(4).and_then(|at| self.key.get(at..)));
        format!("{}...{}", start.unwrap_or_default(), end.unwrap_or_default())
    }

    /// The fields in lists.
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

    /// The fields in the response to the creation.
    pub(crate) fn shown_with_key(&self) -> Map<String, Value> {
        let mut fields = self.shown();
        fields.insert("key".to_owned(), json!(self.key));
        fields
    }
}

/// All tokens, by owner in the order of their creation.
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

    /// Deletes a token and returns whether it existed.
    pub(crate) fn remove(&mut self, owner: &Owner, id: &str) -> bool {
        let removed = self.owned.get_mut(owner).and_then(|tokens| tokens.shift_remove(id));
        if let Some(token) = &removed {
            self.by_key.remove(&token.key);
        }
        removed.is_some()
    }

    /// Deletes the user tokens that were not used for 90 days. A token without a use counts from its creation.
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

/// The number of the caller's account. An organization token is refused.
pub(crate) fn check_caller(caller: &Caller) -> Result<usize, Reply> {
    match caller {
        Caller::Account { number, .. } => Ok(*number),
        Caller::OrgToken { .. } => Err(privileges::refusal()),
    }
}

/// `GET /self/apitokens`
pub(crate) fn list_user_tokens(cloud: &mut Cloud, request: &Request, account: usize) -> Result<Reply, Reply> {
    let owner = account_owner(cloud, account).clone();
    let tokens: Vec<Value> = listed(cloud, request, &owner).into_iter().map(Value::Object).collect();
    let config = &cloud.config;
    paging::tokens(request, tokens, config.page_limit, &config.variants)
        .map_err(|error| error.reply(config.variants.field_errors))
}

/// `POST /self/apitokens`. Default of the name: empty.
pub(crate) fn create_user_token(cloud: &mut Cloud, request: &Request, account: usize) -> Result<Reply, Reply> {
    if cloud.accounts[account].settings.sso {
        return Err(Reply::detail(403, "SSO admins cannot generate API tokens."));
    }
    let name = name_in(cloud, request)?.unwrap_or_default();
    let owner = account_owner(cloud, account).clone();
    let token = cloud.add_token(&owner, NewToken::named(name));
    hide(cloud, &owner, &token.id);
    let mut token = token.shown_with_key();
    if cloud.config.variants.user_post_answers_id_and_key_alone {
        token.retain(|field, _| field == "id" || field == "key");
    }
    let answer = if cloud.config.variants.user_post_answers_list { json!([token]) } else { json!(token) };
    Ok(Reply::json(200, &answer))
}

/// `GET /self/apitokens/{id}`
pub(crate) fn read_user_token(cloud: &Cloud, account: usize, id: &str) -> Result<Reply, Reply> {
    let token = cloud.tokens.get(account_owner(cloud, account), id).ok_or_else(|| cloud.not_found(id))?;
    Ok(Reply::json(200, &Value::Object(token.shown())))
}

/// `PUT /self/apitokens/{id}`
pub(crate) fn update_user_token(
    cloud: &mut Cloud,
    request: &Request,
    account: usize,
    id: &str,
) -> Result<Reply, Reply> {
    let name = name_in(cloud, request)?;
    let (not_found, owner) = (cloud.not_found(id), account_owner(cloud, account).clone());
    let token = cloud.tokens.get_mut(&owner, id).ok_or(not_found)?;
    if let Some(name) = name {
        token.name = name;
    }
    Ok(Reply::json(200, &Value::Object(token.shown())))
}

/// `DELETE /self/apitokens/{id}`
pub(crate) fn delete_user_token(cloud: &mut Cloud, account: usize, id: &str) -> Result<Reply, Reply> {
    let owner = account_owner(cloud, account).clone();
    if cloud.tokens.remove(&owner, id) { Ok(Reply::empty()) } else { Err(cloud.not_found(id)) }
}

/// The owner's tokens that a list shows.
fn listed(cloud: &mut Cloud, request: &Request, owner: &Owner) -> Vec<Map<String, Value>> {
    let hidden = cloud.unlisted.hidden(&collection(owner), request);
    cloud.tokens.list(owner).filter(|token| !hidden.contains(&token.id)).map(StoredToken::shown).collect()
}

/// Hides a new token from lists, by the cloud's behavior.
fn hide(cloud: &mut Cloud, owner: &Owner, id: &str) {
    let lists = cloud.config.behavior.lists_until_shown("apitokens");
    cloud.unlisted.add(&collection(owner), id, lists);
}

fn collection(owner: &Owner) -> String {
    format!("apitokens of {owner:?}")
}

fn account_owner(cloud: &Cloud, account: usize) -> &Owner {
    &cloud.accounts[account].owner
}

fn name_in(cloud: &Cloud, request: &Request) -> Result<Option<String>, Reply> {
    let fields = message::object(request)?;
    message::string(&fields, "name").map_err(|error| error.reply(cloud.config.variants.field_errors))
}

/// The largest number of allowed addresses of a token.
const MOST_SRC_IPS: usize = 10;

/// `GET /orgs/{org_id}/apitokens`
pub(crate) fn list_org_tokens(cloud: &mut Cloud, request: &Request, org_id: &str) -> Result<Reply, Reply> {
    let tokens = listed(cloud, request, &org_owner(org_id));
    let tokens = tokens.into_iter().map(|token| Value::Object(with_views(cloud, token)));
    let config = &cloud.config;
    paging::tokens(request, tokens.collect(), config.page_limit, &config.variants)
        .map_err(|error| error.reply(config.variants.field_errors))
}

/// `POST /orgs/{org_id}/apitokens`
pub(crate) fn create_org_token(
    cloud: &mut Cloud,
    request: &Request,
    org_id: &str,
    caller: &Caller,
) -> Result<Reply, Reply> {
    let fields = message::object(request)?;
    let new = check_new(cloud, org_id, &fields).map_err(|error| error.reply(cloud.config.variants.field_errors))?;
    let created_by = caller.name(cloud).to_owned();
    let token = cloud.add_token_by(&org_owner(org_id), new, &created_by);
    hide(cloud, &org_owner(org_id), &token.id);
    let mut shown = with_views(cloud, token.shown_with_key());
    if !cloud.config.variants.org_post_answers_privileges {
        shown.shift_remove("privileges");
    }
    Ok(Reply::json(200, &Value::Object(shown)))
}

/// `GET /orgs/{org_id}/apitokens/{id}`
pub(crate) fn read_org_token(cloud: &Cloud, org_id: &str, id: &str) -> Result<Reply, Reply> {
    let token = cloud.tokens.get(&org_owner(org_id), id).ok_or_else(|| cloud.not_found(id))?;
    let shown = Value::Object(with_views(cloud, token.shown()));
    Ok(Reply::json(200, &if cloud.config.variants.org_get_answers_list { json!([shown]) } else { shown }))
}

/// `PUT /orgs/{org_id}/apitokens/{id}`. Other fields stay.
pub(crate) fn update_org_token(cloud: &mut Cloud, request: &Request, org_id: &str, id: &str) -> Result<Reply, Reply> {
    let fields = message::object(request)?;
    let (name, privileges) =
        check_update(cloud, org_id, id, &fields).map_err(|error| error.reply(cloud.config.variants.field_errors))?;
    let not_found = cloud.not_found(id);
    let token = cloud.tokens.get_mut(&org_owner(org_id), id).ok_or(not_found)?;
    token.name = name.unwrap_or_else(|| token.name.clone());
    token.privileges = privileges.unwrap_or_else(|| token.privileges.clone());
    let fields = token.shown();
    let shown = Value::Object(with_views(cloud, fields));
    Ok(if cloud.config.variants.org_put_answers_token { Reply::json(200, &shown) } else { Reply::empty() })
}

/// `DELETE /orgs/{org_id}/apitokens/{id}`
pub(crate) fn delete_org_token(cloud: &mut Cloud, org_id: &str, id: &str) -> Result<Reply, Reply> {
    if cloud.tokens.remove(&org_owner(org_id), id) { Ok(Reply::empty()) } else { Err(cloud.not_found(id)) }
}

/// The token with the views of its privileges in the form of this cloud.
fn with_views(cloud: &Cloud, mut token: Map<String, Value>) -> Map<String, Value> {
    for privilege in token.get_mut("privileges").and_then(Value::as_array_mut).into_iter().flatten() {
        privileges::show_views(cloud.config.variants.views, privilege);
    }
    token
}

fn org_owner(org_id: &str) -> Owner {
    Owner::Org(org_id.to_owned())
}

fn check_new(cloud: &Cloud, org_id: &str, fields: &Map<String, Value>) -> Result<NewToken, FieldError> {
    let name = message::required_string(fields, "name")?;
    let privileges =
        fields.get("privileges").ok_or_else(|| FieldError::new("privileges", "This field is required."))?;
    let privileges = privileges::check(cloud, org_id, privileges)?;
    let src_ips = fields.get("src_ips").map_or(Ok(Vec::new()), check_src_ips)?;
    Ok(NewToken { privileges, src_ips, ..NewToken::named(name) })
}

type Update = (Option<String>, Option<Vec<Value>>);

fn check_update(cloud: &Cloud, org_id: &str, id: &str, fields: &Map<String, Value>) -> Result<Update, FieldError> {
    let name = fields.get("name").map(|_| message::required_string(fields, "name")).transpose()?;
    let privileges = fields.get("privileges").map(|value| privileges::check(cloud, org_id, value)).transpose()?;
    let src_ips = fields.get("src_ips").map(check_src_ips).transpose()?;
    let token = cloud.tokens.get(&org_owner(org_id), id);
    let changed = src_ips.zip(token).is_some_and(|(given, token)| given != token.src_ips);
    if changed && cloud.config.variants.src_ips_put == SrcIpsPut::Refused {
        return Err(FieldError::new("src_ips", "Cannot be changed once the API Token is created."));
    }
    Ok((name, privileges))
}

fn check_src_ips(value: &Value) -> Result<Vec<String>, FieldError> {
    let wrong = |problem: String| Err(FieldError::new("src_ips", problem));
    let Value::Array(items) = value else {
        return wrong("Expected a list of items.".to_owned());
    };
    if items.len() > MOST_SRC_IPS {
        return wrong(format!("Ensure this field has no more than {MOST_SRC_IPS} elements."));
    }
    let mut src_ips = Vec::with_capacity(items.len());
    for item in items {
        match item.as_str() {
            Some(text) if network(text).is_some() => src_ips.push(text.to_owned()),
            _ => return wrong(format!("{item} is not an IP address or a network.")),
        }
    }
    Ok(src_ips)
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
    fn an_unused_user_token_is_deleted_after_90_days() {
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
    fn a_deleted_token_leaves_nothing() {
        let mut tokens = Tokens::default();
        let token = tokens.add(&Owner::User, NewToken::named("a"), "", &clock(0.0));
        assert!(tokens.remove(&Owner::User, &token.id));
        assert!(!tokens.remove(&Owner::User, &token.id));
        assert!(tokens.by_key.is_empty() && tokens.list(&Owner::User).next().is_none());
    }
}
