//! Declarations: their options, files with them, ids in place of names, and warnings about their fields.

use crate::common::glob::Glob;
use crate::common::options::OptionError;
use crate::objects::errors;
use crate::objects::location::is_of_new_site;
use ansible_binary_module::{AnsiblePath, Failure, Task};
use mist_client::Client;
use mist_client::redact::quoted;
use mist_objects::compare::Rules;
use mist_objects::conformity::{self, Deviations};
use mist_objects::conversion::{self, TypeError};
use mist_objects::error::{NameError, ObjectError, SourceError, singular};
use mist_objects::filter::Filter;
use mist_objects::listing::Scope;
use mist_objects::names::{self, Index, Known, Suggestion};
use mist_objects::plan::Fields;
use mist_objects::set::Intent;
use mist_objects::table::{Kind, Level, Schema};
use mist_objects::{listing, secrets, source, table};
use schemars::JsonSchema;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

/// This many deviations have a sentence of their own.
const LISTED: usize = 5;

/// Options to identify, compare and write declared objects. The options of a module flatten these.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
pub struct ComparisonOptions {
    /// Fields that identify an object. Each must be declared. Required if O(path) is set to a collection that is not in the list of types. Default: the fields of the type, which are C(name), C(ssid) (with C(template_id), if declared) or C(mac).
    #[serde(rename = "match")]
    #[schemars(extend("x-ansible-elements" = "str"))]
    pub match_fields: Option<Vec<String>>,
    /// Dotted paths of declared dictionaries that may have only declared keys. Other keys are removed.
    #[schemars(extend("x-ansible-elements" = "str"))]
    #[schemars(extend("examples" = [["vars"]]))]
    pub exact: Option<Vec<String>>,
    /// Refuse fields and values that the API document does not have, and new objects without its required fields. Default: they are warnings, because the cloud may know more than the document.
    #[serde(default)]
    pub strict: bool,
    /// Create an object although another one exists whose name differs only in blanks, case or Unicode form. Default: an error that lists the other one, because such names are often typos of each other.
    #[serde(default)]
    pub allow_similar: bool,
    /// In check mode, accept names of other objects that do not exist yet, because an earlier task of the same run would create them. Each is a warning. The same applies to the name in O(site). Outside check mode, the option has no effect.
    #[serde(default)]
    pub assume_names: bool,
    /// When to write a declared secret that the cloud does not show, so that it cannot be compared.
    #[serde(default)]
    pub update_secrets: UpdateSecrets,
}

/// When a secret is written that cannot be compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UpdateSecrets {
    /// When the object is created. Later, only together with its top-level field (C(auth) for C(auth.psk)), if that field is new or differs elsewhere. A secret at the top level (C(secret) of a webhook) is not written again. A warning names the secrets that were not written because the cloud hides or masks them.
    #[default]
    OnCreate,
    /// In every run. Each run is a change.
    Always,
}

impl ComparisonOptions {
    /// The identifying fields that the task sets.
    #[must_use]
    pub fn match_fields(&self) -> Vec<String> {
        self.match_fields.clone().unwrap_or_default()
    }

    #[must_use]
    pub fn exact(&self) -> Vec<String> {
        self.exact.clone().unwrap_or_default()
    }

    #[must_use]
    pub fn rules(&self) -> Rules {
        Rules {
            exact: self.exact().into_iter().collect(),
            rewrite_secrets: self.update_secrets == UpdateSecrets::Always,
            ..Rules::default()
        }
    }
}

/// The error if `path` is set without `match`.
#[must_use]
pub fn match_required() -> OptionError {
    OptionError::new("match", "required if path is set. List the fields that identify an object.")
}

/// Checks a declaration that was given as JSON text. The conversion of options keeps the last of a repeated key, and floats in place
/// of long numbers.
///
/// # Errors
/// A key is repeated, or a number loses digits.
pub fn check_text(task: &Task, option: &str) -> Result<(), OptionError> {
    match task.given_text(option).map(str::trim) {
        // Text that is not JSON may be a literal of Python.
        Some(text) if serde_json::from_str::<IgnoredAny>(text).is_ok() => source::json(text)
            .map(drop)
            .map_err(|error| OptionError::new(option, format!("{error}.").replace("..", "."))),
        _ => Ok(()),
    }
}

/// The intent in a declaration: the state and the id that are not fields of the object.
///
/// # Errors
/// They are not valid.
pub fn intent(kind: &Kind, object: &mut Fields, option: &'static str) -> Result<Intent, OptionError> {
    let refused = |error| errors::option_error(error, errors::of_set(option));
    Intent::taken(kind, object).map_err(refused)
}

/// The error if no option has a declaration.
#[must_use]
pub fn declaration_required(option: &str) -> OptionError {
    OptionError::new("", format!("{option} or src is required."))
}

/// Reads the file of `src` within `timeout` seconds, and parses it.
///
/// # Errors
/// The file cannot be read or parsed.
pub fn from_file<T>(
    src: &AnsiblePath,
    schema: Schema,
    parse: fn(&str, &str, Schema) -> Result<T, SourceError>,
    timeout: i64,
) -> Result<T, OptionError> {
    let path: &Path = src;
    let shown = path.display().to_string();
    let within = Duration::from_secs(u64::try_from(timeout).unwrap_or_default().max(1));
    source::read_within(path, within).and_then(|text| parse(&shown, &text, schema)).map_err(|error| {
        let stop = if error.to_string().ends_with('.') { "" } else { "." };
        OptionError::new("src", format!("'{}': {error}{stop}", shown.escape_debug())).caused_by(error)
    })
}

/// The objects with values in the types of the document. `items` numbers them in an error.
///
/// # Errors
/// The first values that have no obvious reading.
pub fn typed(kind: &Kind, objects: Vec<Fields>, option: &str, items: bool) -> Result<Vec<Fields>, OptionError> {
    let (mut all, mut errors) = (Vec::with_capacity(objects.len()), Vec::new());
    for (number, object) in objects.into_iter().enumerate() {
        let sentence =
            |error: TypeError| if items { format!("item {}: {error}", number + 1) } else { error.to_string() };
        match conversion::converted(kind.schema, object) {
            Ok(object) => all.push(object),
            Err(more) => errors.extend(more.into_iter().map(sentence)),
        }
    }
    if errors.is_empty() { Ok(all) } else { Err(OptionError::new(option, errors::list(&errors, " "))) }
}

/// The items of `objects`. Before Ansible 2.19, the list of the option is split at commas if it is given as text.
///
/// # Errors
/// The text is not JSON, or an item is not a dictionary.
pub fn items(given: &[Value]) -> Result<Vec<Fields>, OptionError> {
    let texts: Option<Vec<&str>> = given.iter().map(Value::as_str).collect();
    let text = texts.filter(|texts| !texts.is_empty()).map(|texts| texts.join(","));
    let parsed = match text.as_deref().map(str::trim) {
        Some(text) if text.starts_with('[') => match source::json(text) {
            Ok(Value::Array(items)) => Some(items),
            Ok(_) => None,
            Err(error) => return Err(OptionError::new("objects", format!("{error}."))),
        },
        _ => None,
    };
    let items = parsed.as_deref().unwrap_or(given).iter().enumerate();
    items
        .map(|(number, item)| {
            fields(item).ok_or_else(|| OptionError::new("objects", format!("item {} is not a dictionary.", number + 1)))
        })
        .collect()
}

fn fields(item: &Value) -> Option<Fields> {
    match item {
        Value::Object(fields) => Some(fields.clone()),
        Value::String(text) if text.trim().starts_with('{') => match source::json(text.trim()) {
            Ok(Value::Object(fields)) => Some(fields),
            _ => None,
        },
        _ => None,
    }
}

/// Hides the secrets of a declaration from a file in messages. Results mask them in their places.
pub fn hide(task: &mut Task, kind: &Kind, object: &Fields) {
    for secret in secrets::texts(kind.schema, &Value::Object(object.clone())) {
        task.hide_in_messages(&secret);
    }
}

/// Checks that the identifying fields can be declared. `by_id` is the way to name an object by its id.
///
/// # Errors
/// Only the cloud sets one of the fields.
pub fn check_match(kind: &Kind, match_fields: &[String], by_id: &str) -> Result<(), OptionError> {
    match match_fields.iter().find(|field| kind.is_read_only(field)) {
        None => Ok(()),
        Some(field) if *field == kind.id => {
            Err(OptionError::new("match", format!("only the cloud sets ids. {by_id} to rename an object.")))
        }
        Some(field) => Err(OptionError::new(
            "match",
            format!("only the cloud sets {}. List fields that can be declared.", quoted(field)),
        )),
    }
}

/// The names and ids of all kinds that the objects, or the conditions, refer to by name: one list each.
///
/// # Errors
/// A request failed.
pub fn known<'a>(
    client: &Client,
    scope: &mut Scope,
    kind: &Kind,
    objects: impl IntoIterator<Item = &'a Fields>,
    filter: &Filter,
) -> Result<Known, ObjectError> {
    let mut kinds = filter.needed();
    kinds.extend(objects.into_iter().flat_map(|object| names::needed(kind.schema, object)));
    if is_of_new_site(scope, kind) {
        kinds.retain(|word| table::kind(Level::Site, word).is_none());
    }
    Ok(listing::known(client, scope, kind.level, kinds)?)
}

/// The conditions of `where` with ids in place of names.
///
/// # Errors
/// The unknown names.
pub fn conditions(task: &Task, filter: Filter, known: &Known) -> Result<Filter, Failure> {
    let is_pattern = |text: &str| text.contains(['*', '?', '[']);
    filter.resolved(known, &is_pattern, &matches).map_err(|wrong| errors::of_where(task, wrong))
}

/// True if a text matches a pattern of `where`.
#[must_use]
pub fn matches(pattern: &str, text: &str) -> bool {
    Glob::new(pattern).matches(text)
}

/// The object with ids in place of names. Warns about doubtful ids.
///
/// # Errors
/// All wrong names and ids.
pub fn resolved(task: &mut Task, kind: &Kind, object: &Fields, index: &Index<'_>) -> Result<Fields, Vec<NameError>> {
    let mut wrong = Vec::new();
    for invalid in names::invalid_ids(kind.schema, object) {
        if invalid.is_doubtful {
            task.warn(format!("{} It is sent as declared.", errors::name_error(&invalid.error)));
        } else {
            wrong.push(invalid.error);
        }
    }
    match names::resolved(kind.schema, object, index) {
        Ok(object) if wrong.is_empty() => Ok(object),
        Ok(_) => Err(wrong),
        Err(more) => Err(wrong.into_iter().chain(more).collect()),
    }
}

/// The index of the names. With `assume_names` in check mode, every name exists.
#[must_use]
pub fn index<'a>(task: &Task, known: &'a Known, assume_names: bool) -> Index<'a> {
    let index = Index::new(known);
    if assume_names && task.check_mode() { index.assuming() } else { index }
}

/// Warns about the names that were assumed to exist.
pub fn warn_about_assumed(task: &mut Task, index: &Index<'_>) {
    let assumed: Vec<String> =
        index.assumed().iter().map(|(word, name)| format!("{} {}", singular(word), quoted(name))).collect();
    if !assumed.is_empty() {
        task.warn(format!(
            "assume_names: {} of the names do not exist yet. An earlier task would create them: {}",
            assumed.len(),
            errors::list(&assumed, ", ")
        ));
    }
}

/// Warns about fields and values that the document does not have, each once. With `strict`, they are errors.
///
/// # Errors
/// The deviations.
pub fn check_document<'a>(
    task: &mut Task,
    kind: &Kind,
    objects: impl IntoIterator<Item = &'a Fields>,
    strict: bool,
) -> Result<(), OptionError> {
    let mut deviations = Deviations::default();
    objects.into_iter().for_each(|object| deviations.add(kind, object));
    let (mut sentences, mut others) = (Vec::new(), Vec::new());
    for (path, deviation) in deviations.iter() {
        if sentences.len() < LISTED {
            sentences.push(errors::deviation(kind, path, deviation))
        } else {
            others.push(path.to_owned())
        }
    }
    if !others.is_empty() {
        sentences.push(format!("{} more are not in the API document: {}.", others.len(), errors::list(&others, ", ")));
    }
    refuse_or_warn(task, strict, sentences, " It is sent as declared.")
}

/// Warns about required fields of the document that new objects lack. With `strict`, they are errors. Each object is a title and
/// the body of its creation.
///
/// # Errors
/// The missing fields.
pub fn check_required<'a>(
    task: &mut Task,
    kind: &Kind,
    new: impl IntoIterator<Item = (String, &'a Fields)>,
    strict: bool,
) -> Result<(), OptionError> {
    let (mut fields, mut titles) = (BTreeSet::new(), Vec::new());
    for (title, object) in new {
        let missing = conformity::missing(kind, object);
        if !missing.is_empty() {
            titles.push(quoted(&title));
            fields.extend(missing);
        }
    }
    if fields.is_empty() {
        return Ok(());
    }
    let fields: Vec<String> = fields.into_iter().collect();
    let sentence = format!(
        "{}: required by the API document for new {}, but not declared: {}.",
        errors::list(&fields, ", "),
        kind.word,
        errors::list(&titles, ", ")
    );
    refuse_or_warn(task, strict, vec![sentence], "")
}

fn refuse_or_warn(task: &mut Task, strict: bool, sentences: Vec<String>, note: &str) -> Result<(), OptionError> {
    if strict && !sentences.is_empty() {
        return Err(OptionError::new("strict", sentences.join(" ")));
    }
    sentences.into_iter().for_each(|sentence| task.warn(format!("{sentence}{note}")));
    Ok(())
}

/// A sentence about each field that may be a typo.
#[must_use]
pub fn typos<'a>(kind: &Kind, fields: impl IntoIterator<Item = &'a String>) -> Vec<String> {
    let fields: BTreeSet<&str> = fields.into_iter().map(|path| path.split('.').next().unwrap_or_default()).collect();
    let sentence = |Suggestion { field, close }: Suggestion| {
        format!("{field}: not a field of {} in the API document. Similar: {}.", kind.word, close.join(", "))
    };
    names::typos(kind, fields).into_iter().map(sentence).collect()
}

/// Warns about declared fields that only the cloud sets.
pub fn warn_about_ignored(task: &mut Task, kind: &Kind, ignored: &BTreeSet<String>) {
    if !ignored.is_empty() {
        let ignored: Vec<&str> = ignored.iter().map(String::as_str).collect();
        task.warn(format!(
            "Only the cloud sets these fields of {}, so they were ignored: {}",
            kind.word,
            ignored.join(", ")
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mist_objects::table::{self, Level};

    #[test]
    fn fields_that_only_the_cloud_sets_identify_no_declared_object() {
        let check = |word: &str, field: &str| {
            check_match(&table::kind(Level::Org, word).unwrap(), &["name".to_owned(), field.to_owned()], "Set id")
        };
        assert_eq!(check("sites", "id").unwrap_err().reason, "only the cloud sets ids. Set id to rename an object.");
        assert!(check("sites", "created_time").unwrap_err().reason.starts_with("only the cloud sets 'created_time'"));
        assert!(check("wlans", "portal_sso_url").is_err());
        assert_eq!(
            (check("sites", "country_code"), check("guests", "mac"), check("wlans", "template")),
            (Ok(()), Ok(()), Ok(()))
        );
        let unknown = Kind::unknown("orgs/{org_id}/x", Level::Org, vec!["id".to_owned()]);
        assert_eq!(
            check_match(&unknown, &["id".to_owned()], ""),
            Ok(()),
            "a kind outside the table may have other ids"
        );
    }
}
