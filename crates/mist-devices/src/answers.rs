//! The answers to claims and changes of the inventory, which have errors next to successes with any status. No I/O.

use crate::row::{mac_address, normalized_code};
use serde_json::Value;
use std::collections::HashMap;

/// The answer for one claim code or device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Done,
    /// The code was claimed before.
    Duplicated,
    /// The cloud's reason, if it gives one.
    Refused(Option<String>),
}

/// The harmless reason for a member of a virtual chassis, which follows the chassis.
#[must_use]
pub fn is_about_member(reason: &str) -> bool {
    let reason = reason.to_ascii_lowercase();
    reason.contains("vc member") || reason.contains("virtual chassis member")
}

/// The verdicts of an answer, by normalized code or MAC address. A name that it does not have is in doubt.
#[must_use]
pub fn verdicts(answer: &Value) -> HashMap<String, Verdict> {
    let mut all = HashMap::new();
    // A refusal counts more than a success.
    for (list, verdict) in [("duplicated", Verdict::Duplicated), ("added", Verdict::Done), ("success", Verdict::Done)] {
        for name in names(&answer[list]) {
            all.insert(name, verdict.clone());
        }
    }
    let errors: Vec<String> = names(&answer["error"]).collect();
    let reasons: Vec<String> = items(&answer["reason"]).filter_map(Value::as_str).map(str::to_owned).collect();
    for (position, name) in errors.iter().enumerate() {
        let reason = match reasons.as_slice() {
            [] => None,
            reasons if reasons.len() == errors.len() => reasons.get(position).cloned(),
            // The answer does not show which error a reason belongs to.
            reasons => Some(reasons.join(", ")),
        };
        all.insert(name.clone(), Verdict::Refused(reason.filter(|reason| !reason.trim().is_empty())));
    }
    all
}

/// True if an answer is one about claims or devices, and not only an error message.
#[must_use]
pub fn is_result(answer: &Value) -> bool {
    ["success", "added", "duplicated"].iter().any(|list| answer[list].is_array())
        || (answer["error"].is_array() && (answer["reason"].is_array() || answer["op"].is_string()))
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

/// The names in a list: texts, or dictionaries with `mac` or `magic`.
fn names(list: &Value) -> impl Iterator<Item = String> {
    items(list).filter_map(|item| {
        let text = item.as_str().or_else(|| item["mac"].as_str()).or_else(|| item["magic"].as_str())?;
        Some(key(text))
    })
}

/// A code or an address in the form of [`verdicts`].
#[must_use]
pub fn key(text: &str) -> String {
    mac_address(text).unwrap_or_else(|| normalized_code(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_code_and_device_has_a_verdict() {
        let refused = |reason: &str| Verdict::Refused(Some(reason.to_owned()));
        for (answer, name, expected) in [
            (json!({"added": ["6JG8E-PTFV2-A9Z2N"]}), "6JG8EPTFV2A9Z2N", Some(Verdict::Done)),
            (json!({"duplicated": ["6jg8eptfv2a9z2n"], "error": []}), "6JG8EPTFV2A9Z2N", Some(Verdict::Duplicated)),
            (json!({"error": ["AAA"], "reason": ["not found"]}), "AAA", Some(refused("not found"))),
            (json!({"error": ["AAA", "BBB"], "reason": ["no", "never"]}), "BBB", Some(refused("never"))),
            (json!({"error": ["AAA", "BBB"], "reason": ["no"]}), "BBB", Some(refused("no"))),
            (json!({"error": ["AAA"], "reason": []}), "AAA", Some(Verdict::Refused(None))),
            (json!({"error": ["AAA"]}), "AAA", Some(Verdict::Refused(None))),
            (json!({"error": ["AAA"], "reason": null}), "AAA", Some(Verdict::Refused(None))),
            (json!({"success": ["5C:5B:35:00:00:01"], "op": "assign"}), "5c5b35000001", Some(Verdict::Done)),
            (
                json!({"success": ["5c5b35000001"], "error": ["5c5b35000001"], "reason": ["x"]}),
                "5c5b35000001",
                Some(refused("x")),
            ),
            (json!({"success": []}), "5c5b35000001", None),
            (json!({"detail": "no"}), "5c5b35000001", None),
            (json!([]), "5c5b35000001", None),
        ] {
            assert_eq!(verdicts(&answer).get(name), expected.as_ref(), "{answer}");
        }
    }

    #[test]
    fn an_error_message_is_not_a_result() {
        for (answer, expected) in [
            (json!({"op": "assign", "success": [], "error": [], "reason": []}), true),
            (json!({"error": ["a"], "reason": []}), true),
            (json!({"op": "assign", "error": ["a"]}), true),
            (json!({"error": "nope"}), false),
            (json!({"detail": "nope"}), false),
            (json!(null), false),
        ] {
            assert_eq!(is_result(&answer), expected, "{answer}");
        }
    }
}
