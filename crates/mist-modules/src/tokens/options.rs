//! The options of one token, as they stand in `mist_api_token`, and in each element of a set.

use crate::common::docs::since_0_2;
use ansible_binary_module::file::FileOptions;
use ansible_binary_module::{AnsiblePath, rules};
use mist_tokens::key_file::Format;
use mist_tokens::target::Recreate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a token shall be: the options of one token, here and in a set of them, where they stand beside its name.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[schemars(transform = since_0_2(vec!["owner", "group", "mode", "unsafe_writes"]))]
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
    /// The file is written whole or not at all. A new one has mode 0600; one that is there keeps its owner, group and mode, its other lines (V(env)) or fields (V(json)), and stays a link if it is one. A key in another of the formats is converted. A file that holds anything else is never overwritten, and one that holds the key of a token of another name only where O(recreate) allows it.
    ///
    /// With O(state=absent), the file is removed if it holds nothing but the key of a token that is deleted; else it stays, and a warning says so.
    pub key_file: Option<AnsiblePath>,
    /// How O(key_file) is written.
    #[serde(default)]
    pub key_file_format: Format,
    /// The attributes of O(key_file).
    #[serde(flatten)]
    pub file: FileOptions,
    /// Rotation: a token older than this is replaced by a new one. A number with V(s), V(m), V(h), V(d) or V(w), or of seconds.
    ///
    /// With it, several tokens of the name are no error: the newest is the token, the others are what rotation left and leave after O(overlap).
    pub max_age: Option<String>,
    /// Rotation: how long a token that was replaced is kept, counted from the making of the new one, so that whoever uses it has time to change over.
    ///
    /// With V(0) it is deleted at once, after the new one was tried out and its key delivered.
    #[serde(default = "at_once")]
    pub overlap: String,
}

fn at_once() -> String {
    "0".to_owned()
}

/// One privilege.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[schemars(transform = rules::mutually_exclusive(vec!["site_id", "site"]))]
#[schemars(transform = rules::mutually_exclusive(vec!["sitegroup_id", "sitegroup"]))]
pub struct PrivilegeOptions {
    /// Where it holds. Without it, V(site) when a site is given, V(sitegroup) when a site group is, else V(org).
    ///
    /// A site or site group that is given as nothing (C(null), or a text without a letter) is refused: it never means the whole organisation.
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
