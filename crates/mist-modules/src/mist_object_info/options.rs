//! What a task can ask for. Documentation, help, validation and schema all come from here.

use crate::ConnectionOptions;
use crate::objects::kinds::KindOptions;
use crate::objects::scope::ScopeOptions;
use ansible_binary_module::AnsiblePath;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

/// The options of `mist_object_info`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Options {
    /// Which kind.
    #[serde(flatten)]
    pub kind: KindOptions,
    /// Where.
    #[serde(flatten)]
    pub place: ScopeOptions,
    /// The object of this id alone.
    pub id: Option<String>,
    /// Only objects that have all of these: a field, dotted for what is nested, and its value. A text may be a pattern: V(*) is anything, V(?) one character, V([ab]) one of these.
    ///
    /// Of a list, one item must fit. Device profiles are of all types unless C(type) is among these.
    #[schemars(extend("examples" = [{"name": "Branch*", "country_code": "DE"}]))]
    #[serde(rename = "where")]
    pub filter: Option<Map<String, Value>>,
    /// Whether the objects are in the form that M(mist_objects) takes: without what the cloud fills in, with names for ids where each is the name of one.
    #[serde(default)]
    pub as_declared: bool,
    /// Whether O(as_declared=true) gives secrets too. Use C(no_log) on the task then, or O(dest).
    #[serde(default)]
    pub include_secrets: bool,
    /// Path of a file on the host that runs the task. The objects are written there as JSON, and are not in the result. With O(as_declared=true), O(mist_objects#module:src) and O(mist_object#module:src) read the file.
    ///
    /// The file has a list of the objects, or the object itself for C(setting) and other kinds of which there is one. It is replaced in one step and has mode V(0600). Its directory must exist.
    pub dest: Option<AnsiblePath>,
    /// How the cloud is reached.
    #[serde(flatten)]
    pub connection: ConnectionOptions,
}
