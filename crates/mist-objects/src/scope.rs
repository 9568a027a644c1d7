//! The ids in the paths of objects. No I/O.

use crate::table::{Kind, Level};

/// The organization, site or MSP that objects belong to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    pub org_id: Option<String>,
    pub site_id: Option<String>,
    pub msp_id: Option<String>,
}

impl Scope {
    #[must_use]
    pub fn id(&self, level: Level) -> Option<&str> {
        match level {
            Level::Msp => self.msp_id.as_deref(),
            Level::Org => self.org_id.as_deref(),
            Level::Site => self.site_id.as_deref(),
        }
    }

    /// The same scope with the ids in the path of a kind.
    #[must_use]
    pub fn of(mut self, kind: &Kind) -> Self {
        for (level, id) in &kind.located {
            let place = match level {
                Level::Msp => &mut self.msp_id,
                Level::Org => &mut self.org_id,
                Level::Site => &mut self.site_id,
            };
            *place = Some(id.clone());
        }
        self
    }

    /// A path of the table with these ids.
    #[must_use]
    pub fn fill(&self, template: &str) -> String {
        let mut path = format!("/api/v1/{}", template.trim_start_matches('/').trim_start_matches("api/v1/"));
        for level in [Level::Msp, Level::Org, Level::Site] {
            path = path.replace(&level.placeholder(), self.id(level).unwrap_or_default());
        }
        path
    }

    /// The path of an object.
    #[must_use]
    pub fn item(&self, kind: &Kind, id: &str) -> String {
        if kind.one {
            self.fill(&kind.collection)
        } else {
            format!("{}/{}", self.fill(&kind.item), mist_client::path::encode(id))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::kind;

    #[test]
    fn an_id_is_one_part_of_a_path_whatever_it_contains() {
        let scope = Scope { org_id: Some("o".into()), site_id: Some("s".into()), msp_id: None };
        let sites = kind(Level::Org, "sites").unwrap();
        assert_eq!(scope.fill(&sites.collection), "/api/v1/orgs/o/sites");
        assert_eq!(scope.item(&sites, "x"), "/api/v1/sites/x");
        assert_eq!(scope.item(&kind(Level::Site, "wlans").unwrap(), "../x?"), "/api/v1/sites/s/wlans/..%2Fx%3F");
        assert_eq!(scope.item(&kind(Level::Site, "setting").unwrap(), ""), "/api/v1/sites/s/setting");
        assert_eq!(scope.fill("/api/v1/orgs/{org_id}/new"), "/api/v1/orgs/o/new");
    }
}
