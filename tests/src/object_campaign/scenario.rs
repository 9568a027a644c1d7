//! One scenario: what goes wrong with which call of which task.

use super::situations::{ObjectTask, Situation, config};
use crate::campaign::{Called, Nature, Trouble, When, World};
use mist_simulator::{Fault, FaultKind, NewToken};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

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

/// All objects of the task's collection, and of all others that a task could touch.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// The collection's, without the times of their last change.
    pub objects: Vec<Value>,
    /// Everything else, by path.
    pub others: BTreeMap<String, Vec<Value>>,
}

impl Snapshot {
    /// What there is now.
    pub fn of(world: &World, task: &ObjectTask) -> Self {
        let org = world.cloud.org_id();
        let mut paths: Vec<String> = ["sites", "sitegroups", "rftemplates", "wlans", "webhooks", "setting"]
            .map(|kind| format!("orgs/{org}/{kind}"))
            .to_vec();
        paths
            .extend(world.cloud.sites().iter().filter_map(|site| Some(format!("sites/{}/psks", site["id"].as_str()?))));
        let objects = |path: &str| -> Vec<Value> { world.cloud.objects(path).into_iter().map(without_time).collect() };
        let others = paths.into_iter().filter(|path| *path != task.path).map(|path| (path.clone(), objects(&path)));
        // A new site has collections, too, in which there is nothing.
        let others = others.filter(|(_, objects)| !objects.is_empty());
        Self { objects: objects(&task.path), others: others.collect() }
    }
}

fn without_time(mut object: Value) -> Value {
    if let Some(fields) = object.as_object_mut() {
        fields.remove("modified_time");
    }
    object
}

/// The task with the bounds of time that every scenario has.
pub fn bounded(mut task: ObjectTask, timeout: u64, max_wait: u64) -> ObjectTask {
    task.task.options["timeout"] = timeout.into();
    task.task.options["max_wait"] = max_wait.into();
    task
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

    /// A cloud with what the task meets, and the task.
    ///
    /// # Errors
    ///
    /// The system gives no port or no folder.
    pub fn set_up(situation: &Situation) -> anyhow::Result<(World, ObjectTask)> {
        let world = World::new(config())?;
        // Of others, with names much like those of the task.
        for kind in ["webhooks", "rftemplates", "wlans"] {
            let path = format!("orgs/{}/{kind}", world.cloud.org_id());
            for name in ["hook 2", "Old", "old ", "guests-2"] {
                world.cloud.seed(&path, serde_json::json!({"name": name, "ssid": name}));
            }
        }
        world.cloud.add_user_token(NewToken::named("other"));
        let task = (situation.prepare)(&world);
        Ok((world, task))
    }

    /// Makes it go wrong; gives how many requests go wrong before the trouble comes.
    pub(super) fn add_faults(&self, world: &World) -> usize {
        let Some((called, trouble, when)) = &self.trouble else {
            return 0;
        };
        let mut preparations: Vec<Fault> = called.because.map(|because| because()).into_iter().collect();
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
        let Some((called, trouble, when)) = &self.trouble else { return true };
        match called.nature {
            Nature::Repeated => trouble.passes && *when != When::Every,
            Nature::Creation => {
                (trouble.passes || (trouble.may_have_effect() && !is_a_refusal(trouble))) && *when == When::First
            }
            Nature::Once | Nature::Courtesy => false,
        }
    }

    /// The scenarios for two runs at once: both lose the response to a creation, or, where nothing is created, to any call.
    /// Two creations without a loss are two objects, so that other calls of tasks that create are left out.
    pub fn pairs(situations: &[Situation], troubles: &[Trouble]) -> Vec<Self> {
        const LOST: [&str; 5] = [
            "cut before its effect",
            "cut after its effect",
            "an empty answer",
            "closed without an answer, committed later",
            "200 {} committed later",
        ];
        let lost: Vec<Trouble> =
            troubles.iter().filter(|trouble| LOST.contains(&trouble.name.as_str())).cloned().collect();
        let all = Self::all(situations, &lost, &[When::First]);
        let creates = |scenario: &Self| scenario.situation.calls.iter().any(|call| call.nature == Nature::Creation);
        let is_creation = |scenario: &Self| {
            scenario
                .trouble
                .as_ref()
                .is_some_and(|(called, ..)| called.nature == Nature::Creation || called.because.is_some())
        };
        all.into_iter().filter(|scenario| is_creation(scenario) || !creates(scenario)).collect()
    }

    /// Every scenario of these situations and troubles.
    pub fn all(situations: &[Situation], troubles: &[Trouble], whens: &[When]) -> Vec<Self> {
        let mut scenarios = Vec::new();
        for situation in situations {
            for called in &situation.calls {
                for trouble in troubles.iter().filter(|trouble| befalls(trouble, called)) {
                    for when in whens {
                        let trouble = Some((*called, trouble.clone(), *when));
                        scenarios.push(Self { situation: situation.clone(), trouble, verbosity: 0, diff: false });
                    }
                }
            }
        }
        scenarios
    }
}

/// Whether somebody says no, rightly or not: nothing obliges a task to go on then.
fn is_a_refusal(trouble: &Trouble) -> bool {
    match &trouble.kind {
        FaultKind::Status { status, .. } | FaultKind::Html { status } | FaultKind::Page { status, .. } => {
            (400..500).contains(status)
        }
        FaultKind::Redirect { .. } => true,
        _ => false,
    }
}

/// Whether it is a trouble with this call. Of a cloud that lies in its own form nothing can be promised: `null` is an
/// empty list, and one object read in place of another (of a setting, say) is that object.
fn befalls(trouble: &Trouble, called: &Called) -> bool {
    let reads_one = called.method == "GET" && called.name == "the reading";
    let another = trouble.name == "a token without a key"
        || matches!(&trouble.kind, FaultKind::Redirect { to, .. } if to == "/api/v1/self");
    let lies = (called.method == "GET" && trouble.name == "null") || (reads_one && another);
    trouble.befalls(called) && !lies
}
