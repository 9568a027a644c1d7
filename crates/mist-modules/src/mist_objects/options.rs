//! Options of `mist_objects`, and their checks. Documentation, help, validation and schema come from these types.

use crate::ConnectionOptions;
use crate::common::glob::Glob;
use crate::common::options::OptionError;
use crate::objects::declared::{ComparisonOptions, declaration_required, match_required};
use crate::objects::kinds::KindOptions;
use crate::objects::location::{ScopeOptions, ScopeRef};
use crate::objects::{declared, errors};
use ansible_binary_module::{AnsiblePath, Task};
use mist_objects::compare::Rules;
use mist_objects::plan::{self, Fields};
use mist_objects::table::Kind;
use mist_objects::{matching, source};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Options {
    #[serde(flatten)]
    pub kind: KindOptions,
    #[serde(flatten)]
    pub scope: ScopeOptions,
    /// Desired objects, each in the form of the option C(object) of M(mist_object). No two may be the same object.
    #[schemars(extend("x-ansible-elements" = "raw"))]
    #[schemars(extend("examples" = [[{"name": "Branch 1"}, {"name": "Branch 2"}]]))]
    pub objects: Option<Vec<Value>>,
    /// JSON, YAML or CSV file with the objects, by its extension, on the host that runs the task. Mutually exclusive with O(objects). Variables of Mist in it are not evaluated by Ansible.
    ///
    /// In a CSV file, each column is a field, dotted if nested (C(latlng.lat)). An empty cell is not declared. The cell of a list has items between commas (C("East,West")). Numbers and booleans have the types of the API document.
    ///
    /// Separators are commas, or semicolons if the first line has no comma. Every line has as many cells as the first one. Blank lines are skipped, and blanks in a text are kept.
    pub src: Option<AnsiblePath>,
    #[serde(flatten)]
    pub comparison: ComparisonOptions,
    /// Delete every other object of the type, after all declared objects are in place.
    #[serde(default)]
    pub purge: bool,
    /// Names (or SSIDs, MAC addresses) of objects that O(purge) keeps, or patterns: V(*) is any text, V(?) one character, V([ab]) one of these.
    #[schemars(extend("x-ansible-elements" = "str"))]
    #[schemars(extend("examples" = [["hq", "lab-*"]]))]
    pub keep: Option<Vec<String>>,
    /// Do nothing if O(purge) would delete more objects than this. Required for O(purge=true) with an empty set.
    pub max_deletes: Option<u32>,
    #[serde(flatten)]
    pub connection: ConnectionOptions,
}

/// The checked options.
#[derive(Debug)]
pub struct Params {
    pub scope: ScopeRef,
    pub kind: Kind,
    /// The declarations, perhaps with names in place of ids.
    pub objects: Vec<Fields>,
    /// The option with the declarations.
    pub option: &'static str,
    /// Declared fields that only the cloud sets.
    pub ignored: BTreeSet<String>,
    pub match_fields: Vec<String>,
    pub rules: Rules,
    /// Deviations from the API document are errors.
    pub strict: bool,
    pub purge: Option<PurgeParams>,
}

#[derive(Debug)]
pub struct PurgeParams {
    pub keep: Vec<Glob>,
    pub max_deletes: Option<usize>,
}

impl Params {
    /// Checks the options.
    ///
    /// # Errors
    /// An option is missing or not valid.
    pub fn new(options: &Options, task: &mut Task) -> Result<Self, OptionError> {
        let comparison = &options.comparison;
        let match_fields = comparison.match_fields();
        let kind = options.kind.kind(task, &options.scope, &match_fields)?;
        let scope = options.scope.scope(task, &kind)?;
        options.kind.check_written(&kind, None, options.purge.then_some("purge"))?;
        if kind.one {
            return Err(OptionError::new("type", format!("{} is one object. Use mist_object.", kind.word)));
        }
        if kind.key.is_empty() && match_fields.is_empty() {
            return Err(match_required());
        }
        declared::check_match(&kind, &match_fields, "Use mist_object with id")?;
        for (option, given) in [("keep", options.keep.is_some()), ("max_deletes", options.max_deletes.is_some())] {
            if given && !options.purge {
                return Err(OptionError::new(option, "only for purge: true. Set purge, or remove the option."));
            }
        }
        let (option, given) = match (&options.objects, &options.src) {
            (Some(_), Some(_)) => return Err(OptionError::mutually_exclusive("src", "objects")),
            (None, None) => return Err(declaration_required("objects")),
            (Some(objects), None) => ("objects", declared::items(objects)?),
            (None, Some(src)) => {
                let objects = declared::from_file(src, kind.schema, source::many)?;
                objects.iter().for_each(|object| declared::hide(task, &kind, object));
                ("src", objects)
            }
        };
        let given = declared::typed(&kind, given, option, true)?;
        let exact = comparison.exact();
        let (mut objects, mut ignored) = (Vec::with_capacity(given.len()), BTreeSet::new());
        for (number, object) in given.into_iter().enumerate() {
            let (object, left_out) = plan::without_read_only(&kind, object);
            let declared = exact.iter().filter(|path| matching::at(&object, path).is_some()).cloned();
            plan::check_exact(&declared.collect::<Vec<_>>(), &object).map_err(|error| {
                let error = OptionError::from_message(errors::message(&error, errors::of_set(option)));
                OptionError { reason: format!("item {}: {}", number + 1, error.reason), ..error }
            })?;
            ignored.extend(left_out);
            objects.push(object);
        }
        let is_undeclared = |path: &&String| objects.iter().all(|object| matching::at(object, path).is_none());
        if let Some(path) = exact.iter().find(is_undeclared).filter(|_| !objects.is_empty()) {
            let reason = format!("no object declares '{}'. List declared dictionaries.", path.escape_debug());
            return Err(OptionError::new("exact", reason));
        }
        let purge = options.purge.then(|| PurgeParams {
            keep: options.keep.iter().flatten().map(|pattern| Glob::new(pattern)).collect(),
            max_deletes: options.max_deletes.map(|most| usize::try_from(most).unwrap_or(usize::MAX)),
        });
        Ok(Self {
            scope,
            kind,
            objects,
            option,
            ignored,
            match_fields,
            rules: comparison.rules(),
            strict: comparison.strict,
            purge,
        })
    }
}
