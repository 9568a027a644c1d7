//! Options and results of `mist_object`. Documentation, help, validation and schema come from these types.

use crate::ConnectionOptions;
use crate::objects::declared::ComparisonOptions;
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
    /// Desired fields of the object. Only declared fields are compared and written.
    ///
    /// A name can replace the ID of another object: C(rftemplate: Branch) for C(rftemplate_id), C(sitegroups: [East, West]) for C(sitegroup_ids). A name as the value of the ID field itself (C(rftemplate_id: Branch)) is refused.
    ///
    /// Values are converted to the types of the API document: V('1800') to a number, V(1001) to text, V(alarms) to a list of one. A variable of Mist (C({{vlan}})) can replace a number or boolean. A value that cannot be converted is an error. Quote text that YAML reads as a boolean (V(NO)).
    ///
    /// V(null), V(""), V([]) and V({}) clear a field. Fields that only the cloud sets are ignored.
    #[schemars(extend("examples" = [{"name": "Lobby", "rftemplate": "Branch"}]))]
    pub object: Option<Map<String, Value>>,
    /// JSON or YAML file with the object, on the host that runs the task. Mutually exclusive with O(object). In YAML, a scalar stays text where the API document has text. The file must not be encrypted by Ansible Vault. Variables of Mist in it (C({{branch_ip}})) are not evaluated by Ansible.
    pub src: Option<AnsiblePath>,
    /// Desired state of the object.
    #[serde(default)]
    pub state: State,
    /// ID of the object. Use it to rename an object.
    pub id: Option<String>,
    #[serde(flatten)]
    pub comparison: ComparisonOptions,
    #[serde(flatten)]
    pub connection: ConnectionOptions,
}

/// Desired state of the object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The object exists, as declared.
    #[default]
    Present,
    /// If the object exists, it is as declared. It is never created.
    Patched,
    /// The object does not exist.
    Absent,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Results {
    /// The object after the task, with masked secrets. In check mode, the object as far as it is predictable.
    #[schemars(extend("x-ansible-returned" = "if the object exists"))]
    #[schemars(extend("examples" = [{"id": "53f10664-3ce8-4c27-b382-0ef66432349f", "name": "Lobby"}]))]
    pub object: Option<Value>,
    /// ID of the object.
    #[schemars(extend("x-ansible-returned" = "if the object existed, or exists now"))]
    #[schemars(example = &"53f10664-3ce8-4c27-b382-0ef66432349f")]
    pub id: Option<String>,
    /// Dotted paths of declared values that the cloud ignored, or keeps in another form.
    #[schemars(extend("x-ansible-returned" = "if something was written"))]
    #[schemars(extend("examples" = [["rf.band_24"]]))]
    pub not_kept: Option<Vec<String>>,
    /// IDs of other objects with the same name, after a response to a creation was lost. The task did not delete them, because it cannot prove that it created them. Check them, and delete what is not needed.
    #[schemars(extend("x-ansible-returned" = "if such objects exist"))]
    #[schemars(extend("examples" = [["7a8ff2b3-9d61-4a3a-a1c5-6c3a2c3bd0b4"]]))]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub duplicates: Vec<String>,
}
