//! The caller (`/self`), organizations (`/orgs/{org_id}`), and MSPs (`/msps/{msp_id}`).

use crate::authentication::Caller;
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

/// `GET /self`. An organization token has a name and privileges, and no fields of a person.
pub(crate) fn whoami(cloud: &Cloud, caller: &Caller) -> Reply {
    let privileges: Vec<Value> =
        caller.privileges(cloud).into_iter().map(|privilege| named(cloud, privilege)).collect();
    let body = match caller {
        Caller::OrgToken { name, .. } => json!({"name": name, "privileges": privileges}),
        Caller::Account { number, .. } => {
            let mut person = person(cloud, *number);
            person["privileges"] = json!(privileges);
            person
        }
    };
    Reply::json(200, &body)
}

/// `GET /self` of a login without its second factor.
pub(crate) fn half_logged_in(cloud: &Cloud, number: usize) -> Reply {
    let mut person = person(cloud, number);
    person["privileges"] = Value::Null;
    person["two_factor_required"] = json!(true);
    person["two_factor_passed"] = json!(false);
    Reply::json(200, &person)
}

/// `GET /self/usage`. This request counts too.
pub(crate) fn usage(cloud: &mut Cloud, caller: &Caller) -> Reply {
    let requests = cloud.quota.used(&caller.quota_key(), cloud.clock.seconds());
    Reply::json(200, &json!({"requests": requests, "request_limit": cloud.config.quota}))
}

fn person(cloud: &Cloud, number: usize) -> Value {
    let account = &cloud.accounts[number];
    let two_factor = account.settings.two_factor.is_some();
    json!({
        "admin_id": account.id,
        "email": account.settings.email,
        "first_name": "Ada",
        "last_name": "Example",
        "enable_two_factor": two_factor,
        "two_factor_verified": two_factor,
        "via_sso": account.settings.sso,
        "tags": [],
    })
}

/// Adds the names of the privilege's object and of its organization.
fn named(cloud: &Cloud, mut privilege: Value) -> Value {
    let text = |field: &str| privilege.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let org = cloud.orgs.get(&text("org_id"));
    let org_name = org.map(|org| json!(org.name()));
    let name_of = |fields: Option<&Map<String, Value>>| fields.and_then(|fields| fields.get("name")).cloned();
    let name = match text("scope").as_str() {
        "site" => name_of(cloud.objects.site(&text("site_id"))),
        "sitegroup" => name_of(cloud.objects.sitegroup(&text("org_id"), &text("sitegroup_id"))),
        "msp" => Some(json!(MSP_NAME)),
        _ => org_name.clone(),
    };
    if let Some(fields) = privilege.as_object_mut() {
        fields.extend(name.map(|name| ("name".to_owned(), name)));
        fields.extend(org_name.map(|name| ("org_name".to_owned(), name)));
    }
    privilege
}
