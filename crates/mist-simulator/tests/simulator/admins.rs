//! Administrators, invites and their mails.

use crate::client::Client;
use mist_simulator::{Account, Behavior, Config, SecondInvite, Simulator, Variants};
use serde_json::{Value, json};

const BOB: &str = "bob@example.com";

fn start(config: Config) -> Simulator {
    Simulator::start(config).unwrap()
}

fn read_everything() -> Value {
    json!([{"scope": "org", "role": "read"}])
}

fn invite(simulator: &Simulator, email: &str) -> u16 {
    let path = format!("orgs/{}/invites", simulator.org_id());
    Client::of(simulator).post(&path, json!({"email": email, "privileges": read_everything()})).status
}

fn listed(simulator: &Simulator) -> Vec<Value> {
    let list = Client::of(simulator).get(&format!("orgs/{}/admins", simulator.org_id())).json();
    list.as_array().unwrap().clone()
}

#[test]
fn an_invite_sends_a_mail_and_becomes_an_administrator_when_it_is_accepted() {
    let simulator = start(Config { clock: Some(1_000_000.0), ..Config::default() });
    assert_eq!(invite(&simulator, BOB), 200);
    assert_eq!(simulator.mails(), [BOB]);
    let rows = listed(&simulator);
    assert_eq!(rows[0]["email"], "admin@example.com");
    assert_eq!((rows.len(), &rows[1]["email"], &rows[1]["expire_time"]), (2, &json!(BOB), &json!(1_086_400)));
    assert!(rows[1]["invite_id"].is_string() && rows[1].get("admin_id").is_none());
    assert!(simulator.accept_invite("BOB@example.com"));
    let rows = listed(&simulator);
    assert!(rows[1]["admin_id"].is_string() && rows[1].get("invite_id").is_none(), "{rows:?}");
    assert_eq!(invite(&simulator, BOB), 400, "an administrator is not invited");
    assert_eq!(simulator.mails().len(), 1);
}

#[test]
fn an_expired_invite_is_listed_and_cannot_be_accepted() {
    let simulator = start(Config { clock: Some(1_000_000.0), ..Config::default() });
    invite(&simulator, BOB);
    simulator.advance(86_400.0);
    assert_eq!(listed(&simulator).len(), 2);
    assert!(!simulator.accept_invite(BOB));
}

#[test]
fn a_second_invite_follows_the_variant() {
    for (variant, status, mails, rows) in
        [(SecondInvite::Another, 200, 2, 3), (SecondInvite::Renewed, 200, 2, 2), (SecondInvite::Refused, 400, 1, 2)]
    {
        let variants = Variants { second_invite: variant, ..Variants::practice() };
        let simulator = start(Config { variants, ..Config::default() });
        invite(&simulator, BOB);
        assert_eq!(invite(&simulator, BOB), status);
        assert_eq!((simulator.mails().len(), listed(&simulator).len()), (mails, rows), "{variant:?}");
    }
}

#[test]
fn a_new_invite_can_be_missing_from_lists() {
    let behavior = Behavior { list_lag: [("admins".to_owned(), 2)].into(), ..Behavior::default() };
    let simulator = start(Config { behavior, ..Config::default() });
    invite(&simulator, BOB);
    let seen: Vec<usize> = (0..3).map(|_| listed(&simulator).len()).collect();
    assert_eq!(seen, [1, 1, 2]);
}

#[test]
fn an_invite_is_changed_and_withdrawn_without_a_mail() {
    let simulator = start(Config::default());
    invite(&simulator, BOB);
    let id = listed(&simulator)[1]["invite_id"].as_str().unwrap().to_owned();
    let (client, path) = (Client::of(&simulator), format!("orgs/{}/invites/{id}", simulator.org_id()));
    let answer = client.put(&path, json!({"privileges": [{"scope": "org", "role": "write"}]}));
    assert_eq!(answer.json()["privileges"][0]["role"], "write");
    assert_eq!(client.delete(&path).status, 200);
    assert_eq!((listed(&simulator).len(), client.delete(&path).status), (1, 404));
    assert_eq!(simulator.mails().len(), 1);
}

#[test]
fn privileges_of_an_account_are_what_it_may_do_and_a_deletion_takes_them() {
    let accounts = vec![Account::new(BOB, "secret", [1])];
    let simulator = start(Config { accounts, ..Config::default() });
    let id = listed(&simulator)[1]["admin_id"].as_str().unwrap().to_owned();
    let (client, path) = (Client::of(&simulator), format!("orgs/{}/admins/{id}", simulator.org_id()));
    let bob = Client::with_key(&simulator, &simulator.token_of(BOB));
    assert_eq!(client.put(&path, json!({"privileges": read_everything()})).status, 200);
    let org = format!("orgs/{}", simulator.org_id());
    assert_eq!((bob.get(&org).status, bob.put(&org, json!({})).status), (200, 403));
    assert_eq!(client.delete(&path).status, 200);
    assert_eq!((bob.get(&org).status, listed(&simulator).len()), (403, 1));
}

#[test]
fn a_deletion_leaves_the_privileges_of_the_msp() {
    let simulator = start(Config { orgs: 0, msp_orgs: 1, ..Config::default() });
    let org_id = simulator.orgs()[0].0.clone();
    let msp = json!({"scope": "msp", "role": "admin", "msp_id": simulator.msp_id()});
    let own = json!({"scope": "org", "role": "read", "org_id": org_id});
    let id = simulator.add_admin(&org_id, json!({"email": BOB, "privileges": [msp, own]}));
    let client = Client::of(&simulator);
    assert_eq!(client.delete(&format!("orgs/{org_id}/admins/{id}")).status, 200);
    let row = client.get(&format!("orgs/{org_id}/admins/{id}")).json();
    assert_eq!(row["privileges"], json!([msp]));
}

#[test]
fn privileges_need_a_known_role_and_an_object_of_the_organization() {
    let simulator = start(Config::default());
    let path = format!("orgs/{}/invites", simulator.org_id());
    let site = simulator.sites()[0]["id"].clone();
    let group = simulator.sitegroups()[0]["id"].clone();
    let foreign = "53f10664-3ce8-4c27-b382-0ef66432349f";
    for (privilege, status) in [
        (json!({"scope": "site", "role": "read", "site_id": site}), 200),
        (json!({"scope": "sitegroup", "role": "read", "sitegroup_ids": [group]}), 200),
        (json!({"scope": "site", "role": "read", "site_id": foreign}), 400),
        (json!({"scope": "sitegroup", "role": "read", "sitegroup_ids": [foreign]}), 400),
        (json!({"scope": "org", "role": "king"}), 400),
    ] {
        let body = json!({"email": BOB, "privileges": [privilege]});
        assert_eq!(Client::of(&simulator).post(&path, body).status, status, "{privilege}");
    }
    assert_eq!(Client::of(&simulator).post(&path, json!({"email": BOB, "privileges": []})).status, 400);
}
