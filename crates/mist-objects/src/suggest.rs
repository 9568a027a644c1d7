//! Which declared fields may be slips: no document knows them, and one that it knows is close. No I/O.
//!
//! A new field of the cloud's is to pass in silence: what is held for a slip are other separators, capitals, a letter or an
//! ending more or less, word by word. Of the fields that the document knows, one in forty would be held for a slip of another if
//! it did not know it.

use crate::table::Kind;

/// How many fields that are close are told.
const CLOSE: usize = 3;

/// A name that is longer is no slip of a field's.
const LONGEST: usize = 64;

/// The last words that are easily left out or added: `vlan` for `vlan_id`, `country` for `country_code`.
const ENDINGS: [&str; 4] = ["id", "ids", "code", "name"];

/// A declared field that may be a slip.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Suggestion {
    /// As it is declared.
    pub field: String,
    /// The fields that it may be meant to be, the closest first.
    pub close: Vec<String>,
}

/// The fields of the top level that no document knows and that are close to one that it knows, or to a name that may stand in place
/// of an id.
#[must_use]
pub fn slips<'a>(kind: &Kind, declared: impl IntoIterator<Item = &'a str>) -> Vec<Suggestion> {
    let known: Vec<String> = kind.field_names().map(str::to_owned).collect();
    if known.iter().any(|name| name == "*") {
        return Vec::new();
    }
    let is_known = |field: &str| {
        let field = field.strip_prefix('-').unwrap_or(field);
        known.iter().any(|name| name == field)
            || kind.is_read_only(field)
            || kind.schema.named_reference(field).is_some()
    };
    let meant = || {
        let writable = known.iter().filter(|name| !kind.is_read_only(name)).cloned();
        writable.chain(known.iter().filter_map(|name| kind.schema.alias(name)))
    };
    let unknown = declared.into_iter().filter(|field| field.chars().count() <= LONGEST && !is_known(field));
    unknown.filter_map(|field| Some(Suggestion { close: closest(field, meant())?, field: field.to_owned() })).collect()
}

/// The few that are closest, if any is close.
fn closest(field: &str, known: impl Iterator<Item = String>) -> Option<Vec<String>> {
    let mut rated: Vec<(usize, String)> = known
        .filter(|name| is_close(field, name))
        .map(|name| (strsim::damerau_levenshtein(field, &name), name))
        .collect();
    rated.sort();
    rated.dedup();
    let close: Vec<String> = rated.into_iter().take(CLOSE).map(|(_, name)| name).collect();
    (!close.is_empty()).then_some(close)
}

fn is_close(one: &str, other: &str) -> bool {
    let (one, other) = (one.to_lowercase(), other.to_lowercase());
    let letters = |text: &str, wanted: fn(&char) -> bool| text.chars().filter(wanted).collect::<String>();
    let (bare, others) = (letters(&one, |one| one.is_alphanumeric()), letters(&other, |one| one.is_alphanumeric()));
    if bare == others {
        return true;
    }
    // A digit tells one field from another: no slip.
    if letters(&bare, |one| one.is_numeric()) != letters(&others, |one| one.is_numeric()) {
        return false;
    }
    let words = |text: &str| text.split(|one: char| !one.is_alphanumeric()).map(str::to_owned).collect::<Vec<_>>();
    let (words, theirs) = (words(&one), words(&other));
    if words.len() == theirs.len() {
        return words.iter().zip(&theirs).all(|(one, other)| is_close_word(one, other));
    }
    let has_ending_more = |longer: &[String], shorter: &[String]| {
        longer.split_last().is_some_and(|(last, rest)| rest == shorter && ENDINGS.contains(&last.as_str()))
    };
    let shortest = bare.chars().count().min(others.chars().count());
    (shortest > 5 && strsim::damerau_levenshtein(&bare, &others) <= 1)
        || has_ending_more(&words, &theirs)
        || has_ending_more(&theirs, &words)
}

fn is_close_word(one: &str, other: &str) -> bool {
    let (longer, shorter) = if one.len() >= other.len() { (one, other) } else { (other, one) };
    let slips = if longer.chars().count() < 8 { 1 } else { 2 };
    longer == shorter
        || longer.strip_suffix('s') == Some(shorter)
        || (shorter.chars().count() > 3 && strsim::damerau_levenshtein(one, other) <= slips)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Level, all, kind};

    fn of(kind: &Kind, field: &str) -> Vec<String> {
        slips(kind, [field]).into_iter().flat_map(|slip| slip.close).collect()
    }

    #[test]
    fn a_slip_is_told_with_what_may_be_meant() {
        for (scope, word, slip, meant) in [
            (Level::Org, "sites", "rf_template", "rftemplate"),
            (Level::Org, "sites", "rftemplates", "rftemplate"),
            (Level::Org, "sites", "rftemplat", "rftemplate"),
            (Level::Org, "sites", "sitegroup", "sitegroups"),
            (Level::Org, "sites", "site_groups", "sitegroups"),
            (Level::Org, "sites", "network_template_id", "networktemplate_id"),
            (Level::Org, "sites", "country", "country_code"),
            (Level::Org, "sites", "Time-Zone", "timezone"),
            (Level::Org, "sites", "adress", "address"),
            (Level::Site, "wlans", "vlan", "vlan_id"),
            (Level::Org, "wlans", "templates", "template"),
            (Level::Org, "webhooks", "topic", "topics"),
            (Level::Site, "setting", "var", "vars"),
        ] {
            let close = of(&kind(scope, word).unwrap(), slip);
            assert_eq!(close.first().map(String::as_str), Some(meant), "{slip}: {close:?}");
            assert!(close.len() <= CLOSE);
        }
    }

    #[test]
    fn what_the_document_knows_what_stands_for_an_id_and_what_is_new_pass_in_silence() {
        for kind in all() {
            let names: Vec<String> = kind.field_names().map(str::to_owned).collect();
            assert!(names.len() > 1, "{}: {names:?}", kind.word);
            assert!(kind.key.iter().all(|key| of(&kind, key).is_empty()), "{}", kind.word);
            for name in names.iter().filter(|name| *name != "*") {
                assert!(of(&kind, name).is_empty(), "{name} of {}", kind.word);
                let alias = kind.schema.alias(name).unwrap_or_default();
                assert!(of(&kind, &alias).is_empty(), "{alias} of {}", kind.word);
            }
        }
        let sites = kind(Level::Org, "sites").unwrap();
        for new in ["id", "-notes", "org_id", "ai_assistant", "vars2", "x", "", &"notes".repeat(20)] {
            assert!(of(&sites, new).is_empty(), "{new}: {:?}", of(&sites, new));
        }
        let unknown = Kind::unknown("orgs/{org_id}/newthings", Level::Org, vec!["name".to_owned()]);
        assert!(of(&unknown, "names").is_empty(), "of a kind that no document knows, no field is a slip");
    }

    #[test]
    fn a_field_that_the_document_did_not_know_would_rarely_be_held_for_a_slip() {
        let (mut fields, mut held) = (0, 0);
        for kind in all() {
            let names: Vec<&str> = kind.field_names().collect();
            fields += names.len();
            for name in &names {
                let own = kind.schema.alias(name);
                let others = names.iter().filter(|other| *other != name && !kind.is_read_only(other));
                let aliases = names.iter().filter(|other| *other != name).filter_map(|other| kind.schema.alias(other));
                let others =
                    others.map(|other| (*other).to_owned()).chain(aliases).filter(|other| Some(other) != own.as_ref());
                held += usize::from(closest(name, others).is_some());
            }
        }
        assert!(fields > 1000 && held * 30 < fields, "{held} of {fields}");
    }
}
