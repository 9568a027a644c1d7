//! From where a token may be used: addresses and networks.

use ipnet::IpNet;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// Reads `63.3.55.4` or `63.3.56.0/24`, of either family; an address is the network of just itself.
#[must_use]
pub fn parse(text: &str) -> Option<IpNet> {
    let text = text.trim();
    match text.parse::<IpAddr>() {
        Ok(address) => Some(address.into()),
        Err(_) => text.parse::<IpNet>().ok().map(|network| network.trunc()),
    }
}

/// Whether both lists allow the same sources: as a set, `63.3.55.4` and `63.3.55.4/32` being one.
/// What cannot be read counts as the text that it is.
#[must_use]
pub fn same_sources(one: &[String], other: &[String]) -> bool {
    let set = |list: &[String]| {
        list.iter()
            .map(|text| parse(text).map_or_else(|| text.trim().to_owned(), |network| network.to_string()))
            .collect::<BTreeSet<_>>()
    };
    set(one) == set(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_compare_as_networks() {
        let list = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        for (one, other, same) in [
            ("63.3.55.4 63.3.56.0/24", "63.3.56.0/24 63.3.55.4/32", true),
            ("2001:db8::1", "2001:0db8:0:0::1/128", true),
            ("10.0.0.7/24", "10.0.0.0/24", true),
            ("", "", true),
            ("10.0.0.0/24", "10.0.0.0/25", false),
            ("10.0.0.1", "", false),
        ] {
            assert_eq!(same_sources(&list(one), &list(other)), same, "{one} | {other}");
        }
    }

    #[test]
    fn what_is_neither_address_nor_network_is_none() {
        for text in ["", "10.0.0", "10.0.0.1/33", "example.com", "10.0.0.1/", "::1/129", "10.0.0.1-10.0.0.9"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
