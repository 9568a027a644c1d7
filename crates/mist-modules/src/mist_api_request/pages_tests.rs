use super::*;
use mist_client::error::Call;
use serde_json::json;

fn answer(json: Value, total: Option<u64>, page_limit: Option<u64>) -> Answer {
    let call = Call { method: "GET", url: "https://api.mist.com/x".into() };
    Answer { call, status: 200, json, is_empty: false, date: None, total, page_limit, repeated: false }
}

fn follows(path: &str, answer: &Answer) -> Result<Option<String>> {
    let host = Host::parse("api.mist.com").unwrap();
    Ok(following(&host, &Target::given(path), answer)?.map(|target| target.to_string()))
}

#[test]
fn a_list_goes_on_while_its_headers_say_so() {
    for (path, count, total, limit, next) in [
        ("/x", 100, Some(250), Some(100), Some("/x?limit=100&page=2")),
        ("/x?limit=1000&page=2", 100, Some(250), Some(100), Some("/x?limit=1000&page=3")),
        ("/x?page=3&name=a", 50, Some(250), Some(100), None),
        ("/x?name=a", 1, Some(2), Some(1), Some("/x?name=a&limit=1&page=2")),
        ("/x", 100, Some(100), Some(100), None),
        ("/x", 100, None, Some(100), None),
        ("/x", 100, Some(250), None, None),
        ("/x?limit=0", 3, Some(3), Some(0), None),
        ("/x?page=2", 0, Some(500), Some(100), None),
        ("/x?page=two", 100, Some(500), Some(100), None),
        ("/x?page=18446744073709551615", 1, Some(500), Some(100), None),
    ] {
        let page = answer(json!(vec![0; count]), total, limit);
        assert_eq!(follows(path, &page).unwrap().as_deref(), next, "{path}");
    }
}

#[test]
fn a_search_goes_on_with_its_next() {
    for (next, expected) in [
        (json!("/x?search_after=%5B1%5D&limit=2"), Some("/x?search_after=%5B1%5D&limit=2")),
        (json!("https://api.mist.com/x?a=[1]"), Some("/x?a=%5B1%5D")),
        (json!(null), None),
        (json!(""), None),
    ] {
        let page = answer(json!({"results": [1], "next": next}), None, None);
        assert_eq!(follows("/x", &page).unwrap().as_deref(), expected, "{next}");
    }
    let ended = answer(json!({"results": [], "next": "/x?a=1"}), None, None);
    assert_eq!(follows("/x", &ended).unwrap(), None);
    let by_headers = answer(json!({"results": [1]}), Some(2), Some(1));
    assert_eq!(follows("/x", &by_headers).unwrap().as_deref(), Some("/x?limit=1&page=2"));
}

#[test]
fn a_next_of_another_host_is_not_followed_nor_told() {
    for next in [
        json!("https://evil.example/x"),
        json!("//evil.example/x"),
        json!("http://api.mist.com/x"),
        json!("https://api.mist.com:444/x"),
        json!("x?page=2"),
        json!(5),
        json!(["/x"]),
    ] {
        let page = answer(json!({"results": [1], "next": next}), None, None);
        let error = follows("/x", &page).unwrap_err().to_string();
        assert!(error.contains("is not followed") && !error.contains("evil"), "{error}");
    }
}

#[test]
fn what_is_no_list_has_no_next_page() {
    for json in [json!({"next": "/x?page=2"}), json!({"results": 5, "next": "/x"}), json!(null), json!("text")] {
        assert_eq!(follows("/x", &answer(json, Some(9), Some(1))).unwrap(), None);
    }
}

#[test]
fn how_many_there_are_is_what_the_cloud_says() {
    for (json, header, total) in [
        (json!([1]), Some(5), Some(5)),
        (json!([1]), None, None),
        (json!({"results": [1], "total": 7}), None, Some(7)),
        (json!({"total": 7}), None, None),
    ] {
        assert_eq!(Read::one(answer(json, header, None)).total, total);
    }
}
