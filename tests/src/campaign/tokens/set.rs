//! Tasks of `mist_api_tokens`. The promises of a single token apply to each token of a set.

use super::{
    Call, Goal, Nature, ORG, ORG_ONE, Task, TokenSituation, Wanted, delete, delete_orphan, has_org_token, list, look,
    look_after, plain, post, proof, rename,
};
use crate::campaign::World;
use serde_json::json;

pub(super) fn situations() -> Vec<TokenSituation> {
    vec![
        plain(
            "a set: one is created, one changed, one replaced, one purged",
            |world| {
                for name in ["set-changed", "set-anew", "set-purged"] {
                    has_org_token(world, name, &[]);
                }
                let read = json!([{"role": "read"}]);
                let tokens = json!([
                    {"name": "set-new", "privileges": read},
                    {"name": "set-changed", "privileges": [{"role": "write"}]},
                    {"name": "set-anew", "key_file": world.keys().join("anew"), "recreate": "state_change"},
                ]);
                let goals = [
                    ("set-new", Goal::New),
                    ("set-changed", Goal::Updated),
                    ("set-anew", Goal::New),
                    ("set-purged", Goal::Gone),
                ];
                let keep = json!(["wanted*", "Wanted", "other"]);
                Ok(of_org(world, json!({"tokens": tokens, "purge": true, "keep": keep, "return_keys": true}), &goals))
            },
            vec![
                list(ORG),
                post(ORG),
                Call::new("the PUT", "PUT", ORG_ONE, Nature::Repeated),
                proof(),
                delete(ORG_ONE),
                delete_orphan(ORG_ONE),
            ],
        ),
        plain(
            "a set: three are created, with key files",
            |world| {
                let token = |name: &str| json!({"name": name, "privileges": [{"role": "read"}], "key_file": world.keys().join(name)});
                let names = ["set-1", "set-2", "set-3"];
                let tokens: Vec<_> = names.iter().map(|name| token(name)).collect();
                Ok(of_org(world, json!({"tokens": tokens}), &names.map(|name| (name, Goal::New))))
            },
            vec![list(ORG), post(ORG), look(ORG), rename(ORG_ONE), look_after(ORG), delete_orphan(ORG_ONE)],
        ),
    ]
}

fn of_org(world: &World, mut options: serde_json::Value, goals: &[(&str, Goal)]) -> Task {
    options["api_token"] = world.cloud.api_token().into();
    options["org_id"] = world.cloud.org_id().into();
    let wanted = |(name, goal): &(&str, Goal)| Wanted { owner: world.org(), name: (*name).to_owned(), goal: *goal };
    Task {
        wanted: goals.iter().map(wanted).collect(),
        // Of those that have no file.
        returns_key: goals.iter().any(|(name, _)| *name == "set-new"),
        ..Task::new("mist_api_tokens", options)
    }
}
