//! What a path is about, and how a token is seen to belong there. No I/O.
//!
//! When a token meets its quota, another may take over: never where the account itself is asked (`/self…`), and elsewhere
//! only after it was seen to belong to the same organisation, site or MSP. A token of another account or organisation would
//! answer 404 for what it cannot see, and make in its own place what was meant for another's.

use serde_json::Value;

/// What a path is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The account or token itself, or what belongs to nobody: only the first token speaks of that.
    First,
    /// An organisation.
    Organisation(String),
    /// A site.
    Site(String),
    /// An MSP.
    Msp(String),
}

impl Scope {
    /// The scope of a path, `/api/v1/orgs/ID/…`.
    pub(crate) fn of(path: &str) -> Self {
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let mut segments = path.split('/').filter(|segment| !segment.is_empty()).skip(2);
        match (segments.next(), segments.next()) {
            (Some("orgs"), Some(id)) => Self::Organisation(id.to_owned()),
            (Some("sites"), Some(id)) => Self::Site(id.to_owned()),
            (Some("msps"), Some(id)) => Self::Msp(id.to_owned()),
            _ => Self::First,
        }
    }

    /// What to ask as a token in order to see whether it belongs here.
    pub(crate) fn question(&self) -> Option<String> {
        match self {
            Self::First => None,
            Self::Organisation(_) | Self::Msp(_) => Some("/api/v1/self".to_owned()),
            Self::Site(id) => Some(format!("/api/v1/sites/{id}")),
        }
    }

    /// Whether the answer to [`Self::question`] shows that the token belongs here.
    pub(crate) fn is_shown_by(&self, answer: &Value) -> bool {
        let has_privilege = |field: &str, id: &str| {
            answer["privileges"].as_array().is_some_and(|list| list.iter().any(|privilege| privilege[field] == id))
        };
        match self {
            Self::First => false,
            Self::Organisation(id) => has_privilege("org_id", id),
            Self::Msp(id) => has_privilege("msp_id", id),
            Self::Site(id) => answer["id"] == id.as_str(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_path_tells_what_it_is_about() {
        let organisation = || Scope::Organisation("o".into());
        for (path, scope) in [
            ("/api/v1/self", Scope::First),
            ("/api/v1/self/apitokens/x", Scope::First),
            ("/api/v1/self?x=/orgs/o", Scope::First),
            ("/api/v1/orgs/o", organisation()),
            ("/api/v1/orgs/o/sites?limit=1", organisation()),
            ("/api/v1/sites/s/wlans", Scope::Site("s".into())),
            ("/api/v1/msps/m/orgs", Scope::Msp("m".into())),
            ("/api/v1/orgs", Scope::First),
            ("/api/v1/const/countries", Scope::First),
        ] {
            assert_eq!(Scope::of(path), scope, "{path}");
        }
    }

    #[test]
    fn a_token_belongs_where_its_answer_shows_it() {
        let who =
            json!({"privileges": [{"scope": "site", "org_id": "o", "site_id": "s"}, {"scope": "msp", "msp_id": "m"}]});
        for (scope, answer, belongs) in [
            (Scope::Organisation("o".into()), &who, true),
            (Scope::Organisation("p".into()), &who, false),
            (Scope::Msp("m".into()), &who, true),
            (Scope::Organisation("o".into()), &json!({"privileges": null}), false),
            (Scope::Site("s".into()), &json!({"id": "s"}), true),
            (Scope::Site("s".into()), &json!({"id": "t"}), false),
            (Scope::First, &who, false),
        ] {
            assert_eq!(scope.is_shown_by(answer), belongs, "{scope:?} {answer}");
        }
    }
}
