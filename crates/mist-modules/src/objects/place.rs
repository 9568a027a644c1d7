//! Where the objects of a task are: the options, and the ids that they come to.

use crate::{errors, ids};
use ansible_binary_module::{Origin, Task};
use mist_client::Client;
use mist_client::names::{self, Kind as Named};
use mist_objects::place::Place;
use mist_objects::table::{Kind, Scope};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeSet;

/// The options that say where; a module's own options flatten these in.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
pub struct PlaceOptions {
    /// The organisation.
    #[schemars(extend("x-ansible-env" = ["MIST_ORG_ID"]))]
    pub org_id: Option<String>,
    /// The organisation by its name, in place of O(org_id). Finding it takes one call.
    pub org: Option<String>,
    /// The site, for what a site has.
    pub site_id: Option<String>,
    /// The site by its name, in place of O(site_id). It needs the organisation, and finding it takes a call.
    pub site: Option<String>,
    /// The MSP, for what an MSP has.
    pub msp_id: Option<String>,
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

fn filled(option: &Option<String>) -> Option<&str> {
    option.as_deref().filter(|text| !text.trim().is_empty())
}

impl PlaceOptions {
    /// Which scopes the task names.
    #[must_use]
    pub fn scopes(&self) -> Scopes {
        Scopes {
            org: filled(&self.org_id).or(filled(&self.org)).is_some(),
            site: filled(&self.site_id).or(filled(&self.site)).is_some(),
            msp: filled(&self.msp_id).is_some(),
        }
    }

    /// Checks the options before anything is sent.
    ///
    /// # Errors
    /// A sentence that names the option and says what to give.
    pub fn check(&self, task: &Task, kind: &Kind) -> Result<(), String> {
        let options = [
            ("org_id", &self.org_id),
            ("org", &self.org),
            ("site_id", &self.site_id),
            ("site", &self.site),
            ("msp_id", &self.msp_id),
        ];
        for (name, value) in options {
            let from_environment = matches!(task.origin(name), Some(Origin::Environment(_)));
            if value.as_deref().is_some_and(|text| text.trim().is_empty()) && !from_environment {
                return Err(format!("{name}: it is empty; give it, or leave it out"));
            }
            if let (true, Some(id)) = (name.ends_with("_id"), filled(value)) {
                ids::uuid(name, id)?;
            }
        }
        if filled(&self.org).is_some() && task.given("org_id") {
            return Err("org: it excludes org_id; give one or the other".to_owned());
        }
        if filled(&self.site).is_some() && task.given("site_id") {
            return Err("site: it excludes site_id; give one or the other".to_owned());
        }
        let scopes = self.scopes();
        let needs = |scope: Scope| kind.collection.contains(&format!("{{{}_id}}", scope.word()));
        let what = &kind.word;
        if needs(Scope::Site) && !scopes.site {
            return Err(format!("site_id: {what} are of a site; set it or site"));
        }
        if needs(Scope::Site) && filled(&self.site).is_some() && !scopes.org {
            return Err("org_id: it is needed to find the site by its name; set it or org, or the environment variable MIST_ORG_ID".to_owned());
        }
        if needs(Scope::Org) && !scopes.org {
            return Err(format!(
                "org_id: {what} are of an organisation; set it or org, or the environment variable MIST_ORG_ID"
            ));
        }
        if needs(Scope::Msp) && !scopes.msp {
            return Err(format!("msp_id: {what} are of an MSP; set it"));
        }
        Ok(())
    }

    /// The ids. Asks the cloud where a name was given, and only then.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the name, or what went wrong with the call.
    pub fn resolve(&self, client: &Client, kind: &Kind) -> Result<Place, String> {
        let id = |name: &str, value: &Option<String>| filled(value).map(|id| ids::uuid(name, id)).transpose();
        let mut place = Place {
            org_id: id("org_id", &self.org_id)?,
            site_id: id("site_id", &self.site_id)?,
            msp_id: id("msp_id", &self.msp_id)?,
        };
        let said = |error| errors::message(&error);
        if let Some(name) = filled(&self.org).filter(|_| kind.scope != Scope::Msp) {
            place.org_id = Some(names::org_id(client, name).map_err(said)?);
        }
        if let (Some(name), Scope::Site, Some(org_id)) = (filled(&self.site), kind.scope, &place.org_id) {
            let found = names::ids(client, org_id, Named::Site, &BTreeSet::from([name])).map_err(said)?;
            place.site_id = found.into_values().next();
        }
        Ok(place)
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
        let sites = table::kind(Scope::Org, "sites").unwrap();
        let zones = table::kind(Scope::Site, "zones").unwrap();
        let groups = table::kind(Scope::Msp, "orggroups").unwrap();
        let check = |kind: &Kind, options: Value, given: &[&str]| {
            let options: PlaceOptions = serde_json::from_value(options).unwrap();
            let task = given.iter().fold(Task::builder(), |task, option| task.given(option)).build();
            options.check(&task, kind)
        };
        assert_eq!(check(&sites, json!({"org_id": ID}), &["org_id"]), Ok(()));
        assert_eq!(check(&zones, json!({"org": "Acme", "site": "Lobby"}), &["org", "site"]), Ok(()));
        assert_eq!(check(&zones, json!({"site_id": ID}), &["site_id"]), Ok(()));
        for (kind, options, given, words) in [
            (&sites, json!({}), &[][..], "org_id: sites are of an organisation"),
            (&sites, json!({"org_id": ""}), &["org_id"], "org_id: it is empty"),
            (&sites, json!({"org_id": "acme"}), &["org_id"], "org_id: 'acme' is not a UUID"),
            (&sites, json!({"org_id": ID, "org": "Acme"}), &["org_id", "org"], "org: it excludes org_id"),
            (&zones, json!({"site": "Lobby"}), &["site"], "org_id: it is needed to find the site"),
            (&zones, json!({"org_id": ID}), &["org_id"], "site_id: zones are of a site"),
            (&groups, json!({}), &[], "msp_id: orggroups are of an MSP"),
        ] {
            let error = check(kind, options, given).unwrap_err();
            assert!(error.starts_with(words), "{error}");
        }
    }
}
