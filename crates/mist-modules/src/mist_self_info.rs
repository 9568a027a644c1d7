//! The Ansible module `mist_self_info`: the identity, privileges and quota of the credentials. It changes nothing.
//!
//! The results are read from the cloud's responses about the credentials. Fields that are missing, `null` or of an unexpected type
//! are not an error: they are returned unchanged.

use crate::common::options::{EmptyOptionAdvice, OptionError};
use crate::common::scope::OrgOptions;
use crate::common::{AUTHOR, READ_ONLY, REQUIREMENTS, messages, since_0_2};
use crate::{ConnectionOptions, MistModule, TokenType};
use ansible_binary_module::{Documentation, Outcome, SeeAlso, Success, Task};
use mist_client::error::LoginFault;
use mist_client::{Client, Error, names};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::time::SystemTime;

/// The options of `mist_self_info`.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(transform = since_0_2(vec!["org_id", "org"]))]
pub struct Options {
    /// Read the number of calls of this hour, which takes a second call.
    #[serde(default = "yes")]
    pub usage: bool,
    /// Return RV(self) in addition to RV(identity). A task with C(async) on ansible-core 2.14 fails unless it is V(false), because this version cannot pass on a result of this name.
    #[serde(default = "yes")]
    #[schemars(extend("x-ansible-version-added" = "0.3.0"))]
    pub return_self: bool,
    /// Accepted so that one group of defaults fits all modules. The results do not depend on it.
    #[serde(flatten)]
    pub org: OrgOptions,
    /// The connection to the cloud.
    #[serde(flatten)]
    pub connection: ConnectionOptions,
}

fn yes() -> bool {
    true
}

#[derive(Debug)]
pub struct MistSelfInfo;

impl MistModule for MistSelfInfo {
    const NAME: &'static str = "mist_self_info";
    type Options = Options;
    type Results = Results;
    type Params = ();

    const DOCUMENTATION: Documentation = DOCUMENTATION;

    fn connection(options: &Options) -> &ConnectionOptions {
        &options.connection
    }

    fn read(options: &Options, task: &mut Task) -> Result<(), OptionError> {
        options.org.id_or_name(task, &EmptyOptionAdvice::CanBeOmitted).map(|_| ())
    }

    fn run(client: &Client, task: &mut Task, options: &Options, (): ()) -> Outcome<Results> {
        let mut results = ask(client, options.usage, task).map_err(messages::failure)?;
        if !options.return_self {
            results.answer = None;
        }
        Ok(Success::unchanged(results))
    }
}

fn ask(client: &Client, usage: bool, task: &mut Task) -> Result<Results, Error> {
    let answer = client.get("/api/v1/self")?;
    let mut results = read_self(&answer.json).map_err(|unknown| match unknown {
        Unknown::Shape => answer.unexpected("an account or a token with a list of privileges"),
        Unknown::SecondFactorOpen => Error::Login {
            call: answer.call.clone(),
            fault: LoginFault::SecondFactorOpen,
            status: Some(answer.status),
            detail: String::new(),
        },
    })?;
    for msp_id in names::msps(answer.json["privileges"].as_array().map_or(&[], Vec::as_slice)) {
        match names::msp_orgs(client, msp_id) {
            Ok(orgs) => add_msp_orgs(results.orgs.get_or_insert_default(), orgs),
            // The other results are known.
            Err(error @ Error::Status { .. }) => {
                task.warn(format!("orgs: without those of the MSP {msp_id}: {}", messages::message(&error)));
            }
            Err(error) => return Err(error),
        }
    }
    if usage {
        let answer = client.get("/api/v1/self/usage")?;
        let now = answer.date.unwrap_or_else(SystemTime::now);
        let usage = read_usage(&answer.json, now).ok_or_else(|| answer.unexpected("the usage of the API"))?;
        results.usage = Some(usage);
    }
    Ok(results)
}

/// The cloud counts calls from the full hour (official API document, response 429).
const HOUR: u64 = 3600;

/// Fields that only an account has (official API document, `admin`).
const PERSONAL: [&str; 3] = ["email", "first_name", "last_name"];

/// The results of `mist_self_info`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Results {
    /// Owner of the token: the account (also of a login) or an organization.
    #[schemars(extend("x-ansible-returned" = "success, if the response shows it"))]
    pub token_type: Option<TokenType>,
    /// Response of the cloud about the account or the organization token, unchanged.
    #[schemars(extend("x-ansible-returned" = "success"))]
    #[schemars(extend("examples" = [{"email": "ada@example.com", "first_name": "Ada", "last_name": "Example"}]))]
    pub identity: Option<Map<String, Value>>,
    /// The same under its older name.
    #[serde(rename = "self")]
    #[schemars(extend("x-ansible-returned" = "success and O(return_self=true)", "x-ansible-reserved-name" = true))]
    #[schemars(extend("examples" = [{"email": "ada@example.com", "first_name": "Ada", "last_name": "Example"}]))]
    pub answer: Option<Map<String, Value>>,
    /// Privileges of the token.
    #[schemars(extend("x-ansible-returned" = "success"))]
    pub privileges: Option<Vec<PrivilegeResult>>,
    /// Calls of this hour. All tokens of an account share its quota. An organization token has its own.
    #[schemars(extend("x-ansible-returned" = "success and O(usage=true)"))]
    pub usage: Option<Usage>,
    /// Organizations of the privileges, each once, sorted by name. For a privilege on an MSP, all organizations of the MSP, which takes another call.
    #[schemars(extend("x-ansible-returned" = "success"))]
    pub orgs: Option<Vec<Organization>>,
}

/// A privilege, with all other fields that the cloud returns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct PrivilegeResult {
    /// Scope: C(org), C(site), C(sitegroup), C(orgsites), C(orggroup) or C(msp).
    #[schemars(example = &"org")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Role: C(admin), C(write), C(read), C(helpdesk) or C(installer).
    #[schemars(example = &"admin")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Name of the organization, site or MSP.
    #[schemars(example = &"Acme")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// ID of the organization.
    #[schemars(example = &"2818e386-8dec-2562-9ede-5b8a0fbbdc71")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub org_id: Option<String>,
    /// Name of the organization.
    #[schemars(example = &"Acme")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub org_name: Option<String>,
    /// ID of the site, with scope C(site).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site_id: Option<String>,
    /// IDs of the site groups, with scope C(sitegroup).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sitegroup_ids: Option<Vec<String>>,
    /// Views that it is restricted to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub views: Option<Vec<String>>,
    /// All other fields that the cloud returns.
    #[serde(flatten)]
    #[schemars(skip)]
    pub more: Map<String, Value>,
}

/// The calls of this hour.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Usage {
    /// Number of calls since the full hour, with this one.
    #[schemars(example = 17)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests: Option<u64>,
    /// Number of calls allowed in an hour.
    #[schemars(example = 5000)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_limit: Option<u64>,
    /// Number of calls left in this hour.
    #[schemars(example = 4983)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remaining: Option<u64>,
    /// Time of the next full hour by the cloud's clock, when the count restarts, in seconds since the epoch.
    #[schemars(example = 1_690_117_200)]
    pub resets_at: u64,
    /// Number of seconds until then.
    #[schemars(example = 2090)]
    pub resets_in: u64,
    /// All other fields that the cloud returns.
    #[serde(flatten)]
    #[schemars(skip)]
    pub more: Map<String, Value>,
}

/// An organization.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Organization {
    /// Name of the organization; V(null) if no privilege shows it.
    #[schemars(example = &"Acme")]
    pub name: Option<String>,
    /// ID of the organization.
    #[schemars(example = &"2818e386-8dec-2562-9ede-5b8a0fbbdc71")]
    pub id: String,
}

/// The reason that a response to GET `/api/v1/self` does not show the identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// Not an account with a list of privileges.
    Shape,
    /// The second factor of a login is missing: until then, the cloud does not return privileges.
    SecondFactorOpen,
}

/// The results from the response to GET `/api/v1/self`.
///
/// # Errors
/// [`Unknown`]
pub fn read_self(json: &Value) -> Result<Results, Unknown> {
    let fields = json.as_object().ok_or(Unknown::Shape)?;
    let is = |field: &str| fields.get(field).and_then(Value::as_bool);
    let list = match fields.get("privileges") {
        None | Some(Value::Null)
            if is("two_factor_required") == Some(true) && is("two_factor_passed") != Some(true) =>
        {
            return Err(Unknown::SecondFactorOpen);
        }
        None | Some(Value::Null) => &[][..],
        Some(privileges) => privileges.as_array().ok_or(Unknown::Shape)?,
    };
    Ok(Results {
        token_type: token_type(fields),
        identity: Some(fields.clone()),
        answer: Some(fields.clone()),
        orgs: Some(organizations(list)),
        privileges: Some(list.iter().map(privilege).collect::<Option<_>>().ok_or(Unknown::Shape)?),
        ..Results::default()
    })
}

/// Adds the organizations of an MSP, as pairs of name and ID. The list stays sorted and without duplicates.
pub fn add_msp_orgs(orgs: &mut Vec<Organization>, of_msp: Vec<(String, String)>) {
    for (name, id) in of_msp {
        match orgs.iter_mut().find(|org| org.id == id) {
            Some(known) => drop(known.name.get_or_insert(name)),
            None => orgs.push(Organization { name: Some(name), id }),
        }
    }
    orgs.sort();
}

/// The usage from the response to GET `/api/v1/self/usage` at this time of the cloud's clock; `None` if it is not an object.
#[must_use]
pub fn read_usage(json: &Value, now: SystemTime) -> Option<Usage> {
    let mut more = json.as_object()?.clone();
    let (requests, request_limit) = (take(&mut more, "requests"), take(&mut more, "request_limit"));
    let now = now.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let resets_in = HOUR - now % HOUR;
    Some(Usage {
        requests,
        request_limit,
        remaining: request_limit.zip(requests).map(|(limit, requests): (u64, u64)| limit.saturating_sub(requests)),
        resets_at: now + resets_in,
        resets_in,
        more,
    })
}

/// An organization token has a name and no field of an account (official API document, `admin`).
fn token_type(fields: &Map<String, Value>) -> Option<TokenType> {
    let has = |field: &str| fields.get(field).is_some_and(|value| !value.is_null());
    if PERSONAL.into_iter().any(has) { Some(TokenType::User) } else { has("name").then_some(TokenType::Org) }
}

fn privilege(value: &Value) -> Option<PrivilegeResult> {
    let mut more = value.as_object()?.clone();
    Some(PrivilegeResult {
        scope: take(&mut more, "scope"),
        role: take(&mut more, "role"),
        name: take(&mut more, "name"),
        org_id: take(&mut more, "org_id"),
        org_name: take(&mut more, "org_name"),
        site_id: take(&mut more, "site_id"),
        sitegroup_ids: take(&mut more, "sitegroup_ids"),
        views: take(&mut more, "views"),
        more,
    })
}

/// Removes and returns a field of the expected type. A field of another type stays.
fn take<T: DeserializeOwned>(fields: &mut Map<String, Value>, name: &str) -> Option<T> {
    let value: T = serde_json::from_value(fields.get(name)?.clone()).ok()?;
    fields.shift_remove(name);
    Some(value)
}

/// The organizations, each once, sorted by name; those without a name first.
fn organizations(privileges: &[Value]) -> Vec<Organization> {
    let mut known: BTreeMap<&str, Option<String>> = BTreeMap::new();
    for privilege in privileges {
        if let Some(id) = privilege["org_id"].as_str() {
            let name = names::organization(privilege).map(|(name, _)| name);
            let first = known.entry(id).or_default();
            *first = first.take().or(name);
        }
    }
    let mut list: Vec<_> = known.into_iter().map(|(id, name)| Organization { name, id: id.to_owned() }).collect();
    list.sort();
    list
}

const DOCUMENTATION: Documentation = Documentation::new()
.short_description("Show the identity, privileges and remaining calls of the credentials for the Juniper Mist cloud")
.description(&[
        "Returns the owner of a token (an account or an organization), its privileges, and the organizations that it can see. Also returns the number of calls that it has left in this hour.",
        "Use it to check a token before a play depends on it.",
        "It changes nothing.",
    ])
.version_added("0.1.0")
.author(AUTHOR)
.requirements(REQUIREMENTS)
.notes(&[
        "The cloud counts calls from the full hour: for an account with all its user tokens together, for each organization token separately.",
    ])
.seealso(&[
        SeeAlso::Module { module: "mist_api_token_info", description: "List API tokens and their age." },
        SeeAlso::Link {
            name: "Mist API: authentication",
            link: "https://api.mist.com/api/v1/docs/Auth",
            description: "Mist's page about tokens and logins.",
        },
    ])
.attributes(READ_ONLY)
.examples(EXAMPLES);

const EXAMPLES: &str = r#"- name: Show the identity of the token
  mist_self_info:
  register: me

- name: Refuse user tokens in this play
  ansible.builtin.assert:
    that: me.token_type == 'org'

- name: Check a token that was just delivered
  mist_self_info:
    api_token: "{{ lookup('ansible.builtin.file', '/etc/backup/mist-token') }}"
    usage: false

- name: Wait for the next hour if fewer than 500 calls are left
  ansible.builtin.pause:
    seconds: "{{ me.usage.resets_in }}"
  when: me.usage.remaining < 500

- name: Use the only organization that this token can see
  ansible.builtin.set_fact:
    mist_org_id: "{{ me.orgs[0].id }}"
  when: me.orgs | length == 1
"#;

#[cfg(test)]
mod tests;
