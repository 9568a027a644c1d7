//! The identity of the items of a list: which declared item is which of those found. No I/O.
//!
//! The key of a list in the table has groups of fields: `host,port`. The first group that an item declares identifies it; the
//! others choose between several. The fields of one group (`type+name`) must all agree. Without a key, equal items are paired,
//! then those in the same position.

use crate::matching::mac;
use crate::table::Field;
use crate::value::{is_nothing, text};
use serde_json::Value;
use std::collections::HashMap;

/// The key of lists that the document does not have.
const USUAL: &str = "id,mac,host,ip,name,port";
/// Of longer lists without a key, only items in the same position are compared.
const MOST_COMPARED: usize = 10_000;

/// For each declared item, the number of the found item that is the same one. `equal` compares two items of a list without a key.
#[must_use]
pub fn pairs(
    field: Field,
    declared: &[Value],
    found: &[Value],
    equal: &dyn Fn(&Value, &Value) -> bool,
) -> Vec<Option<usize>> {
    let mut pairing = Pairing { found, pairs: vec![None; declared.len()], taken: vec![false; found.len()] };
    let key = if field.key.is_empty() && field.is_untyped() { USUAL } else { field.key };
    let groups: Vec<Vec<&str>> =
        key.split(',').map(|group| group.split('+').collect()).filter(|group| group != &[""]).collect();
    let identified =
        |item: &Value| groups.iter().position(|group| group.iter().any(|name| part(field, item, name).is_some()));
    pairing.by_key(field, &groups, declared, &identified);
    let others: Vec<usize> = (0..declared.len()).filter(|number| identified(&declared[*number]).is_none()).collect();
    pairing.by_content(declared, &others, equal);
    pairing.pairs
}

struct Pairing<'a> {
    found: &'a [Value],
    pairs: Vec<Option<usize>>,
    taken: Vec<bool>,
}

impl Pairing<'_> {
    fn take(&mut self, declared: usize, found: usize) {
        self.pairs[declared] = Some(found);
        self.taken[found] = true;
    }

    fn by_key(
        &mut self,
        field: Field,
        groups: &[Vec<&str>],
        declared: &[Value],
        identified: &dyn Fn(&Value) -> Option<usize>,
    ) {
        // The found items by the first declared field of each declared item.
        let mut index: HashMap<&str, HashMap<String, Vec<usize>>> = HashMap::new();
        let mut candidates: Vec<(usize, usize, Vec<usize>)> = Vec::new();
        for (number, item) in declared.iter().enumerate() {
            let Some(group) = identified(item) else { continue };
            let first = groups[group].iter().find_map(|name| Some((*name, part(field, item, name)?)));
            let Some((name, value)) = first else { continue };
            let by_value = index.entry(name).or_insert_with(|| {
                let mut by_value: HashMap<String, Vec<usize>> = HashMap::new();
                for (number, item) in self.found.iter().enumerate() {
                    if let Some(value) = part(field, item, name) {
                        by_value.entry(value).or_default().push(number);
                    }
                }
                by_value
            });
            let agrees = |found: &&usize| agree(field, &groups[group], item, &self.found[**found]);
            let fitting = by_value.get(&value).into_iter().flatten().filter(agrees).copied().collect();
            candidates.push((number, group, fitting));
        }
        // The most exact pairs first, so that an item with less detail does not take the one of another.
        let detail = |number: usize| {
            groups.iter().flatten().filter(|name| part(field, &declared[number], name).is_some()).count()
        };
        candidates.sort_by_key(|(number, ..)| std::cmp::Reverse(detail(*number)));
        for exact in [true, false] {
            for (number, group, fitting) in &candidates {
                if self.pairs[*number].is_some() {
                    continue;
                }
                let item = &declared[*number];
                let free: Vec<usize> = fitting.iter().copied().filter(|found| !self.taken[*found]).collect();
                let agrees = |found: &usize| {
                    groups[*group..].iter().all(|group| agree_with_default(field, group, item, &self.found[*found]))
                };
                let best = free.iter().copied().find(agrees);
                if let Some(found) = if exact { best } else { best.or_else(|| free.first().copied()) } {
                    self.take(*number, found);
                }
            }
        }
    }

    fn by_content(&mut self, declared: &[Value], others: &[usize], equal: &dyn Fn(&Value, &Value) -> bool) {
        let is_short = declared.len().saturating_mul(self.found.len()) <= MOST_COMPARED;
        for number in others.iter().copied() {
            let here = |found: &usize| !self.taken[*found] && equal(&declared[number], &self.found[*found]);
            let same = Some(number).filter(|found| *found < self.found.len() && here(found));
            let elsewhere = || if is_short { (0..self.found.len()).find(here) } else { None };
            if let Some(found) = same.or_else(elsewhere) {
                self.take(number, found);
            }
        }
        for number in others.iter().copied() {
            if self.pairs[number].is_none() && self.taken.get(number) == Some(&false) {
                self.take(number, number);
            }
        }
    }
}

/// The comparable value of a field of an item.
fn part(field: Field, item: &Value, name: &str) -> Option<String> {
    let value =
        item.as_object()?.get(name).filter(|value| !is_nothing(value) && !value.is_object() && !value.is_array())?;
    let is_mac = name == "mac" || field.item().schema.field(name).format == Some("mac");
    Some(if is_mac { mac(&text(value)) } else { text(value) })
}

/// True if the found item has every declared field of the group.
fn agree(field: Field, group: &[&str], declared: &Value, found: &Value) -> bool {
    group.iter().all(|name| part(field, declared, name).is_none_or(|value| part(field, found, name) == Some(value)))
}

/// As [`agree`], where an absent field has its documented default.
fn agree_with_default(field: Field, group: &[&str], declared: &Value, found: &Value) -> bool {
    let value = |item: &Value, name: &str| {
        part(field, item, name)
            .or_else(|| field.item().schema.field(name).documented_default().map(|value| text(&value)))
    };
    group.iter().all(|name| {
        let declared = value(declared, name);
        declared.is_none() || declared == value(found, name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Level, kind};
    use serde_json::json;

    fn paired(field: Field, declared: Value, found: Value) -> Vec<Option<usize>> {
        let equal = |one: &Value, other: &Value| one == other;
        pairs(field, declared.as_array().unwrap(), found.as_array().unwrap(), &equal)
    }

    #[test]
    fn items_are_paired_by_their_key_and_the_rest_by_content_and_position() {
        let field = |word: &str, name: &str| kind(Level::Org, word).unwrap().schema.field(name);
        let servers = field("wlans", "auth_servers");
        let topology = field("evpn_topologies", "switches");
        let vlans = field("setting", "mist_nac").schema.field("idps");
        let privileges = field("ssoroles", "privileges");
        let unknown = Field::default();
        for (field, declared, found, expected) in [
            (
                servers,
                json!([{"host": "b"}, {"host": "a"}]),
                json!([{"host": "a"}, {"host": "b"}]),
                vec![Some(1), Some(0)],
            ),
            (servers, json!([{"host": "a"}]), json!([{"host": "b"}]), vec![None]),
            (servers, json!([{"host": "a", "port": 1}]), json!([{"host": "a", "port": 2}]), vec![Some(0)]),
            (
                servers,
                json!([{"host": "a"}, {"host": "a", "port": "1645"}]),
                json!([{"host": "a", "port": 1645}, {"host": "a", "port": 1812}]),
                vec![Some(1), Some(0)],
            ),
            (
                servers,
                json!([{"host": "a", "port": 9}, {"host": "a", "port": 1812}]),
                json!([{"host": "a"}]),
                vec![Some(0), None],
            ),
            (
                topology,
                json!([{"mac": "5C:5B:35:00:00:01"}]),
                json!([{"mac": "x"}, {"mac": "5c5b35000001"}]),
                vec![Some(1)],
            ),
            (vlans, json!([{"id": "B", "user_realms": ["x"]}]), json!([{"id": "A", "user_realms": ["x"]}]), vec![None]),
            (
                privileges,
                json!([{"scope": "site", "site_id": "2"}, {"scope": "org"}]),
                json!([{"scope": "org", "org_id": "o"}, {"scope": "site", "site_id": "1"}]),
                vec![None, Some(0)],
            ),
            (unknown, json!([{"a": 2}, {"a": 9}]), json!([{"a": 1}, {"a": 2}]), vec![Some(1), None]),
            (unknown, json!([{"a": 9}, {"a": 2}]), json!([{"a": 1}, {"a": 2}]), vec![Some(0), Some(1)]),
            (unknown, json!([{"name": "n", "a": 1}]), json!([{"a": 1}, {"name": "n"}]), vec![Some(1)]),
            (unknown, json!([1, 2]), json!([2]), vec![None, Some(0)]),
        ] {
            assert_eq!(paired(field, declared.clone(), found.clone()), expected, "{declared} {found}");
        }
    }

    #[test]
    fn a_long_list_is_paired_in_linear_time() {
        let servers = kind(Level::Org, "wlans").unwrap().schema.field("auth_servers");
        let list = |reverse: bool| {
            let number = |number: usize| if reverse { 20_000 - number } else { number };
            Value::Array((0..20_001).map(|item| json!({"host": number(item).to_string()})).collect())
        };
        let pairs = paired(servers, list(false), list(true));
        assert!(pairs.iter().enumerate().all(|(number, found)| *found == Some(20_000 - number)));
    }
}
