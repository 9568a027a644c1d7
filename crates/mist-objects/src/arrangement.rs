//! A declared sequence of rules: numbers for the declared rules, and for those undeclared ones that have to move. No I/O.

use crate::matching::{self, Fit};
use crate::order::{self, Direction};
use crate::plan::{self, DesiredState, Fields};
use crate::set::{self, Declared};
use crate::table::Kind;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The field with the position of a rule.
pub const FIELD: &str = "order";

/// The place of undeclared rules of the same template. They keep their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    After,
    Before,
    Refused,
}

/// The writes of a sequence.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Arrangement {
    /// Positions of declarations whose rules first get another number for the time being.
    pub temporary: Vec<(usize, i64)>,
    /// Positions of declarations, in the order in which they have to be written.
    pub sequence: Vec<usize>,
}

/// The meaning of the numbers of a kind. `None` for a kind without an order.
#[must_use]
pub fn direction(kind: &Kind) -> Option<Direction> {
    match kind.collection.rsplit('/').next() {
        Some("nacrules") => Some(Direction::Rising),
        Some("wxrules") => Some(Direction::Falling),
        _ => None,
    }
}

/// The rules of one template.
#[derive(Debug, Default)]
struct Group {
    /// Positions of declarations.
    declared: Vec<usize>,
    /// Positions of undeclared objects.
    undeclared: Vec<usize>,
    /// Numbers of rules that are deleted later.
    taken: Vec<i64>,
}

/// A rule of a sequence: a declaration, or an undeclared object, by position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    Declared(usize),
    Other(usize),
}

/// Puts the numbers into the declarations, and adds declarations of undeclared rules that have to move. `deleted` are the ids of objects that a purge deletes.
///
/// # Errors
/// The titles of undeclared rules, if they are refused.
pub fn arrange(
    kind: &Kind,
    direction: Direction,
    declared: &mut Vec<Declared>,
    found: &[Fields],
    others: Others,
    deleted: &BTreeSet<String>,
) -> Result<Arrangement, Vec<String>> {
    let number = |at: usize| found.get(at)?.get(FIELD)?.as_i64();
    let template = |object: &Fields| object.get("template_id").and_then(Value::as_str).unwrap_or_default().to_owned();
    let meant: Vec<Option<usize>> = set::fits(kind, declared, found)
        .into_iter()
        .map(|fit| match fit {
            Fit::One(at) | Fit::KeptOtherwise(at) => Some(at),
            _ => None,
        })
        .collect();
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    for (at, one) in declared.iter().enumerate() {
        let old = meant[at].and_then(|at| found.get(at));
        let group = match (one.object.contains_key("template_id"), old) {
            (false, Some(old)) => template(old),
            _ => template(&one.object),
        };
        let group = groups.entry(group).or_default();
        match one.state {
            DesiredState::Absent => group.taken.extend(meant[at].and_then(number)),
            DesiredState::Patched if old.is_none() => {}
            _ => group.declared.push(at),
        }
    }
    let named: BTreeSet<usize> = meant.iter().flatten().copied().collect();
    for (at, object) in found.iter().enumerate().filter(|(at, _)| !named.contains(at)) {
        // A template without a declared rule is not touched.
        let Some(group) = groups.get_mut(&template(object)) else { continue };
        match plan::id(kind, object) {
            Some(id) if !deleted.contains(&id) => group.undeclared.push(at),
            _ => group.taken.extend(number(at)),
        }
    }
    let mut arrangement = Arrangement::default();
    let mut refused = Vec::new();
    for Group { declared: rules, undeclared, taken } in groups.into_values().filter(|one| !one.declared.is_empty()) {
        if others == Others::Refused {
            refused.extend(undeclared.iter().filter_map(|at| Some(matching::title(&kind.key, found.get(*at)?))));
        }
        let numbers: Vec<Option<i64>> = undeclared.iter().map(|at| number(*at)).collect();
        let undeclared = order::present(&numbers, direction).into_iter().map(|at| Rule::Other(undeclared[at]));
        let rules = rules.into_iter().map(Rule::Declared);
        let mut sequence: Vec<Rule> = match others {
            Others::Before => undeclared.chain(rules).collect(),
            Others::After | Others::Refused => rules.chain(undeclared).collect(),
        };
        let present = |rule: &Rule| match rule {
            Rule::Declared(at) => meant[*at].and_then(number),
            Rule::Other(at) => number(*at),
        };
        keep_last(&mut sequence, direction, &present);
        let numbers: Vec<Option<i64>> = sequence.iter().map(present).collect();
        let numbering = order::number(&numbers, direction, &taken);
        let mut positions: BTreeMap<usize, usize> = BTreeMap::new();
        for (at, rule) in sequence.iter().enumerate() {
            if let (Rule::Declared(declaration), Some(number)) = (rule, numbers[at]) {
                declared[*declaration].object.insert(FIELD.to_owned(), json!(number));
            }
        }
        for one in &numbering.moves {
            let position = match sequence[one.rule] {
                Rule::Declared(position) => position,
                Rule::Other(at) => {
                    let object = set::identifying(kind, &[], &found[at]);
                    let id = plan::id(kind, &found[at]);
                    declared.push(Declared { object, fields: Vec::new(), state: DesiredState::Patched, id });
                    declared.len() - 1
                }
            };
            declared[position].object.insert(FIELD.to_owned(), json!(one.number));
            positions.insert(one.rule, position);
            arrangement.sequence.push(position);
        }
        let temporary = numbering.temporary.iter().filter_map(|one| Some((*positions.get(&one.rule)?, one.number)));
        arrangement.temporary.extend(temporary);
    }
    if refused.is_empty() { Ok(arrangement) } else { Err(refused) }
}

/// Moves the rule that has the number of last rules to the end, unless it is declared before another declared rule.
fn keep_last(sequence: &mut Vec<Rule>, direction: Direction, present: &dyn Fn(&Rule) -> Option<i64>) {
    let is_last = |rule: &Rule| direction == Direction::Falling && present(rule) == Some(order::LAST);
    let last_declared = sequence.iter().rposition(|rule| matches!(rule, Rule::Declared(_)));
    let other = sequence.iter().position(|rule| matches!(rule, Rule::Other(_)) && is_last(rule));
    let own = last_declared.filter(|at| is_last(&sequence[*at]));
    if let Some(at) = own.or(other) {
        let rule = sequence.remove(at);
        sequence.push(rule);
    }
}
