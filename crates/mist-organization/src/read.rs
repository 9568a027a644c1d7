//! Reads the files of a folder, and finds every error in them. Nothing is sent.

use crate::declaration::{FOLDER, MATCH, TWIN};
use crate::desired::{DesiredObject, Origin, ReadError, ReadFault, SiteRef};
use crate::layout::{self, Place};
use crate::{file_name, secret_files};
use mist_client::suggest::Candidates;
use mist_objects::error::SourceError;
use mist_objects::plan::Fields;
use mist_objects::set::Intent;
use mist_objects::table::{self, Kind, Level};
use mist_objects::{conformity, conversion, source};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The old name of an object.
pub const WAS: &str = "was";
/// The site of an object outside the folder of its site.
pub const SITE: &str = "site";
/// The deepest folder with files of objects: `sites/NAME/KIND/`.
const DEEPEST: usize = 3;

/// The files of a folder, or of a list of files, by their paths below the folder.
#[derive(Clone, Debug, Default)]
pub struct Texts(pub Vec<(String, Result<String, SourceError>)>);

impl Texts {
    /// Reads all files with objects below a folder. Folders with a list of exported files of their own are other folders.
    ///
    /// # Errors
    /// The folder cannot be listed.
    pub fn of_folder(folder: &Path) -> std::io::Result<Self> {
        let mut all = Vec::new();
        add(folder, "", 0, &mut all)?;
        all.sort_by(|one, other| one.0.cmp(&other.0));
        Ok(Self(all))
    }

    /// Reads files. The last steps of a path are its place in a folder.
    #[must_use]
    pub fn of_files(files: &[PathBuf]) -> Self {
        let read = |file: &PathBuf| (place_of_file(file), source::read(file));
        Self(files.iter().map(read).collect())
    }
}

fn add(
    folder: &Path,
    prefix: &str,
    depth: usize,
    all: &mut Vec<(String, Result<String, SourceError>)>,
) -> std::io::Result<()> {
    for entry in folder.read_dir()? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else { continue };
        let (path, below) = (entry.path(), format!("{prefix}{name}"));
        if path.is_dir() {
            if depth < DEEPEST && !path.join(layout::EXPORTED).exists() {
                add(&path, &format!("{below}/"), depth + 1, all)?;
            }
        } else if layout::stem(name).is_some() {
            all.push((below, source::read(&path)));
        }
    }
    Ok(())
}

fn place_of_file(file: &Path) -> String {
    let steps: Vec<&str> = file.iter().filter_map(|step| step.to_str()).collect();
    let is_kind = |step: &str| !table::levels(step).is_empty();
    let site = steps.iter().rposition(|step| *step == layout::SITES).filter(|position| steps.len() - position > 2);
    let from = match (site, steps.as_slice()) {
        (Some(position), _) => position,
        (None, [.., folder, _]) if is_kind(folder) => steps.len() - 2,
        _ => steps.len().saturating_sub(1),
    };
    steps.get(from..).unwrap_or_default().join("/")
}

/// Reads the declarations. `secrets` are added to them, and never replace a declared field.
///
/// # Errors
/// All errors of all files.
pub fn desired(texts: &Texts, secrets: &secret_files::Secrets) -> Result<crate::desired::Desired, Vec<ReadError>> {
    let mut reading = Reading::default();
    for (path, text) in &texts.0 {
        match text {
            Ok(text) => reading.file(path, text),
            Err(error) => reading.refuse(Origin::file(path), ReadFault::Source(error.clone())),
        }
    }
    reading.finish(secrets)
}

#[derive(Default)]
struct Reading {
    kinds: BTreeMap<(Level, String), Arc<Kind>>,
    objects: Vec<DesiredObject>,
    /// The site of an object, before sites are known.
    sites: Vec<Option<String>>,
    scopes: Vec<(Option<String>, Arc<Kind>)>,
    errors: Vec<ReadError>,
}

impl Reading {
    fn refuse(&mut self, origin: Origin, fault: ReadFault) {
        self.errors.push(ReadError { origin, fault });
    }

    fn kind(&mut self, level: Level, word: &str) -> Option<Arc<Kind>> {
        let key = (level, word.to_owned());
        if let Some(kind) = self.kinds.get(&key) {
            return Some(Arc::clone(kind));
        }
        let kind = Arc::new(table::kind(level, word)?);
        self.kinds.insert(key, Arc::clone(&kind));
        Some(kind)
    }

    fn file(&mut self, path: &str, text: &str) {
        let origin = Origin::file(path);
        let (site, word, file) = match layout::place(path) {
            Some(Place::Objects { site, word, file }) => (site, word, file),
            Some(Place::SiteSettings) => (None, "setting".to_owned(), None),
            Some(Place::Own) => return,
            None => return self.refuse(origin, ReadFault::NoPlace),
        };
        let level = if site.is_some() { Level::Site } else { Level::Org };
        let own = self.kind(level, &word);
        let of_sites = self.kind(Level::Site, &word).filter(|_| site.is_none());
        let Some(first) = own.clone().or_else(|| of_sites.clone()) else {
            let words: Vec<&str> =
                table::words().into_iter().filter(|word| table::kind(level, word).is_some()).collect();
            let candidates = Candidates::new(&word, words);
            return self.refuse(origin, ReadFault::UnknownKind { word, candidates });
        };
        let is_site_table = path == layout::SITE_SETTINGS;
        let schema = match &of_sites {
            Some(kind) if is_site_table => kind.schema,
            _ => first.schema,
        };
        let mut objects = match source::many(path, text, schema) {
            // One object, which is a dictionary.
            Err(SourceError::NotAList) => source::one(path, text, schema).map(|object| vec![object]),
            other => other,
        };
        if first.one && matches!(objects.as_deref(), Ok([])) && !path.ends_with(".csv") {
            objects = Ok(Vec::new());
        }
        let objects = match objects {
            Ok(objects) => objects,
            Err(error) => return self.refuse(origin, ReadFault::Source(error)),
        };
        if let Some(own) = &own
            && !is_site_table
        {
            self.scopes.push((site.clone(), Arc::clone(own)));
        }
        for (number, mut object) in objects.into_iter().enumerate() {
            let origin = Origin { item: Some(number + 1), ..origin.clone() };
            let column = match &of_sites {
                Some(kind) => match object.shift_remove(SITE) {
                    Some(Value::String(site)) if !site.trim().is_empty() => Some((site, Arc::clone(kind))),
                    Some(_) => {
                        self.refuse(origin, ReadFault::Form { field: SITE, needed: "the name of a site" });
                        continue;
                    }
                    None => None,
                },
                None => None,
            };
            let (site, kind) = match (column, &own) {
                (Some((site, kind)), _) => {
                    self.scopes.push((Some(site.clone()), Arc::clone(&kind)));
                    (Some(site), kind)
                }
                (None, Some(own)) if !is_site_table => (site.clone(), Arc::clone(own)),
                (None, _) => {
                    self.refuse(origin, ReadFault::SiteMissing);
                    continue;
                }
            };
            self.object(origin, site, kind, object, file.as_deref());
        }
    }

    fn object(
        &mut self,
        origin: Origin,
        site: Option<String>,
        kind: Arc<Kind>,
        mut object: Fields,
        file: Option<&str>,
    ) {
        let mut one = DesiredObject::new(origin.clone(), Arc::clone(&kind));
        if !kind.one {
            match self.own_fields(&origin, &kind, &mut object, &mut one) {
                Some(()) => {}
                None => return,
            }
        }
        // Files of one object can omit its name.
        if let (Some(file), Some(name)) = (file, kind.key.first())
            && !object.contains_key(name)
            && let Some(value) = file_name::name_of(file)
        {
            object.insert(name.clone(), Value::String(value));
        }
        match Intent::taken(&kind, &mut object) {
            Ok(intent) => one.intent = intent,
            Err(error) => return self.refuse(origin, ReadFault::Object(error)),
        }
        let object = match conversion::converted(kind.schema, object) {
            Ok(object) => object,
            Err(errors) => {
                errors.into_iter().for_each(|error| self.refuse(origin.clone(), ReadFault::Type(error)));
                return;
            }
        };
        let (object, ignored) = conformity::without_read_only(&kind, object);
        (one.fields, one.ignored) = (object, ignored);
        self.objects.push(one);
        self.sites.push(site);
    }

    /// Takes the fields out that belong to the folder, not to the object.
    fn own_fields(&mut self, origin: &Origin, kind: &Kind, object: &mut Fields, one: &mut DesiredObject) -> Option<()> {
        let form = |field: &'static str, needed: &'static str| ReadFault::Form { field, needed };
        let is_free = |field: &str| kind.schema.known(field).is_none_or(|_| kind.is_read_only(field));
        if is_free(MATCH)
            && let Some(value) = object.shift_remove(MATCH)
        {
            let fields: Option<Vec<String>> =
                value.as_array().map(|items| items.iter().filter_map(Value::as_str).map(str::to_owned).collect());
            match fields.filter(|fields| !fields.is_empty()) {
                Some(fields) => one.match_fields = fields,
                None => return self.refused(origin, form(MATCH, "a list of fields")),
            }
        }
        if is_free(TWIN)
            && let Some(value) = object.shift_remove(TWIN)
        {
            if !value.is_u64() {
                return self.refused(origin, form(TWIN, "a number"));
            }
            one.is_twin = true;
        }
        if is_free(WAS)
            && let Some(value) = object.shift_remove(WAS)
        {
            match value {
                Value::String(name) if !name.trim().is_empty() => one.was = Some(name),
                _ => return self.refused(origin, form(WAS, "the old name")),
            }
        }
        if kind.word == "sites"
            && let Some(value) = object.shift_remove(FOLDER)
        {
            match value {
                Value::String(folder) if !folder.is_empty() => one.folder = Some(folder),
                _ => return self.refused(origin, form(FOLDER, "the name of a folder")),
            }
        }
        Some(())
    }

    fn refused(&mut self, origin: &Origin, fault: ReadFault) -> Option<()> {
        self.refuse(origin.clone(), fault);
        None
    }

    fn finish(mut self, secrets: &secret_files::Secrets) -> Result<crate::desired::Desired, Vec<ReadError>> {
        let mut sites: Vec<SiteRef> = Vec::new();
        let declared: Vec<(usize, String, Option<String>)> = self
            .objects
            .iter()
            .enumerate()
            .filter(|(_, object)| object.kind.level == Level::Org && object.kind.word == "sites")
            .filter_map(|(number, object)| {
                Some((number, object.fields.get("name")?.as_str()?.to_owned(), object.folder.clone()))
            })
            .collect();
        let folders = file_name::of_all(declared.iter().map(|(_, name, _)| name.as_str()));
        for (number, name, folder) in &declared {
            let folder = folder.clone().or_else(|| folders.get(name.as_str()).cloned()).unwrap_or_default();
            sites.push(SiteRef { name: name.clone(), folder, declared: Some(*number) });
        }
        let mut by_text: BTreeMap<String, usize> = BTreeMap::new();
        let mut site_of = |text: &str| {
            if let Some(number) = by_text.get(text) {
                return *number;
            }
            let by_folder = sites.iter().position(|site| site.folder == text);
            let found = by_folder.or_else(|| sites.iter().position(|site| site.name == text)).unwrap_or_else(|| {
                let name = file_name::name_of(text).unwrap_or_else(|| text.to_owned());
                sites.push(SiteRef { name, folder: text.to_owned(), declared: None });
                sites.len() - 1
            });
            by_text.insert(text.to_owned(), found);
            found
        };
        for (object, site) in self.objects.iter_mut().zip(&self.sites) {
            object.site = site.as_deref().map(&mut site_of);
        }
        let scopes =
            self.scopes.iter().map(|(site, kind)| (site.as_deref().map(&mut site_of), kind.word.clone())).collect();
        let objects = self.merged_settings();
        let mut objects: Vec<DesiredObject> = objects;
        let folder_of = |site: Option<usize>| site.and_then(|site| sites.get(site)).map(|site| site.folder.as_str());
        for object in &mut objects {
            secrets.add(folder_of(object.site), object);
        }
        let mut refused = std::mem::take(&mut self.errors);
        refused.extend(secrets.errors.iter().cloned());
        if refused.is_empty() { Ok(crate::desired::Desired { objects, sites, scopes }) } else { Err(refused) }
    }

    /// The parts of one setting in several files as one. The same field in two of them is an error.
    fn merged_settings(&mut self) -> Vec<DesiredObject> {
        let mut all: Vec<DesiredObject> = Vec::with_capacity(self.objects.len());
        let mut settings: BTreeMap<(Option<usize>, String), usize> = BTreeMap::new();
        for object in std::mem::take(&mut self.objects) {
            if !object.kind.one {
                all.push(object);
                continue;
            }
            let key = (object.site, object.kind.word.clone());
            let Some(first) = settings.get(&key).and_then(|number| all.get_mut(*number)) else {
                settings.insert(key, all.len());
                all.push(object);
                continue;
            };
            let mut same = Vec::new();
            merge(&mut first.fields, object.fields, "", &mut same);
            let other = first.origin.path.clone();
            for field in same {
                self.errors.push(ReadError {
                    origin: object.origin.clone(),
                    fault: ReadFault::DeclaredTwice { field, other: other.clone() },
                });
            }
        }
        all
    }
}

fn merge(fields: &mut Fields, more: Fields, path: &str, same: &mut Vec<String>) {
    for (name, value) in more {
        let here = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        match (fields.get_mut(&name), value) {
            (None, value) => drop(fields.insert(name, value)),
            (Some(Value::Object(there)), Value::Object(value)) => merge(there, value, &here, same),
            (Some(_), _) => same.push(here),
        }
    }
}
