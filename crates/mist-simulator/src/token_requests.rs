//! The tokens of the account, `/self/apitokens`, and of an organization, `/orgs/{org_id}/apitokens`.

use crate::authentication::{Caller, network};
use crate::cloud::Cloud;
use crate::config::SrcIpsPut;
use crate::message::{self, FieldError, Reply, Request};
use crate::paging;
use crate::privileges;
use crate::tokens::{NewToken, Owner, StoredToken};
use serde_json::{Map, Value, json};

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
