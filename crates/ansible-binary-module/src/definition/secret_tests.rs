//! Secrets in every type that serde can read: each is masked wherever it would be printed or logged, or its type is refused.

#![allow(dead_code)] // The types are only read.

use crate::testing::Invocation;
use crate::{Attribute, Diff, Documentation, Failure, Module, NoLog, Outcome, Success, Support, Task, check, rules};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashMap, LinkedList, VecDeque};
use std::marker::PhantomData;

const SECRET: &str = "hunter2-secret";

/// Prints all its arguments, in every way that a module has.
struct Tell<O>(PhantomData<O>);

#[derive(Serialize, JsonSchema)]
struct Told {
    /// As it came.
    value: Value,
    /// Within a text.
    text: String,
}

impl<O: DeserializeOwned + JsonSchema> Module for Tell<O> {
    const NAME: &'static str = "tell";
    const VERSION: &'static str = "0";
    type Options = O;
    type Results = Told;
    const DOCUMENTATION: Documentation =
        Documentation::new().short_description("Tells").attributes(&[Attribute::check_mode(Support::Full)]);
    fn run(task: &mut Task, _: O) -> Outcome<Told> {
        let value = Value::Object(task.arguments.0.clone());
        task.warn(format!("warned of {value}"));
        let told = Told { text: format!("told {value}"), value: value.clone() };
        if value.get("fail") == Some(&json!(true)) {
            return Err(Failure::new(format!("failed with {value}")).with_results(told));
        }
        Ok(Success::changed(told).with_msg(format!("did {value}")).with_diff(Diff::new(value, json!({}))))
    }
}

#[derive(Debug, PartialEq)]
enum Found {
    Masked,
    Refused,
}

fn tried<O: DeserializeOwned + JsonSchema>(shape: &str, it: &Value) -> Found {
    if let Err(problem) = super::Definition::of::<Tell<O>>() {
        let known =
            ["it contains a secret within", "it is a NoLog, but", "contains itself", "is a property of an option"];
        assert!(known.iter().any(|words| problem.contains(words)), "{shape}: {problem}");
        assert!(check::<Tell<O>>().is_err(), "{shape}");
        let ended = Invocation::<Tell<O>>::new(json!({ "it": it })).run();
        assert_eq!(ended.status, 1, "{shape}");
        assert!(!ended.result.to_string().contains(SECRET), "{shape}");
        return Found::Refused;
    }
    for internal in [json!({}), json!({"_ansible_verbosity": 4}), json!({"_ansible_check_mode": true})] {
        let arguments = if shape.contains("flattened") { it.clone() } else { json!({ "it": it }) };
        let run = Invocation::<Tell<O>>::new(arguments).diff_mode(true).with(internal);
        let ended = run.run();
        let all = format!("{} {:?}", ended.result, ended.logged);
        assert_eq!(ended.status, 0, "{shape}: {all}");
        assert_eq!(ended.logged.len(), 1, "{shape}: {all}");
        assert!(all.contains("********") || all.contains("VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"), "{shape}: {all}");
        assert!(!all.contains(SECRET), "{shape}: {all}");
    }
    Found::Masked
}

/// The finding for a field of this type with this value.
macro_rules! field {
    ($found:ident, $wanted:ident, $type:ty, $value:tt) => {
        field!($found, $wanted, $type, $value,);
    };
    ($found:ident, $wanted:ident, $type:ty, $value:tt, $(#[$meta:meta])*) => {{
        #[derive(Deserialize, JsonSchema)]
        struct Options {
            /// The shape.
            $(#[$meta])*
            it: $type,
        }
        let name = concat!(stringify!($type), $(" ", stringify!($meta)),*);
        $found.push((name, tried::<Options>(name, &json!($value)), Found::$wanted));
    }};
}

macro_rules! flattened {
    ($found:ident, $wanted:ident, $type:ty, $value:tt) => {{
        #[derive(Deserialize, JsonSchema)]
        struct Options {
            /// Another.
            other: Option<String>,
            #[serde(flatten)]
            it: $type,
        }
        let name = concat!("flattened ", stringify!($type));
        $found.push((name, tried::<Options>(name, &json!($value)), Found::$wanted));
    }};
}

#[derive(Deserialize, JsonSchema)]
struct Part {
    /// A secret.
    token: NoLog,
    /// None.
    name: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
struct Whole {
    /// Within.
    part: Part,
}

#[derive(Deserialize, JsonSchema)]
struct Wholes {
    /// Within.
    parts: Vec<Whole>,
}

#[derive(Deserialize, JsonSchema)]
struct WithRest {
    /// None.
    name: Option<String>,
    #[serde(flatten)]
    rest: HashMap<String, NoLog>,
}

#[derive(Deserialize, JsonSchema)]
struct WithPart {
    /// None.
    number: Option<u8>,
    #[serde(flatten)]
    part: Part,
}

#[derive(Deserialize, JsonSchema)]
struct WithAuth {
    #[serde(flatten)]
    auth: Internal,
    #[serde(flatten)]
    other: Untagged,
}

#[derive(Deserialize, JsonSchema)]
struct WithTwo {
    #[serde(flatten)]
    auth: Internal,
    #[serde(flatten)]
    other: External,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum External {
    Token { token: NoLog },
    None,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Newtype {
    Token(NoLog),
    None,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum TupleVariant {
    Token(NoLog, u8),
}

#[derive(Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Internal {
    Token { token: NoLog },
    None,
}

#[derive(Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum InternalNewtype {
    Token(Part),
}

#[derive(Deserialize, JsonSchema)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
enum Adjacent {
    Token(NoLog),
    Part(Part),
    None,
}

#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum Untagged {
    Part { token: NoLog },
    Number(u8),
}

#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum OneUntagged {
    Part(Part),
}

#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum SecretOrNothing {
    Secret(NoLog),
    Nothing,
}

#[derive(Deserialize, JsonSchema)]
struct Wrapper(NoLog);

#[derive(Deserialize, JsonSchema)]
#[serde(transparent)]
struct Transparent {
    inner: Part,
}

#[derive(Deserialize, JsonSchema)]
struct Two(NoLog, u8);

#[derive(Deserialize, JsonSchema)]
struct Generic<T> {
    /// Whatever.
    inner: T,
}

#[derive(Deserialize, JsonSchema)]
#[serde(from = "Wrapper")]
struct Converted(String);

impl From<Wrapper> for Converted {
    fn from(wrapper: Wrapper) -> Self {
        Self(wrapper.0.expose().to_owned())
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Strict {
    /// A secret.
    #[serde(rename = "the-token")]
    token: NoLog,
}

#[derive(Deserialize, JsonSchema)]
struct Tree {
    /// A secret.
    token: Option<NoLog>,
    /// More.
    children: Vec<Tree>,
}

#[derive(Deserialize, JsonSchema)]
struct Chain {
    /// A secret.
    token: Option<NoLog>,
    /// More.
    next: Option<Box<Chain>>,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(extend("x-ansible-no-log" = true))]
struct AllSecret {
    /// Not marked by itself.
    token: String,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(transform = rules::required_together(vec!["token", "name"]))]
struct Ruled {
    /// A secret.
    token: NoLog,
    /// None.
    name: String,
}

/// A type with a hand-written schema that omits the secret.
#[derive(Deserialize)]
struct ByHand(#[allow(dead_code)] Part);

impl JsonSchema for ByHand {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ByHand".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "object"})
    }
}

#[test]
fn a_secret_in_whatever_shape_is_masked_or_its_type_is_refused() {
    let part = || json!({ "token": SECRET, "name": "n" });
    let mut found = Vec::new();
    // A value by itself.
    field!(found, Masked, NoLog, (SECRET));
    field!(found, Masked, Option<NoLog>, (SECRET));
    field!(found, Masked, Option<Option<NoLog>>, (SECRET));
    field!(found, Masked, Box<NoLog>, (SECRET));
    field!(found, Masked, Option<Box<NoLog>>, (SECRET));
    field!(found, Masked, std::sync::Mutex<NoLog>, (SECRET));
    field!(found, Masked, std::cell::RefCell<NoLog>, (SECRET));
    field!(found, Masked, Wrapper, (SECRET));
    field!(found, Masked, Converted, (SECRET));
    field!(found, Masked, SecretOrNothing, (SECRET));
    field!(found, Masked, NoLog, (SECRET), #[schemars(extend("x-ansible-type" = "raw"))]);
    field!(found, Masked, String, (SECRET), #[schemars(extend("x-ansible-no-log" = true))]);
    field!(found, Masked, NoLog, (SECRET), #[schemars(with = "String")]);
    field!(found, Masked, Value, {"deep": [SECRET, {"er": SECRET}]}, #[schemars(extend("x-ansible-no-log" = true))]);
    field!(found, Masked, u32, 82_736_455, #[schemars(extend("x-ansible-no-log" = true))]);
    field!(found, Refused, NoLog, (SECRET), #[schemars(extend("x-ansible-no-log" = false))]);
    field!(found, Refused, Vec<NoLog>, [SECRET], #[schemars(extend("x-ansible-no-log" = false))]);
    // Lists.
    field!(found, Masked, Vec<NoLog>, [SECRET, "another"]);
    field!(found, Masked, Vec<NoLog>, (format!("another,{SECRET}")));
    field!(found, Masked, Option<Vec<NoLog>>, [SECRET]);
    field!(found, Masked, Vec<Option<NoLog>>, [SECRET]);
    field!(found, Masked, Vec<Wrapper>, [SECRET]);
    field!(found, Masked, [NoLog; 2], [SECRET, SECRET]);
    field!(found, Masked, Box<[NoLog]>, [SECRET]);
    field!(found, Masked, VecDeque<NoLog>, [SECRET]);
    field!(found, Masked, LinkedList<NoLog>, [SECRET]);
    field!(found, Masked, Vec<Vec<NoLog>>, [[SECRET], [SECRET]]);
    field!(found, Masked, Vec<Vec<Vec<NoLog>>>, [[[SECRET]]]);
    field!(found, Masked, Vec<NoLog>, [SECRET], #[schemars(length(min = 1))]);
    // Structs.
    field!(found, Masked, Part, (part()));
    field!(found, Masked, Part, (format!("token={SECRET} name=n")));
    field!(found, Masked, Part, (part().to_string()));
    field!(found, Masked, Option<Part>, (part()));
    field!(found, Masked, Box<Part>, (part()));
    field!(found, Masked, Transparent, (part()));
    field!(found, Masked, Strict, {"the-token": SECRET});
    field!(found, Masked, Ruled, (part()));
    field!(found, Masked, Whole, {"part": part()});
    field!(found, Masked, Wholes, {"parts": [{"part": part()}]});
    field!(found, Masked, Generic<NoLog>, {"inner": SECRET});
    field!(found, Masked, Generic<Vec<NoLog>>, {"inner": [SECRET]});
    field!(found, Masked, Generic<Generic<Part>>, {"inner": {"inner": part()}});
    field!(found, Masked, std::ops::Range<NoLog>, {"start": SECRET, "end": SECRET});
    field!(found, Masked, AllSecret, {"token": SECRET});
    field!(found, Masked, ByHand, (part()));
    field!(found, Refused, Part, (part()), #[schemars(extend("x-ansible-type" = "raw"))]);
    field!(found, Refused, Part, (part()), #[schemars(extend("x-ansible-type" = "jsonarg"))]);
    field!(found, Masked, Part, (part()), #[schemars(extend("x-ansible-type" = "raw", "x-ansible-no-log" = true))]);
    field!(found, Masked, Part, (part()), #[schemars(extend("x-ansible-no-log" = false))]);
    // Lists of structs.
    field!(found, Masked, Vec<Part>, [(part()), {"token": SECRET}]);
    field!(found, Masked, Vec<Part>, [(format!("token={SECRET}"))]);
    field!(found, Masked, Option<Vec<Part>>, [(part())]);
    field!(found, Masked, [Part; 1], [(part())]);
    field!(found, Masked, Vec<Box<Part>>, [(part())]);
    field!(found, Masked, Vec<Transparent>, [(part())]);
    field!(found, Masked, Vec<AllSecret>, [{"token": SECRET}]);
    field!(found, Masked, Vec<WithPart>, [(part())]);
    field!(found, Masked, Vec<Option<Part>>, [(part())]);
    field!(found, Masked, Vec<Part>, [(part())], #[serde(default)] #[schemars(extend("default" = []))]);
    field!(found, Refused, Vec<Vec<Part>>, [[(part())]]);
    field!(found, Masked, Vec<Vec<Part>>, [[(part())]], #[schemars(extend("x-ansible-no-log" = true))]);
    field!(found, Refused, Vec<Part>, [(part())], #[schemars(extend("x-ansible-elements" = "raw"))]);
    field!(found, Refused, Vec<Part>, [(part())], #[schemars(extend("x-ansible-type" = "raw"))]);
    // Tuples.
    field!(found, Refused, (NoLog, u8), [SECRET, 1]);
    field!(found, Refused, (u8, Part), [1, (part())]);
    field!(found, Masked, (NoLog,), [SECRET], #[schemars(extend("x-ansible-no-log" = true))]);
    field!(found, Refused, Two, [SECRET, 1]);
    field!(found, Refused, Vec<(NoLog, u8)>, [[SECRET, 1]]);
    field!(found, Masked, Vec<(String, NoLog)>, [["n", SECRET]], #[schemars(extend("x-ansible-no-log" = true))]);
    // Maps.
    field!(found, Refused, HashMap<String, NoLog>, {"a": SECRET});
    field!(found, Refused, BTreeMap<String, NoLog>, {"a": SECRET});
    field!(found, Refused, BTreeMap<u8, NoLog>, {"1": SECRET});
    field!(found, Refused, Option<HashMap<String, NoLog>>, {"a": SECRET});
    field!(found, Refused, HashMap<String, Vec<NoLog>>, {"a": [SECRET]});
    field!(found, Refused, HashMap<String, Part>, {"a": (part())});
    field!(found, Refused, HashMap<String, HashMap<String, NoLog>>, {"a": {"b": SECRET}});
    field!(found, Refused, Vec<HashMap<String, NoLog>>, [{"a": SECRET}]);
    field!(found, Masked, HashMap<String, NoLog>, {"a": SECRET}, #[schemars(extend("x-ansible-no-log" = true))]);
    field!(found, Masked, HashMap<String, Part>, {"a": (part())}, #[schemars(extend("x-ansible-no-log" = true))]);
    field!(found, Masked, Map<String, Value>, {"a": {"b": SECRET}}, #[schemars(extend("x-ansible-no-log" = true))]);
    // Enums.
    field!(found, Refused, External, {"token": {"token": SECRET}});
    field!(found, Refused, Newtype, {"token": SECRET});
    field!(found, Refused, TupleVariant, {"token": [SECRET, 1]});
    field!(found, Refused, Internal, {"kind": "token", "token": SECRET});
    field!(found, Refused, InternalNewtype, {"kind": "token", "token": SECRET});
    field!(found, Refused, Adjacent, {"kind": "token", "value": SECRET});
    field!(found, Refused, Untagged, {"token": SECRET});
    field!(found, Refused, OneUntagged, (part()));
    field!(found, Refused, Option<Internal>, {"kind": "token", "token": SECRET});
    field!(found, Refused, Box<Internal>, {"kind": "token", "token": SECRET});
    field!(found, Refused, Vec<Internal>, [{"kind": "token", "token": SECRET}]);
    field!(found, Refused, Generic<Internal>, {"inner": {"kind": "token", "token": SECRET}});
    field!(found, Refused, Result<NoLog, String>, {"Ok": SECRET});
    field!(found, Refused, std::ops::Bound<NoLog>, {"Included": SECRET});
    field!(found, Masked, Internal, {"kind": "token", "token": SECRET}, #[schemars(extend("x-ansible-no-log" = true))]);
    // Flattened.
    flattened!(found, Masked, Part, (part()));
    flattened!(found, Masked, Option<Part>, (part()));
    flattened!(found, Masked, WithPart, (part()));
    flattened!(found, Masked, Whole, {"part": part()});
    flattened!(found, Refused, HashMap<String, NoLog>, {"a": SECRET});
    flattened!(found, Refused, HashMap<String, Part>, {"a": part()});
    flattened!(found, Refused, Internal, {"kind": "token", "token": SECRET});
    flattened!(found, Refused, External, {"token": {"token": SECRET}});
    flattened!(found, Refused, Untagged, {"token": SECRET});
    flattened!(found, Refused, WithAuth, {"kind": "token", "token": SECRET});
    flattened!(found, Refused, WithTwo, {"kind": "token", "token": SECRET});
    flattened!(found, Refused, AllSecret, {"token": SECRET});
    field!(found, Refused, WithRest, {"a": SECRET});
    field!(found, Refused, Vec<WithRest>, [{"a": SECRET}]);
    field!(found, Masked, WithPart, (part()));
    field!(found, Refused, WithAuth, {"kind": "token", "token": SECRET});
    // Types that contain themselves.
    field!(found, Refused, Tree, {"token": SECRET, "children": []});
    field!(found, Refused, Vec<Tree>, [{"token": SECRET, "children": []}]);
    field!(found, Refused, Chain, {"token": SECRET});
    field!(found, Refused, Tree, {"token": SECRET, "children": []}, #[schemars(extend("x-ansible-type" = "raw"))]);
    field!(found, Refused, Chain, {"next": {"token": SECRET}}, #[schemars(extend("x-ansible-type" = "dict"))]);
    field!(found, Refused, Vec<Tree>, [{"token": SECRET}], #[schemars(extend("x-ansible-elements" = "raw"))]);
    field!(found, Masked, Tree, {"token": SECRET, "children": [{"token": SECRET, "children": []}]}, #[schemars(extend("x-ansible-type" = "raw", "x-ansible-no-log" = true))]);

    let otherwise: Vec<_> = found.iter().filter(|(_, found, wanted)| found != wanted).collect();
    assert!(otherwise.is_empty(), "{otherwise:#?}");
    let refused = found.iter().filter(|(_, found, _)| *found == Found::Refused).count();
    println!("{} shapes: {} masked, {refused} refused", found.len(), found.len() - refused);
    assert!(found.len() > 100, "{}", found.len());
}

#[test]
fn a_secret_is_masked_in_a_failure_too() {
    #[derive(Deserialize, JsonSchema)]
    struct Options {
        /// The shape.
        it: Vec<Part>,
        /// True if to fail.
        fail: bool,
    }
    let part = json!({"token": SECRET});
    for (it, status) in [(json!([part]), 1), (json!([part, 5]), 1), (json!([part, {"name": "n"}]), 1), (json!("=="), 1)]
    {
        let ended = Invocation::<Tell<Options>>::new(json!({"it": it, "fail": true})).run();
        assert_eq!(ended.status, status);
        assert!(!format!("{ended:?}").contains(SECRET), "{ended:?}");
    }
}
