//! Against the official Python client, `mistapi`: `mist_object` and `mist_devices` find the objects of the client unchanged, and the
//! client reads and changes theirs.

use acceptance::campaign::{Task, World};
use acceptance::project;
use anyhow::{Context as _, ensure};
use mist_simulator::Config;
use serde_json::{Value, json};
use std::io::Write as _;
use std::process::{Command, Stdio};

/// A kind of object, and the functions of the client for it.
struct Kind {
    name: &'static str,
    /// The names of the functions without `create`, `update` and `list`.
    one: &'static str,
    list: &'static str,
    object: fn() -> Value,
    /// The fields that the client changes.
    change: fn() -> Value,
}

const KINDS: [Kind; 11] = [
    Kind {
        name: "sites",
        one: "OrgSite",
        list: "listOrgSites",
        object: || json!({"name": "Branch 7", "country_code": "DE", "latlng": {"lat": 48.1, "lng": 11.6}, "address": "Main St. 7"}),
        change: || json!({"address": "Main St. 8"}),
    },
    Kind {
        name: "wlans",
        one: "OrgWlan",
        list: "listOrgWlans",
        object: || {
            json!({"ssid": "guests", "enabled": true, "vlan_id": 30, "auth": {"type": "psk", "psk": "mistapi-test-psk"},
                "auth_servers": [], "schedule": {"enabled": false}})
        },
        change: || json!({"vlan_id": 31}),
    },
    Kind {
        name: "rftemplates",
        one: "OrgRfTemplate",
        list: "listOrgRfTemplates",
        object: || json!({"name": "Branch", "band_24": {"power_min": 5, "power_max": 17}, "country_code": "DE"}),
        change: || json!({"band_24": {"power_min": 8, "power_max": 17}}),
    },
    Kind {
        name: "networktemplates",
        one: "OrgNetworkTemplate",
        list: "listOrgNetworkTemplates",
        object: || json!({"name": "Branch", "networks": {"users": {"vlan_id": 10}}, "dns_servers": ["9.9.9.9", "1.1.1.1"]}),
        change: || json!({"dns_servers": ["9.9.9.9"]}),
    },
    Kind {
        name: "gatewaytemplates",
        one: "OrgGatewayTemplate",
        list: "listOrgGatewayTemplates",
        object: || json!({"name": "Branch", "type": "spoke", "ntp_servers": ["pool.ntp.org"], "extra_routes": {"10.0.0.0/8": {"via": "10.1.1.1"}}}),
        change: || json!({"ntp_servers": []}),
    },
    Kind {
        name: "networks",
        one: "OrgNetwork",
        list: "listOrgNetworks",
        object: || json!({"name": "users", "subnet": "192.168.{{branch}}.0/24", "vlan_id": 10}),
        change: || json!({"subnet": "10.0.0.0/24"}),
    },
    Kind {
        name: "sitegroups",
        one: "OrgSiteGroup",
        list: "listOrgSiteGroups",
        object: || json!({"name": "East"}),
        change: || json!({"name": "East"}),
    },
    Kind {
        name: "webhooks",
        one: "OrgWebhook",
        list: "listOrgWebhooks",
        object: || {
            json!({"name": "alarms", "url": "https://example.com/hook", "type": "http-post", "topics": ["alarms", "audits"],
                "enabled": true, "secret": "mistapi-test-secret"})
        },
        change: || json!({"enabled": false}),
    },
    Kind {
        name: "psks",
        one: "OrgPsk",
        list: "listOrgPsks",
        object: || json!({"name": "printer", "ssid": "things", "passphrase": "mistapi-test-passphrase", "vlan_id": 40}),
        change: || json!({"vlan_id": 41}),
    },
    Kind {
        name: "nactags",
        one: "OrgNacTag",
        list: "listOrgNacTags",
        object: || json!({"name": "printers", "type": "match", "match": "client_mac", "values": ["5c5b35*"]}),
        change: || json!({"values": ["5c5b36*"]}),
    },
    Kind {
        name: "services",
        one: "OrgService",
        list: "listOrgServices",
        object: || json!({"name": "dns", "type": "custom", "specs": [{"protocol": "udp", "port_range": "53"}]}),
        change: || json!({"specs": []}),
    },
];

#[test]
fn what_the_official_client_has_made_is_found_unchanged() -> anyhow::Result<()> {
    let world = World::new(Config { sites: 0, sitegroups: 0, ..Config::default() })?;
    let calls = KINDS.iter().map(|kind| function(kind, "create", json!([world.cloud.org_id(), (kind.object)()])));
    for (kind, answer) in KINDS.iter().zip(mistapi(&world, calls.collect())?) {
        ensure!(answer["status"] == 200, "{}: {answer}", kind.name);
        world.cloud.clear_requests();
        let result = keep(&world, kind)?;
        ensure!(result["changed"] == false, "{}: {result}", kind.name);
        ensure!(result["id"] == answer["data"]["id"], "{}: {result}", kind.name);
        ensure!(world.cloud.requests().iter().all(|request| request.method == "GET"), "{}: it wrote", kind.name);
    }
    Ok(())
}

#[test]
fn what_is_kept_the_official_client_reads_and_changes_and_it_is_kept_again() -> anyhow::Result<()> {
    let world = World::new(Config { sites: 0, sitegroups: 0, ..Config::default() })?;
    for kind in &KINDS {
        ensure!(keep(&world, kind)?["changed"] == true, "{}", kind.name);
    }
    let list = |kind: &Kind| json!({"function": format!("orgs.{}.{}", kind.name, kind.list), "arguments": [world.cloud.org_id()], "all": true});
    let listed = mistapi(&world, KINDS.iter().map(list).collect())?;
    let mut changes = Vec::new();
    for (kind, answer) in KINDS.iter().zip(&listed) {
        let found = answer["data"].as_array().map(Vec::as_slice).unwrap_or_default();
        ensure!(found.len() == 1, "{}: {answer}", kind.name);
        for (field, value) in (kind.object)().as_object().into_iter().flatten() {
            // A declared empty list equals a missing one.
            let nothing = *value == json!([]) && found[0][field].is_null();
            ensure!(nothing || found[0][field] == *value, "{}: {field} is {}", kind.name, found[0][field]);
        }
        let id = &found[0]["id"];
        changes.push(match kind.name {
            "sites" => json!({"function": "sites.sites.updateSiteInfo", "arguments": [id, (kind.change)()]}),
            _ => function(kind, "update", json!([world.cloud.org_id(), id, (kind.change)()])),
        });
    }
    for (kind, answer) in KINDS.iter().zip(mistapi(&world, changes)?) {
        ensure!(answer["status"] == 200, "{}: {answer}", kind.name);
        let differs =
            (kind.change)().as_object().into_iter().flatten().any(|(field, value)| (kind.object)()[field] != *value);
        for expected in [differs, false] {
            let result = keep(&world, kind)?;
            ensure!(result["changed"] == expected, "{}: {result}", kind.name);
        }
    }
    Ok(())
}

const CODE: &str = "6JG8E-PTFV2-A9Z2N";

#[test]
fn devices_are_the_same_for_the_official_client() -> anyhow::Result<()> {
    let world = World::new(Config::default())?;
    let (cloud, org_id) = (&world.cloud, world.cloud.org_id().to_owned());
    let site = |number: usize| cloud.sites()[number]["id"].clone();
    cloud.add_claim_code(CODE, json!({"mac": "5c5b35000001", "type": "ap", "model": "AP45"}));
    let ports = json!({"ge-0/0/0-10": {"usage": "ap"}});
    cloud.add_devices(
        &org_id,
        [json!({"mac": "5c5b35000002", "name": "sw", "site_id": site(0), "config": {"port_config": ports}})],
    );
    let rows = json!([
        {"claim_code": CODE, "site": "Site 1", "name": "ap", "notes": "hall"},
        {"name": "sw", "ports": {"ge-0/0/3": {"usage": "voip"}}},
    ]);
    let keep = |rows: &Value| -> anyhow::Result<Value> {
        let options = json!({"api_token": cloud.api_token(), "org_id": org_id, "devices": rows, "reassign": true});
        let ran = world.run(&Task::new("mist_devices", options))?;
        ensure!(ran.status == Some(0), "{}{}", ran.stdout, ran.stderr);
        ran.result()
    };
    ensure!(keep(&rows)?["changed"] == true, "nothing was done");
    // The client reads what the module wrote.
    let read = json!([
        {"function": "orgs.inventory.getOrgInventory", "arguments": [org_id], "all": true},
        {"function": "sites.devices.listSiteDevices", "arguments": [site(0), "all"], "all": true},
    ]);
    let answers = mistapi(&world, read.as_array().cloned().unwrap_or_default())?;
    let find = |answer: &Value, mac: &str| {
        let all = answer["data"].as_array().into_iter().flatten();
        all.into_iter().find(|one| one["mac"] == mac).cloned().unwrap_or_default()
    };
    let (ap, switch) = (find(&answers[1], "5c5b35000001"), find(&answers[1], "5c5b35000002"));
    ensure!(find(&answers[0], "5c5b35000001")["site_id"] == site(0), "{}", answers[0]);
    ensure!((&ap["name"], &ap["notes"]) == (&json!("ap"), &json!("hall")), "{ap}");
    ensure!(switch["port_config"]["ge-0/0/3"] == json!({"usage": "voip"}), "{switch}");
    // The module finds what the client wrote, and keeps what it declares.
    let write = json!([
        {"function": "sites.devices.updateSiteDevice", "arguments": [site(0), ap["id"], {"notes": "lobby"}]},
        {"function": "sites.devices.updateSiteDevice", "arguments": [site(0), switch["id"], {"port_config": {"ge-0/0/0-10": {"usage": "iot"}}}]},
        {"function": "orgs.inventory.updateOrgInventoryAssignment",
         "arguments": [org_id, {"op": "assign", "macs": ["5c5b35000002"], "site_id": site(1)}]},
    ]);
    for answer in mistapi(&world, write.as_array().cloned().unwrap_or_default())? {
        ensure!(answer["status"] == 200, "{answer}");
    }
    let as_client = json!([
        {"mac": "5c5b35000001", "site": "Site 1", "name": "ap", "notes": "lobby"},
        {"name": "sw", "site": "Site 2", "ports": {"ge-0/0/0-10": {"usage": "iot"}}},
    ]);
    ensure!(keep(&as_client)?["changed"] == false, "the module does not find the devices of the client");
    let states = |result: &Value| {
        let devices = result["devices"].as_array().into_iter().flatten();
        devices.map(|device| device["state"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(states(&keep(&rows)?), ["changed", "changed"]);
    assert_eq!(states(&keep(&rows)?), ["unchanged", "unchanged"]);
    Ok(())
}

fn function(kind: &Kind, verb: &str, arguments: Value) -> Value {
    json!({"function": format!("orgs.{}.{verb}{}", kind.name, kind.one), "arguments": arguments})
}

/// Runs `mist_object` for the object of the kind, and returns its result.
fn keep(world: &World, kind: &Kind) -> anyhow::Result<Value> {
    let options = json!({
        "api_token": world.cloud.api_token(), "org_id": world.cloud.org_id(), "type": kind.name, "object": (kind.object)(),
    });
    let ran = world.run(&Task::new("mist_object", options))?;
    ensure!(ran.status == Some(0), "{}: {}{}", kind.name, ran.stdout, ran.stderr);
    ran.result()
}

/// The responses of the client to these calls.
fn mistapi(world: &World, calls: Vec<Value>) -> anyhow::Result<Vec<Value>> {
    let python = project().join(".venv-mistapi/bin/python");
    ensure!(
        python.exists(),
        "the official client is not installed: there is no {}. `make test` installs it; so does \
         `scripts/python mistapi`.",
        python.display()
    );
    let mut child = Command::new(python)
        .arg(project().join("tests/mistapi/calls.py"))
        .env_clear()
        .envs(world.environment())
        .env("MIST_URI", world.cloud.url().trim_start_matches("https://"))
        .env("MIST_APITOKEN", world.cloud.api_token())
        .env("REQUESTS_CA_BUNDLE", world.cloud.ca_path())
        .current_dir(world.scratch())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    child.stdin.take().context("standard input")?.write_all(Value::from(calls).to_string().as_bytes())?;
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&output.stdout)?)
}
