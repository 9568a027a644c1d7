//! The state of the cloud, its clock, and what it contains at the start.

use crate::accounts::{Account, Failures, Quota};
use crate::admins::Admins;
use crate::authentication::Sessions;
use crate::claims::Stock;
use crate::config::{Config, NotFound};
use crate::devices::{self, Devices};
use crate::firmware::Firmware;
use crate::message::Reply;
use crate::objects::{self, Objects};
use crate::paging::Unlisted;
use crate::random;
use crate::searches::Searches;
use crate::tokens::{NewToken, Owner, StoredToken, Tokens};
use indexmap::IndexMap;
use serde_json::{Map, Value, json};
use std::collections::VecDeque;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub(crate) const MSP_NAME: &str = "MSP 1";

/// The state of the cloud. It does no I/O: it takes a request and returns a response.
#[derive(Debug, Clone)]
pub(crate) struct Cloud {
    pub(crate) config: Config,
    pub(crate) clock: Clock,
    /// The accounts. The first is the one at the top level of the configuration.
    pub(crate) accounts: Vec<Account>,
    pub(crate) admins: Admins,
    /// The MSP's id, also when no organization belongs to it.
    pub(crate) msp_id: String,
    /// The first token of the first account.
    pub(crate) api_token: StoredToken,
    pub(crate) orgs: IndexMap<String, Org>,
    /// Sites, site groups and all other objects of an organization, a site or an MSP.
    pub(crate) objects: Objects,
    /// Devices of each organization, by its id.
    pub(crate) devices: IndexMap<String, Devices>,
    pub(crate) device_models: Vec<Value>,
    pub(crate) stock: Stock,
    pub(crate) searches: Searches,
    pub(crate) firmware: Firmware,
    pub(crate) tokens: Tokens,
    pub(crate) sessions: Sessions,
    /// Failed logins with addresses that no account has.
    pub(crate) unknown_addresses: Failures,
    /// The keys and ids of the next tokens and objects, where a test has chosen them.
    pub(crate) next_keys: VecDeque<String>,
    pub(crate) next_ids: VecDeque<String>,
    pub(crate) quota: Quota,
    pub(crate) unlisted: Unlisted,
}

#[derive(Debug, Clone)]
pub(crate) struct Org {
    /// All fields, as the API shows them.
    pub(crate) fields: Map<String, Value>,
}

impl Org {
    pub(crate) fn name(&self) -> &str {
        self.fields.get("name").and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn of_msp(&self) -> bool {
        self.fields.contains_key("msp_id")
    }
}

impl Cloud {
    /// The state before the first request.
    pub(crate) fn new(config: Config) -> Cloud {
        let clock = Clock::new(config.clock);
        let mut tokens = Tokens::default();
        let api_token = tokens.add(&Owner::User, NewToken::named("first"), "", &clock);
        let settings = std::iter::once(config.first_account()).chain(config.accounts.clone());
        let accounts = settings.enumerate().map(|(number, one)| Account::new(number, one, clock.seconds())).collect();
        let mut cloud = Cloud {
            accounts,
            admins: Admins::default(),
            msp_id: random::uuid(),
            api_token,
            orgs: IndexMap::new(),
            objects: Objects::default(),
            devices: IndexMap::new(),
            device_models: Vec::new(),
            stock: Stock::default(),
            searches: Searches::default(),
            firmware: Firmware::default(),
            tokens,
            sessions: Sessions::default(),
            unknown_addresses: Failures::default(),
            next_keys: VecDeque::new(),
            next_ids: VecDeque::new(),
            quota: Quota::default(),
            unlisted: Unlisted::default(),
            clock,
            config,
        };
        for number in 1..=cloud.config.user_tokens {
            cloud.add_token(&Owner::User, NewToken::named(format!("user-token-{number}")));
        }
        let others: Vec<Owner> = cloud.accounts.iter().skip(1).map(|account| account.owner.clone()).collect();
        for owner in others {
            cloud.add_token(&owner, NewToken::named("first"));
        }
        let (own, of_msp) = (cloud.config.orgs, cloud.config.msp_orgs);
        for number in 1..=own + of_msp + cloud.config.other_orgs {
            add_org(&mut cloud, number, number > own && number <= own + of_msp);
        }
        cloud
    }

    /// The id for a new token or object.
    pub(crate) fn new_id(&mut self) -> String {
        self.next_ids.pop_front().unwrap_or_else(random::uuid)
    }

    /// The number of the account with this address.
    pub(crate) fn account_of(&self, email: &str) -> Option<usize> {
        self.accounts.iter().position(|account| account.settings.email == email)
    }

    /// Adds a token as if the account had created it.
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

    /// Adds a token, with the key and id that a test has chosen for the next one.
    pub(crate) fn add_token_by(&mut self, owner: &Owner, mut new: NewToken, created_by: &str) -> StoredToken {
        new.key = new.key.or_else(|| self.next_keys.pop_front());
        new.id = new.id.or_else(|| self.next_ids.pop_front());
        self.tokens.add(owner, new, created_by, &self.clock)
    }

    /// The id of the first organization, or an empty text.
    pub(crate) fn first_org(&self) -> &str {
        self.orgs.keys().next().map_or("", String::as_str)
    }

    /// The response for an unknown id.
    pub(crate) fn not_found(&self, id: &str) -> Reply {
        match self.config.variants.not_found {
            NotFound::Detail => Reply::detail(404, "Not found."),
            NotFound::Id => Reply::json(404, &json!({ "id": id })),
        }
    }
}

/// A clock in seconds since 1970: the machine's with an offset, or one that changes only when it is moved.
#[derive(Debug, Clone)]
pub(crate) enum Clock {
    Running { offset: f64 },
    Standing { at: f64 },
}

impl Clock {
    pub(crate) fn new(at: Option<f64>) -> Self {
        match at {
            Some(at) => Self::Standing { at },
            None => Self::Running { offset: 0.0 },
        }
    }

    pub(crate) fn now(&self) -> f64 {
        match self {
            Self::Running { offset } => machine_time() + offset,
            Self::Standing { at } => *at,
        }
    }

    /// Whole seconds, as in the cloud's fields.
    pub(crate) fn seconds(&self) -> i64 {
        self.now() as i64
    }

    pub(crate) fn advance(&mut self, seconds: f64) {
        match self {
            Self::Running { offset } => *offset += seconds,
            Self::Standing { at } => *at += seconds,
        }
    }
}

/// A date for HTTP headers. Times before 1970 become 1970.
pub(crate) fn http_date(epoch_seconds: f64) -> String {
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(epoch_seconds.max(0.0) as u64))
}

fn machine_time() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

/// Adds an organization to the cloud and to the accounts that administer it.
fn add_org(cloud: &mut Cloud, number: usize, of_msp: bool) {
    let now = cloud.clock.seconds();
    let org_id = random::uuid();
    let own = number <= cloud.config.orgs;
    for (index, account) in cloud.accounts.iter_mut().enumerate() {
        if (index == 0 && own) || account.settings.orgs.contains(&number) {
            account.orgs.push(org_id.clone());
        }
    }
    let mut fields = json!({
        "id": org_id,
        "name": format!("Org {number}"),
        "allow_mist": true,
        "alarmtemplate_id": null,
        "orggroup_ids": [],
        "session_expiry": 1440,
        "created_time": now,
        "modified_time": now,
    });
    if of_msp {
        fields["msp_id"] = json!(cloud.msp_id);
        fields["msp_name"] = json!(MSP_NAME);
    }
    cloud.orgs.insert(org_id.clone(), Org { fields: fields.as_object().cloned().unwrap_or_default() });
    let groups: Vec<String> = (1..=cloud.config.sitegroups)
        .map(|number| seed(cloud, &org_id, "sitegroups", json!({"name": format!("Group {number}")})))
        .collect();
    for index in 0..cloud.config.sites {
        let group = index.checked_rem(groups.len()).map(|group| &groups[group]);
        let mut site = json!({
            "name": format!("Site {}", index + 1),
            "timezone": "America/Los_Angeles",
            "sitegroup_ids": group.into_iter().collect::<Vec<_>>(),
        });
        if let (0, Some(site)) = (index, site.as_object_mut()) {
            site.extend(cloud.config.site_fields.clone());
        }
        seed(cloud, &org_id, "sites", site);
    }
    let (devices, device_stats) = (cloud.config.devices, cloud.config.device_stats);
    devices::add_fleet(cloud, &org_id, devices, device_stats);
    for number in 1..=cloud.config.org_tokens {
        cloud.add_token(&Owner::Org(org_id.clone()), NewToken::named(format!("org-token-{number}")));
    }
}

/// Adds an object of an organization and returns its id.
fn seed(cloud: &mut Cloud, org_id: &str, collection: &str, fields: Value) -> String {
    let target = objects::parse_path(&["orgs", org_id, collection]);
    let fields = fields.as_object().cloned().unwrap_or_default();
    target.map(|target| objects::seed(cloud, &target, fields)).unwrap_or_default()
}
