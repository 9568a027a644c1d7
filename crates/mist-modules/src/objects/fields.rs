//! The fields of a kind as text: `--fields wlans`.

use crate::common::options::OptionError;
use mist_client::suggest::Candidates;
use mist_objects::conversion;
use mist_objects::table::{self, Field, Kind, Schema};
use std::fmt::Write;

/// The fields of all kinds of this type.
///
/// # Errors
/// No such type exists.
pub fn list(word: &str) -> Result<String, OptionError> {
    let kinds: Vec<Kind> = table::levels(word).into_iter().filter_map(|level| table::kind(level, word)).collect();
    if kinds.is_empty() {
        let candidates = Candidates::new(word, table::words());
        let similar = if candidates.similar.is_empty() { String::new() } else { format!(" {candidates}") };
        let reason = format!("no type '{}' exists.{similar} --types prints the list.", word.escape_debug());
        return Err(OptionError::new("", reason));
    }
    let mut text = String::new();
    // Organizations and sites often have the same fields.
    for same in kinds.chunk_by(|one, other| one.schema == other.schema) {
        let Some(kind) = same.first() else { continue };
        let owners: Vec<&str> = same.iter().map(|kind| kind.level.name()).collect();
        // Writing to a text cannot fail.
        let _ = writeln!(text, "{} of {}", kind.word, owners.join(" and "));
        let mut lines = Vec::new();
        fields(kind.schema, Some(kind), 1, &mut Vec::new(), &mut lines);
        let width = lines.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default().min(40);
        for (name, facts) in lines {
            let _ = writeln!(text, "{}", format!("{name:<width$}  {facts}").trim_end());
        }
    }
    Ok(text)
}

/// `above` has the schemas around this one, so that one inside itself is not listed again.
fn fields(
    schema: Schema,
    kind: Option<&Kind>,
    depth: usize,
    above: &mut Vec<Schema>,
    lines: &mut Vec<(String, String)>,
) {
    if schema == Schema::default() || above.contains(&schema) {
        return;
    }
    above.push(schema);
    for (name, field) in schema.fields() {
        let shown = if name == "*" { "(any name)" } else { name };
        let is_read_only = field.read_only || kind.is_some_and(|kind| kind.is_read_only(name));
        lines.push((format!("{}{shown}", "  ".repeat(depth)), facts(schema, name, field, is_read_only)));
        fields(field.schema, None, depth + 1, above, lines);
        let mut item = field.item();
        while item.list {
            item = item.item();
        }
        fields(item.schema, None, depth + 1, above, lines);
    }
    above.pop();
}

fn facts(schema: Schema, name: &str, field: Field, is_read_only: bool) -> String {
    let mut facts = vec![conversion::expected(field).trim_start_matches("a ").trim_start_matches("an ").to_owned()];
    if let Some(format) = field.format {
        facts.push(format.to_owned());
    }
    let key = field.key.replace(',', " and ").replace('+', " with ");
    if !key.is_empty() {
        facts.push(format!("items by {key}"));
    }
    for (holds, fact) in [
        (field.ordered, "in order"),
        (field.required, "required"),
        (is_read_only, "read-only"),
        (field.secret, "secret"),
    ] {
        if holds {
            facts.push(fact.to_owned());
        }
    }
    if let Some(default) = field.documented_default() {
        facts.push(format!("default {default}"));
    }
    let values: Vec<String> = field.values().collect();
    if !values.is_empty() {
        facts.push(format!("one of {}", values.join(" | ")));
    }
    if field.in_place {
        facts.push("names or ids".to_owned());
    }
    if let Some(alias) = schema.alias(name) {
        facts.push(format!("by name as {alias}"));
    }
    facts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_facts_of_every_field_are_listed() {
        let text = list("wlans").unwrap();
        for line in ["wlans of organization and site", "  ssid  ", "    psk  "] {
            assert!(text.lines().any(|found| found.starts_with(line)), "{line}");
        }
        let fact = |name: &str, fact: &str| {
            let line = text.lines().find(|line| line.starts_with(&format!("{name} "))).unwrap();
            assert!(line.contains(fact), "{line}");
        };
        fact("  ssid", "text, required");
        fact("  enabled", "boolean, default true");
        fact("  template_id", "text, by name as template");
        fact("  bands", "list of texts, one of 24 | 5 | 5-dedicated");
        fact("  vlan_id", "number or text");
        fact("    psk", "text, secret");
        fact("  auth_servers", "list of dictionaries, items by host and port, in order");
        fact("  max_idletime", "integer, default 1800");
        fact("  portal_sso_url", "read-only");
        let templates = list("templates").unwrap();
        for (name, alias) in [("    site_ids ", "by name as sites"), ("    org_id ", "by name as org")] {
            let line = templates.lines().find(|line| line.starts_with(name)).unwrap();
            assert!(line.contains(alias), "{line}");
        }
        assert!(
            list("nacrules").unwrap().lines().any(|line| line.contains("apply_tags") && line.contains("names or ids"))
        );
        assert!(list("wlan").unwrap_err().reason.starts_with("no type 'wlan' exists. Similar: 'wlans'."));
    }

    #[test]
    fn every_type_has_fields() {
        for word in table::words() {
            let lines = list(word).unwrap().lines().count();
            assert!((2..5_000).contains(&lines), "{word}: {lines}");
        }
    }
}
