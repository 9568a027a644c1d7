//! What a task can ask for. Documentation, help, validation and schema all come from here.

use crate::{ConnectionOptions, OwnerOptions};
use ansible_binary_module::{AnsiblePath, NoLog, rules};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The options of `mist_api_token`.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(transform = rules::required_if("state", "present", vec!["name"]))]
#[schemars(transform = rules::required_if_any_of("state", "absent", vec!["name", "id", "key"]))]
pub struct Options {
    /// What shall be.
    #[serde(default)]
    pub state: State,
    /// Whose tokens.
    #[serde(flatten)]
    pub owner: OwnerOptions,
    /// The token's name. Required when O(state=present).
    ///
    /// Mist does not keep names unique; this module does: with several tokens of the name, O(state=present) fails and lists them.
    pub name: Option<String>,
    /// The token's id.
    ///
    /// With O(state=present), the token of this id is given the name O(name). When there is none of this id, the name decides.
    pub id: Option<String>,
    /// What the token shall be.
    #[serde(flatten)]
    pub token: TokenOptions,
    /// The whole key of a token, as it was leaked: with O(state=absent) and O(state=info), the token that it belongs to.
    ///
    /// It is matched against the masked keys that the cloud lists. When two tokens match, the task fails and names both.
    ///
    /// With an organisation and without O(token_type), both the organisation's tokens and the account's are looked through.
    pub key: Option<NoLog>,
    /// Whether the result carries the key of a new token. Use C(no_log) on the task when it does.
    ///
    /// Without it, V(true), or V(false) when O(key_file) is given.
    pub return_key: Option<bool>,
    /// Allow removing the very token that the task authenticates with.
    #[serde(default)]
    pub allow_self: bool,
    /// How the cloud is reached.
    #[serde(flatten)]
    pub connection: ConnectionOptions,
}

/// What a token shall be: the options of one token, here and in a set of them, where they stand beside its name.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
pub struct TokenOptions {
    /// What an organisation token may do: 1 to 10 privileges. Required to create an organisation token; when left out, an existing token keeps its own.
    pub privileges: Option<Vec<PrivilegeOptions>>,
    /// From where an organisation token may be used: at most 10 addresses or networks (CIDR). It cannot change once the token exists; see O(recreate).
    ///
    /// When left out, an existing token keeps its own.
    #[schemars(extend("x-ansible-elements" = "str"))]
    pub src_ips: Option<Vec<String>>,
    /// What to do when only a new token can give the wanted state: its O(src_ips) differ, or O(key_file) is missing or holds another token's key.
    #[serde(default)]
    pub recreate: Recreate,
    /// Where the key of a new token goes: an absolute path on the host that runs the task.
    ///
    /// The file is written whole or not at all, with mode 0600. A file that holds more than one word, or is not of O(key_file_format), is never overwritten; one that holds the key of a token of another name only where O(recreate) allows it.
    pub key_file: Option<AnsiblePath>,
    /// How O(key_file) is written.
    #[serde(default)]
    pub key_file_format: KeyFileFormat,
    /// Rotation: a token older than this is replaced by a new one. A number with V(s), V(m), V(h), V(d) or V(w), or of seconds.
    ///
    /// With it, several tokens of the name are no error: the newest is the token, the others are what rotation left and leave after O(overlap).
    pub max_age: Option<String>,
    /// Rotation: how long a token that was replaced is kept, counted from the making of the new one, so that whoever uses it has time to change over.
    ///
    /// With V(0), which is the default, it is deleted at once, after the new one was tried out and its key delivered.
    pub overlap: Option<String>,
}

/// What shall be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// There is exactly one token of the name, as wanted.
    #[default]
    Present,
    /// There is no token of that name, id or key.
    Absent,
    /// Nothing changes; the tokens are returned.
    Info,
}

/// When a new token may take an old one's place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Recreate {
    /// Fail, and say what is in the way.
    #[default]
    Never,
    /// Make the new token, prove that it works, deliver its key, and only then delete the old one.
    StateChange,
    /// The same, every time the task runs.
    Always,
}

/// How a key file is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyFileFormat {
    /// The key alone.
    #[default]
    Raw,
    /// Lines C(MIST_HOST=...) and C(MIST_API_TOKEN=...), for a shell, systemd or docker.
    Env,
    /// An object with C(host), C(id), C(name) and C(key).
    Json,
}

/// One privilege.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[schemars(transform = rules::mutually_exclusive(vec!["site_id", "site"]))]
#[schemars(transform = rules::mutually_exclusive(vec!["sitegroup_id", "sitegroup"]))]
pub struct PrivilegeOptions {
    /// Where it holds. Without it, V(site) when a site is given, V(sitegroup) when a site group is, else V(org).
    pub scope: Option<Scope>,
    /// What may be done there.
    pub role: Role,
    /// The site, for O(privileges[].scope=site).
    pub site_id: Option<String>,
    /// The site by its name, in place of O(privileges[].site_id). Finding it takes a call, for all names together.
    pub site: Option<String>,
    /// The site group, for O(privileges[].scope=sitegroup).
    pub sitegroup_id: Option<String>,
    /// The site group by its name, in place of O(privileges[].sitegroup_id).
    pub sitegroup: Option<String>,
    /// The views of the dashboard that a role is narrowed to, such as V(reporting), V(location), V(security) or V(super_observer).
    #[schemars(extend("x-ansible-elements" = "str"))]
    pub views: Option<Vec<String>>,
}

/// Where a privilege holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// The whole organisation.
    Org,
    /// One site.
    Site,
    /// The sites of one site group.
    Sitegroup,
    /// All sites of the organisation.
    Orgsites,
}

/// What a privilege allows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything; the dashboard's super user.
    Admin,
    /// Read and write; the dashboard's network admin.
    Write,
    /// Read only; the dashboard's observer.
    #[default]
    Read,
    /// Monitor and troubleshoot.
    Helpdesk,
    /// Claim and place devices.
    Installer,
    /// The dashboard's name of V(admin).
    SuperUser,
    /// The dashboard's name of V(write).
    NetworkAdmin,
    /// The dashboard's name of V(read).
    Observer,
}
