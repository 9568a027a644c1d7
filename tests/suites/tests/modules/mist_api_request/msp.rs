//! An MSP: its ID in a path, and its organizations by name.

use super::situation::{Situation, names, ok};
use mist_client::Error;
use mist_client::names::Kind;
use mist_simulator::Config;
use serde_json::json;

#[test]
fn the_organizations_of_an_msp_are_found_by_name_and_its_id_is_filled_in() {
    let situation = Situation::with(Config { orgs: 0, msp_orgs: 3, sites: 2, ..Config::default() });
    let msp = situation.cloud.msp_id().to_owned();
    let listed = ok(situation.run(json!({"path": "msps/{msp_id}/orgs", "msp_id": msp}))).results.json.unwrap();
    assert_eq!(situation.calls(), [format!("GET /api/v1/msps/{msp}/orgs")]);
    let (name, id) = (names(&listed)[1].to_owned(), listed[1]["id"].as_str().unwrap().to_owned());

    let org = ok(situation.run_in(false, json!({"path": "orgs/{org_id}", "org": name})).0).results;
    assert_eq!(org.json.unwrap()["id"], json!(id));
    assert_eq!(org.api_calls, 3, "/self, the MSP's organizations, and the one");

    let failure = situation.run_in(false, json!({"path": "orgs/{org_id}", "org": "nowhere"})).0.unwrap_err();
    let Error::NoSuchName { kind: Kind::Organization, name, .. } = failure.cause() else { panic!("{}", failure.msg) };
    assert_eq!(name, "nowhere");
}
