//! Which hosts a proxy is not for. No I/O.

use crate::host::Host;
use ipnet::IpNet;
use std::net::IpAddr;

/// Whether `host` is one that the `NO_PROXY` list exempts. Its entries: `*`; names and domains (`mist.com`, `.mist.com`,
/// `*.mist.com`); addresses and networks (`10.0.0.0/8`, which no name is in); each with a port (`api.mist.com:8443`) for
/// that port alone. They are separated by commas or white space.
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

/// `name:8443`, `[::1]:8443`; an address of IPv6 without brackets has colons and no port.
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
