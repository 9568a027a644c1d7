//! As whom the cloud is talked to, and what goes with every request.

use crate::error::Identity;
use crate::key::MaskedKey;
use crate::session::{Login, Session};
use secrecy::{ExposeSecret, SecretString};
use std::sync::atomic::{AtomicUsize, Ordering};

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

/// What goes with every request.
#[derive(Debug)]
pub enum Authentication {
    /// `Authorization: Token …`
    Tokens {
        /// At least one.
        tokens: Vec<SecretString>,
        /// The one in use.
        current: AtomicUsize,
    },
    /// A session's cookies.
    Session(Session),
}

impl Authentication {
    pub(crate) fn by_tokens(tokens: Vec<SecretString>) -> Self {
        Self::Tokens { tokens, current: AtomicUsize::new(0) }
    }

    /// The headers of a request; `writes` tells whether it changes something.
    pub(crate) fn headers(&self, writes: bool) -> Vec<(&'static str, SecretString)> {
        match self {
            Self::Tokens { tokens, current } => tokens
                .get(current.load(Ordering::Relaxed))
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

    /// As whom the next request is sent.
    #[must_use]
    pub fn identity(&self) -> Identity {
        match self {
            Self::Tokens { tokens, .. } => tokens.get(self.token_in_use()).map_or(Identity::Nobody, |token| {
                Identity::Token { mask: MaskedKey::new(token.expose_secret()), of: tokens.len() }
            }),
            Self::Session(session) if session.is_open() => Identity::Session,
            Self::Session(_) => Identity::Nobody,
        }
    }

    /// The position of the token in use.
    pub(crate) fn token_in_use(&self) -> usize {
        match self {
            Self::Tokens { current, .. } => current.load(Ordering::Relaxed),
            Self::Session(_) => 0,
        }
    }

    /// Turns to the token after the one at this position, unless another thread did so meanwhile; false if there is none.
    pub(crate) fn use_token_after(&self, position: usize) -> bool {
        let Self::Tokens { tokens, current } = self else {
            return false;
        };
        let next = |current: usize| (current == position && position + 1 < tokens.len()).then_some(position + 1);
        match current.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next) {
            Ok(_) => true,
            Err(current) => current != position,
        }
    }

    /// Everything that may not be printed.
    pub(crate) fn secrets(&self) -> &[SecretString] {
        match self {
            Self::Tokens { tokens, .. } => tokens,
            Self::Session(session) => session.secrets(),
        }
    }

    /// Whether the token listed with this mask is one that this very run authenticates with.
    #[must_use]
    pub fn is_own(&self, masked: &MaskedKey) -> bool {
        match self {
            Self::Tokens { tokens, .. } => tokens.iter().any(|token| masked.matches(token.expose_secret())),
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
    fn several_tokens_come_with_commas_and_are_used_in_turn() {
        let authentication = authentication(" first , second,,");
        let header = || authentication.headers(false)[0].1.expose_secret().to_owned();
        assert_eq!(header(), "Token first");
        assert!(authentication.use_token_after(0));
        assert_eq!((header().as_str(), authentication.token_in_use()), ("Token second", 1));
        assert!(!authentication.use_token_after(1));
        assert_eq!(header(), "Token second");
    }

    #[test]
    fn two_threads_that_meet_the_quota_of_one_token_turn_to_the_next_and_not_past_it() {
        let authentication = authentication("first,second,third");
        assert!(authentication.use_token_after(0));
        assert!(authentication.use_token_after(0), "another token is in use already: worth another attempt");
        assert_eq!(authentication.token_in_use(), 1);
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
