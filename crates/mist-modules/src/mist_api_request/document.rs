//! What Mist's document knows of the fields of what is at a path. No I/O.

use mist_objects::table::{self, Schema};

/// The fields of the object at this path (`/api/v1/sites/…/wlans/…`, words in braces filled in or not); of a path that is
/// no object of the table, nothing is known.
#[must_use]
pub fn shape(path: &str) -> Schema {
    let Some(steps) = path.trim_start_matches('/').strip_prefix("api/v1/").map(steps) else { return Schema::default() };
    let fits = |template: &str, id: bool| {
        let template = steps_of(template, id);
        template.len() == steps.len()
            && template.iter().zip(&steps).all(|(known, step)| known.starts_with('{') || known == step)
    };
    // A path that is written out comes before one that an id fits in: `sites/{site_id}/setting` is no site of that id.
    table::all()
        .find(|kind| fits(&kind.collection, false))
        .or_else(|| table::all().find(|kind| !kind.one && fits(&kind.item, true)))
        .map(|kind| kind.schema)
        .unwrap_or_default()
}

/// The same for the option `path`, as the task writes it.
#[must_use]
pub fn at(path: &str) -> Schema {
    let path = path.split('?').next().unwrap_or_default().trim().trim_start_matches('/');
    shape(&if path.starts_with("api/") { path.to_owned() } else { format!("api/v1/{path}") })
}

fn steps(path: &str) -> Vec<&str> {
    path.split('/').filter(|step| !step.is_empty()).collect()
}

fn steps_of(template: &str, id: bool) -> Vec<&str> {
    let mut all = steps(template.trim_start_matches('/').trim_start_matches("api/v1/"));
    if id {
        all.push("{id}");
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use mist_objects::table::Level;

    #[test]
    fn what_is_at_a_path_is_known_by_its_form() {
        for (path, scope, word) in [
            ("/api/v1/sites/4ac1dcf4/wlans/1234", Level::Site, "wlans"),
            ("/api/v1/orgs/{org_id}/wlans/1234", Level::Org, "wlans"),
            ("/api/v1/sites/{site_id}/wlans", Level::Site, "wlans"),
            ("/api/v1/sites/4ac1dcf4/setting", Level::Site, "setting"),
            ("/api/v1/orgs/4ac1dcf4/setting", Level::Org, "setting"),
            ("/api/v1/sites/4ac1dcf4", Level::Org, "sites"),
            ("/api/v1/orgs/{org_id}/sites", Level::Org, "sites"),
        ] {
            assert_eq!(shape(path), table::kind(scope, word).unwrap().schema, "{path}");
            assert_ne!(shape(path), Schema::default(), "{path}");
        }
        assert_ne!(at("sites/{site_id}/wlans/1?x=y"), Schema::default());
        for path in ["/api/v1/self", "/api/v2/sites/1/wlans/1", "/api/v1/sites/1/nothing/1", "", "/api/v1/"] {
            assert_eq!(shape(path), Schema::default(), "{path}");
        }
    }
}
