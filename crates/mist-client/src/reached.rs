//! How far a request got when it failed: whether its connection was still being made, so that the cloud surely
//! saw nothing of it, or was there already. The error alone does not tell: a TLS alert or an unreachable network
//! may come in either case, and a POST that was seen may not be sent again blindly.
//!
//! The HTTP library works a request off on the thread that sends it, so that a note of the thread will do.

use std::cell::Cell;
use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{ConnectionDetails, Connector, DefaultConnector, NextTimeout, Transport};

thread_local! {
    static RESOLVING: Cell<bool> = const { Cell::new(false) };
    /// Connections being made; through a proxy, one is made within the other.
    static CONNECTING: Cell<u32> = const { Cell::new(0) };
}

/// Where a request was when it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// A name was looked up.
    Resolving,
    /// A connection was being made, TLS and the proxy included.
    Connecting,
    /// The connection was there.
    Connected,
}

/// A request begins.
pub(crate) fn begin() {
    RESOLVING.set(false);
    CONNECTING.set(0);
}

/// Where the request that began last on this thread is.
pub(crate) fn phase() -> Phase {
    if RESOLVING.get() {
        Phase::Resolving
    } else if CONNECTING.get() > 0 {
        Phase::Connecting
    } else {
        Phase::Connected
    }
}

/// Connections as the HTTP library makes them, noted.
pub(crate) fn connector() -> impl Connector {
    Begin.chain(DefaultConnector::new()).chain(Done)
}

#[derive(Debug)]
struct Begin;

impl Connector for Begin {
    type Out = ();

    fn connect(&self, _: &ConnectionDetails, _: Option<()>) -> Result<Option<()>, Error> {
        CONNECTING.set(CONNECTING.get() + 1);
        Ok(None)
    }
}

#[derive(Debug)]
struct Done;

impl<In: Transport> Connector<In> for Done {
    type Out = In;

    fn connect(&self, _: &ConnectionDetails, made: Option<In>) -> Result<Option<In>, Error> {
        if made.is_some() {
            CONNECTING.set(CONNECTING.get().saturating_sub(1));
        }
        Ok(made)
    }
}

/// Names looked up as the HTTP library does, noted.
#[derive(Debug, Default)]
pub(crate) struct Names(DefaultResolver);

impl Resolver for Names {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        RESOLVING.set(true);
        let found = self.0.resolve(uri, config, timeout)?;
        RESOLVING.set(false);
        Ok(found)
    }
}
