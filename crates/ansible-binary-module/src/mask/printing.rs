//! A result becomes text, and its secrets are masked on the way: no copy of it as a tree of values is made, which for
//! thousands of tokens would be many times their size.

use super::{Mask, WHOLE};
use crate::validation::python;
use serde::Serialize;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter};
use serde_json::{Number, Serializer, Value};
use std::io::{self, Write};

impl Mask {
    /// `result` as JSON in one line, every text and number masked. Of its own fields, those that are null are left out, but
    /// for `nulls`.
    ///
    /// # Errors
    ///
    /// When `result` cannot be JSON.
    pub(crate) fn line<R: Serialize + ?Sized>(&self, result: &R, nulls: &[&str]) -> serde_json::Result<Vec<u8>> {
        let mut line = Vec::with_capacity(1024);
        result.serialize(&mut Serializer::with_formatter(&mut line, Masking::new(self, 0, nulls)))?;
        line.push(b'\n');
        Ok(line)
    }
}

/// Writes as serde_json does, but for what is a secret. Keys stay, as in Ansible: a secret `a` would otherwise rename
/// half of the result.
struct Masking<'a> {
    mask: &'a Mask,
    /// The outermost fields that are written though they are null.
    nulls: &'a [&'a str],
    /// How many objects and lists are open.
    depth: usize,
    in_key: bool,
    /// The key of an outermost field, in quotation marks, until there is something to write after it.
    key: Vec<u8>,
    /// Whether a field was written before.
    followed: bool,
    /// A text's parts are gathered, since a secret may be in two of them.
    gathering: bool,
    text: String,
}

/// How many objects and lists are open where the result's own fields are.
const OUTERMOST: usize = 1;

impl<'a> Masking<'a> {
    fn new(mask: &'a Mask, depth: usize, nulls: &'a [&'a str]) -> Self {
        let text = String::new();
        Self { mask, nulls, depth, in_key: false, key: Vec::new(), followed: false, gathering: false, text }
    }

    fn key_is_held_back(&self) -> bool {
        self.in_key && self.depth == OUTERMOST
    }

    /// Writes the key that was held back.
    fn begin_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        if self.key.is_empty() {
            return Ok(());
        }
        CompactFormatter.begin_object_key(writer, !self.followed)?;
        self.followed = true;
        writer.write_all(&self.key)?;
        self.key.clear();
        CompactFormatter.begin_object_value(writer)
    }

    /// Writes a number unless its `digits` have a secret in them. As a key it is a text without its quotation marks.
    fn number<W: ?Sized + Write>(&mut self, writer: &mut W, digits: &str, masked_by: &str) -> io::Result<()> {
        if self.key_is_held_back() {
            return self.key.write_all(digits.as_bytes());
        }
        self.begin_value(writer)?;
        if !self.in_key && self.mask.in_numbers.iter().any(|secret| masked_by.contains(secret.as_str())) {
            write!(writer, "\"{WHOLE}\"")
        } else {
            writer.write_all(digits.as_bytes())
        }
    }

    fn integer<W: ?Sized + Write>(&mut self, writer: &mut W, value: i128) -> io::Result<()> {
        let digits = value.to_string();
        self.number(writer, &digits, &digits)
    }

    /// A float is searched as Python writes it, which is what a task with this secret would have seen.
    fn float<W: ?Sized + Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        let Some(number) = Number::from_f64(value) else { return self.write_null(writer) };
        self.number(writer, &number.to_string(), &python::number_text(&number))
    }
}

impl Formatter for Masking<'_> {
    fn write_null<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        let key = self.key.strip_prefix(b"\"").and_then(|key| key.strip_suffix(b"\""));
        if key.is_none_or(|key| self.nulls.iter().any(|name| name.as_bytes() == key)) {
            self.begin_value(writer)?;
            return CompactFormatter.write_null(writer);
        }
        self.key.clear();
        Ok(())
    }

    fn write_bool<W: ?Sized + Write>(&mut self, writer: &mut W, value: bool) -> io::Result<()> {
        if self.key_is_held_back() {
            return CompactFormatter.write_bool(&mut self.key, value);
        }
        self.begin_value(writer)?;
        CompactFormatter.write_bool(writer, value)
    }

    fn write_i8<W: ?Sized + Write>(&mut self, writer: &mut W, value: i8) -> io::Result<()> {
        self.integer(writer, value.into())
    }

    fn write_i16<W: ?Sized + Write>(&mut self, writer: &mut W, value: i16) -> io::Result<()> {
        self.integer(writer, value.into())
    }

    fn write_i32<W: ?Sized + Write>(&mut self, writer: &mut W, value: i32) -> io::Result<()> {
        self.integer(writer, value.into())
    }

    fn write_i64<W: ?Sized + Write>(&mut self, writer: &mut W, value: i64) -> io::Result<()> {
        self.integer(writer, value.into())
    }

    fn write_i128<W: ?Sized + Write>(&mut self, writer: &mut W, value: i128) -> io::Result<()> {
        self.integer(writer, value)
    }

    fn write_u8<W: ?Sized + Write>(&mut self, writer: &mut W, value: u8) -> io::Result<()> {
        self.integer(writer, value.into())
    }

    fn write_u16<W: ?Sized + Write>(&mut self, writer: &mut W, value: u16) -> io::Result<()> {
        self.integer(writer, value.into())
    }

    fn write_u32<W: ?Sized + Write>(&mut self, writer: &mut W, value: u32) -> io::Result<()> {
        self.integer(writer, value.into())
    }

    fn write_u64<W: ?Sized + Write>(&mut self, writer: &mut W, value: u64) -> io::Result<()> {
        self.integer(writer, value.into())
    }

    fn write_u128<W: ?Sized + Write>(&mut self, writer: &mut W, value: u128) -> io::Result<()> {
        let digits = value.to_string();
        self.number(writer, &digits, &digits)
    }

    fn write_f32<W: ?Sized + Write>(&mut self, writer: &mut W, value: f32) -> io::Result<()> {
        self.float(writer, value.into())
    }

    fn write_f64<W: ?Sized + Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        self.float(writer, value)
    }

    fn write_number_str<W: ?Sized + Write>(&mut self, writer: &mut W, value: &str) -> io::Result<()> {
        self.number(writer, value, value)
    }

    fn begin_string<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        if self.key_is_held_back() {
            return self.key.write_all(b"\"");
        }
        self.begin_value(writer)?;
        if self.in_key || self.mask.secrets.is_empty() {
            return CompactFormatter.begin_string(writer);
        }
        self.gathering = true;
        Ok(())
    }

    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        if self.gathering {
            self.text.push_str(fragment);
            return Ok(());
        }
        if self.key_is_held_back() {
            return self.key.write_all(fragment.as_bytes());
        }
        CompactFormatter.write_string_fragment(writer, fragment)
    }

    fn write_char_escape<W: ?Sized + Write>(&mut self, writer: &mut W, escape: CharEscape) -> io::Result<()> {
        if self.gathering {
            self.text.push(escaped(&escape));
            return Ok(());
        }
        if self.key_is_held_back() {
            return CompactFormatter.write_char_escape(&mut self.key, escape);
        }
        CompactFormatter.write_char_escape(writer, escape)
    }

    fn end_string<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        if self.gathering {
            self.gathering = false;
            match self.mask.masked(&self.text) {
                Some(masked) => serde_json::to_writer(&mut *writer, &masked)?,
                None => serde_json::to_writer(&mut *writer, &self.text)?,
            }
            self.text.clear();
            return Ok(());
        }
        if self.key_is_held_back() {
            return self.key.write_all(b"\"");
        }
        CompactFormatter.end_string(writer)
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.begin_value(writer)?;
        self.depth += 1;
        CompactFormatter.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth = self.depth.saturating_sub(1);
        CompactFormatter.end_array(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.begin_value(writer)?;
        self.depth += 1;
        CompactFormatter.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth = self.depth.saturating_sub(1);
        CompactFormatter.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.in_key = true;
        if self.depth == OUTERMOST { Ok(()) } else { CompactFormatter.begin_object_key(writer, first) }
    }

    fn end_object_key<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.in_key = false;
        Ok(())
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        if self.depth == OUTERMOST { Ok(()) } else { CompactFormatter.begin_object_value(writer) }
    }

    /// What somebody wrote as JSON already may have a secret in it like anything else.
    fn write_raw_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let value: Value = serde_json::from_str(fragment)?;
        if value.is_null() {
            return self.write_null(writer);
        }
        self.begin_value(writer)?;
        let within = Masking::new(self.mask, OUTERMOST + 1, &[]);
        Ok(value.serialize(&mut Serializer::with_formatter(&mut *writer, within))?)
    }
}

/// The character that was to be written with a backslash.
fn escaped(escape: &CharEscape) -> char {
    match escape {
        CharEscape::Quote => '"',
        CharEscape::ReverseSolidus => '\\',
        CharEscape::Solidus => '/',
        CharEscape::Backspace => '\u{8}',
        CharEscape::FormFeed => '\u{c}',
        CharEscape::LineFeed => '\n',
        CharEscape::CarriageReturn => '\r',
        CharEscape::Tab => '\t',
        CharEscape::AsciiControl(byte) => char::from(*byte),
    }
}

#[cfg(test)]
mod tests;
