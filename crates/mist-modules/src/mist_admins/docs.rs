//! The options, the results and the page of `mist_admins`.

use crate::ConnectionOptions;
use crate::common::scope::OrgOptions;
use crate::common::{AUTHOR, PLATFORM, REQUIREMENTS};
use crate::mist_admins::plan::Status;
use crate::tokens::privileges::Role;
use ansible_binary_module::{Attribute, Documentation, SeeAlso, Support, rules};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The options of `mist_admins`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Options {
    #[serde(flatten)]
    pub org: OrgOptions,
    /// Declared administrators. Several elements with one address are one administrator with several privileges.
    pub admins: Vec<AdminDeclaration>,
    /// Validity of new invites in hours. Default: that of the cloud, 24.
    pub hours: Option<u32>,
    /// Send a new invite to a declared address whose invite has expired. The expired one is withdrawn.
    #[serde(default)]
    pub reinvite: bool,
    /// Remove every other administrator and invite, after all declared ones are in place.
    ///
    /// Never removed: the account that the task uses, API tokens, and access through an MSP.
    #[serde(default)]
    pub purge: bool,
    /// Addresses that O(purge) keeps, or patterns: V(*) is any text, V(?) one character, V([ab]) one of these. Case does not matter.
    #[schemars(extend("x-ansible-elements" = "str"))]
    #[schemars(extend("examples" = [["owner@example.com", "*@partner.example.com"]]))]
    pub keep: Option<Vec<String>>,
    /// Do nothing if O(purge) would remove more addresses than this.
    pub max_deletes: Option<u32>,
    /// Allow O(purge) although no element of O(admins) has O(admins[].state=present). Otherwise, an empty list is an error.
    #[serde(default)]
    pub allow_empty: bool,
    #[serde(flatten)]
    pub connection: ConnectionOptions,
}

/// A declared administrator.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(transform = rules::mutually_exclusive(vec!["site_id", "site", "sitegroup_id", "sitegroup"]))]
pub struct AdminDeclaration {
    /// E-mail address. Case does not matter.
    pub email: String,
    /// Permitted actions. Required for O(admins[].state=present).
    pub role: Option<Role>,
    /// Limits the privilege to the site with this ID. An empty value is an error: it never means the whole organization.
    pub site_id: Option<String>,
    /// Name of the site, in place of O(admins[].site_id). One request finds all names.
    pub site: Option<String>,
    /// Limits the privilege to the sites of the site group with this ID.
    pub sitegroup_id: Option<String>,
    /// Name of the site group, in place of O(admins[].sitegroup_id).
    pub sitegroup: Option<String>,
    /// Views of the dashboard to which the role is limited, for example V(reporting) or V(lobby_admin).
    #[schemars(extend("x-ansible-elements" = "str"))]
    pub views: Option<Vec<String>>,
    /// First name, for the invite. The person can change it.
    pub first_name: Option<String>,
    /// Last name, for the invite.
    pub last_name: Option<String>,
    /// Desired state of the address.
    #[serde(default)]
    pub state: State,
}

/// Desired state of an address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The address has exactly the declared privileges in the organization, or an invite to them.
    #[default]
    Present,
    /// The address has no privileges in the organization and no invite. The account itself stays.
    Absent,
}

/// The results of `mist_admins`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Results {
    /// One entry for each declared address, in order, then one for each address to purge. Also if the task fails.
    #[schemars(extend("x-ansible-returned" = "always, after the administrators were listed"))]
    pub admins: Vec<AdminResult>,
}

/// The result for one address.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct AdminResult {
    /// E-mail address.
    #[schemars(example = &"ada@example.com")]
    pub email: String,
    /// Action of the task. In check mode, the predicted action.
    #[schemars(example = &"invited")]
    pub state: AdminState,
    /// Relation of the address to the organization after the task.
    #[schemars(example = &"invited")]
    pub status: AdminStatus,
    /// ID of the administrator or of the invite.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-ansible-returned" = "if the address has access or an invite, and the list shows it"))]
    #[schemars(example = &"456b7016-a916-a4b1-78dd-72b947c152b7")]
    pub id: Option<String>,
    /// Privileges in the organization, or those of the invite.
    #[schemars(extend("examples" = [[{"scope": "org", "role": "read"}]]))]
    pub privileges: Vec<Map<String, Value>>,
    /// End of the invite, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-ansible-returned" = "when RV(admins[].status=invited) or RV(admins[].status=expired), if the list shows it"))]
    #[schemars(example = 1_796_000_000)]
    pub expires: Option<i64>,
    /// Error of the address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-ansible-returned" = "when RV(admins[].state=failed)"))]
    pub msg: Option<String>,
}

/// The action for an address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AdminState {
    /// An invite was sent.
    Invited,
    /// The privileges of the administrator or of the invite were changed.
    Changed,
    /// The address was as declared, or its invite has expired and O(reinvite=false).
    Unchanged,
    /// The privileges were removed, and invites withdrawn.
    Removed,
    /// The address is not as declared.
    Failed,
    /// The address is not as declared, and nothing was sent because of another address.
    #[default]
    NotBegun,
}

/// The relation of an address to the organization.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AdminStatus {
    /// It is an administrator.
    Active,
    /// Its invite is pending.
    Invited,
    /// Its invite has expired.
    Expired,
    /// It has neither privileges in the organization nor an invite.
    #[default]
    Absent,
}

impl From<Status> for AdminStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Active => Self::Active,
            Status::Invited => Self::Invited,
            Status::Expired => Self::Expired,
            Status::Absent => Self::Absent,
        }
    }
}

/// The page of `mist_admins`.
pub const DOCUMENTATION: Documentation = Documentation::new()
    .short_description("Keep the administrators of a Juniper Mist organization as declared")
    .description(&[
        "Invites, changes and removes administrators of an organization. Undeclared ones can be removed.",
        "A new address gets an invite by e-mail. A pending invite counts as present, so that a second run sends no mail.",
        "Access is granted first and taken last. The task never removes or demotes the account that it uses, or the last superuser. A superuser is an administrator with the role V(admin) for the whole organization and without O(admins[].views). Invited administrators do not count as superusers, nor do those of an MSP.",
    ])
    .version_added("0.3.0")
    .author(AUTHOR)
    .requirements(REQUIREMENTS)
    .notes(&[
        "The list of administrators is read once, and once more after invites. Names of sites and site groups take one request each. If an administrator loses access, one more request reads the account of the caller. If a superuser loses it, the list is read again.",
        "If the response to an invite is lost, the task looks for the invite in the list for 5.5 seconds within O(max_wait). It never sends the invite again. A later run on the same machine sends it after 10 minutes at the earliest, unless the list shows it.",
        "Runs on one machine for one organization wait for each other.",
        "Privileges of an MSP and of other organizations are not changed.",
    ])
    .seealso(&[
        SeeAlso::Module { module: "mist_api_tokens", description: "The API tokens of an organization." },
        SeeAlso::Module { module: "mist_self_info", description: "The privileges of the caller." },
    ])
    .attributes(&[
        Attribute::check_mode(Support::Full),
        Attribute::diff_mode(Support::Full),
        Attribute::idempotent(Support::Full),
        PLATFORM,
    ])
    .examples(EXAMPLES);

const EXAMPLES: &str = r#"- name: Invite two administrators, one of them for one site
  mist_admins:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    admins:
      - email: ada@example.com
        role: write
      - email: bob@example.com
        role: helpdesk
        site: Lobby

- name: Remove an administrator who left
  mist_admins:
    org: Acme
    admins:
      - email: bob@example.com
        state: absent

- name: Keep exactly these administrators and those of a partner
  mist_admins:
    org: Acme
    admins:
      - email: ada@example.com
        role: super_user
    purge: true
    keep:
      - "*@partner.example.com"
    max_deletes: 3
"#;
