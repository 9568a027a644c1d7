//! What a task returns. RETURN of the documentation comes from here.

use crate::TokenType;
use crate::tokens::results::TokenResult;
use schemars::JsonSchema;
use serde::Serialize;

/// The results of `mist_api_token`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Results {
    /// The token, as the cloud shows it, its key masked. In check mode, what of it is known beforehand.
    #[schemars(extend("x-ansible-returned" = "when O(state=present)"))]
    pub token: Option<Box<TokenResult>>,
    /// The key of the new token. It is shown this once, and never again. V(null) when no token was created, when O(return_key=false), and in check mode.
    #[schemars(extend("x-ansible-returned" = "always"))]
    #[schemars(example = &"VALUE_SHOWN_ONCE")]
    pub key: Option<String>,
    /// The tokens that were asked for.
    #[schemars(extend("x-ansible-returned" = "when O(state=info)"))]
    pub tokens: Option<Vec<TokenResult>>,
    /// Whose the tokens are.
    #[schemars(extend("x-ansible-returned" = "always"))]
    pub token_type: Option<TokenType>,
    /// The ids of the tokens that were deleted. In check mode, of those that would be.
    #[schemars(extend("x-ansible-returned" = "when O(state=absent), and when a token was replaced"))]
    #[schemars(extend("examples" = [["864f351a-1377-4ad9-83f8-72f3fe6199ba"]]))]
    pub deleted: Option<Vec<String>>,
}
