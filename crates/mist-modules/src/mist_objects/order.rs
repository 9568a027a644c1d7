//! The options `ordered` and `others` of `mist_objects`: rules in the order of the declaration.

use super::Params;
use crate::common::options::OptionError;
use crate::objects::errors::{self, Wording};
use mist_client::redact::quoted;
use mist_objects::arrangement::{self, Arrangement, Others};
use mist_objects::error::ObjectError;
use mist_objects::order::Direction;
use mist_objects::plan::{self, DesiredState, Fields};
use mist_objects::set::{Declared, SetPlan};
use mist_objects::table::Kind;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;

/// Place of undeclared rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OthersOption {
    /// After the declared rules.
    After,
    /// Before the declared rules.
    Before,
    /// An undeclared rule is an error, unless O(purge) deletes it.
    Refuse,
}

/// Checks the options for the order.
///
/// # Errors
/// The kind has no order, or an option contradicts it.
pub fn read(
    ordered: bool,
    others: Option<OthersOption>,
    kind: &Kind,
    objects: &[Fields],
    option: &str,
) -> Result<Option<(Direction, Others)>, OptionError> {
    if !ordered {
        return match others {
            Some(_) => Err(OptionError::new("others", "only for ordered: true. Set ordered, or remove the option.")),
            None => Ok(None),
        };
    }
    let Some(direction) = arrangement::direction(kind) else {
        let reason = format!("{} have no order. Set it for nacrules and wxrules only.", kind.word);
        return Err(OptionError::new("ordered", reason));
    };
    if let Some(number) = objects.iter().position(|object| object.contains_key(arrangement::FIELD)) {
        let reason = format!("item {}: order is set by ordered: true. Remove the field.", number + 1);
        return Err(OptionError::new(option, reason));
    }
    let others = match others {
        None | Some(OthersOption::After) => Others::After,
        Some(OthersOption::Before) => Others::Before,
        Some(OthersOption::Refuse) => Others::Refused,
    };
    Ok(Some((direction, others)))
}

/// Plans of temporary numbers, by the position of their declaration.
type Temporary = Vec<(usize, Fields, plan::Plan)>;

/// The reason that rules cannot be brought into an order.
#[derive(Debug)]
pub enum Unordered {
    /// The titles of undeclared rules.
    Others(Vec<String>),
    Object(ObjectError),
}

/// Puts the numbers of the order into the declarations, and plans the temporary ones.
///
/// # Errors
/// Undeclared rules are refused, or a rule cannot be planned.
pub fn arranged(
    params: &Params,
    direction: Direction,
    others: Others,
    declared: &mut Vec<Declared>,
    found: &[Fields],
    plan: &SetPlan,
) -> Result<(Arrangement, Temporary), Unordered> {
    let kind = &params.kind;
    let deleted: BTreeSet<String> = plan.purge.iter().filter_map(|plan| plan.id.clone()).collect();
    let arrangement =
        arrangement::arrange(kind, direction, declared, found, others, &deleted).map_err(Unordered::Others)?;
    let id_of = |position: usize| plan.plans.get(position).and_then(|plan| plan.as_ref().ok()?.id.clone());
    let mut before = Vec::new();
    for (position, number) in &arrangement.temporary {
        let id = declared.get(*position).and_then(|one| one.id.clone()).or_else(|| id_of(*position));
        let old = found.iter().find(|object| id.is_some() && plan::id(kind, object) == id);
        let object: Fields = [(arrangement::FIELD.to_owned(), Value::from(*number))].into_iter().collect();
        let planned =
            plan::plan(kind, DesiredState::Patched, &object, old, &params.rules).map_err(Unordered::Object)?;
        before.push((*position, object, planned));
    }
    Ok((arrangement, before))
}

/// The message for the user.
#[must_use]
pub fn message(refused: &Unordered, wording: Wording) -> String {
    match refused {
        Unordered::Others(titles) => {
            let titles: Vec<String> = titles.iter().map(|title| quoted(title)).collect();
            format!(
                "others: {} rules are not declared. Declare them, or set others to after or before: {}",
                titles.len(),
                errors::list(&titles, ", ")
            )
        }
        Unordered::Object(error) => errors::message(error, wording),
    }
}
