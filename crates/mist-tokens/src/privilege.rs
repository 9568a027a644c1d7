//! What a token may do, and where: Mist's privileges.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// One privilege of an organisation token. Fields that are not known here are kept as they came.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Privilege {
    /// `org`, `site`, `sitegroup`, or `orgsites` (all sites; seen in practice).
    pub scope: String,
    /// `admin`, `write`, `read`, `helpdesk` or `installer`.
    pub role: String,
    /// The organisation; filled in by the cloud.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org_id: Option<String>,
    /// With scope `site`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site_id: Option<String>,
    /// With scope `sitegroup`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sitegroup_id: Option<String>,
    /// The dashboard's views that a role is narrowed to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub views: Option<Vec<String>>,
    /// Whatever else the cloud shows.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

/// What makes two privileges the same: what a user declares, without what the cloud fills in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Essence {
    scope: String,
    role: String,
    site_id: Option<String>,
    sitegroup_id: Option<String>,
    views: BTreeSet<String>,
}

impl Privilege {
    /// What a user declares of it.
    #[must_use]
    pub fn essence(&self) -> Essence {
        let id = |id: &Option<String>| id.as_ref().filter(|id| !id.is_empty()).map(|id| id.to_ascii_lowercase());
        Essence {
            scope: self.scope.clone(),
            role: self.role.clone(),
            site_id: id(&self.site_id),
            sitegroup_id: id(&self.sitegroup_id),
            views: self.views.iter().flatten().cloned().collect(),
        }
    }
}

/// Whether both lists say the same: as a set, without what the cloud fills in.
#[must_use]
pub fn same_privileges(one: &[Privilege], other: &[Privilege]) -> bool {
    let essence = |list: &[Privilege]| list.iter().map(Privilege::essence).collect::<Vec<_>>();
    let (one, other) = (essence(one), essence(other));
    one.iter().all(|privilege| other.contains(privilege)) && other.iter().all(|privilege| one.contains(privilege))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn list(value: Value) -> Vec<Privilege> {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn privileges_compare_as_a_set_without_what_the_cloud_fills_in() {
        let org = json!({"scope": "org", "role": "admin"});
        let site = json!({"scope": "site", "role": "read", "site_id": "441a1214-6928-442a-8e92-e1d34b8ec6a6"});
        let filled = json!({"scope": "org", "role": "admin", "org_id": "a97c1b22-a4e9-411e-9bfd-d8695a0f9e61", "views": [],
            "org_name": "Org", "site_id": null});
        let upper = json!({"scope": "site", "role": "read", "site_id": "441A1214-6928-442A-8E92-E1D34B8EC6A6"});
        for (one, other, same) in [
            (json!([org, site]), json!([site, org]), true),
            (json!([org]), json!([filled]), true),
            (json!([site]), json!([upper]), true),
            (json!([org]), json!([org, site]), false),
            (json!([org]), json!([{"scope": "org", "role": "read"}]), false),
            (
                json!([{"scope": "org", "role": "read", "views": ["a", "b"]}]),
                json!([{"scope": "org", "role": "read", "views": ["b", "a"]}]),
                true,
            ),
            (
                json!([{"scope": "org", "role": "read", "views": ["a"]}]),
                json!([{"scope": "org", "role": "read"}]),
                false,
            ),
        ] {
            assert_eq!(same_privileges(&list(one.clone()), &list(other.clone())), same, "{one} {other}");
        }
    }

    #[test]
    fn fields_that_are_not_known_are_kept() {
        let shown = json!({"scope": "org", "role": "admin", "org_name": "Org", "future": {"a": 1}});
        let privilege: Privilege = serde_json::from_value(shown.clone()).unwrap();
        assert_eq!(serde_json::to_value(privilege).unwrap(), shown);
    }
}
