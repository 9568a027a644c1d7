//! The options: source of their documentation, help, validation and schema. [`Params`] has them parsed and checked.

use super::secrets;
use super::target::{self, Parameter, Target, Template};
use crate::ConnectionOptions;
use crate::common::options::{EmptyOptionAdvice, OptionError, blank_variable_note};
use crate::common::scope::{self, IdOrName, MspOptions, ORG_VARIABLE, OrgOptions, SiteOptions};
use ansible_binary_module::{Task, rules};
use mist_client::redact::quoted;
use mist_client::{Client, Error, path};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The options of `mist_api_request`.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(transform = rules::mutually_exclusive(vec!["site_id", "site"]))]
pub struct Options {
    /// HTTP method, in upper or lower case.
    ///
    /// V(GET) reads and changes nothing.
    ///
    /// V(PUT) updates: it reads the object first, and writes only if O(body) differs.
    ///
    /// V(POST) creates an object or runs an action. The call is sent once and always counts as a change.
    ///
    /// V(DELETE) deletes. A missing object (status 404) is not a change and not an error.
    #[serde(default)]
    pub method: Method,
    /// Path of the call, such as V(/api/v1/self), or without the common beginning V(/api/v1/), such as V(self) or V(orgs/{org_id}/sites).
    ///
    /// V({org_id}), V({site_id}) and V({msp_id}) are replaced by the options with these names. Other words in braces are an error.
    ///
    /// A query such as V(?limit=10) is allowed, and O(query) is added to it. A scheme, a host, a fragment and V(..) are errors.
    pub path: String,
    /// Parameters of the query by name. A list repeats the parameter for each element. A parameter with the value V(null) is omitted.
    ///
    /// Names and values are percent-encoded.
    pub query: Option<Map<String, Value>>,
    /// Read the object before O(method=PUT), and write only if it differs.
    ///
    /// Default: V(false) for the paths whose PUT is an action by the API document, such as V(orgs/{org_id}/inventory), otherwise V(true). With V(false), the call is sent without a comparison and always counts as a change.
    #[schemars(extend("x-ansible-version-added" = "0.3.0"))]
    pub read_first: Option<bool>,
    /// Body of the request, for O(method=PUT) and O(method=POST): a dictionary, a list, or JSON text of either. Default for O(method=POST): an empty dictionary.
    pub body: Option<Value>,
    /// Read all pages of a list, for O(method=GET).
    ///
    /// Default: V(true), unless the task selects a page by O(limit), or by C(limit), C(page) or C(search_after) in the query.
    ///
    /// Lists are continued by the headers C(X-Page-Total) and C(X-Page-Limit), searches by C(next) in the response. A response without pages is returned unchanged.
    pub paginate: Option<bool>,
    /// Number of objects on a page, for O(method=GET): the parameter C(limit) of the API. Unless O(paginate=true), only one page is read.
    ///
    /// Default: the cloud's page size, usually 100. Most calls return at most 1000.
    #[schemars(range(min = 1))]
    pub limit: Option<u32>,
    /// Statuses that count as success. Default: 200 to 299. A redirect is always an error.
    ///
    /// Add V(404) to check if an object exists: see RV(status).
    #[schemars(extend("examples" = [[200, 404]]))]
    pub status_code: Option<Vec<u16>>,
    /// The organization, if O(path) contains V({org_id}), and for the lookup of O(site).
    #[serde(flatten)]
    pub org: OrgOptions,
    /// The site, if O(path) contains V({site_id}).
    #[serde(flatten)]
    pub site: SiteOptions,
    /// The MSP, if O(path) contains V({msp_id}).
    #[serde(flatten)]
    pub msp: MspOptions,
    /// The connection to the cloud.
    #[serde(flatten)]
    pub connection: ConnectionOptions,
}

/// HTTP method. As with M(ansible.builtin.uri), lower case is accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", rename_all = "UPPERCASE")]
pub enum Method {
    #[default]
    Get,
    Post,
    Put,
    Delete,
}

impl TryFrom<String> for Method {
    type Error = OptionError;

    fn try_from(text: String) -> Result<Self, OptionError> {
        match text.trim().to_ascii_uppercase().as_str() {
            "GET" => Ok(Self::Get),
            "POST" => Ok(Self::Post),
            "PUT" => Ok(Self::Put),
            "DELETE" => Ok(Self::Delete),
            _ => {
                // Ansible's protocol adds the option.
                let reason = format!("{} is not a method of the API. Set GET, POST, PUT or DELETE.", quoted(&text));
                Err(OptionError::new("", reason))
            }
        }
    }
}

/// A string for Ansible, because choices are case-sensitive.
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

/// The parsed and checked options.
#[derive(Clone, Debug, PartialEq)]
pub struct Params {
    pub method: Method,
    /// The body of the request; `null` for a method without a body.
    pub body: Value,
    /// The option `read_first`.
    pub read_first: Option<bool>,
    pub paginate: bool,
    pub accepts: Accepts,
    /// The secrets in the request.
    pub secrets: Vec<String>,
    template: Template,
    query: Vec<Parameter>,
    msp_id: Option<String>,
    org: Option<IdOrName>,
    site: Option<IdOrName>,
}

/// The statuses that count as success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepts(Option<Vec<u16>>);

impl Accepts {
    #[must_use]
    pub fn takes(&self, status: u16) -> bool {
        match &self.0 {
            Some(statuses) => statuses.contains(&status),
            None => (200..300).contains(&status),
        }
    }
}

impl Params {
    /// Checks the options.
    ///
    /// # Errors
    /// The first option that cannot be used.
    pub fn new(options: &Options, task: &Task) -> Result<Self, OptionError> {
        let template = Template::parse(&options.path)?;
        let advice = |word: &str| {
            if template.needs(word) { EmptyOptionAdvice::Required } else { EmptyOptionAdvice::CanBeOmitted }
        };
        let site = options.site.id_or_name(task, &advice("site_id"))?;
        let msp_id = options.msp.id(task, &advice("msp_id"))?;
        let by_name = matches!(site, Some(IdOrName::Name(_))) && template.needs("site_id");
        let needs_org = template.needs("org_id") || by_name;
        let org = options
            .org
            .id_or_name(task, &if needs_org { scope::org_of_environment() } else { EmptyOptionAdvice::CanBeOmitted })?;
        if template.needs("site_id") && site.is_none() {
            return Err(OptionError::new(
                "site_id",
                "required because `path` contains {site_id}. Set site_id or site.",
            ));
        }
        if org.is_none() && needs_org {
            let why = if by_name { "to look up the site by name" } else { "because `path` contains {org_id}" };
            let blank = blank_variable_note(task, "org_id");
            let reason = format!("required {why}. Set org_id, org or the environment variable {ORG_VARIABLE}{blank}.");
            return Err(OptionError::new("org_id", reason));
        }
        if template.needs("msp_id") && msp_id.is_none() {
            return Err(OptionError::new("msp_id", "required because `path` contains {msp_id}. Set msp_id."));
        }
        let method = options.method;
        let pages_wanted = options.paginate == Some(true);
        if method != Method::Get && (pages_wanted || options.limit.is_some()) {
            let option = if pages_wanted { "paginate" } else { "limit" };
            return Err(OptionError::new(option, "only method: GET reads pages. Omit the option."));
        }
        if method != Method::Put && options.read_first.is_some() {
            return Err(OptionError::new("read_first", "only for method: PUT. Omit the option."));
        }
        if let Some(bad) = options.status_code.iter().flatten().find(|status| !(100..600).contains(*status)) {
            let reason = format!("{bad} is not an HTTP status. Set statuses from 100 to 599, such as 200 or 404.");
            return Err(OptionError::new("status_code", reason));
        }
        let accepts = Accepts(options.status_code.clone().filter(|statuses| !statuses.is_empty()));
        let query = query(options, &template)?;
        let paginate = options.paginate.unwrap_or_else(|| !chooses_page(&template, &query));
        let body = body(options)?;
        let secrets = secrets::of_call(&options.path, &body, options.query.as_ref());
        let read_first = options.read_first;
        Ok(Self { method, body, read_first, paginate, accepts, secrets, template, query, msp_id, org, site })
    }

    /// The path with IDs and the query. Sends requests only to look up names.
    ///
    /// # Errors
    /// The failure of a lookup.
    pub fn target(&self, client: &Client) -> Result<Target, Error> {
        let site = self.site.as_ref().filter(|_| self.template.needs("site_id"));
        let by_name = matches!(site, Some(IdOrName::Name(_)));
        let org = self.org.as_ref().filter(|_| self.template.needs("org_id") || by_name);
        let org_id = org.map(|org| scope::org_id(client, org)).transpose()?.unwrap_or_default();
        let site_id = site.map(|site| scope::site_id(client, &org_id, site)).transpose()?.unwrap_or_default();
        let msp_id = self.msp_id.as_deref().unwrap_or_default();
        let mut target = self.template.fill(&[("org_id", &org_id), ("site_id", &site_id), ("msp_id", msp_id)]);
        target.query.extend(self.query.iter().cloned());
        Ok(target)
    }
}

/// The parameters in addition to those in the path.
fn query(options: &Options, template: &Template) -> Result<Vec<Parameter>, OptionError> {
    let mut query = target::parameters(options.query.as_ref().unwrap_or(&Map::new()))?;
    let in_path = template.fill(&[]);
    if let Some((name, _)) = query.iter().find(|(name, _)| in_path.parameter(name).is_some()) {
        let reason = format!("parameter {} is also in `path`. Set it once.", quoted(&path::decode(name)));
        return Err(OptionError::new("query", reason));
    }
    if let Some(limit) = options.limit {
        if in_path.parameter("limit").is_some() || query.iter().any(|(name, _)| name == "limit") {
            return Err(OptionError::new("limit", "also a parameter of the query. Set it once."));
        }
        query.push(("limit".to_owned(), limit.to_string()));
    }
    Ok(query)
}

/// Returns true if the task selects a page itself.
fn chooses_page(template: &Template, added: &[Parameter]) -> bool {
    let chooses = |(name, _): &Parameter| matches!(name.as_str(), "limit" | "page" | "search_after");
    template.fill(&[]).query.iter().chain(added).any(chooses)
}

fn body(options: &Options) -> Result<Value, OptionError> {
    let error = |reason: &str| Err(OptionError::new("body", reason));
    let sends = matches!(options.method, Method::Post | Method::Put);
    let body = match &options.body {
        None if options.method == Method::Put => {
            return error("required with method: PUT. Set the fields to write.");
        }
        None => return Ok(if sends { Value::Object(Map::new()) } else { Value::Null }),
        Some(_) if !sends => return error("only method: PUT and POST send a body. Omit the option."),
        Some(Value::String(text)) => serde_json::from_str(text).map_err(|error| {
            // Syntax errors do not quote the text, which may contain a secret.
            OptionError::new(
                "body",
                format!("not valid JSON: {error}. Set a dictionary, a list, or JSON text of either."),
            )
        })?,
        Some(body) => body.clone(),
    };
    match body {
        Value::Object(_) | Value::Array(_) => Ok(body),
        _ => error("not a dictionary or a list. Set one of these, or JSON text of either."),
    }
}

#[cfg(test)]
#[path = "options_tests.rs"]
mod tests;
