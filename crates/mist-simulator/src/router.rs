//! The paths of the API, and the order in which a request is checked.
//!
//! The order is that of Django's REST framework: path (404), caller (401), forged write (403), quota (429), method
//! (405), permission (403), body (400), and existence of the object (404).

use crate::authentication::{self, Caller};
use crate::cloud::Cloud;
use crate::config::RetryAfterForm;
use crate::devices::{self, List};
use crate::faults::RetryAfter;
use crate::message::{Reply, Request};
use crate::objects::{ObjectPath, Scope};
use crate::privileges::{self, Access};
use crate::{accounts, admins, assignments, claims, firmware, injection, objects, orgs, random, searches, tokens};

/// A path of the API with its ids.
#[derive(Debug, Clone)]
enum Route<'a> {
    Login,
    LoginLookup,
    TwoFactor,
    Logout,
    Whoami,
    Usage,
    UserTokens,
    UserToken(&'a str),
    Org(&'a str),
    Admins(&'a str),
    Admin(&'a str, &'a str),
    Invites(&'a str),
    Invite(&'a str, &'a str),
    OrgTokens(&'a str),
    OrgToken(&'a str, &'a str),
    SiteSearch(&'a str),
    Devices { list: List, of_org: bool, id: &'a str },
    Inventory(&'a str),
    InventorySearch(&'a str),
    DeviceModels,
    LocalPorts(&'a str, &'a str),
    Replace(&'a str),
    Claim(&'a str),
    Claims(&'a str),
    ClaimStatus(&'a str, &'a str),
    Profile { org_id: &'a str, id: &'a str, assigns: bool },
    Site(&'a str),
    Msp(&'a str),
    MspOrgs(&'a str),
    Search(searches::Target),
    Firmware(&'a str, firmware::Target),
    Objects(ObjectPath),
}

pub(crate) fn answer(cloud: &mut Cloud, request: &Request) -> Reply {
    let now = cloud.clock.seconds();
    cloud.tokens.remove_unused(now);
    let reply = checked(cloud, request).unwrap_or_else(|refusal| refusal);
    match &cloud.config.variants.refusal_reason {
        Some(reason) if reply.status >= 400 => reply.with_field("reason", reason),
        _ => reply,
    }
}

fn checked(cloud: &mut Cloud, request: &Request) -> Result<Reply, Reply> {
    let route = route(&request.path).ok_or_else(|| Reply::detail(404, "Not found."))?;
    let route = searches::given(cloud, &request.path).map_or(route, Route::Search);
    if let Some(reply) = without_login(cloud, &route, request) {
        return reply;
    }
    let caller = authentication::authenticate(cloud, request)?;
    check_quota(cloud, &caller)?;
    let method = allowed(cloud, &route, request)?;
    match route {
        Route::Login | Route::LoginLookup | Route::TwoFactor => Err(Reply::detail(404, "Not found.")),
        Route::Logout => Ok(accounts::logout(cloud, &caller)),
        Route::Whoami => Ok(orgs::whoami(cloud, &caller)),
        Route::Usage => Ok(orgs::usage(cloud, &caller)),
        Route::Msp(msp_id) => {
            check_msp(cloud, &caller, false, msp_id)?;
            Ok(orgs::read_msp(msp_id))
        }
        Route::MspOrgs(msp_id) => {
            check_msp(cloud, &caller, false, msp_id)?;
            orgs::list_msp_orgs(cloud, request)
        }
        Route::UserTokens | Route::UserToken(_) => {
            let account = tokens::check_caller(&caller)?;
            match (method, route) {
                ("POST", _) => tokens::create_user_token(cloud, request, account),
                ("PUT", Route::UserToken(id)) => tokens::update_user_token(cloud, request, account, id),
                ("DELETE", Route::UserToken(id)) => tokens::delete_user_token(cloud, account, id),
                (_, Route::UserToken(id)) => tokens::read_user_token(cloud, account, id),
                _ => tokens::list_user_tokens(cloud, request, account),
            }
        }
        Route::Org(org_id) if method == "PUT" => {
            check_org(cloud, &caller, Access::WriteOrg, org_id)?;
            orgs::update(cloud, request, org_id)
        }
        Route::Org(org_id) => {
            check_org(cloud, &caller, Access::ReadOrg, org_id)?;
            orgs::read(cloud, org_id)
        }
        Route::Admins(org_id) => {
            check_org(cloud, &caller, Access::ReadOrg, org_id)?;
            Ok(admins::list(cloud, request, org_id))
        }
        Route::Admin(org_id, id) => {
            check_org(cloud, &caller, Access::ManageTokens, org_id)?;
            admins::one(cloud, request, org_id, id, method)
        }
        Route::Invites(org_id) => {
            check_org(cloud, &caller, Access::ManageTokens, org_id)?;
            admins::invite(cloud, request, org_id)
        }
        Route::Invite(org_id, id) => {
            check_org(cloud, &caller, Access::ManageTokens, org_id)?;
            admins::change_invite(cloud, request, org_id, id, method)
        }
        Route::SiteSearch(org_id) => {
            check_org(cloud, &caller, Access::ReadOrg, org_id)?;
            orgs::search_sites(cloud, request, org_id)
        }
        Route::Inventory(org_id) if method == "GET" => {
            check_org(cloud, &caller, Access::ReadOrg, org_id)?;
            devices::list(cloud, request, List::Inventory, org_id, None)
        }
        Route::Inventory(org_id) => {
            check_org(cloud, &caller, Access::WriteOrg, org_id)?;
            match method {
                "POST" => claims::claim(cloud, request, org_id),
                _ => assignments::update(cloud, request, org_id),
            }
        }
        Route::InventorySearch(org_id) => {
            check_org(cloud, &caller, Access::ReadOrg, org_id)?;
            devices::search(cloud, request, org_id)
        }
        Route::DeviceModels => Ok(Reply::json(200, &cloud.device_models.clone().into())),
        Route::LocalPorts(site_id, id) => {
            check_site(cloud, &caller, Access::WriteSite, site_id)?;
            assignments::override_ports(cloud, request, site_id, id)
        }
        Route::Replace(org_id) => {
            check_org(cloud, &caller, Access::WriteOrg, org_id)?;
            assignments::replace(cloud, request, org_id)
        }
        Route::Claim(org_id) => {
            check_org(cloud, &caller, Access::WriteOrg, org_id)?;
            claims::claim_order(cloud, request, org_id)
        }
        Route::Claims(org_id) if method == "GET" => {
            check_org(cloud, &caller, Access::ReadOrg, org_id)?;
            Ok(claims::list(cloud, request, org_id))
        }
        Route::Claims(org_id) => {
            check_org(cloud, &caller, Access::WriteOrg, org_id)?;
            claims::schedule(cloud, request, org_id)
        }
        Route::ClaimStatus(org_id, id) => {
            check_org(cloud, &caller, Access::ReadOrg, org_id)?;
            claims::status(cloud, request, org_id, id)
        }
        Route::Profile { org_id, id, assigns } => {
            check_org(cloud, &caller, Access::WriteOrg, org_id)?;
            assignments::assign_profile(cloud, request, org_id, id, assigns)
        }
        Route::Devices { list, of_org: true, id } => {
            check_org(cloud, &caller, Access::ReadOrg, id)?;
            devices::list(cloud, request, list, id, None)
        }
        Route::Devices { list, id, .. } => {
            let org_id = check_site(cloud, &caller, Access::ReadSite, id)?;
            devices::list(cloud, request, list, &org_id, Some(id))
        }
        Route::OrgTokens(org_id) => {
            check_org(cloud, &caller, Access::ManageTokens, org_id)?;
            match method {
                "POST" => tokens::create_org_token(cloud, request, org_id, &caller),
                _ => tokens::list_org_tokens(cloud, request, org_id),
            }
        }
        Route::OrgToken(org_id, id) => {
            check_org(cloud, &caller, Access::ManageTokens, org_id)?;
            match method {
                "PUT" => tokens::update_org_token(cloud, request, org_id, id),
                "DELETE" => tokens::delete_org_token(cloud, org_id, id),
                _ => tokens::read_org_token(cloud, org_id, id),
            }
        }
        Route::Site(site_id) => {
            let access = match method {
                "DELETE" => Access::WriteOrg,
                "PUT" => Access::WriteSite,
                _ => Access::ReadSite,
            };
            let org_id = check_site(cloud, &caller, access, site_id)?;
            objects::answer(cloud, request, &ObjectPath::site(&org_id, site_id), method)
        }
        Route::Firmware(site_id, target) => {
            let access = if method == "GET" { Access::ReadSite } else { Access::WriteSite };
            let org_id = check_site(cloud, &caller, access, site_id)?;
            firmware::answer(cloud, request, &target, method, &org_id, site_id)
        }
        Route::Search(target) => {
            match &target.scope {
                Some(Scope::Org(id)) => check_org(cloud, &caller, Access::ReadOrg, id)?,
                Some(Scope::Site(id)) => check_site(cloud, &caller, Access::ReadSite, id).map(drop)?,
                Some(Scope::Msp(id)) => check_msp(cloud, &caller, false, id)?,
                None => {}
            }
            Ok(searches::answer(cloud, request, &target))
        }
        Route::Objects(target) => {
            check_objects(cloud, &caller, &target, method)?;
            objects::answer(cloud, request, &target, method)
        }
    }
}

fn route(path: &str) -> Option<Route<'_>> {
    let segments: Vec<&str> = path.strip_prefix("/api/v1/")?.split('/').collect();
    let route = match segments[..] {
        ["login"] => Route::Login,
        ["login", "lookup"] => Route::LoginLookup,
        ["login", "two_factor"] => Route::TwoFactor,
        ["logout"] => Route::Logout,
        ["self"] => Route::Whoami,
        ["const", "device_models"] => Route::DeviceModels,
        ["sites", site_id, "devices", id, "local_port_config"] if random::is_uuid(site_id) && random::is_uuid(id) => {
            Route::LocalPorts(site_id, id)
        }
        ["sites", site_id, "devices", ref rest @ ..]
            if random::is_uuid(site_id) && firmware::parse_path(rest).is_some() =>
        {
            Route::Firmware(site_id, firmware::parse_path(rest)?)
        }
        ["self", "usage"] => Route::Usage,
        ["self", "apitokens"] => Route::UserTokens,
        ["self", "apitokens", id] if random::is_uuid(id) => Route::UserToken(id),
        ["orgs", org_id] if random::is_uuid(org_id) => Route::Org(org_id),
        ["orgs", org_id, "admins"] if random::is_uuid(org_id) => Route::Admins(org_id),
        ["orgs", org_id, "admins", id] if random::is_uuid(org_id) && random::is_uuid(id) => Route::Admin(org_id, id),
        ["orgs", org_id, "invites"] if random::is_uuid(org_id) => Route::Invites(org_id),
        ["orgs", org_id, "invites", id] if random::is_uuid(org_id) && random::is_uuid(id) => Route::Invite(org_id, id),
        ["orgs", org_id, "apitokens"] if random::is_uuid(org_id) => Route::OrgTokens(org_id),
        ["orgs", org_id, "apitokens", id] if random::is_uuid(org_id) && random::is_uuid(id) => {
            Route::OrgToken(org_id, id)
        }
        ["orgs", org_id, "sites", "search"] if random::is_uuid(org_id) => Route::SiteSearch(org_id),
        ["msps", msp_id] if random::is_uuid(msp_id) => Route::Msp(msp_id),
        ["msps", msp_id, "orgs"] if random::is_uuid(msp_id) => Route::MspOrgs(msp_id),
        ["sites", site_id] if random::is_uuid(site_id) => Route::Site(site_id),
        ["orgs", org_id, ref rest @ ..] if random::is_uuid(org_id) && inventory_route(org_id, rest).is_some() => {
            inventory_route(org_id, rest)?
        }
        [scope, id, ref rest @ ..] if random::is_uuid(id) && List::at(scope, rest).is_some() => {
            Route::Devices { list: List::at(scope, rest)?, of_org: scope == "orgs", id }
        }
        _ => match objects::parse_path(&segments) {
            Some(target) => Route::Objects(target),
            None => Route::Search(searches::parse_path(&segments)?),
        },
    };
    Some(route)
}

/// The paths below an organization that change its inventory.
fn inventory_route<'a>(org_id: &'a str, rest: &[&'a str]) -> Option<Route<'a>> {
    Some(match *rest {
        ["inventory"] => Route::Inventory(org_id),
        ["inventory", "search"] => Route::InventorySearch(org_id),
        ["inventory", "replace"] => Route::Replace(org_id),
        ["claim"] => Route::Claim(org_id),
        ["claims"] => Route::Claims(org_id),
        ["claims", id] if random::is_uuid(id) => Route::ClaimStatus(org_id, id),
        ["deviceprofiles", id, "assign"] if random::is_uuid(id) => Route::Profile { org_id, id, assigns: true },
        ["deviceprofiles", id, "unassign"] if random::is_uuid(id) => Route::Profile { org_id, id, assigns: false },
        _ => return None,
    })
}

/// The method, if the path allows it. `HEAD` is a `GET`, and the server omits the body.
fn allowed<'a>(cloud: &Cloud, route: &Route<'_>, request: &'a Request) -> Result<&'a str, Reply> {
    let methods: &[&str] = match route {
        Route::Login | Route::TwoFactor | Route::Logout => &["POST"],
        Route::LoginLookup => accounts::lookup_methods(cloud.config.variants.login_lookup),
        Route::Msp(_) | Route::MspOrgs(_) => &["GET"],
        Route::Whoami | Route::Usage | Route::SiteSearch(_) | Route::Devices { .. } => &["GET"],
        Route::Org(_) => &["GET", "PUT"],
        Route::Inventory(_) => &["GET", "POST", "PUT"],
        Route::InventorySearch(_) | Route::DeviceModels | Route::Search(_) => &["GET"],
        Route::LocalPorts(..) => &["PUT", "DELETE"],
        Route::Claims(_) => &["GET", "POST"],
        Route::ClaimStatus(..) => &["GET"],
        Route::Claim(_) | Route::Replace(_) | Route::Profile { .. } => &["POST"],
        Route::Admins(_) => &["GET"],
        Route::Admin(..) => &["GET", "PUT", "DELETE"],
        Route::Invites(_) => &["POST"],
        Route::Invite(..) => &["PUT", "DELETE"],
        Route::UserTokens | Route::OrgTokens(_) => &["GET", "POST"],
        Route::UserToken(_) if !cloud.config.variants.user_token_readable => &["PUT", "DELETE"],
        Route::UserToken(_) | Route::OrgToken(..) => &["GET", "PUT", "DELETE"],
        Route::Site(_) => &["GET", "PUT", "DELETE"],
        Route::Firmware(_, target) => firmware::methods(target),
        Route::Objects(target) => &object_methods(target),
    };
    let method = if request.method == "HEAD" { "GET" } else { request.method.as_str() };
    if methods.contains(&method) {
        return Ok(method);
    }
    let refusal = Reply::detail(405, &format!("Method \"{}\" not allowed.", request.method));
    Err(refusal.with_header("allow", methods.join(", ")))
}

fn object_methods(target: &ObjectPath) -> Vec<&'static str> {
    match target {
        ObjectPath { search: true, .. } => vec!["GET"],
        ObjectPath { item: Some(_), .. } => target.kind.item_methods(),
        ObjectPath { kind, .. } if kind.is_setting() => kind.item_methods(),
        ObjectPath { kind, .. } => kind.collection_methods(),
    }
}

fn check_objects(cloud: &Cloud, caller: &Caller, target: &ObjectPath, method: &str) -> Result<(), Reply> {
    let writes = method != "GET";
    match &target.scope {
        Scope::Org(id) => check_org(cloud, caller, if writes { Access::WriteOrg } else { Access::ReadOrg }, id),
        Scope::Site(id) => {
            check_site(cloud, caller, if writes { Access::WriteSite } else { Access::ReadSite }, id).map(drop)
        }
        Scope::Msp(id) => check_msp(cloud, caller, writes, id),
    }
}

/// Only administrators of the MSP have access to it.
fn check_msp(cloud: &Cloud, caller: &Caller, writes: bool, msp_id: &str) -> Result<(), Reply> {
    let known = cloud.msp_id == msp_id && cloud.accounts.iter().any(|account| account.settings.msp);
    match caller {
        Caller::Account { .. } if !known => Err(cloud.not_found(msp_id)),
        Caller::Account { number, .. } => {
            let settings = &cloud.accounts[*number].settings;
            let may = settings.msp && (!writes || matches!(settings.role.as_str(), "admin" | "write"));
            if may { Ok(()) } else { Err(privileges::refusal()) }
        }
        Caller::OrgToken { .. } => Err(privileges::refusal()),
    }
}

/// The response to a caller that is not logged in, or without its second factor.
fn without_login(cloud: &mut Cloud, route: &Route<'_>, request: &Request) -> Option<Result<Reply, Reply>> {
    let half = || request.header("authorization").is_none();
    match route {
        Route::Login | Route::TwoFactor | Route::LoginLookup => {
            let lookup = cloud.config.variants.login_lookup;
            if matches!(route, Route::LoginLookup) && accounts::lookup_methods(lookup).is_empty() {
                return Some(Err(Reply::detail(404, "Not found.")));
            }
            Some(allowed(cloud, route, request).and_then(|_| match route {
                Route::Login => accounts::login(cloud, request),
                Route::LoginLookup => accounts::lookup(cloud, request),
                _ => accounts::two_factor(cloud, request),
            }))
        }
        Route::Whoami if half() && cloud.config.variants.self_answers_half_logged_in => {
            let (_, session) = authentication::session(cloud, request)?;
            let asks = matches!(request.method.as_str(), "GET" | "HEAD");
            (asks && session.awaits_two_factor).then(|| Ok(orgs::half_logged_in(cloud, session.account)))
        }
        Route::Logout if half() && request.method == "POST" => accounts::logout_without_two_factor(cloud, request),
        _ => None,
    }
}

fn check_quota(cloud: &mut Cloud, caller: &Caller) -> Result<(), Reply> {
    let (limit, now) = (cloud.config.quota, cloud.clock.seconds());
    if cloud.quota.count(&caller.quota_key(), limit, now) {
        return Ok(());
    }
    let seconds = accounts::seconds_until_next_hour(now);
    let retry_after = match cloud.config.quota_retry_after {
        RetryAfterForm::Absent => RetryAfter::Absent,
        RetryAfterForm::Seconds => RetryAfter::Seconds(seconds),
        RetryAfterForm::Date => RetryAfter::Date(seconds),
    };
    Err(injection::with_retry_after(accounts::quota_refusal(), retry_after, now as f64))
}

fn check_org(cloud: &Cloud, caller: &Caller, access: Access, org_id: &str) -> Result<(), Reply> {
    if matches!(caller, Caller::Account { .. }) && !cloud.orgs.contains_key(org_id) {
        return Err(cloud.not_found(org_id));
    }
    if privileges::allow(&caller.privileges_in(cloud, org_id), access, org_id, None) {
        Ok(())
    } else {
        Err(privileges::refusal())
    }
}

/// Checks the access and returns the organization of the site. An organization token gets the same response for a
/// foreign and a missing site.
fn check_site(cloud: &Cloud, caller: &Caller, access: Access, site_id: &str) -> Result<String, Reply> {
    let site = cloud.objects.site(site_id);
    if matches!(caller, Caller::Account { .. }) && site.is_none() {
        return Err(cloud.not_found(site_id));
    }
    let org_id = cloud.objects.org_of_site(site_id).unwrap_or_default();
    if privileges::allow(&caller.privileges_in(cloud, org_id), access, org_id, site) {
        Ok(org_id.to_owned())
    } else {
        Err(privileges::refusal())
    }
}
