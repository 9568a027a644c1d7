//! Dictionaries as Python literals, as `ast.literal_eval` reads them, within the limits of JSON.
//!
//! A tuple becomes a list, and a key that is not a text becomes the text that `json.dumps` writes. Values without a JSON form are
//! refused: sets, byte strings, complex numbers, `...`, keys that are tuples, and half of a surrogate pair. So is `\N{…}`, which
//! needs the table of Unicode names.
//! Source: the Python language reference, "Lexical analysis" and "Expressions".

mod tokens;

use crate::validation::python;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// The depth of brackets that Python's tokenizer accepts (`MAXLEVEL`).
const DEEPEST: usize = 200;

/// Reads `text`, which must be exactly one dictionary.
pub fn dictionary(text: &str) -> Option<Map<String, Value>> {
    if text.contains('\0') {
        return None;
    }
    let text = if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    };
    let mut reader = Reader { rest: &text, depth: 0 };
    match reader.value()? {
        Value::Object(entries) => {
            reader.skip_blanks();
            reader.rest.is_empty().then_some(entries)
        }
        _ => None,
    }
}

/// The unread text. Every method either moves past its subject or refuses the whole text with `None`.
struct Reader<'a> {
    rest: &'a str,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn value(&mut self) -> Option<Value> {
        self.skip_blanks();
        match self.peek()? {
            '{' => self.bracketed(Self::dictionary_entries),
            '[' => self.bracketed(|reader| reader.elements(']').map(|(list, _)| Value::Array(list))),
            '(' => self.bracketed(Self::tuple_or_value),
            '+' | '-' | '.' | '0'..='9' => self.signed_number(),
            '\'' | '"' => self.strings(),
            _ => self.name_or_string(),
        }
    }

    fn bracketed(&mut self, inner: impl FnOnce(&mut Self) -> Option<Value>) -> Option<Value> {
        if self.depth == DEEPEST {
            return None;
        }
        self.depth += 1;
        self.skip(1);
        let value = inner(self);
        self.depth -= 1;
        value
    }

    fn dictionary_entries(&mut self) -> Option<Value> {
        let mut entries = Map::new();
        while !self.takes('}') {
            let key = key_text(self.value()?)?;
            self.expect(':')?;
            let value = self.value()?;
            entries.insert(key, value);
            if !self.takes(',') {
                self.expect('}')?;
                break;
            }
        }
        Some(Value::Object(entries))
    }

    /// The elements up to `end`, and whether a comma follows one of them.
    fn elements(&mut self, end: char) -> Option<(Vec<Value>, bool)> {
        let mut elements = Vec::new();
        let mut comma = false;
        while !self.takes(end) {
            elements.push(self.value()?);
            if !self.takes(',') {
                self.expect(end)?;
                break;
            }
            comma = true;
        }
        Some((elements, comma))
    }

    /// `(1)` is 1, `(1,)` and `()` are tuples.
    fn tuple_or_value(&mut self) -> Option<Value> {
        let (mut elements, comma) = self.elements(')')?;
        if elements.len() == 1 && !comma { elements.pop() } else { Some(Value::Array(elements)) }
    }

    fn signed_number(&mut self) -> Option<Value> {
        let negative = self.takes('-');
        if !negative {
            self.takes('+');
        }
        let number = self.unsigned_number()?;
        if negative { number.negated() } else { number.value() }
    }

    /// A number in any number of parentheses: Python accepts the literal `-(1)`, but not `--1`.
    fn unsigned_number(&mut self) -> Option<tokens::Literal> {
        let mut open = 0;
        while self.takes('(') {
            open += 1;
            if self.depth + open > DEEPEST {
                return None;
            }
        }
        self.skip_blanks();
        let (number, length) = tokens::read_number(self.rest)?;
        self.skip(length);
        for _ in 0..open {
            self.expect(')')?;
        }
        Some(number)
    }

    fn name_or_string(&mut self) -> Option<Value> {
        let name = self.name();
        match name {
            "None" => self.past(name, Value::Null),
            "True" => self.past(name, Value::Bool(true)),
            "False" => self.past(name, Value::Bool(false)),
            _ => self.strings(),
        }
    }

    fn past(&mut self, name: &str, value: Value) -> Option<Value> {
        self.skip(name.len());
        Some(value)
    }

    /// One or more adjacent string literals, which form one string.
    fn strings(&mut self) -> Option<Value> {
        let mut text = String::new();
        let mut found = false;
        loop {
            let prefix = self.name();
            if !self.rest[prefix.len()..].starts_with(['\'', '"']) {
                // The string ends here, or nothing at all was read.
                return found.then_some(Value::String(text));
            }
            let raw = match prefix {
                "" | "u" | "U" => false,
                "r" | "R" => true,
                // Bytes have no JSON form, and a formatted string is not a literal.
                _ => return None,
            };
            self.skip(prefix.len());
            let length = tokens::read_string(self.rest, raw, &mut text)?;
            self.skip(length);
            found = true;
            self.skip_blanks();
        }
    }

    /// The next identifier or keyword; possibly empty.
    fn name(&self) -> &'a str {
        let end = self
            .rest
            .find(|character: char| character.is_ascii() && !character.is_ascii_alphanumeric() && character != '_')
            .unwrap_or(self.rest.len());
        &self.rest[..end]
    }

    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn skip(&mut self, length: usize) {
        self.rest = self.rest.get(length..).unwrap_or_default();
    }

    fn takes(&mut self, wanted: char) -> bool {
        self.skip_blanks();
        match self.rest.strip_prefix(wanted) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, wanted: char) -> Option<()> {
        self.takes(wanted).then_some(())
    }

    /// Skips white space, comments, and lines joined by a backslash. Within brackets a line break has no meaning.
    fn skip_blanks(&mut self) {
        loop {
            self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\u{c}']);
            if let Some(joined) = self.rest.strip_prefix("\\\n") {
                self.rest = joined;
            } else if self.rest.starts_with('#') {
                self.skip(self.rest.find('\n').unwrap_or(self.rest.len()));
            } else {
                return;
            }
        }
    }
}

/// The text that `json.dumps` writes for a key.
fn key_text(key: Value) -> Option<String> {
    match key {
        Value::String(text) => Some(text),
        Value::Array(_) | Value::Object(_) => None,
        scalar => Some(python::json_dumps(&scalar)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_python_dictionary_is_read_as_json_carries_it() {
        for (text, expected) in [
            ("{}", json!({})),
            ("{ } # done\n", json!({})),
            ("{'a': 1, \"b\": [True, False, None,],}", json!({"a": 1, "b": [true, false, null]})),
            ("{'a': (), 'b': (1), 'c': (1,), 'd': (1, 2)}", json!({"a": [], "b": 1, "c": [1], "d": [1, 2]})),
            ("{1: 'x', 1.5: 'y', None: 'z', True: 0}", json!({"1": "x", "1.5": "y", "null": "z", "true": 0})),
            ("{'a': 'b' \"c\"\n 'd'}", json!({"a": "bcd"})),
            ("{'a': -1, 'b': + 1, 'c': -(1), 'd': -\\\n1}", json!({"a": -1, "b": 1, "c": -1, "d": -1})),
            ("{'a': u'x', 'b': r'\\n', # {\r\n 'c':{}}", json!({"a": "x", "b": "\\n", "c": {}})),
            ("{'a': 1, 'a': 2}", json!({"a": 2})),
        ] {
            assert_eq!(dictionary(text).map(Value::Object), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_literal_or_has_no_json_form_is_refused() {
        for text in [
            "",
            "{",
            "{'a'}",
            "{'a': }",
            "{'a': 1,, }",
            "{,}",
            "{} {}",
            "{}, 1",
            "{'a': x}",
            "{'a': --1}",
            "{'a': -True}",
            "{'a': 1 + 2}",
            "{'a': 1 if 1 else 2}",
            "{**{}}",
            "{'a': f'x'}",
            "{'a': b'x'}",
            "{'a': {1, 2}}",
            "{'a': 1j}",
            "{'a': ...}",
            "{(1, 2): 3}",
            "{[]: 1}",
            "{'a': 1}\0",
            "{'a' 1}",
            "{'a': 'b' b'c'}",
            "{'a': Nonesuch}",
            "{'a': None1}",
            "{'a': 012}",
            "{'a': \u{a0}1}",
            "[1]",
            "'a'",
            "{'a': __import__('os')}",
        ] {
            assert_eq!(dictionary(text), None, "{text}");
        }
    }

    #[test]
    fn brackets_are_read_as_deep_as_python_reads_them_and_no_deeper() {
        let nested = |depth: usize| format!("{{'a': {}{}}}", "[".repeat(depth), "]".repeat(depth));
        assert!(dictionary(&nested(199)).is_some());
        assert!(dictionary(&nested(200)).is_none());
        assert!(dictionary(&nested(1_000_000)).is_none());
        assert!(dictionary(&format!("{{'a': -{}", "(".repeat(1_000_000))).is_none());
    }
}
