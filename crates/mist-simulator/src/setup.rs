//! The cloud as it is at the start: accounts, organisations, sites, site groups and tokens.

use crate::accounts::Account;
use crate::clock::Clock;
use crate::cloud::{Cloud, MSP_NAME, Org};
use crate::config::Config;
use crate::login_attempts::Failures;
use crate::objects::{self, Objects};
use crate::quota::Quota;
use crate::random;
use crate::sessions::Sessions;
use crate::tokens::{NewToken, Owner, Tokens};
use indexmap::IndexMap;
use serde_json::{Value, json};
use std::collections::VecDeque;

/// The cloud as it is before the first request.
pub(crate) fn cloud(config: Config) -> Cloud {
    let clock = Clock::new(config.clock);
    let mut tokens = Tokens::default();
    let api_token = tokens.add(&Owner::User, NewToken::named("first"), "", &clock);
    let settings = std::iter::once(config.first_account()).chain(config.accounts.clone());
    let accounts = settings.enumerate().map(|(number, one)| Account::new(number, one, clock.seconds())).collect();
    let mut cloud = Cloud {
        accounts,
        msp_id: random::uuid(),
        api_token,
        orgs: IndexMap::new(),
        objects: Objects::default(),
        tokens,
        sessions: Sessions::default(),
        unknown_addresses: Failures::default(),
        next_keys: VecDeque::new(),
        next_ids: VecDeque::new(),
        quota: Quota::default(),
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

/// Adds an organisation, and makes it known to the accounts that administer it.
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
    for number in 1..=cloud.config.org_tokens {
        cloud.add_token(&Owner::Org(org_id.clone()), NewToken::named(format!("org-token-{number}")));
    }
}

/// Puts an object of an organisation into the cloud, and says its id.
fn seed(cloud: &mut Cloud, org_id: &str, collection: &str, fields: Value) -> String {
    let place = objects::parse_path(&["orgs", org_id, collection]);
    let fields = fields.as_object().cloned().unwrap_or_default();
    place.map(|place| objects::seed(cloud, &place, fields)).unwrap_or_default()
}
