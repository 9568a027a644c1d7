//! What a task returns. RETURN of the documentation comes from here.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// The results of `mist_object`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Results {
    /// The object as it is now, its secrets masked. In check mode, as it would be, as far as it can be known.
    #[schemars(extend("x-ansible-returned" = "when it is there"))]
    #[schemars(extend("examples" = [{"id": "53f10664-3ce8-4c27-b382-0ef66432349f", "name": "Lobby"}]))]
    pub object: Option<Value>,
    /// What it is known by.
    #[schemars(extend("x-ansible-returned" = "when it was there, or is now"))]
    #[schemars(example = &"53f10664-3ce8-4c27-b382-0ef66432349f")]
    pub id: Option<String>,
    /// What was declared and not kept by the cloud, by dotted path: ignored, or kept in another form.
    #[schemars(extend("x-ansible-returned" = "when something was written"))]
    #[schemars(extend("examples" = [["rf.band_24"]]))]
    pub not_kept: Option<Vec<String>>,
    /// The ids of other objects with the same name. The response to a creation was lost, and the run cannot prove that it created them, so it did not delete them. Look at them, and delete what is not needed.
    #[schemars(extend("x-ansible-returned" = "when such objects exist"))]
    #[schemars(extend("examples" = [["7a8ff2b3-9d61-4a3a-a1c5-6c3a2c3bd0b4"]]))]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub duplicates: Vec<String>,
}
