//! Organisations, their sites and their site groups.

use crate::body::{self, FieldError};
use crate::cloud::Cloud;
use crate::message::{Reply, Request};
use crate::paging;
use serde_json::{Value, json};

/// What the cloud sets itself and no request can change.
const READ_ONLY: [&str; 4] = ["id", "org_id", "created_time", "modified_time"];

/// `GET /orgs/{org_id}`
pub(crate) fn org(cloud: &Cloud, org_id: &str) -> Result<Reply, Reply> {
    let org = cloud.orgs.get(org_id).ok_or_else(|| cloud.not_found(org_id))?;
    let fields = json!({
        "id": org_id,
        "name": org.name,
        "allow_mist": true,
        "alarmtemplate_id": null,
        "orggroup_ids": [],
        "session_expiry": 1440,
        "created_time": org.created_time,
        "modified_time": org.created_time,
    });
    Ok(Reply::json(200, &fields))
}

/// `GET /orgs/{org_id}/sites`
pub(crate) fn list(cloud: &Cloud, request: &Request, org_id: &str) -> Result<Reply, Reply> {
    in_pages(cloud, request, of_org(cloud, org_id))
}

/// `GET /orgs/{org_id}/sites/search`: all sites, whatever is searched for.
pub(crate) fn search(cloud: &Cloud, request: &Request, org_id: &str) -> Result<Reply, Reply> {
    let refused = |error: FieldError| error.reply(cloud.config.behaviour.field_errors);
    paging::search(request, of_org(cloud, org_id), cloud.config.page_limit).map_err(refused)
}

fn of_org(cloud: &Cloud, org_id: &str) -> Vec<Value> {
    let of_org = |site: &&serde_json::Map<String, Value>| site.get("org_id").and_then(Value::as_str) == Some(org_id);
    cloud.sites.values().filter(of_org).cloned().map(Value::Object).collect()
}

/// `GET /orgs/{org_id}/sitegroups`
pub(crate) fn list_groups(cloud: &Cloud, request: &Request, org_id: &str) -> Result<Reply, Reply> {
    let groups = cloud.orgs.get(org_id).into_iter().flat_map(|org| org.sitegroups.values());
    in_pages(cloud, request, groups.cloned().map(Value::Object).collect())
}

/// `GET /sites/{site_id}`
pub(crate) fn read(cloud: &Cloud, site_id: &str) -> Result<Reply, Reply> {
    let site = cloud.sites.get(site_id).ok_or_else(|| cloud.not_found(site_id))?;
    Ok(Reply::json(200, &Value::Object(site.clone())))
}

/// `PUT /sites/{site_id}`: what is not sent stays as it is.
pub(crate) fn update(cloud: &mut Cloud, request: &Request, site_id: &str) -> Result<Reply, Reply> {
    let form = cloud.config.behaviour.field_errors;
    let mut fields = body::object(request)?;
    if fields.contains_key("name") {
        body::required_string(&fields, "name").map_err(|error| error.reply(form))?;
    }
    READ_ONLY.iter().for_each(|field| drop(fields.shift_remove(*field)));
    let (not_found, now) = (cloud.not_found(site_id), cloud.clock.seconds());
    let site = cloud.sites.get_mut(site_id).ok_or(not_found)?;
    site.extend(fields);
    site.insert("modified_time".to_owned(), json!(now));
    Ok(Reply::json(200, &Value::Object(site.clone())))
}

fn in_pages(cloud: &Cloud, request: &Request, items: Vec<Value>) -> Result<Reply, Reply> {
    let refused = |error: FieldError| error.reply(cloud.config.behaviour.field_errors);
    paging::page(request, items, cloud.config.page_limit).map_err(refused)
}
