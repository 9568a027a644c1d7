#![allow(dead_code)] // Some options exist only for their definition.

use super::*;
use crate::rules;
use crate::{AnsiblePath, Failure, NoLog, Success, Task};
use serde::{Deserialize, Serialize};
use serde_json::{Map, json};

/// The desired state.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// Existing.
    #[default]
    Present,
    /// Missing.
    Absent,
}

/// Levels without a word to each.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Level {
    Low,
    High,
}

/// Options that several modules share.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(transform = rules::required_together(vec!["token", "host"]))]
pub(crate) struct Shared {
    /// Where.
    #[serde(default = "default_host")]
    #[schemars(extend("x-ansible-env" = ["THE_HOST", "HOST_TOO"]))]
    pub(crate) host: String,
    /// With what.
    #[schemars(extend("x-ansible-aliases" = ["key"]))]
    pub(crate) token: Option<NoLog>,
}

fn default_host() -> String {
    "example.org".to_owned()
}

/// Part of a whole.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(transform = rules::required_one_of(vec!["site", "role"]))]
pub(crate) struct Part {
    /// The site.
    pub(crate) site: Option<String>,
    /// As whom.
    pub(crate) role: Option<Level>,
    /// How many.
    pub(crate) count: u8,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(transform = rules::mutually_exclusive(vec!["name", "id"]))]
#[schemars(transform = rules::required_if("state", "present", vec!["name"]))]
pub(crate) struct Options {
    /// The state.
    ///
    /// In a second
    /// paragraph.
    #[serde(default)]
    pub(crate) state: State,
    /// The name.
    pub(crate) name: Option<String>,
    /// The id.
    #[schemars(extend("x-ansible-removed-in" = "2.0.0", "x-ansible-version-added" = "0.2.0"))]
    pub(crate) id: Option<String>,
    /// The target.
    pub(crate) file: Option<AnsiblePath>,
    /// Levels.
    #[serde(default)]
    pub(crate) levels: Vec<Level>,
    /// Secrets.
    pub(crate) secrets: Option<Vec<NoLog>>,
    /// Parts.
    pub(crate) parts: Option<Vec<Part>>,
    /// One part.
    pub(crate) part: Option<Part>,
    /// Anything.
    pub(crate) anything: Option<Value>,
    /// A body.
    #[serde(default)]
    pub(crate) body: Map<String, Value>,
    /// How long.
    pub(crate) seconds: u32,
    /// Sure?
    #[serde(default = "sure")]
    pub(crate) sure: bool,
    /// How much.
    pub(crate) share: Option<f64>,
    #[serde(flatten)]
    pub(crate) shared: Shared,
}

fn sure() -> bool {
    true
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Results {
    /// The text.
    #[schemars(extend("x-ansible-returned" = "always"), example = &"hello")]
    pub(crate) said: String,
    /// To whom.
    pub(crate) people: Option<Vec<Person>>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Person {
    /// The name.
    pub(crate) name: String,
}

/// A module with all kinds of options. Only its definition matters.
pub(crate) struct Everything;

impl Module for Everything {
    const NAME: &'static str = "everything";
    const VERSION: &'static str = "1.2.3";
    type Options = Options;
    type Results = Results;
    const DOCUMENTATION: Documentation = Documentation::new().short_description("Everything: at once");
    fn run(_: &mut Task, options: Options) -> Result<Success<Results>, Failure> {
        let said = format!("{options:?}");
        Ok(Success::unchanged(Results { said, people: None }))
    }
}

fn spec() -> ArgumentSpec {
    Definition::of::<Everything>().unwrap().spec
}

#[test]
fn options_keep_the_order_of_their_declaration() {
    let names: Vec<String> = spec().keys().cloned().collect();
    assert_eq!(
        names.join(" "),
        "state name id file levels secrets parts part anything body seconds sure share host token"
    );
}

#[test]
fn each_rust_type_has_its_ansible_type() {
    let spec = spec();
    for (option, argument_type, elements) in [
        ("state", ArgumentType::Str, None),
        ("name", ArgumentType::Str, None),
        ("file", ArgumentType::Path, None),
        ("levels", ArgumentType::List, Some(ArgumentType::Str)),
        ("secrets", ArgumentType::List, Some(ArgumentType::Str)),
        ("parts", ArgumentType::List, Some(ArgumentType::Dict)),
        ("part", ArgumentType::Dict, None),
        ("anything", ArgumentType::Raw, None),
        ("body", ArgumentType::Dict, None),
        ("seconds", ArgumentType::Int, None),
        ("sure", ArgumentType::Bool, None),
        ("share", ArgumentType::Float, None),
    ] {
        assert_eq!(spec[option].argument_type, Some(argument_type), "{option}");
        assert_eq!(spec[option].elements, elements, "{option}");
    }
}

#[test]
fn only_an_option_without_default_that_is_not_optional_is_required() {
    let required: Vec<String> =
        spec().into_iter().filter(|(_, argument)| argument.required).map(|(name, _)| name).collect();
    assert_eq!(required, ["seconds"]);
}

#[test]
fn defaults_and_choices_come_from_serde() {
    let spec = spec();
    assert_eq!(spec["state"].default, Some(json!("present")));
    assert_eq!(spec["state"].choices, [json!("present"), json!("absent")]);
    assert_eq!(spec["levels"].choices, [json!("low"), json!("high")]);
    assert_eq!(spec["sure"].default, Some(json!(true)));
    assert_eq!(spec["host"].default, Some(json!("example.org")));
    assert_eq!(spec["name"].default, None);
}

#[test]
fn secrets_are_no_log_alone_and_in_lists() {
    let spec = spec();
    assert_eq!(spec["token"].no_log, Some(true));
    assert_eq!(spec["secrets"].no_log, Some(true));
    assert_eq!(spec["name"].no_log, None);
}

#[test]
fn extensions_of_fields_arrive() {
    let spec = spec();
    assert_eq!(spec["token"].aliases, ["key"]);
    let fallback = spec["host"].fallback.clone().unwrap();
    assert_eq!(fallback.1, ["THE_HOST", "HOST_TOO"]);
    assert_eq!(spec["id"].removed_in_version, Some(json!("2.0.0")));
}

#[test]
fn sub_options_come_with_their_rules() {
    let spec = spec();
    for option in ["part", "parts"] {
        let argument = &spec[option];
        let options = argument.options.as_ref().unwrap();
        assert!(options["count"].required);
        assert_eq!(options["role"].choices, [json!("low"), json!("high")]);
        assert_eq!(argument.rules.required_one_of, [["site", "role"]]);
    }
}

#[test]
fn rules_of_a_flattened_struct_add_to_those_of_its_taker() {
    let rules = Definition::of::<Everything>().unwrap().rules;
    assert_eq!(rules.mutually_exclusive, [["name", "id"]]);
    assert_eq!(rules.required_together, [["token", "host"]]);
    assert_eq!(rules.required_if[0].needed, ["name"]);
    assert!(!rules.required_if[0].any_of);
}

#[test]
fn a_doc_comment_is_paragraphs() {
    let definition = Definition::of::<Everything>().unwrap();
    assert_eq!(definition.options.fields[0].node.description, ["The state.", "In a second paragraph."]);
}

/// Definition and results of a module for its documentation.
pub(crate) fn documented<M: Module>() -> (Definition, Returned) {
    super::documented::<M>().unwrap()
}

/// The faults of a module with these options and results.
fn refusal<O: JsonSchema + serde::de::DeserializeOwned, R: JsonSchema + Serialize>() -> String {
    struct Wrong<O, R>(std::marker::PhantomData<(O, R)>);
    impl<O: JsonSchema + serde::de::DeserializeOwned, R: JsonSchema + Serialize> Module for Wrong<O, R> {
        const NAME: &'static str = "wrong";
        const VERSION: &'static str = "0";
        type Options = O;
        type Results = R;
        fn run(_: &mut Task, _: O) -> Result<Success<R>, Failure> {
            Err("wrong".into())
        }
    }
    crate::check::check::<Wrong<O, R>>().unwrap_err().to_string()
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Undocumented {
    naked: String,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(transform = rules::required_by("there", vec!["nowhere"]))]
struct Lost {
    /// Here.
    there: String,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Misspelt {
    /// A secret.
    #[schemars(extend("x-ansible-nolog" = true))]
    secret: String,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Reserved {
    /// Already the protocol's.
    msg: String,
}

#[derive(Deserialize, JsonSchema)]
struct Secretive {
    /// Its default could not be documented.
    #[serde(default)]
    levels: Vec<Unspeakable>,
}

#[derive(Deserialize, JsonSchema)]
enum Unspeakable {
    Silent,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Endless {
    /// Itself.
    within: Option<Box<Endless>>,
}

#[test]
fn what_a_type_cannot_say_to_ansible_is_refused() {
    for (error, words) in [
        (refusal::<(), ()>(), "the module has no description"),
        (refusal::<Undocumented, ()>(), "option naked: no doc comment"),
        (refusal::<(), Undocumented>(), "result naked: no doc comment"),
        (refusal::<Lost, ()>(), "names the unknown option nowhere"),
        (refusal::<Misspelt, ()>(), "secret: x-ansible-"),
        (refusal::<(), Reserved>(), "result msg: the protocol uses"),
        (refusal::<Secretive, ()>(), "option levels: the default"),
        (refusal::<Endless, ()>(), "a type that contains itself"),
        (refusal::<Vec<String>, ()>(), "the options must be a struct"),
        (refusal::<(), String>(), "the results must be a struct"),
    ] {
        assert!(error.contains(words), "{error}");
    }
}
