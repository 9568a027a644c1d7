//! What a task returns. RETURN of the documentation comes from here.

use crate::TokenType;
use crate::tokens::results::TokenResult;
use mist_tokens::age::{Age, days};
use mist_tokens::token::Token;
use schemars::JsonSchema;
use serde::Serialize;

/// The results of `mist_api_token_info`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Results {
    /// The tokens that were asked for, by name, and of one name the oldest first.
    #[schemars(extend("x-ansible-returned" = "success"))]
    pub tokens: Option<Vec<AgedToken>>,
    /// How many they are.
    #[schemars(extend("x-ansible-returned" = "success"), example = 1)]
    pub count: Option<usize>,
    /// Whose they are.
    #[schemars(extend("x-ansible-returned" = "success"))]
    pub token_type: Option<TokenType>,
}

/// A token, and how old it is by the cloud's clock.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct AgedToken {
    /// The token as the cloud shows it.
    #[serde(flatten)]
    pub token: TokenResult,
    /// How many days ago it was made; V(null) if the cloud does not tell.
    #[schemars(example = 120.5)]
    pub age_days: Option<f64>,
    /// How many days ago it was last used, or made if it was never used; V(null) if the cloud does not tell.
    #[schemars(example = 30.25)]
    pub unused_days: Option<f64>,
    /// For a user token: in how many days the cloud removes it if it is not used. It does so after 90 days. V(null) for an organisation token, which it keeps.
    #[schemars(example = 59.75)]
    pub expires_in_days: Option<f64>,
}

impl AgedToken {
    /// The token with its age in days.
    #[must_use]
    pub fn new(token: &Token, age: &Age) -> Self {
        Self {
            token: token.into(),
            age_days: age.age.map(days),
            unused_days: age.unused.map(days),
            expires_in_days: age.expires_in.map(days),
        }
    }
}
