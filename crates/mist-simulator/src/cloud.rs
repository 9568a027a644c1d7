//! All that the cloud knows.

use crate::accounts::Account;
use crate::clock::Clock;
use crate::config::{Config, NotFound};
use crate::login_attempts::Failures;
use crate::message::Reply;
use crate::objects::Objects;
use crate::quota::Quota;
use crate::random;
use crate::sessions::Sessions;
use crate::tokens::{NewToken, Owner, StoredToken, Tokens};
use indexmap::IndexMap;
use serde_json::{Map, Value, json};
use std::collections::VecDeque;

/// What the MSP is called.
pub(crate) const MSP_NAME: &str = "MSP 1";

/// The state of the cloud. It does no I/O: a request goes in, an answer comes out.
#[derive(Debug, Clone)]
pub(crate) struct Cloud {
    pub(crate) config: Config,
    pub(crate) clock: Clock,
    /// The accounts; the first is the one that the configuration has at its top level.
    pub(crate) accounts: Vec<Account>,
    /// The MSP's id, whether or not any organisation belongs to it.
    pub(crate) msp_id: String,
    /// The first token of the first account.
    pub(crate) api_token: StoredToken,
    pub(crate) orgs: IndexMap<String, Org>,
    /// Sites, site groups and everything else that an organisation, a site or an MSP has.
    pub(crate) objects: Objects,
    pub(crate) tokens: Tokens,
    pub(crate) sessions: Sessions,
    /// Failed logins under addresses that no account has.
    pub(crate) unknown_addresses: Failures,
    /// The keys and ids of the next tokens and objects, where a test has chosen them.
    pub(crate) next_keys: VecDeque<String>,
    pub(crate) next_ids: VecDeque<String>,
    pub(crate) quota: Quota,
}

/// An organisation.
#[derive(Debug, Clone)]
pub(crate) struct Org {
    /// As the API shows it.
    pub(crate) fields: Map<String, Value>,
}

impl Org {
    /// Its name.
    pub(crate) fn name(&self) -> &str {
        self.fields.get("name").and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether it belongs to the MSP.
    pub(crate) fn of_msp(&self) -> bool {
        self.fields.contains_key("msp_id")
    }
}

impl Cloud {
    /// The id for a new token or object.
    pub(crate) fn new_id(&mut self) -> String {
        self.next_ids.pop_front().unwrap_or_else(random::uuid)
    }

    /// The number of the account with this address.
    pub(crate) fn account_of(&self, email: &str) -> Option<usize> {
        self.accounts.iter().position(|account| account.settings.email == email)
    }

    /// Puts a token into the cloud as though the account had made it.
    pub(crate) fn add_token(&mut self, owner: &Owner, mut new: NewToken) -> StoredToken {
        if let Owner::Org(org_id) = owner {
            if new.privileges.is_empty() {
                new.privileges = vec![json!({"scope": "org", "role": "admin"})];
            }
            for privilege in new.privileges.iter_mut().filter_map(Value::as_object_mut) {
                privilege.entry("org_id").or_insert_with(|| json!(org_id));
            }
        }
        let created_by = self.accounts.first().map_or("", |account| account.settings.email.as_str()).to_owned();
        self.add_token_by(owner, new, &created_by)
    }

    /// Puts a token into the cloud, with the key that a test has chosen for the next one.
    pub(crate) fn add_token_by(&mut self, owner: &Owner, mut new: NewToken, created_by: &str) -> StoredToken {
        new.key = new.key.or_else(|| self.next_keys.pop_front());
        new.id = new.id.or_else(|| self.next_ids.pop_front());
        self.tokens.add(owner, new, created_by, &self.clock)
    }

    /// The first organisation's id; empty where there is none.
    pub(crate) fn first_org(&self) -> &str {
        self.orgs.keys().next().map_or("", String::as_str)
    }

    /// The answer for an id that does not exist.
    pub(crate) fn not_found(&self, id: &str) -> Reply {
        match self.config.variants.not_found {
            NotFound::Detail => Reply::detail(404, "Not found."),
            NotFound::Id => Reply::json(404, &json!({ "id": id })),
        }
    }
}
