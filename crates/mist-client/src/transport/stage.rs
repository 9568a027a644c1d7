//! How far the request of this thread got: whether its connection was still being made, so that the cloud surely saw
//! nothing of it, or was there already. The error alone does not tell: a TLS alert or an unreachable network may come in
//! either case, and a POST that was seen may not be sent again blindly.
//!
//! The HTTP library works a request off on the thread that sends it, so that a note of the thread will do. The time by which
//! the whole of it must be over is noted too: the library's own bound starts anew with each byte of a proxy's answer.

use std::cell::Cell;
use std::time::{Duration, Instant};
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};
use ureq::{Error, Timeout};

thread_local! {
    static STAGE: Cell<Stage> = const { Cell::new(Stage::Connected) };
    /// Connections being made; through an HTTP proxy, one is made within the other.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    static DEADLINE: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// With whom a step is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Peer {
    Cloud,
    Proxy,
}

/// Where a request was when it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// A name was looked up.
    Lookup(Peer),
    /// A connection was being made.
    Connect(Peer),
    /// The proxy was asked to let through.
    Tunnel,
    /// TLS was being agreed on.
    Handshake(Peer),
    /// The connection was there.
    Connected,
}

/// A request begins, which must be over after so long.
pub(super) fn begin(timeout: Duration) {
    STAGE.set(Stage::Connected);
    DEPTH.set(0);
    DEADLINE.set(Instant::now().checked_add(timeout));
}

/// Where the request that began last on this thread is.
pub(super) fn get() -> Stage {
    STAGE.get()
}

pub(super) fn set(stage: Stage) {
    STAGE.set(stage);
}

/// Whom the connection that is being made leads to: to the proxy, when it is made within another.
pub(super) fn peer() -> Peer {
    if DEPTH.get() > 1 { Peer::Proxy } else { Peer::Cloud }
}

/// A name was looked up. What follows is a connection being made, or, where one was kept, the request itself: then nothing
/// more would be noted.
pub(super) fn looked_up() {
    set(if DEPTH.get() > 0 { Stage::Connect(peer()) } else { Stage::Connected });
}

/// How long a step may take at most.
fn within(timeout: NextTimeout) -> Result<NextTimeout, Error> {
    let Some(deadline) = DEADLINE.get() else { return Ok(timeout) };
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(Error::Timeout(Timeout::Global));
    }
    let after = if timeout.after.is_not_happening() || *timeout.after > left { left.into() } else { timeout.after };
    Ok(NextTimeout { after, ..timeout })
}

/// Stands before all that make a connection.
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

/// Stands right behind the socket: from here on, the bound of the whole request holds.
#[derive(Debug)]
pub(super) struct Bounding;

impl<In: Transport> Connector<In> for Bounding {
    type Out = Bounded<In>;

    fn connect(&self, _: &ConnectionDetails, made: Option<In>) -> Result<Option<Bounded<In>>, Error> {
        Ok(made.map(Bounded))
    }
}

/// Stands behind all that make a connection.
#[derive(Debug)]
pub(super) struct Done;

impl<In: Transport> Connector<In> for Done {
    type Out = In;

    fn connect(&self, _: &ConnectionDetails, made: Option<In>) -> Result<Option<In>, Error> {
        if made.is_some() {
            let depth = DEPTH.get().saturating_sub(1);
            DEPTH.set(depth);
            // What was made within another leads to the proxy, which is asked next.
            set(if depth > 0 { Stage::Tunnel } else { Stage::Connected });
        }
        Ok(made)
    }
}

/// A connection whose every step ends with the request's own time.
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
    fn where_a_connection_was_kept_the_request_itself_comes_after_the_lookup() {
        begin(Duration::from_secs(10));
        set(Stage::Lookup(Peer::Cloud));
        looked_up();
        assert_eq!(get(), Stage::Connected);
    }

    #[test]
    fn a_step_is_bounded_by_what_is_left_of_the_request() {
        let seconds = |count| NextTimeout { after: Duration::from_secs(count).into(), ..NextTimeout::default() };
        begin(Duration::from_secs(10));
        assert!(*within(seconds(60)).unwrap().after <= Duration::from_secs(10));
        assert_eq!(*within(seconds(1)).unwrap().after, Duration::from_secs(1));
        assert!(*within(NextTimeout::default()).unwrap().after <= Duration::from_secs(10));
        begin(Duration::ZERO);
        assert!(matches!(within(seconds(60)), Err(Error::Timeout(_))));
    }
}
