//! The objects in the cloud before and after a run.

use super::ObjectTask;
use crate::campaign::World;
use serde_json::Value;
use std::collections::BTreeMap;

/// All objects that a task could change.
#[derive(Debug, Clone, PartialEq)]
pub struct ObjectSnapshot {
    /// Those of the task's collection, without their modification times.
    pub objects: Vec<Value>,
    /// Those of other collections, by path.
    pub others: BTreeMap<String, Vec<Value>>,
}

impl ObjectSnapshot {
    pub fn of(world: &World, task: &ObjectTask) -> Self {
        let org = world.cloud.org_id();
        let mut paths: Vec<String> = ["sites", "sitegroups", "rftemplates", "wlans", "webhooks", "setting"]
            .map(|kind| format!("orgs/{org}/{kind}"))
            .to_vec();
        paths
            .extend(world.cloud.sites().iter().filter_map(|site| Some(format!("sites/{}/psks", site["id"].as_str()?))));
        let objects = |path: &str| -> Vec<Value> { world.cloud.objects(path).into_iter().map(without_time).collect() };
        let others = paths.into_iter().filter(|path| *path != task.path).map(|path| (path.clone(), objects(&path)));
        // A new site has empty collections.
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
