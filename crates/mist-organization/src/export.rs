//! Reads an organization, and creates the content of its folder. The number of requests is known before the first site is read.

use crate::declaration::{self, FOLDER, Item, Items, MATCH, TWIN, UniqueNames};
use crate::exported::{Export, Part, Unread, render};
use crate::{file_name, layout};
use mist_client::{Client, Error, workers};
use mist_objects::error::ObjectError;
use mist_objects::filter::Filter;
use mist_objects::listing::Scope;
use mist_objects::names::{Index, Known};
use mist_objects::plan::Fields;
use mist_objects::table::{self, Kind, Level};
use mist_objects::{find, listing, names};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The sites that are read at the same time. Their objects are in memory together.
const CHUNK: usize = 64;

/// With more lost connections than this, the export ends.
const MOST_LOST: usize = 3;

/// The selection to export.
pub struct Request<'a> {
    pub org_id: &'a str,
    /// The kinds, of the organization and of its sites.
    pub kinds: &'a [Kind],
    /// The sites whose objects are exported. `None`: all.
    pub sites: Option<&'a dyn Fn(&str) -> bool>,
    /// True for the name of an object that is exported. `None` for a kind of which all are.
    pub only: &'a dyn Fn(&Kind, &str) -> Option<bool>,
    /// The ending of the files: `yml` or `json`.
    pub ending: &'a str,
    /// Variables of sites are in one table.
    pub site_table: bool,
}

/// A site to export.
struct Site {
    id: String,
    name: String,
    folder: String,
}

/// The reason that nothing is exported.
#[derive(Clone, Debug, PartialEq)]
pub enum ExportError {
    Object(ObjectError),
    /// The objects of the sites need this many requests, and the quota has fewer left.
    Quota {
        needed: u64,
        left: u64,
    },
}

impl<E: Into<ObjectError>> From<E> for ExportError {
    fn from(error: E) -> Self {
        Self::Object(error.into())
    }
}

/// The calls an hour of a token, where the cloud does not report them.
const QUOTA: u64 = 5000;

/// Fewer requests are not compared with the quota, because the comparison needs one.
const UNCHECKED: u64 = 500;

/// Checks that the quota of the hour has this many requests left.
fn check_quota(client: &Client, needed: u64) -> Result<(), ExportError> {
    if needed <= UNCHECKED {
        return Ok(());
    }
    let reported = client.get("/api/v1/self/usage").ok().and_then(|answer| {
        let number = |field: &str| answer.json.get(field).and_then(Value::as_u64);
        Some(number("request_limit")?.saturating_sub(number("requests")?))
    });
    let left = reported.unwrap_or_else(|| QUOTA.saturating_sub(client.api_calls().into()));
    if needed > left { Err(ExportError::Quota { needed, left }) } else { Ok(()) }
}

/// Reads the organization.
///
/// # Errors
/// The quota is too small, or the credentials are not valid.
pub fn export(client: &Client, request: &Request<'_>) -> Result<Export, ExportError> {
    let mut export = Export::default();
    let scope = Scope { org_id: Some(request.org_id.to_owned()), ..Scope::default() };
    let (mut org_kinds, site_kinds): (Vec<Kind>, Vec<Kind>) =
        request.kinds.iter().cloned().partition(|kind| kind.level == Level::Org);
    let exports_sites = org_kinds.iter().any(|kind| kind.word == "sites");
    if !site_kinds.is_empty() && !exports_sites {
        org_kinds.extend(table::kind(Level::Org, "sites"));
    }
    let mut lists = Lists::read(client, &scope, &org_kinds)?;
    lists.read_referenced(client, &scope)?;
    for (kind, error) in lists.failed.drain(..) {
        export.unread.push(Unread { kind: kind.word, site: None, error });
    }
    check_reach(&export)?;
    let unique = unique(&lists.known);
    let index = Index::new(&lists.known);
    let mut sites = Vec::new();
    for kind in &org_kinds {
        let Some(found) = lists.found.remove(&kind.word) else { continue };
        let mut items = declaration::items(kind, found, &index, &unique);
        let is_sites = kind.word == "sites";
        if is_sites {
            sites = sites_of(&mut items.items);
            if request.sites.is_none() {
                export.coverage.existing = Some(sites.iter().map(|site| site.folder.clone()).collect());
            }
            sites.retain(|site| request.sites.is_none_or(|wants| wants(&site.name)));
        }
        if !is_sites || exports_sites {
            export.coverage.org.insert(kind.word.clone());
            add(&mut export, request, kind, None, items);
        }
    }
    if sites.is_empty() || site_kinds.is_empty() {
        export.coverage.site = site_kinds.iter().map(|kind| kind.word.clone()).collect();
        return Ok(export);
    }
    check_quota(client, (sites.len() * site_kinds.len()) as u64)?;
    export.coverage.site = site_kinds.iter().map(|kind| kind.word.clone()).collect();
    export.coverage.exported = sites.iter().map(|site| site.folder.clone()).collect();
    let mut variables = Vec::new();
    for chunk in sites.chunks(CHUNK) {
        read_sites(client, &scope, request, chunk, &site_kinds, &index, &unique, &mut export, &mut variables)?;
        check_reach(&export)?;
    }
    if request.site_table
        && let Some(table) = crate::site_table::text(&variables)
    {
        export.files.insert(layout::SITE_SETTINGS.to_owned(), table);
    }
    Ok(export)
}

/// The lists of the organization.
#[derive(Default)]
struct Lists {
    found: HashMap<String, Vec<Fields>>,
    known: Known,
    failed: Vec<(Kind, ObjectError)>,
}

impl Lists {
    fn read(client: &Client, scope: &Scope, kinds: &[Kind]) -> Result<Self, ObjectError> {
        let read = |client: &Client, kind: &Kind| find::all(client, scope, kind, None, &Filter::default());
        let mut lists = Self::default();
        for (kind, result) in kinds.iter().zip(workers::each(client, kinds, read)) {
            match result {
                Ok(found) => {
                    lists.known.insert(kind.word.clone(), pairs(kind, &found));
                    lists.found.insert(kind.word.clone(), found);
                }
                Err(error) if ends_the_run(&error) => return Err(error),
                Err(error) => lists.failed.push((kind.clone(), error)),
            }
        }
        Ok(lists)
    }

    /// Reads the names of kinds that the objects refer to, and that are not exported.
    fn read_referenced(&mut self, client: &Client, scope: &Scope) -> Result<(), ObjectError> {
        let mut referenced = BTreeSet::new();
        for (word, found) in &self.found {
            let Some(kind) = table::kind(Level::Org, word) else { continue };
            found
                .iter()
                .for_each(|object| names::referred(kind.schema, &Value::Object(object.clone()), &mut referenced));
        }
        self.read_names(client, scope, referenced)
    }

    fn read_names(&mut self, client: &Client, scope: &Scope, words: BTreeSet<String>) -> Result<(), ObjectError> {
        let is_missing =
            |word: &String| !self.known.contains_key(word) && !self.failed.iter().any(|(kind, _)| kind.word == *word);
        for word in words.into_iter().filter(is_missing).collect::<Vec<_>>() {
            let Some(kind) = table::kind(Level::Org, &word) else { continue };
            match listing::known(client, &mut scope.clone(), Level::Org, [word]) {
                Ok(known) => self.known.extend(known),
                Err(error) if ends_the_run(&error.clone().into()) => return Err(error.into()),
                Err(error) => self.failed.push((kind, error.into())),
            }
        }
        Ok(())
    }
}

fn pairs(kind: &Kind, found: &[Fields]) -> Vec<(String, String)> {
    let name = kind.key.first().map(String::as_str).unwrap_or_default();
    let text = |object: &Fields, field: &str| object.get(field).and_then(Value::as_str).map(str::to_owned);
    found.iter().filter_map(|object| Some((text(object, name)?, text(object, &kind.id)?))).collect()
}

/// True for an error that every further request would meet.
fn ends_the_run(error: &ObjectError) -> bool {
    match error {
        ObjectError::Client(Error::Status { status, .. }) => matches!(status, 401 | 407),
        ObjectError::Client(Error::Connection { .. } | Error::Answer { .. } | Error::Intermediary { .. }) => false,
        ObjectError::Client(error) => !error.is_about_one_thing(),
        _ => false,
    }
}

/// Several lost connections mean that the cloud is out of reach, so that each further request would only cost time.
fn check_reach(export: &Export) -> Result<(), ObjectError> {
    let lost = |unread: &&Unread| matches!(&unread.error, ObjectError::Client(Error::Connection { .. }));
    match export.unread.iter().filter(lost).nth(MOST_LOST) {
        Some(unread) => Err(unread.error.clone()),
        None => Ok(()),
    }
}

/// The names that one object of each kind has.
#[must_use]
pub fn unique(known: &Known) -> UniqueNames {
    let of_kind = |pairs: &Vec<(String, String)>| {
        let mut count: HashMap<&str, usize> = HashMap::new();
        pairs.iter().for_each(|(name, _)| *count.entry(name).or_default() += 1);
        pairs
            .iter()
            .filter(|(name, _)| count.get(name.as_str()) == Some(&1))
            .map(|(name, id)| (id.clone(), name.clone()))
            .collect()
    };
    known.iter().map(|(word, pairs)| (word.clone(), of_kind(pairs))).collect()
}

fn sites_of(items: &mut [Item]) -> Vec<Site> {
    let names: Vec<String> = items.iter().map(|item| item.title.clone()).collect();
    let files = file_name::of_all(names.iter().map(String::as_str));
    let site = |item: &Item| {
        let given = item.value.get(FOLDER).and_then(Value::as_str).map(str::to_owned);
        let folder = given.or_else(|| files.get(item.title.as_str()).cloned()).unwrap_or_default();
        Site { id: item.id.clone(), name: item.title.clone(), folder }
    };
    items.iter().map(site).collect()
}

#[allow(clippy::too_many_arguments)]
fn read_sites(
    client: &Client,
    scope: &Scope,
    request: &Request<'_>,
    sites: &[Site],
    kinds: &[Kind],
    index: &Index<'_>,
    unique: &UniqueNames,
    export: &mut Export,
    variables: &mut Vec<(String, Map<String, Value>)>,
) -> Result<(), ObjectError> {
    let jobs: Vec<(&Site, &Kind)> = sites.iter().flat_map(|site| kinds.iter().map(move |kind| (site, kind))).collect();
    let scope_of = |site: &Site| Scope { site_id: Some(site.id.clone()), ..scope.clone() };
    let read = |client: &Client, (site, kind): &(&Site, &Kind)| {
        find::all(client, &scope_of(site), kind, None, &Filter::default())
    };
    let mut found: HashMap<(&str, &str), Vec<Fields>> = HashMap::new();
    for ((site, kind), result) in jobs.iter().zip(workers::each(client, &jobs, read)) {
        match result {
            Ok(list) => drop(found.insert((site.id.as_str(), kind.word.as_str()), list)),
            Err(error) if ends_the_run(&error) => return Err(error),
            Err(error) => {
                export.coverage.unread.insert((site.folder.clone(), kind.word.clone()));
                export.unread.push(Unread { kind: kind.word.clone(), site: Some(site.name.clone()), error });
            }
        }
    }
    for site in sites {
        let own = names_of_site(client, &scope_of(site), site, kinds, &found)?;
        let (own_index, own_unique);
        let (index, unique) = if own.is_empty() {
            (index, unique)
        } else {
            own_unique = self::unique(&own);
            let mut all = unique.clone();
            all.extend(own_unique);
            own_index = Index::new(&own);
            (&own_index, &{ all })
        };
        for kind in kinds {
            let Some(list) = found.remove(&(site.id.as_str(), kind.word.as_str())) else { continue };
            let mut items = declaration::items(kind, list, index, unique);
            if request.site_table
                && kind.word == "setting"
                && let Some(item) = items.items.first_mut()
            {
                let row = crate::site_table::take(&mut item.value);
                if !row.is_empty() {
                    variables.push((site.folder_name(), row));
                }
            }
            add(export, request, kind, Some(site), items);
        }
    }
    Ok(())
}

impl Site {
    /// The name in tables and messages: that of the folder where several sites have the name.
    fn folder_name(&self) -> String {
        let is_twin =
            file_name::name_of(&self.folder).as_deref() == Some(&self.name) && self.folder != file_name::of(&self.name);
        if is_twin { self.folder.clone() } else { self.name.clone() }
    }
}

/// The names of kinds that the site has itself, and that its objects refer to.
fn names_of_site(
    client: &Client,
    scope: &Scope,
    site: &Site,
    kinds: &[Kind],
    found: &HashMap<(&str, &str), Vec<Fields>>,
) -> Result<Known, ObjectError> {
    let mut referenced = BTreeSet::new();
    for kind in kinds {
        for object in found.get(&(site.id.as_str(), kind.word.as_str())).into_iter().flatten() {
            names::referred(kind.schema, &Value::Object(object.clone()), &mut referenced);
        }
    }
    let mut known = Known::new();
    for word in referenced {
        let Some(kind) = table::kind(Level::Site, &word) else { continue };
        match found.get(&(site.id.as_str(), word.as_str())) {
            Some(list) => drop(known.insert(word.clone(), pairs(&kind, list))),
            None => known.extend(listing::known(client, &mut scope.clone(), Level::Site, [word])?),
        }
    }
    Ok(known)
}

/// Adds the files of a kind.
fn add(export: &mut Export, request: &Request<'_>, kind: &Kind, site: Option<&Site>, items: Items) {
    let prefix = match site {
        None => kind.word.clone(),
        Some(site) => format!("{}/{}", site.folder_name(), kind.word),
    };
    let is_partial = (request.only)(kind, "").is_some();
    let is_partial_sites = kind.word == "sites" && request.sites.is_some();
    let wants = |title: &str| {
        (request.only)(kind, title).unwrap_or(true)
            && (!is_partial_sites || request.sites.is_none_or(|wants| wants(title)))
    };
    let note = |all: &mut Vec<String>, notes: Vec<String>| {
        all.extend(notes.into_iter().map(|note| format!("{prefix}: {note}")));
    };
    note(&mut export.secrets_left_out, items.secrets_left_out);
    note(&mut export.masked, items.masked);
    note(&mut export.unresolved, items.unresolved);
    let items: Vec<Item> = items.items.into_iter().filter(|item| kind.one || wants(&item.title)).collect();
    let items: Vec<Item> = if kind.one {
        items
            .into_iter()
            .filter(|item| item.value.as_object().is_some_and(|fields| !fields.is_empty()) || item.secrets.is_some())
            .collect()
    } else {
        items
    };
    let label = if site.is_some() { format!("site/{}", kind.word) } else { kind.word.clone() };
    *export.counts.entry(label).or_default() += items.len();
    let folder = site.map(|site| site.folder.as_str());
    let path = |file: Option<&str>| layout::path(folder, &kind.word, file, request.ending);
    let secret = |item: &Item| item.secrets.as_ref().map(|secrets| with_key(kind, &item.value, secrets));
    if (is_partial || is_partial_sites) && !layout::is_large(kind) && !kind.one {
        let secrets = items.iter().filter_map(secret).collect();
        let items = items.into_iter().map(|item| item.value).collect();
        export.parts.insert(path(None), Part { kind: kind.clone(), items, secrets });
        return;
    }
    if items.is_empty() {
        return;
    }
    let mut write = |file: Option<&str>, items: &[&Item], is_list: bool| {
        let whole = |values: Vec<Value>| match <[Value; 1]>::try_from(values) {
            Ok([one]) if !is_list => one,
            Ok(one) => Value::Array(one.into()),
            Err(several) => Value::Array(several),
        };
        let path = path(file);
        let secrets: Vec<Value> = items.iter().filter_map(|item| secret(item)).collect();
        if !secrets.is_empty() {
            export.secrets.insert(path.clone(), render(kind, &path, &whole(secrets)));
        }
        let values = items.iter().map(|item| item.value.clone()).collect();
        export.files.insert(path.clone(), render(kind, &path, &whole(values)));
    };
    if kind.one {
        write(None, &items.iter().collect::<Vec<_>>(), false);
    } else if layout::is_large(kind) {
        let mut by_name: BTreeMap<&str, Vec<&Item>> = BTreeMap::new();
        items.iter().for_each(|item| by_name.entry(&item.title).or_default().push(item));
        let files = file_name::of_all(by_name.keys().copied());
        for (name, items) in by_name {
            write(files.get(name).map(String::as_str), &items, false);
        }
    } else {
        write(None, &items.iter().collect::<Vec<_>>(), true);
    }
}

/// The secrets of an object with the fields that identify it.
fn with_key(kind: &Kind, value: &Value, secrets: &Value) -> Value {
    let mut all = secrets.as_object().cloned().unwrap_or_default();
    if let Some(fields) = value.as_object() {
        let also =
            kind.key_where_declared.as_deref().map(|also| kind.schema.alias(also).unwrap_or_else(|| also.to_owned()));
        let given = fields.get(MATCH).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        let own = kind.key.iter().map(String::as_str);
        for name in own.chain(also.as_deref()).chain(given).chain([MATCH, TWIN]) {
            if let Some(value) = fields.get(name) {
                all.insert(name.to_owned(), value.clone());
            }
        }
    }
    Value::Object(all)
}
