use super::*;
use crate::OwnerWish;
use crate::mist_api_token::carry_out::{Done, Stopped, Trouble};
use crate::mist_api_token::options::TokenOptions;
use mist_tokens::token::Token;
use serde_json::json;

fn declared(count: usize) -> Vec<Present> {
    let present =
        |number| Present::new(&format!("t{number}"), None, &TokenOptions::default(), None, &OwnerWish::User).unwrap();
    (0..count).map(present).collect()
}

fn failed(message: &str) -> Outcome {
    let trouble = Trouble { message: message.into(), about_one_thing: true };
    Outcome::Failed(Stopped { trouble, done: Done::default() })
}

#[test]
fn a_refusal_names_each_token_and_no_more_than_ten() {
    assert_eq!(
        refused(&declared(3), &[(0, "no.".into()), (2, "never".into())]),
        "2 of 3 tokens cannot be had as declared, so that nothing was changed. Token 't0': no. Token 't2': never."
    );
    let all: Vec<(usize, String)> = (0..12).map(|position| (position, "no.".into())).collect();
    let told = refused(&declared(12), &all);
    assert!(told.ends_with("Token 't9': no. and 2 more (see tokens in the result)"), "{told}");
}

#[test]
fn an_incomplete_run_says_what_failed_what_was_not_begun_why_and_what_is_still_to_purge() {
    let token = |id: &str| serde_json::from_value::<Token>(json!({"id": id, "name": format!("old-{id}")})).unwrap();
    let plan = SetPlan { purge: vec![token("x"), token("y"), token("z")], ..SetPlan::default() };
    let done = SetDone {
        tokens: vec![Outcome::Done(Done::default()), failed("no."), Outcome::NotBegun],
        purge: vec![Purged::Gone, Purged::Failed("refused.".into()), Purged::NotBegun],
        stopped_by: Some("of the trouble with token 't1'".into()),
    };
    assert_eq!(
        incomplete(&declared(3), &plan, &done),
        "2 of 3 tokens are not as declared. Token 't1': no. Token 'old-y': refused. \
         Not begun because of the trouble with token 't1': 't2'. \
         Still to purge, which comes once all declared tokens are in place: 'old-z' (z). \
         What was done is in the result, and its keys are delivered; run the task again to finish the job."
    );
}
