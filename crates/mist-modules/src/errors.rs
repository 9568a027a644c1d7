//! What went wrong with the cloud, in words for the user of a module: the fact, and what to do about it in the options
//! that every module has.

use mist_client::error::{Cause, Error, HostFault, LoginFault, Reach, Setting, StoreFault, TokenFault};
use mist_client::names::Kind;

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
        Error::Connection { reach, cause, .. } => join(&error.to_string(), connection_hint(*reach, cause)),
        Error::Status { status, .. } => join(&error.to_string(), hint(*status)),
        Error::RateLimited { .. } => {
            join(&error.to_string(), "Run the task then, raise max_wait above that, or use another token's quota.")
        }
        Error::Answer { .. } | Error::NotTheCloud { .. } => {
            join(&error.to_string(), "Check that host is a Mist API host and that no proxy answers in its place.")
        }
        Error::Redirected { .. } => join(&error.to_string(), "Set host to the cloud that your account is on."),
        Error::NoSuchName { kind, .. } => format!("{}: {error}", name_option(*kind)),
        Error::AmbiguousName { kind, .. } => {
            let option = name_option(*kind);
            format!("{option}: {error}; give {option}_id")
        }
        other => other.to_string(),
    }
}

fn join(fact: &str, hint: &str) -> String {
    if hint.is_empty() { fact.to_owned() } else { format!("{fact} {hint}") }
}

fn name_option(kind: Kind) -> &'static str {
    match kind {
        Kind::Organisation => "org",
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
        Setting::Proxy { .. } => ("proxy", "give http://, https:// or socks5://host:port"),
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
        LoginFault::CodeMissing | LoginFault::SecondFactorOpen => "Give the code of its authenticator.",
        LoginFault::SingleSignOn => "It can have no user tokens: have an administrator make an organisation token.",
        LoginFault::Locked { .. } => {
            "Wait until the cloud takes logins again, and make sure of the password before you try."
        }
        LoginFault::Trouble => "Run the task again later.",
        _ => "Check that host is a Mist API host and that no proxy answers in its place.",
    }
}

fn connection_hint(reach: Reach, cause: &Cause) -> &'static str {
    match (reach, cause) {
        (_, Cause::ProxyRefused(_) | Cause::ProxyUnreached(_) | Cause::ProxySilent) => "Check proxy.",
        (Reach::Unreached, _) => "Check host, proxy and the network, or allow more time with max_wait.",
        (Reach::Unreachable, _) => "Check host, ca_path and proxy.",
        (Reach::Lost, _) => "Run the task again; more time can be allowed with max_wait.",
        (Reach::TimedOut, _) => "Allow more time with timeout, or run the task again.",
        (Reach::TooLarge, _) => "Check that host is a Mist API host and that no proxy answers in its place.",
    }
}

/// What a user can do about a status, in one sentence.
fn hint(status: u16) -> &'static str {
    match status {
        401 => {
            "Check that the token exists, is whole, and belongs to this cloud (host, or MIST_HOST; api.mist.com without them)."
        }
        403 => "The credentials may not do this: use a token with the role and scope that it needs.",
        404 => {
            "Check the ids and the path in this address, and host: the object may not exist, be gone already, or be on another cloud."
        }
        405 => "This cloud does not offer the call.",
        500..=599 => "The cloud has trouble of its own: run the task again later, or allow more time with max_wait.",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mist_client::error::{Call, Identity};

    #[test]
    fn an_error_says_what_was_tried_what_the_cloud_said_and_what_to_do() {
        let call = Call { method: "GET", url: "https://api.mist.com/api/v1/self/apitokens".into() };
        let error = Error::Status { call, status: 401, detail: "Invalid token.".into(), identity: Identity::Session };
        assert_eq!(
            message(&error),
            "GET https://api.mist.com/api/v1/self/apitokens: the cloud answered 401: Invalid token. \
             Check that the token exists, is whole, and belongs to this cloud (host, or MIST_HOST; api.mist.com without them)."
        );
    }
}
