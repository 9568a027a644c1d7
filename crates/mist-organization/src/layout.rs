//! The folder of an organization: which file has which objects. No I/O.
//!
//! ```text
//! wlans.yml                     the objects of a kind of the organization
//! networktemplates/Branch.yml   one object (or several of one name) of a kind with large objects
//! sites/Branch 1/wlans.yml      the objects of a site
//! site-settings.csv             fields of the settings of many sites
//! .mist/                        what belongs to the folder itself
//! ```

use mist_objects::table::{self, Kind, Level};

/// The list of exported files.
pub const EXPORTED: &str = ".mist/exported";

/// The folder of the schemas.
pub const SCHEMAS: &str = ".mist/schemas";

/// The table with fields of the settings of many sites.
pub const SITE_SETTINGS: &str = "site-settings.csv";

/// Keeps a folder of secrets out of git.
pub const GIT_IGNORE: &str = ".gitignore";

pub const GIT_ATTRIBUTES: &str = ".gitattributes";

/// The folder of the folders of sites.
pub const SITES: &str = "sites";

/// Kinds with large objects: one file each.
const LARGE: [&str; 6] =
    ["aptemplates", "deviceprofiles", "gatewaytemplates", "networktemplates", "sitetemplates", "templates"];

/// The endings of files with objects.
pub const ENDINGS: [&str; 4] = ["yml", "yaml", "json", "csv"];

/// True if each object of the kind has a file of its own in an export.
#[must_use]
pub fn is_large(kind: &Kind) -> bool {
    kind.level == Level::Org && LARGE.contains(&kind.word.as_str())
}

/// The place of a file in the folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Objects of a kind. `site` is the name of the folder of a site. `file` is the name of the file of one object.
    Objects {
        site: Option<String>,
        word: String,
        file: Option<String>,
    },
    SiteSettings,
    /// A file of the folder itself.
    Own,
}

/// The place of a path relative to the folder. `None` for a file that has no place.
#[must_use]
pub fn place(path: &str) -> Option<Place> {
    if path == SITE_SETTINGS {
        return Some(Place::SiteSettings);
    }
    if path == GIT_ATTRIBUTES || path == GIT_IGNORE || path == EXPORTED {
        return Some(Place::Own);
    }
    if let Some(schema) = path.strip_prefix(SCHEMAS).and_then(|rest| rest.strip_prefix('/')) {
        return (!schema.contains('/') && schema.ends_with(".json") && is_one_step(schema)).then_some(Place::Own);
    }
    let steps: Vec<&str> = path.split('/').collect();
    if !steps.iter().all(|step| is_one_step(step)) {
        return None;
    }
    let (site, rest) = match steps.as_slice() {
        [SITES, site, rest @ ..] if !rest.is_empty() => (Some((*site).to_owned()), rest),
        rest => (None, rest),
    };
    match rest {
        [file] => Some(Place::Objects { site, word: stem(file)?.to_owned(), file: None }),
        [word, file] => Some(Place::Objects { site, word: (*word).to_owned(), file: Some(stem(file)?.to_owned()) }),
        _ => None,
    }
}

/// True for a step that stays inside its folder.
fn is_one_step(step: &str) -> bool {
    !step.is_empty() && step != "." && step != ".." && !step.contains('\0')
}

/// The name of a file with objects, without its ending.
#[must_use]
pub fn stem(file: &str) -> Option<&str> {
    let (stem, ending) = file.rsplit_once('.')?;
    (!stem.is_empty() && ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known))).then_some(stem)
}

/// The kind of a word in a file name: of a site inside the folder of a site, otherwise of the organization.
#[must_use]
pub fn kind(is_site: bool, word: &str) -> Option<Kind> {
    table::kind(if is_site { Level::Site } else { Level::Org }, word)
}

/// The path of the file of a kind, or of one object of it.
#[must_use]
pub fn path(site: Option<&str>, word: &str, file: Option<&str>, ending: &str) -> String {
    let above = site.map(|site| format!("{SITES}/{site}/")).unwrap_or_default();
    match file {
        Some(file) => format!("{above}{word}/{file}.{ending}"),
        None => format!("{above}{word}.{ending}"),
    }
}

/// The name of the schema of a kind: kinds of both levels differ.
#[must_use]
pub fn schema_file(kind: &Kind) -> String {
    if kind.level == Level::Site { format!("site-{}.json", kind.word) } else { format!("{}.json", kind.word) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_one_place_or_none() {
        let objects = |site: Option<&str>, word: &str, file: Option<&str>| {
            Some(Place::Objects { site: site.map(str::to_owned), word: word.to_owned(), file: file.map(str::to_owned) })
        };
        for (path, expected) in [
            ("wlans.yml", objects(None, "wlans", None)),
            ("sites.csv", objects(None, "sites", None)),
            ("networktemplates/Branch.v2.yml", objects(None, "networktemplates", Some("Branch.v2"))),
            ("sites/Branch 1/setting.yml", objects(Some("Branch 1"), "setting", None)),
            ("sites/Branch 1/maps/x.JSON", objects(Some("Branch 1"), "maps", Some("x"))),
            ("sites/x.yml", objects(None, "sites", Some("x"))),
            ("site-settings.csv", Some(Place::SiteSettings)),
            (".mist/schemas/wlans.json", Some(Place::Own)),
            (".mist/exported", Some(Place::Own)),
            (".gitattributes", Some(Place::Own)),
            ("README.md", None),
            ("../wlans.yml", None),
            ("sites/../wlans.yml", None),
            ("/etc/wlans.yml", None),
            ("a/b/c/d.yml", None),
            (".mist/schemas/../x.json", None),
            ("sites/x/../../../y.yml", None),
            ("", None),
            (".yml", None),
        ] {
            assert_eq!(place(path), expected, "{path}");
        }
    }

    #[test]
    fn a_written_path_has_its_place() {
        for (site, word, file) in
            [(None, "wlans", None), (Some("A b"), "wlans", None), (None, "templates", Some("x.y"))]
        {
            let path = path(site, word, file, "yml");
            let expected =
                Place::Objects { site: site.map(str::to_owned), word: word.to_owned(), file: file.map(str::to_owned) };
            assert_eq!(place(&path), Some(expected));
        }
    }
}
