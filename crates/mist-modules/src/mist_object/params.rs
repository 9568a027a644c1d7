//! What the options come to, checked before anything is sent.

use crate::mist_object::options::{Options, State, UpdateSecrets};
use crate::objects::declared;
use crate::objects::scope::ScopeRef;
use ansible_binary_module::Task;
use mist_objects::compare::Rules;
use mist_objects::plan::{self, DesiredState, Fields};
use mist_objects::source;
use mist_objects::table::Kind;
use std::collections::BTreeSet;

/// What a task wants of one object.
#[derive(Debug)]
pub struct Params {
    /// Where it is.
    pub place: ScopeRef,
    /// Its kind.
    pub kind: Kind,
    /// What is to become of it.
    pub wish: DesiredState,
    /// What it shall be, as declared: names perhaps in place of ids.
    pub object: Fields,
    /// Fields that were declared and that the cloud alone sets.
    pub ignored: BTreeSet<String>,
    /// Its id, where that tells which one is meant.
    pub id: Option<String>,
    /// The fields asked for that tell which one is meant.
    pub match_fields: Vec<String>,
    /// What counts as a difference.
    pub rules: Rules,
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
        let id = options.id.as_deref().map(str::trim).map(str::to_owned);
        if id.as_deref() == Some("") {
            return Err("id: it is empty; give the object's id, or leave it out".to_owned());
        }
        let deletes = (options.state == State::Absent).then_some("state");
        options.kind.check_written(&kind, id.as_deref(), deletes)?;
        if kind.one && id.is_some() {
            return Err(format!("id: there is one {}, and it has none; leave it out", kind.word));
        }
        if kind.one && !match_fields.is_empty() {
            return Err(format!("match: there is one {}; leave it out", kind.word));
        }
        if options.kind.path.is_some() && match_fields.is_empty() && id.is_none() {
            return Err("match: it is needed with path; name the fields that tell which object is meant".to_owned());
        }
        declared::check_match(&kind, &match_fields, "give its id in the option id")?;
        let wish = match options.state {
            State::Present => DesiredState::Present,
            State::Patched => DesiredState::Patched,
            State::Absent if !kind.deletable => return Err(format!("state: {} cannot be absent", kind.word)),
            State::Absent => DesiredState::Absent,
        };
        let declared = match (&options.object, &options.src) {
            (Some(_), Some(_)) => return Err("src: it excludes object; give one or the other".to_owned()),
            (Some(object), None) => object.clone(),
            (None, Some(src)) => {
                let (path, text) = declared::text(src)?;
                let object =
                    source::one(&path, &text, kind.schema).map_err(|reason| declared::about(&path, &reason))?;
                declared::hide(task, &kind, &object);
                object
            }
            (None, None) if wish == DesiredState::Absent && id.is_some() => Fields::new(),
            (None, None) => return Err("object: it is needed, or src; say what the object shall be".to_owned()),
        };
        let (object, ignored) = plan::without_read_only(&kind, declared);
        let exact = options.exact.clone().unwrap_or_default();
        plan::check_exact(&exact, &object).map_err(|reason| format!("exact: {reason}"))?;
        let rewrite_secrets = options.update_secrets == UpdateSecrets::Always;
        let rules = Rules { exact: exact.into_iter().collect(), rewrite_secrets, ..Rules::default() };
        Ok(Self { place, kind, wish, object, ignored: ignored.into_iter().collect(), id, match_fields, rules })
    }
}
