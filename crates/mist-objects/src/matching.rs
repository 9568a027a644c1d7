//! Identifies an object among those found. No I/O.

use crate::error::ObjectError;
use crate::secrets;
use crate::table::Kind;
use crate::value::{is_nothing, text};
use serde_json::{Map, Value};
use std::collections::HashMap;
use unicode_normalization::UnicodeNormalization as _;

/// The fields that identify an object: by default those of the kind.
///
/// # Errors
/// No field identifies objects of the kind, one of the fields is not declared, or its text begins or ends with a blank.
pub fn fields(kind: &Kind, asked: &[String], declared: &Map<String, Value>) -> Result<Vec<String>, ObjectError> {
    let own = asked.is_empty();
    let is_rule = own || kind.key.iter().all(|field| asked.contains(field));
    let mut fields: Vec<String> = if own { kind.key.clone() } else { asked.to_vec() };
    if own
        && let Some(also) =
            kind.key_where_declared.as_ref().filter(|also| declared.get(*also).is_some_and(|value| !is_nothing(value)))
    {
        fields.push(also.clone());
    }
    if fields.is_empty() {
        return Err(ObjectError::NoKey);
    }
    for field in &mut fields {
        // A name has become an id.
        if at(declared, field).is_none()
            && let Some((target, _)) = kind.schema.named_reference(field)
        {
            *field = target;
        }
        match at(declared, field).filter(|value| !is_nothing(value)) {
            None if is_rule && is_content(field) => {}
            None => return Err(ObjectError::KeyNotDeclared { field: field.clone() }),
            Some(Value::String(text)) if has_blank_ends(text) => {
                return Err(ObjectError::BlankEnds { field: field.clone(), value: text.clone() });
            }
            Some(_) => {}
        }
    }
    // An object that is identified by its content has some.
    match fields.first().filter(|_| own && fields.iter().all(|field| at(declared, field).is_none_or(is_nothing))) {
        Some(_) => Err(ObjectError::KeyNotDeclared { field: CONTENT[1].to_owned() }),
        None => Ok(fields),
    }
}

/// Fields that identify a rule without a name. A missing one is empty.
const CONTENT: [&str; 7] =
    ["template_id", "src_wxtags", "dst_allow_wxtags", "dst_deny_wxtags", "dst_wxtags", "apply_tags", "blocked_apps"];

/// True for a field that identifies a rule, and that can be missing.
pub(crate) fn is_content(field: &str) -> bool {
    CONTENT.contains(&field)
}

/// True if a text begins or ends with a character that is not visible.
fn has_blank_ends(text: &str) -> bool {
    text.starts_with(is_invisible) || text.ends_with(is_invisible)
}

/// Blanks in every width, also zero, and control characters.
fn is_invisible(character: char) -> bool {
    character.is_whitespace()
        || character.is_control()
        || matches!(character, '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// A text without blanks, case and Unicode form. Names that a person cannot tell apart are equal.
#[must_use]
pub fn folded(text: &str) -> String {
    let folded = text.nfkd().flat_map(char::to_lowercase).flat_map(char::to_uppercase);
    folded.nfkd().filter(|character| !is_invisible(*character)).collect()
}

/// The objects that were found, by one list of identifying fields.
#[derive(Debug)]
pub struct KeyIndex<'a> {
    fields: &'a [String],
    keys: Vec<Option<Vec<String>>>,
    exact: HashMap<Vec<String>, Vec<usize>>,
    folded: HashMap<Vec<String>, Vec<usize>>,
}

/// The objects that a declared key may mean, as positions in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fit {
    None,
    One(usize),
    Several(Vec<usize>),
    /// The only object with a similar key has the declared one in small or capital letters, as a cloud keeps it that changes the
    /// case.
    KeptOtherwise(usize),
    /// These keys differ only in blanks, case or Unicode form.
    Similar(Vec<usize>),
}

impl<'a> KeyIndex<'a> {
    #[must_use]
    pub fn new<'f>(fields: &'a [String], found: impl IntoIterator<Item = &'f Map<String, Value>>) -> Self {
        let keys: Vec<Option<Vec<String>>> = found.into_iter().map(|object| key(fields, object)).collect();
        let (mut exact, mut folded): (HashMap<_, Vec<usize>>, HashMap<_, Vec<usize>>) = Default::default();
        for (number, key) in keys.iter().enumerate().filter_map(|(number, key)| Some((number, key.as_ref()?))) {
            folded.entry(folded_key(key)).or_default().push(number);
            exact.entry(key.clone()).or_default().push(number);
        }
        Self { fields, keys, exact, folded }
    }

    /// The objects that the key of a declaration may mean.
    #[must_use]
    pub fn fit(&self, declared: &Map<String, Value>) -> Fit {
        let Some(wanted) = key(self.fields, declared) else { return Fit::None };
        match self.exact.get(&wanted).map(Vec::as_slice) {
            Some([one]) => return Fit::One(*one),
            Some([]) | None => {}
            Some(several) => return Fit::Several(several.to_vec()),
        }
        match self.folded.get(&folded_key(&wanted)).map(Vec::as_slice) {
            Some([]) | None => Fit::None,
            Some([one]) if self.is_cased(&wanted, *one) => Fit::KeptOtherwise(*one),
            Some(similar) => Fit::Similar(similar.to_vec()),
        }
    }

    /// True if each part of the key has the declared letters, or all of them in one case.
    fn is_cased(&self, wanted: &[String], number: usize) -> bool {
        let is_form = |(kept, wanted): (&String, &String)| {
            kept == wanted || *kept == wanted.to_lowercase() || *kept == wanted.to_uppercase()
        };
        let kept = self.keys.get(number).and_then(Option::as_ref);
        kept.is_some_and(|kept| kept.iter().zip(wanted).all(is_form))
    }
}

fn folded_key(key: &[String]) -> Vec<String> {
    key.iter().map(|part| folded(part)).collect()
}

/// True if two keys differ only in blanks, case or Unicode form.
#[must_use]
pub fn are_similar(one: &[String], other: &[String]) -> bool {
    folded_key(one) == folded_key(other)
}

/// The comparable values of these fields. `None` if one is missing.
#[must_use]
pub fn key(fields: &[String], object: &Map<String, Value>) -> Option<Vec<String>> {
    fields
        .iter()
        .map(|field| {
            match at(object, field).filter(|value| !is_nothing(value)) {
                None => is_content(field).then(String::new),
                Some(value) if field == "mac" => Some(mac(&text(value))),
                // The order of ids has no meaning.
                Some(Value::Array(items)) => {
                    let mut items: Vec<String> = items.iter().map(text).collect();
                    items.sort();
                    Some(items.join("\n"))
                }
                Some(value) => Some(text(value)),
            }
        })
        .collect()
}

/// The name of an object for messages. A secret that identifies it is masked.
#[must_use]
pub fn title(fields: &[String], object: &Map<String, Value>) -> String {
    let shown = |field: &String| {
        let is_secret = field.rsplit('.').next().is_some_and(secrets::is_secret_name);
        at(object, field).map(|value| if is_secret { secrets::MASK.to_owned() } else { text(value) })
    };
    let parts: Vec<String> = fields.iter().filter_map(shown).collect();
    parts.join(" / ")
}

/// A MAC address as Mist keeps it, without separators and in lower case. `None`: the text is not one.
#[must_use]
pub fn mac_address(text: &str) -> Option<String> {
    let bare: String = text.chars().filter(|character| !matches!(character, ':' | '-' | '.')).collect();
    let is_mac = bare.len() == 12 && bare.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_mac.then(|| bare.to_ascii_lowercase())
}

/// The same, or the text as it is.
#[must_use]
pub fn mac(text: &str) -> String {
    mac_address(text).unwrap_or_else(|| text.to_owned())
}

/// The value at a dotted path.
#[must_use]
pub fn at<'a>(object: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    if let Some(value) = object.get(path) {
        return Some(value);
    }
    let (first, rest) = path.split_once('.')?;
    at(object.get(first)?.as_object()?, rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Level, kind};
    use serde_json::json;

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn the_fields_of_the_kind_or_of_the_task_identify_an_object() {
        let wlans = kind(Level::Org, "wlans").unwrap();
        let asked = |fields: &[&str]| fields.iter().map(|field| (*field).to_owned()).collect::<Vec<_>>();
        for (given, declared, expected) in [
            (&[][..], json!({"ssid": "a"}), Ok(asked(&["ssid"]))),
            (&[], json!({"ssid": "a", "template_id": "t"}), Ok(asked(&["ssid", "template_id"]))),
            (&[], json!({"ssid": "a", "template_id": null}), Ok(asked(&["ssid"]))),
            (&["template"], json!({"ssid": "a", "template_id": "t"}), Ok(asked(&["template_id"]))),
            (&["ssid", "auth.type"], json!({"ssid": "a", "auth": {"type": "psk"}}), Ok(asked(&["ssid", "auth.type"]))),
            (&["apply_to"], json!({"ssid": "a"}), Err("apply_to")),
            (&[], json!({"ssid": ""}), Err("ssid")),
        ] {
            match (fields(&wlans, &asked(given), &object(declared)), expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected),
                (Err(found), Err(field)) => assert_eq!(found, ObjectError::KeyNotDeclared { field: field.to_owned() }),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn a_key_with_blank_ends_is_refused() {
        let sites = kind(Level::Org, "sites").unwrap();
        for name in ["A ", " A", "A\u{a0}", "\u{200b}A", "A\n", "\u{feff}A", " "] {
            let error = fields(&sites, &[], &object(json!({"name": name}))).unwrap_err();
            assert_eq!(error, ObjectError::BlankEnds { field: "name".to_owned(), value: name.to_owned() });
        }
        assert!(fields(&sites, &[], &object(json!({"name": "A B"}))).is_ok());
    }

    #[test]
    fn a_key_fits_exactly_or_in_another_case_or_is_only_similar() {
        let found = ["Branch 1", "Z\u{fc}rich", "BRANCH", "oslo", "twin", "twin", "Lab", "LAB", "Caf\u{e9}"];
        let found: Vec<_> = found.iter().map(|name| object(json!({"name": name}))).collect();
        let fields = ["name".to_owned()];
        let index = KeyIndex::new(&fields, &found);
        for (name, expected) in [
            ("Branch 1", Fit::One(0)),
            ("Branch 2", Fit::None),
            ("twin", Fit::Several(vec![4, 5])),
            ("branch", Fit::KeptOtherwise(2)),
            ("Branch", Fit::KeptOtherwise(2)),
            ("Oslo", Fit::KeptOtherwise(3)),
            ("branch 1", Fit::Similar(vec![0])),
            ("Branch\u{a0}1", Fit::Similar(vec![0])),
            ("Branch  1", Fit::Similar(vec![0])),
            ("Bran\u{200b}ch 1", Fit::Similar(vec![0])),
            ("Zu\u{308}rich", Fit::Similar(vec![1])),
            ("\u{ff22}ranch 1", Fit::Similar(vec![0])),
            ("lab", Fit::Similar(vec![6, 7])),
            ("Cafe", Fit::None),
        ] {
            assert_eq!(index.fit(&object(json!({"name": name}))), expected, "{name:?}");
        }
    }

    #[test]
    fn a_part_of_a_key_that_is_equal_does_not_count_as_case() {
        let fields = ["ssid".to_owned(), "template_id".to_owned()];
        let found = [object(json!({"ssid": "GUEST", "template_id": "t-1"}))];
        let index = KeyIndex::new(&fields, &found);
        assert_eq!(index.fit(&object(json!({"ssid": "guest", "template_id": "t-1"}))), Fit::KeptOtherwise(0));
        assert_eq!(index.fit(&object(json!({"ssid": "guest", "template_id": "t-2"}))), Fit::None);
    }

    #[test]
    fn a_mac_address_is_the_same_in_every_form() {
        let fields = ["mac".to_owned()];
        let key = |mac: &str| key(&fields, &object(json!({"mac": mac})));
        assert_eq!(key("5C-5B-35-00-00-0A"), key("5c5b3500000a"));
        assert_eq!(key("5c:5b:35:00:00:0a"), key("5c5b.3500.000a"));
        assert_ne!(key("x-y"), key("xy"));
        assert_eq!(key(""), None);
    }
}
