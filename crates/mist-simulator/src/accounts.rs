//! The account: logging in and out, and who am I.

use crate::authentication::{self, Caller};
use crate::body;
use crate::cloud::Cloud;
use crate::login_attempts::Failures;
use crate::message::{Reply, Request};
use crate::sessions;
use serde_json::{Map, Value, json};

const IDENTITY_PROVIDER: &str = "https://my.sso/idp_sso_url";
const LOGOUT_PAGE: &str = "https://my.sso/custom_logout_url";

/// `POST /login`
pub(crate) fn login(cloud: &mut Cloud, request: &Request) -> Result<Reply, Reply> {
    let fields = body::object(request)?;
    let form = cloud.config.behaviour.field_errors;
    let required = |field| body::required_string(&fields, field).map_err(|error| error.reply(form));
    let (email, password) = (required("email")?, required("password")?);
    let two_factor = body::string(&fields, "two_factor")
        .map_err(|error| error.reply(form))?
        .filter(|_| cloud.config.behaviour.login_takes_two_factor);

    let now = cloud.clock.seconds();
    if cloud.failures.is_locked(now) {
        return Err(Reply::detail(400, "Login is blocked after too many failed attempts. Try again later."));
    }
    if cloud.config.sso && email == cloud.config.email {
        let body = json!({"detail": "sso admin login needs to be initiated by IdP", "forward_url": IDENTITY_PROVIDER});
        return Err(Reply::json(400, &body));
    }
    if email != cloud.config.email || password != cloud.config.password {
        cloud.failures.add(now);
        return Err(Reply::detail(400, "Invalid username/password."));
    }
    let required = cloud.config.two_factor.is_some();
    let passed = match (&cloud.config.two_factor, two_factor) {
        (Some(code), Some(given)) if *code != given => {
            cloud.failures.add(now);
            return Err(Reply::detail(400, "two_factor code is incorrect"));
        }
        (Some(_), given) => given.is_some(),
        (None, _) => false,
    };
    cloud.failures = Failures::default();
    let cookies = cloud.sessions.begin(required && !passed, &cloud.config.cookie_suffix, now);
    let tells = (required && !passed) || cloud.config.behaviour.login_always_answers_account;
    let answer = if tells { factors(cloud, passed) } else { json!({}) };
    Ok(with_cookies(Reply::json(200, &answer), cookies))
}

/// `POST /login/two_factor`
pub(crate) fn two_factor(cloud: &mut Cloud, request: &Request) -> Result<Reply, Reply> {
    let refused = || Reply::detail(401, "two_factor code is incorrect or the user hasn't login yet");
    let (id, session) = authentication::session(cloud, request).ok_or_else(refused)?;
    sessions::check_csrf(&session, request, &cloud.config.cookie_suffix)?;
    let fields = body::object(request)?;
    let given = body::required_string(&fields, "two_factor")
        .map_err(|error| error.reply(cloud.config.behaviour.field_errors))?;
    let Some(code) = &cloud.config.two_factor else {
        return Err(Reply::detail(404, "The user doesn't have 2FA enabled"));
    };
    let now = cloud.clock.seconds();
    if cloud.failures.is_locked(now) || *code != given {
        cloud.failures.add(now);
        return Err(refused());
    }
    cloud.failures = Failures::default();
    let reply = if cloud.config.behaviour.login_always_answers_account {
        Reply::json(200, &factors(cloud, true))
    } else {
        Reply::empty()
    };
    if cloud.config.behaviour.two_factor_renews_cookies {
        cloud.sessions.end(&id);
        let cookies = cloud.sessions.begin(false, &cloud.config.cookie_suffix, now);
        return Ok(with_cookies(reply, cookies));
    }
    cloud.sessions.passed_two_factor(&id);
    Ok(reply)
}

/// `POST /logout`
pub(crate) fn logout(cloud: &mut Cloud, caller: &Caller) -> Reply {
    if let Caller::Account { session: Some(id) } = caller {
        cloud.sessions.end(id);
    }
    Reply::json(200, &if cloud.config.sso { json!({"forward_url": LOGOUT_PAGE}) } else { json!({}) })
}

/// `GET /self`: an organisation token has a name and privileges, and nothing of a person.
pub(crate) fn whoami(cloud: &Cloud, caller: &Caller) -> Reply {
    let privileges: Vec<Value> =
        caller.privileges(cloud).into_iter().map(|privilege| named(cloud, privilege)).collect();
    let config = &cloud.config;
    Reply::json(
        200,
        &match caller {
            Caller::OrgToken { name, .. } => json!({"name": name, "privileges": privileges}),
            Caller::Account { .. } => json!({
                "admin_id": cloud.admin_id,
                "email": config.email,
                "first_name": "Ada",
                "last_name": "Example",
                "enable_two_factor": config.two_factor.is_some(),
                "two_factor_verified": config.two_factor.is_some(),
                "via_sso": config.sso,
                "tags": [],
                "privileges": privileges,
            }),
        },
    )
}

/// `GET /self/usage`: the question counts too.
pub(crate) fn usage(cloud: &mut Cloud, caller: &Caller) -> Reply {
    let requests = cloud.quota.used(caller.quota_key(), cloud.clock.seconds());
    Reply::json(200, &json!({"requests": requests, "request_limit": cloud.config.quota}))
}

/// Adds the name of what a privilege is about, and of its organisation.
fn named(cloud: &Cloud, mut privilege: Value) -> Value {
    let text = |field: &str| privilege.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let org = cloud.orgs.get(&text("org_id"));
    let org_name = org.map(|org| json!(org.name()));
    let name_of = |fields: Option<&Map<String, Value>>| fields.and_then(|fields| fields.get("name")).cloned();
    let name = match text("scope").as_str() {
        "site" => name_of(cloud.objects.site(&text("site_id"))),
        "sitegroup" => name_of(cloud.objects.sitegroup(&text("org_id"), &text("sitegroup_id"))),
        _ => org_name.clone(),
    };
    if let Some(fields) = privilege.as_object_mut() {
        fields.extend(name.map(|name| ("name".to_owned(), name)));
        fields.extend(org_name.map(|name| ("org_name".to_owned(), name)));
    }
    privilege
}

fn factors(cloud: &Cloud, passed: bool) -> Value {
    let required = cloud.config.two_factor.is_some();
    json!({"email": cloud.config.email, "two_factor_required": required, "two_factor_passed": passed})
}

fn with_cookies(reply: Reply, cookies: [(String, String); 2]) -> Reply {
    cookies.into_iter().fold(reply, |reply, (name, value)| reply.with_header(&name, value))
}
