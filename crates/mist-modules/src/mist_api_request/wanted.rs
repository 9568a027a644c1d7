//! What the options come to, checked before anything is sent.

use crate::common::options::{EmptyOptionAdvice, OptionError, blank_variable_note};
use crate::common::scope::{self, IdOrName, ORG_VARIABLE};
use crate::mist_api_request::options::{Method, Options};
use crate::mist_api_request::target::{Target, Template};
use crate::mist_api_request::{encoding, secrets};
use ansible_binary_module::Task;
use mist_client::redact::quoted;
use mist_client::{Client, Error};
use serde_json::{Map, Value};

/// A call as the task wants it.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// What to do.
    pub method: Method,
    /// What is sent; an empty dictionary where a POST was given none, `null` for what sends nothing.
    pub body: Value,
    /// True if all pages are read.
    pub paginate: bool,
    /// Which statuses are no failure.
    pub accepts: Accepts,
    /// The secrets within what is sent.
    pub secrets: Vec<String>,
    template: Template,
    query: Vec<encoding::Parameter>,
    msp_id: Option<String>,
    org: Option<IdOrName>,
    site: Option<IdOrName>,
}

/// Which statuses are no failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepts(Option<Vec<u16>>);

impl Accepts {
    /// Returns true if this status is no failure.
    #[must_use]
    pub fn takes(&self, status: u16) -> bool {
        match &self.0 {
            Some(statuses) => statuses.contains(&status),
            None => (200..300).contains(&status),
        }
    }
}

impl Wanted {
    /// Checks the options.
    ///
    /// # Errors
    /// A sentence that names the option and says what to give.
    pub fn new(options: &Options, task: &Task) -> Result<Self, OptionError> {
        let template = Template::parse(&options.path)?;
        let without = |word: &str| {
            if template.needs(word) { EmptyOptionAdvice::Required } else { EmptyOptionAdvice::CanBeOmitted }
        };
        let site = options.site.id_or_name(task, &without("site_id"))?;
        let msp_id = options.msp.id(task, &without("msp_id"))?;
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
        if let Some(bad) = options.status_code.iter().flatten().find(|status| !(100..600).contains(*status)) {
            let reason = format!("{bad} is not an HTTP status. Set statuses from 100 to 599, such as 200 or 404.");
            return Err(OptionError::new("status_code", reason));
        }
        let accepts = Accepts(options.status_code.clone().filter(|statuses| !statuses.is_empty()));
        let query = query(options, &template)?;
        let paginate = options.paginate.unwrap_or_else(|| !chooses_page(&template, &query));
        let body = body(options)?;
        let secrets = secrets::of_call(&options.path, &body, options.query.as_ref());
        Ok(Self { method, body, paginate, accepts, secrets, template, query, msp_id, org, site })
    }

    /// Where the call goes. Asks the cloud where a name was given and its id is needed, and only then.
    ///
    /// # Errors
    /// Whatever [`Error`] says.
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

/// The parameters that are added to those in the path.
fn query(options: &Options, template: &Template) -> Result<Vec<encoding::Parameter>, OptionError> {
    let mut query = encoding::parameters(options.query.as_ref().unwrap_or(&Map::new()))?;
    let in_path = template.fill(&[]);
    if let Some((name, _)) = query.iter().find(|(name, _)| in_path.parameter(name).is_some()) {
        let reason = format!("parameter {} is also in `path`. Set it once.", quoted(&encoding::decode(name)));
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

/// Returns true if the task asks for one page of its own choice.
fn chooses_page(template: &Template, added: &[encoding::Parameter]) -> bool {
    let chooses = |(name, _): &encoding::Parameter| matches!(name.as_str(), "limit" | "page" | "search_after");
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
            // The parser's own message may quote the text, which may hold a secret.
            let problem = if error.is_eof() { "is cut off" } else { "is not valid JSON" };
            let reason = format!(
                "the text {problem} at line {}, column {}. Set a dictionary, a list, or JSON text of either.",
                error.line(),
                error.column()
            );
            OptionError::new("body", reason)
        })?,
        Some(body) => body.clone(),
    };
    match body {
        Value::Object(_) | Value::Array(_) => Ok(body),
        _ => error("not a dictionary or a list. Set one of these, or JSON text of either."),
    }
}

#[cfg(test)]
#[path = "wanted_tests.rs"]
mod tests;
