//! Observation of a client that waits for a response.

use mist_client::client::Activity;
use mist_simulator::{Fault, FaultKind};
use std::time::Duration;
use suites::{client_with, cloud, until};

#[test]
fn a_call_under_way_is_seen_from_another_thread() {
    let cloud = cloud();
    let client = client_with(&cloud, |settings| settings.network.timeout = Duration::from_secs(60));
    let watch = client.watch();
    assert_eq!(watch.activity(), Activity::Idle);
    cloud.fault(Fault::new(FaultKind::HoldRequest).times(1));
    std::thread::scope(|scope| {
        let call = scope.spawn(|| client.get("/api/v1/self").unwrap());
        assert!(cloud.wait_for_held(1, Duration::from_secs(60)));
        let Activity::Waiting { time, reason } = watch.activity() else { panic!("{:?}", watch.activity()) };
        until(|| matches!(watch.activity(), Activity::Waiting { time: later, .. } if later > time));
        assert_eq!(reason, "");
        cloud.release();
        call.join().unwrap();
    });
    assert_eq!(watch.activity(), Activity::Idle);
    drop(client);
    assert_eq!(watch.activity(), Activity::Ended);
}
