//! Several tokens: another one continues when the quota of the first is spent. No I/O.
//!
//! Never for the account itself (`/self…`), and elsewhere only after the cloud has shown that the token belongs to the same
//! organization, site or MSP. The token of another account or organization would get 404 for objects that it cannot see,
//! and would create objects in its own organization.

use secrecy::SecretString;
use serde_json::Value;
use std::sync::{Mutex, PoisonError};

/// The owner of the objects at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The account or token itself, or no owner at all: only the first token is used.
    FirstToken,
    Organization(String),
    Site(String),
    Msp(String),
}

impl Scope {
    /// The scope of a path such as `/api/v1/orgs/ID/…`.
    pub(crate) fn of(path: &str) -> Self {
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let mut segments = path.split('/').filter(|segment| !segment.is_empty()).skip(2);
        match (segments.next(), segments.next()) {
            (Some("orgs"), Some(id)) => Self::Organization(id.to_owned()),
            (Some("sites"), Some(id)) => Self::Site(id.to_owned()),
            (Some("msps"), Some(id)) => Self::Msp(id.to_owned()),
            _ => Self::FirstToken,
        }
    }

    /// The path whose response shows whether a token belongs to this scope.
    pub(crate) fn membership_path(&self) -> Option<String> {
        match self {
            Self::FirstToken => None,
            Self::Organization(_) | Self::Msp(_) => Some("/api/v1/self".to_owned()),
            Self::Site(id) => Some(format!("/api/v1/sites/{id}")),
        }
    }

    /// Returns true if the response to [`Self::membership_path`] shows that the token belongs to this scope.
    pub(crate) fn is_shown_by(&self, response: &Value) -> bool {
        let has_privilege = |field: &str, id: &str| {
            response["privileges"].as_array().is_some_and(|list| list.iter().any(|privilege| privilege[field] == id))
        };
        match self {
            Self::FirstToken => false,
            Self::Organization(id) => has_privilege("org_id", id),
            Self::Msp(id) => has_privilege("msp_id", id),
            Self::Site(id) => response["id"] == id.as_str(),
        }
    }
}

/// The tokens of a client, and the scopes that each is known to belong to.
#[derive(Debug)]
pub struct TokenPool {
    /// At least one.
    tokens: Vec<SecretString>,
    /// Positions of tokens with a scope that they belong to.
    members: Mutex<Vec<(usize, Scope)>>,
}

impl TokenPool {
    pub(crate) fn new(tokens: Vec<SecretString>) -> Self {
        Self { tokens, members: Mutex::default() }
    }

    pub(crate) fn tokens(&self) -> &[SecretString] {
        &self.tokens
    }

    /// The position of the token that begins a call: the last one that continued in this scope, otherwise the first.
    pub(crate) fn token_for(&self, scope: &Scope) -> usize {
        self.members(|members| members.iter().filter(|(_, known)| known == scope).map(|(token, _)| *token).max())
            .unwrap_or_default()
    }

    pub(crate) fn is_member(&self, token: usize, scope: &Scope) -> bool {
        self.members(|members| members.iter().any(|(known, member_of)| *known == token && member_of == scope))
    }

    pub(crate) fn add_member(&self, token: usize, scope: &Scope) {
        self.members(|members| members.push((token, scope.clone())));
    }

    fn members<T>(&self, work: impl FnOnce(&mut Vec<(usize, Scope)>) -> T) -> T {
        work(&mut self.members.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_path_has_a_scope() {
        let organization = || Scope::Organization("o".into());
        for (path, scope) in [
            ("/api/v1/self", Scope::FirstToken),
            ("/api/v1/self/apitokens/x", Scope::FirstToken),
            ("/api/v1/self?x=/orgs/o", Scope::FirstToken),
            ("/api/v1/orgs/o", organization()),
            ("/api/v1/orgs/o/sites?limit=1", organization()),
            ("/api/v1/sites/s/wlans", Scope::Site("s".into())),
            ("/api/v1/msps/m/orgs", Scope::Msp("m".into())),
            ("/api/v1/orgs", Scope::FirstToken),
            ("/api/v1/const/countries", Scope::FirstToken),
        ] {
            assert_eq!(Scope::of(path), scope, "{path}");
        }
    }

    #[test]
    fn the_response_shows_the_scopes_of_a_token() {
        let account =
            json!({"privileges": [{"scope": "site", "org_id": "o", "site_id": "s"}, {"scope": "msp", "msp_id": "m"}]});
        for (scope, response, belongs) in [
            (Scope::Organization("o".into()), &account, true),
            (Scope::Organization("p".into()), &account, false),
            (Scope::Msp("m".into()), &account, true),
            (Scope::Organization("o".into()), &json!({"privileges": null}), false),
            (Scope::Site("s".into()), &json!({"id": "s"}), true),
            (Scope::Site("s".into()), &json!({"id": "t"}), false),
            (Scope::FirstToken, &account, false),
        ] {
            assert_eq!(scope.is_shown_by(response), belongs, "{scope:?} {response}");
        }
    }

    #[test]
    fn the_first_token_is_used_until_another_belongs_to_the_scope() {
        let pool = TokenPool::new(vec!["first".to_owned().into(), "second".to_owned().into()]);
        let (here, elsewhere) = (Scope::Organization("o".into()), Scope::Organization("p".into()));
        assert_eq!(pool.token_for(&here), 0);
        pool.add_member(1, &here);
        assert_eq!((pool.token_for(&here), pool.token_for(&elsewhere)), (1, 0));
        assert_eq!(pool.token_for(&Scope::FirstToken), 0);
    }
}
