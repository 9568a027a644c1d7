//! Tasks of `mist_api_request` that write.

use super::{Call, Goal, NAME, Nature, ORG_ONE, Task, TokenSituation, USER, Wanted, delete, has_org_token, plain};
use crate::campaign::World;
use mist_simulator::Owner;
use serde_json::{Value, json};

pub(super) fn situations() -> Vec<TokenSituation> {
    vec![
        plain(
            "a request: POST",
            |world| {
                let options = json!({"method": "POST", "path": "self/apitokens", "body": {"name": NAME}});
                let task = asked(world, options, Owner::User, Goal::Posted);
                // The response as it is, with the key.
                Ok(Task { returns_key: true, ..task })
            },
            vec![Call::new("the POST", "POST", USER, Nature::Once)],
        ),
        plain(
            "a request: PUT",
            |world| {
                let id = has_org_token(world, NAME, &[]);
                let body = json!({
                    "name": NAME, "privileges": [{"scope": "org", "role": "write", "org_id": world.cloud.org_id()}],
                });
                let path = format!("orgs/{{org_id}}/apitokens/{id}");
                let options = json!({"method": "PUT", "path": path, "body": body, "org_id": world.cloud.org_id()});
                Ok(asked(world, options, world.org(), Goal::Updated))
            },
            vec![
                Call::new("the reading", "GET", ORG_ONE, Nature::Repeated),
                Call::new("the PUT", "PUT", ORG_ONE, Nature::Repeated),
            ],
        ),
        plain(
            "a request: DELETE",
            |world| {
                let path = format!("orgs/{}/apitokens/{}", world.cloud.org_id(), has_org_token(world, NAME, &[]));
                Ok(asked(world, json!({"method": "DELETE", "path": path}), world.org(), Goal::Gone))
            },
            vec![delete(ORG_ONE)],
        ),
    ]
}

fn asked(world: &World, mut options: Value, owner: Owner, goal: Goal) -> Task {
    options["api_token"] = world.cloud.api_token().into();
    let wanted = vec![Wanted { owner, name: NAME.to_owned(), goal }];
    Task { wanted, ..Task::new("mist_api_request", options) }
}
