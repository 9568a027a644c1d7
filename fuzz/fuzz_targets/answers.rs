//! The parsers of responses: bodies, headers, keys, redirects. Every input gives an answer or an error, and no error shows a
//! key.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mist_client::error::Call;
use mist_client::key::MaskedKey;
use mist_tokens::token::{NewToken, Token};
use mist_client::transport::RawAnswer;
use mist_client::{Host, answer, names, retry};
use mist_tokens::privilege;
use std::time::SystemTime;
use ureq::http::{HeaderMap, HeaderName, HeaderValue};

const KEY: &str = "CanaryKey0123456789CanaryKey0123456789CanaryKey0123456789CanaryKey0123456789";

fuzz_target!(|data: &[u8]| {
    let Some((&[low, high, header_length], rest)) = data.split_first_chunk::<3>() else { return };
    let (header, body) = rest.split_at(usize::from(header_length).min(rest.len()));
    let text = String::from_utf8_lossy(header);
    // The fuzzer's bytes, with a key wherever they contain "KEY".
    let body = String::from_utf8_lossy(body).replace("KEY", KEY).into_bytes();

    let mut headers = HeaderMap::new();
    for name in ["retry-after", "x-page-total", "x-page-limit", "date", "content-encoding", "location"] {
        if let Ok(value) = HeaderValue::from_bytes(header) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    let call = Call { method: "GET", url: "https://api.mist.com/api/v1/self".into() };
    let status = 100 + u16::from_le_bytes([low, high]) % 500;
    match answer::read(&call, &RawAnswer { status, headers, body }) {
        Ok(answer) => {
            let mut masked = answer.json.clone();
            if let Some(token) = NewToken::from_answer(answer.json) {
                assert!(!format!("{token:?}").contains(KEY) || !in_key_field(&masked));
            }
            for privilege in masked.as_array().into_iter().flatten() {
                let _ = names::organization(privilege);
            }
            if let Some(object) = masked.as_object_mut() {
                object.retain(|name, _| name == "key" || name == "id");
            }
            if let Ok(token) = serde_json::from_value::<Token>(masked) {
                let shown = serde_json::to_string(&token.key).unwrap_or_default();
                assert!(!shown.contains(KEY), "a listing showed a whole key, and so does the token");
            }
        }
        Err(error) => assert!(!error.to_string().contains(KEY), "{error}"),
    }
    let _ = retry::parse_retry_after(&text, SystemTime::UNIX_EPOCH);
    let _ = privilege::parse_source(&text);
    assert!(MaskedKey::new(&text).to_string().chars().count() <= 19);
    if let Ok(host) = Host::parse(&text) {
        assert!(host.origin().starts_with("https://") || host.origin().starts_with("http://"));
        assert!(!host.origin().contains('@'));
        assert_eq!(host.same_origin(&format!("{}/x", host.origin())).as_deref(), Some("/x"));
    }
    if let Ok(host) = Host::parse("api.mist.com")
        && let Some(path) = host.same_origin(&text)
    {
        assert!(path.starts_with('/'), "{path}");
    }
});

/// Returns true if the key is only in the field `key`. The types mask no other field, such as the name of a token.
fn in_key_field(json: &serde_json::Value) -> bool {
    let object = json.as_array().and_then(|items| items.first()).unwrap_or(json);
    let Some(object) = object.as_object() else { return false };
    !object.iter().any(|(name, value)| name != "key" && (name.contains(KEY) || value.to_string().contains(KEY)))
}
