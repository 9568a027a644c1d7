//! The names of secrets.

/// Endings of names of secrets (`wpa_psk`, `sharedSecret`, `api-key`, `rootpw`).
const ENDINGS: [&str; 18] = [
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "pwd",
    "pass",
    "pw",
    "secret",
    "psk",
    "key",
    "token",
    "community",
    "authorization",
    "credential",
    "otp",
    "bearer",
    "cookie",
    "kek",
];

/// Last words of names of secrets: `user_pin` and `userPin`, but not `ping`.
const WORDS: [&str; 4] = ["pin", "cred", "jwt", "mfa"];

/// Exceptions: names that end like a secret.
const OTHERS: [&str; 8] =
    ["publickey", "bypass", "compass", "encompass", "overpass", "underpass", "highpass", "lowpass"];

/// Parts of the names of variables with secrets.
const PARTS: [&str; 4] = ["psk", "pass", "secret", "key"];

/// True if the name of a field is that of a secret.
#[must_use]
pub fn is_secret_name(name: &str) -> bool {
    let letters = singular(&letters(name));
    let last_word = singular(&last_word(name));
    !OTHERS.iter().any(|other| letters.ends_with(other))
        && (ENDINGS.iter().any(|secret| letters.ends_with(secret)) || WORDS.contains(&last_word.as_str()))
}

/// True if the name of a variable of Mist, which users choose, suggests a secret: `psk_guest`, `radius_key_1`.
pub(super) fn is_secret_variable(name: &str) -> bool {
    let letters = singular(&letters(name));
    let is_other = OTHERS.iter().any(|other| letters.contains(other));
    is_secret_name(name) || (!is_other && PARTS.iter().any(|part| letters.contains(part)))
}

fn letters(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_ascii_lowercase()
}

fn singular(word: &str) -> String {
    word.strip_suffix('s').filter(|word| !word.ends_with('s')).unwrap_or(word).to_owned()
}

/// The last word of a name in lower case: after `_`, `-`, or a change from lower to upper case.
fn last_word(name: &str) -> String {
    let name = name.trim_end_matches(|character: char| !character.is_ascii_alphabetic());
    let mut start = 0;
    let mut before = '_';
    for (at, character) in name.char_indices() {
        if !character.is_ascii_alphabetic() {
            start = at + character.len_utf8();
        } else if character.is_ascii_uppercase() && before.is_ascii_lowercase() {
            start = at;
        }
        before = character;
    }
    name.get(start..).unwrap_or_default().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_recognized_by_name() {
        for name in [
            "psk",
            "PSK",
            "password",
            "root_password",
            "password2",
            "shared-secret",
            "clientSecret",
            "api_key",
            "key",
            "keys",
            "apitoken",
            "passphrase",
            "snmp_community",
            "private_key",
            "passwords",
            "pwd",
            "rootpwd",
            "pass",
            "user_pass",
            "admin-pw",
            "Authorization",
            "proxy_authorization",
            "credentials",
            "otp",
            "totp",
            "pin",
            "PIN",
            "user_pin",
            "userPin",
            "pins",
            "pin2",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in [
            "",
            "name",
            "key_idx",
            "psk_usage",
            "token_type",
            "apitoken_id",
            "enable_psk_rotation",
            "public_key",
            "keyboard",
            "ssid",
            "bypass",
            "ping",
            "spin",
            "pin_length",
            "mapping",
            "pass_through",
            "authorization_type",
            "compass",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }
}
