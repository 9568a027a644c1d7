//! `--types`: the list of kinds, for people.

use ansible_binary_module::TextCommand;
use mist_objects::table::{self, Creation};

/// The argument that prints the list.
pub const COMMAND: TextCommand = TextCommand { argument: "--types", does: "print all types of objects", text: list };

/// The kinds, a line each.
#[must_use]
pub fn list() -> String {
    let mut rows: Vec<[String; 4]> = vec![["type", "of", "found by", "remarks"].map(str::to_owned)];
    let mut kinds: Vec<_> = table::all().collect();
    kinds.sort_by(|one, other| (&one.word, one.scope).cmp(&(&other.word, other.scope)));
    for kind in kinds {
        let remark = match kind.creation {
            _ if kind.one => "one, always there",
            Creation::Never => "never created",
            Creation::Put => "created by its MAC address",
            Creation::Post => "",
        };
        rows.push([kind.word.clone(), kind.scope.name().to_owned(), kind.key.join(", "), remark.to_owned()]);
    }
    let lines = rows
        .iter()
        .map(|[word, scope, key, remark]| format!("{word:<20} {scope:<14} {key:<10} {remark}").trim_end().to_owned());
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_kind_is_listed() {
        let list = super::list();
        assert_eq!(list.lines().count(), 63);
        assert!(list.contains("\nwlans                site           ssid\n"), "{list}");
    }
}
