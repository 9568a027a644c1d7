//! Writes rows as CSV or JSON, one at a time. The columns of a CSV file are known only after the last row: until then, the cells wait
//! in a file of the caller.

use crate::rows::{self, Row};
use serde_json::Value;
use std::collections::HashMap;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};

/// A table with more columns is refused.
pub const MOST_COLUMNS: usize = 4096;

/// The form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Csv,
    /// One JSON object a line.
    JsonLines,
    /// A list.
    Json,
}

/// The reason that rows could not be written.
#[derive(Debug)]
pub enum OutputError {
    /// More than [`MOST_COLUMNS`] columns.
    TooManyColumns,
    Io(io::Error),
}

impl From<io::Error> for OutputError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Receives rows.
pub trait Sink {
    /// # Errors
    /// The row could not be written.
    fn row(&mut self, row: &Row) -> Result<(), OutputError>;

    /// Writes the rest.
    ///
    /// # Errors
    /// The rest could not be written.
    fn finish(&mut self) -> Result<(), OutputError>;
}

/// The sink for a form. Without `fields`, a CSV file has the `documented` columns in their order, and then all other columns of
/// the rows, sorted; the cells wait in `spool`.
pub fn sink<'a, W: Write + 'a, S: Read + Write + Seek + 'a>(
    format: Format,
    fields: Option<Vec<String>>,
    documented: impl IntoIterator<Item = &'a str>,
    out: W,
    spool: impl FnOnce() -> io::Result<S>,
) -> Result<Box<dyn Sink + 'a>, OutputError> {
    Ok(match (format, fields) {
        (Format::Csv, Some(fields)) => {
            let paths = fields.iter().map(|field| rows::steps(field)).collect();
            let mut table = FixedTable { paths, out };
            line(&mut table.out, fields.iter().map(|field| quoted(&safe(field))))?;
            Box::new(table)
        }
        (Format::Csv, None) => {
            let mut table =
                GrowingTable { columns: HashMap::new(), documented: 0, spool: BufWriter::new(spool()?), rows: 0, out };
            documented.into_iter().for_each(|column| table.add(column));
            table.documented = table.columns.len();
            Box::new(table)
        }
        (Format::JsonLines | Format::Json, _) => Box::new(Lines { is_list: format == Format::Json, count: 0, out }),
    })
}

/// JSON objects, with sorted fields.
struct Lines<W> {
    is_list: bool,
    count: u64,
    out: W,
}

impl<W: Write> Sink for Lines<W> {
    fn row(&mut self, row: &Row) -> Result<(), OutputError> {
        if self.is_list {
            self.out.write_all(if self.count == 0 { b"[\n" } else { b",\n" })?;
        }
        let mut row = Value::Object(row.clone());
        row.sort_all_objects();
        serde_json::to_writer(&mut self.out, &row).map_err(io::Error::from)?;
        if !self.is_list {
            self.out.write_all(b"\n")?;
        }
        self.count += 1;
        Ok(())
    }

    fn finish(&mut self) -> Result<(), OutputError> {
        if self.is_list {
            self.out.write_all(if self.count == 0 { b"[]\n" } else { b"\n]\n" })?;
        }
        Ok(self.out.flush()?)
    }
}

/// A table with the columns of the task.
struct FixedTable<W> {
    paths: Vec<Vec<String>>,
    out: W,
}

impl<W: Write> Sink for FixedTable<W> {
    fn row(&mut self, row: &Row) -> Result<(), OutputError> {
        line(&mut self.out, self.paths.iter().map(|path| rows::at(row, path).map(cell).unwrap_or_default()))?;
        Ok(())
    }

    fn finish(&mut self) -> Result<(), OutputError> {
        Ok(self.out.flush()?)
    }
}

/// A table whose columns grow with its rows. A row in `spool` is the number of its cells, and for each the number of its column, its
/// length and its text.
struct GrowingTable<W, S: Write> {
    columns: HashMap<String, u32>,
    documented: usize,
    spool: BufWriter<S>,
    rows: u64,
    out: W,
}

impl<W, S: Write> GrowingTable<W, S> {
    fn add(&mut self, column: &str) {
        let number = self.columns.len() as u32;
        self.columns.entry(column.to_owned()).or_insert(number);
    }
}

impl<W: Write, S: Read + Write + Seek> Sink for GrowingTable<W, S> {
    fn row(&mut self, row: &Row) -> Result<(), OutputError> {
        let (mut cells, mut text) = (0_u32, Vec::new());
        rows::cells(row, &mut |path, value| {
            let cell = cell(value);
            let column = match self.columns.get(path) {
                Some(column) => *column,
                None if self.columns.len() >= MOST_COLUMNS => return Err(OutputError::TooManyColumns),
                None => {
                    self.add(path);
                    self.columns.len() as u32 - 1
                }
            };
            if !cell.is_empty() {
                let length = u32::try_from(cell.len()).map_err(|_| io::Error::from(io::ErrorKind::FileTooLarge))?;
                text.extend_from_slice(&column.to_le_bytes());
                text.extend_from_slice(&length.to_le_bytes());
                text.extend_from_slice(cell.as_bytes());
                cells += 1;
            }
            Ok(())
        })?;
        self.spool.write_all(&cells.to_le_bytes())?;
        self.spool.write_all(&text)?;
        self.rows += 1;
        Ok(())
    }

    fn finish(&mut self) -> Result<(), OutputError> {
        let mut order: Vec<(&str, usize)> =
            self.columns.iter().map(|(name, number)| (name.as_str(), *number as usize)).collect();
        let documented = self.documented;
        order.sort_unstable_by_key(
            |(name, number)| if *number < documented { (*number, "") } else { (documented, *name) },
        );
        line(&mut self.out, order.iter().map(|(name, _)| quoted(&safe(name))))?;
        self.spool.flush()?;
        self.spool.get_mut().rewind()?;
        let mut spool = BufReader::new(self.spool.get_mut());
        let mut cells: Vec<String> = vec![String::new(); order.len()];
        for _ in 0..self.rows {
            cells.iter_mut().for_each(String::clear);
            for _ in 0..number(&mut spool)? {
                let (column, length) = (number(&mut spool)?, number(&mut spool)?);
                let cell = cells.get_mut(column as usize).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))?;
                (&mut spool).take(length.into()).read_to_string(cell)?;
            }
            line(&mut self.out, order.iter().map(|(_, number)| cells[*number].as_str()))?;
        }
        Ok(self.out.flush()?)
    }
}

fn number(from: &mut impl Read) -> io::Result<u32> {
    let mut bytes = [0; 4];
    from.read_exact(&mut bytes)?;
    Ok(u32::from_le_bytes(bytes))
}

fn line(out: &mut impl Write, cells: impl Iterator<Item = impl AsRef<str>>) -> io::Result<()> {
    for (number, cell) in cells.enumerate() {
        if number > 0 {
            out.write_all(b",")?;
        }
        out.write_all(cell.as_ref().as_bytes())?;
    }
    out.write_all(b"\n")
}

/// The text of a cell. A list or a dictionary is JSON.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) => quoted(&safe(text)),
        Value::Array(_) | Value::Object(_) => {
            let mut value = value.clone();
            value.sort_all_objects();
            quoted(&value.to_string())
        }
    }
}

/// The text, unless a spreadsheet would calculate it: then with an apostrophe before it.
fn safe(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if is_formula { format!("'{text}") } else { text.to_owned() }
}

/// The text in quotes where RFC 4180 requires them, and around spaces that a reader may remove.
fn quoted(text: &str) -> String {
    let needs_quotes = text.contains([',', '"', '\n', '\r']) || text.starts_with(' ') || text.ends_with(' ');
    if needs_quotes { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::io::Cursor;

    fn written(
        format: Format,
        fields: Option<&[&str]>,
        documented: &[&str],
        objects: &Value,
    ) -> Result<String, OutputError> {
        let mut out = Vec::new();
        let fields = fields.map(|fields| fields.iter().map(|field| (*field).to_owned()).collect());
        let mut sink = sink(format, fields, documented.iter().copied(), &mut out, || Ok(Cursor::new(Vec::new())))?;
        for object in objects.as_array().unwrap() {
            sink.row(object.as_object().unwrap())?;
        }
        sink.finish()?;
        drop(sink);
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn columns_do_not_depend_on_the_order_of_rows_and_fields() {
        let rows =
            [json!({"z": 1, "mac": "a", "in": {"y": true}}), json!({"new": null, "ap": "x"}), json!({"mac": "b"})];
        let expected = "mac,ssid,ap,in.y,new,z\n";
        let table = |rows: Vec<Value>| written(Format::Csv, None, &["mac", "ssid"], &Value::Array(rows)).unwrap();
        assert_eq!(table(rows.to_vec()), format!("{expected}a,,,true,,1\n,,x,,,\nb,,,,,\n"));
        let backwards = table(rows.iter().rev().cloned().collect());
        assert!(backwards.starts_with(expected), "{backwards}");
        assert_eq!(table(Vec::new()), "mac,ssid\n");
    }

    #[test]
    fn the_fields_of_the_task_are_the_columns_in_its_order() {
        let rows = json!([{"mac": "a", "in": {"x": 1, "y": [1, "b"]}}, {"other": 1}]);
        let table = written(Format::Csv, Some(&["in.y", "mac", "in"]), &["mac"], &rows).unwrap();
        assert_eq!(table, "in.y,mac,in\n\"[1,\"\"b\"\"]\",a,\"{\"\"x\"\":1,\"\"y\"\":[1,\"\"b\"\"]}\"\n,,\n");
    }

    #[test]
    fn a_cell_is_never_a_formula_and_a_number_stays_one() {
        for (value, text) in [
            (json!("=1+2"), "'=1+2"),
            (json!("+1"), "'+1"),
            (json!("-cmd|' /C calc'!A0"), "'-cmd|' /C calc'!A0"),
            (json!("@SUM(A1)"), "'@SUM(A1)"),
            (json!("\t=1"), "'\t=1"),
            (json!("\r=1"), "\"'\r=1\""),
            (json!("=\"a\",b"), "\"'=\"\"a\"\",b\""),
            (json!("a=b"), "a=b"),
            (json!(-70), "-70"),
            (json!(-1.5), "-1.5"),
            (json!(u64::MAX), "18446744073709551615"),
            (json!("line\nbreak"), "\"line\nbreak\""),
            (json!(" x"), "\" x\""),
            (json!("é😀"), "é😀"),
            (json!(["=1"]), "\"[\"\"=1\"\"]\""),
        ] {
            let table = written(Format::Csv, Some(&["a"]), &[], &json!([{ "a": value }])).unwrap();
            assert_eq!(table, format!("a\n{text}\n"));
            let grown = written(Format::Csv, None, &[], &json!([{ "a": value }])).unwrap();
            assert_eq!(grown, table);
        }
        for header in ["=x", "+x", "-x", "@x", "\tx", "\rx"] {
            for fields in [Some(&[header][..]), None] {
                let table = written(Format::Csv, fields, &[], &json!([{ header: 1 }])).unwrap();
                assert!(table.trim_start_matches('"').starts_with(&format!("'{header}")), "{table:?}");
            }
        }
    }

    #[test]
    fn json_is_a_list_or_an_object_a_line() {
        let rows = json!([{"b": 1, "a": {"d": 1, "c": [2]}}, {}]);
        assert_eq!(written(Format::JsonLines, None, &[], &rows).unwrap(), "{\"a\":{\"c\":[2],\"d\":1},\"b\":1}\n{}\n");
        let list = written(Format::Json, None, &[], &rows).unwrap();
        assert_eq!(list, "[\n{\"a\":{\"c\":[2],\"d\":1},\"b\":1},\n{}\n]\n");
        assert_eq!(written(Format::Json, None, &[], &json!([])).unwrap(), "[]\n");
        assert_eq!(written(Format::JsonLines, None, &[], &json!([])).unwrap(), "");
    }

    #[test]
    fn a_table_with_too_many_columns_is_refused() {
        let wide = |count: usize| json!([(0..count).map(|number| (number.to_string(), 1)).collect::<HashMap<_, _>>()]);
        assert!(written(Format::Csv, None, &[], &wide(MOST_COLUMNS)).is_ok());
        assert!(matches!(written(Format::Csv, None, &[], &wide(MOST_COLUMNS + 1)), Err(OutputError::TooManyColumns)));
        assert!(written(Format::Json, None, &[], &wide(MOST_COLUMNS + 1)).is_ok());
    }

    #[test]
    fn tables_are_read_back_as_they_were() {
        let pieces = ["a", ",", "\"", "\n", "\r\n", "=", " ", "é", "'", "-"];
        for _ in 0..500 {
            let rows: Vec<Vec<String>> = (0..fastrand::usize(1..5))
                .map(|_| {
                    (0..3)
                        .map(|_| (0..fastrand::usize(0..5)).map(|_| fastrand::choice(pieces).unwrap()).collect())
                        .collect()
                })
                .collect();
            let objects = rows.iter().map(|row| json!({"a": row[0], "b": row[1], "c": row[2]})).collect::<Vec<_>>();
            let text = written(Format::Csv, None, &["a", "b", "c"], &Value::Array(objects)).unwrap();
            let read = parsed(&text);
            let unsafe_again = |cell: &String| match cell.strip_prefix('\'') {
                Some(rest) if rest.starts_with(['=', '+', '-', '@', '\t', '\r']) => rest.to_owned(),
                _ => cell.clone(),
            };
            let expected: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(unsafe_again).collect()).collect();
            assert_eq!(
                read[1..].iter().map(|row| row.iter().map(unsafe_again).collect::<Vec<_>>()).collect::<Vec<_>>(),
                expected,
                "{text:?}"
            );
        }
    }

    /// RFC 4180.
    fn parsed(text: &str) -> Vec<Vec<String>> {
        let (mut rows, mut row, mut cell, mut inside) = (Vec::new(), Vec::new(), String::new(), false);
        let mut rest = text.chars().peekable();
        while let Some(character) = rest.next() {
            match character {
                '"' if inside && rest.peek() == Some(&'"') => cell.extend(rest.next()),
                '"' => inside = !inside,
                ',' if !inside => row.push(std::mem::take(&mut cell)),
                '\n' if !inside => {
                    row.push(std::mem::take(&mut cell));
                    rows.push(std::mem::take(&mut row));
                }
                _ => cell.push(character),
            }
        }
        rows
    }
}
