//! What a task can ask for. Documentation, help, validation and schema all come from here.

use crate::ConnectionOptions;
use crate::common::scope::{MspOptions, OrgOptions, SiteOptions};
use ansible_binary_module::rules;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The options of `mist_api_request`.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(transform = rules::mutually_exclusive(vec!["site_id", "site"]))]
pub struct Options {
    /// What to do with what is at O(path), in capital or small letters.
    ///
    /// V(GET) reads, and nothing changes.
    ///
    /// V(PUT) updates: what is there is read first, and written only if it differs from what is sent.
    ///
    /// V(POST) creates or acts. The call is sent once, and always counts as a change.
    ///
    /// V(DELETE) deletes. What is gone already (status 404) is no change and no error.
    #[serde(default)]
    pub method: Method,
    /// The path of the call, such as V(/api/v1/self), or without what all have in common, such as V(self) or V(orgs/{org_id}/sites).
    ///
    /// V({org_id}), V({site_id}) and V({msp_id}) are filled in from the options of these names. Any other word in braces is refused.
    ///
    /// It may end in a query (V(?limit=10)), which O(query) adds to. It is a path of O(host): a scheme, a host, a fragment and V(..) are refused.
    pub path: String,
    /// The parameters of the query, by name. A list gives the parameter once for each of its elements; a parameter that is V(null) is left out.
    ///
    /// Names and values are encoded as a URL needs it.
    pub query: Option<Map<String, Value>>,
    /// What is sent, for O(method=PUT) and O(method=POST): a dictionary, a list, or either as JSON text. Without it, O(method=POST) sends an empty dictionary.
    pub body: Option<Value>,
    /// True if all pages of a list are read, rather than one; for O(method=GET).
    ///
    /// Without it, V(true), unless the task chooses a page itself: by O(limit), or by C(limit), C(page) or C(search_after) in the query.
    ///
    /// A list has its further pages by the headers C(X-Page-Total) and C(X-Page-Limit), a search by the C(next) of its answer. What comes in one piece is returned as it is.
    pub paginate: Option<bool>,
    /// How many objects a page has: the API's own parameter C(limit), for O(method=GET). Without O(paginate=true), one page is read, so that it is the most that is returned.
    ///
    /// Without it the cloud decides, mostly for 100. The cloud may give fewer than asked for, mostly 1000 at the most.
    #[schemars(range(min = 1))]
    pub limit: Option<u32>,
    /// Which statuses of the answer count as success. Without it, 200 to 299. A redirect never does.
    ///
    /// With V(404) among them, a task asks whether something is there: see RV(status).
    #[schemars(extend("examples" = [[200, 404]]))]
    pub status_code: Option<Vec<u16>>,
    /// The organisation, where O(path) has V({org_id}), and where O(site) is looked up.
    #[serde(flatten)]
    pub org: OrgOptions,
    /// The site, where O(path) has V({site_id}).
    #[serde(flatten)]
    pub site: SiteOptions,
    /// The MSP, where O(path) has V({msp_id}).
    #[serde(flatten)]
    pub msp: MspOptions,
    /// How the cloud is reached.
    #[serde(flatten)]
    pub connection: ConnectionOptions,
}

/// What to do. As with M(ansible.builtin.uri), small letters are taken for capital ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", rename_all = "UPPERCASE")]
pub enum Method {
    /// Read. Nothing changes.
    #[default]
    Get,
    /// Create or act. The call is sent once, and always counts as a change.
    Post,
    /// Update. What is there is read first, and written only if it differs from what is sent.
    Put,
    /// Delete. What is gone already (status 404) is no change and no error.
    Delete,
}

impl TryFrom<String> for Method {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.trim().to_ascii_uppercase().as_str() {
            "GET" => Ok(Self::Get),
            "POST" => Ok(Self::Post),
            "PUT" => Ok(Self::Put),
            "DELETE" => Ok(Self::Delete),
            _ => {
                let shown: String = text.chars().take(60).flat_map(char::escape_debug).collect();
                Err(format!("'{shown}' is none that the API has; give GET, POST, PUT or DELETE"))
            }
        }
    }
}

/// Text to Ansible: choices would not be compared without regard to case.
impl JsonSchema for Method {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Method".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string" })
    }
}
