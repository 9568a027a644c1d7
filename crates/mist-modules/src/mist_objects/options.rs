//! What a task can ask for. Documentation, help, validation and schema all come from here.

use crate::ConnectionOptions;
use crate::mist_object::options::UpdateSecrets;
use crate::objects::kinds::KindOptions;
use crate::objects::scope::ScopeOptions;
use ansible_binary_module::AnsiblePath;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

/// The options of `mist_objects`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Options {
    /// Which kind.
    #[serde(flatten)]
    pub kind: KindOptions,
    /// Where.
    #[serde(flatten)]
    pub place: ScopeOptions,
    /// What the objects shall be, each as O(mist_object#module:object) has it. No two may be the same object.
    #[schemars(extend("examples" = [[{"name": "Branch 1"}, {"name": "Branch 2"}]]))]
    pub objects: Option<Vec<Map<String, Value>>>,
    /// The same from a file on the host that runs the task, taken byte for byte: JSON, YAML or CSV, by the end of its name.
    ///
    /// In a CSV file a column is a field, dotted for what is nested (C(latlng.lat)); an empty cell is not declared; where a list is due, a cell holds its items between commas (C("East,West")); numbers and booleans are told by the type that the API's document gives them.
    ///
    /// Cells are separated by commas, or by semicolons where the first line has no comma, as spreadsheets of many countries write them. Every line has as many cells as the first; a blank line is passed over. The blanks of a text stay.
    pub src: Option<AnsiblePath>,
    /// The fields that tell which object is meant; each must be declared. Without it, those of the kind: C(name), C(ssid) (and C(template_id) where it is declared), C(mac).
    #[serde(rename = "match")]
    #[schemars(extend("x-ansible-elements" = "str"))]
    pub match_fields: Option<Vec<String>>,
    /// Dictionaries, by their dotted paths, in which nothing may stand but what is declared, in every object that declares them.
    #[schemars(extend("x-ansible-elements" = "str"))]
    #[schemars(extend("examples" = [["vars"]]))]
    pub exact: Option<Vec<String>>,
    /// What to do with a declared secret that the cloud does not show again, so that it cannot be compared.
    #[serde(default)]
    pub update_secrets: UpdateSecrets,
    /// Whether every other object of the kind is deleted, once all that are declared are in place.
    #[serde(default)]
    pub purge: bool,
    /// Names of objects (or what else tells them apart: SSIDs, MAC addresses) that O(purge) leaves alone, or patterns of them: V(*) is anything, V(?) one character, V([ab]) one of these.
    #[schemars(extend("x-ansible-elements" = "str"))]
    #[schemars(extend("examples" = [["hq", "lab-*"]]))]
    pub keep: Option<Vec<String>>,
    /// Where O(purge) would delete more objects than this, nothing is done at all. An empty set with O(purge=true) is refused unless this is given.
    pub max_deletes: Option<u32>,
    /// How the cloud is reached.
    #[serde(flatten)]
    pub connection: ConnectionOptions,
}
