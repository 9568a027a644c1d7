//! One scenario: what goes wrong with which call of which task.

use super::situations::{Called, Nature, Situation, Task};
use super::troubles::{Trouble, When};
use super::world::{Snapshot, World, is_named};
use crate::Ran;
use mist_simulator::{Fault, FaultKind, NewToken, Owner};
use std::collections::BTreeMap;
use std::fmt;
use std::fs;

/// What goes wrong with which call of which task.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The task.
    pub situation: Situation,
    /// The call, and what befalls it; nothing does if there is none.
    pub trouble: Option<(Called, Trouble, When)>,
    /// How much Ansible's user wants to see, 0 to 4.
    pub verbosity: u8,
    /// With `--diff`.
    pub diff: bool,
}

/// Everything about a finished run, for those who judge it.
#[derive(Debug)]
pub struct Finished<'a> {
    /// What went wrong.
    pub scenario: &'a Scenario,
    /// Where.
    pub world: &'a World,
    /// The task.
    pub task: &'a Task,
    /// What there was.
    pub before: Snapshot,
    /// What there is.
    pub after: Snapshot,
    /// What it came to.
    pub ran: Ran,
}

impl fmt::Display for Scenario {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.situation.name)?;
        match &self.trouble {
            None => Ok(()),
            Some((called, trouble, when)) => write!(formatter, "; {}, {:?}: {}", called.name, when, trouble.name),
        }
    }
}

impl Scenario {
    /// A task with which nothing goes wrong.
    pub fn calm(situation: Situation) -> Self {
        Self { situation, trouble: None, verbosity: 0, diff: false }
    }

    /// Tokens and files of others, with names and contents much like those of the task.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn add_bystanders(&self, world: &World) -> anyhow::Result<()> {
        for name in ["wanted-2", "Wanted", "other"] {
            world.cloud.add_user_token(NewToken::named(name));
            world.cloud.add_org_token(world.cloud.org_id(), NewToken::named(name));
        }
        Ok(fs::write(world.keys().join("bystander"), "of somebody else")?)
    }

    /// The task, with the bounds of time that every scenario has.
    ///
    /// # Errors
    ///
    /// What the task meets could not be put there.
    pub fn task(&self, world: &World) -> anyhow::Result<Task> {
        let mut task = (self.situation.prepare)(world)?;
        let options = &mut task.options;
        for (name, value) in [("timeout", 2), ("max_wait", 6), ("_ansible_verbosity", i32::from(self.verbosity))] {
            options[name] = value.into();
        }
        options["_ansible_diff"] = self.diff.into();
        Ok(task)
    }

    /// Makes it go wrong; gives how many requests go wrong before the trouble comes.
    pub(super) fn add_faults(&self, world: &World) -> usize {
        let mut preparations = Vec::new();
        if self.situation.meanwhile.is_some() {
            let held = FaultKind::HoldRequest;
            preparations.push(Fault::new(held).method("POST").path("*/apitokens").times(1));
        }
        let Some((called, trouble, when)) = &self.trouble else {
            let count = preparations.len();
            preparations.into_iter().for_each(|fault| world.cloud.fault(fault));
            return count;
        };
        preparations.extend(called.because.map(|because| because()));
        if *when == When::Second {
            let unavailable = FaultKind::Status { status: 503, body: String::new(), headers: BTreeMap::new() };
            let fault = Fault::new(unavailable).method(called.method).path(called.path);
            preparations.push(fault.skip(called.after).times(1));
        }
        let count = preparations.len();
        preparations.into_iter().for_each(|fault| world.cloud.fault(fault));
        let fault = trouble.fault(called.method, called.path).skip(called.after);
        world.cloud.fault(if *when == When::Every { fault } else { fault.times(1) });
        count
    }

    /// Whether this trouble may not make the task fail.
    pub fn must_succeed(&self) -> bool {
        if self.situation.meanwhile.is_some() {
            return false;
        }
        let Some((called, trouble, when)) = &self.trouble else { return true };
        match called.nature {
            Nature::Repeated => trouble.passes && *when != When::Every,
            Nature::Creation => (trouble.passes || trouble.may_have_effect()) && *when == When::First,
            Nature::Once => false,
            Nature::Courtesy => true,
        }
    }

    /// Every scenario of these situations and troubles.
    pub fn all(situations: &[Situation], troubles: &[Trouble], whens: &[When]) -> Vec<Self> {
        let mut scenarios = Vec::new();
        for situation in situations {
            for called in &situation.calls {
                // What is made once has no second attempt.
                let once = matches!(called.nature, Nature::Once | Nature::Courtesy);
                for trouble in troubles.iter().filter(|trouble| trouble.befalls(called)) {
                    for when in whens.iter().filter(|when| !once || **when != When::Second) {
                        let trouble = Some((*called, trouble.clone(), *when));
                        scenarios.push(Self { situation: situation.clone(), trouble, verbosity: 0, diff: false });
                    }
                }
            }
        }
        scenarios
    }
}

/// The tokens of others, which no scenario may touch.
pub(super) fn of_others<'a>(snapshot: &'a Snapshot, task: &Task) -> Vec<(&'a Owner, &'a str, &'a str)> {
    snapshot
        .tokens
        .iter()
        .filter(|(owner, token)| {
            !task.wanted.iter().any(|wanted| wanted.owner == *owner && is_named(token, &wanted.name))
        })
        .map(|(owner, token)| (owner, token.id.as_str(), token.name.as_str()))
        .collect()
}
