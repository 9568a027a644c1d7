//! Each fault on the wire, and the effect of its request.

use crate::client::{Client, End, Wire, start};
use mist_simulator::{Fault, FaultKind, IntermediaryPage, RetryAfter, Simulator};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

const TOKENS: &str = "/api/v1/self/apitokens";

/// Creates a token under this fault. Returns the head, the body and the end on the wire, and whether the token exists.
fn create(simulator: &Simulator, fault: Fault, enough: usize) -> (String, Vec<u8>, End, bool) {
    simulator.fault(fault.method("POST").path(TOKENS).times(1));
    let mut wire = Wire::open(simulator);
    wire.send("POST", TOKENS, simulator.api_token(), r#"{"name": "wanted"}"#);
    let (bytes, end) = wire.read(enough);
    let exists = simulator.user_tokens().iter().any(|token| token.name == "wanted");
    let split = bytes.windows(4).position(|window| window == b"\r\n\r\n").map_or(0, |at| at + 4);
    let head = String::from_utf8_lossy(&bytes[..split]).into_owned();
    (head, bytes[split..].to_vec(), end, exists)
}

#[test]
fn a_cut_before_leaves_no_token_and_sends_no_byte() {
    let simulator = start();
    let (head, body, end, exists) = create(&simulator, Fault::new(FaultKind::CutBefore), usize::MAX);
    assert_eq!((head.as_str(), body.len(), end, exists), ("", 0, End::Cut, false));
    let requests = simulator.requests();
    assert_eq!((requests[0].status, requests[0].fault.as_deref()), (None, Some("cut_before")));
}

#[test]
fn a_cut_after_leaves_a_token_and_sends_no_byte() {
    let simulator = start();
    let (head, body, end, exists) = create(&simulator, Fault::new(FaultKind::CutAfter), usize::MAX);
    assert_eq!((head.as_str(), body.len(), end, exists), ("", 0, End::Cut, true));
    let requests = simulator.requests();
    assert_eq!((requests[0].status, requests[0].fault.as_deref()), (Some(200), Some("cut_after")));
}

#[test]
fn a_cut_in_the_body_sends_less_than_its_length_says() {
    let (head, body, end, exists) = create(&start(), Fault::new(FaultKind::CutMidBody), usize::MAX);
    let length: usize = head.split("content-length: ").nth(1).unwrap().trim().parse().unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert_eq!((body.len(), end, exists), (length / 2, End::Cut, true));
}

#[test]
fn a_truncated_body_is_whole_as_http_and_half_as_json() {
    let simulator = start();
    simulator.fault(Fault::new(FaultKind::TruncatedBody).times(1));
    let client = Client::of(&simulator);
    let answer = client.get("self");
    assert_eq!(answer.status, 200);
    assert!(!answer.text.is_empty() && answer.json().is_null(), "{}", answer.text);
    assert_eq!(client.get("self").status, 200);
    assert_eq!(simulator.connections(), 1);
}

#[test]
fn a_short_content_length_leaves_bytes_on_an_open_connection() {
    let whole = serde_json::to_string(&Client::of(&start()).get("self").json()).unwrap().len();
    let simulator = start();
    simulator.fault(Fault::new(FaultKind::ShortContentLength));
    let mut wire = Wire::open(&simulator);
    wire.send("GET", "/api/v1/self", simulator.api_token(), "");
    let (bytes, end) = wire.read(whole);
    assert_eq!(end, End::Enough);
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.contains(&format!("content-length: {}\r\n", whole / 2)), "{text}");
}

#[test]
fn an_answer_that_is_not_http_has_no_status_line() {
    let (head, body, end, exists) = create(&start(), Fault::new(FaultKind::NotHttp), usize::MAX);
    assert_eq!((head.is_empty() && body[0] == 0xff, end, exists), (true, End::Closed, true));
}

#[test]
fn bad_chunking_has_an_invalid_length() {
    let (head, body, end, exists) = create(&start(), Fault::new(FaultKind::BadChunking), usize::MAX);
    assert!(head.contains("transfer-encoding: chunked\r\n"), "{head}");
    assert!(body.starts_with(b"1\r\n[\r\nnot-a-length\r\n"));
    assert_eq!((end, exists), (End::Closed, true));
}

#[test]
fn an_endless_body_and_a_trickle_continue() {
    for (kind, enough) in [(FaultKind::Endless, 8 << 20), (FaultKind::Trickle { milliseconds: 1 }, 400)] {
        let (head, body, end, exists) = create(&start(), Fault::new(kind), enough);
        assert!(head.contains("transfer-encoding: chunked\r\n"), "{head}");
        assert!(body.starts_with(b"1\r\n[\r\n"), "{:?}", &body[..10]);
        assert_eq!((end, exists), (End::Enough, true));
    }
}

#[test]
fn a_huge_body_is_json_of_more_than_64_mib() {
    let simulator = start();
    simulator.fault(Fault::new(FaultKind::Huge));
    let answer = Client::of(&simulator).get("self");
    assert!(answer.text.len() > 64 << 20);
    assert!(answer.json().is_object());
}

#[test]
fn a_body_that_is_not_what_it_says() {
    let json_type = "content-type: application/json";
    let (head, body, _, exists) = create(&start(), Fault::new(FaultKind::Garbage), 200);
    assert!(exists && head.contains(json_type) && body[0] == 0xff);

    let (head, body, _, exists) = create(&start(), Fault::new(FaultKind::NotUtf8), 200);
    assert!(exists && head.contains(json_type) && body.starts_with(b"{\"\xff\xfe"));

    let (head, body, _, exists) = create(&start(), Fault::new(FaultKind::Compressed), 200);
    assert!(exists && head.contains("content-encoding: gzip\r\n") && body.starts_with(b"\x1f\x8b"), "{head}");
    let mut text = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&body[..]), &mut text).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["name"], "wanted");

    let (_, body, _, exists) = create(&start(), Fault::new(FaultKind::WrongShape), 100);
    assert!(exists && serde_json::from_slice::<Value>(&body).unwrap().is_array());
    let simulator = start();
    simulator.fault(Fault::new(FaultKind::WrongShape));
    assert!(Client::of(&simulator).get("self/apitokens").json().is_object());
}

#[test]
fn an_error_response_has_no_effect_by_default() {
    let headers: BTreeMap<String, String> = [("X-Why".to_owned(), "test".to_owned())].into();
    let kinds = [
        FaultKind::Status { status: 503, body: r#"{"detail": "down"}"#.to_owned(), headers },
        FaultKind::Html { status: 502 },
        FaultKind::Redirect { to: "https://elsewhere.example/".to_owned(), status: 307 },
        FaultKind::RateLimit { retry_after: RetryAfter::Seconds(7) },
        FaultKind::LeakyError { text: "quoted secret".to_owned() },
    ];
    let lines = [
        "503 Service Unavailable",
        "502 Bad Gateway",
        "307 Temporary Redirect",
        "429 Too Many Requests",
        "400 Bad Request",
    ];
    let in_head =
        ["x-why: test", "content-type: text/html", "location: https://elsewhere.example/", "retry-after: 7", ""];
    let in_body = ["down", "<!DOCTYPE html>", "", "Too Many Request", "quoted secret"];
    for (index, kind) in kinds.into_iter().enumerate() {
        for takes_effect in [false, true] {
            let fault = Fault::new(kind.clone());
            let fault = if takes_effect { fault.takes_effect(true) } else { fault };
            let (head, body, _, exists) = create(&start(), fault, 80);
            let body = String::from_utf8(body).unwrap();
            assert!(head.starts_with(&format!("HTTP/1.1 {}\r\n", lines[index])), "{head}");
            assert!(head.contains(in_head[index]), "{head}");
            assert!(body.contains(in_body[index]), "{body}");
            assert_eq!(exists, takes_effect, "{kind:?}");
        }
    }
}

#[test]
fn a_rate_limit_can_tell_a_date_by_the_clock_of_the_cloud() {
    let simulator = start();
    simulator.set_clock(1_000_000_000.0);
    simulator.fault(Fault::new(FaultKind::RateLimit { retry_after: RetryAfter::Date(90) }));
    let answer = Client::of(&simulator).get("self");
    assert_eq!(answer.header("date"), "Sun, 09 Sep 2001 01:46:40 GMT");
    assert_eq!(answer.header("retry-after"), "Sun, 09 Sep 2001 01:48:10 GMT");
}

#[test]
fn a_delay_answers_in_the_end() {
    let simulator = start();
    simulator.fault(Fault::new(FaultKind::Delay { milliseconds: 20 }).method("POST"));
    let answer = Client::of(&simulator).post("self/apitokens", json!({"name": "late"}));
    assert_eq!((answer.status, simulator.user_tokens().len()), (200, 2));
}

#[test]
fn a_delayed_effect_comes_after_the_client_has_closed() {
    let simulator = start();
    let an_hour = FaultKind::DelayedEffect { milliseconds: 3_600_000 };
    simulator.fault(Fault::new(an_hour).method("POST"));
    let mut wire = Wire::open(&simulator);
    wire.send("POST", TOKENS, simulator.api_token(), r#"{"name": "later"}"#);
    assert!(simulator.wait_for_held(1, Duration::from_secs(60)));
    drop(wire);
    assert!(!simulator.settle(Duration::ZERO), "the effect is still to come");
    assert_eq!(simulator.user_tokens().len(), 1);
    assert!(simulator.release());
    assert_eq!(simulator.user_tokens()[1].name, "later");
}

#[test]
fn a_delayed_effect_comes_by_itself() {
    let simulator = start();
    simulator.fault(Fault::new(FaultKind::DelayedEffect { milliseconds: 5 }).method("POST"));
    let mut wire = Wire::open(&simulator);
    wire.send("POST", TOKENS, simulator.api_token(), r#"{"name": "later"}"#);
    assert!(simulator.wait_for_requests(1, Duration::from_secs(60), |request| request.status == Some(200)));
    assert_eq!(simulator.user_tokens().len(), 2);
    assert!(simulator.settle(Duration::from_secs(60)));
}

#[test]
fn faults_end_when_they_are_cleared() {
    let simulator = start();
    simulator.fault(Fault::new(FaultKind::Html { status: 200 }));
    assert!(Client::of(&simulator).get("self").text.starts_with("<!DOCTYPE"));
    simulator.clear_faults();
    assert!(Client::of(&simulator).get("self").json().is_object());
}

#[test]
fn intermediaries_answer_in_every_status_and_form() {
    let simulator = start();
    for status in [200, 201, 401, 403, 404, 407, 429, 500, 502] {
        for form in IntermediaryPage::ALL {
            simulator.fault(Fault::new(FaultKind::Page { status, form }).times(1));
            let answer = Client::of(&simulator).post("self/apitokens", json!({"name": "a"}));
            assert_eq!(answer.status, status, "{form:?}");
            let is_html = answer.text.to_lowercase().contains("<html>");
            let expected = matches!(
                form,
                IntermediaryPage::Html
                    | IntermediaryPage::Comment
                    | IntermediaryPage::HtmlAsJson
                    | IntermediaryPage::Nginx
            );
            assert_eq!(is_html, expected, "{form:?}");
            assert_eq!(answer.header("proxy-authenticate").is_empty(), status != 407);
        }
    }
    assert_eq!(simulator.user_tokens().len(), 1);
    simulator.fault(Fault::new(FaultKind::Page { status: 200, form: IntermediaryPage::Comment }).times(1));
    assert!(Client::of(&simulator).get("self").text.starts_with("<!--"));
    simulator
        .fault(Fault::new(FaultKind::Page { status: 200, form: IntermediaryPage::Nginx }).takes_effect(true).times(1));
    Client::of(&simulator).post("self/apitokens", json!({"name": "a"}));
    assert_eq!(simulator.user_tokens().len(), 2, "unless the test says that it took effect");
}

#[test]
fn an_answer_is_altered_by_pointers_and_headers() {
    let simulator = start();
    let fault: Fault = serde_json::from_value(json!({"times": 1, "kind": {"altered": {
        "fields": {"/key": "$(id)", "/new/deep": 1, "/new": {"x": 1}},
        "without": ["/created_time", "/nowhere/x"],
        "headers": {"content-type": null, "X-Page-Total": "9"},
    }}}))
    .unwrap();
    simulator.fault(fault);
    let answer = Client::of(&simulator).post("self/apitokens", json!({"name": "a"}));
    let made = answer.json();
    assert_eq!(
        (&made["key"], &made["new"], made.get("created_time")),
        (&json!("$(id)"), &json!({"x": 1, "deep": 1}), None)
    );
    assert_eq!((answer.header("content-type"), answer.header("x-page-total")), ("", "9"));
    assert_eq!(simulator.user_tokens().len(), 2, "it took effect");
    let fields = [("/0/id".to_owned(), json!("a/.."))].into_iter().collect();
    let kind = FaultKind::Altered { fields, without: vec!["/1".to_owned()], headers: BTreeMap::new() };
    simulator.fault(Fault::new(kind).times(1));
    let listed = Client::of(&simulator).get("self/apitokens").json();
    assert_eq!((listed.as_array().map(Vec::len), &listed[0]["id"]), (Some(1), &json!("a/..")));
}

#[test]
fn the_clouds_date_can_be_off_from_the_time_that_it_dates_by() {
    let simulator = start();
    simulator.set_clock(1_000_000_000.0);
    let date = || Client::of(&simulator).get("self").header("date").to_owned();
    assert_eq!(date(), "Sun, 09 Sep 2001 01:46:40 GMT");
    simulator.set_date_offset(-5.0);
    assert_eq!(date(), "Sun, 09 Sep 2001 01:46:35 GMT");
    let made = Client::of(&simulator).post("self/apitokens", json!({"name": "a"})).json();
    assert_eq!(made["created_time"], 1_000_000_000);
}

#[test]
fn every_refusal_can_have_a_reason() {
    let simulator = start();
    simulator.variants(|variants| variants.refusal_reason = Some("quota of sites".to_owned()));
    for (client, path, status) in [
        (Client::of(&simulator), "nowhere".to_owned(), 404),
        (Client::anonymous(&simulator), "self".to_owned(), 401),
        (Client::of(&simulator), "sites/00000000-0000-4000-8000-000000000000".to_owned(), 404),
    ] {
        let answer = client.get(&path);
        assert_eq!((answer.status, &answer.json()["reason"]), (status, &json!("quota of sites")), "{path}");
        assert!(answer.json()["detail"].is_string());
    }
    assert_eq!(Client::of(&simulator).get("self").json().get("reason"), None);
}

#[test]
fn a_fault_answers_at_once_and_the_effect_comes_later() {
    const HOUR: u64 = 3_600_000;
    let empty = FaultKind::Status { status: 200, body: "{}".to_owned(), headers: BTreeMap::new() };
    let kinds = [
        (FaultKind::CutBefore, None),
        (FaultKind::CutAfter, None),
        (empty, Some(200)),
        (FaultKind::Html { status: 502 }, Some(502)),
        (FaultKind::Page { status: 200, form: IntermediaryPage::Nginx }, Some(200)),
        (FaultKind::TruncatedBody, Some(200)),
        (FaultKind::CutMidBody, None),
        (FaultKind::WrongShape, Some(200)),
        (FaultKind::NotHttp, None),
        (FaultKind::Redirect { to: "https://elsewhere.example/".to_owned(), status: 307 }, Some(307)),
        (FaultKind::RateLimit { retry_after: RetryAfter::Absent }, Some(429)),
    ];
    for (kind, status) in kinds {
        let simulator = start();
        simulator.fault(Fault::new(kind.clone()).method("POST").times(1).effect_after(HOUR));
        let answer = Client::of(&simulator).try_ask("POST", "self/apitokens", Some(json!({"name": "later"})));
        assert_eq!(answer.ok().map(|answer| answer.status), status, "{kind:?}");
        assert!(simulator.wait_for_held(1, Duration::from_secs(60)), "{kind:?}");
        assert_eq!(simulator.user_tokens().len(), 1, "{kind:?}: the effect is still to come");
        assert!(simulator.release(), "{kind:?}");
        assert_eq!(simulator.user_tokens()[1].name, "later", "{kind:?}");
        let decided = simulator.requests()[0].status;
        assert_eq!(decided, Some(status.unwrap_or(200)), "{kind:?}: the status that was sent, or that of the effect");
    }
}

#[test]
fn a_late_effect_comes_without_a_release() {
    let simulator = start();
    simulator.fault(Fault::new(FaultKind::Html { status: 502 }).method("POST").effect_after(5));
    assert_eq!(Client::of(&simulator).post("self/apitokens", json!({"name": "later"})).status, 502);
    assert!(simulator.settle(Duration::from_secs(60)));
    assert_eq!(simulator.user_tokens().len(), 2);
}

#[test]
fn a_late_effect_has_the_id_and_key_of_its_early_answer() {
    let simulator = start();
    let client = Client::of(&simulator);
    simulator.next_key("chosen");
    let unchanged = FaultKind::Altered { fields: BTreeMap::new(), without: Vec::new(), headers: BTreeMap::new() };
    simulator.fault(Fault::new(unchanged).method("POST").times(1).effect_after(3_600_000));
    let early = client.post("self/apitokens", json!({"name": "early"})).json();
    let between = client.post("self/apitokens", json!({"name": "between"})).json();
    assert_eq!(early["key"], "chosen");
    assert_ne!(between["key"], "chosen");
    assert!(simulator.release());
    let tokens: Vec<(String, Value, Value)> = simulator
        .user_tokens()
        .into_iter()
        .skip(1)
        .map(|token| (token.name, json!(token.id), json!(token.key)))
        .collect();
    assert_eq!(
        tokens,
        [
            ("between".to_owned(), between["id"].clone(), between["key"].clone()),
            ("early".to_owned(), early["id"].clone(), early["key"].clone()),
        ]
    );
}

#[test]
fn a_held_request_waits_for_the_release() {
    for (kind, before) in [(FaultKind::HoldRequest, 1), (FaultKind::HoldAnswer, 2)] {
        let simulator = start();
        simulator.fault(Fault::new(kind.clone()).method("POST").times(1));
        std::thread::scope(|scope| {
            let answer = scope.spawn(|| Client::of(&simulator).post("self/apitokens", json!({"name": "held"})).status);
            assert!(simulator.wait_for_held(1, Duration::from_secs(60)), "{kind:?}");
            assert_eq!(simulator.user_tokens().len(), before, "{kind:?}");
            assert!(!answer.is_finished(), "{kind:?}");
            assert!(simulator.release());
            assert_eq!(answer.join().unwrap(), 200);
        });
        assert_eq!(simulator.user_tokens().len(), 2, "{kind:?}");
    }
}

#[test]
fn a_test_learns_that_requests_have_arrived() {
    let simulator = start();
    let posts = |request: &mist_simulator::RecordedRequest| request.method == "POST";
    assert!(!simulator.wait_for_requests(1, Duration::ZERO, posts));
    std::thread::scope(|scope| {
        for name in ["a", "b"] {
            let simulator = &simulator;
            scope.spawn(move || {
                Client::of(simulator).get("self");
                Client::of(simulator).post("self/apitokens", json!({ "name": name }));
            });
        }
        assert!(simulator.wait_for_requests(2, Duration::from_secs(60), posts));
    });
    assert_eq!(simulator.requests().len(), 4);
}

#[test]
fn a_delete_answers_404_and_the_object_stays() {
    let simulator = start();
    let path = format!("sites/{}/mxedges", simulator.sites()[0]["id"].as_str().unwrap());
    let id = simulator.seed(&path, json!({"name": "edge"}));
    let body = r#"{"detail": "Not found."}"#.to_owned();
    let kind = FaultKind::Status { status: 404, body, headers: BTreeMap::new() };
    simulator.fault(Fault::new(kind).method("DELETE").path("*/mxedges/*"));
    let client = Client::of(&simulator);
    assert_eq!(client.delete(&format!("{path}/{id}")).status, 404);
    assert_eq!(client.get(&path).json()[0]["name"], "edge");
}
