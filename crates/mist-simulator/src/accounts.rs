//! The accounts that may log in.

use crate::config;
use crate::login_attempts::Failures;
use crate::random;
use crate::tokens::Owner;
use serde_json::{Value, json};

/// An account as the cloud knows it.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) settings: config::Account,
    /// Whose its tokens are.
    pub(crate) owner: Owner,
    /// The ids of the organisations that it administers itself.
    pub(crate) orgs: Vec<String>,
    pub(crate) failures: Failures,
}

impl Account {
    /// The account whose number is this, 0 for the first.
    pub(crate) fn new(number: usize, settings: config::Account, now: i64) -> Self {
        let owner = if number == 0 { Owner::User } else { Owner::Account(settings.email.clone()) };
        let failures = if settings.locked { Failures::locked(now) } else { Failures::default() };
        Self { id: random::uuid(), owner, orgs: Vec::new(), failures, settings }
    }

    /// What it may do in an organisation, as the API writes it.
    pub(crate) fn privilege(&self, org_id: &str) -> Value {
        json!({"scope": "org", "role": self.settings.role, "org_id": org_id})
    }

    /// What it may do as an MSP's administrator.
    pub(crate) fn msp_privilege(&self, msp_id: &str) -> Option<Value> {
        self.settings.msp.then(|| json!({"scope": "msp", "role": self.settings.role, "msp_id": msp_id}))
    }
}
