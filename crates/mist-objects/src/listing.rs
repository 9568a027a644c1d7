//! Reads objects: all of a kind, or one.

use crate::matching;
use crate::names::{self, Known};
use crate::plan::Fields;
use crate::table::{self, Kind, Level};
use mist_client::answer::Answer;
use mist_client::paging::{self, Pages};
use mist_client::{Client, Error, Result};
use serde_json::Value;
use std::collections::{BTreeSet, HashSet};
use std::ops::ControlFlow;

/// The largest page.
const PAGE: u32 = 1000;

/// A list that changes while it is read, or that is cut short, is read this many times at most.
const ATTEMPTS: usize = 3;

/// The values to filter a list by, for kinds whose list has a filter (`type` of device profiles).
pub fn chosen<'a>(kind: &Kind, declared: impl IntoIterator<Item = &'a Fields>) -> BTreeSet<String> {
    let Some((field, values)) = &kind.query else { return BTreeSet::new() };
    let first = values.first().cloned().unwrap_or_default();
    declared
        .into_iter()
        .map(|object| object.get(field).and_then(Value::as_str).map_or_else(|| first.clone(), str::to_owned))
        .collect()
}

/// All objects of a kind. `chosen` has the values to filter by. Each object passes `keep` as it arrives, so that a long list is
/// never in memory as a whole.
///
/// # Errors
/// A request failed, an item is not an object of the scope with a usable id, or objects are missing although the list was read
/// several times.
pub fn all(
    client: &Client,
    scope: &Scope,
    kind: &Kind,
    chosen: &BTreeSet<String>,
    keep: &mut dyn FnMut(&mut Value),
) -> Result<Vec<Fields>> {
    let path = format!("{}?limit={PAGE}", scope.fill(&kind.list));
    let list = List { client, scope, kind };
    let Some((field, values)) = &kind.query else { return list.whole(&path, None, keep) };
    let mut all = Vec::new();
    let first: BTreeSet<String> = values.iter().take(1).cloned().collect();
    for value in if chosen.is_empty() { &first } else { chosen } {
        let safe: String =
            value.chars().filter(|character| character.is_ascii_alphanumeric() || *character == '_').collect();
        all.extend(list.whole(&format!("{path}&{field}={safe}"), Some((field, value)), keep)?);
    }
    Ok(all)
}

/// The object with the MAC address of a declaration, by a search for it alone. A search may show new objects late: see
/// [`Kind::is_searched`].
///
/// # Errors
/// As [`all`].
pub fn by_mac(client: &Client, scope: &Scope, kind: &Kind, declared: &Fields) -> Result<Option<Fields>> {
    let Some(mac) = declared.get("mac").and_then(Value::as_str).map(matching::mac) else { return Ok(None) };
    let path = format!("{}?mac={}&limit={PAGE}", scope.fill(&kind.list), mist_client::path::encode(&mac));
    let found = List { client, scope, kind }.whole(&path, None, &mut |_| {})?;
    let has_mac =
        |object: &Fields| object.get("mac").and_then(Value::as_str).is_some_and(|found| matching::mac(found) == mac);
    Ok(found.into_iter().find(has_mac))
}

struct List<'a> {
    client: &'a Client,
    scope: &'a Scope,
    kind: &'a Kind,
}

/// One attempt to read a list.
struct Attempt {
    objects: Vec<Fields>,
    /// The number of rows, each object once.
    rows: u64,
    /// The list may lack objects: it changed while it was read, or was cut short.
    is_doubtful: bool,
    pages: Pages,
}

impl List<'_> {
    /// Reads the list again if it changed while it was read, or if objects are missing.
    fn whole(&self, path: &str, filter: Option<(&str, &str)>, keep: &mut dyn FnMut(&mut Value)) -> Result<Vec<Fields>> {
        let mut attempt = self.read(path, filter, keep)?;
        for _ in 1..ATTEMPTS {
            if !attempt.is_doubtful {
                return Ok(attempt.objects);
            }
            attempt = self.read(path, filter, keep)?;
        }
        let Attempt { objects, rows, pages, .. } = attempt;
        match (pages.incomplete, pages.total) {
            (Some(error), _) => Err(error),
            (None, Some(total)) if rows < total => Err(Error::Answer {
                call: pages.first.call,
                reason: format!("the list is incomplete: the cloud reports {total} objects and returned {rows}"),
            }),
            _ => Ok(objects),
        }
    }

    fn read(&self, path: &str, filter: Option<(&str, &str)>, keep: &mut dyn FnMut(&mut Value)) -> Result<Attempt> {
        let Self { client, scope, kind } = self;
        let (mut objects, mut rows, mut odd) = (Vec::new(), 0, None);
        let (mut seen, mut is_repeated) = (HashSet::new(), false);
        let pages = paging::each_page_observed::<Value>(client, path, "a list of objects", |page| {
            for mut item in page {
                match &item {
                    Value::Object(fields) if !has_safe_ids(fields) => odd = Some(NOT_AN_ID),
                    Value::Object(fields) if is_of_another(scope, kind, fields) => odd = Some(OF_ANOTHER),
                    Value::Object(_) => {}
                    _ => odd = Some("an item of the list is not an object"),
                }
                let Value::Object(fields) = &item else { continue };
                // One id is one object, also on two pages.
                if crate::plan::id(kind, fields).is_some_and(|id| !seen.insert(id)) {
                    is_repeated = true;
                    continue;
                }
                rows += 1;
                // The cloud may ignore the filter.
                if filter.is_some_and(|(field, value)| is_other(fields, field, value)) {
                    continue;
                }
                keep(&mut item);
                if let Value::Object(fields) = item {
                    objects.push(fields);
                }
            }
            if odd.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        if let Some(reason) = odd {
            return Err(Error::Answer { call: pages.first.call, reason: reason.to_owned() });
        }
        let is_short = pages.total.is_some_and(|total| rows < total);
        let is_doubtful = is_repeated || is_short || pages.is_moved || pages.incomplete.is_some();
        Ok(Attempt { objects, rows, is_doubtful, pages })
    }
}

/// True if a field has another text than this.
fn is_other(fields: &Fields, field: &str, text: &str) -> bool {
    fields.get(field).and_then(Value::as_str).is_some_and(|found| found != text)
}

/// True if an object belongs to another organization, site or MSP than the task's.
pub(crate) fn is_of_another(scope: &Scope, kind: &Kind, object: &Fields) -> bool {
    let levels: &[Level] = match kind.level {
        Level::Msp => &[Level::Msp],
        Level::Org => &[Level::Org],
        Level::Site => &[Level::Site, Level::Org],
    };
    let is_in_path = kind.needs(kind.level) || kind.located.iter().any(|(level, _)| *level == kind.level);
    let differs = |level: &Level| {
        let found = object.get(&format!("{}_id", level.word())).and_then(Value::as_str);
        let (Some(wanted), Some(found)) = (scope.id(*level), found) else { return false };
        !found.is_empty() && !found.eq_ignore_ascii_case(wanted)
    };
    is_in_path && levels.iter().any(differs)
}

/// One object, or a setting. `None` if it does not exist.
///
/// # Errors
/// A request failed. 403 does not mean that the object does not exist.
pub fn one(client: &Client, scope: &Scope, kind: &Kind, id: &str) -> Result<Option<Fields>> {
    if !kind.readable {
        let all = all(client, scope, kind, &BTreeSet::new(), &mut |_| {})?;
        return Ok(all.into_iter().find(|object| crate::plan::id(kind, object).as_deref() == Some(id)));
    }
    match client.get(&scope.item(kind, id)) {
        Ok(answer) => {
            let object = object(&answer)?;
            if is_another(scope, kind, id, &object) {
                return Err(answer.unexpected("the requested object"));
            }
            Ok(Some(object))
        }
        Err(Error::Status { status: 404, .. }) if !kind.one => Ok(None),
        Err(error) => Err(error),
    }
}

/// True if a response is another object than the requested one, by its id, organization or site. Merged with the declaration, it
/// would overwrite the requested one.
pub(crate) fn is_another(scope: &Scope, kind: &Kind, id: &str, object: &Fields) -> bool {
    let has_another_id = !kind.one
        && crate::plan::id(kind, object)
            .is_some_and(|found| !matching::mac(&found).eq_ignore_ascii_case(&matching::mac(id)));
    // A setting may have no ids. A redirect may lead to an account.
    let is_an_account = kind.one && object.contains_key("privileges");
    is_of_another(scope, kind, object) || has_another_id || is_an_account
}

/// The object in a response, or the only one in its list.
///
/// # Errors
/// [`Error::Answer`] for anything else.
pub fn object(answer: &Answer) -> Result<Fields> {
    let fields = match &answer.json {
        Value::Object(fields) => fields,
        Value::Array(items) => match items.as_slice() {
            [Value::Object(fields)] => fields,
            _ => return Err(answer.unexpected("an object")),
        },
        _ => return Err(answer.unexpected("an object")),
    };
    if has_safe_ids(fields) {
        return Ok(fields.clone());
    }
    Err(Error::Answer { call: answer.call.clone(), reason: NOT_AN_ID.to_owned() })
}

const NOT_AN_ID: &str = "the object has an invalid id";

const OF_ANOTHER: &str = "the list has an object of another organization or site";

/// True if the ids can be parts of a path.
fn has_safe_ids(fields: &Fields) -> bool {
    let is_safe = |id: &Value| match id {
        Value::String(text) => mist_client::path::is_segment(&matching::mac(text)),
        other => other.is_null(),
    };
    fields.get("id").is_none_or(is_safe)
        && fields.get("mac").is_none_or(|mac| fields.contains_key("id") || is_safe(mac))
}

/// The names and ids of the objects of these kinds: one list each. A kind that the level does not have is the organization's.
///
/// # Errors
/// A request failed.
pub fn known(
    client: &Client,
    scope: &mut Scope,
    level: Level,
    kinds: impl IntoIterator<Item = String>,
) -> Result<Known> {
    let mut known = Known::new();
    for word in kinds {
        if word == names::ORGS || word == names::NAMED_ORGS {
            let pairs = organization(client, scope, word == names::NAMED_ORGS)?;
            known.entry(names::ORGS.to_owned()).or_default().extend(pairs);
            continue;
        }
        let kind = table::kind(level, &word).or_else(|| table::kind(Level::Org, &word));
        let Some(kind) = kind else { continue };
        if kind.level == Level::Org {
            find_org(client, scope)?;
        }
        let (name, id) = (kind.key.first().cloned().unwrap_or_default(), kind.id.clone());
        let all_types = kind.query.iter().flat_map(|(_, values)| values.iter().cloned()).collect();
        let listed = all(client, scope, &kind, &all_types, &mut |object| {
            if let Value::Object(fields) = object {
                fields.retain(|field, _| *field == name || *field == id);
            }
        })?;
        let text = |object: &Fields, field: &str| object.get(field).and_then(Value::as_str).map(str::to_owned);
        let pairs = listed.iter().filter_map(|object| Some((text(object, &name)?, text(object, &id)?))).collect();
        known.insert(word, pairs);
    }
    Ok(known)
}

/// The organization of the objects as `this`, or by its name: one request.
fn organization(client: &Client, scope: &mut Scope, by_name: bool) -> Result<Vec<(String, String)>> {
    find_org(client, scope)?;
    let Some(id) = scope.org_id.clone() else { return Ok(Vec::new()) };
    if !by_name {
        return Ok(vec![(names::THIS.to_owned(), id)]);
    }
    let answer = client.get(&format!("/api/v1/orgs/{id}"))?;
    let name = answer.json.get("name").and_then(Value::as_str).filter(|name| *name != names::THIS);
    Ok(name.map(|name| (name.to_owned(), id)).into_iter().collect())
}

/// Sets the organization of the site, if only the site is known: one request.
///
/// # Errors
/// The request failed.
pub fn find_org(client: &Client, scope: &mut Scope) -> Result<()> {
    if scope.org_id.is_some() {
        return Ok(());
    }
    let Some(site_id) = &scope.site_id else { return Ok(()) };
    let answer = client.get(&format!("/api/v1/sites/{site_id}"))?;
    scope.org_id = answer.json["org_id"].as_str().map(str::to_owned);
    Ok(())
}

/// The organization, site or MSP that objects belong to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    pub org_id: Option<String>,
    pub site_id: Option<String>,
    pub msp_id: Option<String>,
}

impl Scope {
    #[must_use]
    pub fn id(&self, level: Level) -> Option<&str> {
        match level {
            Level::Msp => self.msp_id.as_deref(),
            Level::Org => self.org_id.as_deref(),
            Level::Site => self.site_id.as_deref(),
        }
    }

    /// The same scope with the ids in the path of a kind.
    #[must_use]
    pub fn of(mut self, kind: &Kind) -> Self {
        for (level, id) in &kind.located {
            let place = match level {
                Level::Msp => &mut self.msp_id,
                Level::Org => &mut self.org_id,
                Level::Site => &mut self.site_id,
            };
            *place = Some(id.clone());
        }
        self
    }

    /// A path of the table with these ids.
    #[must_use]
    pub fn fill(&self, template: &str) -> String {
        let mut path = format!("/api/v1/{}", template.trim_start_matches('/').trim_start_matches("api/v1/"));
        for level in [Level::Msp, Level::Org, Level::Site] {
            path = path.replace(&level.placeholder(), self.id(level).unwrap_or_default());
        }
        path
    }

    /// The path of an object.
    #[must_use]
    pub fn item(&self, kind: &Kind, id: &str) -> String {
        if kind.one {
            self.fill(&kind.collection)
        } else {
            format!("{}/{}", self.fill(&kind.item), mist_client::path::encode(id))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::kind;
    use serde_json::json;

    #[test]
    fn a_response_with_another_object_is_refused() {
        let scope = Scope { org_id: Some("o".into()), site_id: Some("s".into()), msp_id: None };
        let (webhooks, setting) = (kind(Level::Org, "webhooks").unwrap(), kind(Level::Site, "setting").unwrap());
        for (kind, object, another) in [
            (&webhooks, json!({"id": "x", "org_id": "o", "name": "n"}), false),
            (&webhooks, json!({"id": "X", "name": "n"}), false),
            (&webhooks, json!({"name": "n"}), false),
            (&webhooks, json!({"id": "y", "name": "n"}), true),
            (&webhooks, json!({"id": "x", "org_id": "p"}), true),
            (&setting, json!({"vars": {}}), false),
            (&setting, json!({"id": "whatever", "site_id": "s", "org_id": "o"}), false),
            (&setting, json!({"site_id": "t"}), true),
            (&setting, json!({"email": "a@b.c", "privileges": []}), true),
        ] {
            assert_eq!(is_another(&scope, kind, "x", object.as_object().unwrap()), another, "{object}");
        }
    }

    #[test]
    fn an_id_is_one_part_of_a_path_whatever_it_contains() {
        let scope = Scope { org_id: Some("o".into()), site_id: Some("s".into()), msp_id: None };
        let sites = kind(Level::Org, "sites").unwrap();
        assert_eq!(scope.fill(&sites.collection), "/api/v1/orgs/o/sites");
        assert_eq!(scope.item(&sites, "x"), "/api/v1/sites/x");
        assert_eq!(scope.item(&kind(Level::Site, "wlans").unwrap(), "../x?"), "/api/v1/sites/s/wlans/..%2Fx%3F");
        assert_eq!(scope.item(&kind(Level::Site, "setting").unwrap(), ""), "/api/v1/sites/s/setting");
        assert_eq!(scope.fill("/api/v1/orgs/{org_id}/new"), "/api/v1/orgs/o/new");
    }
}
