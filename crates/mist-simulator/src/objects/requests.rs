//! The requests about objects: list, create, read, update, delete.

use super::change::{self, Refusal};
use super::shown::{View, shown};
use super::{ObjectPath, Scope};
use crate::behavior::{Behavior, PutAnswer, names_collection};
use crate::cloud::Cloud;
use crate::message::{self, FieldError, Reply, Request};
use crate::{assignments, paging, random};
use serde_json::{Map, Value, json};

type Fields = Map<String, Value>;

/// Carries out a request about objects. The caller has checked the permission and the method.
pub(crate) fn answer(cloud: &mut Cloud, request: &Request, target: &ObjectPath, method: &str) -> Result<Reply, Reply> {
    let one = target.item.is_some() || target.kind.is_setting();
    match method {
        "POST" if !one => create(cloud, request, target),
        // In the document, the UI settings have POST for one object where others have PUT.
        "PUT" | "POST" => update(cloud, request, target),
        "DELETE" => delete(cloud, target),
        _ if one => read(cloud, target),
        _ => list(cloud, request, target),
    }
}

/// Adds an object without validation and returns its id.
pub(crate) fn seed(cloud: &mut Cloud, target: &ObjectPath, fields: Fields) -> String {
    let given = |field: &str| fields.get(field).and_then(Value::as_str).map(str::to_owned);
    let item = target.item.clone().or_else(|| given(target.known_by())).unwrap_or_else(random::uuid);
    let target = if target.kind.is_setting() {
        target.clone()
    } else {
        ObjectPath { item: Some(item.clone()), ..target.clone() }
    };
    let mut all = cloud.objects.get(&target).cloned().unwrap_or_else(|| added(cloud, &target, Fields::new()));
    all.extend(fields);
    keep(cloud, &target, all);
    item
}

/// Adds an object at a path and returns its id.
///
/// # Errors
/// The path is not one of an object or a collection, or `fields` is not a dictionary.
pub(crate) fn seed_at(cloud: &mut Cloud, path: &str, fields: Value) -> Result<String, String> {
    let target = path_at(cloud, path).ok_or_else(|| format!("{path}: not the path of an object or a collection"))?;
    match fields {
        Value::Object(fields) => Ok(seed(cloud, &target, fields)),
        other => Err(format!("{other}: not an object")),
    }
}

/// The objects at a path, as the cloud keeps them.
pub(crate) fn at(cloud: &Cloud, path: &str) -> Vec<Value> {
    let Some(target) = path_at(cloud, path) else {
        return Vec::new();
    };
    let kept: Vec<Fields> = if target.item.is_some() {
        cloud.objects.get(&target).into_iter().cloned().collect()
    } else {
        cloud.objects.list(&target.scope, &target.name).cloned().collect()
    };
    kept.into_iter().map(|fields| Value::Object(whole(cloud, &target, fields))).collect()
}

/// Deletes the object at a path and returns whether it existed.
pub(crate) fn remove_at(cloud: &mut Cloud, path: &str) -> bool {
    path_at(cloud, path).is_some_and(|target| cloud.objects.remove(&target))
}

fn path_at(cloud: &Cloud, path: &str) -> Option<ObjectPath> {
    let path = path.trim_start_matches('/').trim_start_matches("api/v1/");
    let segments: Vec<&str> = path.split('/').collect();
    match segments[..] {
        ["sites", site_id] => Some(ObjectPath::site(cloud.objects.org_of_site(site_id)?, site_id)),
        _ => super::parse_path(&segments),
    }
}

fn list(cloud: &mut Cloud, request: &Request, target: &ObjectPath) -> Result<Reply, Reply> {
    let hidden = cloud.unlisted.hidden(&target.collection(), request);
    let cloud = &*cloud;
    let config = &cloud.config;
    let is_listed = |fields: &&Fields| {
        let id = fields.get(target.known_by()).and_then(Value::as_str);
        !id.is_some_and(|id| hidden.contains(id)) && is_asked_for(&config.behavior, request, target, fields)
    };
    let mut found: Vec<&Fields> = cloud.objects.list(&target.scope, &target.name).filter(is_listed).collect();
    if config.behavior.newest_first {
        found.reverse();
    }
    let show = |fields: &Fields| view(cloud, target, fields, View::Listed);
    let refused = |error: FieldError| error.reply(config.variants.field_errors);
    paging::page(request, found, config.page_limit, &config.variants, show).map_err(refused)
}

/// Returns true if the filters of the document select the object.
fn is_asked_for(behavior: &Behavior, request: &Request, target: &ObjectPath, fields: &Fields) -> bool {
    let filters = target.kind.filters.iter().filter(|(field, _)| !behavior.ignores_filter(&target.name, field));
    filters.into_iter().all(|(field, default)| {
        let Some(filter) = request.decoded_parameter(field).or_else(|| default.clone()) else {
            return true;
        };
        match fields.get(field) {
            // The devices of a site.
            Some(Value::String(_)) if field == "type" && filter == "all" => true,
            Some(Value::String(text)) if field == "mac" => text_matches(&bare_mac(&filter), &bare_mac(text)),
            Some(Value::String(text)) => text_matches(&filter, text),
            Some(Value::Array(items)) => filter.split(',').all(|value| items.iter().any(|item| item == value)),
            Some(Value::Null) | None => false,
            Some(other) => filter.parse::<Value>().is_ok_and(|filter| filter == *other),
        }
    })
}

/// A MAC address without separators, in lower case.
fn bare_mac(text: &str) -> String {
    text.chars().filter(|character| !matches!(character, ':' | '-' | '.')).collect::<String>().to_lowercase()
}

/// Compares a text with a filter. The document has `prefix*` and `*substring*`.
fn text_matches(filter: &str, text: &str) -> bool {
    match (filter.strip_prefix('*'), filter.strip_suffix('*')) {
        (Some(_), Some(start)) => text.contains(start.trim_start_matches('*')),
        (None, Some(start)) => text.starts_with(start),
        _ => text == filter,
    }
}

fn create(cloud: &mut Cloud, request: &Request, target: &ObjectPath) -> Result<Reply, Reply> {
    let given = message::object(request)?;
    let fields = change::created(&target.name, target.kind, &cloud.config.behavior, given)
        .map_err(|refusal| refused(cloud, &refusal))?;
    check_unique(cloud, target, &Fields::new(), &fields)?;
    let target = ObjectPath { item: Some(cloud.new_id()), ..target.clone() };
    let fields = added(cloud, &target, fields);
    let lists = cloud.config.behavior.lists_until_shown(&target.name);
    cloud.unlisted.add(&target.collection(), target.item.as_deref().unwrap_or_default(), lists);
    keep(cloud, &target, fields);
    let fields = cloud.objects.get(&target).cloned().unwrap_or_default();
    Ok(Reply::json(200, &view(cloud, &target, &fields, View::AfterWriting)))
}

fn read(cloud: &Cloud, target: &ObjectPath) -> Result<Reply, Reply> {
    let fields = found(cloud, target)?;
    let shown = view(cloud, target, &fields, View::Read);
    let list = target.kind.read_is_list || names_collection(&cloud.config.behavior.read_answers_list, &target.name);
    Ok(Reply::json(200, &if list { json!([shown]) } else { shown }))
}

fn update(cloud: &mut Cloud, request: &Request, target: &ObjectPath) -> Result<Reply, Reply> {
    let given = message::object(request)?;
    let before = match found(cloud, target) {
        Err(_) if target.kind.put_creates() => added(cloud, target, Fields::new()),
        other => other?,
    };
    let behavior = &cloud.config.behavior;
    let mut fields = change::changed(&target.name, target.kind, behavior, &before, given.clone())
        .map_err(|refusal| refused(cloud, &refusal))?;
    check_unique(cloud, target, &before, &fields)?;
    if behavior.touches || fields != before {
        fields.insert("modified_time".to_owned(), json!(cloud.clock.seconds()));
    }
    keep(cloud, target, fields);
    if let (Some(id), true) = (&target.item, given.contains_key("sitegroup_ids")) {
        cloud.objects.restore_member(id);
    }
    assignments::configured(cloud, target);
    let fields = found(cloud, target)?;
    let shown = view(cloud, target, &fields, View::AfterWriting);
    Ok(match cloud.config.behavior.put_answers {
        PutAnswer::Object => Reply::json(200, &shown),
        PutAnswer::List => Reply::json(200, &json!([shown])),
        PutAnswer::Request => Reply::json(200, &Value::Object(given)),
        PutAnswer::EmptyObject => Reply::json(200, &json!({})),
        PutAnswer::Empty => Reply::empty(),
    })
}

fn delete(cloud: &mut Cloud, target: &ObjectPath) -> Result<Reply, Reply> {
    if cloud.objects.remove(target) { Ok(Reply::empty()) } else { Err(missing(cloud, target)) }
}

/// The object. A setting exists before its first write.
fn found(cloud: &Cloud, target: &ObjectPath) -> Result<Fields, Reply> {
    match cloud.objects.get(target) {
        Some(fields) => Ok(fields.clone()),
        None if target.kind.is_setting() => Ok(added(cloud, target, Fields::new())),
        None => Err(missing(cloud, target)),
    }
}

/// The object with the fields that the cloud adds: id, owner and times.
fn added(cloud: &Cloud, target: &ObjectPath, given: Fields) -> Fields {
    let now = cloud.clock.seconds();
    let mut fields = Fields::new();
    if let Some(item) = &target.item {
        fields.insert(target.known_by().to_owned(), json!(item));
    }
    fields.extend(given);
    if let Scope::Site(site_id) = &target.scope {
        fields.insert("org_id".to_owned(), json!(cloud.objects.org_of_site(site_id)));
        fields.insert("for_site".to_owned(), json!(true));
    }
    let (field, id) = target.scope.field();
    fields.insert(field.to_owned(), json!(id));
    fields.insert("created_time".to_owned(), json!(now));
    fields.insert("modified_time".to_owned(), json!(now));
    fields
}

/// Stores the object. The sites of a site group are stored with the sites.
fn keep(cloud: &mut Cloud, target: &ObjectPath, mut fields: Fields) {
    if let (Scope::Org(org_id), "sitegroups", Some(id)) = (&target.scope, target.name.as_str(), &target.item)
        && let Some(Value::Array(members)) = fields.shift_remove("site_ids")
    {
        cloud.objects.set_members(org_id, id, &members);
    }
    cloud.objects.put(target, fields);
}

fn view(cloud: &Cloud, target: &ObjectPath, fields: &Fields, view: View) -> Value {
    let whole = whole(cloud, target, fields.clone());
    shown(&target.name, target.kind, &cloud.config.behavior, whole, view)
}

/// The object with the fields that are stored elsewhere: the sites of a site group.
fn whole(cloud: &Cloud, target: &ObjectPath, fields: Fields) -> Fields {
    match (&target.scope, target.name.as_str()) {
        (Scope::Org(org_id), "sitegroups") => cloud.objects.with_members(org_id, fields),
        _ => fields,
    }
}

/// Refuses a new value of a unique field that another object of the collection has.
fn check_unique(cloud: &Cloud, target: &ObjectPath, before: &Fields, fields: &Fields) -> Result<(), Reply> {
    let behavior = &cloud.config.behavior;
    let by_name = behavior.unique_names.then_some("name");
    let by_field = behavior.unique_fields.iter().filter_map(|name| match name.split_once(':') {
        Some((collection, field)) => (collection == target.name).then_some(field),
        None => Some(name.as_str()),
    });
    for field in by_name.into_iter().chain(by_field) {
        let value = fields.get(field).filter(|value| !value.is_null() && before.get(field) != Some(value));
        let taken = |other: &Fields| other.get(field) == value && other.get("id") != fields.get("id");
        if value.is_some() && cloud.objects.list(&target.scope, &target.name).any(taken) {
            return Err(Reply::detail(400, &format!("{field}: This {field} already exists.")));
        }
    }
    Ok(())
}

fn missing(cloud: &Cloud, target: &ObjectPath) -> Reply {
    cloud.not_found(target.item.as_deref().unwrap_or_default())
}

fn refused(cloud: &Cloud, refusal: &Refusal) -> Reply {
    match &refusal.reason {
        Some(reason) => Reply::json(400, &json!({"detail": "Bad Request", "reason": reason})),
        None => message::field_error(&refusal.field, &refusal.problem, cloud.config.variants.field_errors),
    }
}

/// The members of the site groups that a request about a site names, by group. `None` for other requests.
pub(crate) fn members_before(cloud: &Cloud, request: &Request) -> Option<Vec<(String, Vec<Value>)>> {
    if !matches!(request.method.as_str(), "POST" | "PUT") {
        return None;
    }
    let segments: Vec<&str> = request.path.strip_prefix("/api/v1/")?.split('/').collect();
    let org_id = match segments[..] {
        ["orgs", org_id, "sites"] => org_id,
        ["sites", site_id] => cloud.objects.org_of_site(site_id)?,
        _ => return None,
    };
    let body: Value = serde_json::from_slice(&request.body).ok()?;
    let groups = body.get("sitegroup_ids")?.as_array()?.iter().filter_map(Value::as_str);
    let members = groups.filter_map(|group| {
        let fields = cloud.objects.sitegroup(org_id, group)?.clone();
        let whole = cloud.objects.with_members(org_id, fields);
        Some((group.to_owned(), whole.get("site_ids")?.as_array()?.clone()))
    });
    Some(members.collect()).filter(|members: &Vec<_>| !members.is_empty())
}

/// Writes the members that were read, and the site of this request.
pub(crate) fn write_members(cloud: &mut Cloud, request: &Request, reply: &Reply, before: &[(String, Vec<Value>)]) {
    let answer: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let in_path = request.path.strip_prefix("/api/v1/sites/");
    let Some(site_id) = in_path.or_else(|| answer.get("id")?.as_str()).filter(|_| reply.status == 200) else {
        return;
    };
    for (group, members) in before {
        cloud.objects.lose_members(group, members, site_id);
    }
}
