//! Where the objects of a task are: the options, and the ids that they come to.

use crate::common::messages;
use crate::common::options::{self, EmptyOptionAdvice, OptionError};
use crate::common::scope::{self, IdOrName as Named, MspOptions, OrgOptions, SiteOptions};
use ansible_binary_module::Task;
use mist_client::Client;
use mist_objects::scope::Scope;
use mist_objects::table::{Kind, Level};
use schemars::JsonSchema;
use serde::Deserialize;

/// The options that say where; a module's own options flatten these in.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
pub struct ScopeOptions {
    /// The organisation.
    #[serde(flatten)]
    pub org: OrgOptions,
    /// The site, for what a site has.
    #[serde(flatten)]
    pub site: SiteOptions,
    /// The MSP, for what an MSP has.
    #[serde(flatten)]
    pub msp: MspOptions,
}

/// Which scopes a task names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scopes {
    /// An organisation.
    pub org: bool,
    /// A site.
    pub site: bool,
    /// An MSP.
    pub msp: bool,
}

impl ScopeOptions {
    /// Which scopes the task names.
    #[must_use]
    pub fn scopes(&self) -> Scopes {
        let filled = |option: &Option<String>| option.as_deref().is_some_and(|text| !options::is_blank(text));
        Scopes {
            org: filled(&self.org.org_id) || filled(&self.org.org),
            site: filled(&self.site.site_id) || filled(&self.site.site),
            msp: filled(&self.msp.msp_id),
        }
    }

    /// Checks that what is given of site and MSP is not empty: taken for "not given", a kind that several have would be the
    /// organisation's. `of` says who has objects of this kind, and `what` what they are called.
    ///
    /// # Errors
    /// A sentence that names the option and says what to give.
    pub fn check_given(&self, task: &Task, of: &[Level], what: &str) -> Result<(), OptionError> {
        let without = |scope: Level| match of {
            [only] if *only == scope => EmptyOptionAdvice::Required,
            several if several.contains(&scope) => EmptyOptionAdvice::WouldMean(format!("the organization's {what}")),
            _ => EmptyOptionAdvice::CanBeOmitted,
        };
        for (scope, option, value) in [
            (Level::Site, "site_id", &self.site.site_id),
            (Level::Site, "site", &self.site.site),
            (Level::Msp, "msp_id", &self.msp.msp_id),
        ] {
            options::text(task, &without(scope), option, value.as_deref())?;
        }
        Ok(())
    }

    /// Checks the options before anything is sent.
    ///
    /// # Errors
    /// A sentence that names the option and says what to give.
    pub fn wish(&self, task: &Task, kind: &Kind) -> Result<ScopeRef, OptionError> {
        let (site, msp_id) = (
            self.site.id_or_name(task, &EmptyOptionAdvice::CanBeOmitted)?,
            self.msp.id(task, &EmptyOptionAdvice::CanBeOmitted)?,
        );
        let by_name = kind.needs(Level::Site) && matches!(site, Some(Named::Name(_)));
        let needs_org = kind.needs(Level::Org) || by_name;
        let org = self
            .org
            .id_or_name(task, &if needs_org { scope::org_of_environment() } else { EmptyOptionAdvice::CanBeOmitted })?;
        let what = &kind.word;
        let variable = || {
            let blank = options::blank_variable_note(task, "org_id");
            format!("Set org_id, org or the environment variable {}{blank}.", scope::ORG_VARIABLE)
        };
        if kind.needs(Level::Site) && site.is_none() {
            return Err(OptionError::new("site_id", format!("required for {what}. Set site_id or site.")));
        }
        if by_name && org.is_none() {
            return Err(OptionError::new("org_id", format!("required to look up the site by name. {}", variable())));
        }
        if kind.needs(Level::Org) && org.is_none() {
            return Err(OptionError::new("org_id", format!("required for {what}. {}", variable())));
        }
        if kind.needs(Level::Msp) && msp_id.is_none() {
            return Err(OptionError::new("msp_id", format!("required for {what}. Set it.")));
        }
        Ok(ScopeRef { org, site: site.filter(|_| kind.scope == Level::Site), msp_id })
    }
}

/// Where, before the cloud was asked.
#[derive(Clone, Debug, PartialEq)]
pub struct ScopeRef {
    org: Option<Named>,
    site: Option<Named>,
    msp_id: Option<String>,
}

impl ScopeRef {
    /// The ids. Asks the cloud where a name was given, and only then.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the name, or what went wrong with the call.
    pub fn resolve(&self, client: &Client, task: &Task) -> Result<Scope, String> {
        let said = |error| messages::message_in(task, &error);
        let org_id = self.org.as_ref().map(|org| scope::org_id(client, org)).transpose().map_err(said)?;
        let site_id = match (&self.site, &org_id) {
            (Some(site), Some(org_id)) => Some(scope::site_id(client, org_id, site).map_err(said)?),
            (Some(Named::Id(id)), None) => Some(id.clone()),
            _ => None,
        };
        Ok(Scope { org_id, site_id, msp_id: self.msp_id.clone() })
    }

    /// What a diff is about: the objects, or the object of this title, and whose they are.
    #[must_use]
    pub fn header(&self, kind: &Kind, title: &str) -> String {
        let named = |place: &Named| match place {
            Named::Id(id) => id.clone(),
            Named::Name(name) => name.escape_debug().to_string(),
        };
        let whose = match kind.scope {
            Level::Site => self.site.as_ref().map(|site| format!(" of site {}", named(site))),
            Level::Org => self.org.as_ref().map(|org| format!(" of the organisation {}", named(org))),
            Level::Msp => self.msp_id.as_ref().map(|id| format!(" of the MSP {id}")),
        };
        let title = if title.is_empty() { String::new() } else { format!(": {}", title.escape_debug()) };
        format!("{}{}{title}", kind.word, whose.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mist_objects::table;
    use serde_json::{Value, json};

    #[test]
    fn what_the_kind_needs_is_given_or_told() {
        const ID: &str = "53f10664-3ce8-4c27-b382-0ef66432349f";
        let sites = table::kind(Level::Org, "sites").unwrap();
        let zones = table::kind(Level::Site, "zones").unwrap();
        let groups = table::kind(Level::Msp, "orggroups").unwrap();
        let check = |kind: &Kind, options: Value, given: &[&str]| {
            let options: ScopeOptions = serde_json::from_value(options).unwrap();
            let task = given.iter().fold(Task::builder(), |task, option| task.given(option)).build();
            options.wish(&task, kind).map(drop)
        };
        assert_eq!(check(&sites, json!({"org_id": ID}), &["org_id"]), Ok(()));
        assert_eq!(check(&zones, json!({"org": "Acme", "site": "Lobby"}), &["org", "site"]), Ok(()));
        assert_eq!(check(&zones, json!({"site_id": ID}), &["site_id"]), Ok(()));
        for (kind, options, given, words) in [
            (&sites, json!({}), &[][..], "org_id: required for sites"),
            (&sites, json!({"org_id": ""}), &["org_id"], "org_id: given but empty"),
            (&sites, json!({"org_id": "acme"}), &["org_id"], "org_id: 'acme' is not a UUID"),
            (&sites, json!({"org_id": ID, "org": "Acme"}), &["org_id", "org"], "org: mutually exclusive with org_id"),
            (&zones, json!({"site": "Lobby"}), &["site"], "org_id: required to look up the site"),
            (&zones, json!({"org_id": ID}), &["org_id"], "site_id: required for zones"),
            (&groups, json!({}), &[], "msp_id: required for orggroups"),
        ] {
            let error = check(kind, options, given).unwrap_err().to_string();
            assert!(error.starts_with(words), "{error}");
        }
    }

    #[test]
    fn a_site_or_an_msp_that_is_empty_is_not_advised_to_be_left_out_where_the_organisations_would_be_meant() {
        let check = |option: &str, of: &[Level]| {
            let options: ScopeOptions = serde_json::from_value(json!({option: " "})).unwrap();
            options.check_given(&Task::builder().given(option).build(), of, "setting").unwrap_err()
        };
        let meant = "without the option, the organization's setting would be used.";
        for (option, of, words) in [
            ("site", &[Level::Org, Level::Site][..], meant),
            ("site_id", &[Level::Org, Level::Site], meant),
            ("msp_id", &[Level::Msp, Level::Org], meant),
            ("site", &[Level::Site], "given but empty. Check the variable in it."),
            ("msp_id", &[Level::Msp], "given but empty. Check the variable in it."),
            ("site", &[Level::Org], "or omit the option with default(omit)."),
            ("msp_id", &[Level::Org, Level::Site], "or omit the option with default(omit)."),
        ] {
            let error = check(option, of);
            assert!(error.option == option && error.reason.ends_with(words), "{error}");
        }
        let org: ScopeOptions = serde_json::from_value(json!({"org": "", "site": "Lobby"})).unwrap();
        let task = Task::builder().given("org").given("site").build();
        let error = org.wish(&task, &table::kind(Level::Site, "zones").unwrap()).unwrap_err();
        assert!(error.reason.contains("the organization of the environment variable MIST_ORG_ID"), "{error}");
    }

    #[test]
    fn a_diff_tells_whose_the_objects_are() {
        const ID: &str = "53f10664-3ce8-4c27-b382-0ef66432349f";
        let header = |scope: Level, word: &str, options: Value, title: &str| {
            let given: Vec<String> = options.as_object().unwrap().keys().cloned().collect();
            let task = given.iter().fold(Task::builder(), |task, option| task.given(option)).build();
            let kind = table::kind(scope, word).unwrap();
            let options: ScopeOptions = serde_json::from_value(options).unwrap();
            options.wish(&task, &kind).unwrap().header(&kind, title)
        };
        for (scope, word, options, title, expected) in [
            (Level::Site, "setting", json!({"org_id": ID, "site": "Berlin"}), "", "setting of site Berlin".to_owned()),
            (Level::Site, "setting", json!({"site_id": ID}), "", format!("setting of site {ID}")),
            (Level::Org, "setting", json!({"org": "Acme"}), "", "setting of the organisation Acme".to_owned()),
            (
                Level::Org,
                "sites",
                json!({"org_id": ID, "site_id": ID}),
                "A",
                format!("sites of the organisation {ID}: A"),
            ),
            (Level::Site, "wlans", json!({"org": "Acme", "site": "B\n"}), "W", "wlans of site B\\n: W".to_owned()),
            (Level::Msp, "ssos", json!({"msp_id": ID}), "", format!("ssos of the MSP {ID}")),
        ] {
            assert_eq!(header(scope, word, options, title), expected);
        }
    }
}
