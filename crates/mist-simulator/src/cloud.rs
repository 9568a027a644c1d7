//! All that the cloud knows.

use crate::clock::Clock;
use crate::config::{Config, NotFound};
use crate::login_attempts::Failures;
use crate::message::Reply;
use crate::objects::{self, Objects};
use crate::quota::Quota;
use crate::random;
use crate::sessions::Sessions;
use crate::tokens::{NewToken, Owner, StoredToken, Tokens};
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
    /// Sites, site groups and everything else that an organisation, a site or an MSP has.
    pub(crate) objects: Objects,
    pub(crate) tokens: Tokens,
    pub(crate) sessions: Sessions,
    pub(crate) failures: Failures,
    pub(crate) quota: Quota,
}

/// An organisation.
#[derive(Debug)]
pub(crate) struct Org {
    /// As the API shows it.
    pub(crate) fields: Map<String, Value>,
}

impl Org {
    /// Its name.
    pub(crate) fn name(&self) -> &str {
        self.fields.get("name").and_then(Value::as_str).unwrap_or_default()
    }
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
            objects: Objects::default(),
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
        let fields = json!({
            "id": org_id,
            "name": format!("Org {number}"),
            "allow_mist": true,
            "alarmtemplate_id": null,
            "orggroup_ids": [],
            "session_expiry": 1440,
            "created_time": now,
            "modified_time": now,
        });
        self.orgs.insert(org_id.clone(), Org { fields: fields.as_object().cloned().unwrap_or_default() });
        let groups: Vec<String> = (1..=self.config.sitegroups)
            .map(|number| self.seed(&org_id, "sitegroups", json!({"name": format!("Group {number}")})))
            .collect();
        for index in 0..self.config.sites {
            let group = index.checked_rem(groups.len()).map(|group| &groups[group]);
            let mut site = json!({
                "name": format!("Site {}", index + 1),
                "timezone": "America/Los_Angeles",
                "sitegroup_ids": group.into_iter().collect::<Vec<_>>(),
            });
            if let (0, Some(site)) = (index, site.as_object_mut()) {
                site.extend(self.config.site_fields.clone());
            }
            self.seed(&org_id, "sites", site);
        }
        for number in 1..=self.config.org_tokens {
            self.add_token(&Owner::Org(org_id.clone()), NewToken::named(format!("org-token-{number}")));
        }
    }

    /// Puts an object of an organisation into the cloud, and says its id.
    fn seed(&mut self, org_id: &str, collection: &str, fields: Value) -> String {
        let place = objects::parse_path(&["orgs", org_id, collection]);
        let fields = fields.as_object().cloned().unwrap_or_default();
        place.map(|place| objects::seed(self, &place, fields)).unwrap_or_default()
    }

    /// The id for a new object.
    pub(crate) fn new_id(&mut self) -> String {
        random::uuid()
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
