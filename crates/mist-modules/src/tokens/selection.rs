//! The options `name`, `id` and `key`, read.

use crate::common::options;
use ansible_binary_module::NoLog;
use mist_tokens::target::Selection;
use mist_tokens::token::is_key;
use secrecy::SecretString;

/// A longer name is taken for a mistake.
const LONGEST_NAME: usize = 255;

/// What a key is pasted with, in small letters, when it comes from a log, a file of variables or a request.
const AROUND: [&str; 13] = [
    "export ",
    "mist_api_token",
    "mist_apitoken",
    "mist_api_key",
    "authorization",
    "api_token",
    "apitoken",
    "token",
    "bearer",
    "key",
    "=",
    ":",
    "-h ",
];

/// Which tokens are meant.
///
/// # Errors
/// A sentence that names the option and says what to give.
pub fn read(name: Option<&str>, id: Option<&str>, key: Option<&NoLog>) -> Result<Selection, String> {
    if let Some(name) = name {
        check_name(name)?;
    }
    Ok(Selection {
        name: name.map(str::to_owned),
        id: id.map(|id| options::uuid("id", id)).transpose()?,
        key: key.map(|key| whole_key(key.expose())).transpose()?,
    })
}

/// Checks a name.
///
/// # Errors
/// A sentence that names the option and says what to give.
pub fn check_name(name: &str) -> Result<(), String> {
    let count = name.chars().count();
    if name.trim().is_empty() {
        return Err("name: it is empty; give the token a name that tells what it is for".into());
    }
    if count > LONGEST_NAME {
        return Err(format!("name: it has {count} characters; give at most {LONGEST_NAME}"));
    }
    if name.chars().any(char::is_control) {
        return Err(format!(
            "name: '{}' has a control character, such as a line end; leave it out",
            name.escape_debug()
        ));
    }
    // The cloud would trim it, and the next run would not find it and make another.
    if name.trim() != name {
        return Err(format!("name: '{name}' begins or ends with a space; leave it out"));
    }
    Ok(())
}

/// The key in what was pasted.
fn whole_key(pasted: &str) -> Result<SecretString, String> {
    let key = unwrapped(pasted);
    if key.contains("...") || key.contains('\u{2026}') || key.contains('*') {
        return Err("key: it is masked; give the whole key, or name the token by id".into());
    }
    if !is_key(key) {
        return Err("key: it is no whole key, which has letters and digits only, and at least 16 of them; give it as the cloud showed it".into());
    }
    Ok(key.to_owned().into())
}

/// What is left without what it is surely wrapped in. A key has letters and digits only, so that nothing of it is taken.
fn unwrapped(pasted: &str) -> &str {
    let mut key = pasted;
    loop {
        let before = key.len();
        key = key.trim_matches(|character: char| character.is_whitespace() || "\"'`,;{}()[]<>".contains(character));
        for around in AROUND {
            let Some(start) = key.get(..around.len()).filter(|start| start.eq_ignore_ascii_case(around)) else {
                continue;
            };
            let rest = &key[start.len()..];
            // A word ends where the key does not go on with it.
            if !around.ends_with(|last: char| last.is_ascii_alphanumeric())
                || rest.starts_with(|next: char| !next.is_ascii_alphanumeric() && next != '_')
            {
                key = rest;
            }
        }
        if key.len() == before {
            return key;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    const KEY: &str = "tokenAbCdEfGhIjKlMnOpQrStUvWxYz0123456789key";

    #[test]
    fn a_key_is_found_in_what_it_was_pasted_with() {
        for pasted in [
            KEY.to_owned(),
            format!("  {KEY}\n"),
            format!("MIST_API_TOKEN={KEY}"),
            format!("export MIST_APITOKEN='{KEY}'\n"),
            format!("\"{KEY}\""),
            format!("'{KEY}',"),
            format!("Token {KEY}"),
            format!("Authorization: Token {KEY}"),
            format!("-H 'Authorization: Token {KEY}'"),
            format!("\"key\": \"{KEY}\","),
            format!("api_token: {KEY}"),
            format!("MIST_API_KEY = \"{KEY}\""),
            format!("Bearer {KEY}"),
            format!("`{KEY}`"),
        ] {
            assert_eq!(whole_key(&pasted).unwrap().expose_secret(), KEY, "{pasted}");
        }
    }

    #[test]
    fn what_can_be_no_key_is_refused_and_not_quoted() {
        for (pasted, words) in [
            ("1qkb...QQCL".to_owned(), "key: it is masked"),
            ("1qkb\u{2026}QQCL".to_owned(), "key: it is masked"),
            ("MIST_API_TOKEN=********".to_owned(), "key: it is masked"),
            (String::new(), "key: it is no whole key"),
            ("Token ".to_owned(), "key: it is no whole key"),
            ("short".to_owned(), "key: it is no whole key"),
            (format!("{KEY} {KEY}"), "key: it is no whole key"),
            (format!("{KEY}!"), "key: it is no whole key"),
            (format!("{{{{ {KEY}_x }}}}"), "key: it is no whole key"),
        ] {
            let error = whole_key(&pasted).unwrap_err();
            assert!(error.starts_with(words) && !error.contains(KEY), "{pasted}: {error}");
        }
    }
}
