//! The table `site-settings.csv`: variables of many sites. No I/O.

use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The field of a setting with variables.
const VARIABLES: &str = "vars";

/// Takes the variables out of a setting that a table can hold: text that a cell keeps.
#[must_use]
pub fn take(setting: &mut Value) -> Map<String, Value> {
    let mut taken = Map::new();
    let Some(fields) = setting.as_object_mut() else { return taken };
    if let Some(Value::Object(variables)) = fields.get_mut(VARIABLES) {
        let names: Vec<String> = variables
            .iter()
            .filter(|(name, value)| is_column(name) && is_cell(value))
            .map(|(name, _)| name.clone())
            .collect();
        for name in names {
            taken.extend(variables.shift_remove(&name).map(|value| (name, value)));
        }
        if variables.is_empty() {
            fields.shift_remove(VARIABLES);
        }
    }
    taken
}

fn is_column(name: &str) -> bool {
    !name.is_empty()
        && name.trim() == name
        && !name.contains('.')
        && name.chars().all(|character| !character.is_control())
}

/// A cell is not empty, keeps its blanks, and does not begin as a formula.
fn is_cell(value: &Value) -> bool {
    value.as_str().is_some_and(|text| {
        !text.trim().is_empty()
            && text.trim() == text
            && !text.starts_with(['=', '+', '-', '@'])
            && text.chars().all(|character| !character.is_control())
    })
}

/// The table of these sites. `None` without a variable.
#[must_use]
pub fn text(rows: &[(String, Map<String, Value>)]) -> Option<String> {
    let columns: BTreeSet<&String> = rows.iter().flat_map(|(_, row)| row.keys()).collect();
    if columns.is_empty() {
        return None;
    }
    let mut sorted: Vec<&(String, Map<String, Value>)> = rows.iter().collect();
    sorted.sort_unstable_by_key(|(site, _)| site);
    let mut all = String::from("site");
    for column in &columns {
        all.push(',');
        all.push_str(&cell(&format!("{VARIABLES}.{column}")));
    }
    for (site, row) in sorted {
        all.push('\n');
        all.push_str(&cell(site));
        for column in &columns {
            all.push(',');
            all.push_str(&cell(row.get(*column).and_then(Value::as_str).unwrap_or_default()));
        }
    }
    all.push('\n');
    Some(all)
}

fn cell(text: &str) -> String {
    let is_plain = !text.contains([',', '"', '\n', '\r', ';', '#']) && text.trim() == text;
    if is_plain { text.to_owned() } else { format!("\"{}\"", text.replace('"', "\"\"")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mist_objects::source;
    use mist_objects::table::{Level, kind};
    use serde_json::json;

    #[test]
    fn variables_that_a_table_can_hold_move_there_and_read_back() {
        let mut setting = json!({"vars": {"ip": "10.0.0.1", "a.b": "x", "vlan": "010", "f": "=1+1", "e": "", "q": "a,\"b\""}, "rogue": {"enabled": true}});
        let row = take(&mut setting);
        assert_eq!(setting, json!({"vars": {"a.b": "x", "f": "=1+1", "e": ""}, "rogue": {"enabled": true}}));
        let rows = [
            ("Site, 2".to_owned(), row),
            ("Site 1".to_owned(), Map::from_iter([("ip".to_owned(), json!("10.0.0.2"))])),
        ];
        let table = text(&rows).unwrap();
        assert_eq!(
            table,
            "site,vars.ip,vars.q,vars.vlan\nSite 1,10.0.0.2,,\n\"Site, 2\",10.0.0.1,\"a,\"\"b\"\"\",010\n"
        );
        let schema = kind(Level::Site, "setting").unwrap().schema;
        let back = source::many("x.csv", &table, schema).unwrap();
        assert_eq!(
            json!(back[1]),
            json!({"site": "Site, 2", "vars": {"ip": "10.0.0.1", "q": "a,\"b\"", "vlan": "010"}})
        );
        assert_eq!(text(&[("x".to_owned(), Map::new())]), None);
    }
}
