//! Tasks of `mist_api_token`.

use super::{
    Call, Goal, NAME, Nature, ORG, ORG_ONE, Task, TokenSituation, USER, USER_ONE, Wanted, delete, delete_orphan,
    has_org_token, list, look, look_after, plain, post, proof, rename,
};
use crate::campaign::World;
use mist_simulator::{Config, NewToken, Owner, Variants};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// In seconds.
const DAY: i64 = 86_400;

pub(super) fn situations() -> Vec<TokenSituation> {
    vec![
        plain(
            "present: a user token is created",
            |world| by_token(world, json!({"name": NAME}), &[(Owner::User, Goal::New)], true),
            vec![list(USER), post(USER), look(USER), rename(USER_ONE), look_after(USER), delete_orphan(USER_ONE)],
        ),
        plain(
            "present: an organization token is created, with key_file",
            |world| {
                let options = json!({
                    "name": NAME, "org_id": world.cloud.org_id(), "privileges": [{"site": "Site 1", "role": "read"}],
                    "key_file": world.keys().join("key"), "key_file_format": "json",
                });
                by_token(world, options, &[(world.org(), Goal::New)], false)
            },
            vec![
                Call::new("the listing of sites", "GET", "/api/v1/orgs/*/sites", Nature::Repeated),
                list(ORG),
                post(ORG),
                look(ORG),
                rename(ORG_ONE),
                look_after(ORG),
                delete_orphan(ORG_ONE),
            ],
        ),
        plain(
            "present: privileges are changed in place",
            |world| {
                has_org_token(world, NAME, &[]);
                let options = json!({"name": NAME, "org_id": world.cloud.org_id(), "privileges": [{"role": "write"}]});
                by_token(world, options, &[(world.org(), Goal::Updated)], true)
            },
            vec![list(ORG), Call::new("the PUT", "PUT", ORG_ONE, Nature::Repeated)],
        ),
        plain(
            "present: a token is replaced for its src_ips",
            |world| {
                has_org_token(world, NAME, &["127.0.0.1"]);
                let options = json!({
                    "name": NAME, "org_id": world.cloud.org_id(), "src_ips": ["127.0.0.0/8"], "recreate": "state_change",
                });
                by_token(world, options, &[(world.org(), Goal::New)], true)
            },
            vec![list(ORG), post(ORG), rename(ORG_ONE), proof(), delete(ORG_ONE), delete_orphan(ORG_ONE)],
        ),
        plain(
            "present: a token is replaced for its lost key_file",
            |world| {
                world.cloud.add_user_token(NewToken::named(NAME));
                let options = json!({"name": NAME, "key_file": world.keys().join("key"), "recreate": "state_change"});
                by_token(world, options, &[(Owner::User, Goal::New)], false)
            },
            vec![list(USER), post(USER), proof(), delete(USER_ONE)],
        ),
        plain(
            "present: an old token is replaced at once",
            |world| {
                has_old_token_with_key_file(world)?;
                let options = json!({"name": NAME, "key_file": world.keys().join("key"), "max_age": "90d"});
                by_token(world, options, &[(Owner::User, Goal::New)], false)
            },
            vec![list(USER), post(USER), proof(), delete(USER_ONE)],
        ),
        plain(
            "present: an old token is replaced, with an overlap",
            |world| {
                has_old_token_with_key_file(world)?;
                let options = json!({
                    "name": NAME, "key_file": world.keys().join("key"), "max_age": "90d", "overlap": "1d",
                });
                by_token(world, options, &[(Owner::User, Goal::Overlapping)], false)
            },
            vec![list(USER), post(USER), proof()],
        ),
        TokenSituation {
            meanwhile: Some(|world| Ok(fs::remove_dir_all(world.keys().join("gone"))?)),
            ..plain(
                "present: the directory of the key_file is deleted",
                |world| {
                    fs::create_dir(world.keys().join("gone"))?;
                    let options = json!({"name": NAME, "key_file": world.keys().join("gone/key")});
                    by_token(world, options, &[(Owner::User, Goal::Impossible)], false)
                },
                vec![delete(USER_ONE)],
            )
        },
        plain(
            "absent: by name",
            |world| {
                has_org_token(world, NAME, &[]);
                let options = json!({"state": "absent", "name": NAME, "org_id": world.cloud.org_id()});
                by_token(world, options, &[(world.org(), Goal::Gone)], false)
            },
            vec![list(ORG), delete(ORG_ONE)],
        ),
        plain(
            "absent: by a leaked key",
            |world| {
                let (_, key) = world.cloud.add_user_token(NewToken::named(NAME));
                let options = json!({"state": "absent", "key": key, "token_type": "user"});
                Ok(Task { canaries: vec![key], ..by_token(world, options, &[(Owner::User, Goal::Gone)], false)? })
            },
            vec![list(USER), delete(USER_ONE)],
        ),
        plain(
            "info",
            |world| {
                world.cloud.add_user_token(NewToken::named(NAME));
                by_token(world, json!({"state": "info"}), &[(Owner::User, Goal::AsBefore)], false)
            },
            vec![list(USER)],
        ),
        TokenSituation {
            config: login_config,
            ..plain(
                "present: the first token, by a login",
                |world| {
                    let options = json!({
                        "name": NAME, "key_file": world.keys().join("key"),
                        "username": login_config().email, "password": PASSWORD, "two_factor": TWO_FACTOR,
                    });
                    by_login(options, Vec::new())
                },
                vec![
                    Call::new("the login", "POST", "/api/v1/login$", Nature::Once),
                    list(USER),
                    post(USER),
                    Call::new("the logout", "POST", "/api/v1/logout", Nature::Courtesy),
                ],
            )
        },
        TokenSituation {
            config: || {
                let variants = Variants { login_takes_two_factor: false, ..Variants::practice() };
                Config { variants, ..login_config() }
            },
            ..plain(
                "present: a login with the second factor in another request",
                |_| {
                    let environment = [
                        ("MIST_USERNAME", login_config().email),
                        ("MIST_PASSWORD", PASSWORD.to_owned()),
                        ("MIST_TWO_FACTOR", TWO_FACTOR.to_owned()),
                    ];
                    by_login(json!({"name": NAME}), environment.map(|(name, value)| (name.to_owned(), value)).to_vec())
                },
                vec![
                    Call::new("the login", "POST", "/api/v1/login$", Nature::Once),
                    Call::new("the second factor", "POST", "/api/v1/login/two_factor", Nature::Once),
                    post(USER),
                ],
            )
        },
    ]
}

/// The password and the second factor of the account.
const PASSWORD: &str = "canary-password-of-the-account";
const TWO_FACTOR: &str = "914273";

fn login_config() -> Config {
    Config { password: PASSWORD.to_owned(), two_factor: Some(TWO_FACTOR.to_owned()), ..Config::default() }
}

/// A task that authenticates with the first token of the account.
fn by_token(world: &World, mut options: Value, wanted: &[(Owner, Goal)], returns_key: bool) -> anyhow::Result<Task> {
    options["api_token"] = world.cloud.api_token().into();
    let wanted = wanted.iter().map(|(owner, goal)| Wanted { owner: owner.clone(), name: NAME.to_owned(), goal: *goal });
    Ok(Task { wanted: wanted.collect(), returns_key, ..Task::new("mist_api_token", options) })
}

/// A task that logs in and creates a user token.
fn by_login(options: Value, environment: Vec<(String, String)>) -> anyhow::Result<Task> {
    Ok(Task {
        module: "mist_api_token",
        returns_key: options.get("key_file").is_none(),
        options,
        environment,
        wanted: vec![Wanted { owner: Owner::User, name: NAME.to_owned(), goal: Goal::New }],
        canaries: vec![PASSWORD.to_owned(), TWO_FACTOR.to_owned()],
    })
}

/// A token of 100 days, used yesterday, with its key in the key file.
fn has_old_token_with_key_file(world: &World) -> anyhow::Result<()> {
    let now = world.cloud.now() as i64;
    let token = NewToken { created_time: Some(now - 100 * DAY), last_used: Some(now - DAY), ..NewToken::named(NAME) };
    let (_, key) = world.cloud.add_user_token(token);
    let path = world.keys().join("key");
    fs::write(&path, format!("{key}\n"))?;
    Ok(fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?)
}
