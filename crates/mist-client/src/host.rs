//! The cloud's host: parses a host name or a URL into the origin of every request.

use crate::error::{HostFault, Result, Setting};
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use ureq::http::Uri;

/// The origin of a Mist cloud: scheme, host and port, without a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    origin: String,
    name: String,
}

impl Host {
    /// Parses `api.mist.com`, `api.eu.mist.com:443`, `https://api.mist.com/` or, on loopback only, `http://127.0.0.1:8080`.
    ///
    /// # Errors
    /// [`Setting::Host`] for a path, a query, credentials, a missing host, an unknown scheme, or plain http to another host than
    /// loopback.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        let refuse = |fault: HostFault| Setting::Host { given: text.to_owned(), fault }.into();
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
            None => ("https".to_owned(), text),
        };
        if scheme != "https" && scheme != "http" {
            return Err(refuse(HostFault::Scheme));
        }
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at(end);
        if authority.contains('@') {
            // Not quoted: the part before the @ is likely a secret.
            return Err(Setting::Host { given: String::new(), fault: HostFault::Credentials }.into());
        }
        let bad = || refuse(HostFault::NotAHost);
        let uri: Uri = format!("{scheme}://{authority}/").parse().map_err(|_| bad())?;
        let parsed = uri.authority().ok_or_else(bad)?;
        let name = parsed.host().to_ascii_lowercase();
        // The library parses a malformed or too large port as no port.
        let port_part = &parsed.as_str()[parsed.host().len()..];
        let is_bracketed_otherwise = name
            .strip_prefix('[')
            .is_some_and(|rest| rest.strip_suffix(']').is_none_or(|inner| inner.parse::<Ipv6Addr>().is_err()));
        if is_bracketed_otherwise
            || name.is_empty()
            || (!port_part.is_empty() && parsed.port_u16().is_none_or(|port| port == 0))
        {
            return Err(bad());
        }
        if scheme == "http" && !is_loopback(&name) {
            return Err(refuse(HostFault::PlainHttp { name }));
        }
        // A URL copied from the browser: the dashboard's path does not matter.
        let dashboard = name.strip_prefix("manage.").filter(|rest| is_of_mist(rest));
        if dashboard.is_none() && !is_of_the_api(tail) {
            return Err(refuse(HostFault::Path));
        }
        let name = dashboard.map_or_else(|| name.clone(), |rest| format!("api.{rest}"));
        let port = parsed.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
        Ok(Self { origin: format!("{scheme}://{name}{port}"), name })
    }

    /// `https://api.mist.com`: without a path and a slash at the end.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// `api.mist.com`: without scheme and port.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    #[must_use]
    pub fn port(&self) -> u16 {
        let default = if self.origin.starts_with("https:") { 443 } else { 80 };
        self.with_port().rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or(default)
    }

    /// The shortest text that [`Host::parse`] reads as this host: `api.mist.com:8443`, `http://127.0.0.1:8080`.
    #[must_use]
    pub fn as_written(&self) -> &str {
        self.origin.strip_prefix("https://").unwrap_or(&self.origin)
    }

    /// Path and query of the `location` of a redirect, if it has the same scheme, host and port.
    #[must_use]
    pub fn same_origin(&self, location: &str) -> Option<String> {
        if location.starts_with('/') && !location.starts_with("//") {
            return Some(location.to_owned());
        }
        let uri: Uri = location.parse().ok()?;
        let host = Self::parse(&format!("{}://{}", uri.scheme_str()?, uri.authority()?)).ok()?;
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        (host.with_port() == self.with_port()).then(|| path.to_owned())
    }

    /// The origin with an explicit port, for comparing.
    fn with_port(&self) -> String {
        let default = if self.origin.starts_with("https:") { ":443" } else { ":80" };
        let has_port = self.origin.rsplit(']').next().unwrap_or_default().matches(':').count()
            > usize::from(!self.origin.contains(']'));
        if has_port { self.origin.clone() } else { format!("{}{default}", self.origin) }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.origin)
    }
}

/// Returns true if a path is empty or the common beginning of all API paths.
fn is_of_the_api(tail: &str) -> bool {
    matches!(tail.trim_end_matches('/'), "" | "/api" | "/api/v1")
}

/// Returns true if this is a domain of Mist, or in one: the public clouds, and the federal one.
fn is_of_mist(domain: &str) -> bool {
    ["mist.com", "mist-federal.com"]
        .into_iter()
        .any(|known| domain == known || domain.strip_suffix(known).is_some_and(|rest| rest.ends_with('.')))
}

fn is_loopback(name: &str) -> bool {
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    name == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_urls_become_origins() {
        for (text, origin) in [
            ("api.mist.com", "https://api.mist.com"),
            (" API.EU.mist.com ", "https://api.eu.mist.com"),
            ("https://api.mist.com/", "https://api.mist.com"),
            ("HTTPS://api.mist.com:8443", "https://api.mist.com:8443"),
            ("127.0.0.1:8443", "https://127.0.0.1:8443"),
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
            ("http://localhost:1", "http://localhost:1"),
            ("http://[::1]:8080", "http://[::1]:8080"),
            ("manage.eu.mist.com", "https://api.eu.mist.com"),
            ("https://manage.eu.mist.com/admin/?org_id=53f10664#!dashboard", "https://api.eu.mist.com"),
            ("https://manage.mist.com/", "https://api.mist.com"),
            ("manage.us.mist-federal.com/admin", "https://api.us.mist-federal.com"),
            ("https://api.gc1.mist.com/api/v1", "https://api.gc1.mist.com"),
            ("api.mist.com/api/v1/", "https://api.mist.com"),
            ("https://127.0.0.1:8443/api/", "https://127.0.0.1:8443"),
            ("manage.example.com", "https://manage.example.com"),
        ] {
            let host = Host::parse(text).unwrap();
            assert_eq!(host.origin(), origin, "{text}");
            assert_eq!(Host::parse(host.as_written()).as_ref(), Ok(&host), "{text}");
        }
        assert_eq!(Host::parse("https://api.eu.mist.com/").unwrap().as_written(), "api.eu.mist.com");
    }

    #[test]
    fn anything_else_is_refused_with_the_reason() {
        for (text, fault) in [
            ("", "NotAHost"),
            ("api mist com", "NotAHost"),
            ("api.mist.com:notaport", "NotAHost"),
            ("api.mist.com:99999", "NotAHost"),
            ("api.mist.com:0", "NotAHost"),
            ("https://api.mist.com/api/v1/self", "Path"),
            ("https://api.mist.com/admin", "Path"),
            ("manage.notmist.com/admin", "Path"),
            ("http://[127.0.0.1]:8080", "NotAHost"),
            ("[localhost]", "NotAHost"),
            ("http://manage.mist.com", "PlainHttp"),
            ("http://me:geheim@127.0.0.1", "Credentials"),
            ("api.mist.com?x=1", "Path"),
            ("https://me:geheim@api.mist.com", "Credentials"),
            ("http://api.mist.com", "PlainHttp"),
            ("http://127.0.0.1.example.com", "PlainHttp"),
            ("ftp://api.mist.com", "Scheme"),
        ] {
            let error = format!("{:?}", Host::parse(text).unwrap_err());
            assert!(error.contains(&format!("fault: {fault}")) && !error.contains("geheim"), "{text}: {error}");
        }
    }

    #[test]
    fn only_the_same_scheme_host_and_port_is_the_same_origin() {
        let host = Host::parse("api.mist.com").unwrap();
        for (location, path) in [
            ("/api/v1/self", Some("/api/v1/self")),
            ("https://api.mist.com/x?y=1", Some("/x?y=1")),
            ("https://api.mist.com:443/x", Some("/x")),
            ("https://api.mist.com:8443/x", None),
            ("https://evil.example/x", None),
            ("//evil.example/x", None),
            ("http://api.mist.com/x", None),
            ("relative", None),
        ] {
            assert_eq!(host.same_origin(location).as_deref(), path, "{location}");
        }
    }
}
