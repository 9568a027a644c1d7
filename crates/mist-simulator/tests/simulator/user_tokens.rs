//! `/self/apitokens`

use crate::client::{Client, start};
use mist_simulator::{Config, NewToken, Owner, Simulator, Variants};
use serde_json::{Value, json};

const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

fn document() -> Simulator {
    Simulator::start(Config { variants: Variants::document(), ..Config::default() }).unwrap()
}

#[test]
fn a_key_is_whole_in_the_answer_to_its_creation_and_masked_ever_after() {
    let simulator = start();
    simulator.set_clock(1_700_000_000.0);
    let client = Client::of(&simulator);
    let created = client.post("self/apitokens", json!({"name": "a"})).json();
    let key = created["key"].as_str().unwrap();
    assert_eq!(key.len(), 84);
    let masked = format!("{}...{}", &key[..4], &key[80..]);
    let expected =
        json!({"id": created["id"], "name": "a", "key": masked, "created_time": 1_700_000_000, "last_used": null});
    assert_eq!(client.get("self/apitokens").json()[1], expected);
    assert_eq!(Client::with_key(&simulator, key).get("self").status, 200);
    let changed = client.put(&format!("self/apitokens/{}", created["id"].as_str().unwrap()), json!({"name": "b"}));
    assert_eq!((&changed.json()["key"], &changed.json()["name"]), (&json!(masked), &json!("b")));
}

#[test]
fn the_answer_to_a_creation_is_an_object_in_practice_and_a_list_in_the_document() {
    assert!(Client::of(&start()).post("self/apitokens", json!({"name": "a"})).json().is_object());
    let list = Client::of(&document()).post("self/apitokens", json!({"name": "a"})).json();
    assert_eq!(list.as_array().map(Vec::len), Some(1));
    assert_eq!(list[0]["name"], "a");
}

#[test]
fn one_token_is_readable_in_the_document_and_405_in_practice() {
    for (simulator, status) in [(start(), 405), (document(), 200)] {
        let (id, _) = simulator.add_user_token(NewToken::named("a"));
        assert_eq!(Client::of(&simulator).get(&format!("self/apitokens/{id}")).status, status);
    }
}

#[test]
fn names_are_not_unique_and_a_deleted_token_does_not_exist() {
    let simulator = start();
    let client = Client::of(&simulator);
    let keys: Vec<Value> = (0..2).map(|_| client.post("self/apitokens", json!({"name": "a"})).json()).collect();
    assert_eq!(simulator.user_tokens().len(), 3);
    let path = format!("self/apitokens/{}", keys[0]["id"].as_str().unwrap());
    let answer = client.delete(&path);
    assert_eq!((answer.status, answer.text.as_str()), (200, ""));
    assert_eq!(client.delete(&path).error(), (404, "Not found.".to_owned()));
    assert_eq!(Client::with_key(&simulator, keys[0]["key"].as_str().unwrap()).get("self").status, 401);
    assert_eq!(Client::with_key(&simulator, keys[1]["key"].as_str().unwrap()).get("self").status, 200);
}

#[test]
fn an_unknown_id_is_404_with_its_id_in_the_document() {
    let simulator = document();
    let client = Client::of(&simulator);
    let path = format!("self/apitokens/{NOBODY}");
    for answer in [client.get(&path), client.put(&path, json!({"name": "a"})), client.delete(&path)] {
        assert_eq!((answer.status, answer.json()), (404, json!({"id": NOBODY})));
    }
}

#[test]
fn a_name_is_text_and_a_body_is_json() {
    let simulator = start();
    let client = Client::of(&simulator);
    assert_eq!(
        client.post("self/apitokens", json!({"name": 1})).error(),
        (400, "name: Not a valid string.".to_owned())
    );
    assert_eq!(client.post("self/apitokens", json!([])).status, 400);
    assert_eq!(client.post("self/apitokens", json!({})).json()["name"], "");
}

#[test]
fn a_token_unused_for_90_days_is_deleted() {
    let clock = Some(1_700_000_000.0);
    let simulator = Simulator::start(Config { clock, ..Config::default() }).unwrap();
    let (_, idle) = simulator.add_user_token(NewToken::named("idle"));
    let (_, used) = simulator.add_user_token(NewToken::named("used"));
    simulator.advance(89.0 * 86_400.0);
    assert_eq!(Client::with_key(&simulator, &used).get("self").status, 200);
    simulator.advance(86_401.0);
    assert_eq!(Client::with_key(&simulator, &idle).get("self").status, 401);
    let names: Vec<String> = simulator.user_tokens().into_iter().map(|token| token.name).collect();
    assert_eq!(names, ["used"]);
}

#[test]
fn ten_thousand_tokens_are_one_listing() {
    let simulator = start();
    simulator.add_tokens(&Owner::User, (0..10_000).map(|number| NewToken::named(format!("token {number}"))));
    assert_eq!(Client::of(&simulator).get("self/apitokens").json().as_array().map(Vec::len), Some(10_001));
}

#[test]
fn a_token_put_there_by_a_test_is_as_the_test_says() {
    let simulator = start();
    simulator.set_clock(1_700_000_000.0);
    let extra = [("color".to_owned(), json!("blue"))].into_iter().collect();
    let key = Some("abcd-any-form-wxyz".to_owned());
    let times = (Some(1_699_000_000), Some(1_699_500_000));
    let token = NewToken { key, created_time: times.0, last_used: times.1, extra, ..NewToken::named("a") };
    let (id, key) = simulator.add_user_token(token);
    let expected = json!({"id": id, "name": "a", "key": "abcd...wxyz", "created_time": 1_699_000_000,
        "last_used": 1_699_500_000, "color": "blue"});
    assert_eq!(Client::of(&simulator).get("self/apitokens").json()[1], expected);
    assert_eq!(Client::with_key(&simulator, &key).get("self").status, 200);
    assert!(simulator.remove_token(&Owner::User, &id));
    assert_eq!(Client::with_key(&simulator, &key).get("self").status, 401);
}

#[test]
fn the_answer_to_a_creation_can_be_id_and_key_alone() {
    let variants = Variants { user_post_answers_id_and_key_alone: true, ..Variants::practice() };
    let simulator = Simulator::start(Config { variants, ..Config::default() }).unwrap();
    let made = Client::of(&simulator).post("self/apitokens", json!({"name": "a"})).json();
    let token = simulator.user_tokens().pop().unwrap();
    assert_eq!(made, json!({"id": token.id, "key": token.key}));
}
