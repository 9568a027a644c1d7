//! A cloud that gives what no cloud should: keys that are none, ids that are paths, privileges that it does not keep.

use mist_simulator::{Config, NewToken, Simulator, Variants};
use mist_tokens::apply::{Outcome, Run, apply};
use mist_tokens::plan::{self, Context};
use mist_tokens::privilege::Privilege;
use mist_tokens::target::{AtPlace, DesiredToken, Target};
use mist_tokens::token::Owner;
use mist_tokens::{Notice, calls};
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Duration;
use suites::{client, client_with, cloud, create_one, ids_named, methods, milliseconds, organization};

#[test]
fn an_answer_whose_key_or_id_is_none_is_no_token_and_leaves_none() {
    for key in ["a", "short", "$(reboot)AbCdEfGhIjKlMnOp", "AbCdEfGhIjKlMnOp\nPATH=/tmp", "`id`AbCdEfGhIjKlMnOpQ", ""] {
        let cloud = cloud();
        let client = client_with(&cloud, |settings| {
            settings.network.timeout = milliseconds(2_000);
            settings.max_wait = Duration::from_secs(20);
        });
        let before = calls::list(&client, &Owner::User).unwrap();
        cloud.next_key(key);
        let draft = mist_tokens::plan::Draft { name: "wanted".into(), privileges: None, src_ips: None };
        let created = create_one(&client, &Owner::User, &draft, &before).unwrap();
        assert!(mist_tokens::token::is_key(secrecy::ExposeSecret::expose_secret(&created.new.key)), "{key:?}");
        assert_eq!(ids_named(&cloud, "wanted"), std::slice::from_ref(&created.new.token.id), "{key:?}");
        assert_eq!(methods(&cloud).iter().filter(|method| *method == "POST").count(), 2, "{key:?}");
    }
    for id in ["../self", "a/b", "x?y", ""] {
        let cloud = cloud();
        let client = client(&cloud);
        let before = calls::list(&client, &Owner::User).unwrap();
        cloud.next_id(id);
        let draft = mist_tokens::plan::Draft { name: "wanted".into(), privileges: None, src_ips: None };
        assert!(create_one(&client, &Owner::User, &draft, &before).is_err(), "{id:?}");
        assert!(!methods(&cloud).contains(&"DELETE".to_owned()), "an id that is none goes into no path");
    }
}

fn wanted(privileges: serde_json::Value) -> DesiredToken {
    let privileges: Vec<Privilege> = serde_json::from_value(privileges).unwrap();
    let target = Target { name: "n".into(), privileges: Some(privileges), ..Target::default() };
    DesiredToken { target, writer: None }
}

fn present(cloud: &Simulator, wanted: &DesiredToken) -> Outcome {
    let (client, owner, own) = (client(cloud), organization(cloud), BTreeSet::new());
    let listing = calls::list(&client, &owner).unwrap();
    let nowhere = AtPlace::nowhere();
    let context = Context {
        key_file: &nowhere.found,
        other_attributes: false,
        own: &own,
        allow_self: false,
        now: listing.now(),
        judge: listing.judge(None),
    };
    let plan = plan::present(&wanted.target, &owner, &listing.tokens, &context).unwrap();
    let run = Run { client: &client, owner: &owner, own: &own, allow_self: false, domain: None, is_read: &|| true };
    apply(&run, wanted, plan, &listing).outcome.unwrap_or_else(|stopped| panic!("{:?}", stopped.error))
}

#[test]
fn views_that_the_cloud_does_not_keep_are_told_and_are_no_change() {
    for document in [false, true] {
        let variants = Variants {
            privilege_fields_lost: vec!["views".into()],
            ..if document { Variants::document() } else { Variants::practice() }
        };
        let cloud = Simulator::start(Config { variants, ..Config::default() }).unwrap();
        let views = wanted(json!([{"scope": "org", "role": "read", "views": ["reporting"]}]));
        let not_kept = |done: &Outcome| {
            done.notices.iter().any(|notice| matches!(notice, Notice::NotKept { fields, .. } if fields == &["views"]))
        };
        let made = present(&cloud, &views);
        assert!(made.changed() && not_kept(&made), "{:?}", made.notices);
        let again = present(&cloud, &views);
        assert!(!again.changed() && not_kept(&again), "{:?}", again.notices);
        // The kept part is a change, and the rest is reported.
        let admin = present(&cloud, &wanted(json!([{"scope": "org", "role": "admin", "views": ["reporting"]}])));
        assert!(admin.changed() && not_kept(&admin), "{:?}", admin.notices);
        assert_eq!(cloud.org_tokens()[0].privileges[0]["role"], "admin");
    }
}

#[test]
fn views_in_the_deprecated_form_are_the_same_views() {
    let cloud = cloud();
    for shown in [json!({"view": "reporting"}), json!({"views": "reporting"}), json!({"views": ["reporting"]})] {
        let mut privilege = json!({"scope": "org", "role": "read"});
        privilege.as_object_mut().unwrap().extend(shown.as_object().unwrap().clone());
        let (id, _) = cloud.add_org_token(
            cloud.org_id(),
            NewToken { extra: json!({"privileges": [privilege]}).as_object().unwrap().clone(), ..NewToken::named("n") },
        );
        let done = present(&cloud, &wanted(json!([{"scope": "org", "role": "read", "views": ["reporting"]}])));
        assert!(!done.changed(), "{shown}");
        cloud.remove_token(&mist_simulator::Owner::Org(cloud.org_id().to_owned()), &id);
    }
}

#[test]
fn an_organization_token_is_told_that_it_has_no_user_tokens() {
    let cloud = cloud();
    let (_, key) = cloud.add_org_token(
        cloud.org_id(),
        NewToken { privileges: vec![json!({"scope": "org", "role": "admin"})], ..NewToken::named("admin") },
    );
    let client = client_with(&cloud, |settings| settings.credentials = suites::tokens(&key));
    let error = calls::list(&client, &Owner::User).unwrap_err();
    assert!(matches!(error, mist_tokens::Error::NoAccount(_)), "{error:?}");
}
