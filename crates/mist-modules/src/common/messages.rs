//! Errors of the client as sentences for the user of a module: `option: fact. Advice. Request: …`. The advice names only options
//! that every module has.

use crate::common::options::OptionError;
use ansible_binary_module::{Failure, Task};
use mist_client::credentials::CredentialSource;
use mist_client::error::{
    Call, Cause, Certificate, CertificateFault, Error, HostFault, Identity, LoginFault, ProxyAnswer, ProxyName, Reach,
    Setting, Source, StoreFault, TokenFault, TrustedPlace,
};
use mist_client::names::Kind;

/// Added in check mode to an error about a missing object.
pub const EARLIER_TASK: &str = "In check mode, an object that an earlier task would create does not exist yet.";

const NOT_THE_API: &str = "Check that host is a Mist API host, and that no proxy answers in its place.";

/// The error as a message of this task.
#[must_use]
pub fn message_in(task: &Task, error: &Error) -> String {
    with_earlier_task(task, message(error), matches!(error, Error::NoSuchName { .. }))
}

/// Adds [`EARLIER_TASK`] to a message about a missing object, in check mode.
#[must_use]
pub fn with_earlier_task(task: &Task, message: String, missing: bool) -> String {
    if !missing || !task.check_mode() {
        return message;
    }
    let end = if message.ends_with('.') { "" } else { "." };
    format!("{message}{end} {EARLIER_TASK}")
}

/// The error as a failure of this task, which keeps it as data.
#[must_use]
pub fn failure_in(task: &Task, error: Error) -> Failure {
    Failure::new(message_in(task, &error)).caused_by(error)
}

/// The error as a failure, which keeps it as data.
#[must_use]
pub fn failure(error: Error) -> Failure {
    Failure::new(message(&error)).caused_by(error)
}

/// The error of an option, in this task.
#[must_use]
pub fn option_error_in(task: &Task, error: Error) -> OptionError {
    let missing = matches!(error, Error::NoSuchName { .. });
    let error = option_error(error);
    OptionError { reason: with_earlier_task(task, error.reason, missing), ..error }
}

/// The error of an option. The option is empty if the error is about no option.
#[must_use]
pub fn option_error(error: Error) -> OptionError {
    let (option, reason) = option_and_reason(&error, "");
    OptionError::new(option, reason).caused_by(error)
}

/// The error as a message.
#[must_use]
pub fn message(error: &Error) -> String {
    message_with(error, "")
}

/// The error as a message, with another sentence after the advice.
#[must_use]
pub fn message_with(error: &Error, addition: &str) -> String {
    match option_and_reason(error, addition) {
        ("", reason) => reason,
        (option, reason) => format!("{option}: {reason}"),
    }
}

/// The option that the error is about, if any, and the sentences.
pub(crate) fn option_and_reason(error: &Error, addition: &str) -> (&'static str, String) {
    let (option, advice) = option_and_advice(error);
    let fact = match error {
        // The setting is a clause, and its full stop follows.
        Error::NoSuchName { .. } | Error::AmbiguousName { .. } | Error::Other(_) => error.to_string(),
        _ => fact(error),
    };
    let request = match error {
        Error::Login { .. } => None,
        _ => error.call().map(|call| format!("Request: {call}")),
    };
    let sentences = [fact, advice, addition.to_owned(), request.unwrap_or_default()];
    (option, sentences.into_iter().filter(|sentence| !sentence.is_empty()).collect::<Vec<_>>().join(" "))
}

/// The fact, with the proxy as host, port and scheme. The option `proxy` is secret, so that its URL would be masked in the result.
fn fact(error: &Error) -> String {
    let text = error.fact();
    match error.proxy().and_then(|proxy| Some((&proxy.url, proxy.url.split_once("://")?))) {
        Some((url, (scheme, host))) => text.replace(url, &format!("{host} ({scheme})")),
        None => text,
    }
}

fn option_and_advice(error: &Error) -> (&'static str, String) {
    let plain = |advice: &str| ("", advice.to_owned());
    match error {
        Error::Setting(setting) => {
            let (option, advice) = setting_advice(setting);
            (option, advice.to_owned())
        }
        Error::Login { fault, .. } => (login_option(fault), login_advice(fault).to_owned()),
        Error::Connection { reach, cause, proxy, .. } => ("", connection_advice(*reach, cause, proxy.as_ref())),
        Error::Status { call, status, identity, .. } => ("", status_advice(call, *status, identity)),
        Error::Intermediary { proxy: Some(proxy), .. } => {
            ("", format!("Ask the administrator of the proxy, or {}.", without_proxy(proxy)))
        }
        Error::Intermediary { proxy: None, .. } => plain(
            "Check host, and the network between this host and the cloud: a firewall, a gateway, a captive portal.",
        ),
        Error::RateLimited { .. } => {
            plain("Run the task again then, set a larger max_wait, or use a token with its own quota.")
        }
        Error::Answer { .. } => plain(NOT_THE_API),
        Error::Redirected { .. } => plain("Set host to the cloud that the account is on."),
        Error::RefusedInCheckMode { .. } => plain("This is a defect of the module: report it. Nothing was changed."),
        Error::NoSuchName { kind, .. } => (name_option(*kind), String::new()),
        Error::AmbiguousName { kind, .. } => {
            let option = name_option(*kind);
            (option, format!("Set {option}_id."))
        }
        _ => plain(""),
    }
}

fn name_option(kind: Kind) -> &'static str {
    match kind {
        Kind::Organization => "org",
        Kind::Site => "site",
        Kind::SiteGroup => "sitegroup",
    }
}

fn setting_advice(setting: &Setting) -> (&'static str, &'static str) {
    match setting {
        Setting::Host { fault, .. } => (
            "host",
            match fault {
                HostFault::Scheme => "Set a host such as api.mist.com.",
                HostFault::Credentials => "Set api_token, or username and password.",
                HostFault::Path => "Set the host alone, such as api.mist.com.",
                HostFault::PlainHttp { .. } => "Use https. Plain http is for loopback addresses.",
                _ => "Set a host such as api.mist.com or api.eu.mist.com.",
            },
        ),
        Setting::Token { fault, .. } => (
            "api_token",
            match fault {
                TokenFault::Masked => "Set the whole key, which the cloud showed once, when it created the token.",
                TokenFault::Quoted => "Remove the quotes.",
                TokenFault::Prefixed => "Set the token alone.",
                _ => "Set the whole key as the cloud showed it.",
            },
        ),
        Setting::Code { .. } => {
            ("two_factor", "Set the code as the authenticator shows it, in quotes, to keep a leading 0.")
        }
        Setting::Roots { fault: StoreFault::NotPem(_), .. } => ("ca_path", "Set a PEM file."),
        Setting::Roots { .. } => ("ca_path", "Set a PEM file with the root certificates to trust."),
        Setting::HostStore { .. } => ("ca_path", "Correct or unset the environment variable, or set ca_path."),
        Setting::Proxy { source: Source::Given, .. } => {
            ("proxy", "Set a URL such as http://host:port, https://host:port or socks5://host:port.")
        }
        Setting::Proxy { .. } => (
            "proxy",
            "Correct the environment variable (http://, https:// or socks5://host:port), or set use_proxy: false.",
        ),
        Setting::Path { .. } => ("path", ""),
        Setting::Header { .. } => ("api_token", "Use printable ASCII characters, without line breaks."),
        _ => ("", ""),
    }
}

fn login_option(fault: &LoginFault) -> &'static str {
    match fault {
        LoginFault::Code | LoginFault::CodeMissing | LoginFault::SecondFactorOpen => "two_factor",
        LoginFault::Password => "password",
        _ => "username",
    }
}

fn login_advice(fault: &LoginFault) -> &'static str {
    match fault {
        LoginFault::Password => {
            "Check username, password and host. The login was sent once: the cloud locks an account after three failures."
        }
        LoginFault::Code => {
            "Set a fresh code. The login was sent once: the cloud locks an account after three failures."
        }
        LoginFault::CodeMissing | LoginFault::SecondFactorOpen => "Set two_factor to the code of the authenticator.",
        LoginFault::SingleSignOn => {
            "Such accounts cannot have tokens. Ask an administrator for an organization token, and set api_token."
        }
        LoginFault::Locked { .. } => "Check the password before the next login.",
        LoginFault::ServerError => "Run the task again later.",
        _ => NOT_THE_API,
    }
}

fn connection_advice(reach: Reach, cause: &Cause, proxy: Option<&ProxyName>) -> String {
    let plain = match (reach, cause, proxy) {
        (_, Cause::Certificate(certificate) | Cause::ProxyCertificate(certificate), _) => {
            return certificate_advice(certificate);
        }
        (_, Cause::ProxyRefused(ProxyAnswer { status: Some(407), .. }), Some(proxy)) => {
            return format!("Set user and password in {}: http://user:password@host:port.", proxy_setting(proxy));
        }
        (_, Cause::ProxyRefused(_), Some(proxy)) => {
            return format!("Ask the administrator of the proxy to allow the host, or {}.", without_proxy(proxy));
        }
        (_, Cause::ProxyUnreached(_) | Cause::ProxySilent, Some(proxy)) => {
            return format!("Check {}, or {}.", proxy_setting(proxy), without_proxy(proxy));
        }
        (_, Cause::ProxyRefused(_) | Cause::ProxyUnreached(_) | Cause::ProxySilent, None) => "Check proxy.",
        (_, Cause::NotLoopback { .. }, _) => {
            "Set host to the loopback address itself, such as http://127.0.0.1:8080, or use https."
        }
        (_, Cause::Store(_), _) => "Correct the host's certificate store, or set ca_path.",
        (_, Cause::Name(_), None) => "Check host. If only a proxy leads out of this network, set proxy.",
        (_, Cause::Name(_), Some(_)) => "Check host.",
        (Reach::Unreached, _, None) => {
            "Check host and the network, or set a larger max_wait. If only a proxy leads out of this network, set proxy."
        }
        (Reach::Unreached, _, Some(_)) => "Check host, proxy and the network, or set a larger max_wait.",
        (Reach::Unreachable, _, _) => "Check the port in host, and proxy: that server possibly does not use TLS.",
        (Reach::Lost, _, _) => "Run the task again, or set a larger max_wait.",
        (Reach::TimedOut, _, _) => "Set a larger timeout, or run the task again.",
        (Reach::TooLarge, _, _) => NOT_THE_API,
    };
    plain.to_owned()
}

/// The option or variable that sets a proxy.
fn proxy_setting(proxy: &ProxyName) -> String {
    match &proxy.source {
        Source::Given => "proxy".to_owned(),
        Source::Variable(name) => format!("the environment variable {name}"),
    }
}

/// How to avoid a proxy.
fn without_proxy(proxy: &ProxyName) -> &'static str {
    match &proxy.source {
        Source::Given => "omit proxy",
        Source::Variable(name) if name == "MIST_PROXY" => "set use_proxy: false",
        Source::Variable(_) => "set use_proxy: false (or add the host to NO_PROXY)",
    }
}

fn certificate_advice(certificate: &Certificate) -> String {
    let ca_path = certificate.searched.iter().find_map(|place| match place {
        TrustedPlace::Given(path) => Some(path),
        _ => None,
    });
    let plain = match &certificate.fault {
        CertificateFault::UnknownIssuer | CertificateFault::SelfSigned | CertificateFault::Authority => match ca_path {
            Some(path) => {
                return format!("If you trust the issuer, add its certificate to '{}'.", path.display());
            }
            None => "If you trust the issuer, set ca_path (or SSL_CERT_FILE) to its PEM file.",
        },
        CertificateFault::WeakSignature => {
            "The administrator of the server, or of a proxy that inspects TLS, must use SHA-256 or better."
        }
        CertificateFault::Expired => {
            "Check the clock of this host. If it is right, the administrator of the server must renew the certificate."
        }
        CertificateFault::NotYetValid => "Set the clock of this host.",
        CertificateFault::WrongName { .. } => {
            "Check host: another server, or a proxy that inspects TLS, may answer in its place."
        }
        _ => "Check host, ca_path and proxy.",
    };
    plain.to_owned()
}

fn status_advice(call: &Call, status: u16, identity: &Identity) -> String {
    let is_own_tokens = path(call).starts_with("/api/v1/self/apitokens");
    let of_org = if is_own_tokens && matches!(identity, Identity::Token { .. }) && matches!(status, 400..=404) {
        "An organization token has no tokens of its own: set org_id."
    } else {
        ""
    };
    let advice = match (status, identity) {
        (401, Identity::Session { .. }) => "The cloud ended the session. Run the task again, and check host.",
        (401, _) if !of_org.is_empty() => "Check it and host.",
        (401, _) => "Check that the token exists, is complete, and belongs to the cloud in host.",
        (403, _) if has_owner(call) => {
            "Use a token with the required role and scope, and check the IDs in the URL (org_id) and host. The cloud also \
             answers 403 for objects of another organization."
        }
        (403, _) => "Use a token with the required role and scope, and check host.",
        (404, _) => "Check the IDs and the path in the URL, and host: the object may be deleted or on another cloud.",
        (405, _) => "This cloud does not offer the call.",
        (500..=599, _) => "The cloud has a problem: run the task again later, or set a larger max_wait.",
        _ => "",
    };
    let source = if status == 401 { source_sentence(identity) } else { String::new() };
    let sentences = [source.as_str(), advice, of_org];
    sentences.into_iter().filter(|sentence| !sentence.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The source of the credentials of a request.
fn source_sentence(identity: &Identity) -> String {
    let named = |option: &str, source: &Source| match source {
        Source::Given => format!("the option {option}"),
        Source::Variable(name) => format!("the environment variable {name}"),
    };
    let (what, option, other, other_option, source) = match identity {
        Identity::Token { source: Some(source), .. } => ("token", "api_token", "login", "username", source),
        Identity::Session { source: Some(source) } => ("login", "username", "token", "api_token", source),
        _ => return String::new(),
    };
    let CredentialSource { used, ignored } = source;
    let ignored = ignored
        .as_ref()
        .map(|source| format!(" The {other} from {} was not used.", named(other_option, source)))
        .unwrap_or_default();
    format!("The {what} comes from {}.{ignored}", named(option, used))
}

/// Returns true if the URL contains an organization, a site or an MSP.
fn has_owner(call: &Call) -> bool {
    ["/api/v1/orgs/", "/api/v1/sites/", "/api/v1/msps/"].iter().any(|owner| path(call).starts_with(owner))
}

fn path(call: &Call) -> &str {
    let rest = call.url.split_once("://").map_or(call.url.as_str(), |(_, rest)| rest);
    rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default()
}

#[cfg(test)]
#[path = "messages_tests.rs"]
mod tests;
