//! The line that says with which options the module was invoked.

use crate::mask::Mask;
use crate::spec::ArgumentSpec;
use crate::validation::python;
use serde_json::{Map, Value};

/// What is logged: every option by name, secrets by a word in place of the value.
pub(crate) fn message(spec: &ArgumentSpec, values: &Map<String, Value>, mask: &Mask, prefix: Option<&str>) -> String {
    let mut words = vec!["Invoked".to_owned()];
    if !values.is_empty() {
        words.push("with".to_owned());
    }
    for (name, value) in values {
        let no_log = spec.get(name).and_then(|argument| argument.no_log);
        let text = match no_log {
            None if looks_like_a_secret(name) => "NOT_LOGGING_PASSWORD".to_owned(),
            Some(true) => "NOT_LOGGING_PARAMETER".to_owned(),
            _ => mask.text(&without_passwords(&python::str_of(value))),
        };
        words.push(format!("{name}={text}"));
    }
    let message = words.join(" ");
    mask.text(&match prefix {
        Some(prefix) => format!("{prefix} {message}"),
        None => message,
    })
}

/// Whether an option of this name should have said whether it is a secret: `password`, `db_pass`, `pass-phrase_file`.
/// The names are those of `PASSWORD_MATCH` in ansible-core's `basic.py`.
pub(crate) fn looks_like_a_secret(name: &str) -> bool {
    let name: Vec<char> = name.to_lowercase().chars().collect();
    let separates = |character: Option<&char>| character.is_some_and(|c| matches!(c, '-' | '_') || c.is_whitespace());
    (0..name.len())
        .filter(|start| *start == 0 || (*start >= 2 && separates(name.get(start - 1))))
        .filter_map(|start| strip(&name[start..], "pass"))
        .any(|rest| {
            let separated = separates(rest.first()).then(|| &rest[1..]);
            [Some(rest), separated]
                .into_iter()
                .flatten()
                .flat_map(|rest| ["word", "phrase", "wrd", "wd", ""].into_iter().filter_map(|word| strip(rest, word)))
                .any(|rest| rest.is_empty() || (separates(rest.first()) && rest.len() >= 2))
        })
}

fn strip<'a>(name: &'a [char], word: &str) -> Option<&'a [char]> {
    let word: Vec<char> = word.chars().collect();
    name.strip_prefix(word.as_slice())
}

/// Takes passwords out of `scheme://user:password@host` and `user:password@host`, as ansible-core's
/// `heuristic_log_sanitize` does: from the right, everything between the first colon that can be one and the `@`.
fn without_passwords(text: &str) -> String {
    let mut tail = String::new();
    let mut head = text;
    while let Some(at) = head.rfind('@') {
        let Some((start, colon)) = user_and_password(&head[..at]) else {
            break;
        };
        tail = format!("{}********{}{tail}", &head[start..=colon], &head[at..]);
        head = &head[..start];
    }
    format!("{head}{tail}")
}

/// Where the credentials that end here start, and where their colon is.
fn user_and_password(text: &str) -> Option<(usize, usize)> {
    let mut end = text.len();
    loop {
        let start = text[..end].rfind("://").unwrap_or(0);
        // The colon of `://` itself, or of the first three characters, is none that divides a user from a password.
        let from = start + 3;
        let colon = text.char_indices().find(|(index, character)| *index >= from && *character == ':');
        match colon {
            Some((colon, _)) => return Some((start, colon)),
            None if start == 0 => return None,
            None => end = start,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_that_look_like_secrets() {
        for name in [
            "pass",
            "password",
            "PASSWORD",
            "passphrase",
            "pass_phrase",
            "passwd",
            "passwrd",
            "pass-word",
            "db_password",
            "db-pass",
            "my pass",
            "password_file",
            "pass_",
            "pass_the_salt",
            "a_b_pass_word_c",
        ] {
            assert!(looks_like_a_secret(name), "{name}");
        }
        for name in
            ["", "passport", "compass", "bypass", "passed", "api_token", "_pass", "passwords", "key", "apassword"]
        {
            assert!(!looks_like_a_secret(name), "{name}");
        }
    }

    #[test]
    fn passwords_in_urls_are_taken_out() {
        for (text, logged) in [
            ("plain", "plain"),
            ("https://user:s3cret@host/path", "https://user:********@host/path"),
            ("user:s3cret@host", "user:********@host"),
            ("me@host", "me@host"),
            // Too much rather than too little, as there.
            ("https://host/a@b", "https:********@b"),
            ("a:b@c:d@e", "a:b@c:********@e"),
            ("https://a:x@h and ssh://b:y@i", "https://a:********@h and ssh://b:********@i"),
            ("", ""),
            ("@", "@"),
            ("über:geheim@ort", "über:********@ort"),
        ] {
            assert_eq!(without_passwords(text), logged);
        }
    }

    #[test]
    fn secrets_are_replaced_by_what_they_are() {
        let spec: ArgumentSpec = serde_json::from_value(json!({
            "name": {}, "token": {"no_log": true}, "db_password": {}, "pass_file": {"no_log": false}, "tags": {"type": "list"},
        }))
        .unwrap();
        let values = json!({
            "name": "n s3cret", "token": "s3cret", "db_password": "other", "pass_file": "/f", "tags": ["a", true, null], "none": null,
        });
        let mask = Mask::new(&["s3cret".to_owned()].into());
        assert_eq!(
            message(&spec, values.as_object().unwrap(), &mask, Some("from here")),
            "from here Invoked with name=n ******** token=NOT_LOGGING_PARAMETER db_password=NOT_LOGGING_PASSWORD \
             pass_file=/f tags=['a', True, None] none=None"
        );
        assert_eq!(message(&spec, &Map::new(), &mask, None), "Invoked");
    }
}
