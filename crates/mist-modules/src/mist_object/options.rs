//! What a task can ask for. Documentation, help, validation and schema all come from here.

use crate::ConnectionOptions;
use crate::objects::kinds::KindOptions;
use crate::objects::scope::ScopeOptions;
use ansible_binary_module::AnsiblePath;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The options of `mist_object`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Options {
    /// Which kind.
    #[serde(flatten)]
    pub kind: KindOptions,
    /// Where.
    #[serde(flatten)]
    pub place: ScopeOptions,
    /// What the object shall be. Only what is declared is compared and written; the rest stays as it is.
    ///
    /// Wherever the API wants the id of another object, its name may stand: C(rftemplate: Branch) for C(rftemplate_id), C(sitegroups: [East, West]) for C(sitegroup_ids). A name in the place of the id itself (C(rftemplate_id: Branch)) is refused.
    ///
    /// A field that is declared V(null), V(""), V([]) or V({}) is cleared. Fields that the cloud alone sets are left out.
    #[schemars(extend("examples" = [{"name": "Lobby", "rftemplate": "Branch"}]))]
    pub object: Option<Map<String, Value>>,
    /// The same from a JSON or YAML file on the host that runs the task, taken byte for byte: Mist's own variables (C({{branch_ip}})) are not Jinja's.
    pub src: Option<AnsiblePath>,
    /// What is to become of the object.
    #[serde(default)]
    pub state: State,
    /// The object of this id, whatever its name, so that it can be renamed.
    pub id: Option<String>,
    /// The fields that tell which object is meant; each must be declared. Without it, those of the kind: C(name), C(ssid) (and C(template_id) where it is declared), C(mac).
    #[serde(rename = "match")]
    #[schemars(extend("x-ansible-elements" = "str"))]
    pub match_fields: Option<Vec<String>>,
    /// Dictionaries, by their dotted paths, in which nothing may stand but what is declared.
    #[schemars(extend("x-ansible-elements" = "str"))]
    #[schemars(extend("examples" = [["vars"]]))]
    pub exact: Option<Vec<String>>,
    /// What to do with a declared secret that the cloud does not show again, so that it cannot be compared.
    #[serde(default)]
    pub update_secrets: UpdateSecrets,
    /// How the cloud is reached.
    #[serde(flatten)]
    pub connection: ConnectionOptions,
}

/// What is to become of the object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It is there, as declared.
    #[default]
    Present,
    /// As V(present) where it is there. It is never created.
    Patched,
    /// It is not there.
    Absent,
}

/// When a secret is written that cannot be compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UpdateSecrets {
    /// When the object is created; later only along with the field of the top level that it stands in (C(auth) of C(auth.psk)), when that is not there yet or differs in something else. One that is such a field itself (C(secret) of a webhook) is not written again, whatever else differs. A warning names those that the cloud does not show at all and that were not written.
    #[default]
    OnCreate,
    /// With every run, each of which is a change.
    Always,
}
