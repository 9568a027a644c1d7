//! What the options come to, checked before anything is sent.

use crate::common::scope::{self, EmptyOptionAdvice, IdOrName, ORG_VARIABLE};
use crate::mist_api_request::options::{Method, Options};
use crate::mist_api_request::target::{Target, Template};
use crate::mist_api_request::{encoding, secrets};
use ansible_binary_module::Task;
use mist_client::{Client, Error};
use serde_json::{Map, Value};

/// A call as the task wants it.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// What to do.
    pub method: Method,
    /// What is sent; an empty dictionary where a POST was given none, `null` for what sends nothing.
    pub body: Value,
    /// Whether all pages are read.
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
    /// Whether this status is no failure.
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
    pub fn new(options: &Options, task: &Task) -> Result<Self, String> {
        let template = Template::parse(&options.path)?;
        let without =
            |word: &str| if template.needs(word) { EmptyOptionAdvice::Nothing } else { EmptyOptionAdvice::TheSame };
        let site = options.site.place(task, &without("site_id"))?;
        let msp_id = options.msp.id(task, &without("msp_id"))?;
        let by_name = matches!(site, Some(IdOrName::Name(_))) && template.needs("site_id");
        let needs_org = template.needs("org_id") || by_name;
        let org = options
            .org
            .place(task, &if needs_org { EmptyOptionAdvice::needed_org() } else { EmptyOptionAdvice::TheSame })?;
        if template.needs("site_id") && site.is_none() {
            return Err("site_id: path has it; set it or site".into());
        }
        if org.is_none() && needs_org {
            let why = if by_name { "it is needed to find the site by its name" } else { "path has it" };
            let blank = scope::blank_variable_words(task, "org_id");
            return Err(format!("org_id: {why}; set it or org, or the environment variable {ORG_VARIABLE}{blank}"));
        }
        if template.needs("msp_id") && msp_id.is_none() {
            return Err("msp_id: path has it; set it".into());
        }
        let method = options.method;
        let pages_wanted = options.paginate == Some(true);
        if method != Method::Get && (pages_wanted || options.limit.is_some()) {
            let option = if pages_wanted { "paginate" } else { "limit" };
            return Err(format!("{option}: only method: GET has pages; leave it out"));
        }
        if let Some(bad) = options.status_code.iter().flatten().find(|status| !(100..600).contains(*status)) {
            return Err(format!("status_code: {bad} is no status of HTTP; give such as 200 or 404"));
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
fn query(options: &Options, template: &Template) -> Result<Vec<encoding::Parameter>, String> {
    let mut query = encoding::parameters(options.query.as_ref().unwrap_or(&Map::new()))?;
    let in_path = template.fill(&[]);
    if let Some((name, _)) = query.iter().find(|(name, _)| in_path.parameter(name).is_some()) {
        return Err(format!("query: the parameter '{}' is in path too; give it once", encoding::decode(name)));
    }
    if let Some(limit) = options.limit {
        if in_path.parameter("limit").is_some() || query.iter().any(|(name, _)| name == "limit") {
            return Err("limit: the query has this parameter already; give one or the other".into());
        }
        query.push(("limit".to_owned(), limit.to_string()));
    }
    Ok(query)
}

/// Whether the task asks for one page of its own choice.
fn chooses_page(template: &Template, added: &[encoding::Parameter]) -> bool {
    let chooses = |(name, _): &encoding::Parameter| matches!(name.as_str(), "limit" | "page" | "search_after");
    template.fill(&[]).query.iter().chain(added).any(chooses)
}

fn body(options: &Options) -> Result<Value, String> {
    let sends = matches!(options.method, Method::Post | Method::Put);
    let body = match &options.body {
        None if options.method == Method::Put => {
            return Err("body: method: PUT needs one; give what is to be there".into());
        }
        None => return Ok(if sends { Value::Object(Map::new()) } else { Value::Null }),
        Some(_) if !sends => return Err("body: only method: PUT and POST send one; leave it out".into()),
        Some(Value::String(text)) => serde_json::from_str(text).map_err(|error| {
            // serde_json's own words may quote the text, which may hold a secret.
            format!(
                "body: it is not JSON (line {}, column {}); give a dictionary, a list, or either as JSON text",
                error.line(),
                error.column()
            )
        })?,
        Some(body) => body.clone(),
    };
    match body {
        Value::Object(_) | Value::Array(_) => Ok(body),
        _ => Err("body: it is neither a dictionary nor a list; give one of these, or either as JSON text".into()),
    }
}

#[cfg(test)]
#[path = "wanted_tests.rs"]
mod tests;
