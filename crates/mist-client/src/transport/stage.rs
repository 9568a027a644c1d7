//! The stage of the request of this thread: connecting, when the cloud has received nothing, or connected. The error alone does not
//! show it: a TLS alert or an unreachable network can occur in both cases, and a POST that arrived must not be sent again.
//!
//! The HTTP library processes a request on the thread that sends it, so that the stage is kept for each thread. So is the deadline
//! of the whole request: the library's own timeout restarts with each byte of a proxy's response.

use std::cell::Cell;
use std::time::{Duration, Instant};
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};
use ureq::{Error, Timeout};

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
