//! Where objects are: the ids that stand in paths. No I/O.

use crate::table::{Kind, Level};

/// The ids of what the objects belong to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// The organisation.
    pub org_id: Option<String>,
    /// The site.
    pub site_id: Option<String>,
    /// The MSP.
    pub msp_id: Option<String>,
}

impl Scope {
    /// The id of a scope.
    #[must_use]
    pub fn id(&self, scope: Level) -> Option<&str> {
        match scope {
            Level::Msp => self.msp_id.as_deref(),
            Level::Org => self.org_id.as_deref(),
            Level::Site => self.site_id.as_deref(),
        }
    }

    /// The path of the API for one of the table.
    #[must_use]
    pub fn fill(&self, template: &str) -> String {
        let mut path = format!("/api/v1/{}", template.trim_start_matches('/').trim_start_matches("api/v1/"));
        for scope in [Level::Msp, Level::Org, Level::Site] {
            path = path.replace(&scope.placeholder(), self.id(scope).unwrap_or_default());
        }
        path
    }

    /// The path of one object.
    #[must_use]
    pub fn item(&self, kind: &Kind, id: &str) -> String {
        if kind.one { self.fill(&kind.collection) } else { format!("{}/{}", self.fill(&kind.item), encoded(id)) }
    }
}

/// An id is the cloud's or the user's word: whatever it holds, it is one step of the path.
fn encoded(id: &str) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for byte in id.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::kind;

    #[test]
    fn a_path_is_filled_with_ids_and_an_id_is_one_step_of_it() {
        let place = Scope { org_id: Some("o".into()), site_id: Some("s".into()), msp_id: None };
        let sites = kind(Level::Org, "sites").unwrap();
        assert_eq!(place.fill(&sites.collection), "/api/v1/orgs/o/sites");
        assert_eq!(place.item(&sites, "x"), "/api/v1/sites/x");
        assert_eq!(place.item(&kind(Level::Site, "wlans").unwrap(), "../x?"), "/api/v1/sites/s/wlans/%2E%2E%2Fx%3F");
        assert_eq!(place.item(&kind(Level::Site, "setting").unwrap(), ""), "/api/v1/sites/s/setting");
        assert_eq!(place.fill("/api/v1/orgs/{org_id}/new"), "/api/v1/orgs/o/new");
    }
}
