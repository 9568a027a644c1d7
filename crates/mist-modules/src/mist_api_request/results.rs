//! What a task returns. RETURN of the documentation comes from here.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// The results of `mist_api_request`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Results {
    /// What the cloud answered. Where all pages are read (see O(paginate)), they are one: the whole list, or the first answer with all of its C(results) and without C(next).
    ///
    /// When O(method=PUT) writes nothing, because nothing differs or in check mode, what is there.
    ///
    /// It is what the cloud sends, secrets included: the key of a new token, the PSK of a WLAN. Use C(no_log) on a task that reads or makes such.
    #[schemars(extend("x-ansible-returned" = "when the cloud answered with a body"))]
    #[schemars(extend("examples" = [{"name": "Lobby", "country_code": "US"}]))]
    pub json: Option<Value>,
    /// The status of the answer. When O(method=PUT) writes nothing, that of reading.
    #[schemars(extend("x-ansible-returned" = "when the cloud answered, also with a refusal"), example = 200)]
    pub status: Option<u16>,
    /// The URL of the call; of several pages, of the first.
    #[schemars(extend("x-ansible-returned" = "always, once the path is known"))]
    #[schemars(example = &"https://api.mist.com/api/v1/self")]
    pub url: Option<String>,
    /// How many pages were read.
    #[schemars(extend("x-ansible-returned" = "when O(method=GET)"), example = 3)]
    pub pages: Option<u64>,
    /// How many objects there are in all, by what the cloud says, or else as counted where all pages are read.
    #[schemars(extend("x-ansible-returned" = "when O(method=GET) gave a list or a search"), example = 250)]
    pub total: Option<u64>,
}
