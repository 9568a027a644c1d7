//! Resolves names, each once in a run and before the first change: later calls cannot fail because a thread or a name server is
//! not available.

use super::failure::{self, Peer, Stage};
use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;
use ureq::{Error, Timeout};

/// The number of addresses that the HTTP library accepts.
const MOST: usize = 16;

/// The addresses resolved in this run.
#[derive(Clone, Debug, Default)]
pub(super) struct Known(Arc<Mutex<HashMap<String, Vec<SocketAddr>>>>);

impl Known {
    fn get(&self, name: &str) -> Option<Vec<SocketAddr>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    fn put(&self, name: String, addresses: Vec<SocketAddr>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name, addresses);
    }

    /// Resolves all names again, after no known address could be reached.
    pub(super) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// Resolves names. Refuses plain http to other addresses than loopback.
#[derive(Debug)]
pub(super) struct Names(pub(super) Known);

impl Resolver for Names {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let of_proxy = config.proxy().is_some_and(|proxy| proxy.uri() == uri);
        failure::set(Stage::Lookup(if of_proxy { Peer::Proxy } else { failure::peer() }));
        let name = host_and_port(uri).ok_or(Error::HostNotFound)?;
        let addresses = match name.parse() {
            Ok(address) => vec![address],
            Err(_) => match self.0.get(&name) {
                Some(known) => known,
                None => resolve_in_time(&name, timeout, spawn)?,
            },
        };
        // Checks the address, not the name: a name server may resolve `localhost` to another host.
        if uri.scheme_str() == Some("http") && !of_proxy && !all_loopback(&addresses) {
            return Err(Error::Other(Box::new(NotLoopback(uri.host().unwrap_or_default().to_owned()))));
        }
        if addresses.is_empty() {
            return Err(Error::HostNotFound);
        }
        let mut found = self.empty();
        addresses.iter().take(MOST).for_each(|address| found.push(*address));
        self.0.put(name, addresses);
        failure::resolved();
        Ok(found)
    }
}

/// Plain http to another address than loopback.
#[derive(Debug)]
pub(super) struct NotLoopback(pub(super) String);

impl fmt::Display for NotLoopback {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "'{}' does not resolve to a loopback address", self.0)
    }
}

impl std::error::Error for NotLoopback {}

fn host_and_port(uri: &Uri) -> Option<String> {
    let authority = uri.authority()?;
    let port = authority.port_u16().or(match uri.scheme_str()? {
        "http" => Some(80),
        "https" => Some(443),
        scheme if scheme.starts_with("socks") => Some(1080),
        _ => None,
    })?;
    Some(format!("{}:{port}", authority.host()))
}

fn all_loopback(addresses: &[SocketAddr]) -> bool {
    addresses.iter().all(|address| match address.ip() {
        IpAddr::V6(address) => {
            address.is_loopback() || address.to_ipv4_mapped().is_some_and(|address| address.is_loopback())
        }
        IpAddr::V4(address) => address.is_loopback(),
    })
}

/// The system's resolver has no time limit, so that it runs in a thread, or directly if no thread is available.
fn resolve_in_time(name: &str, timeout: NextTimeout, spawn: Spawn) -> Result<Vec<SocketAddr>, Error> {
    let (sender, receiver) = mpsc::sync_channel(1);
    let owned = name.to_owned();
    match spawn(Box::new(move || drop(sender.send(resolve_by_system(&owned))))) {
        Err(_) => Ok(resolve_by_system(name)?),
        Ok(()) if timeout.after.is_not_happening() => Ok(receiver.recv().map_err(io::Error::other)??),
        Ok(()) => match receiver.recv_timeout(*timeout.after) {
            Ok(addresses) => Ok(addresses?),
            Err(_) => Err(Error::Timeout(Timeout::Resolve)),
        },
    }
}

/// Runs work in a thread.
type Spawn = fn(Box<dyn FnOnce() + Send>) -> io::Result<()>;

fn spawn(work: Box<dyn FnOnce() + Send>) -> io::Result<()> {
    std::thread::Builder::new().name("names".to_owned()).stack_size(256 * 1024).spawn(work).map(drop)
}

fn resolve_by_system(name: &str) -> io::Result<Vec<SocketAddr>> {
    Ok(name.to_socket_addrs()?.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_requires_loopback_for_every_address_of_a_name() {
        let addresses = |list: &[&str]| list.iter().map(|text| text.parse().unwrap()).collect::<Vec<SocketAddr>>();
        for (list, loopback) in [
            (vec!["127.0.0.1:80"], true),
            (vec!["127.9.9.9:80", "[::1]:80"], true),
            (vec!["[::ffff:127.0.0.1]:80"], true),
            (vec!["127.0.0.1:80", "192.0.2.1:80"], false),
            (vec!["[2001:db8::1]:80"], false),
            (vec!["0.0.0.0:80"], false),
        ] {
            assert_eq!(all_loopback(&addresses(&list)), loopback, "{list:?}");
        }
    }

    #[test]
    fn every_scheme_has_a_default_port() {
        for (uri, expected) in [
            ("https://api.mist.com/x", Some("api.mist.com:443")),
            ("http://127.0.0.1/", Some("127.0.0.1:80")),
            ("socks5h://proxy/", Some("proxy:1080")),
            ("https://[::1]:8443/", Some("[::1]:8443")),
            ("ftp://x/", None),
        ] {
            assert_eq!(host_and_port(&uri.parse().unwrap()).as_deref(), expected, "{uri}");
        }
    }

    #[test]
    fn a_name_is_resolved_without_a_thread_if_none_is_available() {
        let timeout = || NextTimeout { after: std::time::Duration::from_secs(30).into(), ..NextTimeout::default() };
        for spawn in [spawn, |_: Box<dyn FnOnce() + Send>| Err(io::ErrorKind::WouldBlock.into())] {
            let found = resolve_in_time("localhost:443", timeout(), spawn).unwrap();
            assert!(!found.is_empty() && all_loopback(&found), "{found:?}");
        }
    }

    #[test]
    fn a_known_name_is_not_resolved_again() {
        let known = Known::default();
        known.put("nobody.invalid:443".into(), vec!["127.0.0.1:1".parse().unwrap()]);
        let names = Names(known.clone());
        let (uri, config) = ("https://nobody.invalid/".parse().unwrap(), ureq::Agent::config_builder().build());
        assert_eq!(names.resolve(&uri, &config, NextTimeout::default()).unwrap().len(), 1);
        known.forget();
        assert!(names.resolve(&uri, &config, NextTimeout::default()).is_err());
    }
}
