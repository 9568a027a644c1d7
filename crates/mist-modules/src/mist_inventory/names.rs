//! Valid and unique names of groups and hosts. The result never depends on the order of the input.

use super::options::HostnameSource;
use crate::mist_inventory::devices::InventoryRow;
use std::collections::{BTreeMap, HashSet};

/// Names with a meaning of their own to Ansible.
pub(super) const RESERVED: [&str; 6] = ["all", "ungrouped", "_meta", "localhost", "127.0.0.1", "::1"];

/// Longest host name: Ansible uses it as the name of files.
const LONGEST_HOST: usize = 200;

/// Digits of an id that distinguish groups with one name.
const DIGITS: usize = 6;

/// A group before its name is unique.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GroupKey {
    /// Such as `site_`.
    pub prefix: &'static str,
    pub name: String,
    /// Distinguishes groups with the same name.
    pub id: String,
}

/// A text as the name of a group: the characters that a variable of Python can have, others replaced with `_`.
///
/// Letters outside ASCII are kept where Rust and every version of Python agree that they are letters.
#[must_use]
pub fn valid(text: &str) -> String {
    let is_letter = |character: char| {
        character.is_ascii_alphanumeric()
            || character == '_'
            || (character.is_alphabetic()
                && matches!(character, '\u{c0}'..='\u{24f}' | '\u{370}'..='\u{52f}' | '\u{3041}'..='\u{30fa}' | '\u{4e00}'..='\u{9fef}' | '\u{ac00}'..='\u{d7a3}'))
    };
    let mut name: String = text.chars().map(|character| if is_letter(character) { character } else { '_' }).collect();
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        name.replace_range(0..1, "_");
    }
    name
}

/// A unique name for each group.
///
/// Groups whose names are equal once they are valid all get the first six digits of their ids, and more digits as long
/// as the result equals another name. So a new site never shares the group of an existing one.
#[must_use]
pub fn groups(keys: impl IntoIterator<Item = GroupKey>) -> BTreeMap<GroupKey, String> {
    let keys: Vec<GroupKey> = keys.into_iter().collect::<std::collections::BTreeSet<_>>().into_iter().collect();
    let name = |key: &GroupKey, digits: usize| {
        let base = valid(&format!("{}{}", key.prefix, key.name));
        let id: String = key.id.chars().filter(char::is_ascii_alphanumeric).collect();
        if digits == 0 { base } else { format!("{base}_{}", id.chars().take(digits).collect::<String>()) }
    };
    let mut digits: Vec<usize> = keys.iter().map(|key| if key.name.is_empty() { DIGITS } else { 0 }).collect();
    loop {
        let names: Vec<String> = keys.iter().zip(&digits).map(|(key, digits)| name(key, *digits)).collect();
        let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, name) in names.iter().enumerate() {
            by_name.entry(name).or_default().push(at);
        }
        let mut changed = false;
        for same in by_name.into_values().filter(|same| same.len() > 1) {
            // A name without digits stays where only longer names equal it.
            let plain = same.iter().filter(|at| digits[**at] == 0).count();
            for at in same {
                if plain == 1 && digits[at] == 0 {
                    continue;
                }
                let longest = keys[at].id.len().max(DIGITS);
                if digits[at] < longest {
                    digits[at] = if digits[at] == 0 { DIGITS } else { (digits[at] * 2).min(longest) };
                    changed = true;
                }
            }
        }
        if !changed {
            return keys.into_iter().zip(names).collect();
        }
    }
}

/// True for a text that Ansible can use as a host name: it is not a template, and a pattern of hosts finds it.
#[must_use]
pub fn is_host_name(text: &str) -> bool {
    let is_pattern = |character: char| ":,&!*?[]".contains(character);
    !text.is_empty()
        && text.len() <= LONGEST_HOST
        && !text.starts_with(['~', '@', '-', '.'])
        && !text.chars().any(|character| {
            character.is_control() || character.is_whitespace() || is_invisible(character) || is_pattern(character)
        })
        && !["{{", "{%", "{#", "/", "\\"].iter().any(|part| text.contains(part))
        && !RESERVED.contains(&text.to_lowercase().as_str())
}

/// Characters that reorder or hide others.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// Host names of devices, in the order of the devices. `groups` are names that no host may have.
///
/// Where several devices would get one name, all of them go on to their next source. The last one is the id.
#[must_use]
pub fn hosts(devices: &[&InventoryRow], sources: &[HostnameSource], groups: &HashSet<&str>) -> Vec<String> {
    let candidates = |row: &InventoryRow| -> Vec<String> {
        let of_source = |source: &HostnameSource| match source {
            HostnameSource::Name => &row.name,
            HostnameSource::Hostname => &row.hostname,
            HostnameSource::Mac => &row.mac,
            HostnameSource::Serial => &row.serial,
            HostnameSource::Id => &row.id,
        };
        let rest = [HostnameSource::Id, HostnameSource::Mac];
        let all = sources.iter().chain(&rest).map(of_source);
        all.filter(|name| is_host_name(name) && !groups.contains(name.as_str())).cloned().collect()
    };
    let candidates: Vec<Vec<String>> = devices.iter().map(|row| candidates(row)).collect();
    let mut level = vec![0; candidates.len()];
    loop {
        let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, names) in candidates.iter().enumerate() {
            if let Some(name) = names.get(level[at]) {
                by_name.entry(name).or_default().push(at);
            }
        }
        let mut changed = false;
        for at in by_name.into_values().filter(|same| same.len() > 1).flatten() {
            if level[at] + 1 < candidates[at].len() {
                level[at] += 1;
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    // A device without any usable name, which no cloud has, gets a number.
    let mut used: HashSet<String> = HashSet::new();
    let name = |(at, (names, level)): (usize, (&Vec<String>, usize))| {
        let name = names.get(level).filter(|name| !used.contains(*name)).cloned();
        let name = name.unwrap_or_else(|| format!("mist-device-{at}"));
        used.insert(name.clone());
        name
    };
    candidates.iter().zip(level).enumerate().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(prefix: &'static str, name: &str, id: &str) -> GroupKey {
        GroupKey { prefix, name: name.into(), id: id.into() }
    }

    fn named(keys: &[GroupKey]) -> Vec<String> {
        let groups = groups(keys.iter().cloned());
        let mut reversed = keys.to_vec();
        reversed.reverse();
        assert_eq!(groups, super::groups(reversed), "the order decides");
        keys.iter().map(|key| groups[key].clone()).collect()
    }

    #[test]
    fn a_group_name_is_valid() {
        for (text, expected) in [
            ("site_Branch 1", "site_Branch_1"),
            ("site_Zürich", "site_Zürich"),
            ("site_北京", "site_北京"),
            ("site_a{{b}}-%\n/é", "site_a__b______é"),
            ("site_\u{0903}x\u{1f600}", "site__x_"),
            ("1st", "_st"),
            ("", ""),
        ] {
            assert_eq!(valid(text), expected, "{text}");
        }
    }

    #[test]
    fn groups_that_collide_get_the_digits_of_their_ids() {
        assert_eq!(named(&[key("site_", "A 1", "53f10664-3ce8"), key("site_", "B", "x")]), ["site_A_1", "site_B"]);
        assert_eq!(
            named(&[key("site_", "A 1", "53f10664-3ce8"), key("site_", "A-1", "4ac1dcf4-9d8b")]),
            ["site_A_1_53f106", "site_A_1_4ac1dc"]
        );
        // The same digits: more of them.
        assert_eq!(
            named(&[key("site_", "A", "53f10664-3ce8"), key("site_", "A", "53f10664-4000")]),
            ["site_A_53f106643ce8", "site_A_53f106644000"]
        );
        // The name of another site is that with digits.
        assert_eq!(
            named(&[key("site_", "A", "111111aaaaaa"), key("site_", "A", "222222"), key("site_", "A 111111", "3")]),
            ["site_A_111111aaaaaa", "site_A_222222", "site_A_111111"]
        );
        assert_eq!(named(&[key("site_", "", "53f10664")]), ["site__53f106"]);
        // Prefixes overlap.
        let overlap = [key("site_", "x", "1"), key("sitegroup_", "x", "2"), key("org_", "site_x", "3")];
        assert_eq!(named(&overlap), ["site_x", "sitegroup_x", "org_site_x"]);
    }

    fn device(id: &str, name: &str, mac: &str) -> InventoryRow {
        InventoryRow { id: id.into(), name: name.into(), mac: mac.into(), ..InventoryRow::default() }
    }

    fn host_names(devices: &[InventoryRow], groups: &[&str]) -> Vec<String> {
        let sources = [HostnameSource::Name, HostnameSource::Mac, HostnameSource::Serial];
        let groups = groups.iter().copied().collect();
        hosts(&devices.iter().collect::<Vec<_>>(), &sources, &groups)
    }

    #[test]
    fn host_names_that_ansible_cannot_use_are_skipped() {
        for bad in [
            "",
            "a b",
            "a:b",
            "a,b",
            "web[1:3]",
            "x*",
            "~x",
            "@x",
            "!x",
            "a&b",
            "{{ x }}",
            "{% x %}",
            "{# x #}",
            "a\nb",
            "a\u{7}",
            "all",
            "ALL",
            "localhost",
            "ungrouped",
            "_meta",
            "127.0.0.1",
            "site_A",
            "a\u{202e}b",
            "../x",
            "-x",
        ] {
            assert_eq!(host_names(&[device("i", bad, "5c5b35000001")], &["site_A"]), ["5c5b35000001"], "{bad:?}");
        }
        for good in ["sw-1", "sw_1.example.com", "Zürich-1", "1234", "{x}", "a'b\"c", "x".repeat(200).as_str()] {
            assert_eq!(host_names(&[device("i", good, "5c5b35000001")], &["site_A"]), [good]);
        }
    }

    #[test]
    fn devices_with_one_name_all_get_their_next_one() {
        let devices = [device("i1", "sw", "m1"), device("i2", "sw", "m2"), device("i3", "m1", "m3")];
        // m1 is the name of the third, and the MAC address of the first.
        assert_eq!(host_names(&devices, &[]), ["i1", "m2", "m3"]);
        let twins = [device("i1", "sw", "m"), device("i2", "sw", "m")];
        assert_eq!(host_names(&twins, &[]), ["i1", "i2"]);
        assert_eq!(host_names(&[device("", "", ""), device("", "", "")], &[]), ["mist-device-0", "mist-device-1"]);
    }
}
