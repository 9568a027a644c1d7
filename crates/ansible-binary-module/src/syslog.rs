//! Logs the invocation of a module, as `AnsibleModule` does (ansible-core `module_utils/basic.py`,
//! `_log_invocation` and `_log_to_syslog`).

use crate::mask::Mask;
use crate::spec::ArgumentSpec;
use crate::validation::python;
use serde_json::{Map, Value};
use std::os::unix::net::UnixDatagram;
use std::path::Path;

/// The socket of the host's logger (`_PATH_LOG` of the C library).
pub(crate) const SOCKET: &str = if cfg!(target_os = "linux") { "/dev/log" } else { "/var/run/syslog" };

/// Loggers limit the size of a datagram.
const LONGEST: usize = 8 * 1024;

/// `LOG_INFO` of syslog.h.
const INFO: u8 = 6;

/// Sends one message. A missing or overloaded logger is not an error of the task.
pub(crate) fn send(socket: &Path, datagram: &str) {
    if let Ok(sender) = UnixDatagram::unbound() {
        // A blocked logger must not block the task.
        let _ = sender.set_nonblocking(true);
        let _ = sender.send_to(datagram.as_bytes(), socket);
    }
}

/// The datagram: priority, identifier, message. The logger adds the time.
pub(crate) fn datagram(facility: Option<&str>, identifier: &str, message: &str) -> String {
    let priority = facility_code(facility.unwrap_or_default()) * 8 + INFO;
    let mut datagram = format!("<{priority}>{identifier}: {message}");
    if datagram.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|end| datagram.is_char_boundary(*end)).unwrap_or_default();
        datagram.truncate(end);
    }
    datagram
}

/// The numbers are those of syslog.h; an unknown name is `LOG_USER`, as in Ansible.
fn facility_code(name: &str) -> u8 {
    match name {
        "LOG_KERN" => 0,
        "LOG_MAIL" => 2,
        "LOG_DAEMON" => 3,
        "LOG_AUTH" => 4,
        "LOG_SYSLOG" => 5,
        "LOG_LPR" => 6,
        "LOG_NEWS" => 7,
        "LOG_UUCP" => 8,
        "LOG_CRON" => 9,
        "LOG_AUTHPRIV" => 10,
        "LOG_LOCAL0" => 16,
        "LOG_LOCAL1" => 17,
        "LOG_LOCAL2" => 18,
        "LOG_LOCAL3" => 19,
        "LOG_LOCAL4" => 20,
        "LOG_LOCAL5" => 21,
        "LOG_LOCAL6" => 22,
        "LOG_LOCAL7" => 23,
        _ => 1,
    }
}

/// The message: every option by name, with a word instead of a secret.
pub(crate) fn message(spec: &ArgumentSpec, values: &Map<String, Value>, mask: &Mask) -> String {
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
    mask.text(&message)
}

/// True if the name suggests a secret: `password`, `db_pass`, `pass-phrase_file`. The names are those of `PASSWORD_MATCH` in
/// ansible-core's `basic.py`.
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

/// Masks passwords in `scheme://user:password@host` and `user:password@host`, as ansible-core's `heuristic_log_sanitize`: from
/// the right, everything between the first possible colon and the `@`.
pub(crate) fn without_passwords(text: &str) -> String {
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

/// The start of the credentials that end here, and the position of their colon.
fn user_and_password(text: &str) -> Option<(usize, usize)> {
    let mut end = text.len();
    loop {
        let start = text[..end].rfind("://").unwrap_or(0);
        // The colon of `://`, or one of the first three characters, does not separate a user from a password.
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

    #[test]
    fn a_datagram_carries_facility_and_identifier() {
        for (facility, priority) in [
            (None, 14),
            (Some("LOG_USER"), 14),
            (Some("LOG_LOCAL7"), 190),
            (Some("LOG_AUTHPRIV"), 86),
            (Some("INFO"), 14),
        ] {
            assert_eq!(datagram(facility, "ansible-greet", "Invoked"), format!("<{priority}>ansible-greet: Invoked"));
        }
    }

    #[test]
    fn an_endless_message_is_cut_between_characters() {
        let datagram = datagram(None, "x", &"ü".repeat(100_000));
        assert!(datagram.len() <= LONGEST && datagram.len() > LONGEST - 4);
        assert!(datagram.ends_with('ü'));
    }

    #[test]
    fn a_host_without_a_logger_is_no_failure() {
        send(Path::new("/nonexistent/log"), "<14>x: y");
    }
}

#[cfg(test)]
mod invocation_tests {
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
            // Masks too much, as Ansible.
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
            message(&spec, values.as_object().unwrap(), &mask),
            "Invoked with name=n ******** token=NOT_LOGGING_PARAMETER db_password=NOT_LOGGING_PASSWORD \
             pass_file=/f tags=['a', True, None] none=None"
        );
        assert_eq!(message(&spec, &Map::new(), &mask), "Invoked");
    }
}
