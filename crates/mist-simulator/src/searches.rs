//! Searches, lists of statistics and logs of the document, with rows that are generated only for a page.
//!
//! `searches.json` lists them. `scripts/read-document.py` generates it from Mist's OpenAPI document.

use crate::cloud::Cloud;
use crate::message::{Reply, Request};
use crate::objects::Scope;
use crate::random;
use crate::simulator::Simulator;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

static ALL: LazyLock<Vec<Documented>> =
    LazyLock::new(|| serde_json::from_str(include_str!("searches.json")).unwrap_or_default());

/// A search in the document.
#[derive(Debug, Deserialize)]
struct Documented {
    path: String,
    /// Fields of the response around the rows; empty for a bare list.
    body: Vec<String>,
    takes: Vec<String>,
    row: Map<String, Value>,
}

/// The rows that a search finds, by its path in the document. Others find `Config::search_rows` rows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Searches(HashMap<String, Rows>);

#[derive(Debug, Clone)]
enum Rows {
    /// So many, generated from the document.
    Made(usize),
    Given(Vec<Value>),
}

/// A search at a path of a request.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    search: usize,
    pub(crate) scope: Option<Scope>,
    counts: bool,
}

/// The search at these segments below `/api/v1/`.
pub(crate) fn parse_path(segments: &[&str]) -> Option<Target> {
    let (counts, search) = match segments {
        ["sites", id, zones, "count"] => (true, find(&["sites", id, zones, "visits", "search"])?),
        [scope, id, "wan_client", "events", "count"] => (true, find(&[scope, id, "wan_clients", "events", "search"])?),
        [rest @ .., "count"] => (true, find(&[rest, &["search"]].concat()).or_else(|| find(rest))?),
        all => (false, find(all)?),
    };
    let scope = match segments {
        ["orgs", id, ..] => Some(Scope::Org((*id).to_owned())),
        ["sites", id, ..] => Some(Scope::Site((*id).to_owned())),
        ["msps", id, ..] => Some(Scope::Msp((*id).to_owned())),
        _ => None,
    };
    Some(Target { search, scope, counts })
}

/// The search at this path whose rows a test has set, also in place of objects of the simulator.
pub(crate) fn given(cloud: &Cloud, path: &str) -> Option<Target> {
    if cloud.searches.0.is_empty() {
        return None;
    }
    let segments: Vec<&str> = path.strip_prefix("/api/v1/")?.split('/').collect();
    parse_path(&segments).filter(|target| cloud.searches.0.contains_key(&ALL[target.search].path))
}

fn find(segments: &[&str]) -> Option<usize> {
    ALL.iter().position(|search| {
        let mut wanted = search.path.split('/');
        let fits = segments.iter().all(|segment| match wanted.next() {
            Some("{zone_type}") => matches!(*segment, "zones" | "rssizones"),
            Some("{org_id}" | "{site_id}" | "{msp_id}" | "{map_id}" | "{device_id}" | "{webhook_id}") => {
                random::is_uuid(segment)
            }
            Some(part) if part.starts_with('{') => !segment.is_empty(),
            part => part == Some(*segment),
        });
        fits && wanted.next().is_none()
    })
}

/// One page, or the counts of the values of a field.
pub(crate) fn answer(cloud: &Cloud, request: &Request, target: &Target) -> Reply {
    let search = &ALL[target.search];
    let rows = cloud.searches.0.get(&search.path).cloned().unwrap_or(Rows::Made(cloud.config.search_rows));
    let filters: Vec<(String, String)> = search
        .takes
        .iter()
        // Generated rows have every type.
        .filter(|name| search.row.contains_key(*name) && (*name != "type" || matches!(rows, Rows::Given(_))))
        .filter_map(|name| Some((name.clone(), request.decoded_parameter(name).filter(|value| !value.is_empty())?)))
        .collect();
    let found = Found { search, rows, filters, now: cloud.clock.seconds() };
    match request.decoded_parameter("distinct").filter(|_| target.counts) {
        Some(field) => counts(&found, request, &field),
        None if target.counts => Reply::detail(400, "distinct: required"),
        None => page(&found, request, cloud.config.page_limit),
    }
}

struct Found<'a> {
    search: &'a Documented,
    rows: Rows,
    filters: Vec<(String, String)>,
    now: i64,
}

impl Found<'_> {
    fn row(&self, number: usize) -> Value {
        match &self.rows {
            Rows::Made(_) => made(&self.search.row, number, self.now),
            Rows::Given(rows) => rows[number].clone(),
        }
    }

    fn fits(&self, row: &Value) -> bool {
        self.filters.iter().all(|(name, wanted)| {
            let text = match &row[name] {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            wanted.split(',').any(|wanted| wanted == text)
        })
    }

    /// The number of rows, and those from `start` on.
    fn part(&self, start: usize, count: usize) -> (usize, Vec<Value>) {
        let all = match &self.rows {
            Rows::Made(count) => *count,
            Rows::Given(rows) => rows.len(),
        };
        if self.filters.is_empty() {
            return (all, (start..all.min(start.saturating_add(count))).map(|number| self.row(number)).collect());
        }
        let mut rows: Vec<Value> = (0..all).map(|number| self.row(number)).filter(|row| self.fits(row)).collect();
        (rows.len(), rows.drain(..).skip(start).take(count).collect())
    }
}

fn page(found: &Found<'_>, request: &Request, largest: usize) -> Reply {
    let number = |name: &str, default: usize| match request.decoded_parameter(name) {
        None => Ok(default),
        Some(text) => text.parse().map_err(|_| Reply::detail(400, &format!("{name}: not a number"))),
    };
    let takes = |name: &str| found.search.takes.iter().any(|known| known == name);
    let has = |name: &str| found.search.body.iter().any(|known| known == name);
    let read = || -> Result<(usize, usize), Reply> {
        // A list without pages has no largest page: a client could not see that rows are missing.
        let largest = if found.search.body.is_empty() && !takes("page") { usize::MAX } else { largest };
        let limit = if takes("limit") { number("limit", 100)?.min(largest) } else { usize::MAX };
        let start = if takes("search_after") && request.parameter("search_after").is_some() {
            number("search_after", 0)?
        } else if takes("page") {
            limit.saturating_mul(number("page", 1)?.max(1) - 1)
        } else if has("next") {
            number("search_after", 0)?
        } else {
            0
        };
        Ok((limit, start))
    };
    let (limit, start) = match read() {
        Ok(read) => read,
        Err(reply) => return reply,
    };
    let (total, rows) = found.part(start, limit);
    let end = start.saturating_add(rows.len());
    if found.search.body.is_empty() {
        let reply = Reply::json(200, &Value::Array(rows));
        return match takes("page") {
            true => reply
                .with_header("x-page-total", total.to_string())
                .with_header("x-page-limit", limit.to_string())
                .with_header("x-page-page", (start / limit.max(1) + 1).to_string()),
            false => reply,
        };
    }
    let mut body = Map::new();
    for (name, value) in [
        ("start", json!(found.now - 86_400)),
        ("end", json!(found.now)),
        ("limit", json!(limit)),
        ("total", json!(total)),
        ("page", json!(start / limit.max(1) + 1)),
    ] {
        if has(name) {
            body.insert(name.to_owned(), value);
        }
    }
    body.insert("results".to_owned(), Value::Array(rows));
    if end < total && has("search_after") {
        body.insert("search_after".to_owned(), json!(end.to_string()));
    } else if end < total && has("next") && !takes("page") || end < total && has("next") && takes("search_after") {
        let others = request
            .query
            .split('&')
            .filter(|pair| !pair.is_empty() && !pair.starts_with("limit=") && !pair.starts_with("search_after="));
        let others: String = others.map(|pair| format!("{pair}&")).collect();
        body.insert("next".to_owned(), json!(format!("{}?{others}limit={limit}&search_after={end}", request.path)));
    }
    Reply::json(200, &Value::Object(body))
}

fn counts(found: &Found<'_>, request: &Request, field: &str) -> Reply {
    let limit = request.parameter("limit").and_then(|limit| limit.parse().ok()).unwrap_or(100);
    let mut by_value: BTreeMap<String, (Value, usize)> = BTreeMap::new();
    for row in found.part(0, usize::MAX).1 {
        let value = row[field].clone();
        by_value.entry(value.to_string()).or_insert((value, 0)).1 += 1;
    }
    let total = by_value.len();
    let results: Vec<Value> =
        by_value.into_values().take(limit).map(|(value, count)| json!({field: value, "count": count})).collect();
    Reply::json(
        200,
        &json!({"distinct": field, "start": found.now - 86_400, "end": found.now, "limit": limit, "total": total, "results": results}),
    )
}

/// A row by the types of the document: the newest first, and each with values of its own.
fn made(fields: &Map<String, Value>, number: usize, now: i64) -> Value {
    let made = |name: &str, kind: &Value| match kind.as_str() {
        None => kind.as_object().map_or(Value::Null, |inner| made(inner, number, now)),
        Some("i") => json!(number % 1000),
        Some("n") if name.contains("time") => json!(now - i64::try_from(number).unwrap_or_default()),
        Some("n") => json!(number as f64 / 4.0),
        Some("b") => json!(number.is_multiple_of(2)),
        Some("t") if name.ends_with("mac") || name == "ap" => json!(format!("5c5b35{number:06x}")),
        Some("t") if name.ends_with("_id") || name == "id" => json!(format!("00000000-0000-0000-0000-{number:012x}")),
        Some("t") if name.ends_with("ip") => {
            json!(format!("10.{}.{}.{}", number >> 16 & 255, number >> 8 & 255, number & 255))
        }
        Some("t") => json!(format!("{name}-{}", number % 7)),
        Some("l") => json!([format!("{name}-{}", number % 3)]),
        Some(_) => Value::Null,
    };
    Value::Object(fields.iter().map(|(name, kind)| (name.clone(), made(name, kind))).collect())
}

impl Simulator {
    /// The search at this path of the document (`orgs/{org_id}/clients/search`) finds so many rows, generated from the document.
    pub fn search_rows(&self, path: &str, count: usize) {
        self.shared.cloud().searches.0.insert(path.to_owned(), Rows::Made(count));
    }

    /// The search at this path of the document finds these rows.
    pub fn search_finds(&self, path: &str, rows: impl IntoIterator<Item = Value>) {
        self.shared.cloud().searches.0.insert(path.to_owned(), Rows::Given(rows.into_iter().collect()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    const ID: &str = "53f10664-3ce8-4c27-b382-0ef66432349f";

    fn ask(path: &str, query: &str) -> (Reply, Value) {
        let mut cloud = Cloud::new(Config { clock: Some(1_790_000_000.0), ..Config::default() });
        for search in ALL.iter() {
            cloud.searches.0.insert(search.path.clone(), Rows::Made(250));
        }
        let path = path.replace("ID", ID);
        let segments: Vec<&str> = path.split('/').collect();
        let target = parse_path(&segments).unwrap();
        let request = Request { path: format!("/api/v1/{path}"), query: query.to_owned(), ..Request::default() };
        let reply = answer(&cloud, &request, &target);
        let body = serde_json::from_slice(&reply.body).unwrap();
        (reply, body)
    }

    #[test]
    fn all_searches_of_the_document_are_known() {
        assert_eq!(ALL.iter().filter(|search| search.path.ends_with("/search")).count(), 73);
        for search in ALL.iter() {
            let path = search.path.replace("{zone_type}", "zones").replace("{client_mac}", "5c5b35000001");
            let path: Vec<&str> = path.split('/').map(|part| if part.starts_with('{') { ID } else { part }).collect();
            assert_eq!(parse_path(&path).map(|target| ALL[target.search].path.as_str()), Some(search.path.as_str()));
        }
        assert!(parse_path(&["orgs", ID, "clients"]).is_none());
    }

    #[test]
    fn pages_follow_as_the_document_has_it() {
        let (_, clients) = ask("orgs/ID/clients/search", "limit=100&ssid=");
        assert_eq!((&clients["total"], clients["results"].as_array().unwrap().len()), (&json!(250), 100));
        assert!(clients["next"].as_str().unwrap().ends_with("/clients/search?ssid=&limit=100&search_after=100"));
        let (_, last) = ask("orgs/ID/clients/search", "limit=100&search_after=200");
        assert_eq!((last["results"].as_array().unwrap().len(), last.get("next")), (50, None));
        let (_, logs) = ask("orgs/ID/logs/search", "limit=100&page=2");
        assert_eq!((logs.get("next"), &logs["results"][0]["message"]), (None, &json!("message-2")));
        let (reply, macs) = ask("orgs/ID/usermacs/search", "page=2");
        assert!(macs.is_array() && reply.headers.contains(&("x-page-total".into(), "250".into())));
        let (_, flows) = ask(&format!("sites/ID/devices/{ID}/flow_records/search"), "");
        assert_eq!((flows.get("next"), &flows["search_after"]), (None, &json!("100")));
        let (_, single) = ask("sites/ID/iotendpoints/search", "limit=1000");
        assert_eq!((&single["total"], single.get("next")), (&json!(250), None));
    }

    #[test]
    fn rows_differ_and_can_be_counted() {
        let (_, first) = ask("orgs/ID/clients/search", "limit=1000");
        let rows: std::collections::HashSet<String> =
            first["results"].as_array().unwrap().iter().map(Value::to_string).collect();
        assert_eq!(rows.len(), 250);
        let (_, counts) = ask("orgs/ID/clients/count", "distinct=model");
        assert_eq!((&counts["total"], &counts["results"][0]), (&json!(7), &json!({"model": "model-0", "count": 36})));
        let (_, filtered) = ask("orgs/ID/clients/search", "mac=5c5b35000007");
        assert_eq!((&filtered["total"], &filtered["results"][0]["mac"]), (&json!(1), &json!("5c5b35000007")));
    }
}
