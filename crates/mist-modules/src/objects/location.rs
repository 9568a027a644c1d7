//! The organization, site or MSP of a task: the options, and their ids.

use crate::common::messages;
use crate::common::options::{self, EmptyOptionAdvice, OptionError};
use crate::common::scope::{self, IdOrName, MspOptions, OrgOptions, SiteOptions};
use ansible_binary_module::{Failure, Task};
use mist_client::{Client, Error, names};
use mist_objects::error::ObjectError;
use mist_objects::find::{self, Found};
use mist_objects::listing::Scope;
use mist_objects::plan::Fields;
use mist_objects::set::Declared;
use mist_objects::table::{Kind, Level};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

/// The options for the scope. The options of a module flatten them.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
pub struct ScopeOptions {
    #[serde(flatten)]
    pub org: OrgOptions,
    #[serde(flatten)]
    pub site: SiteOptions,
    #[serde(flatten)]
    pub msp: MspOptions,
}

/// The levels that a task names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Levels {
    pub org: bool,
    pub site: bool,
    pub msp: bool,
}

impl ScopeOptions {
    #[must_use]
    pub fn levels(&self) -> Levels {
        let filled = |option: &Option<String>| option.as_deref().is_some_and(|text| !options::is_blank(text));
        Levels {
            org: filled(&self.org.org_id) || filled(&self.org.org),
            site: filled(&self.site.site_id) || filled(&self.site.site),
            msp: filled(&self.msp.msp_id),
        }
    }

    /// Checks that the site and the MSP are not empty. Without this check, an empty site would mean the objects of the organization.
    /// `of` are the levels of the kind, `what` is its name.
    ///
    /// # Errors
    /// An option is empty.
    pub fn check_given(&self, task: &Task, of: &[Level], what: &str) -> Result<(), OptionError> {
        let advice = |level: Level| match of {
            [only] if *only == level => EmptyOptionAdvice::Required,
            several if several.contains(&level) => EmptyOptionAdvice::WouldMean(format!("the organization's {what}")),
            _ => EmptyOptionAdvice::CanBeOmitted,
        };
        for (level, option, value) in [
            (Level::Site, "site_id", &self.site.site_id),
            (Level::Site, "site", &self.site.site),
            (Level::Msp, "msp_id", &self.msp.msp_id),
        ] {
            options::text(task, &advice(level), option, value.as_deref())?;
        }
        Ok(())
    }

    /// Checks the options before anything is sent.
    ///
    /// # Errors
    /// An option is missing, empty or not valid.
    pub fn scope(&self, task: &Task, kind: &Kind) -> Result<ScopeRef, OptionError> {
        let (site, msp_id) = (
            self.site.id_or_name(task, &EmptyOptionAdvice::CanBeOmitted)?,
            self.msp.id(task, &EmptyOptionAdvice::CanBeOmitted)?,
        );
        let by_name = kind.needs(Level::Site) && matches!(site, Some(IdOrName::Name(_)));
        let needs_org = kind.needs(Level::Org) || by_name;
        let org = self
            .org
            .id_or_name(task, &if needs_org { scope::org_of_environment() } else { EmptyOptionAdvice::CanBeOmitted })?;
        // With path, the placeholder shows what is missing. With type, the level does.
        let because = |level: Level, owner: &str| {
            let placeholder = format!("{{{}_id}}", level.word());
            if kind.word.contains(&placeholder) {
                format!("required because path contains {placeholder}.")
            } else {
                format!("required because {} belong to {owner}.", kind.word)
            }
        };
        let variable = || {
            let blank = options::blank_variable_note(task, "org_id");
            format!("Set org_id, org or the environment variable {}{blank}.", scope::ORG_VARIABLE)
        };
        if kind.needs(Level::Site) && site.is_none() {
            return Err(OptionError::new(
                "site_id",
                format!("{} Set site_id or site.", because(Level::Site, "a site")),
            ));
        }
        if by_name && org.is_none() {
            return Err(OptionError::new("org_id", format!("required to find the site by its name. {}", variable())));
        }
        if kind.needs(Level::Org) && org.is_none() {
            return Err(OptionError::new(
                "org_id",
                format!("{} {}", because(Level::Org, "an organization"), variable()),
            ));
        }
        if kind.needs(Level::Msp) && msp_id.is_none() {
            return Err(OptionError::new("msp_id", format!("{} Set it.", because(Level::Msp, "an MSP"))));
        }
        Ok(ScopeRef { org, site: site.filter(|_| kind.level == Level::Site), msp_id })
    }
}

const SITE: names::Kind = names::Kind::Site;

/// True for objects of a site that an earlier task would create: nothing of it can be read.
#[must_use]
pub fn is_of_new_site(scope: &Scope, kind: &Kind) -> bool {
    kind.needs(Level::Site) && scope.site_id.is_none()
}

/// The existing objects, as [`find::one`].
///
/// # Errors
/// A request failed.
pub fn found_one(client: &Client, scope: &Scope, kind: &Kind, declared: &Declared) -> Result<Found, ObjectError> {
    if !is_of_new_site(scope, kind) {
        return find::one(client, scope, kind, declared);
    }
    // A setting exists as soon as its site does.
    Ok(Found { objects: if kind.one { vec![Fields::new()] } else { Vec::new() }, ..Found::default() })
}

/// The existing objects, as [`find::set`].
///
/// # Errors
/// A request failed.
pub fn found(
    client: &Client,
    scope: &Scope,
    kind: &Kind,
    declared: &[Declared],
    is_whole: bool,
) -> Result<Vec<Fields>, ObjectError> {
    if is_of_new_site(scope, kind) { Ok(Vec::new()) } else { find::set(client, scope, kind, declared, is_whole) }
}

/// The scope of a task, before names are resolved.
#[derive(Clone, Debug, PartialEq)]
pub struct ScopeRef {
    org: Option<IdOrName>,
    site: Option<IdOrName>,
    msp_id: Option<String>,
}

impl ScopeRef {
    /// The ids. Requests are sent only for names.
    ///
    /// # Errors
    /// A name is unknown or ambiguous, or a request failed.
    pub fn resolve(&self, client: &Client) -> Result<Scope, Error> {
        let org_id = self.org.as_ref().map(|org| scope::org_id(client, org)).transpose()?;
        let site_id = match (&self.site, &org_id) {
            (Some(site), Some(org_id)) => Some(scope::site_id(client, org_id, site)?),
            (Some(IdOrName::Id(id)), None) => Some(id.clone()),
            _ => None,
        };
        Ok(Scope { org_id, site_id, msp_id: self.msp_id.clone() })
    }

    /// As [`Self::resolve`], with the ids in the path of the kind. With `assume_names` in check mode, the site may be one that does
    /// not exist yet: see [`is_of_new_site`].
    ///
    /// # Errors
    /// As [`Self::resolve`].
    pub fn resolve_assuming(
        &self,
        client: &Client,
        task: &mut Task,
        kind: &Kind,
        assume_names: bool,
    ) -> Result<Scope, Failure> {
        let resolved = match self.resolve(client) {
            Err(Error::NoSuchName { kind: SITE, name, .. }) if assume_names && task.check_mode() => {
                let site = name.escape_debug();
                task.warn(format!(
                    "assume_names: the site '{site}' does not exist yet. An earlier task would create it."
                ));
                Self { site: None, ..self.clone() }.resolve(client)
            }
            resolved => resolved,
        };
        Ok(resolved.map_err(|error| messages::failure_in(task, error))?.of(kind))
    }

    /// Checks that a site that the task names by its id belongs to the organization. The found objects prove it; without any, one
    /// request is sent.
    ///
    /// # Errors
    /// The site belongs to another organization, or the request failed.
    pub fn check_site(&self, client: &Client, scope: &Scope, kind: &Kind, found: &[Fields]) -> Result<(), String> {
        let (Some(IdOrName::Id(site_id)), Some(org_id)) = (&self.site, &scope.org_id) else { return Ok(()) };
        let owner = |object: &Fields| object.get("org_id").and_then(Value::as_str).map(str::to_owned);
        if self.org.is_none() || kind.level != Level::Site || found.iter().any(|object| owner(object).is_some()) {
            return Ok(());
        }
        let answer = client.get(&format!("/api/v1/sites/{site_id}")).map_err(|error| messages::message(&error))?;
        match answer.json.as_object().and_then(owner) {
            Some(owner) if !owner.eq_ignore_ascii_case(org_id) => {
                let reason =
                    format!("the site belongs to another organization than org_id. Set the id of a site of {org_id}.");
                Err(OptionError::new("site_id", reason).to_string())
            }
            _ => Ok(()),
        }
    }

    /// The header of a diff: the kind, the scope, and the title of an object.
    #[must_use]
    pub fn header(&self, kind: &Kind, title: &str) -> String {
        let named = |owner: &IdOrName| match owner {
            IdOrName::Id(id) => id.clone(),
            IdOrName::Name(name) => name.escape_debug().to_string(),
        };
        let owner = match kind.level {
            Level::Site => self.site.as_ref().map(|site| format!(" of site {}", named(site))),
            Level::Org => self.org.as_ref().map(|org| format!(" of organization {}", named(org))),
            Level::Msp => self.msp_id.as_ref().map(|id| format!(" of MSP {id}")),
        };
        let title = if title.is_empty() { String::new() } else { format!(": {}", title.escape_debug()) };
        format!("{}{}{title}", kind.word, owner.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mist_objects::table;
    use serde_json::json;

    #[test]
    fn a_missing_scope_is_an_error_with_its_reason() {
        const ID: &str = "53f10664-3ce8-4c27-b382-0ef66432349f";
        let sites = table::kind(Level::Org, "sites").unwrap();
        let zones = table::kind(Level::Site, "zones").unwrap();
        let groups = table::kind(Level::Msp, "orggroups").unwrap();
        let check = |kind: &Kind, options: Value, given: &[&str]| {
            let options: ScopeOptions = serde_json::from_value(options).unwrap();
            let task = given.iter().fold(Task::builder(), |task, option| task.given(option)).build();
            options.scope(&task, kind).map(drop)
        };
        assert_eq!(check(&sites, json!({"org_id": ID}), &["org_id"]), Ok(()));
        assert_eq!(check(&zones, json!({"org": "Acme", "site": "Lobby"}), &["org", "site"]), Ok(()));
        assert_eq!(check(&zones, json!({"site_id": ID}), &["site_id"]), Ok(()));
        for (kind, options, given, words) in [
            (&sites, json!({}), &[][..], "org_id: required because sites belong to an organization. Set org_id, org"),
            (&sites, json!({"org_id": ""}), &["org_id"], "org_id: set but empty"),
            (&sites, json!({"org_id": "acme"}), &["org_id"], "org_id: 'acme' is not a UUID"),
            (&sites, json!({"org_id": ID, "org": "Acme"}), &["org_id", "org"], "org: mutually exclusive with org_id"),
            (&zones, json!({"site": "Lobby"}), &["site"], "org_id: required to find the site by its name."),
            (
                &zones,
                json!({"org_id": ID}),
                &["org_id"],
                "site_id: required because zones belong to a site. Set site_id or site.",
            ),
            (&groups, json!({}), &[], "msp_id: required because orggroups belong to an MSP. Set it."),
        ] {
            let error = check(kind, options, given).unwrap_err().to_string();
            assert!(error.starts_with(words), "{error}");
        }
    }

    #[test]
    fn an_empty_site_is_not_advised_to_be_omitted_where_this_has_a_meaning() {
        let check = |option: &str, of: &[Level]| {
            let options: ScopeOptions = serde_json::from_value(json!({option: " "})).unwrap();
            options.check_given(&Task::builder().given(option).build(), of, "setting").unwrap_err()
        };
        let meant = "without the option, the organization's setting would be used.";
        for (option, of, words) in [
            ("site", &[Level::Org, Level::Site][..], meant),
            ("site_id", &[Level::Org, Level::Site], meant),
            ("msp_id", &[Level::Msp, Level::Org], meant),
            ("site", &[Level::Site], "set but empty. Check the variable in it."),
            ("msp_id", &[Level::Msp], "set but empty. Check the variable in it."),
            ("site", &[Level::Org], "or omit the option with default(omit)."),
            ("msp_id", &[Level::Org, Level::Site], "or omit the option with default(omit)."),
        ] {
            let error = check(option, of);
            assert!(error.option == option && error.reason.ends_with(words), "{error}");
        }
        let org: ScopeOptions = serde_json::from_value(json!({"org": "", "site": "Lobby"})).unwrap();
        let task = Task::builder().given("org").given("site").build();
        let error = org.scope(&task, &table::kind(Level::Site, "zones").unwrap()).unwrap_err();
        assert!(error.reason.contains("the organization of the environment variable MIST_ORG_ID"), "{error}");
    }

    #[test]
    fn a_diff_has_the_scope_of_the_objects() {
        const ID: &str = "53f10664-3ce8-4c27-b382-0ef66432349f";
        let header = |level: Level, word: &str, options: Value, title: &str| {
            let given: Vec<String> = options.as_object().unwrap().keys().cloned().collect();
            let task = given.iter().fold(Task::builder(), |task, option| task.given(option)).build();
            let kind = table::kind(level, word).unwrap();
            let options: ScopeOptions = serde_json::from_value(options).unwrap();
            options.scope(&task, &kind).unwrap().header(&kind, title)
        };
        for (level, word, options, title, expected) in [
            (Level::Site, "setting", json!({"org_id": ID, "site": "Berlin"}), "", "setting of site Berlin".to_owned()),
            (Level::Site, "setting", json!({"site_id": ID}), "", format!("setting of site {ID}")),
            (Level::Org, "setting", json!({"org": "Acme"}), "", "setting of organization Acme".to_owned()),
            (Level::Org, "sites", json!({"org_id": ID, "site_id": ID}), "A", format!("sites of organization {ID}: A")),
            (Level::Site, "wlans", json!({"org": "Acme", "site": "B\n"}), "W", "wlans of site B\\n: W".to_owned()),
            (Level::Msp, "ssos", json!({"msp_id": ID}), "", format!("ssos of MSP {ID}")),
        ] {
            assert_eq!(header(level, word, options, title), expected);
        }
    }
}
