//! The MSP, if there is one, and its organisations: `/msps/{msp_id}`.

use crate::body::FieldError;
use crate::cloud::{Cloud, MSP_NAME, Org};
use crate::message::{Reply, Request};
use crate::paging;
use serde_json::{Value, json};

/// `GET /msps/{msp_id}`
pub(crate) fn read(msp_id: &str) -> Reply {
    Reply::json(200, &json!({"id": msp_id, "name": MSP_NAME, "allow_mist": true, "tier": "advanced"}))
}

/// `GET /msps/{msp_id}/orgs`
pub(crate) fn list_orgs(cloud: &Cloud, request: &Request) -> Result<Reply, Reply> {
    let refused = |error: FieldError| error.reply(cloud.config.variants.field_errors);
    let orgs = cloud.orgs.values().filter(|org| org.of_msp()).collect();
    let show = |org: &Org| Value::Object(org.fields.clone());
    paging::page(request, orgs, cloud.config.page_limit, &cloud.config.variants, show).map_err(refused)
}
