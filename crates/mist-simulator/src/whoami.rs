//! Who am I, and how much of the quota is used.

use crate::authentication::Caller;
use crate::cloud::{Cloud, MSP_NAME};
use crate::message::Reply;
use serde_json::{Map, Value, json};

/// `GET /self`: an organisation token has a name and privileges, and nothing of a person.
pub(crate) fn read(cloud: &Cloud, caller: &Caller) -> Reply {
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

/// `GET /self` of a login whose second factor is still to come.
pub(crate) fn half_logged_in(cloud: &Cloud, number: usize) -> Reply {
    let mut person = person(cloud, number);
    person["privileges"] = Value::Null;
    person["two_factor_required"] = json!(true);
    person["two_factor_passed"] = json!(false);
    Reply::json(200, &person)
}

/// `GET /self/usage`: the question counts too.
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

/// Adds the name of what a privilege is about, and of its organisation.
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
