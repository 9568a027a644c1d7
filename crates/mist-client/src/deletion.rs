//! When a deletion is confirmed: one rule for tokens and objects. No I/O.
//!
//! Mist answers a deletion with an empty body, `{}` or `null`. A portal, a gateway or a queue answers with something else, in
//! any status. Then nothing is known: the caller lists again, and only an absent object is a deleted one.

use crate::answer::is_success;
use serde_json::Value;

/// The end of a deletion that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// The response confirms it.
    Confirmed,
    /// The cloud answered 404: the object was deleted before, or this path does not reach it.
    NotFound,
}

/// Returns true if a response of this status with this body (`null` where it was empty) confirms that the object does not exist any
/// more. 202 promises a deletion, and confirms none.
#[must_use]
pub fn is_confirmed(status: u16, body: &Value) -> bool {
    match status {
        404 => true,
        202 => false,
        status => is_success(status) && is_nothing(body),
    }
}

fn is_nothing(body: &Value) -> bool {
    match body {
        Value::Null => true,
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_an_empty_body_confirms_and_only_in_a_final_status() {
        let bodies = [
            (Value::Null, true),
            (json!({}), true),
            (json!([]), false),
            (json!(""), false),
            (json!(0), false),
            (json!(true), false),
            (json!({"blocked": true}), false),
            (json!({"detail": "queued"}), false),
            (json!({"id": "53f10664-3ce8-4c27-b382-0ef66432349f"}), false),
        ];
        for status in [200, 201, 202, 203, 204, 302, 400, 403, 404, 429, 503] {
            for (body, is_empty) in &bodies {
                let expected = status == 404 || (*is_empty && matches!(status, 200 | 201 | 203 | 204));
                assert_eq!(is_confirmed(status, body), expected, "{status} {body}");
            }
        }
    }
}
