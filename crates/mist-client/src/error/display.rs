//! Errors as sentences that state the fact.

use super::{
    Cause, Certificate, CertificateFault, Error, HostFault, Identity, LoginFault, ProxyFault, ProxyName, Setting,
    Source, StoreFault, TokenFault, in_words,
};
use crate::redact;
use std::fmt::{self, Display, Formatter};

impl Display for Error {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting(setting) => write!(formatter, "{setting}."),
            Self::Login { call, fault, status, detail } => {
                write!(formatter, "{call}: ")?;
                let fault = fault.to_string();
                match status {
                    Some(status) => {
                        sentence(formatter, &said(*status, detail))?;
                        let (first, rest) = fault.split_at(1);
                        write!(formatter, " {}{rest}.", first.to_ascii_uppercase())
                    }
                    None => write!(formatter, "{fault}."),
                }
            }
            Self::Connection { call, cause, proxy, .. } => {
                let through = proxy.as_ref().map(|proxy| format!(" Through {proxy}.")).unwrap_or_default();
                write!(formatter, "{call}: {cause}.{through}")
            }
            Self::Status { call, status, detail, identity } => {
                write!(formatter, "{call}: ")?;
                sentence(formatter, &said(*status, detail))?;
                asked_as(formatter, identity)
            }
            Self::NotTheCloud { call, status, what, proxy } => {
                write!(formatter, "{call}: something between here and the cloud answered {status}, with {what}.")?;
                match proxy {
                    Some(proxy) => write!(formatter, " It was asked through {proxy}."),
                    None => Ok(()),
                }
            }
            Self::RateLimited { call, detail, wait, identity } => {
                write!(formatter, "{call}: ")?;
                sentence(formatter, &format!("the cloud takes no more calls now (429): {detail}"))?;
                write!(formatter, " It takes calls again in {}.", in_words(*wait))?;
                asked_as(formatter, identity)
            }
            Self::Answer { call, reason } => write!(formatter, "{call}: {reason}."),
            Self::Unconfirmed { call, status, body } => {
                write!(formatter, "{call}: the response {status} does not confirm the deletion: {body}.")
            }
            Self::Redirected { call, to } => {
                write!(
                    formatter,
                    "{call}: answered with a redirect to {to}, which is not followed, so that credentials go to the host asked for and nowhere else."
                )
            }
            Self::NoSuchName { kind, name, candidates } => {
                write!(
                    formatter,
                    "no {kind} named {} is visible to these credentials. {candidates}",
                    redact::quoted(name)
                )
            }
            Self::AmbiguousName { kind, name, ids } => {
                write!(formatter, "{} {kind}s are named {}: {}", ids.len(), redact::quoted(name), ids.join(", "))
            }
            Self::Other(message) => formatter.write_str(message),
        }
    }
}

/// `the cloud answered 403: No.`, without an end.
fn said(status: u16, detail: &str) -> String {
    if detail.is_empty() {
        format!("the cloud answered {status}")
    } else {
        format!("the cloud answered {status}: {detail}")
    }
}

fn sentence(formatter: &mut Formatter<'_>, text: &str) -> fmt::Result {
    formatter.write_str(text)?;
    if text.ends_with(['.', '!', '?']) { Ok(()) } else { formatter.write_str(".") }
}

/// Of several tokens, which it was.
fn asked_as(formatter: &mut Formatter<'_>, identity: &Identity) -> fmt::Result {
    match identity {
        Identity::Token { mask, number, of } if *of > 1 => {
            write!(formatter, " It was asked with token {number} of {of} ({mask}).")
        }
        _ => Ok(()),
    }
}

impl Display for LoginFault {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Password => formatter.write_str("the e-mail address or the password is wrong"),
            Self::Code => formatter.write_str("the code of the second factor was refused"),
            Self::CodeMissing => formatter.write_str("the account has a second factor, and no code was given"),
            Self::SecondFactorOpen => formatter
                .write_str("the second factor of the account is still open, so that the session may do nothing"),
            Self::SingleSignOn => formatter.write_str("the account logs in through SSO, and has no password here"),
            Self::Locked { wait: Some(wait) } => {
                write!(formatter, "too many logins failed; the cloud takes logins again in {}", in_words(*wait))
            }
            Self::Locked { wait: None } => formatter.write_str("too many logins failed"),
            Self::Trouble => formatter.write_str("a login is not tried again by itself"),
            Self::NoSession => formatter.write_str("the login was answered without the cookies of a session"),
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
            Self::Store(setting) => write!(formatter, "the host's store of certificates is needed, and {setting}"),
            Self::ProxyRefused(answer) => write!(formatter, "the proxy refused: {}", answer.words),
            Self::ProxySilent => formatter.write_str("the proxy did not let through in time"),
            Self::NotLoopback { name } => {
                write!(
                    formatter,
                    "plain http would go to '{name}', which leads to an address that is not a loopback one"
                )
            }
        }
    }
}

impl Display for Certificate {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let issuer = self.issuer.as_ref().map(|issuer| format!("'{}'", redact::excerpt(issuer, 200)));
        match (&self.fault, issuer) {
            (CertificateFault::UnknownIssuer, Some(issuer)) => {
                write!(formatter, "it was issued by {issuer}, whom nothing trusted here vouches for")?;
            }
            (CertificateFault::UnknownIssuer, None) => {
                formatter.write_str("nothing trusted here vouches for its issuer")?
            }
            (CertificateFault::SelfSigned, issuer) => {
                formatter.write_str("it is self-signed")?;
                if let Some(issuer) = issuer {
                    write!(formatter, " ({issuer})")?;
                }
            }
            (CertificateFault::Authority, issuer) => {
                formatter
                    .write_str("it is an authority's own certificate (CA:TRUE), which may not serve as a server's")?;
                if let Some(issuer) = issuer {
                    write!(formatter, "; it was issued by {issuer}")?;
                }
            }
            (CertificateFault::WeakSignature, issuer) => {
                formatter.write_str("it is signed in a way that is not taken any more, such as with SHA-1")?;
                if let Some(issuer) = issuer {
                    write!(formatter, "; it was issued by {issuer}")?;
                }
            }
            (CertificateFault::Expired, _) => formatter.write_str("it has expired")?,
            (CertificateFault::NotYetValid, _) => {
                formatter.write_str("it is not valid yet by the clock of this machine")?
            }
            (CertificateFault::WrongName { names }, _) if names.is_empty() => {
                formatter.write_str("it is not valid for this name")?;
            }
            (CertificateFault::WrongName { names }, _) => {
                write!(
                    formatter,
                    "it is not valid for this name, but for {}",
                    redact::excerpt(&names.join(", "), 200)
                )?;
            }
            (CertificateFault::Other, _) => {}
        }
        if !self.words.is_empty() {
            let open = if self.fault == CertificateFault::Other { "" } else { " (" };
            let close = if self.fault == CertificateFault::Other { "" } else { ")" };
            write!(formatter, "{open}{}{close}", redact::excerpt(&self.words, 300))?;
        }
        if matches!(
            self.fault,
            CertificateFault::UnknownIssuer | CertificateFault::SelfSigned | CertificateFault::Authority
        ) && !self.looked_at.is_empty()
        {
            let places: Vec<String> = self.looked_at.iter().map(ToString::to_string).collect();
            write!(formatter, ". Looked at were {}", places.join(", and "))?;
        }
        Ok(())
    }
}

impl Display for ProxyName {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match &self.source {
            Source::Given => write!(formatter, "the proxy {}", self.url),
            Source::Variable(name) => write!(formatter, "the proxy {} (of {name})", self.url),
        }
    }
}

impl Display for Setting {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host { given, fault } => match fault {
                HostFault::Scheme => formatter.write_str("only https:// is spoken"),
                HostFault::Credentials => formatter.write_str("credentials do not belong in the host"),
                HostFault::Path => write!(formatter, "'{given}' has a path"),
                HostFault::NotAHost => write!(formatter, "'{given}' is not a host"),
                HostFault::PlainHttp { name } => {
                    write!(formatter, "plain http to '{name}' would show the token to the network")
                }
            },
            Self::Token { mask, number, of, fault } => {
                let which = if *of > 1 { format!("token {number} of {of} ({mask})") } else { "it".to_owned() };
                match fault {
                    TokenFault::Masked => write!(formatter, "{which} is masked ({mask}), as the cloud lists tokens"),
                    TokenFault::Quoted => write!(formatter, "{which} stands in quotes"),
                    TokenFault::Prefixed => write!(formatter, "{which} has a word before the token itself"),
                    TokenFault::Characters => {
                        write!(formatter, "{which} has a space, a line end or another character that no token has")
                    }
                }
            }
            Self::Code { digits: Some(digits) } => {
                write!(formatter, "the code of the second factor has {digits} digits, and not 6")
            }
            Self::Code { digits: None } => formatter.write_str("the code of the second factor is not of 6 digits"),
            Self::Roots { path, fault } => write!(formatter, "'{}' {fault}", path.display()),
            Self::HostStore { variable, path, fault } => {
                write!(formatter, "'{}', which {variable} names, {fault}", path.display())
            }
            Self::Proxy { source, fault: ProxyFault::NotAUrl } => match source {
                Source::Given => formatter.write_str("not a proxy's URL"),
                Source::Variable(name) => write!(formatter, "what {name} holds is not a proxy's URL"),
            },
            Self::Path { given, fault } => write!(formatter, "'{}' {fault}", given.escape_debug()),
            Self::Header { name } => write!(formatter, "the {name} header cannot carry what was given"),
        }
    }
}

impl Display for StoreFault {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(words) => write!(formatter, "cannot be read ({words})"),
            Self::NotPem(words) => write!(formatter, "is not well-formed PEM ({words})"),
            Self::Empty => formatter.write_str("holds no certificate"),
            Self::NotAFile => formatter.write_str("is no regular file, or too large"),
        }
    }
}
