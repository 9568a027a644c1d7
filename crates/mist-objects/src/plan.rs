//! From what is declared and what was found to what is to be done, for one object. No I/O: check mode, diff mode and the
//! real run share the plan.

use crate::compare::{self, Rules};
use crate::matching::{self, mac};
use crate::merge::merge;
use crate::secrets;
use crate::table::{Creation, Field, Kind};
use crate::value::{clears, is_masked, is_nothing, text};
use serde_json::{Map, Value};

/// The fields of an object.
pub type Fields = Map<String, Value>;

/// What an object shall be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DesiredState {
    /// There, as declared.
    Present,
    /// As declared, if it is there.
    Patched,
    /// Gone.
    Absent,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Nothing: it is as it shall be.
    Nothing,
    /// To create it, with these fields.
    Create(Fields),
    /// To change these fields of the top level, and no others.
    Change {
        /// What is sent.
        body: Fields,
        /// Paths, from the top, of what shall go from within the dictionaries that are sent.
        removed: Vec<Vec<String>>,
    },
    /// To delete it.
    Delete,
}

/// What is to be done about one object.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// What.
    pub step: Step,
    /// What it is known by, where it is there.
    pub id: Option<String>,
    /// What was found.
    pub found: Option<Fields>,
    /// What is to be told beside.
    pub warnings: Vec<String>,
    /// Secrets that are written although they cannot be compared.
    pub rewritten: Vec<String>,
}

/// What is declared without what the cloud alone sets, and the names of what was taken out.
#[must_use]
pub fn without_read_only(kind: &Kind, mut declared: Fields) -> (Fields, Vec<String>) {
    let mut ignored = Vec::new();
    declared.retain(|name, _| {
        let stays = !kind.is_read_only(name);
        if !stays {
            ignored.push(name.clone());
        }
        stays
    });
    (declared, ignored)
}

/// The one object that is meant, of those found.
///
/// # Errors
/// Several fit: that they do, in words.
pub fn pick<'a>(
    kind: &Kind,
    fields: &[String],
    declared: &Fields,
    found: &'a [Value],
) -> Result<Option<&'a Fields>, String> {
    let Some(wanted) = matching::key(fields, declared) else { return Ok(None) };
    let fitting: Vec<&Fields> = found
        .iter()
        .filter_map(Value::as_object)
        .filter(|object| matching::key(fields, object).as_ref() == Some(&wanted))
        .collect();
    match fitting.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        several => Err(several_fit(kind, several)),
    }
}

/// That several objects fit: their ids, and what they refer to where that tells them apart.
#[must_use]
pub fn several_fit(kind: &Kind, several: &[&Fields]) -> String {
    let value = |object: &Fields, field: &str| object.get(field).filter(|value| !is_nothing(value)).map(text);
    let differs = |field: &str| {
        let mut values = several.iter().map(|object| value(object, field));
        let first = values.next();
        values.any(|other| Some(other) != first)
    };
    let refers = kind.schema.fields().filter(|(name, field)| field.reference.is_some() && !field.list && differs(name));
    let telling: Vec<&str> = refers.map(|(name, _)| name).collect();
    let one = |object: &&Fields| {
        let id = id(kind, object).unwrap_or_default();
        let told: Vec<String> = telling
            .iter()
            .map(|field| format!("{field} {}", value(object, field).unwrap_or_else(|| "none".to_owned())))
            .collect();
        if told.is_empty() { id } else { format!("{id} ({})", told.join(", ")) }
    };
    let all: Vec<String> = several.iter().map(one).collect();
    let fields: Vec<&str> = kind.key.iter().map(String::as_str).chain(telling.first().copied()).collect();
    let such = if telling.is_empty() { String::new() } else { format!(", such as [{}]", fields.join(", ")) };
    format!(
        "{} of the {} fit, and none was touched: {}; say which by match{such}",
        all.len(),
        kind.word,
        all.join(", ")
    )
}

/// What an object is known by in its path.
#[must_use]
pub fn id(kind: &Kind, object: &Fields) -> Option<String> {
    let id = object.get(&kind.id)?.as_str()?;
    Some(if kind.id == "mac" { mac(id) } else { id.to_owned() })
}

/// What is to be done about one object. `declared` has ids and no names.
///
/// # Errors
/// Why it cannot be done, in a sentence.
pub fn plan(
    kind: &Kind,
    wish: DesiredState,
    declared: &Fields,
    found: Option<&Fields>,
    rules: &Rules,
) -> Result<Plan, String> {
    let plan = |step| Plan {
        step,
        id: found.and_then(|found| id(kind, found)),
        found: found.cloned(),
        warnings: Vec::new(),
        rewritten: Vec::new(),
    };
    let Some(there) = found else {
        return match (wish, kind.creation) {
            (DesiredState::Absent, _) => Ok(plan(Step::Nothing)),
            (DesiredState::Patched, _) => Ok(Plan {
                warnings: vec!["it is not there, and state: patched creates nothing".to_owned()],
                ..plan(Step::Nothing)
            }),
            (DesiredState::Present, Creation::Never) => {
                Err(format!("there is none, and {} are not created by this API", kind.word))
            }
            (DesiredState::Present, _) => Ok(plan(Step::Create(creation(kind, declared)))),
        };
    };
    // Without an id, the path of the object would be that of the collection.
    let has_path = kind.one || id(kind, there).is_some_and(|id| !id.is_empty());
    let no_path = || format!("the object found among the {} has no {}, so it cannot be written", kind.word, kind.id);
    if wish == DesiredState::Absent {
        return match (kind.deletable, has_path) {
            (true, true) => Ok(plan(Step::Delete)),
            (true, false) => Err(no_path()),
            (false, _) => Err(format!("{} cannot be deleted", kind.word)),
        };
    }
    let (mut body, mut removed, mut warnings, mut rewritten) = (Fields::new(), Vec::new(), Vec::new(), Vec::new());
    for (name, value) in declared {
        let field = kind.schema.field(name);
        let old = there.get(name).unwrap_or(&Value::Null);
        let differing = top_differences(name, field, value, old, rules);
        if differing.is_empty() {
            continue;
        }
        if kind.fixed.as_ref() == Some(name) {
            warnings.push(format!("{name} is fixed once the object exists, and is left as it is"));
            continue;
        }
        if rules.rewrite_secrets {
            let compared = Rules { rewrite_secrets: false, ..rules.clone() };
            let seen = top_differences(name, field, value, old, &compared);
            rewritten.extend(differing.iter().filter(|path| !seen.contains(path)).cloned());
        }
        if clears(value) {
            let (name, value) = clearing(name, field);
            body.insert(name, value);
            continue;
        }
        let merged = merge(name, field, value, old, rules);
        removed.extend(merged.removed.into_iter().map(|path| std::iter::once(name.clone()).chain(path).collect()));
        body.insert(name.clone(), merged.value);
    }
    let unseen = unseen_secrets(kind, declared, there, &body);
    if !unseen.is_empty() && !rules.rewrite_secrets {
        warnings.push(format!(
            "the cloud does not show {}, so that it cannot be compared and was not written; if it was never set, update_secrets: always writes it",
            unseen.join(", ")
        ));
    }
    let lost = masked_and_undeclared(kind, declared, &body);
    if !lost.is_empty() {
        return Err(format!(
            "the cloud shows {} masked, and what stands beside it is to be changed, which would write the mask in its place; declare it too",
            lost.join(", ")
        ));
    }
    if !body.is_empty() && !has_path {
        return Err(no_path());
    }
    let step = if body.is_empty() { Step::Nothing } else { Step::Change { body, removed } };
    Ok(Plan { warnings, rewritten, ..plan(step) })
}

fn top_differences(name: &str, field: Field, declared: &Value, found: &Value, rules: &Rules) -> Vec<String> {
    if name == "mac"
        && let (Some(one), Some(other)) = (declared.as_str(), found.as_str())
        && mac(one) == mac(other)
    {
        return Vec::new();
    }
    compare::differences(name, field, declared, found, rules)
}

/// What a creation sends: all that is declared but for nothing, which a new object has anyhow; what it is known by in the
/// form in which it stands in the path.
fn creation(kind: &Kind, declared: &Fields) -> Fields {
    let form = |name: &String, value: &Value| match value {
        Value::String(address) if kind.id == "mac" && name == "mac" => Value::String(mac(address)),
        other => other.clone(),
    };
    let given = declared.iter().filter(|(_, value)| !clears(value));
    let mut all: Fields = given.map(|(name, value)| (name.clone(), form(name, value))).collect();
    // Without the field that the list chooses by, it would be in no list.
    if let Some((field, values)) = &kind.query
        && let Some(first) = values.first()
    {
        all.entry(field.clone()).or_insert_with(|| Value::String(first.clone()));
    }
    all
}

/// How a field of the top level is cleared.
fn clearing(name: &str, field: Field) -> (String, Value) {
    if field.nullable { (name.to_owned(), Value::Null) } else { (format!("-{name}"), Value::String(String::new())) }
}

/// Declared secrets that the cloud does not show at all and that are not written.
fn unseen_secrets(kind: &Kind, declared: &Fields, found: &Fields, body: &Fields) -> Vec<String> {
    secrets::secrets(kind.schema, &Value::Object(declared.clone()))
        .into_iter()
        .map(|(path, _)| path)
        .filter(|path| !path.contains('[') && matching::at(found, path).is_none_or(is_nothing))
        .filter(|path| path.split('.').next().is_none_or(|top| !body.contains_key(top)))
        .collect()
}

/// Secrets that would be sent as the mask that the cloud showed.
fn masked_and_undeclared(kind: &Kind, declared: &Fields, body: &Fields) -> Vec<String> {
    let given = secrets::secrets(kind.schema, &Value::Object(declared.clone()));
    secrets::secrets(kind.schema, &Value::Object(body.clone()))
        .into_iter()
        .filter(|(path, value)| {
            is_masked(value) && !given.iter().any(|(other, theirs)| other == path && theirs == value)
        })
        .map(|(path, _)| path)
        .collect()
}

impl Plan {
    /// Whether anything is to be done.
    #[must_use]
    pub fn changes(&self) -> bool {
        self.step != Step::Nothing
    }

    /// The object after the step, as far as it can be known beforehand.
    #[must_use]
    pub fn predicted(&self) -> Option<Fields> {
        match &self.step {
            Step::Nothing => self.found.clone(),
            Step::Create(fields) => Some(fields.clone()),
            Step::Delete => None,
            Step::Change { body, .. } => {
                let mut after = self.found.clone().unwrap_or_default();
                for (name, value) in body {
                    match name.strip_prefix('-') {
                        Some(cleared) => drop(after.shift_remove(cleared)),
                        None if value.is_null() => drop(after.shift_remove(name)),
                        None => drop(after.insert(name.clone(), value.clone())),
                    }
                }
                Some(after)
            }
        }
    }

    /// Forgets what is not needed to carry the plan out and to tell of it: a set has many plans.
    pub fn forget(&mut self, kind: &Kind) {
        if !self.changes() {
            self.found = None;
            return;
        }
        let concerned = self.concerned(kind);
        let of_the_cloud =
            |name: &str| name == "mac" || name == "created_time" || name == "id" || name.ends_with("_id");
        if let Some(found) = &mut self.found {
            found.retain(|name, _| of_the_cloud(name) || kind.key.contains(name) || concerned.contains(name));
        }
    }

    /// The fields of the top level that the step is about; of a deletion, all that the cloud does not set by itself.
    #[must_use]
    pub fn concerned(&self, kind: &Kind) -> Vec<String> {
        match &self.step {
            Step::Nothing => Vec::new(),
            Step::Create(fields) => fields.keys().cloned().collect(),
            Step::Change { body, .. } => {
                body.keys().map(|name| name.strip_prefix('-').unwrap_or(name).to_owned()).collect()
            }
            Step::Delete => {
                self.found.iter().flat_map(Fields::keys).filter(|name| !kind.is_read_only(name)).cloned().collect()
            }
        }
    }

    /// What `--diff` shows, secrets masked: what the step is about, before and after. `after` is what the cloud answered, or
    /// what is foreseen.
    #[must_use]
    pub fn diff(&self, kind: &Kind, after: Option<&Fields>) -> (Value, Value) {
        let fields = self.concerned(kind);
        let part = |object: Option<&Fields>| {
            let mut part = Fields::new();
            for name in &fields {
                let value = object.and_then(|object| object.get(name)).map(tidy);
                if let Some(value) = value.filter(|value| !is_nothing(value)) {
                    part.insert(name.clone(), value);
                }
            }
            Value::Object(part)
        };
        let (before, mut after) = secrets::masked_both(kind.schema, &part(self.found.as_ref()), &part(after));
        if let (Value::Object(after), false) = (&mut after, self.rewritten.is_empty()) {
            after.insert("secrets written".to_owned(), self.rewritten.clone().into());
        }
        (before, after)
    }

    /// Whether the step changed anything, by what the cloud answered.
    #[must_use]
    pub fn changed(&self, kind: &Kind, after: Option<&Fields>) -> bool {
        let Step::Change { .. } = self.step else { return self.changes() };
        let get = |object: Option<&Fields>, name: &str| {
            object.and_then(|object| object.get(name)).cloned().unwrap_or_default()
        };
        let shown = Rules { both_shown: true, ..Rules::default() };
        let differs = |name: &String| {
            let field = kind.schema.field(name);
            !compare::same(field, &get(self.found.as_ref(), name), &get(after, name), &shown)
        };
        !self.rewritten.is_empty() || self.concerned(kind).iter().any(differs)
    }
}

/// The paths of what was declared and is not so afterwards.
#[must_use]
pub fn not_kept(kind: &Kind, declared: &Fields, plan: &Plan, after: &Fields, rules: &Rules) -> Vec<String> {
    let rules = Rules { rewrite_secrets: false, trust_hidden: true, ..rules.clone() };
    let concerned = plan.concerned(kind);
    let of = |(name, value): (&String, &Value)| {
        let there = after.get(name).unwrap_or(&Value::Null);
        top_differences(name, kind.schema.field(name), value, there, &rules)
    };
    declared.iter().filter(|(name, _)| concerned.contains(name)).flat_map(of).collect()
}

/// A value without the parts of it that are nothing.
fn tidy(value: &Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(name, value)| (name.clone(), tidy(value)))
                .filter(|(_, value)| !is_nothing(value))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.iter().map(tidy).collect()),
        other => other.clone(),
    }
}

/// Checks that the paths of `exact` are dictionaries that are declared.
///
/// # Errors
/// Which is not.
pub fn check_exact(exact: &[String], declared: &Fields) -> Result<(), String> {
    for path in exact {
        match matching::at(declared, path) {
            None => return Err(format!("'{path}' is not declared; exact is of a dictionary that is")),
            Some(Value::Object(_)) => {}
            Some(_) => return Err(format!("'{path}' is no dictionary")),
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
