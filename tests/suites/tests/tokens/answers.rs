//! Unusable responses, and the messages of refusals.

use mist_simulator::FaultKind;
use mist_tokens::calls;
use mist_tokens::token::Owner;
use suites::{UNKNOWN_KEY, answer, client, client_with, cloud, each, milliseconds, of_the_cloud, once, says};

/// The outcome of a listing whose first response is unusable.
enum Then {
    /// It is asked for again.
    Again,
    /// It fails at once, with these words.
    Fails(&'static str),
}
use Then::{Again, Fails};

#[test]
fn every_spoiled_answer_is_asked_for_again_or_is_an_error_that_says_what_it_was() {
    each(
        [
            (FaultKind::CutBefore, Again),
            (FaultKind::CutAfter, Again),
            (FaultKind::CutMidBody, Again),
            (FaultKind::NotHttp, Again),
            (FaultKind::BadChunking, Again),
            (FaultKind::Html { status: 502 }, Again),
            (FaultKind::Trickle { milliseconds: 20 }, Again),
            (FaultKind::Delay { milliseconds: 3_600_000 }, Again),
            (FaultKind::DelayedEffect { milliseconds: 1 }, Again),
            (FaultKind::TruncatedBody, Fails("is cut off")),
            (FaultKind::ShortContentLength, Fails("is cut off")),
            (FaultKind::Html { status: 200 }, Fails("an HTML page titled")),
            (FaultKind::Html { status: 403 }, Fails("403 instead of the cloud, with an HTML page titled \"403\"")),
            (FaultKind::WrongShape, Fails("an object instead of a list")),
            (FaultKind::Garbage, Fails("is not JSON")),
            (FaultKind::NotUtf8, Fails("is not JSON")),
            (FaultKind::Compressed, Fails("compressed (gzip)")),
            (answer(200, "[1, 2]"), Fails("a list of tokens")),
            (answer(200, "[{\"name\": \"no id\"}]"), Fails("a list of tokens")),
            (answer(200, ""), Fails("nothing instead of a list")),
            (answer(200, &"[".repeat(100_000)), Fails("is not JSON")),
        ],
        |(kind, then)| {
            let cloud = cloud();
            let client = client_with(&cloud, |settings| {
                settings.network.timeout = milliseconds(500);
            });
            // The connection is in use already, so that what is left of a spoiled answer could get into the next.
            client.get("/api/v1/self").unwrap();
            once(&cloud, "GET", kind.clone());
            let outcome = calls::list(&client, &Owner::User);
            match then {
                Again => assert_eq!(outcome.unwrap().tokens.len(), 1, "{kind:?}"),
                Fails(words) => says(&of_the_cloud(outcome.unwrap_err()), &[words]),
            }
            let calls = if matches!(then, Again) { 3 } else { 2 };
            assert_eq!(client.api_calls(), calls, "{kind:?}");
            assert_eq!(
                calls::list(&client, &Owner::User).unwrap().tokens.len(),
                1,
                "{kind:?}: the next answer is what was asked for"
            );
        },
    );
}

#[test]
fn an_id_that_would_mean_something_in_a_path_is_refused_without_the_key_in_it() {
    let cloud = cloud();
    once(&cloud, "GET", answer(200, &format!("[{{\"id\": \"../{UNKNOWN_KEY}\"}}]")));
    let error = calls::list(&client(&cloud), &Owner::User).unwrap_err();
    assert_eq!(error, mist_tokens::Error::NoId("../********".into()));
}
