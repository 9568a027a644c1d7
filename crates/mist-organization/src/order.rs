//! The order in which kinds are written: a kind after those that it refers to. No I/O.

use mist_objects::table::{self, Field, Kind, Level, Schema};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// References are followed this deep inside of objects.
const DEEPEST: usize = 8;

static RANKS: LazyLock<BTreeMap<(Level, String), usize>> = LazyLock::new(|| {
    let mut ranks = BTreeMap::new();
    for level in [Level::Org, Level::Site] {
        let kinds: BTreeMap<String, BTreeSet<String>> = table::all()
            .filter(|kind| kind.level == level)
            .map(|kind| (kind.word.clone(), references(&kind)))
            .collect();
        for (rank, word) in sorted(&kinds).into_iter().enumerate() {
            ranks.insert((level, word), rank);
        }
    }
    ranks
});

/// The position of a kind in the order of its level. The setting of an organization or site is last.
#[must_use]
pub fn rank(kind: &Kind) -> usize {
    if kind.one {
        return usize::MAX;
    }
    RANKS.get(&(kind.level, kind.word.clone())).copied().unwrap_or_default()
}

/// The kinds that the objects of a kind refer to.
#[must_use]
pub fn references(kind: &Kind) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    collect(kind.schema, 0, &mut found);
    found.remove(&kind.word);
    // A group is declared without its sites.
    if kind.word == "sitegroups" {
        found.remove("sites");
    }
    found
}

fn collect(schema: Schema, depth: usize, found: &mut BTreeSet<String>) {
    if depth > DEEPEST {
        return;
    }
    for (_, field) in schema.fields() {
        found.extend(field.reference.map(str::to_owned));
        inside(field, depth, found);
    }
}

fn inside(field: Field, depth: usize, found: &mut BTreeSet<String>) {
    if field.dictionary {
        collect(field.schema, depth + 1, found);
    } else if field.list {
        let item = field.item();
        if item.dictionary {
            collect(item.schema, depth + 1, found);
        }
    }
}

/// The words in an order in which each comes after those that it needs. Of a cycle, the word with the fewest open needs is first.
fn sorted(kinds: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let mut open: BTreeMap<&String, BTreeSet<&String>> = kinds
        .iter()
        .map(|(word, needs)| (word, needs.iter().filter(|need| kinds.contains_key(*need)).collect()))
        .collect();
    let mut all = Vec::new();
    while let Some(next) = open.iter().min_by_key(|(word, needs)| (needs.len(), **word)).map(|(word, _)| *word) {
        open.remove(next);
        for needs in open.values_mut() {
            needs.remove(next);
        }
        all.push(next.clone());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use mist_objects::table::kind;

    #[test]
    fn a_kind_comes_after_those_that_it_refers_to() {
        let rank = |word: &str| rank(&kind(Level::Org, word).unwrap());
        for (first, then) in [
            ("sitegroups", "sites"),
            ("rftemplates", "sites"),
            ("networktemplates", "sites"),
            ("sites", "templates"),
            ("templates", "wlans"),
            ("wxtags", "wlans"),
            ("mxclusters", "mxtunnels"),
            ("servicepolicies", "gatewaytemplates"),
            ("wlans", "setting"),
        ] {
            assert!(rank(first) < rank(then), "{first} before {then}");
        }
    }

    #[test]
    fn a_cycle_has_an_order_too() {
        let kinds = [("a", vec!["b"]), ("b", vec!["a"]), ("c", vec!["a", "missing"])];
        let kinds = kinds.map(|(word, needs)| (word.to_owned(), needs.into_iter().map(str::to_owned).collect())).into();
        assert_eq!(sorted(&kinds), ["a", "b", "c"]);
    }
}
