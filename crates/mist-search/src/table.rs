//! The table of searches. `scripts/searches` generates it from the API document.

use mist_client::paging::PageForm;
use std::sync::LazyLock;

const TEXT: &str = include_str!("searches.txt");

/// A search, a list of statistics or a log.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    /// The path without IDs and without `/search`: `orgs/clients`. A list has `/list` at its end if a search has the same name.
    pub name: String,
    /// The path below `/api/v1/`, with placeholders for IDs.
    pub path: &'static str,
    pub pages: PageForm,
    /// The path that counts the rows by a field.
    pub count: Option<&'static str>,
    pub takes_limit: bool,
    pub takes_start: bool,
    pub takes_duration: bool,
    /// Parameters of the query, and of the path except for organization, site and MSP.
    pub parameters: Vec<Parameter>,
    /// The parameter of `count` that names the field. Its values are the documented fields.
    pub distinct: Option<Parameter>,
    columns: Option<&'static str>,
}

/// A parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    pub name: &'static str,
    pub kind: Kind,
    pub is_required: bool,
    /// Part of the path, in place of `{name}`.
    pub is_in_path: bool,
    pub default: Option<&'static str>,
    /// The documented values; empty if any text fits.
    pub values: Vec<&'static str>,
}

/// The type of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Integer,
    Number,
    Boolean,
    /// A list: the parameter is repeated.
    List,
}

static ALL: LazyLock<Vec<Search>> = LazyLock::new(|| {
    let mut searches: Vec<Search> = TEXT.lines().filter(|line| !is_other(line)).map(parse).collect();
    let searched: Vec<String> = searches.iter().filter(|one| one.is_search()).map(|one| one.name.clone()).collect();
    for list in searches.iter_mut().filter(|one| !one.is_search()) {
        if searched.contains(&list.name) {
            list.name.push_str("/list");
        }
    }
    searches.sort_by(|one, other| one.name.cmp(&other.name));
    searches
});

fn is_other(line: &str) -> bool {
    line.starts_with('#') || ["document", "columns"].iter().any(|word| line.split(' ').next() == Some(word))
}

/// All searches, sorted by name.
#[must_use]
pub fn all() -> &'static [Search] {
    &ALL
}

/// The search with this name. A path of the document, with or without `/api/v1/`, placeholders and `/search`, is a name, too.
#[must_use]
pub fn find(name: &str) -> Option<&'static Search> {
    let plain = name.trim().trim_matches('/');
    let plain = plain.strip_prefix("api/v1/").unwrap_or(plain);
    all().iter().find(|search| search.path == plain).or_else(|| {
        let name = name_of(plain);
        all().iter().find(|search| search.name == name)
    })
}

/// The path without placeholders and without `/search`.
fn name_of(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.starts_with('{')).collect();
    match parts.as_slice() {
        [parts @ .., "search"] => parts.join("/"),
        parts => parts.join("/"),
    }
}

impl Search {
    fn is_search(&self) -> bool {
        self.path.ends_with("/search")
    }

    /// The dotted paths of the documented values of a row, sorted.
    pub fn columns(&self) -> impl Iterator<Item = &'static str> {
        let number = self.columns.unwrap_or_default();
        let line = TEXT.lines().rev().find_map(|line| {
            let (found, cells) = line.strip_prefix("columns ")?.split_once(' ')?;
            (found == number).then_some(cells)
        });
        line.unwrap_or_default().split(' ').filter(|cell| !cell.is_empty())
    }

    /// True if the path has the placeholder.
    #[must_use]
    pub fn needs(&self, id: &str) -> bool {
        self.path.split('/').any(|part| part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) == Some(id))
    }

    /// The parameter of the query or the path.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }
}

fn parse(line: &'static str) -> Search {
    let mut words = line.split(' ');
    let path = words.next().unwrap_or_default();
    let pages = match words.next() {
        Some("number") => PageForm::Numbered,
        Some("none") => PageForm::One,
        _ => PageForm::Linked,
    };
    let mut search = Search {
        name: name_of(path),
        path,
        pages,
        count: None,
        takes_limit: false,
        takes_start: false,
        takes_duration: false,
        parameters: Vec::new(),
        distinct: None,
        columns: None,
    };
    for word in words {
        if let Some(count) = word.strip_prefix("count=") {
            search.count = Some(count);
        } else if let Some(columns) = word.strip_prefix("columns=") {
            search.columns = Some(columns);
        } else if let Some(own) = word.strip_prefix("own=") {
            let has = |name: &str| own.split(',').any(|option| option == name);
            (search.takes_limit, search.takes_start) = (has("limit"), has("start"));
            search.takes_duration = has("duration");
        } else {
            let parameter = parameter(word);
            match parameter.name {
                "distinct" => search.distinct = Some(parameter),
                _ => search.parameters.push(parameter),
            }
        }
    }
    search
}

fn parameter(word: &'static str) -> Parameter {
    let inner = word.strip_prefix('{').and_then(|word| word.strip_suffix('}'));
    let mut parts = inner.unwrap_or(word).split('|');
    let (head, default) = match parts.next().unwrap_or_default().split_once('=') {
        Some((head, default)) => (head, Some(default)),
        None => (parts_head(inner.unwrap_or(word)), None),
    };
    let bare = head.strip_suffix('!');
    let (name, kind) = bare.unwrap_or(head).split_once(':').unwrap_or((bare.unwrap_or(head), ""));
    let kind = match kind {
        "i" => Kind::Integer,
        "d" => Kind::Number,
        "b" => Kind::Boolean,
        "l" => Kind::List,
        _ => Kind::Text,
    };
    let values = parts.collect();
    Parameter {
        name,
        kind,
        is_required: bare.is_some() || inner.is_some(),
        is_in_path: inner.is_some(),
        default,
        values,
    }
}

fn parts_head(word: &'static str) -> &'static str {
    word.split('|').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn all_searches_of_the_document_have_a_name_of_their_own() {
        let searches: Vec<&Search> = all().iter().filter(|search| search.is_search()).collect();
        assert_eq!(searches.len(), 73);
        let names: BTreeSet<&str> = all().iter().map(|search| search.name.as_str()).collect();
        assert_eq!(names.len(), all().len());
        for search in all() {
            for spelled in [search.name.clone(), search.path.to_owned(), format!("/api/v1/{}/", search.path)] {
                assert_eq!(find(&spelled).map(|found| found.path), Some(search.path), "{spelled}");
            }
            assert!(search.columns().next().is_some(), "{}", search.path);
            let in_path: Vec<&str> =
                search.parameters.iter().filter(|one| one.is_in_path).map(|one| one.name).collect();
            assert!(in_path.iter().all(|name| search.needs(name)), "{}", search.path);
        }
        for search in searches {
            assert_eq!(name_of(search.path), search.name);
        }
    }

    #[test]
    fn the_pages_of_the_document_have_these_forms() {
        let of = |name: &str| find(name).map(|search| search.pages);
        for (name, pages) in [
            ("orgs/clients", PageForm::Linked),
            ("orgs/jsi/pbn", PageForm::Linked),
            ("sites/devices/flow_records", PageForm::Linked),
            ("orgs/logs", PageForm::Numbered),
            ("orgs/usermacs", PageForm::Numbered),
            ("orgs/stats/devices", PageForm::Numbered),
            ("sites/iotendpoints", PageForm::One),
        ] {
            assert_eq!(of(name), Some(pages), "{name}");
        }
        let single = all().iter().filter(|search| search.is_search() && search.pages == PageForm::One);
        let single: Vec<&str> = single.map(|search| search.name.as_str()).collect();
        assert_eq!(
            single,
            [
                "orgs/marvisclients/events",
                "orgs/stats/marvisclients",
                "sites/iotendpoints",
                "sites/marvis_configs",
                "sites/wan_usages"
            ]
        );
        assert_eq!(find("orgs/clients/nothing"), None);
    }

    #[test]
    fn a_parameter_has_a_type_a_default_and_values() {
        let search = find("orgs/inventory").unwrap();
        let kind = search.parameter("type").unwrap();
        assert_eq!((kind.default, &kind.values[..]), (Some("ap"), &["ap", "gateway", "switch"][..]));
        assert_eq!(find("orgs/alarms").unwrap().parameter("acked").unwrap().kind, Kind::Boolean);
        assert_eq!(find("orgs/usermacs").unwrap().parameter("labels").unwrap().kind, Kind::List);
        assert!(find("msps").unwrap().parameter("q").unwrap().is_required);
        let visits = find("sites/visits").unwrap().parameter("zone_type").unwrap();
        assert!(visits.is_in_path && visits.values == ["rssizones", "zones"]);
        let clients = find("orgs/clients").unwrap();
        assert!(clients.takes_limit && clients.takes_start && clients.takes_duration);
        assert!(clients.distinct.as_ref().unwrap().values.contains(&"ssid"));
        assert!(!search.takes_start && !find("orgs/stats/sites").unwrap().takes_duration);
    }
}
