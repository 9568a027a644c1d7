//! Control from another process.

use crate::client::{Client, start};
use serde_json::json;

#[test]
fn faults_are_added_and_cleared() {
    let simulator = start();
    let (control, client) = (Client::anonymous(&simulator), Client::of(&simulator));
    let faults = json!([{"path": "/api/v1/self$", "kind": {"status": {"status": 503}}}, {"times": 1, "kind": {"html": {"status": 200}}}]);
    assert_eq!(control.post("/simulator/faults", faults).status, 200);
    assert_eq!(client.get("self").status, 503);
    assert!(client.get("self/usage").text.starts_with("<!DOCTYPE"));
    assert_eq!(client.get("self/usage").status, 200);
    assert_eq!(control.delete("/simulator/faults").status, 200);
    assert_eq!(client.get("self").status, 200);
    assert_eq!(control.post("/simulator/faults", json!({"kind": "cut_before"})).status, 200);
    assert!(client.try_ask("GET", "self", None).is_err());
}

#[test]
fn an_invalid_fault_is_refused_with_the_reason() {
    let simulator = start();
    let (status, detail) =
        Client::anonymous(&simulator).post("/simulator/faults", json!({"kind": "earthquake"})).error();
    assert!(status == 400 && detail.contains("earthquake"), "{detail}");
}

#[test]
fn requests_and_tokens_are_listed_and_control_is_not_recorded() {
    let simulator = start();
    let (control, client) = (Client::anonymous(&simulator), Client::of(&simulator));
    client.get("self");
    let listed = control.get("/simulator/requests").json();
    assert_eq!(listed["requests"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        (&listed["requests"][0]["path"], &listed["requests"][0]["status"]),
        (&json!("/api/v1/self"), &json!(200))
    );
    assert_eq!((&listed["connections"], &listed["tls_handshakes"]), (&json!(2), &json!(2)));
    control.delete("/simulator/requests");
    assert_eq!(control.get("/simulator/requests").json()["requests"], json!([]));
    let tokens = control.get("/simulator/tokens").json();
    assert_eq!(tokens["user"][0]["key"], simulator.api_token());
    assert_eq!(tokens["orgs"][simulator.org_id()], json!([]));
    assert_eq!(control.get("/simulator/nothing").status, 404);
}

#[test]
fn the_clock_is_set_and_moved() {
    let simulator = start();
    let control = Client::anonymous(&simulator);
    assert_eq!(control.post("/simulator/clock", json!({"set": 1000})).json(), json!({"now": 1000.0}));
    assert_eq!(control.post("/simulator/clock", json!({"advance": 50})).json(), json!({"now": 1050.0}));
    assert_eq!(control.get("/simulator/clock").json(), json!({"now": 1050.0}));
    assert_eq!(control.post("/simulator/clock", json!({"stop": 1})).status, 400);
    assert_eq!(simulator.now(), 1050.0);
}

#[test]
fn the_clouds_behavior_is_set_while_it_runs() {
    let simulator = start();
    let (control, client) = (Client::anonymous(&simulator), Client::of(&simulator));
    assert_eq!(control.put("/simulator/variants", json!({"pages": "body", "not_found": "id"})).status, 200);
    let sites = format!("orgs/{}/sites", simulator.org_id());
    assert_eq!(client.get(&sites).json()["total"], 5);
    assert_eq!(control.get("/simulator/variants").json()["not_found"], "id");
    assert_eq!(control.put("/simulator/variants", json!({"pagse": "body"})).status, 400);
    assert_eq!(control.delete("/simulator/variants").status, 200);
    assert!(client.get(&sites).json().is_array());
}

#[test]
fn held_requests_are_counted_and_released() {
    let simulator = start();
    let control = Client::anonymous(&simulator);
    let fault = json!({"method": "POST", "times": 1, "effect_after": 3_600_000, "kind": {"html": {"status": 502}}});
    assert_eq!(control.post("/simulator/faults", fault).status, 200);
    assert_eq!(Client::of(&simulator).post("self/apitokens", json!({"name": "later"})).status, 502);
    assert_eq!(control.get("/simulator/held").json(), json!({"held": 1}));
    assert_eq!(control.post("/simulator/release", json!({})).status, 200);
    assert!(simulator.settle(std::time::Duration::from_secs(60)));
    assert_eq!(simulator.user_tokens().len(), 2);
}
