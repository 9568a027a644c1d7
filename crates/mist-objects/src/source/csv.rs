//! A table as objects: each column is a field, dotted if nested. An empty cell is not declared. No I/O.

use crate::conversion::{boolean, number};
use crate::error::SourceError;
use crate::plan::Fields;
use crate::table::{Field, Schema};
use serde_json::{Map, Value};
use std::collections::HashSet;

/// The most columns of a table.
pub const MOST_COLUMNS: usize = 10_000;

/// The most dictionaries inside each other.
const DEEPEST: usize = 64;

/// The objects of a table, one for each row.
///
/// # Errors
/// The fault with its line. Only names of columns are quoted.
pub fn objects(text: &str, schema: Schema) -> Result<Vec<Fields>, SourceError> {
    check_first_line(text)?;
    let mut rows = rows(text)?.into_iter();
    let Some((_, header)) = rows.next() else { return Ok(Vec::new()) };
    let width = header.len();
    let mut columns: Vec<String> = header.into_iter().map(|name| name.trim().to_owned()).collect();
    // Spreadsheets write empty columns at the end, too.
    while columns.last().is_some_and(String::is_empty) {
        columns.pop();
    }
    if columns.len() > MOST_COLUMNS {
        return Err(SourceError::TooManyColumns(MOST_COLUMNS));
    }
    let mut seen = HashSet::new();
    for name in &columns {
        if name.split('.').nth(DEEPEST).is_some() {
            return Err(SourceError::DeepColumn(DEEPEST));
        }
        if name.is_empty() || name.split('.').any(str::is_empty) {
            return Err(SourceError::ColumnWithoutName);
        }
        if !seen.insert(name.as_str()) {
            return Err(SourceError::SameColumns(name.clone()));
        }
    }
    let outer = |name: &'_ str| name.match_indices('.').find_map(|(end, _)| seen.get(name.get(..end)?).copied());
    if let Some(name) = columns.iter().find_map(|name| outer(name)) {
        return Err(SourceError::NestedColumns(name.to_owned()));
    }
    let fields: Vec<Field> = columns.iter().map(|name| known(schema, name)).collect();
    let mut objects = Vec::new();
    for (line, cells) in rows {
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        // One separator too many or too few: the following cells would become other fields.
        if cells.len() != width {
            return Err(SourceError::CellCount { line, cells: cells.len(), columns: width });
        }
        if cells.iter().skip(columns.len()).any(|cell| !cell.trim().is_empty()) {
            return Err(SourceError::Line { line, fault: "a column without a name has a cell" });
        }
        let mut object = Map::new();
        let given = columns.iter().zip(&fields).zip(&cells).filter(|(_, cell)| !cell.trim().is_empty());
        for ((name, field), cell) in given {
            let value = value(*field, cell).map_err(|fault| SourceError::Cell { line, column: name.clone(), fault })?;
            insert(&mut object, name, value);
        }
        objects.push(object);
    }
    Ok(objects)
}

/// The field at a dotted path, or the one that the path names objects for.
fn known(schema: Schema, path: &str) -> Field {
    match path.split_once('.') {
        Some((first, rest)) => known(schema.field(first).schema, rest),
        None => schema.field_or_named(path),
    }
}

fn insert(object: &mut Fields, path: &str, value: Value) {
    match path.split_once('.') {
        None => drop(object.insert(path.to_owned(), value)),
        Some((first, rest)) => {
            let inner = object.entry(first.to_owned()).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                insert(inner, rest, value);
            }
        }
    }
}

/// A cell by the type that the document gives its field.
fn value(field: Field, cell: &str) -> Result<Value, &'static str> {
    let trimmed = cell.trim();
    if field.dictionary || (field.list && trimmed.starts_with('[')) {
        return match super::json(trimmed) {
            Ok(value @ (Value::Object(_) | Value::Array(_))) => Ok(value),
            _ if field.dictionary => Err("a dictionary is needed. Use JSON, or a column for each of its fields"),
            _ => Err("it starts like a JSON list, but is not one"),
        };
    }
    if field.list {
        let item = Field { list: false, ..field };
        return trimmed.split(',').map(|part| scalar(item, part.trim())).collect::<Result<_, _>>().map(Value::Array);
    }
    scalar(field, if field.is_untyped() || field.text { cell } else { trimmed })
}

fn scalar(field: Field, text: &str) -> Result<Value, &'static str> {
    if field.boolean {
        return boolean(text).map(Value::Bool).ok_or("a boolean is needed");
    }
    if field.number || field.number_or_text {
        return match number(text).filter(|number| !field.number_or_text || number.to_string() == text) {
            Some(number) if !(field.whole && number.is_f64()) => Ok(Value::Number(number)),
            _ if field.number_or_text => Ok(Value::String(text.to_owned())),
            // A variable of Mist may be in place of a number.
            _ if text.starts_with("{{") => Ok(Value::String(text.to_owned())),
            None if text.contains(',') && number(&text.replace(',', ".")).is_some() => {
                Err("a number is needed. Use a decimal point, not a comma.")
            }
            None if number(text).is_none() && text.bytes().all(|byte| byte.is_ascii_digit()) => Err(super::LOST_DIGITS),
            Some(_) => Err("an integer is needed"),
            None => Err("a number is needed"),
        };
    }
    Ok(Value::String(text.to_owned()))
}

fn first_line(text: &str) -> &str {
    text.split(['\r', '\n']).next().unwrap_or_default()
}

/// # Errors
/// The columns cannot be recognized, with what helps.
fn check_first_line(text: &str) -> Result<(), SourceError> {
    let first = first_line(text);
    let refuse = |fault| Err(SourceError::Line { line: 1, fault });
    if first.trim().to_ascii_lowercase().starts_with("sep=") {
        return refuse("the first line is a note of a spreadsheet (sep=). Remove it.");
    }
    if first.contains('\t') && !first.contains([',', ';']) {
        return refuse("columns are separated by tabs. Separate them by commas or semicolons.");
    }
    if first.trim_start_matches(['"', ' ']).starts_with('#') {
        return refuse("the name of the first column starts with #. Remove it: comments are not possible.");
    }
    Ok(())
}

/// The rows with their first lines, by RFC 4180: quotes around a cell, doubled inside it. The separator is a comma, or a
/// semicolon if the first line has no comma (as some spreadsheets write).
fn rows(text: &str) -> Result<Vec<(usize, Vec<String>)>, SourceError> {
    let first = first_line(text);
    let between = if !first.contains(',') && first.contains(';') { ';' } else { ',' };
    let (mut rows, mut cells, mut cell) = (Vec::new(), Vec::new(), String::new());
    let (mut line, mut begun) = (1, 1);
    let mut characters = text.chars().peekable();
    let (mut quoted, mut closed) = (false, false);
    while let Some(character) = characters.next() {
        // A bare carriage return ends a line of old spreadsheets.
        let ends_line = character == '\n' || (character == '\r' && characters.peek() != Some(&'\n'));
        if ends_line {
            line += 1;
        }
        if quoted {
            match character {
                '"' if characters.peek() == Some(&'"') => {
                    characters.next();
                    cell.push('"');
                }
                '"' => (quoted, closed) = (false, true),
                other => cell.push(other),
            }
            continue;
        }
        match character {
            '"' if cell.is_empty() && !closed => quoted = true,
            '"' => {
                let fault = "a quote is inside a cell. Put the cell in quotes, and double the quote.";
                return Err(SourceError::Line { line, fault });
            }
            '\r' if !ends_line => {}
            _ if ends_line => {
                cells.push(std::mem::take(&mut cell));
                rows.push((begun, std::mem::take(&mut cells)));
                (begun, closed) = (line, false);
            }
            other if other == between => {
                cells.push(std::mem::take(&mut cell));
                closed = false;
            }
            other if closed && !other.is_whitespace() => {
                return Err(SourceError::Line { line, fault: "text follows the quotes of a cell" });
            }
            _ if closed => {}
            other => cell.push(other),
        }
    }
    if quoted {
        return Err(SourceError::Line { line: begun, fault: "the quotes of a cell are not closed" });
    }
    if !cell.is_empty() || !cells.is_empty() || closed {
        cells.push(cell);
        rows.push((begun, cells));
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Level, kind};
    use serde_json::json;

    fn sites(text: &str) -> Result<Value, SourceError> {
        objects(text, kind(Level::Org, "sites").unwrap().schema).map(|objects| json!(objects))
    }

    #[test]
    fn a_column_is_a_field_of_the_documents_type() {
        let text = "name,sitegroups,rftemplate,tzoffset,latlng.lat,new.field\r\n\
            \"A \"\"1\"\"\",\"East, West\",Branch,60,1.5,x\r\n\r\nB,,,,,\r\n,,\r\nC,East,,,,\r\n";
        assert_eq!(
            sites(text).unwrap(),
            json!([
                {"name": "A \"1\"", "sitegroups": ["East", "West"], "rftemplate": "Branch", "tzoffset": 60,
                 "latlng": {"lat": 1.5}, "new": {"field": "x"}},
                {"name": "B"}, {"name": "C", "sitegroups": ["East"]}
            ])
        );
        let wlans = kind(Level::Org, "wlans").unwrap().schema;
        let read =
            objects("ssid;enabled;vlan_id;bands;notes\n1;no;{{vlan}};24,5;\"a\nb\"\n2;yes;007;[];\n", wlans).unwrap();
        assert_eq!(
            json!(read),
            json!([{"ssid": "1", "enabled": false, "vlan_id": "{{vlan}}", "bands": ["24", "5"], "notes": "a\nb"},
                   {"ssid": "2", "enabled": true, "vlan_id": "007", "bands": []}])
        );
        assert_eq!(sites("").unwrap(), json!([]));
        let wide = "name,notes,,\r\nA,x,,\r\nB,,, \r\n,,,\r\n";
        assert_eq!(
            sites(wide).unwrap(),
            json!([{"name": "A", "notes": "x"}, {"name": "B"}]),
            "empty columns at the end"
        );
    }

    #[test]
    fn every_end_of_line_is_read() {
        let expected = json!([{"name": "a", "notes": "x"}, {"name": "b\r", "notes": "y"}]);
        for text in ["name,notes\ra,x\r\"b\r\",y\r", "name,notes\r\na,x\r\n\"b\r\",y", "name,notes\na,x\n\"b\r\",y\n"] {
            assert_eq!(sites(text), Ok(expected.clone()), "{text:?}");
        }
        assert_eq!(sites("name;notes\ra;x,y\r"), Ok(json!([{"name": "a", "notes": "x,y"}])));
        let error = sites("name\ra\rb,c\r").unwrap_err();
        assert_eq!(error, SourceError::CellCount { line: 3, cells: 2, columns: 1 });
    }

    #[test]
    fn a_wide_or_deep_header_is_bounded() {
        let deep = vec!["a"; 10_000].join(".");
        assert_eq!(sites(&format!("{deep}\nx\n")), Err(SourceError::DeepColumn(64)));
        assert!(sites(&format!("{}\nx\n", vec!["a"; 64].join("."))).is_ok());
        let wide: Vec<String> = (0..MOST_COLUMNS).map(|number| format!("x{number}.y.z")).collect();
        let row = vec!["1"; MOST_COLUMNS].join(",");
        assert!(sites(&format!("{}\n{row}\n", wide.join(","))).is_ok());
        assert_eq!(
            sites(&format!("{},more\n{row},1\n", wide.join(","))),
            Err(SourceError::TooManyColumns(MOST_COLUMNS))
        );
    }

    #[test]
    fn a_fault_in_a_table_has_its_line_and_column() {
        for (text, sentence) in [
            ("name,name\n", "two columns are named 'name'"),
            (",name\n", "a column has no name"),
            ("name,,notes\n", "a column has no name"),
            ("name,\nx,y\n", "line 2: a column without a name has a cell"),
            ("name,notes,tzoffset\na,b,1\nc,2\n", "line 3 has 2 cells, but the first line has 3 columns"),
            ("name,notes\n\n\"a\nb\",c\nd\n", "line 5 has 1 cell, but the first line has 2 columns"),
            ("name,notes\na,b,\n", "line 2 has 3 cells, but the first line has 2 columns"),
            ("a,a.b\n", "column 'a' and a column inside it"),
            ("name\nx,y\n", "line 2 has 2 cells, but the first line has 1 column"),
            ("name,tzoffset\nx,secret\n", "line 2, column 'tzoffset': a number is needed"),
            ("name\n\"x\n", "line 2: the quotes of a cell are not closed"),
            ("name\nx\"y\n", "line 2: a quote is inside a cell"),
            ("name\n\"x\"y\n", "line 2: text follows the quotes"),
            ("sep=;\nname;notes\n", "line 1: the first line is a note of a spreadsheet (sep=). Remove it."),
            ("name\tnotes\na\tb\n", "line 1: columns are separated by tabs."),
            ("#name,notes\na,b\n", "line 1: the name of the first column starts with #."),
            ("\"# name\",notes\na,b\n", "line 1: the name of the first column starts with #."),
            ("name;latlng.lat\nx;52,5\n", "line 2, column 'latlng.lat': a number is needed. Use a decimal point"),
            ("name,tzoffset\nx,1.5\n", "line 2, column 'tzoffset': an integer is needed"),
            ("name,tzoffset\nx,99999999999999999999\n", "line 2, column 'tzoffset': a number has more digits"),
            (
                "name,latlng\nx,\"{\"\"lat\"\": 1, \"\"lat\"\": 2}\"\n",
                "line 2, column 'latlng': a dictionary is needed",
            ),
            ("name,latlng\nx,y\n", "line 2, column 'latlng': a dictionary is needed"),
        ] {
            let error = sites(text).unwrap_err().to_string();
            assert!(error.starts_with(sentence) && !error.contains("secret"), "{error}");
        }
    }
}
