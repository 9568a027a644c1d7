//! The option `orgs`: one task for many organizations. Each is done by itself, and a failure of one does not stop the others.
//!
//! The organizations are those of `/self`, and those of each MSP that the credentials administer, which takes one request for
//! each MSP. A group of organizations takes one request more for each MSP.

use super::glob::Glob;
use super::options::{OptionError, is_blank};
use super::scope::OrgOptions;
use super::{MistModule, messages};
use ansible_binary_module::{Diff, Failure, Outcome, Success, Task};
use mist_client::redact::quoted;
use mist_client::suggest::Candidates;
use mist_client::{Client, Error, interruption, names, paging, path};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Calls an hour for an account with all its tokens, and for a token of an organization (official API document, response 429).
const LIMIT: u64 = 5000;

/// The organization with which the other options are checked.
const ANY_ORG: &str = "00000000-0000-0000-0000-000000000000";

/// The option for many organizations. The options of a module flatten it.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
pub struct OrgsOptions {
    /// Run for each of these organizations, instead of O(org_id) and O(org). A list of names, IDs or patterns (V(*) is any text, V(?) one character, V([ab]) one of these). V(all) is every organization of the credentials. C({orggroup: NAME}) is a group of an MSP, also as an element of the list.
    ///
    /// A name or pattern without an organization is an error, before any change. If one organization fails, the task continues with the others, and fails at the end.
    #[schemars(extend("x-ansible-type" = "raw", "x-ansible-version-added" = "0.3.0"))]
    #[schemars(extend("examples" = [["Acme *", "2818e386-8dec-2562-9ede-5b8a0fbbdc71"]]))]
    pub orgs: Option<Value>,
}

/// The results for many organizations. The results of a module flatten them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct ManyOrgs {
    /// Results for each organization by its name: those of the module, C(org_id), C(changed), C(failed), and C(msg) of a failure. If several have one name, the keys contain the IDs too.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-ansible-returned" = "when O(orgs) is set"))]
    #[schemars(extend("examples" = [{"Acme": {"org_id": "2818e386-8dec-2562-9ede-5b8a0fbbdc71", "changed": false, "failed": false}}]))]
    pub orgs: Option<BTreeMap<String, Map<String, Value>>>,
    /// Quota of the hour. All tokens of an account share it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-ansible-returned" = "when O(orgs) is set"))]
    pub quota: Option<Quota>,
}

/// Quota of the hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Quota {
    /// Calls of this task.
    #[schemars(example = 51)]
    pub calls: u32,
    /// Calls that are allowed in an hour.
    #[schemars(example = 5000)]
    pub limit: u64,
    /// Calls of this hour by all users of the quota.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-ansible-returned" = "if an organization was changed or failed: it takes one more call"))]
    #[schemars(example = 312)]
    pub used: Option<u64>,
}

/// An element of the option.
#[derive(Clone, Debug, PartialEq)]
pub enum Selector {
    All,
    Id(String),
    /// A name, which can also be a pattern.
    Name(String),
    Group(String),
}

/// An organization.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Org {
    pub name: String,
    pub id: String,
}

/// The reason that the organizations are unknown.
#[derive(Debug)]
pub enum OrgsError {
    Cloud(Error),
    Option(OptionError),
}

impl From<Error> for OrgsError {
    fn from(error: Error) -> Self {
        Self::Cloud(error)
    }
}

impl OrgsError {
    /// The error as a failure.
    #[must_use]
    pub fn into_failure(self) -> Failure {
        match self {
            Self::Cloud(error) => messages::failure(error),
            Self::Option(error) => error.into_failure(),
        }
    }
}

impl OrgsOptions {
    /// Parses the option. `None` if it is not set.
    ///
    /// # Errors
    /// It is empty, of another form, or set next to another option for the organization.
    pub fn selectors(&self, task: &Task, org: &OrgOptions) -> Result<Option<Vec<Selector>>, OptionError> {
        let Some(value) = &self.orgs else {
            let is_null = task.mentions("orgs");
            let reason = "set but empty. Check the variable in it, or remove the option.";
            return if is_null { Err(OptionError::new("orgs", reason)) } else { Ok(None) };
        };
        // An organization of the environment does not count: the task has chosen others.
        if task.given("org_id") || org.org.is_some() {
            return Err(OptionError::mutually_exclusive("orgs", "org_id and org"));
        }
        let items = match value {
            Value::Array(items) => items.iter().enumerate().map(|(at, item)| (format!("orgs[{at}]"), item)).collect(),
            one => vec![("orgs".to_owned(), one)],
        };
        if items.is_empty() {
            let reason = "the list is empty. List organizations, or set all.";
            return Err(OptionError::new("orgs", reason));
        }
        items.into_iter().map(|(option, item)| selector(option, item)).collect::<Result<_, _>>().map(Some)
    }
}

fn selector(option: String, item: &Value) -> Result<Selector, OptionError> {
    let text = |text: &str| match text.trim() {
        blank if is_blank(blank) => Err(OptionError::new(option.clone(), "empty. Check the variable in it.")),
        text => Ok(text.to_owned()),
    };
    match item {
        Value::String(name) => Ok(match text(name)? {
            name if name == "all" => Selector::All,
            name => path::uuid(&name).map_or(Selector::Name(name), Selector::Id),
        }),
        // A name that YAML reads as a number.
        Value::Number(name) => Ok(Selector::Name(name.to_string())),
        Value::Object(fields) => match (fields.len(), fields.get("orggroup")) {
            (1, Some(Value::String(name))) => Ok(Selector::Group(text(name)?)),
            _ => Err(OptionError::new(option, "a dictionary of another form. Set {orggroup: NAME}.")),
        },
        _ => Err(OptionError::new(option, "not an organization. Set a name, an ID, a pattern, or {orggroup: NAME}.")),
    }
}

/// A group of organizations of an MSP.
#[derive(Clone, Debug, PartialEq)]
struct Group {
    id: String,
    name: String,
    members: BTreeSet<String>,
}

/// The selected organizations, each once, in the order of their names.
///
/// # Errors
/// A request failed, or an element selects no organization.
pub fn resolve(client: &Client, selectors: &[Selector]) -> Result<Vec<Org>, OrgsError> {
    let answer = client.get("/api/v1/self")?;
    let privileges = answer.json["privileges"].as_array();
    let privileges = privileges.ok_or_else(|| answer.unexpected("an account with its privileges"))?;
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    known.extend(privileges.iter().filter_map(names::organization).map(|(name, id)| (id, name)));
    let (mut groups, mut members) = (Vec::new(), Vec::new());
    let needs_groups = selectors.iter().any(|one| matches!(one, Selector::Group(_)));
    for msp_id in names::msps(privileges) {
        let text = |object: &Value, field: &str| object[field].as_str().unwrap_or_default().to_owned();
        let list = |word: &str| {
            let path = format!("/api/v1/msps/{msp_id}/{word}?limit=1000");
            paging::all::<Value>(client, &path, "a list of objects of an MSP").map(|(_, objects)| objects)
        };
        for org in list("orgs")? {
            let id = text(&org, "id");
            let of = org["orggroup_ids"].as_array().into_iter().flatten().filter_map(Value::as_str);
            members.extend(of.map(|group| (group.to_owned(), id.clone())));
            known.insert(id, text(&org, "name"));
        }
        if needs_groups {
            groups.extend(list("orggroups")?.iter().map(|group| {
                let listed = group["org_ids"].as_array().into_iter().flatten().filter_map(Value::as_str);
                Group { id: text(group, "id"), name: text(group, "name"), members: listed.map(str::to_owned).collect() }
            }));
        }
    }
    for group in &mut groups {
        let named = members.iter().filter(|(id, _)| *id == group.id).map(|(_, org)| org.clone());
        group.members.extend(named.collect::<Vec<_>>());
    }
    known.retain(|id, name| path::is_segment(id) && !name.is_empty());
    select(selectors, &known, &groups).map_err(OrgsError::Option)
}

/// The organizations of the selectors. `known` are names by ID.
fn select(selectors: &[Selector], known: &BTreeMap<String, String>, groups: &[Group]) -> Result<Vec<Org>, OptionError> {
    let error = |reason: String| Err(OptionError::new("orgs", reason));
    let mut selected = BTreeSet::new();
    for selector in selectors {
        let found: Vec<&String> = match selector {
            Selector::All => known.keys().collect(),
            Selector::Id(id) => known.keys().filter(|known| *known == id).collect(),
            Selector::Name(name) => {
                let exact: Vec<&String> = known.iter().filter(|(_, known)| *known == name).map(|(id, _)| id).collect();
                if exact.len() > 1 {
                    let ids = exact.iter().map(|id| id.as_str()).collect::<Vec<_>>().join(", ");
                    return error(format!("several organizations have the name {}. Set IDs: {ids}", quoted(name)));
                }
                let glob = Glob::new(name);
                let matching = || known.iter().filter(|(_, known)| glob.matches(known)).map(|(id, _)| id).collect();
                if exact.is_empty() { matching() } else { exact }
            }
            Selector::Group(name) => match groups.iter().filter(|group| group.name == *name).collect::<Vec<_>>()[..] {
                [] => {
                    let candidates = Candidates::new(name, groups.iter().map(|group| group.name.as_str()));
                    return error(format!("no group of organizations has the name {}. {candidates}", quoted(name)));
                }
                [group] => known.keys().filter(|id| group.members.contains(*id)).collect(),
                _ => {
                    return error(format!(
                        "several groups of organizations have the name {}. List the organizations.",
                        quoted(name)
                    ));
                }
            },
        };
        if found.is_empty() {
            let candidates = |name: &str| Candidates::new(name, known.values().map(String::as_str)).to_string();
            return error(match selector {
                Selector::All => "the credentials have no organization. Use another token.".to_owned(),
                Selector::Id(id) => format!("the credentials have no organization with the ID {id}. Check it."),
                Selector::Name(name) => format!("no organization has the name {}. {}", quoted(name), candidates(name)),
                Selector::Group(name) => format!("the group {} has no organization of the credentials.", quoted(name)),
            });
        }
        selected.extend(found.into_iter().map(|id| Org { name: known[id].clone(), id: id.clone() }));
    }
    Ok(selected.into_iter().collect())
}

/// The checked options of a module with the option `orgs`.
#[derive(Debug)]
pub enum Chosen<P> {
    One(P),
    Many(Vec<Selector>),
}

/// A module with the option `orgs`. Its [`MistModule::read`] and [`MistModule::run`] are [`read`] and [`run`].
pub trait ForManyOrgs: MistModule<Options: Clone, Params = Chosen<Self::One>> {
    /// The checked options for one organization.
    type One;

    fn orgs(options: &Self::Options) -> (&OrgsOptions, &OrgOptions);

    /// Sets the organization, as the task would with `org_id`.
    fn set_org(options: &mut Self::Options, org_id: &str);

    /// Checks that the options can be used for many organizations.
    ///
    /// # Errors
    /// An option has a meaning for one organization only.
    fn check_for_many(options: &Self::Options) -> Result<(), OptionError>;

    /// [`MistModule::read`] for one organization.
    ///
    /// # Errors
    /// The first option that cannot be used.
    fn read_one(options: &Self::Options, task: &mut Task) -> Result<Self::One, OptionError>;

    /// [`MistModule::run`] for one organization.
    ///
    /// # Errors
    /// A [`Failure`] of the organization.
    fn run_one(client: &Client, task: &mut Task, options: &Self::Options, one: Self::One) -> Outcome<Self::Results>;

    fn results(many: ManyOrgs) -> Self::Results;
}

/// Parses the option, and checks the others as for one organization.
///
/// # Errors
/// The first option that cannot be used.
pub fn read<M: ForManyOrgs>(options: &M::Options, task: &mut Task) -> Result<Chosen<M::One>, OptionError> {
    let (orgs, org) = M::orgs(options);
    let Some(selectors) = orgs.selectors(task, org)? else { return M::read_one(options, task).map(Chosen::One) };
    M::check_for_many(options)?;
    let mut any = options.clone();
    M::set_org(&mut any, ANY_ORG);
    M::read_one(&any, task)?;
    Ok(Chosen::Many(selectors))
}

/// Runs the module for each organization, one after the other.
///
/// # Errors
/// The organizations are unknown, or one of them failed.
pub fn run<M: ForManyOrgs>(
    client: &Client,
    task: &mut Task,
    options: &M::Options,
    chosen: Chosen<M::One>,
) -> Outcome<M::Results> {
    let selectors = match chosen {
        Chosen::One(one) => return M::run_one(client, task, options, one),
        Chosen::Many(selectors) => selectors,
    };
    let orgs = resolve(client, &selectors).map_err(OrgsError::into_failure)?;
    let (mut results, mut diffs, mut failed, mut changed) = (BTreeMap::new(), Vec::new(), Vec::new(), false);
    for org in &orgs {
        let outcome = if interruption::is_requested() {
            Err(Failure::new("not started because of a signal."))
        } else {
            let mut options = options.clone();
            M::set_org(&mut options, &org.id);
            let one = M::read_one(&options, task).map_err(OptionError::into_failure);
            one.and_then(|one| M::run_one(client, task, &options, one))
        };
        let key = key(&orgs, org);
        let (result, diff) = match outcome {
            Ok(success) => of_success(success),
            Err(failure) => {
                failed.push(format!("{}: {}", quoted(&key), failure.msg));
                of_failure(failure)
            }
        };
        changed |= result["changed"] == true;
        diffs.extend(diff);
        let own = [("org_id".to_owned(), json!(org.id))];
        results.insert(key, own.into_iter().chain(result).collect());
    }
    // Nothing changed and nothing failed: the quota is not worth another call.
    let used = if changed || !failed.is_empty() { usage(client) } else { None };
    let quota = Quota {
        calls: client.api_calls(),
        limit: used.map_or(LIMIT, |(_, limit)| limit),
        used: used.map(|(used, _)| used),
    };
    let results = M::results(ManyOrgs { orgs: Some(results), quota: Some(quota) });
    if failed.is_empty() {
        return Ok(Success::new(changed, results).with_diff(diffs));
    }
    let (count, total) = (failed.len(), orgs.len());
    let rest =
        if count > SHOWN { format!(" {} more failed: see orgs in the result.", count - SHOWN) } else { String::new() };
    let shown = failed.into_iter().take(SHOWN).collect::<Vec<_>>().join(" ");
    let failure =
        Failure::new(format!("orgs: {count} of {total} organizations failed. {shown}{rest}")).with_diff(diffs);
    Err(failure.with_changed(changed).with_results(results))
}

/// At most this many failures are in the message.
const SHOWN: usize = 3;

/// The name of an organization, with its ID if others have the name too.
fn key(orgs: &[Org], org: &Org) -> String {
    let is_other = |other: &&Org| other.name == org.name && other.id != org.id;
    match orgs.iter().find(is_other) {
        Some(_) => format!("{} ({})", org.name, org.id),
        None => org.name.clone(),
    }
}

type OrgResult = (Map<String, Value>, Vec<Diff>);

fn of_success<R: Serialize>(success: Success<R>) -> OrgResult {
    let mut fields = object(&success.results);
    fields.insert("changed".to_owned(), json!(success.changed));
    fields.insert("failed".to_owned(), json!(false));
    fields.extend(success.msg.map(|msg| ("msg".to_owned(), json!(msg))));
    (fields, success.diff)
}

fn of_failure(failure: Failure) -> OrgResult {
    let mut fields = failure.fields;
    fields.insert("changed".to_owned(), json!(failure.changed));
    fields.insert("failed".to_owned(), json!(true));
    fields.insert("msg".to_owned(), json!(failure.msg));
    (fields, failure.diff)
}

fn object(results: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(results) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

/// The calls of this hour, and their limit. A failure does not fail the task.
fn usage(client: &Client) -> Option<(u64, u64)> {
    let usage = client.get("/api/v1/self/usage").ok()?.json;
    Some((usage["requests"].as_u64()?, usage["request_limit"].as_u64()?))
}

#[cfg(test)]
#[path = "orgs_tests.rs"]
mod tests;
