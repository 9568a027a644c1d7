//! What a client counts without talking to anybody.

use super::*;
use crate::transport::Network;

/// A client that talks to nobody.
pub(crate) fn silent(max_wait: Duration) -> Client {
    let network = Network { timeout: Duration::from_secs(1), ..Network::default() };
    let credentials = Credentials::Tokens(vec![SecretString::from("x")]);
    Client::new(&Settings { host: Host::parse("api.mist.com").unwrap(), credentials, network, max_wait }).unwrap()
}

#[test]
fn threads_that_wait_at_one_time_count_as_the_one_that_waits_longest() {
    let seconds = Duration::from_secs;
    let client = silent(seconds(60));
    client.count_wait(seconds(10), "before");
    let (one, two) = (client.worker(), client.worker());
    one.count_wait(seconds(20), "one");
    two.count_wait(seconds(30), "two");
    assert_eq!((one.remaining_wait(), two.remaining_wait()), (seconds(30), seconds(20)));
    assert_eq!(client.remaining_wait(), seconds(50), "theirs is not counted yet");
    two.with_token(&SecretString::from("other")).count_wait(seconds(1), "two as another token");
    for worker in [&two, &one] {
        client.count_wait_of(worker);
    }
    assert_eq!(client.remaining_wait(), seconds(19));
    let told = client.waited().unwrap().to_string();
    assert!(told.contains("41 seconds") && told.contains("two as another token"), "{told}");
}
