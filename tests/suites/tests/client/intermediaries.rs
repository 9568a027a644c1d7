//! The response of a proxy, a gateway or a portal never counts as the response of the cloud.

use mist_client::Error;
use mist_simulator::{Fault, FaultKind, IntermediaryPage, NewToken};
use serde_json::json;
use suites::{TOKENS, client, cloud, each, ids_named, once, says};

const STATUSES: [u16; 12] = [200, 201, 204, 400, 401, 403, 404, 407, 409, 429, 500, 502];

/// An empty success is also the response of the cloud to a change. This one is declared as a page.
fn pages() -> impl Iterator<Item = (u16, IntermediaryPage)> {
    STATUSES.into_iter().flat_map(|status| IntermediaryPage::ALL.map(|form| (status, form)))
}

/// 204 has no body, so that its origin is unknown.
fn says_nothing(status: u16) -> bool {
    status == 204
}

#[test]
fn a_page_in_any_status_and_form_at_any_call_is_nobodys_word() {
    each(pages().filter(|(status, _)| !says_nothing(*status)), |(status, form)| {
        let cloud = cloud();
        let (id, _) = cloud.add_user_token(NewToken::named("x"));
        let path = format!("{TOKENS}/{id}");
        for method in ["GET", "POST", "PUT", "DELETE"] {
            let client = client(&cloud);
            cloud.clear_faults();
            cloud.fault(Fault::new(FaultKind::Page { status, form }).method(method));
            let error = match method {
                "GET" => client.get(TOKENS).map(drop),
                "POST" => client.post(TOKENS, &json!({"name": "y"})).map(drop),
                "PUT" => client.put(&path, &json!({"name": "y"})).map(drop),
                _ => client.delete_existing(&path).map(drop),
            }
            .unwrap_err();
            says(&error, &[]);
            assert!(
                matches!(&error, Error::Intermediary { status: seen, .. } if *seen == status),
                "{method} {status} {form:?}: {error:?}"
            );
            assert_eq!(error.status(), None, "{method} {status} {form:?}");
            assert!(error.may_have_taken_effect() && !error.is_about_one_thing(), "{error:?}");
        }
        assert_eq!(ids_named(&cloud, "x"), [id], "nothing was done");
    });
}

#[test]
fn a_deletion_and_a_change_that_somebody_answered_once_are_asked_for_again() {
    each(pages().filter(|(status, _)| matches!(status, 200 | 201 | 403 | 404)), |(status, form)| {
        for effect in [true, false] {
            let cloud = cloud();
            let (id, _) = cloud.add_user_token(NewToken::named("x"));
            let path = format!("{TOKENS}/{id}");
            let page = || Fault::new(FaultKind::Page { status, form }).times(1).takes_effect(effect);
            cloud.fault(page().method("PUT"));
            client(&cloud).put(&path, &json!({"name": "y"})).unwrap();
            assert_eq!(ids_named(&cloud, "y"), [id], "{status} {form:?} {effect}");
            cloud.fault(page().method("DELETE"));
            client(&cloud).delete_existing(&path).unwrap();
            assert_eq!(ids_named(&cloud, "y").len(), 0, "{status} {form:?} {effect}");
        }
    });
}

#[test]
fn a_status_that_the_caller_takes_is_taken_from_the_cloud_alone() {
    let cloud = cloud();
    let client = client(&cloud);
    let gone = |status| status == 404;
    let path = format!("{TOKENS}/53f10664-3ce8-4c27-b382-0ef66432349f");
    assert_eq!(client.request("DELETE", &path, None, &gone).unwrap().status, 404);
    cloud.fault(Fault::new(FaultKind::Page { status: 404, form: IntermediaryPage::Nginx }));
    for method in ["GET", "DELETE"] {
        let error = client.request(method, &path, None, &gone).unwrap_err();
        assert!(matches!(error, Error::Intermediary { status: 404, .. }), "{error:?}");
    }
}

#[test]
fn a_gateway_that_has_trouble_is_waited_for() {
    let cloud = cloud();
    for status in [408, 429, 500, 502, 503, 504] {
        let client = client(&cloud);
        once(&cloud, "GET", FaultKind::Page { status, form: IntermediaryPage::Nginx });
        client.get(TOKENS).unwrap();
        assert_eq!(client.api_calls(), 2, "{status}");
    }
}
