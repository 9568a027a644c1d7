//! What the options come to, checked before anything is sent.

use crate::common::glob::Glob;
use crate::mist_object::options::UpdateSecrets;
use crate::mist_objects::options::Options;
use crate::objects::declared;
use crate::objects::scope::ScopeRef;
use ansible_binary_module::Task;
use mist_objects::compare::Rules;
use mist_objects::plan::{self, Fields};
use mist_objects::source;
use mist_objects::table::Kind;
use std::collections::BTreeSet;

/// What a task wants of a set of objects.
#[derive(Debug)]
pub struct Params {
    /// Where they are.
    pub place: ScopeRef,
    /// Their kind.
    pub kind: Kind,
    /// What they shall be, as declared: names perhaps in place of ids.
    pub objects: Vec<Fields>,
    /// Which option they came from.
    pub option: &'static str,
    /// Fields that were declared and that the cloud alone sets.
    pub ignored: BTreeSet<String>,
    /// The fields asked for that tell which one is meant.
    pub match_fields: Vec<String>,
    /// What counts as a difference.
    pub rules: Rules,
    /// What becomes of objects that are not declared, where anything does.
    pub purge: Option<Purging>,
}

/// What becomes of objects that are not declared.
#[derive(Debug)]
pub struct Purging {
    /// What stays all the same.
    pub keep: Vec<Glob>,
    /// More deletions than this, and nothing is done at all.
    pub max_deletes: Option<usize>,
}

impl Params {
    /// Checks the options.
    ///
    /// # Errors
    /// A sentence that names the option and says what to give.
    pub fn new(options: &Options, task: &mut Task) -> Result<Self, String> {
        let match_fields = options.match_fields.clone().unwrap_or_default();
        let kind = options.kind.kind(task, &options.place, &match_fields)?;
        let place = options.place.wish(task, &kind)?;
        options.kind.check_written(&kind, None, options.purge.then_some("purge"))?;
        if kind.one {
            return Err(format!("type: there is one {}, and no set of them; use mist_object", kind.word));
        }
        if options.kind.path.is_some() && match_fields.is_empty() {
            return Err("match: it is needed with path; name the fields that tell which object is meant".to_owned());
        }
        declared::check_match(&kind, &match_fields, "use mist_object with id")?;
        for (option, given) in [("keep", options.keep.is_some()), ("max_deletes", options.max_deletes.is_some())] {
            if given && !options.purge {
                return Err(format!("{option}: it says what purge: true spares; set purge, or leave it out"));
            }
        }
        let (option, given) = match (&options.objects, &options.src) {
            (Some(_), Some(_)) => return Err("src: it excludes objects; give one or the other".to_owned()),
            (None, None) => return Err("objects: it is needed, or src; say what the objects shall be".to_owned()),
            (Some(objects), None) => ("objects", objects.clone()),
            (None, Some(src)) => {
                let (path, text) = declared::text(src)?;
                let objects =
                    source::many(&path, &text, kind.schema).map_err(|reason| declared::about(&path, &reason))?;
                objects.iter().for_each(|object| declared::hide(task, &kind, object));
                ("src", objects)
            }
        };
        let exact = options.exact.clone().unwrap_or_default();
        let (mut objects, mut ignored) = (Vec::with_capacity(given.len()), BTreeSet::new());
        for (number, object) in given.into_iter().enumerate() {
            let (rest, left_out) = plan::without_read_only(&kind, object);
            let declared: Vec<String> =
                exact.iter().filter(|path| mist_objects::matching::at(&rest, path).is_some()).cloned().collect();
            plan::check_exact(&declared, &rest).map_err(|reason| format!("exact: item {}: {reason}", number + 1))?;
            ignored.extend(left_out);
            objects.push(rest);
        }
        if let Some(path) = exact.iter().find(|path| {
            !objects.is_empty() && objects.iter().all(|object| mist_objects::matching::at(object, path).is_none())
        }) {
            return Err(format!("exact: '{}' is declared by no object", path.escape_debug()));
        }
        let rules = Rules {
            exact: exact.into_iter().collect(),
            rewrite_secrets: options.update_secrets == UpdateSecrets::Always,
            ..Rules::default()
        };
        let purge = options.purge.then(|| Purging {
            keep: options.keep.iter().flatten().map(|pattern| Glob::new(pattern)).collect(),
            max_deletes: options.max_deletes.map(|most| usize::try_from(most).unwrap_or(usize::MAX)),
        });
        Ok(Self { place, kind, objects, option, ignored, match_fields, rules, purge })
    }
}
