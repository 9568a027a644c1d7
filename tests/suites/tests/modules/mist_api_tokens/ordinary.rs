//! Sets of tokens without failures.

use super::situation::TokenState::{Created, Failed, NotBegun, Replaced, Unchanged, Updated};
use super::situation::{Situation, ok, states};
use mist_simulator::{Config, NewToken};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;

const USER: &str = "/api/v1/self/apitokens";
const ORG: &str = "/api/v1/orgs/ORG/apitokens";

#[test]
fn a_set_is_made_with_two_listings_and_two_calls_each_and_then_left_alone() {
    let situation = Situation::new();
    let set = situation.filed(&["a", "b", "c"]);
    let made = ok(situation.run(set.clone()));
    assert_eq!((made.changed, states(&made.results)), (true, vec![Created; 3]));
    let post = format!("POST {ORG}");
    let look = format!("GET {ORG}");
    let mut renames = ["a", "b", "c"].map(|name| format!("PUT {ORG}/{}", situation.one(name).id));
    renames.sort();
    let posts = [look.clone(), look, post.clone(), post.clone(), post];
    assert_eq!(situation.calls(), [&posts[..], &renames[..]].concat());
    assert_eq!(made.results.api_calls, 8);
    for (outcome, name) in made.results.tokens.iter().zip(["a", "b", "c"]) {
        let stored = situation.one(name);
        assert_eq!(situation.key_in_file(name), stored.key);
        let mode = std::fs::metadata(situation.key_file(name)).unwrap().permissions().mode();
        assert_eq!((mode & 0o777, outcome.key.clone()), (0o600, None));
        assert_eq!((&outcome.name, outcome.token.as_ref().unwrap().id.as_deref()), (&stored.name, Some(&*stored.id)));
    }
    assert!(!format!("{made:?}").contains(&situation.one("a").key));

    let again = ok(situation.run(set));
    assert_eq!((again.changed, states(&again.results)), (false, vec![Unchanged; 3]));
    assert_eq!(situation.calls(), [format!("GET {ORG}")]);
    assert_eq!(again.diff[0].before, again.diff[0].after);
}

#[test]
fn only_the_calls_are_made_that_are_needed() {
    let situation = Situation::new();
    let (there, renamed, changed, replaced, extra) = (
        situation.add("there"),
        situation.add("old"),
        situation.add("changed"),
        situation.add("replaced"),
        situation.add("extra"),
    );
    let read = json!([{"role": "read"}]);
    let done = ok(situation.run(json!({
        "org_id": situation.cloud.org_id(),
        "purge": true,
        "return_keys": true,
        "tokens": [
            {"name": "there", "privileges": read},
            {"name": "renamed", "id": renamed.id},
            {"name": "changed", "privileges": [{"role": "helpdesk"}]},
            {"name": "replaced", "src_ips": ["127.0.0.1"], "recreate": "state_change"},
            {"name": "new", "privileges": read},
        ],
    })));
    assert_eq!(states(&done.results), [Unchanged, Updated, Updated, Replaced, Created]);
    let mut expected = [
        format!("GET {ORG}"),
        format!("POST {ORG}"),
        format!("POST {ORG}"),
        "GET /api/v1/self".to_owned(),
        format!("PUT {ORG}/{}", renamed.id),
        format!("PUT {ORG}/{}", changed.id),
        format!("PUT {ORG}/{}", situation.one("new").id),
        format!("PUT {ORG}/{}", situation.one("replaced").id),
        format!("DELETE {ORG}/{}", replaced.id),
        format!("DELETE {ORG}/{}", extra.id),
    ];
    expected.sort();
    let calls = situation.calls();
    assert_eq!((calls[0].clone(), &calls[1..]), (format!("GET {ORG}"), &expected[..]));
    assert_eq!(situation.names(), ["changed", "new", "renamed", "replaced", "there"]);
    assert_eq!((situation.one("there").id, situation.one("renamed").id), (there.id, renamed.id));
    assert_eq!(done.results.tokens[3].deleted, Some(vec![replaced.id]));
    // Without a key file the key is in the result, once.
    assert_eq!(done.results.tokens[4].key, Some(situation.one("new").key));
    assert_eq!(done.results.tokens[3].key, Some(situation.one("replaced").key));
    assert!(done.results.tokens[1].key.is_none());
}

#[test]
fn the_difference_is_of_what_changes_by_name_and_holds_no_key() {
    let situation = Situation::new();
    situation.add("there");
    let (changed, extra) = (situation.add("changed"), situation.add("extra"));
    let done = ok(situation.run(json!({
        "org_id": situation.cloud.org_id(),
        "purge": true,
        "tokens": [
            {"name": "there"},
            {"name": "changed", "privileges": [{"role": "write"}]},
            {"name": "new", "privileges": [{"role": "read"}], "key_file": situation.key_file("new")},
        ],
    })));
    let read = json!([{"scope": "org", "role": "read"}]);
    assert_eq!(
        done.diff[0].before,
        json!({
            "changed": {"id": changed.id, "name": "changed", "privileges": read},
            "extra": {"id": extra.id, "name": "extra", "privileges": read},
        })
    );
    assert_eq!(
        done.diff[0].after,
        json!({
            "changed": {"id": changed.id, "name": "changed", "privileges": [{"scope": "org", "role": "write"}]},
            "new": {"name": "new", "privileges": read, "key_file": "the key of the token"},
        })
    );
}

#[test]
fn names_of_sites_and_groups_are_looked_up_once_for_all_tokens() {
    let situation = Situation::new();
    let token = |number: usize| {
        json!({"name": format!("t{number}"), "privileges": [
            {"role": "read", "site": format!("Site {number}")}, {"role": "read", "sitegroup": "Group 1"}
        ]})
    };
    let tokens: Vec<Value> = (1..=3).map(token).collect();
    ok(situation.run(json!({"org_id": situation.cloud.org_id(), "return_keys": true, "tokens": tokens})));
    let gets = situation.calls().into_iter().filter(|call| call.starts_with("GET")).collect::<Vec<_>>();
    assert_eq!(gets.len(), 4, "sites, site groups, tokens before and after: {gets:?}");
    let third = situation.cloud.sites().into_iter().find(|site| site["name"] == "Site 3").unwrap();
    assert_eq!(situation.one("t3").privileges[0]["site_id"], third["id"]);
}

#[test]
fn purge_leaves_the_kept_and_the_authenticating_token_whatever_is_allowed() {
    let situation = Situation::with(Config { user_tokens: 3, ..Config::default() });
    situation.cloud.add_user_token(NewToken::named("dash-1"));
    let own = situation.cloud.user_tokens().into_iter().find(|token| token.key == situation.cloud.api_token()).unwrap();
    let set = json!({"tokens": [{"name": "mine"}], "purge": true, "token_type": "user", "return_keys": true, "keep": ["dash-*", "user-token-2"], "allow_self": true});
    let done = ok(situation.run(set.clone()));
    let mut left: Vec<String> = situation.cloud.user_tokens().into_iter().map(|token| token.name).collect();
    left.sort();
    assert_eq!(left, ["dash-1", &own.name, "mine", "user-token-2"]);
    let purged: Vec<String> = done.results.purged.unwrap().into_iter().map(|token| token.name).collect();
    assert_eq!(purged, ["user-token-1", "user-token-3"]);
    let again = ok(situation.run(set));
    assert!(!again.changed && again.results.purged == Some(vec![]));
    assert_eq!(situation.calls(), [format!("GET {USER}")]);
}

#[test]
fn the_authenticating_token_is_replaced_last_and_only_where_that_is_allowed() {
    let situation = Situation::with(Config { user_tokens: 1, ..Config::default() });
    let set = |allow_self: bool| {
        json!({"allow_self": allow_self, "purge": true, "token_type": "user", "return_keys": true,
            "tokens": [{"name": "first", "recreate": "always"}, {"name": "new"}]})
    };
    let refused = situation.run(set(false)).unwrap_err();
    assert!(refused.msg.contains("Token 'first': allow_self: "), "{}", refused.msg);
    let tokens = &refused.results.as_ref().unwrap().tokens;
    assert_eq!((tokens[0].state, tokens[1].state), (Failed, NotBegun));
    assert!(tokens[0].error.as_ref().unwrap().starts_with("allow_self: "));

    let old = situation.one("first");
    let done = ok(situation.run(set(true)));
    assert_eq!(states(&done.results), [Replaced, Created]);
    assert_ne!(situation.one("first").id, old.id);
    assert_eq!(done.results.tokens[0].key, Some(situation.one("first").key));
    let requests = situation.cloud.requests();
    let last = requests.last().unwrap();
    assert_eq!((last.method.as_str(), last.path.clone()), ("DELETE", format!("{USER}/{}", old.id)));
    assert_eq!(done.results.purged.unwrap().len(), 1, "done while the old token still works");
}

#[test]
fn what_cannot_be_had_keeps_the_whole_set_from_being_touched_and_is_all_told() {
    let situation = Situation::new();
    situation.add("there");
    std::fs::write(situation.key_file("foreign"), "not a key, but words\n").unwrap();
    for (bad, words) in [
        (json!({"name": "bare"}), "Token 'bare': privileges: required to create organization token 'bare'"),
        (json!({"name": "there", "key_file": situation.key_file("lost")}), "Token 'there': key_file: "),
        (
            json!({"name": "x", "privileges": [{"role": "read"}], "key_file": situation.key_file("foreign")}),
            "Token 'x': key_file: ",
        ),
        (
            json!({"name": "x", "privileges": [{"role": "read"}], "key_file": situation.key_file("missing/k")}),
            "Token 'x': key_file: ",
        ),
        (json!({"name": "x", "privileges": [{"role": "read", "site": "Site 99"}]}), "site: no site named 'Site 99'"),
    ] {
        let mut set = situation.filed(&["fine"]);
        set["tokens"].as_array_mut().unwrap().push(bad);
        set["purge"] = json!(true);
        let failure = situation.run(set).unwrap_err();
        assert!(!failure.changed && failure.msg.contains(words), "{}", failure.msg);
        assert!(situation.cloud.requests().iter().all(|request| request.method == "GET"));
        assert_eq!((situation.names(), situation.files()), (vec!["there".to_owned()], vec!["foreign".to_owned()]));
    }
}

#[test]
fn a_session_serves_too_and_is_ended() {
    let situation = Situation::new();
    let set = json!({"api_token": null, "username": "admin@example.com", "password": "correct horse battery staple", "return_keys": true,
        "tokens": [{"name": "a"}, {"name": "b"}]});
    let made = ok(situation.run(set));
    assert_eq!(states(&made.results), [Created, Created]);
    assert_eq!(situation.cloud.open_sessions(), 0);
}
