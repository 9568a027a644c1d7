//! The requests about objects: list, create, read, change, delete.

use super::change::{self, Refusal};
use super::place::{Place, Scope};
use super::shown::{View, shown};
use crate::behavior::{PutAnswer, names_collection};
use crate::body::{self, FieldError};
use crate::cloud::Cloud;
use crate::message::{Reply, Request};
use crate::{paging, random};
use serde_json::{Map, Value, json};

type Fields = Map<String, Value>;

/// Carries out a request about objects. That the caller may, and that the method is one of the place's, is known.
pub(crate) fn answer(cloud: &mut Cloud, request: &Request, place: &Place, method: &str) -> Result<Reply, Reply> {
    let one = place.item.is_some() || place.kind.is_setting();
    match method {
        "POST" if !one => create(cloud, request, place),
        // The document has POST on one object of the UI settings where others have PUT.
        "PUT" | "POST" => update(cloud, request, place),
        "DELETE" => delete(cloud, place),
        _ if one => read(cloud, place),
        _ => list(cloud, request, place),
    }
}

/// Puts an object into the cloud without asking the API for it, and says what it is known by. Nothing is checked.
pub(crate) fn seed(cloud: &mut Cloud, place: &Place, fields: Fields) -> String {
    let given = |field: &str| fields.get(field).and_then(Value::as_str).map(str::to_owned);
    let known_by = place.kind.id.as_deref().unwrap_or("id");
    let item = place.item.clone().or_else(|| given(known_by)).unwrap_or_else(random::uuid);
    let place =
        if place.kind.is_setting() { place.clone() } else { Place { item: Some(item.clone()), ..place.clone() } };
    let mut all = cloud.objects.get(&place).cloned().unwrap_or_else(|| added(cloud, &place, Fields::new()));
    all.extend(fields);
    keep(cloud, &place, all);
    item
}

/// Puts an object into the cloud at a path, and says what it is known by.
///
/// # Errors
/// When the path is none of an object, or the object no dictionary.
pub(crate) fn seed_at(cloud: &mut Cloud, path: &str, fields: Value) -> Result<String, String> {
    let place = place_at(cloud, path).ok_or_else(|| format!("{path} is no path of an object or a collection"))?;
    match fields {
        Value::Object(fields) => Ok(seed(cloud, &place, fields)),
        other => Err(format!("{other} is no object")),
    }
}

/// What is kept at a path: the objects of a collection, the one object, or the setting.
pub(crate) fn at(cloud: &Cloud, path: &str) -> Vec<Value> {
    let Some(place) = place_at(cloud, path) else {
        return Vec::new();
    };
    let kept: Vec<Fields> = if place.item.is_some() {
        cloud.objects.get(&place).into_iter().cloned().collect()
    } else {
        cloud.objects.list(&place.scope, &place.name).cloned().collect()
    };
    kept.into_iter().map(|fields| Value::Object(whole(cloud, &place, fields))).collect()
}

/// Removes what is kept at a path; says whether it was there.
pub(crate) fn remove_at(cloud: &mut Cloud, path: &str) -> bool {
    place_at(cloud, path).is_some_and(|place| cloud.objects.remove(&place))
}

fn place_at(cloud: &Cloud, path: &str) -> Option<Place> {
    let path = path.trim_start_matches('/').trim_start_matches("api/v1/");
    let segments: Vec<&str> = path.split('/').collect();
    match segments[..] {
        ["sites", site_id] => Some(Place::site(cloud.objects.org_of_site(site_id)?, site_id)),
        _ => super::place::parse_path(&segments),
    }
}

fn list(cloud: &Cloud, request: &Request, place: &Place) -> Result<Reply, Reply> {
    let config = &cloud.config;
    let found: Vec<&Fields> =
        cloud.objects.list(&place.scope, &place.name).filter(|fields| is_asked_for(request, place, fields)).collect();
    let show = |fields: &Fields| view(cloud, place, fields, View::Listed);
    let refused = |error: FieldError| error.reply(config.variants.field_errors);
    paging::page(request, found, config.page_limit, &config.variants, show).map_err(refused)
}

/// Whether the query's filters, those of the document for this list, choose the object.
fn is_asked_for(request: &Request, place: &Place, fields: &Fields) -> bool {
    place.kind.filters.iter().all(|(field, default)| {
        let Some(wanted) = request.decoded_parameter(field).or_else(|| default.clone()) else {
            return true;
        };
        match fields.get(field) {
            Some(Value::String(text)) => *text == wanted,
            Some(Value::Array(items)) => wanted.split(',').all(|wanted| items.iter().any(|item| item == wanted)),
            Some(Value::Null) | None => false,
            Some(other) => wanted.parse::<Value>().is_ok_and(|wanted| wanted == *other),
        }
    })
}

fn create(cloud: &mut Cloud, request: &Request, place: &Place) -> Result<Reply, Reply> {
    let given = body::object(request)?;
    let fields = change::created(&place.name, place.kind, &cloud.config.behavior, given)
        .map_err(|refusal| refused(cloud, &refusal))?;
    check_name(cloud, place, &fields)?;
    let place = Place { item: Some(cloud.new_id()), ..place.clone() };
    let fields = added(cloud, &place, fields);
    keep(cloud, &place, fields);
    let fields = cloud.objects.get(&place).cloned().unwrap_or_default();
    Ok(Reply::json(200, &view(cloud, &place, &fields, View::AfterWriting)))
}

fn read(cloud: &Cloud, place: &Place) -> Result<Reply, Reply> {
    let fields = found(cloud, place)?;
    let shown = view(cloud, place, &fields, View::Read);
    let list = place.kind.read_is_list || names_collection(&cloud.config.behavior.read_answers_list, &place.name);
    Ok(Reply::json(200, &if list { json!([shown]) } else { shown }))
}

fn update(cloud: &mut Cloud, request: &Request, place: &Place) -> Result<Reply, Reply> {
    let given = body::object(request)?;
    let before = match found(cloud, place) {
        Err(_) if place.kind.put_creates() => added(cloud, place, Fields::new()),
        other => other?,
    };
    let behavior = &cloud.config.behavior;
    let mut fields = change::changed(&place.name, place.kind, behavior, &before, given.clone())
        .map_err(|refusal| refused(cloud, &refusal))?;
    if fields.get("name") != before.get("name") {
        check_name(cloud, place, &fields)?;
    }
    if behavior.touches || fields != before {
        fields.insert("modified_time".to_owned(), json!(cloud.clock.seconds()));
    }
    keep(cloud, place, fields);
    let fields = found(cloud, place)?;
    let shown = view(cloud, place, &fields, View::AfterWriting);
    Ok(match cloud.config.behavior.put_answers {
        PutAnswer::Object => Reply::json(200, &shown),
        PutAnswer::List => Reply::json(200, &json!([shown])),
        PutAnswer::Request => Reply::json(200, &Value::Object(given)),
        PutAnswer::EmptyObject => Reply::json(200, &json!({})),
        PutAnswer::Empty => Reply::empty(),
    })
}

fn delete(cloud: &mut Cloud, place: &Place) -> Result<Reply, Reply> {
    if cloud.objects.remove(place) { Ok(Reply::empty()) } else { Err(missing(cloud, place)) }
}

/// The object; a setting that nobody has written yet is there all the same.
fn found(cloud: &Cloud, place: &Place) -> Result<Fields, Reply> {
    match cloud.objects.get(place) {
        Some(fields) => Ok(fields.clone()),
        None if place.kind.is_setting() => Ok(added(cloud, place, Fields::new())),
        None => Err(missing(cloud, place)),
    }
}

/// The object with what the cloud adds: what it is known by, where it belongs, and when it was made.
fn added(cloud: &Cloud, place: &Place, given: Fields) -> Fields {
    let now = cloud.clock.seconds();
    let mut fields = Fields::new();
    if let Some(item) = &place.item {
        fields.insert(place.kind.id.clone().unwrap_or_else(|| "id".to_owned()), json!(item));
    }
    fields.extend(given);
    if let Scope::Site(site_id) = &place.scope {
        fields.insert("org_id".to_owned(), json!(cloud.objects.org_of_site(site_id)));
        fields.insert("for_site".to_owned(), json!(true));
    }
    let (field, id) = place.scope.field();
    fields.insert(field.to_owned(), json!(id));
    fields.insert("created_time".to_owned(), json!(now));
    fields.insert("modified_time".to_owned(), json!(now));
    fields
}

/// Keeps the object. Which sites are in a site group is kept with the sites.
fn keep(cloud: &mut Cloud, place: &Place, mut fields: Fields) {
    if let (Scope::Org(org_id), "sitegroups", Some(id)) = (&place.scope, place.name.as_str(), &place.item)
        && let Some(Value::Array(members)) = fields.shift_remove("site_ids")
    {
        cloud.objects.set_members(org_id, id, &members);
    }
    cloud.objects.put(place, fields);
}

fn view(cloud: &Cloud, place: &Place, fields: &Fields, view: View) -> Value {
    let whole = whole(cloud, place, fields.clone());
    shown(&place.name, place.kind, &cloud.config.behavior, whole, view)
}

/// The object with what is kept elsewhere: a site group's sites.
fn whole(cloud: &Cloud, place: &Place, fields: Fields) -> Fields {
    match (&place.scope, place.name.as_str()) {
        (Scope::Org(org_id), "sitegroups") => cloud.objects.with_members(org_id, fields),
        _ => fields,
    }
}

fn check_name(cloud: &Cloud, place: &Place, fields: &Fields) -> Result<(), Reply> {
    let name = fields.get("name").filter(|name| !name.is_null());
    let taken = |other: &Fields| other.get("name") == name && other.get("id") != fields.get("id");
    if name.is_some() && cloud.config.behavior.unique_names && cloud.objects.list(&place.scope, &place.name).any(taken)
    {
        return Err(Reply::detail(400, "name: This name is already in use."));
    }
    Ok(())
}

fn missing(cloud: &Cloud, place: &Place) -> Reply {
    cloud.not_found(place.item.as_deref().unwrap_or_default())
}

fn refused(cloud: &Cloud, refusal: &Refusal) -> Reply {
    match &refusal.reason {
        Some(reason) => Reply::json(400, &json!({"detail": "Bad Request", "reason": reason})),
        None => body::field_error(&refusal.field, &refusal.problem, cloud.config.variants.field_errors),
    }
}
