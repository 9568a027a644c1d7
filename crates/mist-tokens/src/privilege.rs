//! The access of a token: its privileges, and the addresses from which it may be used.

use ipnet::IpNet;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;

/// One privilege of an organization token, as it is sent and as the cloud shows it. Unknown fields are kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Privilege {
    #[serde(skip_serializing_if = "Scope::is_missing")]
    pub scope: Scope,
    #[serde(skip_serializing_if = "Role::is_missing")]
    pub role: Role,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub org_id: Option<String>,
    /// With scope `site`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site_id: Option<String>,
    /// With scope `sitegroup`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sitegroup_id: Option<String>,
    /// The views to which it is limited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub views: Option<Vec<String>>,
    /// Other fields that the cloud shows.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

/// A word of the API: one of those known here, or another one.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal),+ }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum $name {
            $($variant,)+
            /// A word that is not known here; empty when it is missing.
            Other(String),
        }

        impl $name {
            fn read(word: Option<String>) -> Self {
                match word.as_deref() {
                    $(Some($word) => Self::$variant,)+
                    _ => Self::Other(word.unwrap_or_default()),
                }
            }

            fn word(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)+
                    Self::Other(word) => word,
                }
            }

            fn is_missing(&self) -> bool {
                self.word().is_empty()
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::Other(String::new())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(self.word())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.word())
            }
        }
    };
}

words!(
    /// The scope of a privilege.
    Scope { Org = "org", Site = "site", Sitegroup = "sitegroup", Orgsites = "orgsites" }
);

words!(
    /// The role of a privilege.
    Role { Admin = "admin", Write = "write", Read = "read", Helpdesk = "helpdesk", Installer = "installer" }
);

/// Lenient: a field of another type than documented is kept as it is.
impl<'de> Deserialize<'de> for Privilege {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut unknown = Map::deserialize(deserializer)?;
        let mut text = |field: &str| match unknown.get(field) {
            Some(Value::String(_)) => match unknown.remove(field) {
                Some(Value::String(text)) => Some(text),
                _ => None,
            },
            Some(Value::Null) => {
                unknown.remove(field);
                None
            }
            _ => None,
        };
        let (scope, role) = (Scope::read(text("scope")), Role::read(text("role")));
        let (org_id, site_id, sitegroup_id) = (text("org_id"), text("site_id"), text("sitegroup_id"));
        let views = unknown.get("views").and_then(texts);
        if views.is_some() {
            unknown.remove("views");
        }
        // The deprecated `view` may replace `views` (official API document).
        let views = views.or_else(|| unknown.get("view").and_then(texts));
        Ok(Self { scope, role, org_id, site_id, sitegroup_id, views, unknown })
    }
}

/// A list of texts, or one text as a list of one.
pub(crate) fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) if text.is_empty() => Some(Vec::new()),
        Value::String(text) => Some(vec![text.clone()]),
        Value::Array(items) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}

impl Privilege {
    /// True if both declare the same, without the fields that the cloud adds.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.is_same_but_for_views(other) && self.view_set() == other.view_set()
    }

    /// [`Self::is_same`] without the views.
    #[must_use]
    pub fn is_same_but_for_views(&self, other: &Self) -> bool {
        let id = |id: &Option<String>| id.as_deref().map(str::to_ascii_lowercase).unwrap_or_default();
        (&self.scope, &self.role) == (&other.scope, &other.role)
            && id(&self.site_id) == id(&other.site_id)
            && id(&self.sitegroup_id) == id(&other.sitegroup_id)
    }

    fn view_set(&self) -> BTreeSet<&str> {
        self.views.iter().flatten().map(String::as_str).collect()
    }
}

/// True if both lists declare the same: as sets, without the fields that the cloud adds.
#[must_use]
pub fn same_privileges(one: &[Privilege], other: &[Privilege]) -> bool {
    same_by(one, other, Privilege::is_same)
}

/// [`same_privileges`] without the views.
#[must_use]
pub fn same_but_for_views(one: &[Privilege], other: &[Privilege]) -> bool {
    same_by(one, other, Privilege::is_same_but_for_views)
}

fn same_by(one: &[Privilege], other: &[Privilege], same: impl Fn(&Privilege, &Privilege) -> bool) -> bool {
    let covers =
        |list: &[Privilege], of: &[Privilege]| of.iter().all(|wanted| list.iter().any(|has| same(has, wanted)));
    covers(one, other) && covers(other, one)
}

/// Reads `63.3.55.4` or `63.3.56.0/24` of either family. An address is a network of one.
#[must_use]
pub fn parse_source(text: &str) -> Option<IpNet> {
    let text = text.trim();
    match text.parse::<IpAddr>() {
        Ok(address) => Some(address.into()),
        Err(_) => text.parse::<IpNet>().ok().map(|network| network.trunc()),
    }
}

/// True if both lists allow the same sources: as sets, with `63.3.55.4` equal to `63.3.55.4/32`. Unreadable entries compare as
/// text.
#[must_use]
pub fn same_sources(one: &[String], other: &[String]) -> bool {
    let set = |list: &[String]| {
        list.iter()
            .map(|text| parse_source(text).map_or_else(|| text.trim().to_owned(), |network| network.to_string()))
            .collect::<BTreeSet<_>>()
    };
    set(one) == set(other)
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
        let read = |more: Value| {
            let mut privilege = json!({"scope": "org", "role": "read"});
            privilege.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            json!([privilege])
        };
        for (one, other, same) in [
            (json!([org, site]), json!([site, org]), true),
            (json!([org]), json!([filled]), true),
            (json!([site]), json!([upper]), true),
            (json!([org]), json!([org, site]), false),
            (json!([org]), read(json!({})), false),
            (read(json!({"views": ["a", "b"]})), read(json!({"views": ["b", "a"]})), true),
            (read(json!({"views": ["a"]})), read(json!({})), false),
            (read(json!({"views": ["a"]})), read(json!({"views": "a"})), true),
            (read(json!({"views": ["a"]})), read(json!({"view": "a"})), true),
            (read(json!({"views": ["a", "b"]})), read(json!({"view": "a", "views": ["a", "b"]})), true),
            (read(json!({})), read(json!({"views": ""})), true),
        ] {
            assert_eq!(same_privileges(&list(one.clone()), &list(other.clone())), same, "{one} {other}");
        }
        assert!(same_but_for_views(&list(read(json!({"views": ["a"]}))), &list(read(json!({})))));
    }

    #[test]
    fn what_is_odd_or_not_known_is_kept_as_it_came() {
        for shown in [
            json!({"scope": "org", "role": "admin", "org_name": "Org", "future": {"a": 1}}),
            json!({"scope": "org"}),
            json!({"role": 7, "scope": ["org"]}),
            json!({"scope": "org", "role": "read", "views": 3}),
            json!({"scope": "org", "role": "read", "views": [1], "site_id": 5}),
        ] {
            let privilege: Privilege = serde_json::from_value(shown.clone()).unwrap();
            assert_eq!(serde_json::to_value(privilege).unwrap(), shown);
        }
    }

    #[test]
    fn sources_compare_as_networks() {
        let list = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        for (one, other, same) in [
            ("63.3.55.4 63.3.56.0/24", "63.3.56.0/24 63.3.55.4/32", true),
            ("2001:db8::1", "2001:0db8:0:0::1/128", true),
            ("10.0.0.7/24", "10.0.0.0/24", true),
            ("", "", true),
            ("10.0.0.0/24", "10.0.0.0/25", false),
            ("10.0.0.1", "", false),
        ] {
            assert_eq!(same_sources(&list(one), &list(other)), same, "{one} | {other}");
        }
    }

    #[test]
    fn what_is_neither_address_nor_network_is_none() {
        for text in ["", "10.0.0", "10.0.0.1/33", "example.com", "10.0.0.1/", "::1/129", "10.0.0.1-10.0.0.9"] {
            assert_eq!(parse_source(text), None, "{text}");
        }
    }
}
