//! Masks secrets in everything that is printed and logged, by the rules of ansible-core's `remove_values`
//! (`module_utils/common/parameters.py`).
//!
//! Writes a result as JSON and masks its secrets on the way. A copy of the result as a tree of values would need many times
//! the memory of thousands of tokens.

use crate::validation::python;
use serde::Serialize;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter};
use serde_json::{Number, Serializer, Value};
use std::collections::BTreeSet;
use std::io::{self, Write};

const WHOLE: &str = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER";
const PART: &str = "********";

/// The values to mask.
#[derive(Debug)]
pub(crate) struct Mask {
    secrets: Vec<String>,
    /// Secrets that are masked in messages only, where they are whole words.
    words: Vec<String>,
    /// Secrets that can be part of a number. There are usually none, and numbers need no search.
    in_numbers: Vec<String>,
    /// Texts that are printed where they are a whole value.
    delivered: BTreeSet<String>,
}

impl Mask {
    pub(crate) fn new(secrets: &BTreeSet<String>) -> Self {
        // An error that quotes a value, as serde's do, escapes quotation marks and line breaks in it.
        let mut longest_first: Vec<String> = secrets
            .iter()
            .filter(|secret| !is_blank(secret))
            .flat_map(|secret| [secret.clone(), secret.escape_debug().to_string()])
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        // A secret that contains another one is masked as a whole.
        longest_first.sort_by_key(|secret| std::cmp::Reverse(secret.chars().count()));
        let may_be_in_a_number =
            |secret: &&String| secret.bytes().all(|byte| byte.is_ascii_digit() || b"+-.e".contains(&byte));
        Self {
            in_numbers: longest_first.iter().filter(may_be_in_a_number).cloned().collect(),
            secrets: longest_first,
            words: Vec::new(),
            delivered: BTreeSet::new(),
        }
    }

    /// Prints these texts where they are a whole value.
    pub(crate) fn delivering(mut self, delivered: &BTreeSet<String>) -> Self {
        self.delivered.clone_from(delivered);
        self
    }

    /// Masks these texts in messages, where they are whole words.
    pub(crate) fn with_words(mut self, words: &BTreeSet<String>) -> Self {
        self.words = words.iter().filter(|word| !is_blank(word)).cloned().collect();
        self.words.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
        self
    }

    /// A message: its secrets, and the words, replaced by asterisks.
    pub(crate) fn message(&self, message: &str) -> String {
        let text = self.text(message);
        self.words.iter().fold(text, |text, word| without_word(&text, word))
    }

    /// Replaces a text that is a secret by a word, and a secret within a text by asterisks.
    pub(crate) fn text(&self, text: &str) -> String {
        self.masked(text).unwrap_or_else(|| text.to_owned())
    }

    /// The masked text, or `None` for a text without a secret.
    fn masked(&self, text: &str) -> Option<String> {
        if self.delivered.contains(text) {
            return None;
        }
        if self.secrets.iter().any(|secret| secret == text) {
            return Some(WHOLE.to_owned());
        }
        self.secrets.iter().fold(None, |masked: Option<String>, secret| {
            let text = masked.as_deref().unwrap_or(text);
            if text.contains(secret.as_str()) { Some(text.replace(secret.as_str(), PART)) } else { masked }
        })
    }
}

/// The text with asterisks in place of each occurrence of the word that neither begins nor ends inside of a longer word.
fn without_word(text: &str, word: &str) -> String {
    let is_part = |character: Option<char>| character.is_some_and(char::is_alphanumeric);
    let begins = is_part(word.chars().next());
    let ends = is_part(word.chars().next_back());
    let (mut clean, mut rest, mut before) = (String::with_capacity(text.len()), text, None);
    while let Some((start, after)) = rest.split_once(word) {
        let previous = start.chars().next_back().or(before);
        let continues = (begins && is_part(previous)) || (ends && is_part(after.chars().next()));
        clean.push_str(start);
        clean.push_str(if continues { word } else { PART });
        before = word.chars().next_back();
        rest = after;
    }
    clean.push_str(rest);
    clean
}

/// Spaces and commas are leftovers of a split, not secrets. Masking them would turn every space into asterisks.
fn is_blank(secret: &str) -> bool {
    secret.chars().all(|character| character.is_whitespace() || character == ',')
}

impl Mask {
    /// `value` as JSON on one line, with every text and number masked.
    ///
    /// # Errors
    ///
    /// `value` cannot be JSON.
    pub(crate) fn json<T: Serialize + ?Sized>(&self, value: &T) -> serde_json::Result<Vec<u8>> {
        let mut json = Vec::new();
        value.serialize(&mut Serializer::with_formatter(&mut json, Masking::new(self)))?;
        Ok(json)
    }
}

/// Writes as serde_json does, except for secrets. Keys stay, as in Ansible: a secret `a` would otherwise rename half of the
/// result.
struct Masking<'a> {
    mask: &'a Mask,
    in_key: bool,
    /// Parts of a text are joined, because a secret can span two of them.
    gathering: bool,
    text: String,
}

impl<'a> Masking<'a> {
    fn new(mask: &'a Mask) -> Self {
        Self { mask, in_key: false, gathering: false, text: String::new() }
    }

    /// Writes a number unless `masked_by`, its text, contains a secret. As a key, it is a text without its quotation marks.
    fn number<W: ?Sized + Write>(&mut self, writer: &mut W, digits: &str, masked_by: &str) -> io::Result<()> {
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

    /// A float is searched in Python's notation, which a task with this secret sees.
    fn float<W: ?Sized + Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        let Some(number) = Number::from_f64(value) else { return CompactFormatter.write_null(writer) };
        self.number(writer, &number.to_string(), &python::number_text(&number))
    }
}

impl Formatter for Masking<'_> {
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
        CompactFormatter.write_string_fragment(writer, fragment)
    }

    fn write_char_escape<W: ?Sized + Write>(&mut self, writer: &mut W, escape: CharEscape) -> io::Result<()> {
        if self.gathering {
            self.text.push(escaped(&escape));
            return Ok(());
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
        CompactFormatter.end_string(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.in_key = true;
        CompactFormatter.begin_object_key(writer, first)
    }

    fn end_object_key<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.in_key = false;
        Ok(())
    }

    /// A value that was serialized before can contain a secret, too.
    fn write_raw_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let value: Value = serde_json::from_str(fragment)?;
        writer.write_all(&self.mask.json(&value)?)
    }
}

/// The character of an escape.
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
