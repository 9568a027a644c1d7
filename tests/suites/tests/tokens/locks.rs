//! Many runs at once on one machine: as many threads, and as many processes.

use mist_client::Client;
use mist_simulator::Simulator;
use mist_tokens::plan::Draft;
use mist_tokens::token::Owner;
use mist_tokens::{calls, lock};
use std::process::{Command, Stdio};
use std::sync::Barrier;
use std::time::Duration;
use suites::{client, client_with, cloud, create_one, ids_named, milliseconds};

const CLOUD: &str = "MIST_CLIENT_TEST_CLOUD";

fn waiting(cloud: &Simulator) -> Client {
    client_with(cloud, |settings| {
        settings.network.timeout = Duration::from_secs(30);
        settings.max_wait = Duration::from_secs(50);
    })
}

/// A run of `present`. Returns true if it created the token.
fn present(client: &Client) -> bool {
    let _lock = lock::acquire(client, &Owner::User, "wanted").unwrap();
    let before = calls::list(client, &Owner::User).unwrap();
    if before.tokens.iter().any(|token| token.name() == "wanted") {
        return false;
    }
    let draft = Draft { name: "wanted".into(), privileges: None, src_ips: None };
    create_one(client, &Owner::User, &draft, &before).unwrap();
    true
}

#[test]
fn forty_threads_at_once_make_one_token() {
    let cloud = cloud();
    let start = Barrier::new(40);
    let made: usize = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..40)
            .map(|_| {
                scope.spawn(|| {
                    let client = waiting(&cloud);
                    start.wait();
                    usize::from(present(&client))
                })
            })
            .collect();
        runs.into_iter().map(|run| run.join().unwrap()).sum()
    });
    assert_eq!((made, ids_named(&cloud, "wanted").len()), (1, 1));
}

#[test]
fn forty_processes_at_once_make_one_token() {
    if let Ok(text) = std::env::var(CLOUD) {
        let [url, ca_path, token] = text.split(' ').collect::<Vec<_>>()[..] else { panic!("{text}") };
        let client = Client::new(&mist_client::Settings {
            host: mist_client::Host::parse(url).unwrap(),
            credentials: suites::tokens(token),
            network: mist_client::transport::Network {
                ca_path: Some(ca_path.into()),
                timeout: Duration::from_secs(30),
                user_agent: "test/0".into(),
                ..mist_client::transport::Network::default()
            },
            max_wait: Duration::from_secs(50),
            credential_source: None,
            check_mode: false,
        })
        .unwrap();
        present(&client);
        return;
    }
    let cloud = cloud();
    let text = format!("{} {} {}", cloud.url(), cloud.ca_path().display(), cloud.api_token());
    let runs: Vec<_> = (0..40)
        .map(|_| {
            Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "locks::forty_processes_at_once_make_one_token"])
                .env(CLOUD, &text)
                .stdout(Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    for mut run in runs {
        assert!(run.wait().unwrap().success());
    }
    assert_eq!(ids_named(&cloud, "wanted").len(), 1);
    let posts = suites::methods(&cloud);
    assert_eq!(posts.iter().filter(|method| *method == "POST").count(), 1);
    assert_eq!(posts.iter().filter(|method| *method == "GET").count(), 41);
}

#[test]
fn a_lock_that_another_run_holds_is_waited_for_within_max_wait_and_then_told() {
    let cloud = cloud();
    let held = lock::acquire(&client(&cloud), &Owner::User, "held").unwrap();
    let hasty = client_with(&cloud, |settings| settings.max_wait = milliseconds(100));
    let fault = lock::acquire(&hasty, &Owner::User, "held").unwrap_err();
    assert!(
        matches!(&fault, lock::Fault::Held { name: Some(name), waited, .. } if name == "held" && *waited == milliseconds(100)),
        "{fault:?}"
    );
    assert!(hasty.remaining_wait().is_zero(), "the wait counts");
    lock::acquire(&hasty, &Owner::User, "another").unwrap();
    drop(held);
    lock::acquire(&hasty, &Owner::User, "held").unwrap();
    assert_eq!(cloud.requests().len(), 0);
}
