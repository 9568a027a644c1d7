//! Plans a PUT: decides if the body differs from the object, and merges them so that nothing is lost. Also the diffs of a call.
//! No I/O.
//!
//! The cloud keeps top-level fields that are not sent. It is not documented if it merges or replaces nested dictionaries, so that
//! the body is merged into the object first.

use super::secrets::masked;
use ansible_binary_module::Diff;
use mist_objects::compare::{self, Rules};
use mist_objects::merge::merge_body;
use mist_objects::secrets::is_secret_name;
use mist_objects::table::{self, Field, Schema};
use mist_objects::value::{Path, is_masked};
use serde_json::{Map, Value};

/// The plan of a PUT.
#[derive(Clone, Debug, PartialEq)]
pub struct Update {
    /// The body to send; `None` if nothing differs.
    pub body: Option<Value>,
    /// Dotted paths of fields that are a string where the cloud has the same number or boolean, or the reverse, although the
    /// document does not allow both.
    pub retyped: Vec<String>,
    /// Dotted paths of secrets next to changed fields that the cloud masks, so that they cannot be sent.
    pub unsendable: Vec<String>,
}

/// The object in the response: the item of a list with one item.
#[must_use]
pub fn the_object<'a>(sent: &Value, found: &'a Value) -> &'a Value {
    match found.as_array().map(Vec::as_slice) {
        Some([one @ Value::Object(_)]) if sent.is_object() => one,
        _ => found,
    }
}

/// Plans a PUT of `sent` to the object `found`.
#[must_use]
pub fn plan(schema: Schema, sent: &Value, found: &Value) -> Update {
    let found = the_object(sent, found);
    let mut field = Field::default();
    field.schema = schema;
    // A secret that the cloud does not return counts as a difference.
    let rules = Rules { rewrite_secrets: true, whole_lists: true, ..Rules::default() };
    let asked = asked(sent, found);
    let changes_nothing = asked.as_object().is_some_and(Map::is_empty);
    if changes_nothing || compare::differences(&Path::default(), field, &asked, found, &rules).is_empty() {
        return Update { body: None, retyped: Vec::new(), unsendable: Vec::new() };
    }
    let (mut retyped, mut unsendable) = (Vec::new(), Vec::new());
    find_retyped("", field, sent, found, &mut retyped);
    let body = match (sent, found) {
        (Value::Object(sent), Value::Object(there)) => {
            let mut body = merge_body(sent, there);
            drop_masked("", field, sent, &mut body, &mut unsendable);
            Value::Object(body)
        }
        _ => sent.clone(),
    };
    Update { body: Some(body), retyped, unsendable }
}

/// The body without empty dictionaries where the object has fields: they change nothing.
fn asked(sent: &Value, found: &Value) -> Value {
    let (Value::Object(sent), Value::Object(found)) = (sent, found) else { return sent.clone() };
    let part = |(name, value): (&String, &Value)| {
        let there = found.get(name).unwrap_or(&Value::Null);
        let changes_nothing = value.as_object().is_some_and(Map::is_empty) && there.is_object();
        (!changes_nothing).then(|| (name.clone(), asked(value, there)))
    };
    Value::Object(sent.iter().filter_map(part).collect())
}

/// Finds strings that equal a number or boolean, where the document does not allow both.
fn find_retyped(path: &str, field: Field, sent: &Value, found: &Value, retyped: &mut Vec<String>) {
    match (sent, found) {
        (Value::Object(sent), Value::Object(found)) => {
            for (name, value) in sent {
                let there = found.get(name).unwrap_or(&Value::Null);
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                find_retyped(&path, field.schema.field(name), value, there, retyped);
            }
        }
        (Value::Array(sent), Value::Array(found)) => {
            for (number, (sent, found)) in sent.iter().zip(found).enumerate() {
                find_retyped(&format!("{path}[{number}]"), field.item(), sent, found, retyped);
            }
        }
        (Value::String(text), Value::Number(_) | Value::Bool(_)) if says(text, found) && !field.number_or_text => {
            retyped.push(path.to_owned());
        }
        (Value::Number(_) | Value::Bool(_), Value::String(text)) if says(text, sent) && !field.number_or_text => {
            retyped.push(path.to_owned());
        }
        _ => {}
    }
}

/// Returns true if a string equals this number or boolean as Jinja prints it: `True`.
fn says(text: &str, value: &Value) -> bool {
    match value {
        Value::Bool(value) => text.eq_ignore_ascii_case(if *value { "true" } else { "false" }),
        Value::Number(number) => {
            text == number.to_string() || text.parse::<f64>().is_ok_and(|parsed| Some(parsed) == number.as_f64())
        }
        _ => false,
    }
}

/// Removes masked secrets that come from the cloud: sent back, the mask would replace the secret.
fn drop_masked(
    path: &str,
    field: Field,
    sent: &Map<String, Value>,
    body: &mut Map<String, Value>,
    dropped: &mut Vec<String>,
) {
    body.retain(|name, value| {
        let inner = field.schema.field(name);
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        match (sent.get(name), value) {
            (Some(Value::Object(sent)), Value::Object(body)) => drop_masked(&path, inner, sent, body, dropped),
            (None, value) if (inner.secret || is_secret_name(name)) && is_masked(value) => {
                dropped.push(path);
                return false;
            }
            (None, Value::Object(body)) => drop_masked(&path, inner, &Map::new(), body, dropped),
            _ => {}
        }
        true
    });
}

/// The schema of the object at a path (`/api/v1/sites/…/wlans/…`, with or without placeholders), by Mist's document. Empty for an
/// unknown path.
#[must_use]
pub fn schema(path: &str) -> Schema {
    let Some(steps) = path.trim_start_matches('/').strip_prefix("api/v1/").map(steps) else { return Schema::default() };
    let fits = |template: &str, id: bool| {
        let template = steps_of(template, id);
        template.len() == steps.len()
            && template.iter().zip(&steps).all(|(known, step)| known.starts_with('{') || known == step)
    };
    // A literal path has precedence over an ID: `sites/{site_id}/setting` is not a site.
    table::all()
        .find(|kind| fits(&kind.collection, false))
        .or_else(|| table::all().find(|kind| !kind.one && fits(&kind.item, true)))
        .map(|kind| kind.schema)
        .unwrap_or_default()
}

/// The paths of the API document (2607.1.0) with a PUT that is not the update of an object: no GET exists, or the GET returns
/// something else than the PUT takes (`op`).
const ACTIONS: [&str; 27] = [
    "installer/orgs/{id}/devices/{id}",
    "installer/orgs/{id}/devices/{id}/vc",
    "installer/orgs/{id}/sites/{id}",
    "installer/orgs/{id}/sites/{id}/maps/{id}",
    "msps/{id}/invites/{id}",
    "msps/{id}/licenses",
    "msps/{id}/orgs",
    "msps/{id}/ssoroles/{id}",
    "orgs/{id}/admins/{id}",
    "orgs/{id}/inventory",
    "orgs/{id}/invites/{id}",
    "orgs/{id}/licenses",
    "orgs/{id}/nacportals/{id}/portal_template",
    "orgs/{id}/otherdevices",
    "orgs/{id}/pskportals/{id}/portal_template",
    "orgs/{id}/sdkclients/{id}",
    "orgs/{id}/setting/skyatp/secintel_allowlist",
    "orgs/{id}/setting/skyatp/secintel_blocklist",
    "orgs/{id}/setting/{id}/link_accounts/{id}",
    "orgs/{id}/usermacs",
    "orgs/{id}/wlans/{id}/portal_template",
    "sites/{id}/devices/{id}/local_port_config",
    "sites/{id}/devices/{id}/vc",
    "sites/{id}/location/ml/device/{id}",
    "sites/{id}/location/ml/map/{id}",
    "sites/{id}/pcaps/{id}",
    "sites/{id}/wlans/{id}/portal_template",
];

/// True if a PUT to the path (`/api/v1/orgs/…/inventory`) acts, so that a comparison with a GET has no meaning.
#[must_use]
pub fn is_action(path: &str) -> bool {
    let Some(path) = path.trim_start_matches('/').strip_prefix("api/v1/").map(steps) else { return false };
    ACTIONS.iter().any(|action| {
        let action = steps(action);
        action.len() == path.len() && action.iter().zip(&path).all(|(known, step)| *known == "{id}" || known == step)
    })
}

/// The schema for the option `path`.
#[must_use]
pub fn schema_of_option(path: &str) -> Schema {
    let path = path.split('?').next().unwrap_or_default().trim().trim_start_matches('/');
    schema(&if path.starts_with("api/") { path.to_owned() } else { format!("api/v1/{path}") })
}

fn steps(path: &str) -> Vec<&str> {
    path.split('/').filter(|step| !step.is_empty()).collect()
}

fn steps_of(template: &str, id: bool) -> Vec<&str> {
    let mut all = steps(template.trim_start_matches('/').trim_start_matches("api/v1/"));
    if id {
        all.push("{id}");
    }
    all
}

/// The diff of an update: only the fields in the body.
#[must_use]
pub fn diff_of_update(path: &str, sent: &Value, found: &Value) -> Diff {
    let before = concerned(sent, the_object(sent, found));
    Diff::new(masked(&before, sent, "before"), masked(sent, &before, "after")).headed(path)
}

/// The diff of a creation.
#[must_use]
pub fn diff_of_creation(path: &str, sent: &Value) -> Diff {
    Diff::new(Map::new(), masked(sent, &Value::Null, "after")).headed(path)
}

/// The diff of a deletion. The object was not read.
#[must_use]
pub fn diff_of_deletion(path: &str) -> Diff {
    Diff::new(format!("{path}\n"), "").headed(path)
}

/// The fields of `found` that are in `sent`.
fn concerned(sent: &Value, found: &Value) -> Value {
    match (sent, found) {
        (Value::Object(sent), Value::Object(found)) => {
            let part = |(name, value): (&String, &Value)| Some((name.clone(), concerned(value, found.get(name)?)));
            Value::Object(sent.iter().filter_map(part).collect())
        }
        _ => found.clone(),
    }
}

#[cfg(test)]
#[path = "update_tests.rs"]
mod tests;
