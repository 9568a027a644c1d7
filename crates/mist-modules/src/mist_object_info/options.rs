//! Options and results of `mist_object_info`. Documentation, help, validation and schema come from these types.

use crate::ConnectionOptions;
use crate::objects::kinds::KindOptions;
use crate::objects::location::ScopeOptions;
use ansible_binary_module::AnsiblePath;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Options {
    #[serde(flatten)]
    pub kind: KindOptions,
    #[serde(flatten)]
    pub scope: ScopeOptions,
    /// ID of the only object to read.
    pub id: Option<String>,
    /// Conditions that every listed object meets: fields (dotted if nested) with their values. A text can be a pattern: V(*) is any text, V(?) one character, V([ab]) one of these.
    ///
    /// In a list, one item must match. Device profiles of all types are listed unless C(type) is among the conditions.
    #[schemars(extend("examples" = [{"name": "Branch*", "country_code": "DE"}]))]
    #[serde(rename = "where")]
    pub filter: Option<Map<String, Value>>,
    /// Return the objects in the form of M(mist_objects): without fields that only the cloud sets, and with unique names in place of IDs.
    #[serde(default)]
    pub as_declared: bool,
    /// Return secrets, too. Only with O(as_declared=true). Use C(no_log) on the task then, or O(dest).
    #[serde(default)]
    pub include_secrets: bool,
    /// File for the objects, on the host that runs the task. The objects are written there as JSON, and are not in the result. With O(as_declared=true), O(mist_objects#module:src) and O(mist_object#module:src) read the file.
    ///
    /// The file has a list of the objects, or the object itself for C(setting). It is replaced in one step and has mode V(0600). Its directory must exist.
    pub dest: Option<AnsiblePath>,
    #[serde(flatten)]
    pub connection: ConnectionOptions,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Results {
    /// The objects, sorted by their identifying fields (name, SSID, MAC address), then by ID. Secrets are masked, or omitted with O(as_declared=true).
    #[schemars(extend("x-ansible-returned" = "success, without O(dest)"))]
    #[schemars(extend("examples" = [[{"id": "53f10664-3ce8-4c27-b382-0ef66432349f", "name": "Lobby"}]]))]
    pub objects: Option<Vec<Value>>,
    /// Number of objects.
    #[schemars(extend("x-ansible-returned" = "success"), example = 1)]
    pub count: usize,
    /// Omitted secrets, each with the name of its object and its dotted path.
    #[schemars(extend("x-ansible-returned" = "when O(as_declared=true)"))]
    #[schemars(extend("examples" = [["Guests: auth.psk"]]))]
    pub secrets_left_out: Option<Vec<String>>,
    /// Absolute path of the file with the objects.
    #[schemars(extend("x-ansible-returned" = "when O(dest) is set"))]
    #[schemars(example = &"/etc/mist/wlans.json")]
    pub dest: Option<String>,
}
