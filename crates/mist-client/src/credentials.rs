//! As whom the cloud is talked to, and what goes with every request.

use crate::error::{Identity, Result, Setting, TokenFault};
use crate::key::MaskedKey;
use crate::login::{Login, Session};
use crate::scope::Scope;
use secrecy::{ExposeSecret, SecretString};
use std::sync::{Mutex, PoisonError};

/// What a user gives to authenticate.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// API tokens, at least one; the next is used when one meets its quota.
    Tokens(Vec<SecretString>),
    /// An account's e-mail and password, for a session.
    Login(Login),
}

impl Credentials {
    /// Reads one token, or several with commas between, as the official Python client takes them.
    /// `None` when there is nothing but commas and spaces.
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
}

/// What is wrong with an API token, seen before it is sent; `None` for what may be one.
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
        !rest.trim_matches('=').is_empty() && name.chars().all(is_of_a_name) && !name.is_empty()
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

fn is_of_a_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.' | ' ')
}

impl Credentials {
    /// Looks at the tokens before any is sent.
    ///
    /// # Errors
    /// [`Setting::Token`] for the first that cannot be one.
    pub fn check(&self) -> Result<()> {
        let Self::Tokens(tokens) = self else { return Ok(()) };
        for (position, token) in tokens.iter().enumerate() {
            if let Some(fault) = token_fault(token.expose_secret()) {
                let (mask, number, of) = (MaskedKey::new(token.expose_secret()), position + 1, tokens.len());
                // A mask of what is quoted or has a word before it would show parts of that.
                let mask = if fault == TokenFault::Masked { mask } else { MaskedKey::new("") };
                return Err(Setting::Token { mask, number, of, fault }.into());
            }
        }
        Ok(())
    }
}

/// What goes with every request.
#[derive(Debug)]
pub enum Authentication {
    /// `Authorization: Token …`
    Tokens(Ring),
    /// A session's cookies.
    Session(Session),
}

/// Tokens of which one takes over when another meets its quota.
#[derive(Debug)]
pub struct Ring {
    /// At least one.
    tokens: Vec<SecretString>,
    /// Where which token was seen to belong; the last of a scope is the one in use there.
    members: Mutex<Vec<(usize, Scope)>>,
}

impl Authentication {
    pub(crate) fn by_tokens(tokens: Vec<SecretString>) -> Self {
        Self::Tokens(Ring { tokens, members: Mutex::default() })
    }

    /// The headers of a request by the token at this position; `writes` tells whether it changes something.
    pub(crate) fn headers(&self, token: usize, writes: bool) -> Vec<(&'static str, SecretString)> {
        match self {
            Self::Tokens(ring) => ring
                .tokens
                .get(token)
                .map(|token| ("Authorization", format!("Token {}", token.expose_secret()).into()))
                .into_iter()
                .collect(),
            Self::Session(session) => session.headers(writes),
        }
    }

    /// Whether this is by a token, not by a session.
    #[must_use]
    pub fn is_by_token(&self) -> bool {
        matches!(self, Self::Tokens { .. })
    }

    /// How many tokens there are to choose from; a session counts as one.
    pub(crate) fn count(&self) -> usize {
        match self {
            Self::Tokens(ring) => ring.tokens.len(),
            Self::Session(_) => 1,
        }
    }

    /// As whom the token at this position speaks.
    #[must_use]
    pub(crate) fn identity_of(&self, token: usize) -> Identity {
        match self {
            Self::Tokens(ring) => ring.tokens.get(token).map_or(Identity::Nobody, |key| Identity::Token {
                mask: MaskedKey::new(key.expose_secret()),
                number: token + 1,
                of: ring.tokens.len(),
            }),
            Self::Session(session) if session.is_open() => Identity::Session,
            Self::Session(_) => Identity::Nobody,
        }
    }

    /// The token to begin a call with: the one that took over last in this scope, or else the first.
    pub(crate) fn token_for(&self, scope: &Scope) -> usize {
        self.members(|members| members.iter().filter(|(_, known)| known == scope).map(|(token, _)| *token).max())
            .unwrap_or_default()
    }

    /// Whether the token at this position was seen to belong to the scope.
    pub(crate) fn is_member(&self, token: usize, scope: &Scope) -> bool {
        self.members(|members| members.iter().any(|(known, there)| *known == token && there == scope))
    }

    /// Remembers that the token at this position belongs to the scope.
    pub(crate) fn add_member(&self, token: usize, scope: &Scope) {
        self.members(|members| members.push((token, scope.clone())));
    }

    fn members<T: Default>(&self, work: impl FnOnce(&mut Vec<(usize, Scope)>) -> T) -> T {
        match self {
            Self::Tokens(ring) => work(&mut ring.members.lock().unwrap_or_else(PoisonError::into_inner)),
            Self::Session(_) => T::default(),
        }
    }

    /// Everything that may not be printed.
    pub(crate) fn secrets(&self) -> &[SecretString] {
        match self {
            Self::Tokens(ring) => &ring.tokens,
            Self::Session(session) => session.secrets(),
        }
    }

    /// Whether the token listed with this mask is one that this very run authenticates with.
    #[must_use]
    pub fn is_own(&self, masked: &MaskedKey) -> bool {
        match self {
            Self::Tokens(ring) => ring.tokens.iter().any(|token| masked.matches(token.expose_secret())),
            Self::Session(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn authentication(text: &str) -> Authentication {
        match Credentials::from_tokens(&text.to_owned().into()) {
            Some(Credentials::Tokens(tokens)) => Authentication::by_tokens(tokens),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn several_tokens_come_with_commas_and_the_first_speaks_until_another_was_seen_to_belong() {
        let authentication = authentication(" first , second,,");
        let header = |token| authentication.headers(token, false)[0].1.expose_secret().to_owned();
        assert_eq!(
            (header(0).as_str(), header(1).as_str(), authentication.count()),
            ("Token first", "Token second", 2)
        );
        let (here, there) = (Scope::Organisation("o".into()), Scope::Organisation("p".into()));
        assert_eq!(authentication.token_for(&here), 0);
        authentication.add_member(1, &here);
        assert_eq!((authentication.token_for(&here), authentication.token_for(&there)), (1, 0));
        assert_eq!(authentication.token_for(&Scope::First), 0);
    }

    #[test]
    fn what_cannot_be_a_token_is_seen_before_it_is_sent() {
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
        assert!(error.to_string().contains("token 2 of 2") && !error.to_string().contains("AbCd"), "{error}");
    }

    #[test]
    fn nothing_but_commas_is_no_token() {
        assert!(Credentials::from_tokens(&" , ,".to_owned().into()).is_none());
    }

    #[test]
    fn debug_shows_no_token() {
        let credentials = Credentials::from_tokens(&"geheim".to_owned().into()).unwrap();
        assert!(!format!("{credentials:?} {:?}", authentication("geheim")).contains("geheim"));
    }
}
