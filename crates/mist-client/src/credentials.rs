//! Credentials, the headers that authenticate each request, and several tokens: another one continues when the quota of the first
//! is spent. No I/O.
//!
//! Never for the account itself (`/self…`), and elsewhere only after the cloud has shown that the token belongs to the same
//! organization, site or MSP. The token of another account or organization would get 404 for objects that it cannot see,
//! and would create objects in its own organization.

use crate::error::{Identity, Result, Setting, Source, TokenFault};
use crate::key::MaskedKey;
use crate::login::{Login, Session};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::sync::{Mutex, PoisonError};

/// The credentials that a user sets.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// API tokens, at least one. The next one is used when the quota of one is spent.
    Tokens(Vec<SecretString>),
    /// E-mail address and password of an account, for a session.
    Login(Login),
}

/// The source of the credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialSource {
    /// Source of the token or the user name.
    pub used: Source,
    /// Source of the other one of the two, if both were set.
    pub ignored: Option<Source>,
}

impl Credentials {
    /// Reads one token, or several separated by commas, as the official Python client does.
    /// `None` for a text of commas and spaces alone.
    #[must_use]
    pub fn from_tokens(text: &SecretString) -> Option<Self> {
        let tokens: Vec<SecretString> = text
            .expose_secret()
            .split(',')
            .map(str::trim)
            .filter(|token| !token.is_empty())
            .map(|token| SecretString::from(token.to_owned()))
            .collect();
        (!tokens.is_empty()).then_some(Self::Tokens(tokens))
    }

    /// Checks the form of the tokens, before any of them is sent.
    ///
    /// # Errors
    /// [`Setting::Token`] for the first malformed token.
    pub fn check(&self) -> Result<()> {
        let Self::Tokens(tokens) = self else { return Ok(()) };
        for (position, token) in tokens.iter().enumerate() {
            if let Some(fault) = token_fault(token.expose_secret()) {
                let (mask, number, of) = (MaskedKey::new(token.expose_secret()), position + 1, tokens.len());
                // The mask of a quoted or prefixed token would show parts of it.
                let mask = if fault == TokenFault::Masked { mask } else { MaskedKey::new("") };
                return Err(Setting::Token { mask, number, of, fault }.into());
            }
        }
        Ok(())
    }
}

/// The reason that a text cannot be an API token; `None` if it may be one.
#[must_use]
pub fn token_fault(token: &str) -> Option<TokenFault> {
    const QUOTES: [char; 6] = ['"', '\'', '`', '\u{201c}', '\u{201d}', '\u{2019}'];
    let bare = token.trim();
    if bare.starts_with(QUOTES) || bare.ends_with(QUOTES) {
        return Some(TokenFault::Quoted);
    }
    // `Token x`, `Bearer x`, `Authorization: Token x`, `export MIST_API_TOKEN=x`, `api_token=x`.
    let has_word = bare.split_whitespace().count() > 1
        && ["token", "bearer", "basic", "authorization:", "export", "apitoken", "key"]
            .contains(&bare.split_whitespace().next().unwrap_or_default().to_ascii_lowercase().as_str());
    let has_name = bare.split_once(['=', ':']).is_some_and(|(name, rest)| {
        !rest.trim_matches('=').is_empty() && name.chars().all(is_in_a_name) && !name.is_empty()
    });
    if has_word || has_name {
        return Some(TokenFault::Prefixed);
    }
    if bare.contains("...")
        || bare.contains('\u{2026}')
        || (!bare.is_empty() && bare.chars().all(|c| matches!(c, '*' | '\u{2022}')))
    {
        return Some(TokenFault::Masked);
    }
    (!bare.chars().all(|character| character.is_ascii_graphic())).then_some(TokenFault::Characters)
}

fn is_in_a_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.' | ' ')
}

/// The credentials in use.
#[derive(Debug)]
pub enum Authentication {
    /// `Authorization: Token …`
    Tokens { pool: TokenPool, source: Option<CredentialSource> },
    /// Cookies.
    Session(Session),
}

impl Authentication {
    pub(crate) fn by_tokens(tokens: Vec<SecretString>, source: Option<CredentialSource>) -> Self {
        Self::Tokens { pool: TokenPool::new(tokens), source }
    }

    /// The headers of a request with the token at this position. `writes` adds the CSRF token of a session.
    pub(crate) fn headers(&self, token: usize, writes: bool) -> Vec<(&'static str, SecretString)> {
        match self {
            Self::Tokens { pool, .. } => pool
                .tokens()
                .get(token)
                .map(|token| ("Authorization", format!("Token {}", token.expose_secret()).into()))
                .into_iter()
                .collect(),
            Self::Session(session) => session.headers(writes),
        }
    }

    #[must_use]
    pub fn is_by_token(&self) -> bool {
        matches!(self, Self::Tokens { .. })
    }

    /// The identity of a request with the token at this position.
    #[must_use]
    pub(crate) fn identity_of(&self, token: usize) -> Identity {
        match self {
            Self::Tokens { pool, source } => {
                pool.tokens().get(token).map_or(Identity::Anonymous, |key| Identity::Token {
                    mask: MaskedKey::new(key.expose_secret()),
                    number: token + 1,
                    of: pool.tokens().len(),
                    source: source.clone(),
                })
            }
            Self::Session(session) if session.is_open() => Identity::Session { source: session.source().cloned() },
            Self::Session(_) => Identity::Anonymous,
        }
    }

    /// The position of the token that begins a call in this scope.
    pub(crate) fn token_for(&self, scope: &Scope) -> usize {
        match self {
            Self::Tokens { pool, .. } => pool.token_for(scope),
            Self::Session(_) => 0,
        }
    }

    /// All texts that must not be printed.
    pub(crate) fn secrets(&self) -> &[SecretString] {
        match self {
            Self::Tokens { pool, .. } => pool.tokens(),
            Self::Session(session) => session.secrets(),
        }
    }

    /// Returns true if a listed token is one that this run authenticates with.
    #[must_use]
    pub fn is_own(&self, masked: &MaskedKey) -> bool {
        match self {
            Self::Tokens { pool, .. } => pool.tokens().iter().any(|token| masked.matches(token.expose_secret())),
            Self::Session(_) => false,
        }
    }
}

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
    use crate::error::Error;
    use serde_json::json;

    fn authentication(text: &str) -> Authentication {
        match Credentials::from_tokens(&text.to_owned().into()) {
            Some(Credentials::Tokens(tokens)) => Authentication::by_tokens(tokens, None),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn several_tokens_are_separated_by_commas() {
        let authentication = authentication(" first , second,,");
        let header = |token: usize| authentication.headers(token, false)[0].1.expose_secret().to_owned();
        assert_eq!((header(0).as_str(), header(1).as_str()), ("Token first", "Token second"));
        assert!(authentication.headers(2, false).is_empty());
    }

    #[test]
    fn a_malformed_token_is_refused_before_it_is_sent() {
        let key = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789";
        for (token, fault) in [
            (key.to_owned(), None),
            (format!("{key}=="), None),
            ("x".to_owned(), None),
            ("a-b_c.d".to_owned(), None),
            ("AbCd...6789".to_owned(), Some(TokenFault::Masked)),
            ("AbCd\u{2026}6789".to_owned(), Some(TokenFault::Masked)),
            ("********".to_owned(), Some(TokenFault::Masked)),
            (format!("\"{key}\""), Some(TokenFault::Quoted)),
            (format!("'{key}'"), Some(TokenFault::Quoted)),
            (format!("{key}'"), Some(TokenFault::Quoted)),
            (format!("\u{201c}{key}\u{201d}"), Some(TokenFault::Quoted)),
            (format!("Token {key}"), Some(TokenFault::Prefixed)),
            (format!("bearer {key}"), Some(TokenFault::Prefixed)),
            (format!("MIST_API_TOKEN={key}"), Some(TokenFault::Prefixed)),
            (format!("export MIST_APITOKEN={key}"), Some(TokenFault::Prefixed)),
            (format!("Authorization: Token {key}"), Some(TokenFault::Prefixed)),
            (format!("api_token: {key}"), Some(TokenFault::Prefixed)),
            (format!("{key} {key}"), Some(TokenFault::Characters)),
            ("schl\u{fc}ssel".to_owned(), Some(TokenFault::Characters)),
            ("a\nb".to_owned(), Some(TokenFault::Characters)),
        ] {
            assert_eq!(token_fault(&token), fault, "{token}");
        }
        let two = Credentials::from_tokens(&format!("{key},'{key}'").into()).unwrap();
        let error = two.check().unwrap_err();
        let Error::Setting(setting) = &error else { panic!("{error:?}") };
        assert!(matches!(**setting, Setting::Token { number: 2, of: 2, fault: TokenFault::Quoted, .. }), "{setting:?}");
        assert!(!format!("{error} {error:?}").contains("AbCd"), "{error}");
    }

    #[test]
    fn commas_alone_are_not_a_token() {
        assert!(Credentials::from_tokens(&" , ,".to_owned().into()).is_none());
    }

    #[test]
    fn debug_shows_no_token() {
        let credentials = Credentials::from_tokens(&"geheim".to_owned().into()).unwrap();
        assert!(!format!("{credentials:?} {:?}", authentication("geheim")).contains("geheim"));
    }

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
