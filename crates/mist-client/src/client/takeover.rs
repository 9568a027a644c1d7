//! Another token takes over: asks the cloud whether it belongs where the first does, as [`Scope`] tells.

use super::Client;
use super::request::Request;
use crate::answer::{self, is_success};
use crate::scope::Scope;
use serde_json::Value;

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
