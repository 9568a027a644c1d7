//! Printed results, and the end of a key that cannot be delivered: the module as Ansible runs it.

use super::support::{Situation, USER};
use ansible_binary_module::testing::Invocation;
use mist_modules::Mist;
use mist_modules::mist_api_token::MistApiToken;
use mist_modules::mist_api_tokens::MistApiTokens;
use mist_simulator::{Config, Fault, FaultKind, NewToken};
use serde_json::{Value, json};

fn with_connection(situation: &Situation, options: &Value) -> Value {
    let mut all = json!({"host": situation.cloud.url(), "ca_path": situation.cloud.ca_path(),
        "api_token": situation.cloud.api_token(), "max_wait": 5});
    all.as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
    all
}

fn one(situation: &Situation, options: Value) -> Invocation<Mist<MistApiToken>> {
    Invocation::new(with_connection(situation, &options))
}

fn set(situation: &Situation, options: Value) -> Invocation<Mist<MistApiTokens>> {
    Invocation::new(with_connection(situation, &options))
}

#[test]
fn the_key_is_always_there_to_be_asked_for_and_null_where_there_is_none() {
    let situation = Situation::new();
    let key = |options: Value, check_mode: bool| {
        let ended = one(&situation, options).check_mode(check_mode).run();
        assert_eq!(ended.status, 0, "{}", ended.result);
        ended.result.as_object().unwrap().get("key").cloned()
    };
    let present = || json!({"name": "n"});
    assert_eq!(key(present(), true), Some(Value::Null), "in check mode");
    assert_eq!(key(present(), false), Some(json!(situation.one("n").key)));
    for (options, check_mode) in [
        (present(), false),
        (present(), true),
        (json!({"name": "m", "return_key": false}), false),
        (json!({"name": "f", "key_file": situation.key_file()}), false),
        (json!({"state": "info"}), false),
        (json!({"state": "absent", "name": "n"}), false),
    ] {
        assert_eq!(key(options.clone(), check_mode), Some(Value::Null), "{options}");
    }
    let tokens = json!({"tokens": [{"name": "a"}], "return_keys": true});
    for (check_mode, null) in [(true, true), (false, false), (false, true)] {
        let result = set(&situation, tokens.clone()).check_mode(check_mode).run().result;
        let key = result["tokens"][0].as_object().unwrap().get("key").unwrap();
        assert_eq!(key.is_null(), null, "{result}");
    }
}

#[test]
fn a_success_says_in_a_line_what_was_done_and_a_diff_whose_tokens_it_is_about() {
    let situation = Situation::new();
    for (options, check_mode, msg) in [
        (json!({"name": "n"}), true, "token 'n' would be created"),
        (json!({"name": "n"}), false, "token 'n' created"),
        (json!({"name": "n"}), false, "token 'n' is as declared"),
        (json!({"name": "n", "recreate": "always"}), false, "token 'n' replaced"),
        (json!({"state": "info", "name": "n"}), false, "1 token of the account"),
        (json!({"name": "n", "state": "absent"}), false, "1 token deleted"),
        (json!({"name": "n", "state": "absent"}), false, "no such token exists"),
    ] {
        let result = one(&situation, options).check_mode(check_mode).diff_mode(true).run().result;
        assert_eq!(result["msg"], msg);
        if result["changed"] == true {
            assert_eq!(result["diff"]["after_header"], "API tokens of the account");
        }
    }
}

#[test]
fn a_privilege_whose_site_came_to_nothing_is_refused_and_one_that_never_had_one_is_for_the_organization() {
    let situation = Situation::new();
    let org = situation.org_id();
    let task = |privilege: Value| json!({"name": "n", "org_id": org, "privileges": [privilege]});
    for option in ["site", "site_id", "sitegroup", "sitegroup_id"] {
        for nothing in [Value::Null, json!(""), json!(" ")] {
            let mut privilege = json!({"role": "read"});
            privilege[option] = nothing;
            let ended = one(&situation, task(privilege.clone())).run();
            let msg = ended.result["msg"].as_str().unwrap();
            assert!(msg.starts_with(&format!("privileges[0].{option}: set but empty")), "{privilege}: {msg}");
            let tokens =
                json!({"org_id": org, "return_keys": true, "tokens": [{"name": "n", "privileges": [privilege]}]});
            let msg = set(&situation, tokens).run().result["msg"].as_str().unwrap().to_owned();
            assert!(msg.contains("set but empty"), "{msg}");
        }
    }
    assert!(situation.named("n").is_empty());
    for privilege in [json!({"role": "read"}), json!({"role": "read", "scope": "org"})] {
        assert_eq!(one(&situation, task(privilege)).run().status, 0);
    }
}

#[test]
fn a_short_secret_that_is_part_of_the_new_key_does_not_spoil_it() {
    for secret in ["a", "200", "Z"] {
        let situation = Situation::with(Config { password: secret.into(), ..Config::default() });
        situation.cloud.next_key(&format!("AbCdEfGh{secret}aZ200IjKlMnOpQrStUvWx"));
        let mut options =
            with_connection(&situation, &json!({"name": "n", "username": "admin@example.com", "password": secret}));
        options.as_object_mut().unwrap().remove("api_token");
        let ended = Invocation::<Mist<MistApiToken>>::new(options).run();
        assert_eq!(ended.status, 0, "{}", ended.result);
        assert_eq!(ended.result["key"], situation.one("n").key.as_str());
    }
}

#[test]
fn a_result_that_nobody_reads_any_more_leaves_no_token_whose_key_nobody_has() {
    // The reader closes the pipe before anything, or during the POST.
    for early in [true, false] {
        for recreate in ["never", "always"] {
            let situation = Situation::new();
            let old = (recreate == "always").then(|| situation.cloud.add_user_token(NewToken::named("n")).0);
            if !early {
                situation.cloud.fault(Fault::new(FaultKind::Delay { milliseconds: 3_600_000 }).method("POST").times(1));
            }
            let invocation = one(&situation, json!({"name": "n", "recreate": recreate}));
            let reader = invocation.reader();
            let ended = std::thread::scope(|scope| {
                if early {
                    reader.go_away();
                }
                let run = scope.spawn(|| invocation.run());
                if !early {
                    while situation.cloud.held() == 0 {
                        std::thread::yield_now();
                    }
                    reader.go_away();
                    situation.cloud.release();
                }
                run.join().unwrap()
            });
            assert_eq!(ended.status, 1);
            let ids: Vec<String> = situation.named("n").into_iter().map(|token| token.id).collect();
            assert_eq!(ids, old.into_iter().collect::<Vec<_>>(), "{early} {recreate}");
        }
    }
}

#[test]
fn a_result_that_cannot_be_written_in_the_end_is_rolled_back_for_one_and_for_a_set() {
    let situation = Situation::new();
    // The reader closes the pipe at the last moment, before the result is printed.
    let last_call = |method: &str| situation.cloud.requests().iter().filter(|request| request.method == method).count();
    for is_set in [false, true] {
        situation.cloud.clear_requests();
        situation.cloud.fault(Fault::new(FaultKind::Delay { milliseconds: 3_600_000 }).method("GET").skip(1).times(1));
        let (reader, run): (_, Box<dyn FnOnce() -> u8 + Send>) = if is_set {
            let invocation = set(&situation, json!({"tokens": [{"name": "n"}, {"name": "m"}], "return_keys": true}));
            (invocation.reader(), Box::new(move || invocation.run().status))
        } else {
            let invocation = one(&situation, json!({"name": "n"}));
            (invocation.reader(), Box::new(move || invocation.run().status))
        };
        let status = std::thread::scope(|scope| {
            let run = scope.spawn(run);
            // The list after the creation is held: the token exists.
            while situation.cloud.held() == 0 {
                std::thread::yield_now();
            }
            reader.go_away();
            situation.cloud.release();
            run.join().unwrap()
        });
        assert_eq!(status, 1);
        assert!(last_call("POST") > 0 && last_call("DELETE") == last_call("POST"), "{:?}", situation.calls());
        assert!(situation.named("n").is_empty() && situation.named("m").is_empty());
        situation.cloud.clear_faults();
    }
}

#[test]
fn with_a_file_the_key_is_delivered_whoever_reads_the_result() {
    let situation = Situation::new();
    let options = json!({"name": "n", "key_file": situation.key_file(), "return_key": true});
    let invocation = one(&situation, options);
    invocation.reader().go_away();
    assert_eq!(invocation.run().status, 1);
    let key = situation.one("n").key;
    assert_eq!(std::fs::read_to_string(situation.key_file()).unwrap().trim(), key);
}

#[test]
fn a_leaked_key_is_found_as_it_was_pasted_and_is_nowhere_in_the_result() {
    let situation = Situation::new();
    for (number, paste) in
        ["MIST_API_TOKEN=KEY", "'KEY'", "Authorization: Token KEY", "export MIST_APITOKEN=\"KEY\"\n"].iter().enumerate()
    {
        let (_, key) = situation.cloud.add_user_token(NewToken::named(format!("leaked-{number}")));
        let options = json!({"state": "absent", "key": paste.replace("KEY", &key)});
        let ended = one(&situation, options.clone()).run();
        assert_eq!((ended.status, &ended.result["changed"]), (0, &json!(true)), "{}", ended.result);
        assert!(!format!("{} {:?}", ended.result, ended.logged).contains(&key));
        let again = one(&situation, options).run();
        assert_eq!(again.result["changed"], false);
        let told = again.result["warnings"][0].as_str().unwrap();
        assert!(told.contains("another account, organization or cloud") && !told.contains(&key), "{told}");
        let looked = one(&situation, json!({"state": "info", "key": key})).run().result;
        assert_eq!(looked["warnings"][0], told);
    }
    assert_eq!(situation.cloud.user_tokens().len(), 1);
    situation.cloud.clear_requests();
    let refused = one(&situation, json!({"state": "absent", "key": "abcd...wxyz"})).run();
    assert!(refused.result["msg"].as_str().unwrap().starts_with("key: masked"));
    assert_eq!(situation.calls(), Vec::<String>::new(), "{USER}");
}
