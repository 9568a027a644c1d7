//! All that the cloud knows.

use crate::accounts::Failures;
use crate::clock::Clock;
use crate::message::Reply;
use crate::quota::Quota;
use crate::sessions::Sessions;
use crate::tokens::{NewToken, Owner, StoredToken, Tokens};
use crate::{Config, NotFound, random};
use indexmap::IndexMap;
use serde_json::{Map, Value, json};

/// The state of the cloud. It does no I/O: a request goes in, an answer comes out.
#[derive(Debug)]
pub(crate) struct Cloud {
    pub(crate) config: Config,
    pub(crate) clock: Clock,
    pub(crate) admin_id: String,
    /// The first token of the account.
    pub(crate) api_token: StoredToken,
    pub(crate) orgs: IndexMap<String, Org>,
    /// The sites of all organisations, as the API shows them.
    pub(crate) sites: IndexMap<String, Map<String, Value>>,
    pub(crate) tokens: Tokens,
    pub(crate) sessions: Sessions,
    pub(crate) failures: Failures,
    pub(crate) quota: Quota,
}

/// An organisation.
#[derive(Debug)]
pub(crate) struct Org {
    pub(crate) name: String,
    pub(crate) created_time: i64,
    /// As the API shows them, by id.
    pub(crate) sitegroups: IndexMap<String, Map<String, Value>>,
}

impl Cloud {
    pub(crate) fn new(config: Config) -> Self {
        let clock = Clock::new(config.clock);
        let mut tokens = Tokens::default();
        let api_token = tokens.add(&Owner::User, NewToken::named("first"), "", &clock);
        let mut cloud = Self {
            admin_id: random::uuid(),
            api_token,
            orgs: IndexMap::new(),
            sites: IndexMap::new(),
            tokens,
            sessions: Sessions::default(),
            failures: if config.locked { Failures::locked(clock.seconds()) } else { Failures::default() },
            quota: Quota::default(),
            clock,
            config,
        };
        for number in 1..=cloud.config.user_tokens {
            cloud.add_token(&Owner::User, NewToken::named(format!("user-token-{number}")));
        }
        for number in 1..=cloud.config.orgs {
            cloud.add_org(number);
        }
        cloud
    }

    fn add_org(&mut self, number: usize) {
        let now = self.clock.seconds();
        let org_id = random::uuid();
        let groups: Vec<String> = (0..self.config.sitegroups).map(|_| random::uuid()).collect();
        let mut members: Vec<Vec<String>> = vec![Vec::new(); groups.len()];
        for index in 0..self.config.sites {
            let id = random::uuid();
            let group = index.checked_rem(groups.len());
            if let Some(group) = group {
                members[group].push(id.clone());
            }
            let mut site = Map::new();
            site.insert("id".to_owned(), json!(id));
            site.insert("name".to_owned(), json!(format!("Site {}", index + 1)));
            site.insert("org_id".to_owned(), json!(org_id));
            site.insert("timezone".to_owned(), json!("America/Los_Angeles"));
            site.insert(
                "sitegroup_ids".to_owned(),
                json!(group.map(|group| &groups[group]).into_iter().collect::<Vec<_>>()),
            );
            site.insert("created_time".to_owned(), json!(now));
            site.insert("modified_time".to_owned(), json!(now));
            if index == 0 {
                site.extend(self.config.site_fields.clone());
            }
            self.sites.insert(id, site);
        }
        let shown = |(index, (id, site_ids)): (usize, (&String, &Vec<String>))| {
            let fields = json!({"id": id, "name": format!("Group {}", index + 1), "org_id": org_id, "site_ids": site_ids,
                "created_time": now, "modified_time": now});
            (id.clone(), fields.as_object().cloned().unwrap_or_default())
        };
        let sitegroups = groups.iter().zip(&members).enumerate().map(shown).collect();
        self.orgs.insert(org_id.clone(), Org { name: format!("Org {number}"), created_time: now, sitegroups });
        for number in 1..=self.config.org_tokens {
            self.add_token(&Owner::Org(org_id.clone()), NewToken::named(format!("org-token-{number}")));
        }
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
        self.tokens.add(owner, new, &self.config.email, &self.clock)
    }

    /// The first organisation's id; empty where there is none.
    pub(crate) fn first_org(&self) -> &str {
        self.orgs.keys().next().map_or("", String::as_str)
    }

    /// The answer for an id that does not exist.
    pub(crate) fn not_found(&self, id: &str) -> Reply {
        match self.config.behaviour.not_found {
            NotFound::Detail => Reply::detail(404, "Not found."),
            NotFound::Id => Reply::json(404, &json!({ "id": id })),
        }
    }
}
