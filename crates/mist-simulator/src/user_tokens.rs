//! The account's tokens: `/self/apitokens`.

use crate::authentication::Caller;
use crate::body;
use crate::cloud::Cloud;
use crate::message::{Reply, Request};
use crate::paging;
use crate::privileges;
use crate::tokens::{NewToken, Owner};
use serde_json::{Value, json};

/// The number of the account. An organisation token has none whose tokens these could be.
pub(crate) fn check_caller(caller: &Caller) -> Result<usize, Reply> {
    match caller {
        Caller::Account { number, .. } => Ok(*number),
        Caller::OrgToken { .. } => Err(privileges::refusal()),
    }
}

/// `GET /self/apitokens`
pub(crate) fn list(cloud: &Cloud, request: &Request, account: usize) -> Result<Reply, Reply> {
    let tokens: Vec<Value> =
        cloud.tokens.list(owner(cloud, account)).map(|token| Value::Object(token.shown())).collect();
    let config = &cloud.config;
    paging::tokens(request, tokens, config.page_limit, &config.variants)
        .map_err(|error| error.reply(config.variants.field_errors))
}

/// `POST /self/apitokens`: a name may be missing, and is then empty.
pub(crate) fn create(cloud: &mut Cloud, request: &Request, account: usize) -> Result<Reply, Reply> {
    if cloud.accounts[account].settings.sso {
        return Err(Reply::detail(403, "SSO admins cannot generate API tokens."));
    }
    let name = name(cloud, request)?.unwrap_or_default();
    let owner = owner(cloud, account).clone();
    let mut token = cloud.add_token(&owner, NewToken::named(name)).shown_with_key();
    if cloud.config.variants.user_post_answers_id_and_key_alone {
        token.retain(|field, _| field == "id" || field == "key");
    }
    let answer = if cloud.config.variants.user_post_answers_list { json!([token]) } else { json!(token) };
    Ok(Reply::json(200, &answer))
}

/// `GET /self/apitokens/{id}`
pub(crate) fn read(cloud: &Cloud, account: usize, id: &str) -> Result<Reply, Reply> {
    let token = cloud.tokens.get(owner(cloud, account), id).ok_or_else(|| cloud.not_found(id))?;
    Ok(Reply::json(200, &Value::Object(token.shown())))
}

/// `PUT /self/apitokens/{id}`
pub(crate) fn update(cloud: &mut Cloud, request: &Request, account: usize, id: &str) -> Result<Reply, Reply> {
    let name = name(cloud, request)?;
    let (not_found, owner) = (cloud.not_found(id), owner(cloud, account).clone());
    let token = cloud.tokens.get_mut(&owner, id).ok_or(not_found)?;
    if let Some(name) = name {
        token.name = name;
    }
    Ok(Reply::json(200, &Value::Object(token.shown())))
}

/// `DELETE /self/apitokens/{id}`
pub(crate) fn delete(cloud: &mut Cloud, account: usize, id: &str) -> Result<Reply, Reply> {
    let owner = owner(cloud, account).clone();
    if cloud.tokens.remove(&owner, id) { Ok(Reply::empty()) } else { Err(cloud.not_found(id)) }
}

fn owner(cloud: &Cloud, account: usize) -> &Owner {
    &cloud.accounts[account].owner
}

fn name(cloud: &Cloud, request: &Request) -> Result<Option<String>, Reply> {
    let fields = body::object(request)?;
    body::string(&fields, "name").map_err(|error| error.reply(cloud.config.variants.field_errors))
}
