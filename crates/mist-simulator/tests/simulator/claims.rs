//! Claims, assignments, device profiles and replacements.

use crate::client::{Client, start};
use mist_simulator::{Config, Simulator, Variants};
use serde_json::{Value, json};

const CODE: &str = "6JG8E-PTFV2-A9Z2N";

/// A cloud with two organizations, an unassigned access point, and a virtual chassis of two switches without a site.
struct Situation {
    cloud: Simulator,
    client: Client,
    org: String,
    sites: Vec<String>,
}

impl Situation {
    fn new(variants: Variants) -> Self {
        let cloud = Simulator::start(Config { orgs: 2, variants, ..Config::default() }).unwrap();
        let org = cloud.org_id().to_owned();
        cloud.add_devices(
            &org,
            [
                json!({"mac": "5c5b35000001", "type": "ap", "model": "AP45", "magic": "DVH4VSNMSZPDXBR"}),
                json!({"mac": "5c5b35000002", "vc_mac": "5c5b35000002"}),
                json!({"mac": "5c5b35000003", "vc_mac": "5c5b35000002"}),
            ],
        );
        cloud.add_claim_code(CODE, json!({"mac": "5c5b35000009", "type": "ap", "model": "AP41"}));
        let sites = cloud.objects(&format!("orgs/{org}/sites"));
        let sites = sites.iter().map(|site| site["id"].as_str().unwrap().to_owned()).collect();
        Self { client: Client::of(&cloud), cloud, org, sites }
    }

    fn row(&self, end: &str) -> Value {
        let list = self.client.get(&format!("orgs/{}/inventory?vc=true&mac=5c5b350000{end}", self.org)).json();
        list[0].clone()
    }

    fn change(&self, body: Value) -> Value {
        self.client.put(&format!("orgs/{}/inventory", self.org), body).json()
    }

    fn assign(&self, end: &str, site: usize) -> Value {
        let mac = format!("5c5b350000{end}");
        self.change(json!({"op": "assign", "macs": [mac], "site_id": self.sites[site]}))
    }

    fn device(&self, end: &str, site: usize) -> String {
        format!("sites/{}/devices/{}", self.sites[site], self.row(end)["id"].as_str().unwrap())
    }
}

#[test]
fn a_claim_adds_a_device_or_reports_duplicates_and_errors() {
    let it = Situation::new(Variants::practice());
    let path = format!("orgs/{}/inventory", it.org);
    let body = json!([CODE, "DVH4V-SNMSZ-PDXBR", "AAAAA-BBBBB-CCCCC", "short"]);
    let answer = it.client.post(&path, body.clone());
    let claimed = answer.json();
    assert_eq!(answer.status, 200);
    assert_eq!((&claimed["added"], &claimed["duplicated"]), (&json!([CODE]), &json!(["DVH4V-SNMSZ-PDXBR"])));
    assert_eq!(claimed["inventory_added"][0]["magic"], "6JG8EPTFV2A9Z2N");
    assert_eq!(claimed["inventory_duplicated"][0]["mac"], "5c5b35000001");
    assert_eq!(claimed["error"], json!(["AAAAA-BBBBB-CCCCC", "short"]));
    assert_eq!(claimed["reason"], json!(["not found", "invalid claim code"]));
    assert_eq!((&it.row("09")["model"], &it.row("09")["site_id"]), (&json!("AP41"), &Value::Null));
    assert_eq!(it.client.post(&path, json!(["6jg8eptfv2a9z2n"])).json()["duplicated"], json!(["6jg8eptfv2a9z2n"]));

    let other = it.cloud.orgs()[1].0.clone();
    let foreign = it.client.post(&format!("orgs/{other}/inventory"), json!([CODE]));
    assert_eq!((foreign.status, &foreign.json()["error"]), (200, &json!([CODE])));
    assert!(foreign.json()["reason"][0].as_str().unwrap().starts_with("belongs to another org"));
    assert_eq!(it.client.post(&path, json!(vec!["x"; 51])).status, 400);
}

#[test]
fn errors_can_have_another_status_and_no_reasons() {
    let variants = Variants { inventory_error_status: 400, inventory_reasons_missing: true, ..Variants::practice() };
    let it = Situation::new(variants);
    let path = format!("orgs/{}/inventory", it.org);
    let refused = it.client.post(&path, json!(["AAAAA-BBBBB-CCCCC"]));
    assert_eq!((refused.status, &refused.json()["error"][0]), (400, &json!("AAAAA-BBBBB-CCCCC")));
    assert_eq!(refused.json()["reason"], json!([]));
    assert_eq!(it.client.post(&path, json!([CODE])).status, 200);
    let refused = it.client.put(&path, json!({"op": "unassign", "macs": ["5c5b35ffffff"]}));
    assert_eq!((refused.status, &refused.json()["reason"]), (400, &json!([])));
}

#[test]
fn an_order_is_claimed_once() {
    let it = Situation::new(Variants::practice());
    it.cloud.add_order("ZHT3K-H36DT-MG85D-M61AC", &[CODE, "DVH4V-SNMSZ-PDXBR"]);
    let path = format!("orgs/{}/claim", it.org);
    let order = json!({"code": "ZHT3K-H36DT-MG85D-M61AC", "type": "all"});
    let claimed = it.client.post(&path, order.clone()).json();
    assert_eq!(claimed["inventory_added"][0]["mac"], "5c5b35000009");
    assert_eq!(claimed["inventory_duplicated"][0]["mac"], "5c5b35000001");
    assert_eq!(it.client.post(&path, order).status, 400);
    assert_eq!(it.client.post(&path, json!({"code": "UNKNOWN", "type": "all"})).status, 404);
    assert_eq!(it.client.post(&path, json!({"code": "UNKNOWN", "type": "some"})).status, 400);
}

#[test]
fn an_order_is_claimed_in_the_background() {
    let it = Situation::new(Variants::practice());
    it.cloud.add_order("ZHT3K", &[CODE]);
    let path = format!("orgs/{}/claims", it.org);
    let scheduled = it.client.post(&path, json!({"code": "ZHT3K", "type": "inventory"})).json();
    assert_eq!(scheduled["inventory_pending"], json!([{"mac": "5c5b35000009"}]));
    let one = format!("{path}/{}?detail=true", scheduled["claim_id"].as_str().unwrap());
    let status = || it.client.get(&one).json();
    assert_eq!((&status()["status"], &status()["status"]), (&json!("prepared"), &json!("ongoing")));
    assert_eq!(it.row("09"), Value::Null);
    let done = status();
    assert_eq!((&done["status"], &done["total"], &done["succeed"]), (&json!("done"), &json!(1), &json!(1)));
    assert_eq!(done["details"][0]["mac"], "5c5b35000009");
    assert_eq!(it.row("09")["model"], "AP41");
    assert_eq!(it.client.get(&path).json()["claims"][0]["status"], "done");
}

#[test]
fn a_device_is_assigned_moved_unassigned_and_released() {
    let it = Situation::new(Variants::practice());
    let assigned = it.assign("01", 0);
    let expected = json!({"op": "assign", "success": ["5c5b35000001"], "error": [], "reason": []});
    assert_eq!(assigned, expected);
    assert_eq!(it.row("01")["site_id"], json!(it.sites[0]));
    let one = it.device("01", 0);
    it.client.put(&one, json!({"notes": "door", "map_id": "m", "name": "ap-1"}));
    assert_eq!(it.row("01")["name"], "ap-1", "the inventory shows the name of the configuration");

    let kept =
        it.change(json!({"op": "assign", "macs": ["5C:5B:35:00:00:01"], "site_id": it.sites[1], "no_reassign": true}));
    assert_eq!((&kept["error"], &kept["reason"]), (&json!(["5C:5B:35:00:00:01"]), &json!(["already assigned"])));
    it.assign("01", 1);
    assert_eq!(it.client.get(&one).status, 404);
    let moved = it.client.get(&it.device("01", 1)).json();
    assert_eq!((&moved["notes"], moved.get("map_id")), (&json!("door"), None));

    let serial = it.row("01")["serial"].clone();
    it.change(json!({"op": "unassign", "serials": [serial]}));
    assert_eq!(it.row("01")["site_id"], Value::Null);
    it.assign("01", 0);
    assert_eq!(it.client.get(&it.device("01", 0)).json().get("notes"), None, "its configuration was deleted");
    it.change(json!({"op": "delete", "macs": ["5c5b35000001"]}));
    assert_eq!((it.row("01"), it.client.get(&one).status), (Value::Null, 404));
}

#[test]
fn members_of_a_virtual_chassis_follow_it() {
    let it = Situation::new(Variants::practice());
    let macs = ["5c5b35000002", "5c5b35000003"];
    let answer = it.change(json!({"op": "assign", "macs": macs, "site_id": it.sites[0]}));
    assert_eq!(answer["error"], json!(["5c5b35000003"]));
    assert_eq!(answer["reason"], json!(["VC member switches could not be assigned"]));
    assert_eq!(it.row("03")["site_id"], json!(it.sites[0]), "it is assigned all the same");
    it.change(json!({"op": "unassign", "macs": ["5c5b35000002"]}));
    assert_eq!(it.row("03")["site_id"], Value::Null);
}

#[test]
fn invalid_changes_of_the_inventory_are_refused() {
    let it = Situation::new(Variants::practice());
    let path = format!("orgs/{}/inventory", it.org);
    let foreign = it.cloud.objects(&format!("orgs/{}/sites", it.cloud.orgs()[1].0))[0]["id"].clone();
    for body in [
        json!({"op": "assign", "macs": ["5c5b35000001"], "site_id": foreign}),
        json!({"op": "assign", "macs": ["5c5b35000001"]}),
        json!({"op": "sell", "macs": ["5c5b35000001"]}),
        json!({"op": "unassign", "macs": vec!["5c5b35000001"; 101]}),
    ] {
        assert_eq!(it.client.put(&path, body.clone()).status, 400, "{body}");
    }
    let managed = it.change(json!({"op": "upgrade_to_mist", "macs": ["5c5b35000002"]}));
    assert_eq!(managed["reason"], json!(["already managed"]));
    it.change(json!({"op": "downgrade_to_jsi", "macs": ["5c5b35000002"]}));
    assert_eq!(it.row("02")["jsi"], true);
}

#[test]
fn a_profile_is_assigned_to_devices_of_its_type() {
    let it = Situation::new(Variants::practice());
    it.assign("01", 0);
    let profiles = format!("orgs/{}/deviceprofiles", it.org);
    let profile = it.cloud.seed(&profiles, json!({"name": "p", "type": "ap"}));
    let body = json!({"macs": ["5c5b35000001", "5c5b35000002"]});
    let change = |word: &str| it.client.post(&format!("{profiles}/{profile}/{word}"), body.clone()).json();
    assert_eq!(change("assign"), json!({"success": ["5c5b35000001"]}), "the other one is a switch");
    assert_eq!(change("assign"), json!({"success": []}), "nothing changes");
    assert_eq!(it.row("01")["deviceprofile_id"], json!(profile));
    assert_eq!(it.client.get(&it.device("01", 0)).json()["deviceprofile_id"], json!(profile));
    assert_eq!(change("unassign"), json!({"success": ["5c5b35000001"]}));
    assert_eq!(it.row("01")["deviceprofile_id"], Value::Null);

    it.client.put(&it.device("01", 0), json!({"deviceprofile_id": profile}));
    assert_eq!(it.row("01")["deviceprofile_id"], json!(profile));
    it.assign("02", 0);
    let kept = it.client.put(&it.device("02", 0), json!({"deviceprofile_id": profile})).json();
    assert_eq!((&kept["deviceprofile_id"], &it.row("02")["deviceprofile_id"]), (&Value::Null, &Value::Null));
}

#[test]
fn a_device_is_replaced_with_its_configuration() {
    let it = Situation::new(Variants::practice());
    it.assign("01", 0);
    it.client.put(&it.device("01", 0), json!({"name": "ap-1", "notes": "door", "height": 3}));
    it.client.post(&format!("orgs/{}/inventory", it.org), json!([CODE]));
    let path = format!("orgs/{}/inventory/replace", it.org);
    let replacement =
        json!({"mac": "5c5b35000001", "inventory_mac": "5c5b35000009", "site_id": it.sites[0], "discard": ["height"]});
    assert_eq!(it.client.post(&path, replacement.clone()).json()["success"], json!(["5c5b35000009"]));
    let config = it.client.get(&it.device("09", 0)).json();
    assert_eq!((&config["name"], &config["notes"], config.get("height")), (&json!("ap-1"), &json!("door"), None));
    assert_eq!(config["mac"], "5c5b35000009");
    assert_eq!((&it.row("01")["site_id"], &it.row("09")["name"]), (&Value::Null, &json!("ap-1")));
    assert_eq!(it.client.post(&path, replacement).status, 400, "the new one is assigned already");
}

#[test]
fn a_reader_cannot_change_the_inventory() {
    let cloud = start();
    let token = mist_simulator::NewToken {
        privileges: vec![json!({"scope": "org", "role": "read"})],
        ..mist_simulator::NewToken::named("t")
    };
    let client = Client::with_key(&cloud, &cloud.add_org_token(cloud.org_id(), token).1);
    let path = format!("orgs/{}/inventory", cloud.org_id());
    assert_eq!((client.get(&path).status, client.post(&path, json!([])).status), (200, 403));
    assert_eq!(client.put(&path, json!({"op": "delete"})).status, 403);
    assert_eq!(client.delete(&path).status, 405);
}
