//! Lists that come in pages, in every form in which the cloud reports them.

use mist_client::answer::Answer;
use mist_client::{Client, Error, paging};
use mist_simulator::{Config, Fault, FaultKind, Simulator};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use suites::{answer, client, once, says};

fn cloud_of_sites(sites: usize, page_limit: usize) -> (Simulator, Client, String) {
    let cloud = Simulator::start(Config { sites, page_limit, ..Config::default() }).unwrap();
    let (client, path) = (client(&cloud), format!("/api/v1/orgs/{}/sites", cloud.org_id()));
    (cloud, client, path)
}

fn all(client: &Client, path: &str) -> Result<(Answer, Vec<Value>), Error> {
    paging::all(client, path, "a list")
}

fn names(items: &[Value]) -> BTreeSet<&str> {
    items.iter().map(|item| item["name"].as_str().unwrap()).collect()
}

#[test]
fn a_list_of_many_pages_comes_whole_and_without_repetition() {
    for (sites, asked, page_limit, calls) in [
        (0, "", 1000, 1),
        (100, "", 1000, 1),
        (101, "", 1000, 2),
        (250, "", 1000, 3),
        (250, "?limit=1000", 1000, 1),
        // The cloud gives less than was asked for.
        (250, "?limit=1000", 40, 7),
    ] {
        let (_cloud, client, path) = cloud_of_sites(sites, page_limit);
        let (_, items) = all(&client, &format!("{path}{asked}")).unwrap();
        assert_eq!((items.len(), names(&items).len()), (sites, sites), "{asked}");
        assert_eq!(client.api_calls(), calls, "{sites} {asked} {page_limit}");
    }
}

#[test]
fn a_list_that_shrinks_while_it_is_read_ends() {
    let (cloud, client, path) = cloud_of_sites(250, 1000);
    let mut pages = 0;
    let first = paging::each_page(&client, &path, "a list", |_: Vec<Value>| {
        pages += 1;
        // The objects of the following pages are deleted in the meantime.
        for site in cloud.sites().iter().skip(100) {
            assert!(cloud.remove_object(&format!("/api/v1/sites/{}", site["id"].as_str().unwrap())));
        }
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!((first.total, pages, client.api_calls()), (Some(250), 1, 2));
}

/// A response with these headers and this body.
fn page(body: Value, headers: &[(&str, &str)]) -> FaultKind {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    FaultKind::Status { status: 200, body: body.to_string(), headers: headers.collect::<BTreeMap<_, _>>() }
}

fn answers(cloud: &Simulator, pages: Vec<FaultKind>) {
    for page in pages {
        once(cloud, "GET", page);
    }
}

fn list(ids: std::ops::Range<i32>) -> Value {
    ids.map(|id| json!({"id": id.to_string(), "name": format!("Site {id}")})).collect()
}

fn results(ids: std::ops::Range<i32>, more: Value) -> Value {
    let mut body = json!({ "results": list(ids) });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

#[test]
fn pages_are_told_in_headers_or_in_the_body_with_a_limit_or_without() {
    let body = |page| json!({"limit": 2, "page": page, "total": 3});
    let (total, both) = ([("x-page-total", "3")], [("x-page-total", "3"), ("x-page-limit", "2")]);
    for (pages, second) in [
        (vec![page(list(0..2), &both), page(list(2..3), &both)], "limit=2&page=2"),
        (vec![page(list(0..2), &total), page(list(2..3), &total)], "page=2"),
        (vec![page(results(0..2, body(1)), &[]), page(results(2..3, body(2)), &[])], "limit=2&page=2"),
        (vec![page(results(0..2, json!({"total": 3})), &[]), page(results(2..3, json!({"total": 3})), &[])], "page=2"),
        (
            vec![
                page(results(0..2, json!({"next": "/api/v1/x?after=2"})), &[]),
                page(results(2..3, json!({"next": null})), &[]),
            ],
            "after=2",
        ),
    ] {
        let (cloud, client, path) = cloud_of_sites(1, 1000);
        answers(&cloud, pages.clone());
        let (_, items) = all(&client, &path).unwrap();
        assert_eq!((names(&items).len(), client.api_calls()), (3, 2), "{second}");
        assert_eq!(cloud.requests()[1].query, second);
        answers(&cloud, pages);
        let whole = paging::complete(&client, &path, client.get(&path).unwrap()).unwrap();
        let json = whole.answer.json;
        assert_eq!(json.as_array().or_else(|| json["results"].as_array()).map(Vec::len), Some(3), "{second}");
        assert_eq!((whole.pages, whole.total, cloud.requests()[3].query.as_str()), (2, Some(3), second));
    }
}

#[test]
fn a_whole_of_pages_keeps_the_form_of_the_first() {
    let (cloud, client, path) = cloud_of_sites(1, 1000);
    let body = |page| json!({"limit": 2, "page": page, "total": 3, "start": 7});
    answers(&cloud, vec![page(results(0..2, body(1)), &[]), page(results(2..3, body(2)), &[])]);
    let whole = paging::complete(&client, &path, client.get(&path).unwrap()).unwrap();
    assert_eq!((whole.pages, whole.total), (2, Some(3)));
    assert_eq!(whole.answer.json, results(0..3, body(1)));
    answers(&cloud, vec![page(json!({"id": "x"}), &[])]);
    let one = paging::complete(&client, &path, client.get(&path).unwrap()).unwrap();
    assert_eq!((one.pages, one.answer.json), (1, json!({"id": "x"})));
}

#[test]
fn null_is_an_empty_list_on_any_page_and_nothing_is_no_list() {
    let (cloud, client, path) = cloud_of_sites(1, 1000);
    answers(&cloud, vec![page(json!(null), &[])]);
    assert!(all(&client, &path).unwrap().1.is_empty());
    answers(&cloud, vec![page(json!(null), &[])]);
    let whole = paging::complete(&client, &path, client.get(&path).unwrap()).unwrap();
    assert_eq!((whole.answer.json, whole.total), (json!([]), Some(0)));
    let both = [("x-page-total", "3"), ("x-page-limit", "2")];
    answers(&cloud, vec![page(list(0..2), &both), page(json!(null), &[("x-page-total", "2")])]);
    assert_eq!(all(&client, &path).unwrap().1.len(), 2);
    once(&cloud, "GET", answer(200, ""));
    says(&all(&client, &path).unwrap_err(), &["with nothing instead of a list"]);
}

#[test]
fn a_list_that_is_cut_short_is_an_error_and_an_absurd_total_is_not_followed() {
    let both = [("x-page-total", "5"), ("x-page-limit", "2")];
    let absurd = [("x-page-total", "99999999999999"), ("x-page-limit", "2")];
    let same = |id| page(results(id..id + 1, json!({"next": "/api/v1/x"})), &[]);
    let elsewhere = page(results(0..1, json!({"next": "https://evil.example/x"})), &[]);
    for (pages, words, calls) in [
        (vec![page(list(0..2), &both), page(json!([]), &both)], "returned 2", 2),
        (vec![page(list(0..2), &both), page(json!([]), &[])], "returned 2", 2),
        (vec![page(list(0..2), &absurd)], "reports 99999999999999", 1),
        (vec![page(list(0..2), &[("x-page-total", "-1")])], "x-page-total is not a number", 1),
        (vec![same(0), same(1)], "endless", 2),
        (vec![elsewhere], "another host", 1),
    ] {
        let (cloud, client, path) = cloud_of_sites(1, 1000);
        answers(&cloud, pages.clone());
        says(&all(&client, &path).unwrap_err(), &[words]);
        assert_eq!(client.api_calls(), calls, "{words}");
        answers(&cloud, pages);
        let first = client.get(&path);
        says(&first.and_then(|first| paging::complete(&client, &path, first)).unwrap_err(), &[words]);
    }
}

#[test]
fn a_reader_that_has_enough_asks_for_no_more_pages() {
    let (_cloud, client, path) = cloud_of_sites(250, 1000);
    paging::each_page(&client, &path, "a list", |_: Vec<Value>| ControlFlow::Break(())).unwrap();
    assert_eq!(client.api_calls(), 1);
}

#[test]
fn a_list_without_page_headers_is_one_page() {
    let (cloud, client, path) = cloud_of_sites(5, 1000);
    once(&cloud, "GET", answer(200, r#"[{"id": "a"}, {"id": "b"}]"#));
    let (first, items) = all(&client, &path).unwrap();
    assert_eq!((first.total, items.len(), client.api_calls()), (None, 2, 1));
}

#[test]
fn a_later_page_that_is_no_list_is_an_error() {
    let (cloud, client, path) = cloud_of_sites(250, 1000);
    cloud.fault(Fault::new(FaultKind::WrongShape).method("GET").skip(1));
    says(&all(&client, &path).unwrap_err(), &["page=2", "instead of a list"]);
}
