//! The options of `mist_search`, checked before the first request.

use super::{Format, Options};
use crate::common::options::{self, EmptyOptionAdvice, OptionError};
use crate::common::scope::{self, IdOrName};
use crate::common::time;
use ansible_binary_module::Task;
use mist_client::redact::quoted;
use mist_client::suggest::Candidates;
use mist_client::{Client, Error};
use mist_search::output;
use mist_search::query::{self, Conditions, Query, QueryError};
use mist_search::rows;
use mist_search::table::{self, Search};
use std::path::{Path, PathBuf};

/// The checked options.
#[derive(Debug)]
pub struct Params {
    pub(super) search: &'static Search,
    pub(super) query: Query,
    pub(super) limit: Option<u64>,
    /// The paths of the fields of the task.
    pub(super) fields: Option<Vec<Vec<String>>>,
    /// The same as the task spells them.
    pub(super) columns: Option<Vec<String>>,
    pub(super) dest: Option<PathBuf>,
    pub(super) format: output::Format,
    pub(super) is_count: bool,
    org: Option<IdOrName>,
    site: Option<IdOrName>,
    msp_id: Option<String>,
}

impl Params {
    /// The path of the first page. Requests are sent only for names.
    ///
    /// # Errors
    /// A name is unknown or ambiguous, or a request failed.
    pub(super) fn path(&self, client: &Client) -> Result<String, Error> {
        let org_id = self.org.as_ref().map(|org| scope::org_id(client, org)).transpose()?;
        let site_id = match (&self.site, &org_id) {
            (Some(IdOrName::Id(id)), _) => Some(id.clone()),
            (Some(site), Some(org_id)) => Some(scope::site_id(client, org_id, site)?),
            _ => None,
        };
        let ids = [("org_id", &org_id), ("site_id", &site_id), ("msp_id", &self.msp_id)];
        let ids: Vec<(&str, &str)> = ids.into_iter().filter_map(|(name, id)| Some((name, id.as_deref()?))).collect();
        let mut path = self.query.path(&ids);
        if let Some(site_id) = site_id.filter(|_| !self.search.needs("site_id")) {
            path.push_str(if path.contains('?') { "&" } else { "?" });
            path.push_str(&format!("site_id={site_id}"));
        }
        Ok(path)
    }
}

/// Checks the options.
///
/// # Errors
/// The first option that cannot be used.
pub(super) fn read(options: &Options, task: &mut Task) -> Result<Params, OptionError> {
    let search = table::find(&options.what).ok_or_else(|| unknown_search(&options.what))?;
    let start = options.start.as_deref().map(|text| moment("start", text)).transpose()?;
    let end = options.end.as_deref().map(|text| moment("end", text)).transpose()?;
    let duration = match options.duration.as_deref() {
        Some(text) => Some(query::duration(text).ok_or_else(|| {
            OptionError::new(
                "duration",
                format!("{} is not a duration. Set a number with a unit: 10m, 12h, 7d or 2w.", quoted(text)),
            )
        })?),
        None => None,
    };
    if duration.is_some() && start.is_some() {
        return Err(OptionError::mutually_exclusive("duration", "start"));
    }
    if let (Some(Ok(first)), Some(Ok(last))) =
        (start.as_deref().map(str::parse::<f64>), end.as_deref().map(str::parse::<f64>))
        && first >= last
    {
        return Err(OptionError::new("end", "not later than start. Set a later time."));
    }
    let count_by = options.count_by.as_deref();
    if count_by.is_some_and(options::is_blank) {
        return Err(OptionError::new("count_by", "set but empty. Check the variable in it."));
    }
    let conditions = Conditions {
        parameters: options.filter.clone().unwrap_or_default(),
        duration,
        start: start.as_deref(),
        end: end.as_deref(),
        limit: options.limit,
        count_by,
    };
    let query = Query::new(search, &conditions).map_err(|error| worded(search, error))?;
    for unknown in &query.unknown {
        task.warn(format!(
            "where: the API document does not have {} for {}. It was sent.",
            quoted(unknown),
            search.name
        ));
    }
    let columns = options.fields.clone();
    if columns.iter().flatten().any(|field| options::is_blank(field)) || columns.as_ref().is_some_and(Vec::is_empty) {
        return Err(OptionError::new("fields", "set but empty. Set names of fields, or remove the option."));
    }
    let fields = columns.as_ref().map(|columns| columns.iter().map(|column| rows::steps(column)).collect());
    let dest = match &options.dest {
        Some(dest) => {
            Some(std::path::absolute(dest as &Path).map_err(|_| OptionError::new("dest", "not the path of a file."))?)
        }
        None if options.format.is_some() => {
            return Err(OptionError::new("format", "only for a file. Set dest, or remove the option."));
        }
        None => None,
    };
    let format = form(options.format, dest.as_deref())?;
    let (org, site, msp_id) = scope_of(options, task, search)?;
    let is_count = count_by.is_some();
    Ok(Params { search, query, limit: options.limit, fields, columns, dest, format, is_count, org, site, msp_id })
}

fn unknown_search(what: &str) -> OptionError {
    let candidates = Candidates::new(what, table::all().iter().map(|search| search.name.as_str()));
    OptionError::new("what", format!("no search {} exists. {candidates} --searches prints all of them.", quoted(what)))
}

/// A time as the cloud accepts it.
fn moment(option: &str, text: &str) -> Result<String, OptionError> {
    if let Some(text) = query::moment(text) {
        return Ok(text.to_owned());
    }
    time::iso_8601(text).filter(|seconds| *seconds >= 0).map(|seconds| seconds.to_string()).ok_or_else(|| {
        let reason =
            format!("{} is not a time. Set 2026-11-30T18:00:00Z, seconds since 1970, -1d or now.", quoted(text));
        OptionError::new(option, reason)
    })
}

fn form(format: Option<Format>, dest: Option<&Path>) -> Result<output::Format, OptionError> {
    let extension = dest.and_then(Path::extension).unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    Ok(match (format, extension.as_str()) {
        (Some(Format::Csv), _) | (None, "csv") => output::Format::Csv,
        (Some(Format::Jsonl), _) | (None, "jsonl" | "ndjson") => output::Format::JsonLines,
        (Some(Format::Json), _) | (None, "json") => output::Format::Json,
        (None, _) if dest.is_none() => output::Format::Json,
        (None, _) => {
            return Err(OptionError::new(
                "format",
                "required because dest does not end in .csv, .jsonl or .json. Set it.",
            ));
        }
    })
}

type Scope = (Option<IdOrName>, Option<IdOrName>, Option<String>);

/// Organization, site and MSP, as far as the search needs them. A site restricts a search of the organization that can have one.
fn scope_of(options: &Options, task: &Task, search: &Search) -> Result<Scope, OptionError> {
    let (needs_org, needs_site) = (search.needs("org_id"), search.needs("site_id"));
    let takes_site = search.parameter("site_id").is_some();
    let site_advice = match (needs_site, takes_site) {
        (true, _) => EmptyOptionAdvice::Required,
        (false, true) => EmptyOptionAdvice::WouldMean("the whole organization".to_owned()),
        _ => EmptyOptionAdvice::CanBeOmitted,
    };
    let site = options.scope.site.id_or_name(task, &site_advice)?;
    let msp_id = options.scope.msp.id(task, &EmptyOptionAdvice::CanBeOmitted)?;
    let by_name = matches!(site, Some(IdOrName::Name(_)));
    let advice = if needs_org || by_name { scope::org_of_environment() } else { EmptyOptionAdvice::CanBeOmitted };
    let org = options.scope.org.id_or_name(task, &advice)?;
    let required = |option: &str, reason: &str, fix: &str| Err(OptionError::new(option, format!("{reason} {fix}")));
    let because = |owner: &str| format!("required because {} belongs to {owner}.", search.name);
    let variable = format!(
        "Set org_id, org or the environment variable {}{}.",
        scope::ORG_VARIABLE,
        options::blank_variable_note(task, "org_id")
    );
    if needs_site && site.is_none() {
        return required("site_id", &because("a site"), "Set site_id or site.");
    }
    if by_name && org.is_none() {
        return required("org_id", "required to find the site by its name.", &variable);
    }
    if needs_org && org.is_none() {
        return required("org_id", &because("an organization"), &variable);
    }
    if search.needs("msp_id") && msp_id.is_none() {
        return required("msp_id", &because("an MSP"), "Set it.");
    }
    if site.is_some() && !needs_site && !takes_site {
        let given = if by_name { "site" } else { "site_id" };
        return required(given, &format!("{} has no site.", search.name), "Remove the option.");
    }
    if site.is_some() && !needs_site && options.filter.as_ref().is_some_and(|filter| filter.contains_key("site_id")) {
        return Err(OptionError::mutually_exclusive("where.site_id", if by_name { "site" } else { "site_id" }));
    }
    Ok((org.filter(|_| needs_org || by_name), site, msp_id))
}

/// The error with the option that it is about.
fn worded(search: &Search, error: QueryError) -> OptionError {
    let name = &search.name;
    let similar = |names: &[String]| names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
    match error {
        QueryError::Missing { name: parameter, values, .. } => {
            let values = if values.is_empty() { String::new() } else { format!(" ({})", values.join(", ")) };
            OptionError::new(format!("where.{parameter}"), format!("required by {name}. Set it{values}."))
        }
        QueryError::Unknown { name: parameter, similar: names } => OptionError::new(
            format!("where.{parameter}"),
            format!("{name} has no such parameter. Similar: {}. --searches prints all of them.", similar(&names)),
        ),
        QueryError::Option { name: parameter } => {
            let fix = match parameter.as_str() {
                "page" | "search_after" => "The module reads all pages. Remove it.",
                "distinct" => "Set count_by.",
                _ => "Set it as an option of the module.",
            };
            OptionError::new(format!("where.{parameter}"), format!("not a condition. {fix}"))
        }
        QueryError::Value { name: parameter, expected } => OptionError::new(
            format!("where.{parameter}"),
            format!("must be {expected}. Check the value and the variable in it."),
        ),
        QueryError::NoTime { option } => {
            OptionError::new(option, format!("{name} has no such time range. Remove the option."))
        }
        QueryError::NoCount => OptionError::new("count_by", format!("{name} cannot be counted. Remove the option.")),
        QueryError::CountBy { field, similar: names } => OptionError::new(
            "count_by",
            format!("{name} cannot be counted by {}. Similar: {}.", quoted(&field), similar(&names)),
        ),
    }
}
