//! The executable itself: secrets that a body, a query or a path hold, and the tokens, are printed nowhere.

#![allow(clippy::unwrap_used)] // All of it is a test, its helpers too.

use mist_simulator::{Config, Fault, FaultKind, Simulator};
use serde_json::{Value, json};
use std::io::Write;
use std::process::{Command, Stdio};

const CANARY: &str = "canary-s3cret-\"value";

/// Runs the executable in diff mode; what it printed, on both channels, and the object on the first.
fn run(cloud: &Simulator, options: &Value) -> (String, Value) {
    let mut all = json!({"host": cloud.url(), "ca_path": cloud.ca_path(), "api_token": cloud.api_token(), "max_wait": 0,
        "_ansible_diff": true, "_ansible_verbosity": 4});
    all.as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
    let mut child = Command::new(env!("CARGO_BIN_EXE_run_module"))
        .arg("-")
        .env_clear()
        .env("MODULE", "mist_api_request")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(all.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let stdout = text(output.stdout);
    let object = serde_json::from_str(&stdout).unwrap();
    (stdout + &text(output.stderr), object)
}

/// Returns true if the text contains the secret, also as JSON, a URL or an error would write it.
fn shows(printed: &str, secret: &str) -> bool {
    let json = json!(secret).to_string();
    let url: String = secret.bytes().map(|byte| format!("%{byte:02X}")).collect();
    [secret, json.trim_matches('"'), "canary-s3cret", &url].iter().any(|form| printed.contains(form))
}

#[test]
fn a_secret_in_body_query_or_path_is_printed_by_no_outcome() {
    let as_text = json!({"name": "n", "psk": CANARY}).to_string();
    let escaped = r#"{"name": "n", "psk": "canary-\u0073\u0033cret-\"value"}"#;
    let mut seen = 0;
    for fault in [
        None,
        Some(FaultKind::CutBefore),
        Some(FaultKind::Garbage),
        Some(FaultKind::Html { status: 502 }),
        Some(FaultKind::LeakyError { text: CANARY.into() }),
        Some(FaultKind::Status { status: 409, body: json!({"psk": CANARY}).to_string(), headers: [].into() }),
    ] {
        for check_mode in [false, true] {
            for (method, more) in [
                ("PUT", json!({"body": {"auth": {"psk": CANARY}}})),
                ("PUT", json!({"body": as_text})),
                ("PUT", json!({"body": escaped})),
                ("PUT", json!({"body": format!("{{psk: {CANARY}}}")})),
                ("PUT", json!({"body": {"list": [{"password": CANARY}]}, "misspelt": 1})),
                ("POST", json!({"body": {"name": "n", "shared_secret": CANARY}, "status_code": [200, 400, 405, 409]})),
                ("GET", json!({"query": {"token": CANARY}})),
                ("GET", json!({"query": {"api_key": [CANARY]}, "paginate": true})),
                ("DELETE", json!({"query": {"secret": CANARY}, "status_code": [409]})),
            ] {
                let cloud = Simulator::start(Config::default()).unwrap();
                let site_id = cloud.sites()[0]["id"].clone();
                if let Some(kind) = &fault {
                    cloud.fault(Fault::new(kind.clone()));
                }
                let mut options = json!({"method": method, "path": "sites/{site_id}", "site_id": site_id, "_ansible_check_mode": check_mode});
                options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
                let (printed, object) = run(&cloud, &options);
                assert!(object["invocation"]["module_args"].is_object(), "{printed}");
                assert!(!shows(&printed, CANARY), "{fault:?} {options}: {printed}");
                assert!(!printed.contains(cloud.api_token()), "{printed}");
                seen += 1;
            }
        }
    }
    assert_eq!(seen, 108);
}

#[test]
fn a_secret_that_the_cloud_had_before_is_not_in_the_diff() {
    let cloud = Simulator::start(Config {
        site_fields: json!({"auth": {"psk": CANARY, "type": "psk"}}).as_object().cloned().unwrap(),
        ..Config::default()
    })
    .unwrap();
    let site_id = cloud.sites()[0]["id"].clone();
    let (_, object) = run(
        &cloud,
        &json!({"method": "PUT", "path": "sites/{site_id}", "site_id": site_id, "body": {"auth": {"psk": "the-new-one", "type": "psk"}}}),
    );
    assert_eq!(object["diff"]["before"]["auth"], json!({"psk": "******** (before)", "type": "psk"}));
    assert_eq!(object["diff"]["after"]["auth"], json!({"psk": "******** (after)", "type": "psk"}));
    assert_eq!(object["changed"], true);
}

#[test]
fn each_of_several_tokens_is_masked_wherever_the_cloud_tells_it() {
    let cloud = Simulator::start(Config::default()).unwrap();
    let (first, second) = (cloud.api_token().to_owned(), "second-canary-token".to_owned());
    let body = json!({"seen": second, "also": format!("x{first}x")}).to_string();
    cloud.fault(Fault::new(FaultKind::Status { status: 200, body, headers: [].into() }));
    let (printed, object) = run(&cloud, &json!({"path": "self", "api_token": format!("{first}, {second}")}));
    assert!(!printed.contains(&first) && !printed.contains(&second), "{printed}");
    assert_eq!(object["json"]["also"], "x********x");
}

#[test]
fn a_secret_of_the_body_that_a_refusal_quotes_in_another_form_is_masked() {
    let pem = "-----BEGIN PRIVATE KEY-----\nMIIEcanaryLINE1/+ab\nQkcanaryLINE2==\n-----END PRIVATE KEY-----\n";
    let one_line = pem.replace('\n', " ");
    let percent: String = pem.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let entities: String = pem.chars().map(|character| format!("&#{};", u32::from(character))).collect();
    let json_in_json = json!(json!(pem).to_string()).to_string();
    for (form, quoted) in [
        ("as it is", pem.to_owned()),
        ("other white space", one_line.clone()),
        ("cut", format!("{}{}", "x ".repeat(170), one_line)),
        ("percent-encoded", percent),
        ("HTML entities", entities),
        ("JSON escapes", json_in_json),
    ] {
        let cloud = Simulator::start(Config::default()).unwrap();
        let body = json!({"detail": format!("bad value {quoted}")}).to_string();
        cloud.fault(Fault::new(FaultKind::Status { status: 400, body, headers: [].into() }).method("POST"));
        let (printed, object) =
            run(&cloud, &json!({"method": "POST", "path": "self/apitokens", "body": {"name": "n", "radsec_key": pem}}));
        assert!(object["msg"].as_str().unwrap().contains("the cloud answered 400"), "{form}: {printed}");
        for part in ["canaryLINE1", "canaryLINE2", "MIIEc", "%4D%49%49%45", "&#77;&#73;&#73;"] {
            assert!(!printed.contains(part), "{form}: {printed}");
        }
    }
}

#[test]
fn what_the_document_knows_as_a_secret_is_masked_whatever_its_name() {
    let cloud = Simulator::start(Config::default()).unwrap();
    let (kind, field) = mist_objects::table::all()
        .filter(|kind| kind.collection.starts_with("orgs/{org_id}/") && !kind.one)
        .find_map(|kind| {
            let field = kind.schema.fields().find(|(name, field)| field.secret && *name != "*" && !field.list)?.0;
            Some((kind, field))
        })
        .unwrap();
    let options = json!({"method": "POST", "path": kind.collection, "org_id": cloud.org_id(), "body": {"name": "n", field: CANARY}, "_ansible_check_mode": true});
    let (printed, _) = run(&cloud, &options);
    assert!(!shows(&printed, CANARY), "{field} of {}: {printed}", kind.word);
}
