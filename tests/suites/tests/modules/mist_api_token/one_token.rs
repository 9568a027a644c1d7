//! One token, made, kept, changed, replaced and deleted: what is returned, what is left in the cloud, and how many
//! calls that takes.

use super::support::{ORG, Situation, USER, ok};
use mist_simulator::{Config, Fault, FaultKind, NewToken, Owner, Variants};
use mist_tokens::privilege::Role;
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

#[test]
fn a_user_token_is_made_once_and_its_key_returned_once() {
    let situation = Situation::new();
    let first = ok(situation.run(json!({"name": "n"})));
    let look = format!("GET {USER}");
    let stored = situation.one("n");
    let rename = format!("PUT {USER}/{}", stored.id);
    assert_eq!(situation.calls(), [look.clone(), format!("POST {USER}"), look, rename]);
    assert!(first.changed && first.results.api_calls == 4);
    assert_eq!(first.results.key.as_deref(), Some(stored.key.as_str()));
    let token = first.results.token.unwrap();
    assert_eq!(token.id.as_deref(), Some(stored.id.as_str()));
    assert!(token.key.unwrap().contains("..."));

    let second = ok(situation.run(json!({"name": "n"})));
    assert_eq!(situation.calls(), [format!("GET {USER}")]);
    assert!(!second.changed && second.results.key.is_none() && second.results.api_calls == 1);
    assert_eq!(second.results.token.unwrap().id, Some(stored.id));
}

#[test]
fn both_the_documented_and_the_practised_answers_are_understood() {
    for variants in [Variants::document(), Variants::practice()] {
        let situation = Situation::with(Config { variants, ..Config::default() });
        let org = situation.org_id();
        let made = ok(situation.run(json!({"name": "user"})));
        assert_eq!(made.results.key, Some(situation.one("user").key));
        let made = ok(situation.run(json!({"name": "org", "org_id": org, "privileges": [{"role": "read"}]})));
        assert_eq!(made.results.key, Some(situation.one("org").key));
        assert_eq!(made.results.token.unwrap().privileges.unwrap()[0].role, Role::Read);
        let changed = ok(situation.run(json!({"name": "org", "org_id": org, "privileges": [{"role": "write"}]})));
        assert_eq!(changed.results.token.unwrap().privileges.unwrap()[0].role, Role::Write);
    }
}

#[test]
fn an_organization_token_is_made_kept_and_changed_in_place() {
    let situation = Situation::new();
    let org = situation.org_id();
    let site = situation.cloud.sites()[0]["id"].clone();
    let task =
        |privileges: Value| json!({"name": "n", "org_id": org, "privileges": privileges, "src_ips": ["127.0.0.1"]});
    ok(situation.run(task(json!([{"role": "observer", "site_id": site}]))));
    let made = situation.one("n");
    let rename = format!("PUT {ORG}/{}", made.id);
    assert_eq!(situation.calls(), [format!("GET {ORG}"), format!("POST {ORG}"), format!("GET {ORG}"), rename]);
    assert_eq!((made.privileges[0]["role"].as_str(), &made.privileges[0]["site_id"]), (Some("read"), &site));
    assert_eq!(made.src_ips, ["127.0.0.1"]);

    assert!(!ok(situation.run(task(json!([{"role": "read", "scope": "site", "site_id": site}])))).changed);
    assert_eq!(situation.calls(), [format!("GET {ORG}")]);

    let changed = ok(situation.run(task(json!([{"role": "write"}]))));
    assert!(changed.changed && changed.results.key.is_none());
    assert_eq!(situation.calls(), [format!("GET {ORG}"), format!("PUT {ORG}/{}", made.id)]);
    let now = situation.one("n");
    assert_eq!((now.id, now.key), (made.id, made.key));
    assert_eq!(now.privileges[0]["role"], "write");
}

#[test]
fn a_token_found_by_its_id_gets_the_wanted_name_and_keeps_the_rest() {
    let situation = Situation::new();
    let org = situation.org_id();
    let extra = json!({"scope": "org", "role": "read", "org_id": org, "future": 1});
    let (id, _) =
        situation.cloud.add_org_token(&org, NewToken { privileges: vec![extra.clone()], ..NewToken::named("old") });
    let renamed = ok(situation.run(json!({"name": "new", "id": id, "org_id": org})));
    assert!(renamed.changed);
    assert_eq!(renamed.results.token.unwrap().name.as_deref(), Some("new"));
    assert_eq!(situation.one("new").id, id);
    let put = situation.cloud.requests().into_iter().find(|request| request.method == "PUT").unwrap();
    let body: Value = serde_json::from_str(&put.body).unwrap();
    assert_eq!(body["privileges"], json!([extra]), "what is not known here is sent back as it came");
    assert!(!ok(situation.run(json!({"name": "new", "id": id, "org_id": org}))).changed);
}

#[test]
fn the_key_goes_to_its_file_and_not_into_the_result() {
    for (format, wrapped) in [("raw", "KEY\n"), ("env", "MIST_HOST=CLOUD\nMIST_API_TOKEN=KEY\nMIST_APITOKEN=KEY\n")] {
        let situation = Situation::new();
        let task = json!({"name": "n", "key_file": situation.key_file(), "key_file_format": format});
        let made = ok(situation.run(task.clone()));
        let key = situation.one("n").key;
        // With the port: readers of the file connect to this cloud.
        let cloud = situation.cloud.url().replace("https://", "");
        let expected = wrapped.replace("CLOUD", &cloud).replace("KEY", &key);
        assert_eq!(std::fs::read_to_string(situation.key_file()).unwrap(), expected);
        assert_eq!(std::fs::metadata(situation.key_file()).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(made.results.key.is_none() && !format!("{made:?}").contains(&key));
        assert!(!ok(situation.run(task)).changed);
    }
}

#[test]
fn the_key_of_a_token_of_another_name_is_not_overwritten_unless_recreate_allows_it() {
    let situation = Situation::new();
    let task =
        |name: &str, recreate: &str| json!({"name": name, "key_file": situation.key_file(), "recreate": recreate});
    let held = || std::fs::read_to_string(situation.key_file()).unwrap().trim().to_owned();
    ok(situation.run(task("one", "never")));
    let first = situation.one("one");
    let failure = situation.run(task("two", "never")).unwrap_err();
    let words = format!("holds the key of token 'one' (id {})", first.id);
    assert!(failure.msg.starts_with("key_file: ") && failure.msg.contains(&words), "{}", failure.msg);
    assert!(situation.named("two").is_empty() && held() == first.key);

    ok(situation.run(task("two", "state_change")));
    assert_eq!((held(), situation.one("one")), (situation.one("two").key, first));
    ok(situation.run(json!({"name": "two", "state": "absent"})));
    ok(situation.run(task("three", "never")));
    assert_eq!(held(), situation.one("three").key, "the key of a token that is gone opens nothing");
}

#[test]
fn a_key_that_goes_nowhere_is_told() {
    let situation = Situation::new();
    for (name, more, told) in [("a", json!({"return_key": false}), true), ("b", json!({}), false)] {
        let mut options = json!({"name": name});
        options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let (done, warnings) = situation.told_in(false, options);
        ok(done);
        assert_eq!(warnings.iter().any(|warning| warning.starts_with("return_key: ")), told, "{more}");
    }
}

#[test]
fn a_lost_key_file_is_refused_or_replaced_as_recreate_says() {
    for content in [None, Some("AnotherTokensKeyAnotherTokensKey\n")] {
        let situation = Situation::new();
        let old_id = situation.cloud.add_user_token(NewToken::named("n")).0;
        if let Some(content) = content {
            std::fs::write(situation.key_file(), content).unwrap();
        }
        let task = |recreate: &str| json!({"name": "n", "key_file": situation.key_file(), "recreate": recreate});
        let failure = situation.run(task("never")).unwrap_err();
        assert!(
            failure.msg.starts_with("key_file: ") && failure.msg.contains("recreate: state_change"),
            "{}",
            failure.msg
        );
        assert_eq!(situation.one("n").id, old_id);
        assert_eq!(std::fs::read_to_string(situation.key_file()).ok().as_deref(), content);

        let replaced = ok(situation.run(task("state_change")));
        let new = situation.one("n");
        assert_eq!(replaced.results.deleted, Some(vec![old_id.clone()]));
        assert_eq!(std::fs::read_to_string(situation.key_file()).unwrap(), format!("{}\n", new.key));
        let expected = [
            format!("GET {USER}"),
            format!("POST {USER}"),
            format!("GET {USER}"),
            format!("PUT {USER}/{}", situation.one("n").id),
            "GET /api/v1/self".into(),
            format!("DELETE {USER}/{old_id}"),
        ];
        assert_eq!(situation.calls(), expected);
        assert_eq!(replaced.results.api_calls, 6);
        assert!(!ok(situation.run(task("state_change"))).changed);
    }
}

#[test]
fn other_sources_need_a_new_token_which_keeps_the_old_ones_privileges() {
    let situation = Situation::new();
    let org = situation.org_id();
    let task = |sources: &[&str], recreate: &str| json!({"name": "n", "org_id": org, "src_ips": sources, "recreate": recreate});
    let mut first = task(&["127.0.0.1"], "never");
    first["privileges"] = json!([{"role": "helpdesk"}]);
    ok(situation.run(first));
    let old = situation.one("n");
    let failure = situation.run(task(&["127.0.0.0/8"], "never")).unwrap_err();
    assert!(
        failure.msg.starts_with("src_ips: the token 'n' may be used from 127.0.0.1, not from 127.0.0.0/8"),
        "{}",
        failure.msg
    );
    ok(situation.run(task(&["127.0.0.0/8"], "state_change")));
    let new = situation.one("n");
    assert_ne!(new.id, old.id);
    assert_eq!((new.src_ips, &new.privileges[0]["role"]), (vec!["127.0.0.0/8".to_owned()], &json!("helpdesk")));
}

#[test]
fn a_new_token_that_this_host_may_not_use_is_told_and_taken() {
    let situation = Situation::new();
    let org = situation.org_id();
    situation.cloud.add_org_token(&org, NewToken::named("n"));
    let options = json!({"org_id": org, "name": "n", "src_ips": ["63.3.55.4"], "recreate": "state_change"});
    let (done, warnings) = situation.told_in(false, options);
    ok(done);
    assert_eq!(situation.one("n").src_ips, ["63.3.55.4"]);
    assert!(warnings.iter().any(|warning| warning.contains("did not try it")), "{warnings:?}");
}

#[test]
fn a_replacement_that_does_not_work_is_deleted_and_the_old_one_stays() {
    let situation = Situation::new();
    let (old_id, old_key) = situation.cloud.add_user_token(NewToken::named("n"));
    std::fs::write(situation.key_file(), format!("{old_key}\n")).unwrap();
    situation.cloud.fault(
        Fault::new(FaultKind::Status {
            status: 401,
            body: r#"{"detail": "Invalid token."}"#.into(),
            headers: [].into(),
        })
        .path("/api/v1/self$"),
    );
    let task = json!({"name": "n", "key_file": situation.key_file(), "recreate": "always"});
    let failure = situation.run_in(false, task).unwrap_err();
    assert!(
        failure.msg.contains("401: Invalid token.") && failure.msg.contains("was deleted again"),
        "{}",
        failure.msg
    );
    assert!(!failure.changed);
    assert_eq!(situation.one("n").id, old_id);
    assert_eq!(std::fs::read_to_string(situation.key_file()).unwrap(), format!("{old_key}\n"));
}

#[test]
fn an_old_token_that_cannot_be_deleted_is_named_and_a_key_that_was_asked_for_is_returned() {
    let situation = Situation::new();
    let (old_id, _) = situation.cloud.add_user_token(NewToken::named("n"));
    situation.cloud.fault(
        Fault::new(FaultKind::Status { status: 403, body: r#"{"detail": "No."}"#.into(), headers: [].into() })
            .method("DELETE"),
    );
    let task = json!({"name": "n", "recreate": "always", "return_key": true});
    let failure = situation.run_in(false, task).unwrap_err();
    let (results, new) =
        (failure.results.unwrap(), situation.named("n").into_iter().find(|token| token.id != old_id).unwrap());
    assert!(failure.changed && failure.msg.contains(&format!("still to delete: {old_id}")), "{}", failure.msg);
    assert_eq!(results.key, Some(new.key), "a key that was made is never lost");
}

#[test]
fn a_key_that_nobody_asked_for_in_so_many_words_is_not_in_a_failure_and_its_token_goes_again() {
    let situation = Situation::new();
    let (old_id, _) = situation.cloud.add_user_token(NewToken::named("n"));
    situation.cloud.fault(
        Fault::new(FaultKind::Status { status: 403, body: r#"{"detail": "No."}"#.into(), headers: [].into() })
            .method("DELETE")
            .path(&format!("{USER}/{old_id}")),
    );
    let failure = situation.run_in(false, json!({"name": "n", "recreate": "always"})).unwrap_err();
    assert!(!failure.changed && failure.msg.contains("was deleted again"), "{}", failure.msg);
    assert_eq!(failure.results.unwrap().key, None);
    assert_eq!(situation.one("n").id, old_id, "the old one is as it was");
}

#[test]
fn where_the_old_token_may_be_gone_the_new_key_is_returned_by_a_failure_too() {
    let situation = Situation::new();
    situation.cloud.add_user_token(NewToken::named("n"));
    let mut lost = Fault::new(FaultKind::Status { status: 500, body: "{}".into(), headers: [].into() });
    lost.takes_effect = Some(true);
    situation.cloud.fault(lost.method("DELETE").times(1));
    situation
        .cloud
        .fault(Fault::new(FaultKind::Status { status: 500, body: "{}".into(), headers: [].into() }).method("DELETE"));
    // The look at whether it was deleted fails as well: it comes after those before the plan and before the new name.
    situation.cloud.fault(
        Fault::new(FaultKind::Status { status: 403, body: r#"{"detail": "No."}"#.into(), headers: [].into() })
            .method("GET")
            .path("/api/v1/self/apitokens$")
            .skip(2),
    );
    let failure = situation.run_in(false, json!({"name": "n", "recreate": "always", "max_wait": 1})).unwrap_err();
    assert_eq!(failure.results.unwrap().key, Some(situation.one("n").key), "{}", failure.msg);
}

#[test]
fn absent_deletes_what_it_names_and_nothing_else() {
    let situation = Situation::new();
    let (one, _) = situation.cloud.add_user_token(NewToken::named("n"));
    let (two, key) = situation.cloud.add_user_token(NewToken::named("n"));
    let (three, _) = situation.cloud.add_user_token(NewToken::named("n"));
    situation.cloud.add_user_token(NewToken::named("other"));
    for (selection, deleted) in
        [(json!({"id": one}), vec![one]), (json!({"key": key}), vec![two]), (json!({"name": "n"}), vec![three])]
    {
        let mut task = json!({"state": "absent"});
        task.as_object_mut().unwrap().extend(selection.as_object().unwrap().clone());
        let gone = ok(situation.run(task.clone()));
        assert!(gone.changed);
        assert_eq!(gone.results.deleted.as_ref(), Some(&deleted));
        assert_eq!(situation.calls(), [format!("GET {USER}"), format!("DELETE {USER}/{}", deleted[0])]);
        let again = ok(situation.run(task));
        assert!(!again.changed && again.results.deleted == Some(vec![]));
        assert_eq!(situation.calls(), [format!("GET {USER}")]);
    }
    assert_eq!(situation.named("other").len(), 1);
}

#[test]
fn the_authenticating_token_is_not_removed_unasked() {
    let situation = Situation::new();
    let own = situation.cloud.user_tokens()[0].clone();
    let failure = situation.run(json!({"state": "absent", "id": own.id})).unwrap_err();
    assert!(failure.msg.starts_with("allow_self: "), "{}", failure.msg);
    assert_eq!(situation.cloud.user_tokens().len(), 1);
    ok(situation.run(json!({"state": "absent", "id": own.id, "allow_self": true})));
    assert!(situation.cloud.user_tokens().is_empty());
}

#[test]
fn info_returns_what_is_asked_for_in_one_call_and_changes_nothing() {
    let situation = Situation::with(Config { user_tokens: 3, ..Config::default() });
    let found = ok(situation.run(json!({"state": "info"})));
    assert!(!found.changed);
    assert_eq!(situation.calls(), [format!("GET {USER}")]);
    let tokens = found.results.tokens.unwrap();
    assert_eq!(tokens.len(), 4);
    assert!(tokens.iter().all(|token| token.key.as_deref().unwrap().contains("...")));
    let mine = ok(situation.run(json!({"state": "info", "key": situation.cloud.api_token()})));
    assert_eq!(mine.results.tokens.unwrap().len(), 1);
}

#[test]
fn a_lost_answer_to_the_creation_leaves_one_token_and_says_so() {
    for fault in [
        FaultKind::CutBefore,
        FaultKind::CutAfter,
        FaultKind::CutMidBody,
        FaultKind::TruncatedBody,
        FaultKind::Html { status: 502 },
        FaultKind::WrongShape,
    ] {
        let situation = Situation::new();
        let (before, _) = situation.cloud.add_user_token(NewToken::named("other"));
        situation.cloud.fault(Fault::new(fault.clone()).method("POST").times(1));
        let options = json!({"name": "n", "key_file": situation.key_file(), "timeout": 2, "max_wait": 20});
        let (done, warnings) = situation.told_in(false, options);
        ok(done);
        let stored = situation.one("n");
        assert_eq!(std::fs::read_to_string(situation.key_file()).unwrap(), format!("{}\n", stored.key), "{fault:?}");
        assert!(warnings.iter().any(|warning| warning.contains("was lost")), "{fault:?}: {warnings:?}");
        assert_eq!(situation.one("other").id, before);
    }
}

#[test]
fn check_mode_writes_nothing_anywhere() {
    let situation = Situation::new();
    let (id, _) = situation.cloud.add_user_token(NewToken::named("old"));
    for task in [
        json!({"name": "n", "key_file": situation.key_file()}),
        json!({"name": "renamed", "id": id}),
        json!({"name": "old", "recreate": "always", "key_file": situation.key_file()}),
        json!({"state": "absent", "name": "old"}),
    ] {
        let predicted = ok(situation.run_in(true, task));
        assert!(predicted.changed && predicted.results.key.is_none());
    }
    assert!(situation.cloud.requests().iter().all(|request| request.method == "GET"));
    assert_eq!(std::fs::read_dir(situation.folder.path()).unwrap().count(), 0);
    assert_eq!(situation.cloud.tokens(&Owner::User).len(), 2);
}

#[test]
fn a_place_that_takes_no_key_is_refused_before_anything_is_made() {
    let situation = Situation::new();
    std::fs::write(situation.folder.path().join("foreign"), "not a key, but words\n").unwrap();
    for (path, words) in [
        (situation.folder.path().to_owned(), "is not a file"),
        (situation.folder.path().join("missing/key"), "does not exist. Create it first"),
        (situation.folder.path().join("foreign"), "holds something else"),
        (PathBuf::from("/proc/key"), "cannot be written"),
    ] {
        let failure = situation.run_in(false, json!({"name": "n", "key_file": path})).unwrap_err();
        assert!(failure.msg.starts_with("key_file: ") && failure.msg.contains(words), "{}", failure.msg);
        assert!(situation.named("n").is_empty());
    }
}
