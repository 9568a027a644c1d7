//! When a token meets its quota, another may take over: never where the account itself is asked (`/self…`), and elsewhere
//! only after it was seen to belong to the same organisation, site or MSP.
//!
//! A token of another account or organisation would answer 404 for what it cannot see, and make in its own place what was
//! meant for another's.

use super::Client;
use super::attempts::Request;
use crate::answer::{self, is_success};
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
    fn question(&self) -> Option<String> {
        match self {
            Self::First => None,
            Self::Organisation(_) | Self::Msp(_) => Some("/api/v1/self".to_owned()),
            Self::Site(id) => Some(format!("/api/v1/sites/{id}")),
        }
    }

    /// Whether the answer to [`Self::question`] shows that the token belongs here.
    fn is_shown_by(&self, answer: &Value) -> bool {
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

impl Client {
    /// The token to go on with when `token` met its quota; `None` if there is none that belongs where it does.
    pub(super) fn token_after(&self, token: usize, scope: &Scope) -> Option<usize> {
        let question = scope.question()?;
        (token + 1..self.authentication.count()).find(|next| {
            self.authentication.is_member(*next, scope) || {
                let belongs = self.ask_as(*next, &question).is_some_and(|answer| scope.is_shown_by(&answer));
                if belongs {
                    self.authentication.add_member(*next, scope);
                }
                belongs
            }
        })
    }

    /// What the cloud answers this token, asked once.
    fn ask_as(&self, token: usize, path: &str) -> Option<Value> {
        let request = Request { method: "GET", path, body: None };
        self.attempt(request, token, &is_success, &mut answer::as_it_is).ok().map(|answer| answer.json)
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
