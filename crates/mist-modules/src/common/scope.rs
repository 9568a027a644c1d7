//! Where in the cloud a task is about: the options for organisation, site and MSP, which all modules spell alike, and
//! what they come to.
//!
//! An option that names a place and is given with nothing in it (a variable that came out empty) is refused. It is never
//! taken for "not given": without a place, some modules turn to the account, and would change what nobody meant.

use crate::common::ids;
use ansible_binary_module::{Origin, Task};
use mist_client::names::{self, Kind};
use mist_client::{Client, Error};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeSet;

/// Where an organisation's id is taken from when the task gives none.
pub const ORG_VARIABLE: &str = "MIST_ORG_ID";

/// The options that name an organisation. Every module takes them, so that one group of defaults fits all.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
pub struct OrgOptions {
    /// The organisation, by its id. Given but empty, it is refused, in every module.
    #[schemars(extend("x-ansible-env" = [ORG_VARIABLE]))]
    pub org_id: Option<String>,
    /// The organisation by its name, in place of O(org_id). Finding it takes one call, and one more for each MSP that the credentials are in.
    pub org: Option<String>,
}

/// The options that name a site.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
pub struct SiteOptions {
    /// The site, by its id.
    pub site_id: Option<String>,
    /// The site by its name, in place of O(site_id). It needs the organisation, and finding it takes a call.
    pub site: Option<String>,
}

/// The option that names an MSP.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
pub struct MspOptions {
    /// The MSP (managed service provider), by its id.
    pub msp_id: Option<String>,
}

/// A place as the task names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdOrName {
    /// By its id, which is well-formed.
    Id(String),
    /// By its name.
    Name(String),
}

/// What becomes of a task without an option: what may be advised where the option is given and empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EmptyOptionAdvice {
    /// It does the same: the option can be left out.
    TheSame,
    /// It can do nothing.
    Nothing,
    /// Something else would be meant, which nobody may have wanted: a clause.
    Else(String),
}

impl EmptyOptionAdvice {
    /// Of a task that needs an organisation.
    #[must_use]
    pub fn needed_org() -> Self {
        Self::Else(format!("the organisation of the environment variable {ORG_VARIABLE} would be meant"))
    }

    fn advice(&self) -> String {
        match self {
            Self::TheSame => "Give what it names, or leave the option out (default(omit))".to_owned(),
            Self::Nothing => "Give what it names".to_owned(),
            Self::Else(meant) => format!("Give what it names: without it, {meant}"),
        }
    }
}

impl OrgOptions {
    /// The organisation that the task names, or the environment where the task names none.
    ///
    /// # Errors
    /// A sentence that names the option and says what to give.
    pub fn place(&self, task: &Task, without: &EmptyOptionAdvice) -> Result<Option<IdOrName>, String> {
        place(task, without, ("org_id", self.org_id.as_deref()), ("org", self.org.as_deref()))
    }
}

impl SiteOptions {
    /// The site that the task names.
    ///
    /// # Errors
    /// A sentence that names the option and says what to give.
    pub fn place(&self, task: &Task, without: &EmptyOptionAdvice) -> Result<Option<IdOrName>, String> {
        place(task, without, ("site_id", self.site_id.as_deref()), ("site", self.site.as_deref()))
    }
}

impl MspOptions {
    /// The id of the MSP that the task names.
    ///
    /// # Errors
    /// A sentence that names the option and says what to give.
    pub fn id(&self, task: &Task, without: &EmptyOptionAdvice) -> Result<Option<String>, String> {
        text(task, without, "msp_id", self.msp_id.as_deref())?.map(|id| ids::uuid("msp_id", id)).transpose()
    }
}

/// What an option names, if anything. What the environment gives empty is not given.
///
/// # Errors
/// A sentence for an option that the task gives and that has nothing in it.
pub fn text<'a>(
    task: &Task,
    without: &EmptyOptionAdvice,
    option: &str,
    value: Option<&'a str>,
) -> Result<Option<&'a str>, String> {
    match value {
        Some(text) if !is_blank(text) => Ok(Some(text)),
        _ if task.given(option) || task.mentions(option) => {
            Err(format!("{option}: it is given, and empty; is a variable in it empty? {}", without.advice()))
        }
        _ => Ok(None),
    }
}

/// Told after "set the environment variable": that one is set, and empty. Nothing where none is.
#[must_use]
pub fn blank_variable_words(task: &Task, option: &str) -> String {
    match task.origin(option) {
        Some(Origin::Environment(variable)) => format!(" ({variable} is set, but empty)"),
        _ => String::new(),
    }
}

/// Whether nothing of a text can be seen.
#[must_use]
pub fn is_blank(text: &str) -> bool {
    let is_unseen = |character: char| {
        character.is_whitespace()
            || character.is_control()
            || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
    };
    text.chars().all(is_unseen)
}

fn place(
    task: &Task,
    without: &EmptyOptionAdvice,
    id: (&str, Option<&str>),
    name: (&str, Option<&str>),
) -> Result<Option<IdOrName>, String> {
    let ((id_option, id), (name_option, name)) = (id, name);
    match (text(task, without, id_option, id)?, text(task, without, name_option, name)?) {
        (Some(_), Some(_)) if task.given(id_option) => {
            Err(format!("{name_option}: it excludes {id_option}; give one or the other"))
        }
        (_, Some(name)) => Ok(Some(IdOrName::Name(name.to_owned()))),
        (Some(id), None) => Ok(Some(IdOrName::Id(ids::uuid(id_option, id)?))),
        (None, None) => Ok(None),
    }
}

/// The organisation's id. Asks the cloud where a name was given, and only then.
///
/// # Errors
/// [`Error::NoSuchName`] and [`Error::AmbiguousName`], and whatever the call fails with.
pub fn org_id(client: &Client, org: &IdOrName) -> Result<String, Error> {
    match org {
        IdOrName::Id(id) => Ok(id.clone()),
        IdOrName::Name(name) => names::org_id(client, name),
    }
}

/// The site's id. Asks the cloud where a name was given, and only then.
///
/// # Errors
/// As for [`org_id`].
pub fn site_id(client: &Client, org_id: &str, site: &IdOrName) -> Result<String, Error> {
    match site {
        IdOrName::Id(id) => Ok(id.clone()),
        IdOrName::Name(name) => {
            Ok(names::ids(client, org_id, Kind::Site, &BTreeSet::from([name.as_str()]))?.into_values().collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "53f10664-3ce8-4c27-b382-0ef66432349f";

    fn task(given: &[&str]) -> Task {
        given.iter().fold(Task::builder(), |task, option| task.given(option)).build()
    }

    fn options(org_id: Option<&str>, org: Option<&str>) -> OrgOptions {
        OrgOptions { org_id: org_id.map(str::to_owned), org: org.map(str::to_owned) }
    }

    #[test]
    fn a_place_that_is_given_and_empty_is_refused_and_an_empty_variable_is_none() {
        for blank in ["", " ", "\t\n", "\u{a0}", "\u{200b}", "\u{feff}\u{2060}"] {
            for (org_id, org, given) in [(Some(blank), None, "org_id"), (None, Some(blank), "org")] {
                let words = options(org_id, org).place(&task(&[given]), &EmptyOptionAdvice::TheSame).unwrap_err();
                assert!(words.starts_with(&format!("{given}: it is given, and empty")), "{words}");
            }
            assert_eq!(
                options(Some(blank), None).place(&task(&[]), &EmptyOptionAdvice::TheSame),
                Ok(None),
                "the environment's"
            );
            let site = SiteOptions { site_id: Some(blank.to_owned()), site: None };
            assert!(
                site.place(&task(&["site_id"]), &EmptyOptionAdvice::TheSame)
                    .unwrap_err()
                    .starts_with("site_id: it is given")
            );
            let site = SiteOptions { site_id: Some(ID.to_owned()), site: Some(blank.to_owned()) };
            assert!(
                site.place(&task(&["site_id", "site"]), &EmptyOptionAdvice::TheSame)
                    .unwrap_err()
                    .starts_with("site: it is given")
            );
            let msp = MspOptions { msp_id: Some(blank.to_owned()) };
            assert!(
                msp.id(&task(&["msp_id"]), &EmptyOptionAdvice::TheSame).unwrap_err().starts_with("msp_id: it is given")
            );
        }
    }

    #[test]
    fn an_option_is_advised_to_be_left_out_only_where_the_same_is_meant_without_it() {
        let said =
            |without: EmptyOptionAdvice| options(Some(""), None).place(&task(&["org_id"]), &without).unwrap_err();
        assert!(
            said(EmptyOptionAdvice::TheSame).ends_with("Give what it names, or leave the option out (default(omit))")
        );
        assert!(said(EmptyOptionAdvice::Nothing).ends_with("empty? Give what it names"));
        assert!(said(EmptyOptionAdvice::needed_org()).ends_with(
            "Give what it names: without it, the organisation of the environment variable MIST_ORG_ID would be meant"
        ));
    }

    #[test]
    fn a_place_that_came_to_null_is_refused_too() {
        let task = Task::builder().arguments(serde_json::json!({"org": null})).build();
        assert!(
            options(None, None)
                .place(&task, &EmptyOptionAdvice::TheSame)
                .unwrap_err()
                .starts_with("org: it is given, and empty")
        );
    }

    #[test]
    fn a_name_comes_before_the_environments_id_and_excludes_the_tasks() {
        let by_id = Ok(Some(IdOrName::Id(ID.to_owned())));
        let by_name = Ok(Some(IdOrName::Name("Acme".to_owned())));
        for (org_id, org, given, expected) in [
            (None, None, vec![], Ok(None)),
            (Some(ID), None, vec!["org_id"], by_id.clone()),
            (Some(ID), None, vec![], by_id),
            (None, Some("Acme"), vec!["org"], by_name.clone()),
            (Some(ID), Some("Acme"), vec!["org"], by_name),
        ] {
            assert_eq!(options(org_id, org).place(&task(&given), &EmptyOptionAdvice::TheSame), expected);
        }
        let both = options(Some(ID), Some("Acme")).place(&task(&["org_id", "org"]), &EmptyOptionAdvice::TheSame);
        assert!(both.unwrap_err().starts_with("org: it excludes org_id"));
        let no_id = options(Some("acme"), None).place(&task(&["org_id"]), &EmptyOptionAdvice::TheSame);
        assert!(no_id.unwrap_err().starts_with("org_id: 'acme' is not a UUID"));
    }
}
