//! The playbooks for devices, run as their comments describe.

use acceptance::{Play, Played, Sandbox, project};
use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

for_each_ansible!(access_points_and_ports_come_from_tables, devices_are_moved_and_replaced_and_their_site_is_deleted,);

fn of_org<'sandbox>(sandbox: &'sandbox Sandbox, name: &str) -> anyhow::Result<Play<'sandbox>> {
    Ok(sandbox.playbook(name)?.var("org_id", sandbox.cloud.org_id()))
}

/// Runs it twice. The second run must change nothing.
fn twice(play: Play<'_>) -> anyhow::Result<Played> {
    let [first, second] = play.again().each_succeeds()?;
    ensure!(first.changed > 0, "{first}");
    ensure!(second.changed == 0, "the second run changed something: {second}");
    Ok(first)
}

fn site_ids(sandbox: &Sandbox) -> anyhow::Result<Vec<String>> {
    let id = |site: &Value| site["id"].as_str().map(str::to_owned).context("the id of a site");
    sandbox.cloud.sites().iter().map(id).collect()
}

fn record(sandbox: &Sandbox, mac: &str) -> Value {
    let rows = sandbox.cloud.inventory(sandbox.cloud.org_id());
    rows.into_iter().find(|row| row["mac"] == mac).unwrap_or_default()
}

fn table(name: &str) -> String {
    project().join("playbooks/files").join(name).display().to_string()
}

fn access_points_and_ports_come_from_tables(sandbox: &Sandbox) -> anyhow::Result<()> {
    let (cloud, sites) = (&sandbox.cloud, site_ids(sandbox)?);
    for (code, mac) in [
        ("6JG8E-PTFV2-A9Z2N", "5c5b35000001"),
        ("DVH4V-SNMSZ-PDXBR", "5c5b35000002"),
        ("EJ24N-T33WT-WZR97", "5c5b35000003"),
    ] {
        cloud.add_claim_code(code, json!({"mac": mac, "type": "ap", "model": "AP45"}));
    }
    cloud.seed(&format!("orgs/{}/deviceprofiles", cloud.org_id()), json!({"name": "Indoor", "type": "ap"}));
    cloud.seed(&format!("sites/{}/maps", sites[0]), json!({"name": "Ground floor", "type": "image"}));
    let ports = json!({"port_config": {"ge-0/0/0-47": {"usage": "ap"}}});
    for (mac, name) in [("5c5b35000011", "sw-access-1"), ("5c5b35000012", "sw-access-2")] {
        let switch = json!({"mac": mac, "name": name, "site_id": sites[0], "model": "EX4100-48P", "config": ports});
        cloud.add_devices(cloud.org_id(), [switch]);
    }
    let claimed = twice(of_org(sandbox, "Claim-and-Place-APs_Ansible.yml")?.var("aps_file", &table("aps.csv")))?;
    ensure!(claimed.task("Report the result")?.msg().starts_with("3 access point(s): {'claimed': 3}"), "{claimed}");
    let hall = cloud.objects(&format!("sites/{}/devices", sites[0]));
    let hall = hall.iter().find(|device| device["mac"] == "5c5b35000002").context("the access point in the hall")?;
    ensure!((&hall["notes"], &hall["x"]) == (&json!("Above the ceiling, panel 7"), &json!(300)), "{hall}");

    let set =
        twice(of_org(sandbox, "Switch-Ports_Ansible.yml")?.var("ports_file", &table("ports.csv")).args(&["--diff"]))?;
    let switches = cloud.objects(&format!("sites/{}/devices", sites[0]));
    let switch = switches.iter().find(|device| device["name"] == "sw-access-1").context("the switch")?;
    assert_eq!(
        switch["port_config"],
        json!({"ge-0/0/0-2,ge-0/0/7-19,ge-0/0/21-47": {"usage": "ap"}, "ge-0/0/3": {"usage": "voip", "description": "Reception"},
               "ge-0/0/4-6": {"usage": "voip"}, "ge-0/0/20": {"usage": "iot", "description": "Door controller"}})
    );
    ensure!(set.printed().contains("sw-access-1: ge-0/0/3, ge-0/0/4, ge-0/0/5, ge-0/0/6, ge-0/0/20"), "{set}");
    Ok(())
}

fn devices_are_moved_and_replaced_and_their_site_is_deleted(sandbox: &Sandbox) -> anyhow::Result<()> {
    let (cloud, sites) = (&sandbox.cloud, site_ids(sandbox)?);
    let device = |number: usize, site: Option<&String>| json!({"mac": format!("5c5b3500000{number}"), "name": format!("d{number}"), "site_id": site});
    cloud.add_devices(
        cloud.org_id(),
        [device(1, Some(&sites[0])), device(2, Some(&sites[0])), json!({"mac": "5c5b35000003"})],
    );
    let decommission = || {
        Ok::<_, anyhow::Error>(of_org(sandbox, "Decommission-Site_Ansible.yml")?.args(&["-e", r#"{"site": "Site 2"}"#]))
    };

    twice(of_org(sandbox, "Move-Devices_Ansible.yml")?.var("moves_file", &table("moves.csv")))?;
    ensure!(record(sandbox, "5c5b35000002")["site_id"] == json!(sites[1]), "the device was not moved");
    let refused = decommission()?.fails()?;
    ensure!(refused.printed().contains("5c5b35000001, 5c5b35000002"), "{refused}");
    ensure!(cloud.sites().len() == sites.len(), "a site with devices was deleted");

    let replace =
        of_org(sandbox, "Replace-Device_Ansible.yml")?.var("old", "5c:5b:35:00:00:02").var("new", "5C-5B-35-00-00-03");
    twice(replace)?;
    ensure!(record(sandbox, "5c5b35000003")["name"] == "d2", "the new device has another name");
    ensure!(record(sandbox, "5c5b35000002")["site_id"].is_null(), "the old device is still at the site");

    twice(decommission()?.args(&["-e", "unassign=true"]))?;
    ensure!(cloud.sites().len() + 1 == sites.len(), "the site was not deleted");
    ensure!(record(sandbox, "5c5b35000003")["site_id"].is_null(), "a device is at a deleted site");
    Ok(())
}
