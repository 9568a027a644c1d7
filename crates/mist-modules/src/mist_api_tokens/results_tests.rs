use super::*;
use mist_tokens::Error;
use mist_tokens::apply::{ApplyError, Outcome};
use mist_tokens::token::{Token, TokenRef};
use serde_json::json;

const NAMES: [&str; 12] = ["t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8", "t9", "t10", "t11"];

fn refusal(id: &str) -> Error {
    Error::NoId(id.to_owned())
}

#[test]
fn a_refusal_names_each_token_and_no_more_than_ten() {
    assert_eq!(
        refused(&NAMES[..3], &[(0, "no.".into()), (2, "never".into())]),
        "2 of 3 tokens cannot be as declared, and nothing was changed. Token 't0': no. Token 't2': never."
    );
    let same: Vec<(usize, String)> = (0..12).map(|position| (position, "no.".into())).collect();
    let told = refused(&NAMES, &same);
    assert!(told.ends_with("12 tokens, 't0', 't1', 't2', 't3', 't4' and 7 more: no."), "{told}");
    let all: Vec<(usize, String)> = (0..12).map(|position| (position, format!("no {position}."))).collect();
    let told = refused(&NAMES, &all);
    assert!(told.ends_with("Token 't9': no 9. and 2 more (see tokens in the result)"), "{told}");
}

#[test]
fn an_incomplete_run_says_what_failed_what_was_not_begun_why_and_what_is_still_to_purge() {
    let token = |id: &str| serde_json::from_value::<Token>(json!({"id": id, "name": format!("old-{id}")})).unwrap();
    let plan = SetPlan { purge: vec![token("x"), token("y"), token("z")], ..SetPlan::default() };
    let failed = Progress::Failed(Box::new(ApplyError { error: refusal("t1's"), done: Outcome::default() }));
    let done = SetOutcome {
        plans: Vec::new(),
        tokens: vec![Progress::Done(Box::default()), failed, Progress::NotBegun],
        purge: vec![Purged::Gone, Purged::Failed(refusal("y's")), Purged::NotBegun],
        stopped_by: Some(StopReason::Trouble(TokenRef { id: String::new(), name: "t1".into() })),
    };
    assert_eq!(
        incomplete(&NAMES[..3], &plan, &done),
        "2 of 3 tokens are not as declared. Token 't1': The cloud lists a token with an invalid id: 't1\\'s'. \
         Token 'old-y': The cloud lists a token with an invalid id: 'y\\'s'. \
         Not begun because of the failure of token 't1': 't2'. \
         Not purged yet, because not all declared tokens are in place: 'old-z' (z). \
         The result lists the changes, and the new keys are delivered. Run the task again to finish."
    );
}
