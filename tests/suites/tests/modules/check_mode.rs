//! The gate of check mode, for every module: a write cannot be sent even if the module forgets that it is in check mode.

use ansible_binary_module::testing::Invocation;
use ansible_binary_module::{Documentation, Outcome, Success, Task};
use mist_client::Client;
use mist_modules::common::options::OptionError;
use mist_modules::mist_api_request::MistApiRequest;
use mist_modules::mist_api_token::MistApiToken;
use mist_modules::mist_api_token_info::MistApiTokenInfo;
use mist_modules::mist_api_tokens::MistApiTokens;
use mist_modules::mist_firmware::MistFirmware;
use mist_modules::mist_object::MistObject;
use mist_modules::mist_object_info::MistObjectInfo;
use mist_modules::mist_objects::MistObjects;
use mist_modules::mist_search::MistSearch;
use mist_modules::mist_self_info::MistSelfInfo;
use mist_modules::{ConnectionOptions, Mist, MistModule};
use mist_simulator::{Config, Simulator};
use serde_json::{Map, Value, json};
use std::marker::PhantomData;

/// The module with its options and connection, but with a run that reads, and then writes without a look at the mode.
struct Forgetful<M>(PhantomData<M>);

impl<M: MistModule> MistModule for Forgetful<M> {
    const NAME: &'static str = M::NAME;
    const DOCUMENTATION: Documentation = M::DOCUMENTATION;
    type Options = M::Options;
    type Results = M::Results;
    type Params = M::Params;

    fn connection(options: &M::Options) -> &ConnectionOptions {
        M::connection(options)
    }

    fn secrets(parameters: &Map<String, Value>) -> Vec<String> {
        M::secrets(parameters)
    }

    fn read(options: &M::Options, task: &mut Task) -> Result<M::Params, OptionError> {
        M::read(options, task)
    }

    fn run(client: &Client, _: &mut Task, _: &M::Options, _: M::Params) -> Outcome<M::Results> {
        client.get("/api/v1/self")?;
        let path = "/api/v1/self/apitokens";
        for written in [
            client.post(path, &json!({"name": "x"})).map(drop),
            client.put(path, &json!({"name": "x"})).map(drop),
            client.delete_existing(path).map(drop),
            client.worker().request("POST", path, Some(&json!({})), &|_| true).map(drop),
        ] {
            if !matches!(written, Err(mist_client::Error::RefusedInCheckMode { .. })) {
                return Ok(Success::changed(M::Results::default()));
            }
        }
        Ok(Success::unchanged(M::Results::default()))
    }
}

/// Runs the forgetful module, and returns whether a write was sent, with the methods of all requests.
fn forgets<M: MistModule>(cloud: &Simulator, check_mode: bool, login: bool, options: &Value) -> (bool, Vec<String>) {
    cloud.clear_requests();
    let mut all = json!({"host": cloud.url(), "ca_path": cloud.ca_path()});
    let credentials = match login {
        true => json!({"username": Config::default().email, "password": Config::default().password}),
        false => json!({"api_token": cloud.api_token()}),
    };
    for more in [&credentials, options] {
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    }
    let ended = Invocation::<Mist<Forgetful<M>>>::new(all).check_mode(check_mode).run();
    assert_ne!(ended.result["failed"], true, "{}: {}", M::NAME, ended.result);
    let calls = cloud.requests().into_iter().map(|request| format!("{} {}", request.method, request.path));
    (ended.result["changed"] == true, calls.collect())
}

fn prove<M: MistModule>(cloud: &Simulator, options: &Value) {
    let (wrote, calls) = forgets::<M>(cloud, true, false, options);
    assert!(!wrote && calls == ["GET /api/v1/self"], "{}: {calls:?}", M::NAME);
    let (wrote, calls) = forgets::<M>(cloud, true, true, options);
    let is_session = |call: &&String| call.starts_with("POST /api/v1/log");
    let others: Vec<&String> = calls.iter().filter(|call| !is_session(call)).collect();
    assert!(!wrote && others.iter().all(|call| call.starts_with("GET ")), "{}: {calls:?}", M::NAME);
    assert!(calls.iter().any(|call| call == "POST /api/v1/login"), "{}: {calls:?}", M::NAME);
    let (wrote, _) = forgets::<M>(cloud, false, false, options);
    assert!(wrote, "{} writes outside of check mode", M::NAME);
}

#[test]
fn no_module_can_write_in_check_mode_even_if_it_forgets_the_mode() {
    let cloud = Simulator::start(Config::default()).unwrap();
    let org = cloud.org_id().to_owned();
    prove::<MistSelfInfo>(&cloud, &json!({}));
    prove::<MistApiRequest>(&cloud, &json!({"path": "self", "method": "POST"}));
    prove::<MistApiToken>(&cloud, &json!({"name": "n"}));
    prove::<MistApiTokens>(&cloud, &json!({"tokens": [{"name": "n"}]}));
    prove::<MistApiTokenInfo>(&cloud, &json!({}));
    prove::<MistObject>(&cloud, &json!({"type": "sites", "org_id": org, "object": {"name": "n"}}));
    prove::<MistObjects>(&cloud, &json!({"type": "sites", "org_id": org, "objects": [{"name": "n"}]}));
    prove::<MistObjectInfo>(&cloud, &json!({"type": "sites", "org_id": org}));
    prove::<MistFirmware>(&cloud, &json!({"version": "suggested", "all": true, "org_id": org}));
    prove::<MistSearch>(&cloud, &json!({"what": "orgs/clients", "org_id": org}));
}
