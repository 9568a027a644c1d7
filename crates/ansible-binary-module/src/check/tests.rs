//! Types that users of serde and schemars write: each works as expected, or is refused with the reason.

#![allow(dead_code)] // The options exist for their types.

use super::*;
use crate::testing::Invocation;
use crate::{AnsiblePath, NoLog, Outcome, Success, Task, rules};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeSet, HashMap};
use std::marker::PhantomData;
use std::path::PathBuf;

struct Author<O, R>(PhantomData<(O, R)>);

impl<O: DeserializeOwned + JsonSchema + fmt::Debug, R: Serialize + JsonSchema + Default> Module for Author<O, R> {
    const NAME: &'static str = "author";
    const VERSION: &'static str = "0";
    type Options = O;
    type Results = R;
    const DOCUMENTATION: crate::Documentation = crate::Documentation::new().short_description("Tries");
    fn run(_: &mut Task, options: O) -> Outcome<R> {
        Ok(Success::unchanged(R::default()).with_msg(format!("{options:?}")))
    }
}

fn problems<O: DeserializeOwned + JsonSchema + fmt::Debug>() -> String {
    check::<Author<O, ()>>().err().map(|problems| problems.to_string()).unwrap_or_default()
}

fn problems_of_results<R: Serialize + JsonSchema + Default>() -> String {
    #[derive(Debug, Deserialize, JsonSchema)]
    struct None {}
    check::<Author<None, R>>().err().map(|problems| problems.to_string()).unwrap_or_default()
}

/// The faults of a struct with one field of this type.
macro_rules! field {
    ($(#[$meta:meta])* $type:ty) => {{
        #[derive(Debug, Deserialize, JsonSchema)]
        struct Options {
            /// The option.
            $(#[$meta])*
            it: $type,
        }
        (concat!(stringify!($type), $(" ", stringify!($meta)),*), problems::<Options>())
    }};
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Data {
    File { name: String },
    Nothing,
}

#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum State {
    #[default]
    Present,
    Absent,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Part {
    /// A path.
    path: PathBuf,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Aliased {
    /// Another name.
    #[serde(alias = "other")]
    name: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Secretive {
    /// A secret.
    token: Option<NoLog>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Named {
    /// Both names.
    #[serde(rename = "the-name")]
    #[schemars(extend("x-ansible-aliases" = ["other"]))]
    name: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Flattening {
    /// Needed.
    needed: u8,
    #[serde(flatten)]
    part: Part,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct TakingAll {
    /// An option.
    name: Option<String>,
    #[serde(flatten)]
    rest: HashMap<String, Value>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(transform = rules::required_if("state", "removed", vec!["name"]))]
struct WrongChoice {
    /// The state.
    #[serde(default)]
    state: State,
    /// The name.
    name: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(transform = rules::required_if("force", "yes", vec!["name"]))]
struct WrongType {
    /// Whether.
    #[serde(default)]
    force: bool,
    /// The name.
    name: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(transform = rules::required_if("state", "present", vec!["name"]))]
#[schemars(transform = rules::required_if("force", true, vec!["name"]))]
struct RightRules {
    /// The state.
    #[serde(default)]
    state: State,
    /// Whether.
    #[serde(default)]
    force: bool,
    /// The name.
    name: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Passwords {
    /// Not marked.
    db_password: Option<String>,
    /// A secret.
    password: Option<NoLog>,
    /// A path.
    #[schemars(extend("x-ansible-no-log" = false))]
    pass_file: Option<String>,
    /// A switch.
    #[serde(default)]
    pass_through: bool,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct SharedAlias {
    /// The first.
    #[schemars(extend("x-ansible-aliases" = ["second"]))]
    first: Option<String>,
    /// The second.
    second: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Internal {
    /// A name of Ansible's.
    _ansible_name: Option<String>,
}

/// A type that checks by itself.
#[derive(Debug, Deserialize)]
struct Address(std::net::IpAddr);

impl JsonSchema for Address {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Address".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "format": "ip"})
    }
}

#[test]
fn what_rust_users_write_works_or_is_refused_with_the_reason() {
    const PATH: &str = "it is a path, but ~";
    const LIMIT: &str = "is not enforced";
    const ENUM: &str = "Ansible has no type for an enum";
    const TYPED: &str = "the values of this dictionary have a type";
    let said = |name: &'static str, words: String| (name, words);
    for ((name, found), wanted) in [
        // Other names.
        (
            field!(
                #[serde(alias = "other")]
                String
            ),
            "serde reads other, which",
        ),
        (field!(Aliased), "serde reads other in it, which"),
        (field!(Vec<Aliased>), "serde reads other in it, which"),
        (field!(Option<Vec<Aliased>>), "serde reads other in it, which"),
        (field!(Named), ""),
        (
            field!(
                #[schemars(extend("x-ansible-aliases" = ["other"]))]
                String
            ),
            "",
        ),
        // Paths.
        (field!(PathBuf), PATH),
        (field!(Option<PathBuf>), PATH),
        (field!(Box<PathBuf>), PATH),
        (field!(Vec<PathBuf>), "x-ansible-elements"),
        (field!(Vec<Vec<PathBuf>>), PATH),
        (field!(HashMap<String, PathBuf>), PATH),
        (field!(Part), "option it.path: it is a path"),
        (field!(Vec<Part>), "option it.path: it is a path"),
        (said("flattened", problems::<Flattening>()), "option path: it is a path"),
        (field!(Flattening), "option it.path: it is a path"),
        (field!(AnsiblePath), ""),
        (field!(Vec<AnsiblePath>), ""),
        (
            field!(
                #[serde(default)]
                AnsiblePath
            ),
            "",
        ),
        (
            field!(
                #[schemars(extend("x-ansible-type" = "path"))]
                PathBuf
            ),
            "",
        ),
        (field!(#[schemars(extend("x-ansible-elements" = "path"))] Vec<PathBuf>), ""),
        // Limits.
        (
            field!(
                #[schemars(regex(pattern = "^[a-z]+$"))]
                String
            ),
            "pattern is not enforced",
        ),
        (field!(#[schemars(inner(regex(pattern = "^[a-z]+$")))] Vec<String>), "option it[]: the limit pattern"),
        (
            field!(
                #[schemars(contains(pattern = "x"))]
                String
            ),
            LIMIT,
        ),
        (
            field!(
                #[schemars(email)]
                String
            ),
            "format email is not enforced",
        ),
        (field!(#[schemars(url)] Option<String>), "format uri is not enforced"),
        (
            field!(
                #[schemars(extend("multipleOf" = 5))]
                u8
            ),
            "multipleOf is not enforced",
        ),
        (
            field!(
                #[schemars(extend("exclusiveMinimum" = 5))]
                u8
            ),
            LIMIT,
        ),
        (field!(#[schemars(length(min = 1))] HashMap<String, Value>), ""),
        (field!(#[schemars(extend("minProperties" = 1))] HashMap<String, Value>), LIMIT),
        (
            field!(
                #[schemars(range(min = 1, max = 5))]
                u8
            ),
            "",
        ),
        (
            field!(
                #[schemars(length(min = 1, max = 5))]
                String
            ),
            "",
        ),
        (field!(#[schemars(length(min = 1, max = 5))] Vec<String>), ""),
        (field!(#[schemars(inner(length(min = 1)))] Vec<String>), ""),
        (field!(BTreeSet<String>), ""),
        (field!(std::net::IpAddr), ""),
        (field!(Address), ""),
        (field!(std::num::NonZeroU8), ""),
        // Enums.
        (field!(State), ""),
        (field!(Vec<State>), ""),
        (field!(Data), ENUM),
        (field!(Option<Data>), ENUM),
        (field!(Vec<Data>), "option it[]: Ansible has no type for an enum"),
        (
            field!(
                #[schemars(extend("x-ansible-type" = "raw"))]
                Data
            ),
            "",
        ),
        (field!(#[schemars(extend("x-ansible-elements" = "raw"))] Vec<Data>), ""),
        // Dictionaries.
        (field!(HashMap<String, Value>), ""),
        (field!(serde_json::Map<String, Value>), ""),
        (field!(HashMap<String, String>), ""),
        (field!(HashMap<String, u8>), ""),
        (field!(HashMap<String, bool>), ""),
        (field!(HashMap<String, Vec<String>>), TYPED),
        (field!(HashMap<String, State>), ""),
        (field!(Vec<HashMap<String, Vec<u8>>>), "option it[]: the values of this dictionary"),
        (field!(#[schemars(extend("x-ansible-type" = "dict"))] HashMap<String, Vec<u8>>), ""),
        (said("flattened map", problems::<TakingAll>()), "the options flatten a map"),
        (field!(TakingAll), "option it: it flattens a map"),
        // Defaults.
        (field!(#[serde(default)] Vec<Secretive>), "with [] for an empty list"),
        (field!(#[serde(default)] #[schemars(extend("default" = []))] Vec<Secretive>), ""),
        (
            field!(
                #[serde(default)]
                u8
            ),
            "",
        ),
        // Kinds without a type in Ansible.
        (field!((u8, u8)), "no type for a tuple"),
        (field!(Vec<(u8, u8)>), "option it[]: Ansible has no type for a tuple"),
        (field!(()), "no type for ()"),
        (field!(u128), "an integer of 128 bits"),
        (field!(Option<i128>), "an integer of 128 bits"),
        (
            field!(
                #[schemars(extend("deprecated" = true))]
                String
            ),
            "#[deprecated] does not reach",
        ),
        (
            field!(
                #[schemars(extend("deprecated" = true, "x-ansible-removed-in" = "2.0.0"))]
                String
            ),
            "",
        ),
        // Names.
        (said("a password", problems::<Passwords>()), "option db_password: its name looks like a secret"),
        (said("an alias", problems::<SharedAlias>()), "option first: its alias second is another option"),
        (said("Ansible's", problems::<Internal>()), "option _ansible_name: names that start with _ansible_"),
        // Rules.
        (
            said("a choice", problems::<WrongChoice>()),
            "requires state to be \"removed\", which is not one of its choices",
        ),
        (said("a type", problems::<WrongType>()), "requires force to be \"yes\", but its type is bool"),
        (said("rules", problems::<RightRules>()), ""),
    ] {
        assert!(found.contains(wanted) && found.is_empty() == wanted.is_empty(), "{name}: {found:?} is not {wanted:?}");
    }
}

#[test]
fn a_result_has_no_name_that_the_protocol_uses() {
    macro_rules! named {
        ($($name:ident)*) => {
            vec![$({
                #[derive(Default, Serialize, JsonSchema)]
                struct Results {
                    /// A result.
                    $name: Option<String>,
                }
                (stringify!($name), problems_of_results::<Results>())
            }),*]
        };
    }
    #[derive(Default, Serialize, JsonSchema)]
    struct Inner {
        /// A result.
        failed: bool,
    }
    #[derive(Default, Serialize, JsonSchema)]
    struct Flattening {
        #[serde(flatten)]
        inner: Inner,
    }
    #[derive(Default, Serialize, JsonSchema)]
    struct Whatever {
        /// A result.
        name: String,
        #[serde(flatten)]
        rest: HashMap<String, String>,
    }
    let reserved = named!(changed failed msg diff warnings deprecations invocation skipped exception results);
    assert_eq!(reserved.len() + 1, RESERVED_RESULTS.len());
    for (name, found) in reserved {
        assert_eq!(found, format!("result {name}: the protocol uses this name. Choose another one"));
    }
    assert!(problems_of_results::<Flattening>().contains("result failed: the protocol uses"));
    #[derive(Default, Serialize, JsonSchema)]
    struct Account {
        /// A result.
        #[serde(rename = "self")]
        account: String,
    }
    assert!(problems_of_results::<Account>().contains("result self: the protocol uses"));
    assert!(problems_of_results::<HashMap<String, Value>>().contains("the results are a map"));
    assert!(problems_of_results::<Whatever>().contains("the results flatten a map"));
    for (name, found) in named!(token stdout state message) {
        assert_eq!(found, "", "{name}");
    }
}

#[test]
fn a_struct_of_options_is_checked_by_itself() {
    #[derive(Debug, Deserialize, JsonSchema)]
    struct Taker {
        #[serde(flatten)]
        aliased: Aliased,
    }
    // serde does not reveal the names of a flattened struct.
    assert_eq!(problems::<Taker>(), "");
    let problems = check_options::<Aliased>().unwrap_err().to_string();
    assert!(problems.contains("serde reads other, which"), "{problems}");
    check_options::<Named>().unwrap();
    check_options::<crate::file::FileOptions>().unwrap();
    assert!(check_options::<Vec<String>>().is_err());
}

#[test]
fn what_passes_works() {
    #[derive(Debug, Deserialize, JsonSchema)]
    struct Options {
        /// Paths.
        #[schemars(extend("x-ansible-elements" = "path"))]
        paths: Vec<PathBuf>,
        /// Addresses.
        address: std::net::IpAddr,
        /// Other names.
        part: Named,
        /// Text.
        labels: HashMap<String, String>,
        /// Parts.
        #[serde(default)]
        #[schemars(extend("default" = []))]
        parts: Vec<Secretive>,
    }
    check::<Author<Options, ()>>().unwrap();
    let given = json!({"paths": "~/a,$PLACE/b", "address": "::1", "part": "other=n", "labels": "a=1 b=2"});
    let ended =
        Invocation::<Author<Options, ()>>::new(given).environment("HOME", "/h").environment("PLACE", "/p").run();
    assert_eq!(ended.status, 0, "{ended:?}");
    let msg = ended.result["msg"].as_str().unwrap();
    for part in ["\"/h/a\", \"/p/b\"", "::1", "Named { name: \"n\" }", "\"a\": \"1\"", "parts: []"] {
        assert!(msg.contains(part), "{msg}");
    }
}
