//! What the HTTP library reports, sorted by how far the request got. No I/O.

use super::lookup::NotLoopback;
use super::stage::{Peer, Stage};
use crate::error::{Cause, ProxyAnswer, Reach};
use crate::redact;
use crate::tls::Refused;
use std::io;
use ureq::Error;

/// The largest answer taken.
pub const LARGEST_ANSWER: u64 = 64 * 1024 * 1024;

/// A failed attempt: how far it got and what failed.
#[derive(Clone, Debug, PartialEq)]
pub struct Trouble {
    /// How far the request got.
    pub reach: Reach,
    /// What failed.
    pub cause: Cause,
}

/// What kind of proxy is gone through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Via {
    Nobody,
    /// An HTTP proxy, which is asked by CONNECT.
    Http,
    /// A SOCKS proxy, whose connection and whose answer are one step.
    Socks,
}

/// Sorts an error that came at this stage.
pub(super) fn sort(error: &Error, stage: Stage, via: Via) -> Trouble {
    let (reach, cause) = match stage {
        Stage::Lookup(peer) => looking_up(error, peer),
        Stage::Connect(Peer::Cloud) if via == Via::Socks => asking_socks(error),
        Stage::Connect(peer) => connecting(error, peer),
        Stage::Tunnel => asking_the_proxy(error),
        Stage::Handshake(peer) => shaking_hands(error, peer),
        Stage::Connected => connected(error),
    };
    Trouble { reach, cause }
}

fn looking_up(error: &Error, peer: Peer) -> (Reach, Cause) {
    if let Error::Other(other) = error
        && let Some(NotLoopback(name)) = other.downcast_ref()
    {
        return (Reach::Unreachable, Cause::NotLoopback { name: name.clone() });
    }
    let whose = if peer == Peer::Proxy { "the proxy's name" } else { "the host's name" };
    let (reach, words) = match error {
        Error::Timeout(_) => (Reach::Unreached, format!("{whose} was not looked up in time")),
        // The libraries of C say of a name server that did not answer: "Temporary failure" and "Try again".
        Error::Io(error) if ["emporary", "ry again"].iter().any(|words| error.to_string().contains(words)) => {
            (Reach::Unreached, format!("{whose} cannot be looked up now ({error})"))
        }
        Error::Io(error) => (Reach::Unreachable, format!("{whose} is not known ({error})")),
        _ => (Reach::Unreachable, format!("{whose} is not known")),
    };
    (reach, if peer == Peer::Proxy { Cause::ProxyUnreached(words) } else { Cause::Name(words) })
}

/// Nothing was sent yet.
fn connecting(error: &Error, peer: Peer) -> (Reach, Cause) {
    let to = if peer == Peer::Proxy { " to the proxy" } else { "" };
    let words = match error {
        Error::Timeout(_) => format!("no connection{to} came about in time"),
        Error::Io(error) if error.kind() == io::ErrorKind::TimedOut => format!("no connection{to} came about in time"),
        Error::Io(error) => format!("no connection{to} could be made ({error})"),
        _ => format!("no connection{to} could be made"),
    };
    (Reach::Unreached, if peer == Peer::Proxy { Cause::ProxyUnreached(words) } else { Cause::Network(words) })
}

fn refused(status: Option<u16>, words: &str) -> (Reach, Cause) {
    let words = redact::without_keys(&redact::excerpt(words, 200));
    (Reach::Unreachable, Cause::ProxyRefused(ProxyAnswer { status, words }))
}

/// A SOCKS proxy was being connected to, or asked.
fn asking_socks(error: &Error) -> (Reach, Cause) {
    match error {
        Error::Timeout(_) => (Reach::Unreached, Cause::ProxySilent),
        Error::Io(error) if error.kind() == io::ErrorKind::TimedOut => (Reach::Unreached, Cause::ProxySilent),
        // Words, and not the system's: what the library makes of the proxy's answer.
        Error::Io(error) if error.get_ref().is_some() => refused(None, &error.to_string()),
        Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            (Reach::Unreached, Cause::ProxyUnreached("the proxy ended the connection".to_owned()))
        }
        other => connecting(other, Peer::Proxy),
    }
}

/// An HTTP proxy was asked to let through.
fn asking_the_proxy(error: &Error) -> (Reach, Cause) {
    match error {
        Error::Timeout(_) => (Reach::Unreached, Cause::ProxySilent),
        Error::Io(error) if error.kind() == io::ErrorKind::TimedOut => (Reach::Unreached, Cause::ProxySilent),
        Error::ConnectProxyFailed(words) => {
            let status = words.split_once("responded ").and_then(|(_, rest)| rest.get(..3)?.parse().ok());
            match status {
                Some(_) => refused(status, words),
                None => (Reach::Unreached, Cause::ProxyUnreached("the proxy ended the connection".to_owned())),
            }
        }
        Error::Protocol(_) => refused(None, "what it answered is not HTTP"),
        other => (
            Reach::Unreached,
            Cause::ProxyUnreached(format!("the connection to the proxy was lost ({})", short(other))),
        ),
    }
}

fn shaking_hands(error: &Error, peer: Peer) -> (Reach, Cause) {
    let with = if peer == Peer::Proxy { " with the proxy" } else { "" };
    let slow = || (Reach::Unreached, Cause::Network(format!("no TLS connection{with} came about in time")));
    match error {
        Error::Timeout(_) => slow(),
        Error::Io(error) if error.kind() == io::ErrorKind::TimedOut => slow(),
        Error::Tls(words) => {
            (Reach::Unreachable, Cause::Tls(format!("no TLS connection{with} could be made ({words})")))
        }
        Error::Io(error) => match tls_error(error) {
            Some(tls) => (Reach::Unreachable, no_tls(tls, peer, with)),
            None => (
                Reach::Unreached,
                Cause::Network(format!("the connection{with} was lost before TLS was agreed on ({error})")),
            ),
        },
        _ => (Reach::Unreached, Cause::Network(format!("no TLS connection{with} could be made"))),
    }
}

/// Another attempt gives the same.
fn no_tls(error: &rustls::Error, peer: Peer, with: &str) -> Cause {
    if let rustls::Error::InvalidCertificate(rustls::CertificateError::Other(other)) = error
        && let Some(refused) = other.0.downcast_ref::<Refused>()
    {
        return match refused {
            Refused::Certificate(certificate) if peer == Peer::Proxy => Cause::ProxyCertificate(certificate.clone()),
            Refused::Certificate(certificate) => Cause::Certificate(certificate.clone()),
            Refused::Store(setting) => Cause::Store(setting.clone()),
        };
    }
    // Not TLS at all, or no version in common.
    Cause::Tls(format!("no TLS connection{with} could be made ({error})"))
}

/// The request may have been seen, whatever it was that failed.
pub(super) fn connected(error: &Error) -> (Reach, Cause) {
    let (reach, words) = match error {
        Error::Timeout(_) => (Reach::TimedOut, "no whole answer came in time".to_owned()),
        Error::BodyExceedsLimit(_) => {
            (Reach::TooLarge, format!("the answer is larger than {} MiB", LARGEST_ANSWER / 1024 / 1024))
        }
        Error::Io(error) => match (tls_error(error), error.kind()) {
            (Some(tls), _) => (Reach::Lost, format!("the TLS connection failed ({tls})")),
            (None, io::ErrorKind::TimedOut) => (Reach::TimedOut, "no whole answer came in time".to_owned()),
            (None, _) => (Reach::Lost, format!("the connection was lost ({error})")),
        },
        Error::Protocol(error) => (Reach::Lost, format!("the answer is not proper HTTP ({error})")),
        other => (Reach::Lost, short(other)),
    };
    (reach, Cause::Network(words))
}

fn short(error: &Error) -> String {
    redact::without_keys(&redact::excerpt(&error.to_string(), 200))
}

fn tls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ureq::Timeout;

    #[test]
    fn what_failed_is_told_by_where_it_failed() {
        let time = || Error::Timeout(Timeout::Global);
        let lost = || Error::Io(io::ErrorKind::ConnectionReset.into());
        let failed = |words: &str| Error::ConnectProxyFailed(words.to_owned());
        for (error, stage, via, reach, words) in [
            (time(), Stage::Lookup(Peer::Cloud), Via::Nobody, Reach::Unreached, "the host's name was not looked up"),
            (time(), Stage::Lookup(Peer::Proxy), Via::Http, Reach::Unreached, "the proxy's name was not looked up"),
            (
                Error::HostNotFound,
                Stage::Lookup(Peer::Cloud),
                Via::Nobody,
                Reach::Unreachable,
                "the host's name is not known",
            ),
            (time(), Stage::Connect(Peer::Cloud), Via::Nobody, Reach::Unreached, "no connection came about"),
            (
                lost(),
                Stage::Connect(Peer::Proxy),
                Via::Http,
                Reach::Unreached,
                "no connection to the proxy could be made",
            ),
            (
                lost(),
                Stage::Connect(Peer::Cloud),
                Via::Socks,
                Reach::Unreached,
                "no connection to the proxy could be made",
            ),
            (
                time(),
                Stage::Connect(Peer::Cloud),
                Via::Socks,
                Reach::Unreached,
                "the proxy did not let through in time",
            ),
            (time(), Stage::Tunnel, Via::Http, Reach::Unreached, "the proxy did not let through in time"),
            (
                failed("proxy server responded 407/407"),
                Stage::Tunnel,
                Via::Http,
                Reach::Unreachable,
                "the proxy refused",
            ),
            (failed("proxy server did not respond"), Stage::Tunnel, Via::Http, Reach::Unreached, "the proxy ended"),
            (lost(), Stage::Handshake(Peer::Cloud), Via::Nobody, Reach::Unreached, "before TLS was agreed on"),
            (time(), Stage::Connected, Via::Nobody, Reach::TimedOut, "no whole answer came in time"),
            (lost(), Stage::Connected, Via::Nobody, Reach::Lost, "the connection was lost"),
        ] {
            let trouble = sort(&error, stage, via);
            assert_eq!(trouble.reach, reach, "{error:?} {stage:?}");
            assert!(trouble.cause.to_string().contains(words), "{words}: {}", trouble.cause);
        }
        let Cause::ProxyRefused(answer) =
            sort(&failed("proxy server responded 407/407"), Stage::Tunnel, Via::Http).cause
        else {
            panic!()
        };
        assert_eq!(answer.status, Some(407));
    }
}
