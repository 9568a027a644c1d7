//! The facts of an error as sentences, without advice.

use super::{
    Cause, Certificate, CertificateFault, Error, HostFault, Identity, Kind, LoginFault, ProxyFault, ProxyName, Setting,
    Source, StoreFault, TokenFault, TrustedPlace,
};
use crate::redact::{excerpt, quoted};
use std::fmt::{self, Display, Formatter};
use std::io;
use std::time::Duration;

impl Error {
    /// The facts without the request: one or two sentences.
    #[must_use]
    pub fn fact(&self) -> String {
        match self {
            Self::Setting(setting) => format!("{setting}."),
            Self::Login { fault, status, detail, .. } => match status {
                Some(status) => {
                    let fault = fault.to_string();
                    let (first, rest) = fault.split_at(1);
                    format!("{} {}{rest}.", answered(*status, detail), first.to_ascii_uppercase())
                }
                None => format!("{fault}."),
            },
            Self::Connection { cause, proxy, .. } => {
                let through = proxy.as_ref().map(|proxy| format!(" Connected through {proxy}.")).unwrap_or_default();
                format!("{cause}.{through}")
            }
            Self::Status { status, detail, identity, .. } => {
                format!("{}{}", answered(*status, detail), token_in_use(identity))
            }
            Self::Intermediary { status, what, proxy, .. } => {
                let by = proxy.as_ref().map_or_else(
                    || "a proxy or gateway between this host and the cloud".to_owned(),
                    |proxy| format!("{proxy}, or a gateway behind it,"),
                );
                format!("{by} answered {status} instead of the cloud, with {what}.")
            }
            Self::RateLimited { detail, wait, identity, .. } => format!(
                "{} The cloud accepts calls again in {}.{}",
                ended(&format!("the cloud accepts no more calls now (429): {detail}")),
                in_words(*wait),
                token_in_use(identity)
            ),
            Self::Answer { reason, .. } => format!("{reason}."),
            Self::Unconfirmed { status, body, .. } => {
                format!("the response {status} does not confirm the deletion: {body}.")
            }
            Self::Redirected { to, .. } => {
                format!(
                    "the response redirects to {to}, which was not followed. Credentials are sent to the configured host alone."
                )
            }
            Self::RefusedInCheckMode { .. } => "check mode refused a request that is not a read.".to_owned(),
            Self::NoSuchName { kind, name, candidates } => {
                format!("no {kind} named {} is visible to these credentials. {candidates}", quoted(name))
            }
            Self::AmbiguousName { kind, name, ids } => {
                format!("{} {kind}s are named {}: {}", ids.len(), quoted(name), ids.join(", "))
            }
            Self::Other(message) => message.clone(),
        }
    }
}

/// The facts, and the request last.
impl Display for Error {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.fact())?;
        self.call().map_or(Ok(()), |call| write!(formatter, " Request: {call}"))
    }
}

fn answered(status: u16, detail: &str) -> String {
    if detail.is_empty() {
        format!("the cloud answered {status}.")
    } else {
        ended(&format!("the cloud answered {status}: {detail}"))
    }
}

fn ended(text: &str) -> String {
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

/// If several tokens were set: which one was used.
fn token_in_use(identity: &Identity) -> String {
    match identity {
        Identity::Token { mask, number, of, .. } if *of > 1 => format!(" Token {number} of {of} ({mask}) was used."),
        _ => String::new(),
    }
}

/// A duration as `1 minute 15 seconds`, rounded up to seconds.
#[must_use]
pub fn in_words(duration: Duration) -> String {
    let seconds = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
    let unit = |count: u64, name: &str| match count {
        0 => None,
        1 => Some(format!("1 {name}")),
        _ => Some(format!("{count} {name}s")),
    };
    let parts: Vec<String> =
        [unit(seconds / 3600, "hour"), unit(seconds % 3600 / 60, "minute"), unit(seconds % 60, "second")]
            .into_iter()
            .flatten()
            .collect();
    if parts.is_empty() { "0 seconds".to_owned() } else { parts.join(" ") }
}

/// The message of a system error without its number and without links of libraries: `connection refused`, not
/// `Connection refused (os error 111)`.
#[must_use]
pub fn without_error_number(error: &io::Error) -> String {
    let text = error.to_string();
    let text = [" (os error ", ": https://"]
        .into_iter()
        .fold(text.as_str(), |text, end| text.split_once(end).map_or(text, |(message, _)| message));
    let mut characters = text.chars();
    match (characters.next(), characters.clone().next()) {
        // `No such file` becomes lower case, `TLS error` does not.
        (Some(first), Some(second)) if !second.is_uppercase() => first.to_lowercase().chain(characters).collect(),
        _ => text.to_owned(),
    }
}

impl Display for Kind {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Organization => "organization",
            Self::Site => "site",
            Self::SiteGroup => "site group",
        })
    }
}

impl Display for LoginFault {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Password => formatter.write_str("the e-mail address or the password is wrong"),
            Self::Code => formatter.write_str("the code of the second factor was refused"),
            Self::CodeMissing => formatter.write_str("the account has a second factor, and no code was set"),
            Self::SecondFactorOpen => {
                formatter.write_str("the second factor is still missing, so that the session has no rights")
            }
            Self::SingleSignOn => formatter.write_str("the account logs in through SSO and has no password"),
            Self::Locked { wait: Some(wait) } => {
                write!(formatter, "too many logins failed. The cloud accepts logins again in {}", in_words(*wait))
            }
            Self::Locked { wait: None } => formatter.write_str("too many logins failed"),
            Self::ServerError => formatter.write_str("the login was not repeated"),
            Self::NoSession => formatter.write_str("the response to the login has no session cookies"),
        }
    }
}

impl Display for Cause {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(words) | Self::Name(words) | Self::Tls(words) | Self::ProxyUnreached(words) => {
                formatter.write_str(words)
            }
            Self::Certificate(certificate) => {
                write!(formatter, "the server's certificate is not trusted: {certificate}")
            }
            Self::ProxyCertificate(certificate) => {
                write!(formatter, "the proxy's certificate is not trusted: {certificate}")
            }
            Self::Store(setting) => write!(formatter, "the host's certificate store is required, but {setting}"),
            Self::ProxyRefused(answer) => write!(formatter, "the proxy refused the connection: {}", answer.words),
            Self::ProxySilent => formatter.write_str("the proxy did not respond in time"),
            Self::NotLoopback { name } => {
                write!(formatter, "plain http is for loopback only, and '{name}' resolves to another address")
            }
        }
    }
}

impl Display for Certificate {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let issuer = self.issuer.as_ref().map(|issuer| format!("'{}'", excerpt(issuer, 200)));
        let issued_by = |formatter: &mut Formatter<'_>| match &issuer {
            Some(issuer) => write!(formatter, ", issued by {issuer}"),
            None => Ok(()),
        };
        match &self.fault {
            CertificateFault::UnknownIssuer => {
                let issuer = issuer.as_deref().unwrap_or("its issuer");
                write!(formatter, "{issuer} is not a trusted issuer")?;
            }
            CertificateFault::SelfSigned => {
                formatter.write_str("it is self-signed")?;
                issued_by(formatter)?;
            }
            CertificateFault::Authority => {
                formatter.write_str("it is a CA (CA:TRUE)")?;
                issued_by(formatter)?;
            }
            CertificateFault::WeakSignature => {
                formatter.write_str("its signature algorithm, such as SHA-1, is not accepted any more")?;
                issued_by(formatter)?;
            }
            CertificateFault::Expired => formatter.write_str("it has expired")?,
            CertificateFault::NotYetValid => {
                formatter.write_str("it is not valid yet by the clock of this machine")?;
            }
            CertificateFault::WrongName { names } if names.is_empty() => {
                formatter.write_str("it is not valid for this host name")?;
            }
            CertificateFault::WrongName { names } => {
                let names = excerpt(&names.join(", "), 200);
                write!(formatter, "it is not valid for this host name, only for {names}")?;
            }
            CertificateFault::Other => {}
        }
        if !self.words.is_empty() {
            let words = excerpt(&self.words, 300);
            if self.fault == CertificateFault::Other {
                formatter.write_str(&words)?;
            } else {
                write!(formatter, " ({words})")?;
            }
        }
        let depends_on_stores = matches!(
            self.fault,
            CertificateFault::UnknownIssuer | CertificateFault::SelfSigned | CertificateFault::Authority
        );
        if depends_on_stores && !self.searched.is_empty() {
            let places: Vec<String> = self.searched.iter().map(ToString::to_string).collect();
            write!(formatter, ". Searched: {}", places.join(", "))?;
        }
        Ok(())
    }
}

impl Display for TrustedPlace {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn => formatter.write_str("Mozilla's built-in root certificates"),
            Self::Given(path) => write!(formatter, "'{}'", path.display()),
            Self::Host { path, source: Source::Given } => write!(formatter, "the host's '{}'", path.display()),
            Self::Host { path, source: Source::Variable(name) } => write!(formatter, "'{}' ({name})", path.display()),
            Self::NoHostStore => formatter.write_str("the host's store (not found)"),
        }
    }
}

impl Display for ProxyName {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match &self.source {
            Source::Given => write!(formatter, "the proxy {}", self.url),
            Source::Variable(name) => write!(formatter, "the proxy {} (from {name})", self.url),
        }
    }
}

/// A clause about the setting, whose name the caller puts in front.
impl Display for Setting {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host { given, fault } => match fault {
                HostFault::Scheme => formatter.write_str("only https:// is supported"),
                HostFault::Credentials => formatter.write_str("credentials are not allowed in the host"),
                HostFault::Path => write!(formatter, "{} contains a path", quoted(given)),
                HostFault::NotAHost => write!(formatter, "{} is not a host", quoted(given)),
                HostFault::PlainHttp { name } => {
                    write!(formatter, "plain http to {} would expose the token", quoted(name))
                }
            },
            Self::Token { mask, number, of, fault } => {
                let which = if *of > 1 { format!("token {number} of {of} ({mask})") } else { "the token".to_owned() };
                match fault {
                    TokenFault::Masked => write!(formatter, "{which} is masked ({mask})"),
                    TokenFault::Quoted => write!(formatter, "{which} is in quotes"),
                    TokenFault::Prefixed => write!(formatter, "{which} has a word in front of it"),
                    TokenFault::Characters => {
                        write!(formatter, "{which} contains a space, a line break or another invalid character")
                    }
                }
            }
            Self::Code { digits: Some(digits) } => {
                write!(formatter, "the code of the second factor has {digits} digits instead of 6")
            }
            Self::Code { digits: None } => formatter.write_str("the code of the second factor must be 6 digits"),
            Self::Roots { path, fault } => write!(formatter, "'{}' {fault}", path.display()),
            Self::HostStore { variable, path, fault } => {
                write!(formatter, "'{}' (from {variable}) {fault}", path.display())
            }
            Self::Proxy { source, fault: ProxyFault::NotAUrl } => match source {
                Source::Given => formatter.write_str("not a proxy URL"),
                Source::Variable(name) => write!(formatter, "the value of {name} is not a proxy URL"),
            },
            Self::Path { given, fault } => write!(formatter, "{} {fault}", quoted(given)),
            Self::Header { name } => write!(formatter, "the {name} header cannot contain this value"),
        }
    }
}

impl Display for StoreFault {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(words) => write!(formatter, "cannot be read ({words})"),
            Self::NotPem(words) => write!(formatter, "is not well-formed PEM ({words})"),
            Self::Empty => formatter.write_str("contains no certificate"),
            Self::NotAFile => formatter.write_str("is not a regular file, or is too large"),
        }
    }
}
