//! Classifies the errors of the HTTP library by how far the request got.
//!
//! The error alone does not show it: a TLS alert or an unreachable network can occur before and after the cloud received
//! something, and a POST that arrived must not be sent again. The HTTP library processes a request on the thread that sends it, so
//! that the stage is kept for each thread. So is the deadline of the whole request: the library's own timeout restarts with each
//! byte of a proxy's response.

use super::lookup::NotLoopback;
use crate::error::{Cause, ProxyAnswer, Reach, without_error_number};
use crate::redact;
use crate::tls::Refused;
use std::cell::Cell;
use std::io;
use std::time::{Duration, Instant};
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};
use ureq::{Error, Timeout};

/// The size limit of a response, in bytes.
pub const LARGEST_ANSWER: u64 = 64 * 1024 * 1024;

/// A failed attempt.
#[derive(Clone, Debug, PartialEq)]
pub struct SendFailure {
    pub reach: Reach,
    pub cause: Cause,
}

/// The kind of proxy in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Via {
    Direct,
    /// An HTTP proxy, with CONNECT.
    Http,
    /// A SOCKS proxy: connecting and its response are one step.
    Socks,
}

/// Classifies an error of this stage.
pub(super) fn classify(error: &Error, stage: Stage, via: Via) -> SendFailure {
    let (reach, cause) = match stage {
        Stage::Lookup(peer) => looking_up(error, peer),
        Stage::Connect(Peer::Cloud) if via == Via::Socks => asking_socks(error),
        Stage::Connect(peer) => connecting(error, peer),
        Stage::Tunnel => asking_the_proxy(error),
        Stage::Handshake(peer) => shaking_hands(error, peer),
        Stage::Connected => connected(error),
    };
    SendFailure { reach, cause }
}

fn looking_up(error: &Error, peer: Peer) -> (Reach, Cause) {
    if let Error::Other(other) = error
        && let Some(NotLoopback(name)) = other.downcast_ref()
    {
        return (Reach::Unreachable, Cause::NotLoopback { name: name.clone() });
    }
    let whose = if peer == Peer::Proxy { "the proxy's name" } else { "the host's name" };
    let (reach, words) = match error {
        Error::Timeout(_) => (Reach::Unreached, format!("{whose} could not be resolved in time")),
        // C libraries report a name server that did not respond as "Temporary failure" or "Try again".
        Error::Io(error) if ["emporary", "ry again"].iter().any(|words| error.to_string().contains(words)) => {
            (Reach::Unreached, format!("{whose} cannot be resolved now ({})", without_error_number(error)))
        }
        Error::Io(error) => (Reach::Unreachable, format!("{whose} is unknown ({})", without_error_number(error))),
        _ => (Reach::Unreachable, format!("{whose} is unknown")),
    };
    (reach, if peer == Peer::Proxy { Cause::ProxyUnreached(words) } else { Cause::Name(words) })
}

/// While connecting: nothing was sent.
fn connecting(error: &Error, peer: Peer) -> (Reach, Cause) {
    let to = if peer == Peer::Proxy { " to the proxy" } else { "" };
    let words = match error {
        Error::Timeout(_) => format!("cannot connect{to} in time"),
        Error::Io(error) if error.kind() == io::ErrorKind::TimedOut => format!("cannot connect{to} in time"),
        Error::Io(error) => format!("cannot connect{to} ({})", without_error_number(error)),
        _ => format!("cannot connect{to}"),
    };
    (Reach::Unreached, if peer == Peer::Proxy { Cause::ProxyUnreached(words) } else { Cause::Network(words) })
}

fn refused(status: Option<u16>, words: &str) -> (Reach, Cause) {
    let words = redact::without_keys(&redact::excerpt(words, 200));
    (Reach::Unreachable, Cause::ProxyRefused(ProxyAnswer { status, words }))
}

/// While connecting to a SOCKS proxy or waiting for its response.
fn asking_socks(error: &Error) -> (Reach, Cause) {
    match error {
        Error::Timeout(_) => (Reach::Unreached, Cause::ProxySilent),
        Error::Io(error) if error.kind() == io::ErrorKind::TimedOut => (Reach::Unreached, Cause::ProxySilent),
        // Not a system error: the library's message about the proxy's response.
        Error::Io(error) if error.get_ref().is_some() => refused(None, &error.to_string()),
        Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            (Reach::Unreached, Cause::ProxyUnreached("the proxy closed the connection".to_owned()))
        }
        other => connecting(other, Peer::Proxy),
    }
}

/// While waiting for the response to CONNECT.
fn asking_the_proxy(error: &Error) -> (Reach, Cause) {
    match error {
        Error::Timeout(_) => (Reach::Unreached, Cause::ProxySilent),
        Error::Io(error) if error.kind() == io::ErrorKind::TimedOut => (Reach::Unreached, Cause::ProxySilent),
        Error::ConnectProxyFailed(words) => {
            let status = words.split_once("responded ").and_then(|(_, rest)| rest.get(..3)?.parse().ok());
            match status {
                Some(_) => refused(status, words),
                None => (Reach::Unreached, Cause::ProxyUnreached("the proxy closed the connection".to_owned())),
            }
        }
        Error::Protocol(_) => refused(None, "its response is not HTTP"),
        other => (
            Reach::Unreached,
            Cause::ProxyUnreached(format!("the connection to the proxy was lost ({})", short(other))),
        ),
    }
}

fn shaking_hands(error: &Error, peer: Peer) -> (Reach, Cause) {
    let with = if peer == Peer::Proxy { " with the proxy" } else { "" };
    let slow = || (Reach::Unreached, Cause::Network(format!("the TLS handshake{with} was not complete in time")));
    match error {
        Error::Timeout(_) => slow(),
        Error::Io(error) if error.kind() == io::ErrorKind::TimedOut => slow(),
        Error::Tls(words) => (Reach::Unreachable, Cause::Tls(format!("the TLS handshake{with} failed ({words})"))),
        Error::Io(error) => match tls_error(error) {
            Some(tls) => (Reach::Unreachable, no_tls(tls, peer, with)),
            None => (
                Reach::Unreached,
                Cause::Network(format!(
                    "the connection{with} was lost during the TLS handshake ({})",
                    without_error_number(error)
                )),
            ),
        },
        _ => (Reach::Unreached, Cause::Network(format!("the TLS handshake{with} failed"))),
    }
}

/// Another attempt would fail in the same way.
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
    // Not TLS, or no common version.
    Cause::Tls(format!("the TLS handshake{with} failed ({error})"))
}

/// After connecting: the request may have arrived.
pub(super) fn connected(error: &Error) -> (Reach, Cause) {
    let (reach, words) = match error {
        Error::Timeout(_) => (Reach::TimedOut, "the response was not complete in time".to_owned()),
        Error::BodyExceedsLimit(_) => {
            (Reach::TooLarge, format!("the response is larger than {} MiB", LARGEST_ANSWER / 1024 / 1024))
        }
        Error::Io(error) => match (tls_error(error), error.kind()) {
            (Some(tls), _) => (Reach::Lost, format!("the TLS connection failed ({tls})")),
            (None, io::ErrorKind::TimedOut) => (Reach::TimedOut, "the response was not complete in time".to_owned()),
            (None, _) => (Reach::Lost, format!("the connection was lost ({})", without_error_number(error))),
        },
        Error::Protocol(error) => (Reach::Lost, format!("the response is not valid HTTP ({error})")),
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

thread_local! {
    static STAGE: Cell<Stage> = const { Cell::new(Stage::Connected) };
    /// Nested connection attempts: through an HTTP proxy, one is inside the other.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    static DEADLINE: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// The other end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Peer {
    Cloud,
    Proxy,
}

/// The step that a request is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Resolving a name.
    Lookup(Peer),
    /// Connecting.
    Connect(Peer),
    /// Waiting for the response to CONNECT.
    Tunnel,
    /// The TLS handshake.
    Handshake(Peer),
    /// The request may have been sent.
    Connected,
}

/// Begins a request with a time limit.
pub(super) fn begin(timeout: Duration) {
    STAGE.set(Stage::Connected);
    DEPTH.set(0);
    DEADLINE.set(Instant::now().checked_add(timeout));
}

/// The stage of the current request of this thread.
pub(super) fn get() -> Stage {
    STAGE.get()
}

pub(super) fn set(stage: Stage) {
    STAGE.set(stage);
}

/// The other end of the current connection attempt: the proxy, if it is nested.
pub(super) fn peer() -> Peer {
    if DEPTH.get() > 1 { Peer::Proxy } else { Peer::Cloud }
}

/// A name was resolved. The next step is connecting, or the request itself on a kept connection, which calls no other
/// function of this file.
pub(super) fn resolved() {
    set(if DEPTH.get() > 0 { Stage::Connect(peer()) } else { Stage::Connected });
}

/// The time limit of a step.
fn within(timeout: NextTimeout) -> Result<NextTimeout, Error> {
    let Some(deadline) = DEADLINE.get() else { return Ok(timeout) };
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(Error::Timeout(Timeout::Global));
    }
    let after = if timeout.after.is_not_happening() || *timeout.after > left { left.into() } else { timeout.after };
    Ok(NextTimeout { after, ..timeout })
}

/// The first connector of the chain.
#[derive(Debug)]
pub(super) struct Begin;

impl Connector<()> for Begin {
    type Out = ();

    fn connect(&self, _: &ConnectionDetails, _: Option<()>) -> Result<Option<()>, Error> {
        DEPTH.set(DEPTH.get() + 1);
        set(Stage::Connect(peer()));
        Ok(None)
    }
}

/// The connector after the socket. It applies the deadline of the whole request.
#[derive(Debug)]
pub(super) struct Bounding;

impl<In: Transport> Connector<In> for Bounding {
    type Out = Bounded<In>;

    fn connect(&self, _: &ConnectionDetails, made: Option<In>) -> Result<Option<Bounded<In>>, Error> {
        Ok(made.map(Bounded))
    }
}

/// The last connector of the chain.
#[derive(Debug)]
pub(super) struct Done;

impl<In: Transport> Connector<In> for Done {
    type Out = In;

    fn connect(&self, _: &ConnectionDetails, made: Option<In>) -> Result<Option<In>, Error> {
        if made.is_some() {
            let depth = DEPTH.get().saturating_sub(1);
            DEPTH.set(depth);
            // A nested connection leads to the proxy, and CONNECT is next.
            set(if depth > 0 { Stage::Tunnel } else { Stage::Connected });
        }
        Ok(made)
    }
}

/// A connection with the deadline of the request.
#[derive(Debug)]
pub(super) struct Bounded<In>(In);

impl<In: Transport> Transport for Bounded<In> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.0.transmit_output(amount, within(timeout)?)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.0.await_input(within(timeout)?)
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }

    fn is_tls(&self) -> bool {
        self.0.is_tls()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ureq::Timeout;

    #[test]
    fn each_stage_has_its_reach_and_cause() {
        let time = || Error::Timeout(Timeout::Global);
        let lost = || Error::Io(io::ErrorKind::ConnectionReset.into());
        let failed = |words: &str| Error::ConnectProxyFailed(words.to_owned());
        let is_network = |cause: &Cause| matches!(cause, Cause::Network(_));
        let is_unreached_proxy = |cause: &Cause| matches!(cause, Cause::ProxyUnreached(_));
        let is_silent_proxy = |cause: &Cause| matches!(cause, Cause::ProxySilent);
        let (cloud, proxy) = (Peer::Cloud, Peer::Proxy);
        type Case<'a> = (Error, Stage, Via, Reach, &'a dyn Fn(&Cause) -> bool);
        let cases: [Case<'_>; 13] = [
            (time(), Stage::Lookup(cloud), Via::Direct, Reach::Unreached, &|cause| matches!(cause, Cause::Name(_))),
            (time(), Stage::Lookup(proxy), Via::Http, Reach::Unreached, &is_unreached_proxy),
            (Error::HostNotFound, Stage::Lookup(cloud), Via::Direct, Reach::Unreachable, &|cause| {
                matches!(cause, Cause::Name(_))
            }),
            (time(), Stage::Connect(cloud), Via::Direct, Reach::Unreached, &is_network),
            (lost(), Stage::Connect(proxy), Via::Http, Reach::Unreached, &is_unreached_proxy),
            (lost(), Stage::Connect(cloud), Via::Socks, Reach::Unreached, &is_unreached_proxy),
            (time(), Stage::Connect(cloud), Via::Socks, Reach::Unreached, &is_silent_proxy),
            (time(), Stage::Tunnel, Via::Http, Reach::Unreached, &is_silent_proxy),
            (failed("proxy server responded 407/407"), Stage::Tunnel, Via::Http, Reach::Unreachable, &|cause| {
                matches!(cause, Cause::ProxyRefused(ProxyAnswer { status: Some(407), .. }))
            }),
            (failed("proxy server did not respond"), Stage::Tunnel, Via::Http, Reach::Unreached, &is_unreached_proxy),
            (lost(), Stage::Handshake(cloud), Via::Direct, Reach::Unreached, &is_network),
            (time(), Stage::Connected, Via::Direct, Reach::TimedOut, &is_network),
            (lost(), Stage::Connected, Via::Direct, Reach::Lost, &is_network),
        ];
        for (error, stage, via, reach, is_expected) in cases {
            let failure = classify(&error, stage, via);
            assert!(failure.reach == reach && is_expected(&failure.cause), "{error:?} {stage:?}: {failure:?}");
        }
    }

    #[test]
    fn on_a_kept_connection_the_request_follows_the_lookup() {
        begin(Duration::from_secs(10));
        set(Stage::Lookup(Peer::Cloud));
        resolved();
        assert_eq!(get(), Stage::Connected);
    }

    #[test]
    fn a_step_is_limited_by_the_rest_of_the_requests_time() {
        let seconds = |count| NextTimeout { after: Duration::from_secs(count).into(), ..NextTimeout::default() };
        begin(Duration::from_secs(10));
        assert!(*within(seconds(60)).unwrap().after <= Duration::from_secs(10));
        assert_eq!(*within(seconds(1)).unwrap().after, Duration::from_secs(1));
        assert!(*within(NextTimeout::default()).unwrap().after <= Duration::from_secs(10));
        begin(Duration::ZERO);
        assert!(matches!(within(seconds(60)), Err(Error::Timeout(_))));
    }
}
