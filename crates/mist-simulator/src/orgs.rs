//! Organizations, the search for their sites, and the MSP: `/orgs/{org_id}` and `/msps/{msp_id}`.

use crate::cloud::{Cloud, MSP_NAME, Org};
use crate::message::{self, FieldError, Reply, Request};
use crate::objects::{self, Scope};
use crate::paging;
use serde_json::{Map, Value, json};

/// Fields that no request can change.
const READ_ONLY: [&str; 6] = ["id", "created_time", "modified_time", "msp_id", "msp_name", "msp_logo_url"];

/// `GET /orgs/{org_id}`
pub(crate) fn read(cloud: &Cloud, org_id: &str) -> Result<Reply, Reply> {
    let org = cloud.orgs.get(org_id).ok_or_else(|| cloud.not_found(org_id))?;
    Ok(Reply::json(200, &Value::Object(org.fields.clone())))
}

/// `PUT /orgs/{org_id}`. Other fields stay.
pub(crate) fn update(cloud: &mut Cloud, request: &Request, org_id: &str) -> Result<Reply, Reply> {
    let mut fields = message::object(request)?;
    if fields.contains_key("name") {
        message::required_string(&fields, "name").map_err(|error| error.reply(cloud.config.variants.field_errors))?;
    }
    READ_ONLY.iter().for_each(|field| drop(fields.shift_remove(*field)));
    let (not_found, now) = (cloud.not_found(org_id), cloud.clock.seconds());
    let org = cloud.orgs.get_mut(org_id).ok_or(not_found)?;
    org.fields.extend(fields);
    org.fields.insert("modified_time".to_owned(), json!(now));
    Ok(Reply::json(200, &Value::Object(org.fields.clone())))
}

/// `GET /orgs/{org_id}/sites/search`. The result is all sites for every search.
pub(crate) fn search_sites(cloud: &mut Cloud, request: &Request, org_id: &str) -> Result<Reply, Reply> {
    let scope = Scope::Org(org_id.to_owned());
    let hidden = cloud.unlisted.hidden(&objects::collection(&scope, "sites"), request);
    let is_listed =
        |site: &&Map<String, Value>| !site.get("id").and_then(Value::as_str).is_some_and(|id| hidden.contains(id));
    let refused = |error: FieldError| error.reply(cloud.config.variants.field_errors);
    let sites = cloud.objects.list(&scope, "sites").filter(is_listed).collect();
    let show = |site: &Map<String, Value>| Value::Object(site.clone());
    paging::search(request, sites, cloud.config.page_limit, show).map_err(refused)
}

/// `GET /msps/{msp_id}`
pub(crate) fn read_msp(msp_id: &str) -> Reply {
    Reply::json(200, &json!({"id": msp_id, "name": MSP_NAME, "allow_mist": true, "tier": "advanced"}))
}

/// `GET /msps/{msp_id}/orgs`
pub(crate) fn list_msp_orgs(cloud: &Cloud, request: &Request) -> Result<Reply, Reply> {
    let refused = |error: FieldError| error.reply(cloud.config.variants.field_errors);
    let orgs = cloud.orgs.values().filter(|org| org.of_msp()).collect();
    let show = |org: &Org| Value::Object(org.fields.clone());
    paging::page(request, orgs, cloud.config.page_limit, &cloud.config.variants, show).map_err(refused)
}
