//! The accounts that can log in, their logins and failed logins, and the quota of calls.

use crate::authentication::{self, Caller};
use crate::cloud::Cloud;
use crate::config::{self, LockedLogin, LoginLookup};
use crate::message::{self, Reply, Request};
use crate::random;
use crate::tokens::Owner;
use serde_json::{Value, json};
use std::collections::HashMap;

#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) settings: config::Account,
    /// The owner of its tokens.
    pub(crate) owner: Owner,
    /// The ids of the organizations that it administers itself.
    pub(crate) orgs: Vec<String>,
    /// Its privileges in an organization, where they are not its role in the whole organization.
    privileges: HashMap<String, Vec<Value>>,
    pub(crate) failures: Failures,
}

impl Account {
    /// Creates the account with this number, 0 for the first.
    pub(crate) fn new(number: usize, settings: config::Account, now: i64) -> Self {
        let owner = if number == 0 { Owner::User } else { Owner::Account(settings.email.clone()) };
        let failures = if settings.locked { Failures::locked(now) } else { Failures::default() };
        Self { id: random::uuid(), owner, orgs: Vec::new(), privileges: HashMap::new(), failures, settings }
    }

    /// Its privilege in an organization, in the form of the API.
    pub(crate) fn privilege(&self, org_id: &str) -> Value {
        json!({"scope": "org", "role": self.settings.role, "org_id": org_id})
    }

    /// Its privileges in an organization that it administers itself.
    pub(crate) fn privileges_in(&self, org_id: &str) -> Vec<Value> {
        if !self.orgs.iter().any(|id| id == org_id) {
            return Vec::new();
        }
        self.privileges.get(org_id).cloned().unwrap_or_else(|| vec![self.privilege(org_id)])
    }

    /// Replaces its privileges in an organization. Without any, it no longer administers the organization.
    pub(crate) fn set_privileges(&mut self, org_id: &str, privileges: Vec<Value>) {
        self.orgs.retain(|id| id != org_id || !privileges.is_empty());
        if !privileges.is_empty() && !self.orgs.iter().any(|id| id == org_id) {
            self.orgs.push(org_id.to_owned());
        }
        self.privileges.insert(org_id.to_owned(), privileges);
    }

    /// Its privilege as an administrator of the MSP.
    pub(crate) fn msp_privilege(&self, msp_id: &str) -> Option<Value> {
        self.settings.msp.then(|| json!({"scope": "msp", "role": self.settings.role, "msp_id": msp_id}))
    }
}

/// `/login` is blocked after this many failures.
const ALLOWED_FAILURES: u32 = 3;

/// Seconds for which a login is blocked: the `Retry-After` that was seen.
const LOCKED_FOR: i64 = 798;

/// Failed logins since the last success.
#[derive(Debug, Clone, Default)]
pub(crate) struct Failures {
    count: u32,
    latest: i64,
}

impl Failures {
    /// The state after too many failures.
    pub(crate) fn locked(now: i64) -> Self {
        Self { count: ALLOWED_FAILURES, latest: now }
    }

    /// The seconds until a blocked login is possible again.
    pub(crate) fn locked_for(&self, now: i64) -> Option<i64> {
        let left = LOCKED_FOR - (now - self.latest);
        (self.count >= ALLOWED_FAILURES && left > 0).then_some(left)
    }

    pub(crate) fn add(&mut self, now: i64) {
        // After the block, three more attempts are free.
        self.count = if self.count >= ALLOWED_FAILURES { 1 } else { self.count + 1 };
        self.latest = now;
    }
}

/// Calls in the current hour, by caller. The hour is that of the clock, not one that starts with the first call.
#[derive(Debug, Clone, Default)]
pub(crate) struct Quota {
    hour: i64,
    calls: HashMap<String, u64>,
}

impl Quota {
    /// Counts one call and returns whether it is within the limit. A refused call is not counted.
    pub(crate) fn count(&mut self, caller: &str, limit: u64, now: i64) -> bool {
        self.start_hour(now);
        let calls = self.calls.entry(caller.to_owned()).or_default();
        let allowed = *calls < limit;
        *calls += u64::from(allowed);
        allowed
    }

    /// The calls in the current hour.
    pub(crate) fn used(&mut self, caller: &str, now: i64) -> u64 {
        self.start_hour(now);
        self.calls.get(caller).copied().unwrap_or_default()
    }

    fn start_hour(&mut self, now: i64) {
        let hour = now.div_euclid(3600);
        if hour != self.hour {
            self.calls.clear();
            self.hour = hour;
        }
    }
}

/// The refusal, worded as in the OpenAPI document.
pub(crate) fn quota_refusal() -> Reply {
    Reply::detail(
        429,
        "Too Many Request. The API Token used for the request reached the 5000 API Calls per hour threshold",
    )
}

/// Seconds until the next hour, at least one.
pub(crate) fn seconds_until_next_hour(now: i64) -> u64 {
    (3600 - now.rem_euclid(3600)).unsigned_abs()
}

const IDENTITY_PROVIDER: &str = "https://my.sso/idp_sso_url";
const LOGOUT_PAGE: &str = "https://my.sso/custom_logout_url";
const WRONG_PASSWORD: &str = "Invalid username/password.";
const WRONG_CODE: &str = "two_factor code is incorrect or the user hasn't login yet";

/// `POST /login`
pub(crate) fn login(cloud: &mut Cloud, request: &Request) -> Result<Reply, Reply> {
    let fields = message::object(request)?;
    let form = cloud.config.variants.field_errors;
    let required = |field| message::required_string(&fields, field).map_err(|error| error.reply(form));
    let (email, password) = (required("email")?, required("password")?);
    let two_factor = message::string(&fields, "two_factor")
        .map_err(|error| error.reply(form))?
        .filter(|_| cloud.config.variants.login_takes_two_factor);

    let now = cloud.clock.seconds();
    let Some(number) = cloud.account_of(&email) else {
        // Guessing addresses is blocked too.
        return refuse_unknown_address(cloud, now);
    };
    check_not_locked(cloud, cloud.accounts[number].failures.locked_for(now))?;
    let settings = &cloud.accounts[number].settings;
    if settings.sso {
        let body = json!({"detail": "sso admin login needs to be initiated by IdP", "forward_url": IDENTITY_PROVIDER});
        return Err(Reply::json(400, &body));
    }
    if password != settings.password {
        cloud.accounts[number].failures.add(now);
        return Err(Reply::detail(400, WRONG_PASSWORD));
    }
    let passed = match (&settings.two_factor, two_factor) {
        (Some(code), Some(given)) if *code != given => return wrong_code(cloud, number, now),
        (Some(_), given) => given.is_some(),
        (None, _) => false,
    };
    let open = settings.two_factor.is_some() && !passed;
    cloud.accounts[number].failures = Failures::default();
    let cookies = cloud.sessions.begin(number, open, &cloud.config.cookie_suffix, now);
    let variants = &cloud.config.variants;
    let reports = (open && variants.login_reports_two_factor) || variants.login_always_answers_account;
    let answer = if reports { factors(cloud, number, passed) } else { json!({}) };
    Ok(with_cookies(Reply::json(200, &answer), cookies))
}

/// `POST /login/two_factor`
pub(crate) fn two_factor(cloud: &mut Cloud, request: &Request) -> Result<Reply, Reply> {
    let refused = || Reply::detail(401, WRONG_CODE);
    let (id, session) = authentication::session(cloud, request).ok_or_else(refused)?;
    authentication::check_csrf(&session, request, &cloud.config.cookie_suffix)?;
    let fields = message::object(request)?;
    let given = message::required_string(&fields, "two_factor")
        .map_err(|error| error.reply(cloud.config.variants.field_errors))?;
    let Some(code) = &cloud.accounts[session.account].settings.two_factor else {
        return Err(Reply::detail(404, "The user doesn't have 2FA enabled"));
    };
    let now = cloud.clock.seconds();
    if cloud.accounts[session.account].failures.locked_for(now).is_some() || *code != given {
        cloud.accounts[session.account].failures.add(now);
        let cookies = cloud.sessions.cookies(&id, &cloud.config.cookie_suffix, now);
        return Err(with_cookies(refused(), cookies));
    }
    cloud.accounts[session.account].failures = Failures::default();
    let reply = if cloud.config.variants.login_always_answers_account {
        Reply::json(200, &factors(cloud, session.account, true))
    } else {
        Reply::json(200, &json!({}))
    };
    if cloud.config.variants.two_factor_renews_cookies {
        cloud.sessions.end(&id);
        let cookies = cloud.sessions.begin(session.account, false, &cloud.config.cookie_suffix, now);
        return Ok(with_cookies(reply, cookies));
    }
    cloud.sessions.passed_two_factor(&id);
    Ok(reply)
}

/// `POST /login/lookup`, and `GET` with the address in the query: how an address logs in. It does not count as an
/// attempt.
pub(crate) fn lookup(cloud: &Cloud, request: &Request) -> Result<Reply, Reply> {
    let email = if request.method == "POST" {
        message::required_string(&message::object(request)?, "email")
            .map_err(|error| error.reply(cloud.config.variants.field_errors))?
    } else {
        request.decoded_parameter("email").unwrap_or_default()
    };
    let account = cloud.account_of(&email).ok_or_else(|| Reply::detail(404, "Not found."))?;
    let sso = cloud.accounts[account].settings.sso;
    Ok(Reply::json(200, &if sso { json!({"sso_url": IDENTITY_PROVIDER}) } else { json!({}) }))
}

/// The methods of the lookup. Empty: the cloud does not have it.
pub(crate) fn lookup_methods(lookup: LoginLookup) -> &'static [&'static str] {
    match lookup {
        LoginLookup::Absent => &[],
        LoginLookup::Post => &["POST"],
        LoginLookup::Get => &["GET"],
        LoginLookup::Either => &["GET", "POST"],
    }
}

/// `POST /logout` of a caller that is logged in.
pub(crate) fn logout(cloud: &mut Cloud, caller: &Caller) -> Reply {
    let Caller::Account { number, session } = caller else {
        return Reply::json(200, &json!({}));
    };
    if let Some(id) = session {
        cloud.sessions.end(id);
    }
    let sso = cloud.accounts[*number].settings.sso;
    Reply::json(200, &if sso { json!({"forward_url": LOGOUT_PAGE}) } else { json!({}) })
}

/// `POST /logout` of a login without its second factor.
pub(crate) fn logout_without_two_factor(cloud: &mut Cloud, request: &Request) -> Option<Result<Reply, Reply>> {
    let (id, session) = authentication::session(cloud, request).filter(|(_, session)| session.awaits_two_factor)?;
    Some(authentication::check_csrf(&session, request, &cloud.config.cookie_suffix).map(|()| {
        cloud.sessions.end(&id);
        Reply::json(200, &json!({}))
    }))
}

/// In practice a session begins that lacks its second factor, because the password was right.
fn wrong_code(cloud: &mut Cloud, number: usize, now: i64) -> Result<Reply, Reply> {
    cloud.accounts[number].failures.add(now);
    if !cloud.config.variants.wrong_code_is_unauthorized {
        return Err(Reply::detail(400, "two_factor code is incorrect"));
    }
    let cookies = cloud.sessions.begin(number, true, &cloud.config.cookie_suffix, now);
    Err(with_cookies(Reply::detail(401, WRONG_CODE), cookies))
}

fn refuse_unknown_address(cloud: &mut Cloud, now: i64) -> Result<Reply, Reply> {
    check_not_locked(cloud, cloud.unknown_addresses.locked_for(now))?;
    cloud.unknown_addresses.add(now);
    Err(Reply::detail(400, WRONG_PASSWORD))
}

fn check_not_locked(cloud: &Cloud, seconds: Option<i64>) -> Result<(), Reply> {
    let Some(seconds) = seconds else {
        return Ok(());
    };
    let detail = "Login is blocked after too many failed attempts. Try again later.";
    Err(match cloud.config.variants.locked_login {
        LockedLogin::TooManyRequests => Reply::detail(429, detail).with_header("retry-after", seconds.to_string()),
        LockedLogin::BadRequest => Reply::detail(400, detail),
    })
}

fn factors(cloud: &Cloud, number: usize, passed: bool) -> Value {
    let settings = &cloud.accounts[number].settings;
    json!({"email": settings.email, "two_factor_required": settings.two_factor.is_some(), "two_factor_passed": passed})
}

fn with_cookies(reply: Reply, cookies: [(String, String); 2]) -> Reply {
    cookies.into_iter().fold(reply, |reply, (name, value)| reply.with_header(&name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_starts_again_when_the_hour_is_full() {
        let mut quota = Quota::default();
        assert!(quota.count("a", 2, 3598));
        assert!(quota.count("a", 2, 3599));
        assert!(!quota.count("a", 2, 3599));
        assert!(quota.count("b", 2, 3599));
        assert_eq!(quota.used("a", 3599), 2);
        assert!(quota.count("a", 2, 3600));
        assert_eq!(quota.used("a", 3600), 1);
    }

    #[test]
    fn the_next_hour_is_1_to_3600_seconds_away() {
        assert_eq!(seconds_until_next_hour(7200), 3600);
        assert_eq!(seconds_until_next_hour(7199), 1);
    }
}
