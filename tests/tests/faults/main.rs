//! Every fault at every call of tasks about tokens: one token or none, no key lost, nothing left behind.

mod killed_runs;
mod overlapping_runs;

use acceptance::campaign::Campaign;
use acceptance::campaign::tokens::situations;

#[test]
fn whatever_goes_wrong_there_is_one_token_or_none_and_no_key_is_lost() -> anyhow::Result<()> {
    Campaign { name: "Faults", situations: situations(), share_of_first: 3, share: 17, at_least: 300 }.run()
}
