//! As whom the cloud is talked to.

use crate::key::MaskedKey;
use secrecy::{ExposeSecret, SecretString};
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a user gives to authenticate.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// API tokens, at least one; the next is used when one meets its quota.
    Tokens(Vec<SecretString>),
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
pub struct Authentication {
    tokens: Vec<SecretString>,
    current: AtomicUsize,
}

impl Authentication {
    pub(crate) fn new(credentials: &Credentials) -> Self {
        let Credentials::Tokens(tokens) = credentials;
        Self {
            tokens: tokens.clone(),
            current: AtomicUsize::new(0),
        }
    }

    /// The headers of a request; `writes` tells whether it changes something.
    pub(crate) fn headers(&self, _writes: bool) -> Vec<(&'static str, SecretString)> {
        self.tokens
            .get(self.current.load(Ordering::Relaxed))
            .map(|token| {
                (
                    "Authorization",
                    format!("Token {}", token.expose_secret()).into(),
                )
            })
            .into_iter()
            .collect()
    }

    /// Turns to the next token, if there is one that was not used up yet.
    pub(crate) fn use_next_token(&self) -> bool {
        self.current
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |current| {
                (current + 1 < self.tokens.len()).then_some(current + 1)
            })
            .is_ok()
    }

    /// Everything that may not be printed.
    pub(crate) fn secrets(&self) -> &[SecretString] {
        &self.tokens
    }

    /// Whether the token listed with this mask is one that this very run authenticates with.
    #[must_use]
    pub fn is_own(&self, masked: &MaskedKey) -> bool {
        self.tokens
            .iter()
            .any(|token| masked.matches(token.expose_secret()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_tokens_come_with_commas_and_are_used_in_turn() {
        let credentials = Credentials::from_tokens(&" first , second,,".to_owned().into()).unwrap();
        let authentication = Authentication::new(&credentials);
        let header = || {
            authentication.headers(false)[0]
                .1
                .expose_secret()
                .to_owned()
        };
        assert_eq!(header(), "Token first");
        assert!(authentication.use_next_token());
        assert_eq!(header(), "Token second");
        assert!(!authentication.use_next_token());
        assert_eq!(header(), "Token second");
    }

    #[test]
    fn nothing_but_commas_is_no_token() {
        assert!(Credentials::from_tokens(&" , ,".to_owned().into()).is_none());
    }

    #[test]
    fn debug_shows_no_token() {
        let credentials = Credentials::from_tokens(&"geheim".to_owned().into()).unwrap();
        assert!(
            !format!("{credentials:?} {:?}", Authentication::new(&credentials)).contains("geheim")
        );
    }
}
