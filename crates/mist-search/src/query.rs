//! The request for a search: its path with IDs, and its parameters. No I/O.

use crate::table::{Kind, Parameter, Search};
use mist_client::paging::PageForm;
use mist_client::path::{self, encode};
use mist_client::suggest::likely_typos;
use serde_json::{Map, Value};
use std::fmt::Write as _;

/// The largest documented page.
const LARGEST_PAGE: u64 = 1000;

/// The conditions of a search.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conditions<'a> {
    /// Parameters of the query and of the path.
    pub parameters: Map<String, Value>,
    /// Texts that the cloud accepts: see [`duration`] and [`moment`].
    pub duration: Option<&'a str>,
    pub start: Option<&'a str>,
    pub end: Option<&'a str>,
    /// The largest number of rows.
    pub limit: Option<u64>,
    /// Count the rows by this field.
    pub count_by: Option<&'a str>,
}

/// A condition that a search cannot have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueryError {
    /// The parameter is required.
    Missing { name: &'static str, is_in_path: bool, values: Vec<&'static str> },
    /// No such parameter, and it is similar to others.
    Unknown { name: String, similar: Vec<String> },
    /// The parameter is an option of its own.
    Option { name: String },
    /// The value is empty or of another type.
    Value { name: String, expected: &'static str },
    /// The search has no time range.
    NoTime { option: &'static str },
    /// The rows cannot be counted.
    NoCount,
    /// The rows cannot be counted by this field.
    CountBy { field: String, similar: Vec<String> },
}

/// A request without the IDs of organization, site and MSP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    path: String,
    query: String,
    pub pages: PageForm,
    /// Parameters and values that the document does not have.
    pub unknown: Vec<String>,
}

impl Query {
    /// Checks the conditions.
    ///
    /// # Errors
    /// The first condition that the search cannot have.
    pub fn new(search: &Search, conditions: &Conditions<'_>) -> Result<Self, QueryError> {
        let (mut path, mut pages) = (search.path.to_owned(), search.pages);
        let (mut parts, mut unknown) = (Vec::new(), Vec::new());
        if let Some(field) = conditions.count_by {
            path = counted(search, field, &mut unknown)?.to_owned();
            pages = PageForm::One;
            parts.push(format!("distinct={}", encode(field)));
        }
        for parameter in search.parameters.iter().filter(|one| one.is_required) {
            if !conditions.parameters.contains_key(parameter.name) {
                return Err(QueryError::Missing {
                    name: parameter.name,
                    is_in_path: parameter.is_in_path,
                    values: parameter.values.clone(),
                });
            }
        }
        for (name, value) in &conditions.parameters {
            let known = known(search, name)?;
            if known.is_none() {
                unknown.push(name.clone());
            }
            let texts = texts(name, known, value)?;
            let documented = known.map(|known| known.values.as_slice()).unwrap_or_default();
            let odd = texts.iter().flat_map(|text| text.split(',')).filter(|text| !documented.contains(text));
            if !documented.is_empty() {
                unknown.extend(odd.map(|text| format!("{name}: {text}")));
            }
            if known.is_some_and(|known| known.is_in_path) {
                let text = texts.first().map(String::as_str).unwrap_or_default();
                if !path::is_segment(text) {
                    return Err(QueryError::Value { name: name.clone(), expected: "an ID, without slashes" });
                }
                path = path.replace(&format!("{{{name}}}"), text);
            } else {
                parts.extend(texts.iter().map(|text| format!("{}={}", encode(name), encode(text))));
            }
        }
        for (option, value, is_known) in [
            ("duration", conditions.duration, search.takes_duration),
            ("start", conditions.start, search.takes_start),
            ("end", conditions.end, search.takes_start),
        ] {
            let Some(value) = value else { continue };
            if !is_known {
                return Err(QueryError::NoTime { option });
            }
            parts.push(format!("{option}={}", encode(value)));
        }
        if search.takes_limit || conditions.count_by.is_some() {
            // One page has all rows, as many as the task asks for.
            let largest = if pages == PageForm::One { u64::MAX } else { LARGEST_PAGE };
            parts.push(format!("limit={}", conditions.limit.unwrap_or(LARGEST_PAGE).clamp(1, largest)));
        }
        Ok(Self { path, query: parts.join("&"), pages, unknown })
    }

    /// The path with these IDs, by the names of their placeholders.
    #[must_use]
    pub fn path(&self, ids: &[(&str, &str)]) -> String {
        let mut path = format!("/api/v1/{}", self.path);
        for (name, id) in ids {
            path = path.replace(&format!("{{{name}}}"), id);
        }
        if !self.query.is_empty() {
            let _ = write!(path, "?{}", self.query);
        }
        path
    }
}

/// The path that counts.
fn counted(search: &Search, field: &str, unknown: &mut Vec<String>) -> Result<&'static str, QueryError> {
    let count = search.count.ok_or(QueryError::NoCount)?;
    let fields = search.distinct.as_ref().map(|distinct| distinct.values.clone()).unwrap_or_default();
    if !fields.is_empty() && !fields.contains(&field) {
        let similar = likely_typos(field, fields.iter().copied());
        if !similar.is_empty() {
            return Err(QueryError::CountBy { field: field.to_owned(), similar });
        }
        unknown.push(format!("count_by: {field}"));
    }
    Ok(count)
}

/// The parameter with this name; `None` if the document has none and the name is not similar to one.
fn known<'a>(search: &'a Search, name: &str) -> Result<Option<&'a Parameter>, QueryError> {
    if let Some(known) = search.parameter(name) {
        return Ok(Some(known));
    }
    if matches!(
        name,
        "limit" | "start" | "end" | "duration" | "page" | "search_after" | "distinct" | "org_id" | "msp_id"
    ) || search.needs(name)
    {
        return Err(QueryError::Option { name: name.to_owned() });
    }
    let similar = likely_typos(name, search.parameters.iter().map(|parameter| parameter.name));
    if similar.is_empty() { Ok(None) } else { Err(QueryError::Unknown { name: name.to_owned(), similar }) }
}

/// The values of a parameter as texts. An empty one is refused: the cloud would return all rows.
fn texts(name: &str, known: Option<&Parameter>, value: &Value) -> Result<Vec<String>, QueryError> {
    let kind = known.map_or(Kind::Text, |known| known.kind);
    let refuse = |expected| QueryError::Value { name: name.to_owned(), expected };
    let one = |value: &Value| -> Result<String, QueryError> {
        let text = match value {
            Value::String(text) => text.trim().to_owned(),
            Value::Bool(_) | Value::Number(_) => value.to_string(),
            Value::Null => return Err(refuse("a value. It is empty")),
            Value::Array(_) | Value::Object(_) => return Err(refuse("a value or a list of values")),
        };
        let is_of_kind = match kind {
            _ if text.is_empty() => return Err(refuse("a value. It is empty")),
            Kind::Integer => text.split(',').all(|part| part.trim().parse::<i64>().is_ok()),
            Kind::Number => text.split(',').all(|part| part.trim().parse::<f64>().is_ok()),
            Kind::Boolean => boolean(&text).is_some(),
            Kind::Text | Kind::List => true,
        };
        match (kind, is_of_kind) {
            (_, false) => Err(refuse(match kind {
                Kind::Boolean => "true or false",
                Kind::Integer => "an integer",
                _ => "a number",
            })),
            (Kind::Boolean, true) => Ok(boolean(&text).unwrap_or_default().to_string()),
            (_, true) => Ok(text),
        }
    };
    let Value::Array(items) = value else { return one(value).map(|text| vec![text]) };
    if items.is_empty() {
        return Err(refuse("a value. It is empty"));
    }
    let all = items.iter().map(one).collect::<Result<Vec<_>, _>>()?;
    Ok(if kind == Kind::List { all } else { vec![all.join(",")] })
}

fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "1" => Some(true),
        "false" | "no" | "0" => Some(false),
        _ => None,
    }
}

/// The text of a duration, such as `10m`, `7d` or `2w`; `None` if it is not one.
#[must_use]
pub fn duration(text: &str) -> Option<&str> {
    let text = text.trim();
    let number = text.strip_suffix(['s', 'm', 'h', 'd', 'w'])?;
    (number.parse::<u32>().is_ok_and(|number| number > 0) && !number.starts_with('+')).then_some(text)
}

/// The text of a time as the cloud accepts it: seconds since 1970, `now`, or a time ago such as `-1d`. `None` if it is not one.
#[must_use]
pub fn moment(text: &str) -> Option<&str> {
    let text = text.trim();
    let is_number =
        text.parse::<f64>().is_ok_and(f64::is_finite) && text.starts_with(|first: char| first.is_ascii_digit());
    let is_ago = text.strip_prefix('-').is_some_and(|ago| duration(ago).is_some());
    (text == "now" || is_number || is_ago).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::find;
    use serde_json::json;

    const ORG: &str = "53f10664-3ce8-4c27-b382-0ef66432349f";

    fn query(name: &str, conditions: &Conditions<'_>) -> Result<String, QueryError> {
        Query::new(find(name).unwrap(), conditions)
            .map(|query| query.path(&[("org_id", ORG), ("site_id", "SITE"), ("msp_id", "MSP")]).replace(ORG, "ORG"))
    }

    fn with(parameters: Value) -> Conditions<'static> {
        Conditions { parameters: parameters.as_object().unwrap().clone(), ..Conditions::default() }
    }

    #[test]
    fn a_request_has_ids_parameters_and_a_limit() {
        for (name, parameters, expected) in [
            ("orgs/clients", json!({}), "orgs/ORG/clients/search?limit=1000"),
            (
                "orgs/clients",
                json!({"ssid": "a b&c", "vlan": 7, "band": ["24", "5"]}),
                "orgs/ORG/clients/search?ssid=a%20b%26c&vlan=7&band=24%2C5&limit=1000",
            ),
            ("orgs/alarms", json!({"acked": "yes"}), "orgs/ORG/alarms/search?acked=true&limit=1000"),
            ("orgs/usermacs", json!({"labels": ["a", "b"]}), "orgs/ORG/usermacs/search?labels=a&labels=b&limit=1000"),
            ("sites/visits", json!({"zone_type": "zones"}), "sites/SITE/zones/visits/search?limit=1000"),
            (
                "sites/devices/flow_records",
                json!({"device_id": ORG, "protocol": "tcp"}),
                "sites/SITE/devices/ORG/flow_records/search?protocol=tcp&limit=1000",
            ),
            ("sites/stats/zones", json!({}), "sites/SITE/stats/zones"),
            ("msps", json!({"type": "orgs", "q": "x"}), "msps/MSP/search?type=orgs&q=x&limit=1000"),
            ("self/logs", json!({}), "self/logs?limit=1000"),
        ] {
            assert_eq!(query(name, &with(parameters)), Ok(format!("/api/v1/{expected}")), "{name}");
        }
    }

    #[test]
    fn a_limit_is_a_page_at_most_unless_there_is_one_page() {
        for (name, limit, expected) in [
            ("orgs/clients", 7, "limit=7"),
            ("orgs/clients", 7000, "limit=1000"),
            ("sites/iotendpoints", 7000, "limit=7000"),
        ] {
            let path = query(name, &Conditions { limit: Some(limit), ..Conditions::default() }).unwrap();
            assert!(path.ends_with(expected), "{path}");
        }
    }

    #[test]
    fn rows_are_counted_by_a_documented_field() {
        let by = |name: &str, field: &'static str| {
            query(name, &Conditions { count_by: Some(field), ..Conditions::default() })
        };
        assert_eq!(by("orgs/clients", "ssid").unwrap(), "/api/v1/orgs/ORG/clients/count?distinct=ssid&limit=1000");
        assert_eq!(by("orgs/vars", "src"), Err(QueryError::NoCount));
        assert!(matches!(by("orgs/clients", "ssidd"), Err(QueryError::CountBy { .. })));
        let counted = by("sites/wan_clients/events", "type").unwrap();
        assert!(counted.starts_with("/api/v1/sites/SITE/wan_client/events/count?"), "{counted}");
    }

    #[test]
    fn a_condition_that_does_not_fit_is_refused() {
        let error = |name: &str, parameters: Value| query(name, &with(parameters)).unwrap_err();
        assert!(matches!(
            error("sites/visits", json!({})),
            QueryError::Missing { name: "zone_type", is_in_path: true, .. }
        ));
        assert!(matches!(error("msps", json!({"type": "orgs"})), QueryError::Missing { name: "q", .. }));
        assert!(matches!(error("orgs/clients", json!({"ssidd": "x"})), QueryError::Unknown { .. }));
        for own in ["limit", "start", "page", "search_after", "org_id"] {
            assert_eq!(error("orgs/clients", json!({own: "1"})), QueryError::Option { name: own.to_owned() });
        }
        for (name, parameters) in [
            ("orgs/clients", json!({"ssid": ""})),
            ("orgs/clients", json!({"ssid": null})),
            ("orgs/clients", json!({"ssid": []})),
            ("orgs/clients", json!({"ssid": {"a": 1}})),
            ("orgs/alarms", json!({"acked": "maybe"})),
            ("orgs/nac_clients", json!({"vlan": {}})),
            ("orgs/devices", json!({"band_5_channel": "high"})),
            ("sites/visits", json!({"zone_type": "../x"})),
            ("orgs/webhooks/events", json!({"webhook_id": "a/b"})),
        ] {
            assert!(matches!(error(name, parameters.clone()), QueryError::Value { .. }), "{name} {parameters}");
        }
        let no_time = Conditions { duration: Some("1d"), ..Conditions::default() };
        assert_eq!(query("orgs/inventory", &no_time), Err(QueryError::NoTime { option: "duration" }));
    }

    #[test]
    fn what_the_document_lacks_is_sent_and_reported() {
        let found =
            Query::new(find("orgs/inventory").unwrap(), &with(json!({"zzzzzz": "1", "type": "mxedge"}))).unwrap();
        assert_eq!(found.unknown, ["zzzzzz", "type: mxedge"]);
        assert!(found.path(&[]).contains("zzzzzz=1&type=mxedge"));
    }

    #[test]
    fn times_are_those_that_the_cloud_accepts() {
        for good in ["1790000000", "1790000000.5", "now", "-1d", "-2w", "-90m"] {
            assert_eq!(moment(good), Some(good));
        }
        for bad in ["", "yesterday", "1d", "-d", "--1d", "inf", "-5", "+5", "-1y"] {
            assert_eq!(moment(bad), None, "{bad}");
        }
        assert!(["10m", "7d", "2w", "1h", "30s"].iter().all(|text| duration(text).is_some()));
        assert!(["", "7", "d", "-1d", "0d", "+1d", "1.5d", "1y"].iter().all(|text| duration(text).is_none()));
    }
}
