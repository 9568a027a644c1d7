//! Addresses with credentials in them: user information, tokens in the query, and the webhooks of chat services, whose path is the
//! credential.

use super::is_secret_name;

/// Hosts whose webhooks have a secret path.
const HOSTS: [&str; 6] = [
    "hooks.slack.com",
    "webhook.office.com",
    "outlook.office.com",
    "discord.com",
    "discordapp.com",
    "chat.googleapis.com",
];
/// A part of a path with at least this many letters and digits, of both kinds, is a token and not a word.
const TOKEN: usize = 20;

/// True if an address has credentials in it.
#[must_use]
pub fn has_credentials(text: &str) -> bool {
    let Some(address) = Address::read(text) else { return false };
    let is_secret =
        |pair: &str| pair.split_once('=').is_some_and(|(name, value)| is_secret_name(name) && !value.is_empty());
    let is_hook = HOSTS.iter().any(|host| {
        let of_host = address.host.strip_suffix(host).is_some_and(|start| start.is_empty() || start.ends_with('.'));
        of_host && address.path.len() > 1
    });
    address.user.is_some_and(|user| !user.is_empty())
        || is_hook
        || address.query.split('&').any(is_secret)
        || address.path.split('/').any(is_token)
}

/// The parts of an address that are credentials.
pub(super) fn credentials(text: &str) -> Vec<String> {
    let Some(address) = Address::read(text).filter(|_| has_credentials(text)) else { return Vec::new() };
    let mut all: Vec<String> = address.user.into_iter().map(str::to_owned).collect();
    all.extend(address.user.and_then(|user| user.split_once(':')).map(|(_, password)| password.to_owned()));
    all.extend(address.path.split('/').filter(|part| is_token(part)).map(str::to_owned));
    let values = address.query.split('&').filter_map(|pair| pair.split_once('='));
    all.extend(values.filter(|(name, _)| is_secret_name(name)).map(|(_, value)| value.to_owned()));
    all.retain(|part| !part.is_empty());
    all
}

fn is_token(part: &str) -> bool {
    let is_uuid = mist_client::path::uuid(part).is_some();
    let count = |kind: fn(&char) -> bool| part.chars().filter(kind).count();
    let (letters, digits) = (count(char::is_ascii_alphabetic), count(char::is_ascii_digit));
    // A file with a dot in its name is an image or page.
    !is_uuid && !part.contains("{{") && !part.contains('.') && letters > 0 && digits > 0 && letters + digits >= TOKEN
}

struct Address<'a> {
    user: Option<&'a str>,
    host: String,
    path: &'a str,
    query: &'a str,
}

impl<'a> Address<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let (scheme, rest) = text.trim().split_once("://")?;
        if scheme.is_empty() || !scheme.chars().all(|character| character.is_ascii_alphanumeric() || character == '+') {
            return None;
        }
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, after) = rest.split_at(end);
        let (user, host) = authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
        let host = host.split(':').next().unwrap_or_default().to_ascii_lowercase();
        let (path, query) = after.split_once('?').unwrap_or((after, ""));
        Some(Self { user, host, path, query })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_with_credentials_is_a_secret_and_others_are_not() {
        for (address, parts) in [
            ("https://u:pw@x/T0/token", &["u:pw", "pw"][..]),
            ("https://user@x.example", &["user"]),
            ("https://x.example/in?token=t0k&n=1", &["t0k"]),
            ("https://hooks.slack.com/services/T0/B0/x", &[]),
            ("https://acme.webhook.office.com/webhookb2/x", &[]),
            ("https://x.example/in/4f9d1c2b8a7e6d5c4b3a2f1e", &["4f9d1c2b8a7e6d5c4b3a2f1e"]),
            ("mqtts://u:p@broker:8883", &["u:p", "p"]),
        ] {
            assert!(has_credentials(address), "{address}");
            assert_eq!(credentials(address), parts, "{address}");
        }
        for address in [
            "https://x.example/mist/in",
            "https://x.example/a?name=b",
            "https://x.example/2818e386-8dec-2562-9ede-5b8a0fbbdc71",
            "https://hooks.slack.com",
            "https://x.example/logo-4f9d1c2b8a7e6d5c4b3a2f1e.png",
            "https://x.example/{{path_of_the_variable_12345}}",
            "user@example.com",
            "a text: https",
            "",
        ] {
            assert!(!has_credentials(address), "{address}");
        }
    }
}
