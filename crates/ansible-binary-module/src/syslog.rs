//! Tells the host's log that a module was invoked, as `AnsibleModule` does (ansible-core `module_utils/basic.py`,
//! `_log_invocation` and `_log_to_syslog`).

mod invocation;

pub(crate) use invocation::{looks_like_a_secret, message};

use std::os::unix::net::UnixDatagram;
use std::path::Path;

/// Where the host's logger listens (`_PATH_LOG` of the C library).
pub(crate) const SOCKET: &str = if cfg!(target_os = "linux") { "/dev/log" } else { "/var/run/syslog" };

/// A logger takes no endless datagram, and a log no endless line.
const LONGEST: usize = 8 * 1024;

/// `LOG_INFO` of syslog.h.
const INFO: u8 = 6;

/// Sends one message. A host without a logger, or with a full one, is none of the task's business: nothing fails.
pub(crate) fn send(socket: &Path, datagram: &str) {
    if let Ok(sender) = UnixDatagram::unbound() {
        // A logger that hangs must not hang the task.
        let _ = sender.set_nonblocking(true);
        let _ = sender.send_to(datagram.as_bytes(), socket);
    }
}

/// The datagram: priority and identifier. The time is left to the logger, which knows the host's zone.
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
