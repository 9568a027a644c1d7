//! The `x-ansible-*` keys of a schema: the properties of an option that its Rust type does not express.

use crate::spec::{ArgumentType, DeprecatedAlias, OneOrMany, Rules};
use serde::Deserialize;
use serde_json::{Map, Value};

const PREFIX: &str = "x-ansible-";

/// All keys; the crate page explains them. An unknown key is refused, because an ignored `x-ansible-nolog` would print a
/// secret.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Extensions {
    #[serde(rename = "type")]
    pub(crate) argument_type: Option<ArgumentType>,
    pub(crate) elements: Option<ArgumentType>,
    pub(crate) no_log: Option<bool>,
    pub(crate) aliases: Vec<String>,
    pub(crate) env: Option<OneOrMany>,
    pub(crate) version_added: Option<String>,
    pub(crate) removed_in: Option<String>,
    pub(crate) removed_at_date: Option<String>,
    pub(crate) removed_from_collection: Option<String>,
    pub(crate) deprecated_aliases: Vec<DeprecatedAlias>,
    pub(crate) apply_defaults: bool,
    pub(crate) returned: Option<String>,
    /// True if a result has a reserved name on purpose.
    pub(crate) reserved_name: bool,
    /// The group of the option in `--help`.
    pub(crate) group: Option<String>,
    mutually_exclusive: Vec<Vec<String>>,
    required_together: Vec<Vec<String>>,
    required_one_of: Vec<Vec<String>>,
    required_if: Vec<crate::spec::RequiredIf>,
    required_by: indexmap::IndexMap<String, OneOrMany>,
}

impl Extensions {
    /// Reads the keys of one schema object and, for the rules, of the members of its `allOf`.
    ///
    /// # Errors
    ///
    /// An unknown key, or a value of another type.
    pub(crate) fn read(schema: &Map<String, Value>) -> Result<Self, String> {
        let mut extensions = Self::of_object(schema)?;
        let members = schema.get("allOf").and_then(Value::as_array);
        for member in members.into_iter().flatten().filter_map(Value::as_object) {
            extensions.add_rules_of(Self::of_object(member)?);
        }
        Ok(extensions)
    }

    fn of_object(schema: &Map<String, Value>) -> Result<Self, String> {
        let own: Map<String, Value> = schema
            .iter()
            .filter_map(|(key, value)| {
                let key = key.strip_prefix(PREFIX)?;
                Some((key.to_owned(), value.clone()))
            })
            .collect();
        // Most values have none, and each run reads all of them.
        if own.is_empty() {
            return Ok(Self::default());
        }
        Self::deserialize(&own).map_err(|error| {
            let alone = |(key, value): (&String, &Value)| Map::from_iter([(key.clone(), value.clone())]);
            let culprit = own.iter().find(|entry| Self::deserialize(&alone(*entry)).is_err());
            format!("{PREFIX}{}: {error}", culprit.map_or("*", |(key, _)| key))
        })
    }

    fn add_rules_of(&mut self, other: Self) {
        self.mutually_exclusive.extend(other.mutually_exclusive);
        self.required_together.extend(other.required_together);
        self.required_one_of.extend(other.required_one_of);
        self.required_if.extend(other.required_if);
        for (option, needed) in other.required_by {
            match self.required_by.entry(option) {
                indexmap::map::Entry::Vacant(vacant) => {
                    vacant.insert(needed);
                }
                indexmap::map::Entry::Occupied(mut occupied) => {
                    let mut all = names(occupied.get());
                    all.extend(names(&needed));
                    occupied.insert(OneOrMany::Many(all));
                }
            }
        }
    }

    pub(crate) fn rules(&self) -> Rules {
        Rules {
            mutually_exclusive: self.mutually_exclusive.clone(),
            required_together: self.required_together.clone(),
            required_one_of: self.required_one_of.clone(),
            required_if: self.required_if.clone(),
            required_by: self.required_by.clone(),
        }
    }

    /// The environment variables of the fallback, in their order.
    pub(crate) fn environment(&self) -> Vec<String> {
        self.env.as_ref().map(names).unwrap_or_default()
    }
}

/// A list, in either notation.
pub(crate) fn names(one_or_many: &OneOrMany) -> Vec<String> {
    match one_or_many {
        OneOrMany::One(name) => vec![name.clone()],
        OneOrMany::Many(names) => names.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(schema: Value) -> Result<Extensions, String> {
        Extensions::read(schema.as_object().unwrap())
    }

    #[test]
    fn a_misspelt_key_is_refused_and_named() {
        let error = read(json!({"type": "string", "x-ansible-nolog": true})).unwrap_err();
        assert!(error.contains("nolog"), "{error}");
    }

    #[test]
    fn a_key_of_another_shape_is_refused_and_named() {
        let error = read(json!({"x-ansible-no-log": "yes"})).unwrap_err();
        assert!(error.starts_with("x-ansible-no-log: "), "{error}");
    }

    #[test]
    fn one_variable_or_several() {
        let one = read(json!({"x-ansible-env": "A"})).unwrap();
        assert_eq!(one.environment(), ["A"]);
        let several = read(json!({"x-ansible-env": ["A", "B"]})).unwrap();
        assert_eq!(several.environment(), ["A", "B"]);
    }

    #[test]
    fn rules_of_all_members_add_up() {
        let rules = read(json!({
            "x-ansible-mutually-exclusive": [["a", "b"]],
            "x-ansible-required-by": {"a": "b"},
            "allOf": [
                {"x-ansible-mutually-exclusive": [["c", "d"]]},
                {"x-ansible-required-by": {"a": ["c"], "d": ["a"]}},
                {"x-ansible-required-if": [["a", 1, ["b"], true]]},
            ]
        }))
        .unwrap()
        .rules();
        assert_eq!(rules.mutually_exclusive, [["a", "b"], ["c", "d"]]);
        assert_eq!(names(&rules.required_by["a"]), ["b", "c"]);
        assert_eq!(names(&rules.required_by["d"]), ["a"]);
        assert!(rules.required_if[0].any_of);
    }
}
