//! The administrators of an organization, and invites to become one: `/orgs/{org_id}/admins` and `/orgs/{org_id}/invites`.
//!
//! The document has invites only under their own path. In practice the list of administrators contains the pending ones.

use crate::cloud::Cloud;
use crate::config::SecondInvite;
use crate::message::{self, FieldError, Reply, Request};
use crate::objects::{self, Scope};
use crate::{paging, random};
use serde_json::{Map, Value, json};

const ROLES: [&str; 5] = ["admin", "helpdesk", "installer", "read", "write"];

/// The default of `hours`, by the document's example.
const HOURS: i64 = 24;

/// The administrators that are not accounts of the configuration, the invites, and the mails that were sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct Admins {
    pub(crate) people: Vec<Person>,
    invites: Vec<Invite>,
    /// The organization and the address of each mail.
    pub(crate) mails: Vec<(String, String)>,
}

/// An administrator of one organization.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) org_id: String,
    /// All fields, as the API shows them.
    pub(crate) fields: Map<String, Value>,
}

#[derive(Debug, Clone)]
struct Invite {
    org_id: String,
    id: String,
    fields: Map<String, Value>,
}

/// `GET /orgs/{org_id}/admins`: administrators, then invites, also those that have expired.
pub(crate) fn list(cloud: &mut Cloud, request: &Request, org_id: &str) -> Reply {
    let hidden = cloud.unlisted.hidden(&collection(org_id), request);
    let id = |row: &Value| row["admin_id"].as_str().or(row["invite_id"].as_str()).unwrap_or_default().to_owned();
    let rows = rows(cloud, org_id).into_iter().filter(|row| !hidden.contains(&id(row))).collect();
    Reply::json(200, &paging::list(&cloud.config.variants, rows))
}

/// The rows of the list without a delay.
pub(crate) fn rows(cloud: &Cloud, org_id: &str) -> Vec<Value> {
    let accounts = (0..cloud.accounts.len()).filter_map(|number| account_row(cloud, number, org_id));
    let people = cloud.admins.people.iter().filter(|person| person.org_id == org_id);
    let invites = cloud.admins.invites.iter().filter(|invite| invite.org_id == org_id);
    let people = people.map(|person| Value::Object(person.fields.clone()));
    accounts.chain(people).chain(invites.map(Invite::row)).collect()
}

/// An account, if it has privileges in the organization or in its MSP.
fn account_row(cloud: &Cloud, number: usize, org_id: &str) -> Option<Value> {
    let account = &cloud.accounts[number];
    let of_msp = cloud.orgs.get(org_id).is_some_and(crate::cloud::Org::of_msp);
    let msp = account.msp_privilege(&cloud.msp_id).filter(|_| of_msp);
    let privileges: Vec<Value> = msp.into_iter().chain(account.privileges_in(org_id)).collect();
    (!privileges.is_empty()).then(|| {
        json!({"admin_id": account.id, "email": account.settings.email, "first_name": "Ada", "last_name": "Example",
            "privileges": privileges})
    })
}

impl Invite {
    fn row(&self) -> Value {
        let mut fields = self.fields.clone();
        fields.insert("invite_id".to_owned(), json!(self.id));
        Value::Object(fields)
    }
}

fn collection(org_id: &str) -> String {
    objects::collection(&Scope::Org(org_id.to_owned()), "admins")
}

/// Adds an administrator as if one had accepted an invite, and returns its id.
pub(crate) fn add(cloud: &mut Cloud, org_id: &str, mut fields: Map<String, Value>) -> String {
    let id = fields.get("admin_id").and_then(Value::as_str).map_or_else(random::uuid, str::to_owned);
    fields.insert("admin_id".to_owned(), json!(id));
    cloud.admins.people.push(Person { org_id: org_id.to_owned(), fields });
    id
}

/// Adds an invite without a mail, and returns its id.
pub(crate) fn add_invite(cloud: &mut Cloud, org_id: &str, mut fields: Map<String, Value>) -> String {
    let id = random::uuid();
    let expires = cloud.clock.seconds() + HOURS * 3600;
    fields.entry("expire_time").or_insert_with(|| json!(expires));
    cloud.admins.invites.push(Invite { org_id: org_id.to_owned(), id: id.clone(), fields });
    id
}

/// The invited person accepts: the invites of the address become one administrator. Returns whether one was valid.
pub(crate) fn accept(cloud: &mut Cloud, email: &str) -> bool {
    let now = cloud.clock.seconds();
    let is_of = |fields: &Map<String, Value>| same_address(fields, email);
    let valid = |invite: &&Invite| {
        is_of(&invite.fields) && invite.fields.get("expire_time").and_then(Value::as_i64).is_some_and(|end| end > now)
    };
    let Some(invite) = cloud.admins.invites.iter().find(valid).cloned() else { return false };
    cloud.admins.invites.retain(|other| other.org_id != invite.org_id || !is_of(&other.fields));
    let mut fields = invite.fields;
    fields.shift_remove("expire_time");
    add(cloud, &invite.org_id, fields);
    true
}

fn same_address(fields: &Map<String, Value>, email: &str) -> bool {
    fields.get("email").and_then(Value::as_str).is_some_and(|known| known.eq_ignore_ascii_case(email))
}

/// `POST /orgs/{org_id}/invites`: sends a mail.
pub(crate) fn invite(cloud: &mut Cloud, request: &Request, org_id: &str) -> Result<Reply, Reply> {
    let given = message::object(request)?;
    let form = cloud.config.variants.field_errors;
    let email = message::required_string(&given, "email").map_err(|error| error.reply(form))?;
    if !email.contains('@') {
        return Err(FieldError::new("email", "Enter a valid email address.").reply(form));
    }
    let privileges = check(cloud, org_id, given.get("privileges")).map_err(|error| error.reply(form))?;
    if rows(cloud, org_id).iter().any(|row| {
        row.get("admin_id").is_some()
            && row["email"].as_str().is_some_and(|known| known.eq_ignore_ascii_case(&email))
            && row["privileges"].as_array().is_some_and(|all| all.iter().any(|one| one["org_id"] == org_id))
    }) {
        return Err(Reply::detail(400, "The user is already an administrator of this organization."));
    }
    let hours = given.get("hours").and_then(Value::as_i64).unwrap_or(HOURS);
    let expires = cloud.clock.seconds() + hours * 3600;
    let pending =
        cloud.admins.invites.iter_mut().find(|invite| invite.org_id == org_id && same_address(&invite.fields, &email));
    let row = match (cloud.config.variants.second_invite, pending) {
        (SecondInvite::Refused, Some(_)) => return Err(Reply::detail(400, "The user is already invited.")),
        (SecondInvite::Renewed, Some(invite)) => {
            invite.fields.insert("expire_time".to_owned(), json!(expires));
            invite.fields.insert("privileges".to_owned(), json!(privileges));
            invite.row()
        }
        _ => {
            let mut fields = Map::new();
            fields.insert("email".to_owned(), json!(email));
            for name in ["first_name", "last_name"] {
                fields.extend(given.get(name).map(|value| (name.to_owned(), value.clone())));
            }
            fields.insert("privileges".to_owned(), json!(privileges));
            fields.insert("expire_time".to_owned(), json!(expires));
            let id = add_invite(cloud, org_id, fields);
            let lists = cloud.config.behavior.lists_until_shown("admins");
            cloud.unlisted.add(&collection(org_id), &id, lists);
            cloud.admins.invites.last().map(Invite::row).unwrap_or_default()
        }
    };
    cloud.admins.mails.push((org_id.to_owned(), email));
    let full = cloud.config.variants.invite_answers_object;
    Ok(if full { Reply::json(200, &row) } else { Reply::json(200, &json!({})) })
}

/// `PUT` and `DELETE /orgs/{org_id}/invites/{invite_id}`: sends no mail.
pub(crate) fn change_invite(
    cloud: &mut Cloud,
    request: &Request,
    org_id: &str,
    id: &str,
    method: &str,
) -> Result<Reply, Reply> {
    let not_found = cloud.not_found(id);
    let known = cloud.admins.invites.iter().position(|invite| invite.org_id == org_id && invite.id == id);
    let at = known.ok_or(not_found)?;
    if method == "DELETE" {
        cloud.admins.invites.remove(at);
        return Ok(Reply::empty());
    }
    let given = message::object(request)?;
    let changed = changes(cloud, org_id, given)?;
    let invite = &mut cloud.admins.invites[at];
    invite.fields.extend(changed);
    Ok(Reply::json(200, &invite.row()))
}

/// `GET`, `PUT` and `DELETE /orgs/{org_id}/admins/{admin_id}`. A deletion takes the privileges in the organization, not
/// those of the MSP.
pub(crate) fn one(cloud: &mut Cloud, request: &Request, org_id: &str, id: &str, method: &str) -> Result<Reply, Reply> {
    let find = |cloud: &Cloud| rows(cloud, org_id).into_iter().find(|row| row["admin_id"] == id);
    let row = find(cloud).ok_or_else(|| cloud.not_found(id))?;
    if method == "GET" {
        return Ok(Reply::json(200, &row));
    }
    let changed = match method {
        "DELETE" => {
            let all = row["privileges"].as_array().cloned().unwrap_or_default();
            let rest: Vec<Value> = all.into_iter().filter(|one| one["org_id"] != org_id).collect();
            [("privileges".to_owned(), json!(rest))].into_iter().collect()
        }
        _ => {
            let given = message::object(request)?;
            changes(cloud, org_id, given)?
        }
    };
    if let Some(account) = cloud.accounts.iter_mut().find(|account| account.id == id) {
        if let Some(Value::Array(privileges)) = changed.get("privileges") {
            let own = privileges.iter().filter(|privilege| privilege["org_id"] == org_id).cloned().collect();
            account.set_privileges(org_id, own);
        }
    } else {
        let is_it = |person: &Person| person.org_id == org_id && person.fields.get("admin_id") == Some(&json!(id));
        if let Some(person) = cloud.admins.people.iter_mut().find(|person| is_it(person)) {
            person.fields.extend(changed);
        }
        let is_empty = |person: &Person| person.fields["privileges"].as_array().is_none_or(Vec::is_empty);
        cloud.admins.people.retain(|person| !(is_it(person) && is_empty(person)));
    }
    if method == "DELETE" {
        return Ok(Reply::empty());
    }
    let full = cloud.config.variants.admin_put_answers_object;
    Ok(if full { Reply::json(200, &find(cloud).unwrap_or_default()) } else { Reply::empty() })
}

/// The fields of a request that change something.
fn changes(cloud: &Cloud, org_id: &str, given: Map<String, Value>) -> Result<Map<String, Value>, Reply> {
    let mut changed = Map::new();
    for (field, value) in given {
        match field.as_str() {
            "privileges" => {
                let form = cloud.config.variants.field_errors;
                let privileges = check(cloud, org_id, Some(&value)).map_err(|error| error.reply(form))?;
                changed.insert(field, json!(privileges));
            }
            "first_name" | "last_name" => drop(changed.insert(field, value)),
            _ => {}
        }
    }
    Ok(changed)
}

/// Checks privileges, and adds the organization to those without an owner.
fn check(cloud: &Cloud, org_id: &str, privileges: Option<&Value>) -> Result<Vec<Value>, FieldError> {
    let wrong = |problem: String| FieldError::new("privileges", problem);
    let Some(Value::Array(items)) = privileges else { return Err(wrong("This field is required.".to_owned())) };
    if items.is_empty() {
        return Err(wrong("This list may not be empty.".to_owned()));
    }
    items.iter().map(|item| check_one(cloud, org_id, item).map_err(wrong)).collect()
}

fn check_one(cloud: &Cloud, org_id: &str, item: &Value) -> Result<Value, String> {
    let mut fields = item.as_object().cloned().ok_or("Expected a dictionary.")?;
    let text = |field: &str| item[field].as_str().unwrap_or_default();
    if !ROLES.contains(&text("role")) {
        return Err(format!("role: \"{}\" is not a valid choice.", text("role")));
    }
    let group_exists = |id: &Value| cloud.objects.sitegroup(org_id, id.as_str().unwrap_or_default()).is_some();
    match text("scope") {
        "org" | "orgsites" => {}
        "site" if cloud.objects.org_of_site(text("site_id")) == Some(org_id) => {}
        "sitegroup" if item["sitegroup_ids"].as_array().is_some_and(|ids| ids.iter().all(group_exists)) => {}
        // The privileges of the MSP stay as they are.
        "msp" | "orggroup" => return Ok(item.clone()),
        other => return Err(format!("scope {other}: its object does not exist.")),
    }
    fields.entry("org_id").or_insert_with(|| json!(org_id));
    Ok(Value::Object(fields))
}
