//! Waits until devices have taken their configuration, by `config_status` of their statistics.

use super::Run;
use crate::config::WITH_PORTS;
use crate::outcome::Reason;
use crate::read;
use mist_client::interruption;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// The pauses between two looks.
const FIRST: Duration = Duration::from_millis(250);
const LAST: Duration = Duration::from_secs(10);

/// A pause ends at most this long after a signal.
const REACTION: Duration = Duration::from_millis(100);

/// The state of a configuration, by the statistics of its device.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Status {
    Taken,
    Failed(String),
    Pending(String),
}

impl Run<'_> {
    /// Waits for the devices whose configuration was written. Access points report no status.
    pub(super) fn wait(&mut self, group: &[usize]) {
        let Some(most) = self.set.wait_config else { return };
        let begin = Instant::now();
        let mut open: BTreeMap<usize, (String, Option<f64>)> = BTreeMap::new();
        for position in group {
            let Some(row) = self.rows.get(*position).filter(|row| row.steps.config && row.failure.is_none()) else {
                continue;
            };
            let (Some(device), Some(config)) = (&row.device, &row.config) else { continue };
            if WITH_PORTS.contains(&device.device_type.as_str()) {
                let written = config.after.as_ref().and_then(|after| after.get("modified_time")?.as_f64());
                open.insert(*position, (device.target().to_owned(), written));
            }
        }
        let mut pause = FIRST;
        while !open.is_empty() {
            let macs: BTreeSet<String> = open.values().map(|(mac, _)| mac.clone()).collect();
            let statistics = match read::statistics(self.client, &self.set.org_id, &macs) {
                Ok(statistics) => statistics,
                Err(error) => {
                    open.keys().for_each(|position| self.fail(*position, Reason::Client(error.clone())));
                    return;
                }
            };
            let is_over = begin.elapsed() + pause > most || interruption::is_requested();
            let mut ended = Vec::new();
            for (position, (mac, written)) in &open {
                let reason = match status(statistics.get(mac), *written) {
                    Status::Taken => None,
                    Status::Failed(status) => Some(Reason::ConfigFailed(status)),
                    Status::Pending(status) if is_over => Some(Reason::ConfigPending(status)),
                    Status::Pending(_) => continue,
                };
                ended.push((*position, reason));
            }
            for (position, reason) in ended {
                open.remove(&position);
                if let Some(reason) = reason {
                    self.fail(position, reason);
                }
            }
            let end = Instant::now() + pause;
            while !open.is_empty() && Instant::now() < end && !interruption::is_requested() {
                std::thread::sleep(REACTION.min(end.saturating_duration_since(Instant::now())));
            }
            pause = (pause * 2).min(LAST);
        }
    }
}

/// The status of a configuration that was written at this time, in epoch seconds.
fn status(statistics: Option<&Value>, written: Option<f64>) -> Status {
    let Some(statistics) = statistics else { return Status::Pending("no statistics".to_owned()) };
    let text = statistics["config_status"].as_str().unwrap_or_default();
    let letters: String = text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let is_old = match (written, statistics["config_timestamp"].as_f64()) {
        (Some(written), Some(taken)) => taken < written.floor(),
        _ => false,
    };
    let shown = if text.is_empty() { "none".to_owned() } else { text.to_owned() };
    if is_old {
        return Status::Pending(shown);
    }
    if letters.starts_with("commit") && !letters.contains("fail") && !letters.contains("err") {
        return Status::Taken;
    }
    match letters.as_str() {
        "success" | "synced" | "insync" => Status::Taken,
        other
            if ["fail", "error", "rollback", "rolledback", "revert", "reject"]
                .iter()
                .any(|bad| other.contains(bad)) =>
        {
            Status::Failed(shown)
        }
        _ => Status::Pending(shown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_a_status_after_the_change_counts() {
        let pending = |status: &str| Status::Pending(status.to_owned());
        for (statistics, written, expected) in [
            (json!({"config_status": "COMMITED", "config_timestamp": 100}), Some(99.5), Status::Taken),
            (json!({"config_status": "COMMITED", "config_timestamp": 100}), Some(100.7), Status::Taken),
            (json!({"config_status": "COMMITED", "config_timestamp": 98}), Some(99.5), pending("COMMITED")),
            (json!({"config_status": "COMMITTED"}), Some(99.5), Status::Taken),
            (json!({"config_status": "COMMITED", "config_timestamp": 1}), None, Status::Taken),
            (json!({"config_status": "success"}), None, Status::Taken),
            (json!({"config_status": "COMMIT_FAILED"}), None, Status::Failed("COMMIT_FAILED".into())),
            (json!({"config_status": "COMMIT_FAILED", "config_timestamp": 1}), Some(9.0), pending("COMMIT_FAILED")),
            (json!({"config_status": "PENDING"}), None, pending("PENDING")),
            (json!({}), None, pending("none")),
        ] {
            assert_eq!(status(Some(&statistics), written), expected, "{statistics} {written:?}");
        }
        assert_eq!(status(None, None), pending("no statistics"));
    }
}
