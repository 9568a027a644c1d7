//! What went wrong with the cloud, in words for the user of a module: the fact, and what to do about it in the options
//! that every module has.

use ansible_binary_module::Task;
use mist_client::error::{
    Call, Cause, Certificate, CertificateFault, Error, HostFault, Identity, LoginFault, ProxyAnswer, ProxyName, Reach,
    Setting, Source, StoreFault, TokenFault, TrustedPlace,
};
use mist_client::names::Kind;

/// Added in check mode to an error about a missing object.
pub const EARLIER_TASK: &str = "In check mode, an object that an earlier task would create does not exist yet.";

/// The error as a user reads it, in this task.
#[must_use]
pub fn message_in(task: &Task, error: &Error) -> String {
    with_earlier_task(task, message(error), matches!(error, Error::NoSuchName { .. }))
}

/// What is told, and in check mode, where something is missing, that an earlier task may make it.
#[must_use]
pub fn with_earlier_task(task: &Task, told: String, missing: bool) -> String {
    if !missing || !task.check_mode() {
        return told;
    }
    let end = if told.ends_with('.') { "" } else { "." };
    format!("{told}{end} {EARLIER_TASK}")
}

/// The error as a user reads it.
#[must_use]
pub fn message(error: &Error) -> String {
    match error {
        Error::Setting(setting) => of_setting(setting),
        Error::Login { call, fault, .. } => {
            let fact = error.to_string();
            let fact = fact.strip_prefix(&format!("{call}: ")).unwrap_or(&fact);
            join(&format!("{}: {fact}", login_option(fault)), login_hint(fault))
        }
        Error::Connection { reach, cause, proxy, .. } => {
            join(&fact(error), &connection_hint(*reach, cause, proxy.as_ref()))
        }
        Error::Status { call, status, identity, .. } => join(&error.to_string(), &status_hint(call, *status, identity)),
        Error::NotTheCloud { proxy, .. } => {
            let hint = match proxy {
                Some(proxy) => format!("Ask whoever runs the proxy, or {}.", another_way(proxy)),
                None => {
                    "Check host, and what stands between here and the cloud: a firewall, a gateway, a captive portal."
                        .to_owned()
                }
            };
            join(&fact(error), &hint)
        }
        Error::RateLimited { .. } => {
            join(&error.to_string(), "Run the task then, raise max_wait above that, or use another token's quota.")
        }
        Error::Answer { .. } | Error::Unconfirmed { .. } => {
            join(&error.to_string(), "Check that host is a Mist API host and that no proxy answers in its place.")
        }
        Error::Redirected { .. } => join(&error.to_string(), "Set host to the cloud that your account is on."),
        Error::NoSuchName { kind, .. } => format!("{}: {error}", name_option(*kind)),
        Error::AmbiguousName { kind, .. } => {
            let option = name_option(*kind);
            format!("{option}: {error}. Set {option}_id.")
        }
        other => other.to_string(),
    }
}

/// The fact, the proxy in it written as host, port and scheme: the option `proxy` is secret as a whole, so that its URL would
/// be masked although nothing in it is.
fn fact(error: &Error) -> String {
    let text = error.to_string();
    match error.proxy().and_then(|proxy| Some((&proxy.url, proxy.url.split_once("://")?))) {
        Some((url, (scheme, host))) => text.replace(url, &format!("{host} ({scheme})")),
        None => text,
    }
}

fn join(fact: &str, hint: &str) -> String {
    if hint.is_empty() { fact.to_owned() } else { format!("{fact} {hint}") }
}

fn name_option(kind: Kind) -> &'static str {
    match kind {
        Kind::Organization => "org",
        Kind::Site => "site",
        Kind::SiteGroup => "sitegroup",
        _ => "name",
    }
}

fn of_setting(setting: &Setting) -> String {
    let (option, advice) = match setting {
        Setting::Host { fault, .. } => (
            "host",
            match fault {
                HostFault::Scheme => "give a host such as api.mist.com",
                HostFault::Credentials => "use api_token, or username and password",
                HostFault::Path => "give the host alone, such as api.mist.com",
                HostFault::PlainHttp { .. } => "use https (http is for loopback addresses only)",
                _ => "give one such as api.mist.com or api.eu.mist.com",
            },
        ),
        Setting::Token { fault, .. } => (
            "api_token",
            match fault {
                TokenFault::Masked => "the whole key was shown once, when the token was made",
                TokenFault::Quoted => "give it without them",
                TokenFault::Prefixed => "give the token alone",
                _ => "give it whole, as the cloud showed it",
            },
        ),
        Setting::Code { .. } => {
            ("two_factor", "give the code as the authenticator shows it, in quotes, so that a leading 0 stays")
        }
        Setting::Roots { fault: StoreFault::NotPem(_), .. } => ("ca_path", ""),
        Setting::Roots { .. } => ("ca_path", "give a PEM file of the roots to trust"),
        Setting::HostStore { .. } => ("ca_path", "set the variable to what is there, or unset it"),
        Setting::Proxy { source, .. } => match source {
            Source::Given => ("proxy", "give http://, https:// or socks5://host:port"),
            Source::Variable(_) => {
                ("proxy", "set it to http://, https:// or socks5://host:port, or set use_proxy: false")
            }
        },
        Setting::Path { .. } => ("path", ""),
        Setting::Header { .. } => ("api_token", "use printable ASCII only, without line ends"),
        other => return other.to_string(),
    };
    if advice.is_empty() { format!("{option}: {setting}") } else { format!("{option}: {setting}; {advice}") }
}

fn login_option(fault: &LoginFault) -> &'static str {
    match fault {
        LoginFault::Code | LoginFault::CodeMissing | LoginFault::SecondFactorOpen => "two_factor",
        LoginFault::Password => "password",
        _ => "username",
    }
}

fn login_hint(fault: &LoginFault) -> &'static str {
    match fault {
        LoginFault::Password => {
            "Check username, password and host; it was tried once, as the cloud locks an account after three failures."
        }
        LoginFault::Code => {
            "Give a fresh code of the authenticator; it was tried once, as the cloud locks an account after three failures."
        }
        LoginFault::CodeMissing | LoginFault::SecondFactorOpen => "Give the code of its authenticator in two_factor.",
        LoginFault::SingleSignOn => {
            "It can have no user tokens: have an administrator make an organisation token, and set api_token."
        }
        LoginFault::Locked { .. } => {
            "Wait until the cloud takes logins again, and make sure of the password before you try."
        }
        LoginFault::Trouble => "Run the task again later.",
        _ => "Check that host is a Mist API host and that no proxy answers in its place.",
    }
}

fn connection_hint(reach: Reach, cause: &Cause, proxy: Option<&ProxyName>) -> String {
    let plain = match (reach, cause, proxy) {
        (_, Cause::Certificate(certificate), _) => return certificate_hint(certificate),
        (_, Cause::ProxyRefused(ProxyAnswer { status: Some(407), .. }), Some(proxy)) => {
            let place = proxy_setting(proxy);
            return format!("Give its user and password in {place}: http://user:password@host:port.");
        }
        (_, Cause::ProxyRefused(_), Some(proxy)) => {
            return format!("Ask whoever runs the proxy to let the host through, or {}.", another_way(proxy));
        }
        (_, Cause::ProxyUnreached(_) | Cause::ProxySilent, Some(proxy)) => {
            return format!("Check {}, or {}.", proxy_setting(proxy), another_way(proxy));
        }
        (_, Cause::ProxyRefused(_) | Cause::ProxyUnreached(_) | Cause::ProxySilent, None) => "Check proxy.",
        (_, Cause::NotLoopback { .. }, _) => {
            "Give the loopback address itself in host, such as http://127.0.0.1:8080, or use https."
        }
        (Reach::Unreached, _, None) => {
            "Check host and the network, or allow more time with max_wait; where only a proxy leads out, set proxy."
        }
        (Reach::Unreached, _, Some(_)) => "Check host, proxy and the network, or allow more time with max_wait.",
        (Reach::Unreachable, _, _) => "Check host, ca_path and proxy.",
        (Reach::Lost, _, _) => "Run the task again; more time can be allowed with max_wait.",
        (Reach::TimedOut, _, _) => "Allow more time with timeout, or run the task again.",
        (Reach::TooLarge, _, _) => "Check that host is a Mist API host and that no proxy answers in its place.",
    };
    plain.to_owned()
}

/// Where a proxy is set.
fn proxy_setting(proxy: &ProxyName) -> String {
    match &proxy.source {
        Source::Given => "proxy".to_owned(),
        Source::Variable(name) => format!("the environment variable {name}"),
    }
}

/// How to go around a proxy.
fn another_way(proxy: &ProxyName) -> &'static str {
    match &proxy.source {
        Source::Given => "leave proxy out",
        Source::Variable(name) if name == "MIST_PROXY" => "set use_proxy: false",
        Source::Variable(_) => "set use_proxy: false (or name the host in NO_PROXY)",
    }
}

/// What a user can do about a certificate that is not trusted.
fn certificate_hint(certificate: &Certificate) -> String {
    let given = certificate.looked_at.iter().find_map(|place| match place {
        TrustedPlace::Given(path) => Some(path),
        _ => None,
    });
    match &certificate.fault {
        CertificateFault::UnknownIssuer | CertificateFault::SelfSigned | CertificateFault::Authority => match given {
            Some(path) => format!(
                "If it is to be trusted, put its authority's certificate into '{}', or set ca_path to a PEM file that has it.",
                path.display()
            ),
            None => "If it is your company's, or that of a proxy which opens TLS, and is to be trusted: set ca_path (or SSL_CERT_FILE) to a PEM \
                     file of its authority, or add that to the host's store. Else somebody in between may be reading along."
                .to_owned(),
        },
        CertificateFault::WeakSignature => {
            "Whoever runs the server, or the proxy that opens TLS, must have it signed with SHA-256 or better.".to_owned()
        }
        CertificateFault::Expired => "Check the clock of this host; if it is right, whoever runs the server must renew it.".to_owned(),
        CertificateFault::NotYetValid => "Set the clock of this host.".to_owned(),
        CertificateFault::WrongName { .. } => "Check host; another server, or a proxy that opens TLS, may answer in its place.".to_owned(),
        _ => "Check host, ca_path and proxy.".to_owned(),
    }
}

/// What a user can do about a status of the cloud's.
fn status_hint(call: &Call, status: u16, identity: &Identity) -> String {
    let hint = match status {
        401 if *identity == Identity::Session => {
            "The session that the login gave is not taken (any more): run the task again, and check that host is the cloud that the account is on."
        }
        401 => {
            "Check that the token exists, is whole, and belongs to this cloud (host, or MIST_HOST; api.mist.com without them)."
        }
        403 if is_of_a_place(call) => {
            "Either the credentials may not do this: use a token with the role and scope that it needs. Or this is not theirs: the cloud answers \
             the same for what is another organisation's, so check the ids in this address (org_id) and host."
        }
        403 => "The credentials may not do this: use a token with the role and scope that it needs, and check host.",
        404 => {
            "Check the ids and the path in this address, and host: the object may not exist, be gone already, or be on another cloud."
        }
        405 => "This cloud does not offer the call.",
        500..=599 => "The cloud has trouble of its own: run the task again later, or allow more time with max_wait.",
        _ => "",
    };
    let is_of_the_account = path(call).starts_with("/api/v1/self/apitokens");
    if is_of_the_account && matches!(identity, Identity::Token { .. }) && matches!(status, 400..=404) {
        return join(
            hint,
            "If it is an organisation's token: it has no tokens of its own; for the organisation's, set org_id (token_type: org).",
        );
    }
    hint.to_owned()
}

/// Whether the address names an organisation, a site or an MSP.
fn is_of_a_place(call: &Call) -> bool {
    ["/api/v1/orgs/", "/api/v1/sites/", "/api/v1/msps/"].iter().any(|place| path(call).starts_with(place))
}

fn path(call: &Call) -> &str {
    let rest = call.url.split_once("://").map_or(call.url.as_str(), |(_, rest)| rest);
    rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default()
}

#[cfg(test)]
#[path = "messages_tests.rs"]
mod tests;
