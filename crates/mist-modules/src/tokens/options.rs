//! The options of one token, in `mist_api_token` and in each element of a set.

use crate::common::docs::since_0_2;
use ansible_binary_module::file::FileOptions;
use ansible_binary_module::{AnsiblePath, rules};
use mist_tokens::{key_file, privilege, target};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The options of one token next to its name.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[schemars(transform = since_0_2(vec!["owner", "group", "mode", "unsafe_writes"]))]
pub struct TokenOptions {
    /// Privileges of an organization token, 1 to 10. Required to create one; by default, an existing token keeps its own.
    pub privileges: Option<Vec<PrivilegeOptions>>,
    /// Addresses or networks (CIDR) from which an organization token may be used, at most 10. They cannot change after the creation; see O(recreate).
    ///
    /// By default, an existing token keeps its own.
    #[schemars(extend("x-ansible-elements" = "str"))]
    pub src_ips: Option<Vec<String>>,
    /// Action when only a new token meets the declaration: its O(src_ips) differ, or O(key_file) is missing or contains another token's key.
    #[serde(default)]
    pub recreate: Recreate,
    /// Absolute path of the file for the key of a new token, on the host that runs the task.
    ///
    /// The file is written completely or not at all. A new file has mode 0600. An existing one keeps its owner, group, mode, links, and its other lines (V(env)) or fields (V(json)). A key in another of the formats is converted. A file with other content is never overwritten. A file with the key of a token of another name is overwritten only if O(recreate) allows it.
    ///
    /// With O(state=absent), the file is deleted if it contains only the key of a deleted token. Otherwise, it is kept and a warning is returned.
    pub key_file: Option<AnsiblePath>,
    /// Format of O(key_file).
    #[serde(default)]
    pub key_file_format: KeyFileFormat,
    /// Attributes of O(key_file).
    #[serde(flatten)]
    pub file: FileOptions,
    /// Rotation: age at which a token is replaced. A number with V(s), V(m), V(h), V(d) or V(w), or of seconds.
    ///
    /// With this option, several tokens of the name are allowed: the newest is the current one, and the others are deleted after O(overlap).
    pub max_age: Option<String>,
    /// Rotation: time for which a replaced token is kept after the creation of the new one, so that its users can change over.
    ///
    /// With V(0), it is deleted after the new one was tried and its key delivered.
    #[serde(default = "at_once")]
    pub overlap: String,
}

fn at_once() -> String {
    "0".to_owned()
}

/// When a new token may replace an old one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Recreate {
    /// Fail, and report the difference.
    #[default]
    Never,
    /// Create the new token, try it, deliver its key, and then delete the old one.
    StateChange,
    /// The same, each time the task runs.
    Always,
}

impl From<Recreate> for target::Recreate {
    fn from(recreate: Recreate) -> Self {
        match recreate {
            Recreate::Never => Self::Never,
            Recreate::StateChange => Self::StateChange,
            Recreate::Always => Self::Always,
        }
    }
}

/// The format of a key file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyFileFormat {
    /// The key and a line end, and nothing else.
    #[default]
    Raw,
    /// The lines C(MIST_HOST=...), C(MIST_API_TOKEN=...) and C(MIST_APITOKEN=...), for a shell, systemd or docker. Other lines of the file are kept.
    Env,
    /// An object with C(host), C(id), C(name) and C(key). Other fields of the file are kept.
    Json,
}

impl From<KeyFileFormat> for key_file::Format {
    fn from(format: KeyFileFormat) -> Self {
        match format {
            KeyFileFormat::Raw => Self::Raw,
            KeyFileFormat::Env => Self::Env,
            KeyFileFormat::Json => Self::Json,
        }
    }
}

/// One privilege.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[schemars(transform = rules::mutually_exclusive(vec!["site_id", "site"]))]
#[schemars(transform = rules::mutually_exclusive(vec!["sitegroup_id", "sitegroup"]))]
pub struct PrivilegeOptions {
    /// Scope of the privilege. Default: V(site) with a site, V(sitegroup) with a site group, otherwise V(org).
    ///
    /// An empty site or site group (C(null), or a text without a letter) is refused: it never means the whole organization.
    pub scope: Option<Scope>,
    /// Permitted actions.
    pub role: Role,
    /// The site, for O(privileges[].scope=site).
    pub site_id: Option<String>,
    /// Name of the site, in place of O(privileges[].site_id). One request finds all names.
    pub site: Option<String>,
    /// The site group, for O(privileges[].scope=sitegroup).
    pub sitegroup_id: Option<String>,
    /// Name of the site group, in place of O(privileges[].sitegroup_id).
    pub sitegroup: Option<String>,
    /// Views of the dashboard to which the role is limited, for example V(reporting), V(location), V(security) or V(super_observer).
    #[schemars(extend("x-ansible-elements" = "str"))]
    pub views: Option<Vec<String>>,
}

/// Scope of a privilege.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// The whole organization.
    Org,
    /// One site.
    Site,
    /// The sites of one site group.
    Sitegroup,
    /// All sites of the organization.
    Orgsites,
}

impl From<Scope> for privilege::Scope {
    fn from(scope: Scope) -> Self {
        match scope {
            Scope::Org => Self::Org,
            Scope::Site => Self::Site,
            Scope::Sitegroup => Self::Sitegroup,
            Scope::Orgsites => Self::Orgsites,
        }
    }
}

/// Permissions of a privilege.
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

impl From<Role> for privilege::Role {
    fn from(role: Role) -> Self {
        match role {
            Role::Admin | Role::SuperUser => Self::Admin,
            Role::Write | Role::NetworkAdmin => Self::Write,
            Role::Read | Role::Observer => Self::Read,
            Role::Helpdesk => Self::Helpdesk,
            Role::Installer => Self::Installer,
        }
    }
}
