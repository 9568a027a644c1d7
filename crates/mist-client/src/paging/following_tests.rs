use super::*;
use serde_json::json;

fn host() -> Host {
    Host::parse("api.mist.com").unwrap()
}

fn page(count: u64, total: impl Into<Option<u64>>, limit: impl Into<Option<u64>>) -> Page {
    Page { count, total: total.into(), limit: limit.into(), ..Page::default() }
}

fn next(path: &str) -> Result<Next, Fault> {
    Ok(Next::Page(path.into()))
}

#[test]
fn all_pages_have_the_limit_of_the_first() {
    for (path, limit, expected) in [
        ("/x", Some(100), "/x?limit=100&page=2"),
        ("/x", None, "/x?page=2"),
        ("/x?limit=1000", Some(1000), "/x?limit=1000&page=2"),
        ("/x?name=a&page=1", Some(50), "/x?name=a&limit=50&page=2"),
    ] {
        assert_eq!(numbered(path, limit, 2), expected);
    }
}

#[test]
fn pages_follow_until_all_objects_are_read() {
    let host = host();
    for (first, second, then) in [
        (page(2, 3, 2), "/x?limit=2&page=2", page(1, 3, 2)),
        // Without a limit.
        (page(2, 3, None), "/x?page=2", page(1, 3, None)),
        // The list shrank, and the new total shows it.
        (page(2, 3, 2), "/x?limit=2&page=2", page(0, 2, 2)),
        // Only the first page has a total.
        (page(2, 3, 2), "/x?limit=2&page=2", page(1, None, None)),
    ] {
        let mut progress = Progress::new(&host, "/x");
        assert_eq!(progress.after(&first), next(second));
        assert_eq!(progress.after(&then), Ok(Next::End));
    }
    assert_eq!(Progress::new(&host, "/x").after(&page(2, None, None)), Ok(Next::End));
    assert_eq!(Progress::new(&host, "/x").after(&page(2, 2, 100)), Ok(Next::End));
}

#[test]
fn a_list_that_begins_in_the_middle_ends_at_its_end() {
    let host = host();
    let mut progress = Progress::new(&host, "/x?limit=2&page=2");
    assert_eq!(progress.after(&page(2, 5, 2)), next("/x?limit=2&page=3"));
    assert_eq!(progress.after(&page(1, 5, 2)), Ok(Next::End));
    assert_eq!(Progress::new(&host, "/x?page=9").after(&page(0, 5, 2)), Ok(Next::End));
}

#[test]
fn an_incomplete_list_is_a_fault() {
    let host = host();
    let mut progress = Progress::new(&host, "/x");
    progress.after(&page(2, 5, 2)).unwrap();
    assert_eq!(
        progress.after(&page(0, 5, 2)),
        Err(Fault::incomplete("the list is incomplete: the cloud reports 5 objects and returned 2"))
    );
    let mut progress = Progress::new(&host, "/x");
    progress.after(&page(2, 5, 2)).unwrap();
    assert!(progress.after(&page(0, None, None)).is_err(), "the total did not shrink");
    let fault = Progress::new(&host, "/x").after(&page(0, 5, 2)).unwrap_err();
    assert!(fault.reason.contains("returned 0"), "{fault:?}");
}

#[test]
fn a_full_page_without_a_total_is_followed_by_another_one() {
    let host = host();
    let mut progress = Progress::new(&host, "/x?limit=2");
    assert_eq!(progress.after(&page(2, None, None)), next("/x?limit=2&page=2"));
    assert_eq!(progress.after(&page(1, None, None)), Ok(Next::End));
    assert_eq!(Progress::new(&host, "/x?limit=2").after(&page(1, None, None)), Ok(Next::End));
    assert_eq!(Progress::new(&host, "/x?limit=2").after(&page(5, None, None)), Ok(Next::End), "it ignores the limit");
    assert_eq!(Progress::new(&host, "/x").after(&page(100, None, None)), Ok(Next::End));
}

#[test]
fn a_part_and_a_copy_are_incomplete_and_a_changed_total_is_noted() {
    let host = host();
    let mut progress = Progress::new(&host, "/x");
    let first = Page { digest: Some(1), ..page(2, 4, 2) };
    assert!(progress.after(&first).is_ok());
    assert!(progress.after(&first).unwrap_err().is_incomplete);
    let part = Page { is_part: true, ..page(2, 2, 2) };
    assert!(Progress::new(&host, "/x").after(&part).unwrap_err().is_incomplete);
    for (second, is_moved) in [(page(1, 3, 2), false), (page(0, 2, 2), true), (page(1, None, None), false)] {
        let mut progress = Progress::new(&host, "/x");
        progress.after(&page(2, 3, 2)).unwrap();
        progress.after(&second).unwrap();
        assert_eq!(progress.is_moved(), is_moved);
    }
}

#[test]
fn an_absurd_total_is_reported_and_not_followed() {
    let host = host();
    for (count, total, limit) in [(100, u64::MAX, Some(100)), (1, 5003, None), (1, 1_000_000_000, Some(1000))] {
        let fault = Progress::new(&host, "/x").after(&page(count, total, limit)).unwrap_err();
        assert!(fault.reason.contains(&format!("reports {total} objects")), "{fault:?}");
    }
    assert!(Progress::new(&host, "/x?page=18446744073709551615").after(&page(1, u64::MAX, 1000)).is_ok());
}

#[test]
fn a_next_in_the_body_is_followed_within_the_host_and_once() {
    let host = host();
    let with = |next: Value| Page { next: Some(next), ..page(1, 9, 1) };
    let mut progress = Progress::new(&host, "/x");
    assert_eq!(progress.after(&with(json!("/x?after=1"))), next("/x?after=1"));
    assert_eq!(progress.after(&with(json!("https://api.mist.com/x?after=2"))), next("/x?after=2"));
    assert!(progress.after(&with(json!("/x?after=1"))).unwrap_err().reason.contains("endless"));
    for end in [json!(null), json!("")] {
        assert_eq!(Progress::new(&host, "/x").after(&with(end)), Ok(Next::End));
    }
    for refused in [json!("https://evil.example/x"), json!("//evil.example"), json!(7), json!("x")] {
        let fault = Progress::new(&host, "/x").after(&with(refused)).unwrap_err();
        assert!(fault.reason.contains("was not followed") && !fault.reason.contains("evil"), "{fault:?}");
    }
    let empty = Page { next: Some(json!("/x?after=1")), ..page(0, 9, 1) };
    assert_eq!(Progress::new(&host, "/x").after(&empty), Ok(Next::End));
}

fn searched(pages: PageForm, path: &str, answers: &[Page]) -> (Vec<Result<Next, Fault>>, bool) {
    let host = host();
    let mut progress = Progress::of_search(&host, path, pages);
    let steps = answers.iter().map(|page| progress.after(page)).collect();
    (steps, progress.is_complete(&answers[answers.len() - 1]))
}

#[test]
fn a_search_follows_a_link_a_number_or_a_cursor() {
    let linked = |count, link: Value| Page { next: Some(link), ..page(count, 3, 2) };
    let cursor = |count, cursor: &str| Page { cursor: Some(cursor.into()), ..page(count, None, 2) };
    let end = || Ok(Next::End);
    for (pages, path, answers, steps, is_complete) in [
        (PageForm::Linked, "/x", vec![linked(2, json!("/x?a=1")), page(1, 3, 2)], vec![next("/x?a=1"), end()], true),
        // A search with links takes no numbers: without a link, more rows cannot be read.
        (PageForm::Linked, "/x", vec![page(2, 3, 2)], vec![end()], false),
        (
            PageForm::Numbered,
            "/x?limit=2",
            vec![page(2, 3, 2), page(1, 3, 2)],
            vec![next("/x?limit=2&page=2"), end()],
            true,
        ),
        (
            PageForm::Numbered,
            "/x?limit=2",
            vec![page(2, 5, 2), page(0, 5, 2)],
            vec![next("/x?limit=2&page=2"), end()],
            false,
        ),
        (
            PageForm::Numbered,
            "/x?limit=2",
            vec![page(2, None, 2), page(1, None, 2)],
            vec![next("/x?limit=2&page=2"), end()],
            true,
        ),
        // The cloud returns smaller pages and does not report their size.
        (
            PageForm::Numbered,
            "/x?limit=9",
            vec![page(2, None, None), page(2, None, None), page(0, None, None)],
            vec![next("/x?limit=9&page=2"), next("/x?limit=9&page=3"), end()],
            true,
        ),
        (
            PageForm::Linked,
            "/x?limit=2&search_after=old",
            vec![cursor(2, "[1,\"a\"]"), cursor(1, "z"), cursor(0, "z")],
            vec![next("/x?limit=2&search_after=%5B1%2C%22a%22%5D"), next("/x?limit=2&search_after=z"), end()],
            true,
        ),
        (PageForm::One, "/x?limit=2", vec![linked(2, json!("/x?a=1"))], vec![end()], false),
        (PageForm::One, "/x?limit=2", vec![page(2, None, None)], vec![end()], false),
        (PageForm::One, "/x?limit=2", vec![page(1, None, None)], vec![end()], true),
    ] {
        assert_eq!(searched(pages, path, &answers), (steps, is_complete), "{pages:?} {answers:?}");
    }
    let (steps, _) = searched(PageForm::Linked, "/x", &[cursor(1, "a"), cursor(1, "a")]);
    assert!(steps[1].clone().unwrap_err().reason.contains("endless"), "{steps:?}");
}
