//! The proxy's URL, and the hosts that do not use the proxy. No I/O.

use crate::error::{ProxyFault, Result, Setting, Source};
use crate::host::Host;
use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretString};
use std::net::IpAddr;
use ureq::{Proxy, ProxyProtocol};

/// A proxy setting.
#[derive(Clone, Debug)]
pub struct ProxySetting {
    /// `http://`, `https://` or `socks5://`, with credentials.
    pub url: SecretString,
    pub source: Source,
}

impl ProxySetting {
    /// A proxy that the caller sets.
    #[must_use]
    pub fn given(url: SecretString) -> Self {
        Self { url, source: Source::Given }
    }
}

/// Parses the URL.
///
/// # Errors
/// [`Setting::Proxy`]. The URL is not quoted: it may contain a password.
pub(crate) fn read(proxy: &ProxySetting) -> Result<Proxy> {
    let refuse = || Setting::Proxy { source: proxy.source.clone(), fault: ProxyFault::NotAUrl }.into();
    let text = proxy.url.expose_secret();
    if text.split_once("://").is_some_and(|(scheme, _)| !matches!(scheme, "http" | "https" | "socks5" | "socks5h")) {
        return Err(refuse());
    }
    Proxy::new(text).map_err(|_| refuse())
}

pub(crate) fn scheme(proxy: &Proxy) -> &'static str {
    match proxy.protocol() {
        ProxyProtocol::Https => "https",
        ProxyProtocol::Socks4 | ProxyProtocol::Socks4A | ProxyProtocol::Socks5 | ProxyProtocol::Socks5h => "socks5",
        _ => "http",
    }
}

/// Returns true if the list in `NO_PROXY` contains `host`. Its entries are separated by commas or white space: `*`; names and domains
/// (`mist.com`, `.mist.com`, `*.mist.com`); addresses and networks (`10.0.0.0/8`, only for hosts that are addresses). A port
/// (`api.mist.com:8443`) restricts an entry to that port.
#[must_use]
pub fn bypasses_proxy(host: &Host, no_proxy: &str) -> bool {
    let entries = no_proxy.split(|character: char| character == ',' || character.is_whitespace());
    entries
        .map(|entry| entry.trim().to_ascii_lowercase())
        .filter(|entry| !entry.is_empty())
        .any(|entry| fits(host, &entry))
}

fn fits(host: &Host, entry: &str) -> bool {
    if entry == "*" {
        return true;
    }
    let name = host.name().trim_start_matches('[').trim_end_matches(']').trim_end_matches('.');
    let address: Option<IpAddr> = name.parse().ok();
    if let (Some(address), Ok(network)) = (address, entry.parse::<IpNet>()) {
        return network.contains(&address);
    }
    let (entry, port) = split_port(entry);
    if port.is_some_and(|port| port != host.port()) {
        return false;
    }
    if let Ok(exempt) = entry.parse::<IpAddr>() {
        return address == Some(exempt);
    }
    let domain = entry.trim_start_matches('*').trim_start_matches('.').trim_end_matches('.');
    !domain.is_empty() && (name == domain || name.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.')))
}

/// Splits `name:8443` and `[::1]:8443`. An IPv6 address without brackets has no port.
fn split_port(entry: &str) -> (&str, Option<u16>) {
    if let Some(rest) = entry.strip_prefix('[') {
        let (address, port) = rest.split_once(']').unwrap_or((rest, ""));
        return (address, port.strip_prefix(':').and_then(|port| port.parse().ok()));
    }
    match entry.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') => (name, port.parse().ok()),
        _ => (entry, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_malformed_proxy_url_is_refused_without_quoting_it() {
        for text in ["ftp://u:geheim@proxy:1", "http://", "http://u:geheim@"] {
            let error = read(&ProxySetting::given(text.to_owned().into())).unwrap_err();
            assert_eq!(error, Setting::Proxy { source: Source::Given, fault: ProxyFault::NotAUrl }.into());
        }
        assert!(read(&ProxySetting::given("socks5://u:p@127.0.0.1:1080".to_owned().into())).is_ok());
    }

    #[test]
    fn no_proxy_exempts_names_domains_addresses_networks_ports_and_everything() {
        for (host, list, bypassed) in [
            ("api.eu.mist.com", "", false),
            ("api.eu.mist.com", "mist.com", true),
            ("api.eu.mist.com", ".mist.com", true),
            ("api.eu.mist.com", "*.MIST.com", true),
            ("api.eu.mist.com", "mist.com.", true),
            ("api.eu.mist.com", "localhost, api.eu.mist.com", true),
            ("api.eu.mist.com", "localhost api.eu.mist.com", true),
            ("api.eu.mist.com", "*", true),
            ("api.eu.mist.com", "ist.com", false),
            ("api.eu.mist.com", "api.mist.com", false),
            ("api.eu.mist.com", "api.eu.mist.com:443", true),
            ("api.eu.mist.com", "mist.com:8443", false),
            ("api.eu.mist.com:8443", "mist.com:8443", true),
            ("127.0.0.1:8443", "127.0.0.0/8", true),
            ("127.0.0.1:8443", "127.0.0.1", true),
            ("127.0.0.1:8443", "127.0.0.1:443", false),
            ("127.0.0.1:8443", "10.0.0.0/8", false),
            ("[::1]:8443", "::1", true),
            ("[::1]:8443", "[::1]:8443", true),
            ("[::1]:8443", "::/64", true),
            ("api.eu.mist.com", "0.0.0.0/0", false),
        ] {
            assert_eq!(bypasses_proxy(&Host::parse(host).unwrap(), list), bypassed, "{host} {list}");
        }
    }
}
