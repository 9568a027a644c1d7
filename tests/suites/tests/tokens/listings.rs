//! Lists of tokens, and tokens with unknown fields.

use mist_simulator::{Config, NewToken, Simulator};
use mist_tokens::calls;
use mist_tokens::privilege::{Privilege, Role, Scope};
use mist_tokens::token::Owner;
use serde_json::{Value, json};
use std::time::Duration;
use suites::{TOKENS, client, client_with, cloud, organization};

#[test]
fn ten_thousand_tokens_are_listed_in_one_call() {
    let cloud = cloud();
    let owner = mist_simulator::Owner::Org(cloud.org_id().to_owned());
    cloud.add_tokens(&owner, (0..10_000).map(|number| NewToken::named(format!("token {number}"))));
    let client = client_with(&cloud, |settings| {
        settings.network.timeout = Duration::from_secs(30);
    });
    let listing = calls::list(&client, &organization(&cloud)).unwrap();
    assert_eq!(listing.tokens.len(), 10_000);
    assert_eq!(listing.tokens[9_999].name(), "token 9999");
    assert_eq!(client.api_calls(), 1);
    assert!((listing.now() - cloud.now()).abs() < 60.0);
}

#[test]
fn fields_of_privileges_that_are_not_known_go_back_as_they_came() {
    let cloud = cloud();
    let shown = json!({"scope": "org", "role": "read", "future": {"a": [1]}});
    let (id, _) = cloud.add_org_token(
        cloud.org_id(),
        NewToken {
            privileges: vec![shown.clone()],
            extra: json!({"color": "red"}).as_object().unwrap().clone(),
            ..NewToken::named("old")
        },
    );
    let (client, owner) = (client(&cloud), organization(&cloud));
    let listing = calls::list(&client, &owner).unwrap();
    let token = listing.tokens.iter().find(|token| token.id == id).unwrap();
    assert_eq!(token.unknown["color"], "red");
    let privileges = token.privileges.as_deref().unwrap();
    // Only the request matters here, not the response of the cloud.
    let _ = calls::update(&client, &owner, &id, "new", Some(privileges));
    let sent: Value = serde_json::from_str(&cloud.requests().last().unwrap().body).unwrap();
    assert_eq!(sent["name"], "new");
    assert_eq!(sent["privileges"][0]["future"], shown["future"]);
}

#[test]
fn an_update_is_one_put_and_says_nothing_about_what_it_does_not_change() {
    let cloud = cloud();
    let (id, _) = cloud.add_user_token(NewToken::named("old"));
    let client = client(&cloud);
    calls::update(&client, &Owner::User, &id, "new", None).unwrap();
    let request = cloud.requests().pop().unwrap();
    assert_eq!(request.path, format!("{TOKENS}/{id}"));
    assert_eq!(serde_json::from_str::<Value>(&request.body).unwrap(), json!({"name": "new"}));
    assert!(cloud.user_tokens().iter().any(|token| token.name == "new"));
    assert_eq!(client.api_calls(), 1);
}

#[test]
fn an_update_with_an_empty_answer_is_one_all_the_same() {
    let cloud =
        Simulator::start(Config { variants: mist_simulator::Variants::document(), ..Config::default() }).unwrap();
    let (id, _) = cloud.add_org_token(cloud.org_id(), NewToken::named("old"));
    let privileges = [Privilege { scope: Scope::Org, role: Role::Read, ..Privilege::default() }];
    calls::update(&client(&cloud), &organization(&cloud), &id, "new", Some(&privileges)).unwrap();
    let stored = cloud.org_tokens().pop().unwrap();
    assert_eq!((stored.name.as_str(), &stored.privileges[0]["role"]), ("new", &json!("read")));
}
