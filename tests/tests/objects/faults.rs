//! Every fault at every call of tasks about objects, and two runs of a task at once.

use acceptance::campaign::Campaign;
use acceptance::campaign::objects::{Homes, run_pairs, situations};

#[test]
fn whatever_goes_wrong_no_object_is_lost_or_doubled_and_running_again_finishes() -> anyhow::Result<()> {
    let name = "Faults with objects";
    Campaign { name, situations: situations(), share_of_first: 5, share: 19, at_least: 150 }.run()
}

#[test]
fn two_runs_at_once_on_one_machine_take_turns() -> anyhow::Result<()> {
    run_pairs(&situations(), Homes::Shared)
}

#[test]
fn two_runs_at_once_on_two_machines_never_delete_each_others_objects() -> anyhow::Result<()> {
    run_pairs(&situations(), Homes::Separate)
}
