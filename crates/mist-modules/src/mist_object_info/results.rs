//! What a task returns. RETURN of the documentation comes from here.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// The results of `mist_object_info`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Results {
    /// The objects, in the order of what tells those of the kind apart (name, SSID, MAC address and so on), then of their ids, so that an object that was made anew keeps its place. Secrets are masked, or left out (see O(as_declared)).
    #[schemars(extend("x-ansible-returned" = "success, without O(dest)"))]
    #[schemars(extend("examples" = [[{"id": "53f10664-3ce8-4c27-b382-0ef66432349f", "name": "Lobby"}]]))]
    pub objects: Option<Vec<Value>>,
    /// How many there are.
    #[schemars(extend("x-ansible-returned" = "success"), example = 1)]
    pub count: usize,
    /// Which secrets were left out: what the object is called, and the dotted path.
    #[schemars(extend("x-ansible-returned" = "when O(as_declared=true)"))]
    #[schemars(extend("examples" = [["Guests: auth.psk"]]))]
    pub secrets_left_out: Option<Vec<String>>,
    /// Absolute path of the file that has the objects.
    #[schemars(extend("x-ansible-returned" = "when O(dest) is set"))]
    #[schemars(example = &"/etc/mist/wlans.json")]
    pub dest: Option<String>,
}
