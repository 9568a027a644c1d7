//! Variables of a host, and the marks that keep Ansible from evaluating texts of the cloud.

use super::devices::{Device, Named, Org};
use super::options::Options;
use crate::common::glob::Glob;
use mist_objects::secrets;
use mist_objects::table::{self, Level};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashMap};

/// The mark that Ansible removes when it reads JSON; the text is then never a template.
const UNSAFE: &str = "__ansible_unsafe";

/// Names of one organization by their ids.
pub struct Names<'a> {
    org: &'a Org,
    /// The inventory has several organizations.
    of_several: bool,
    sites: HashMap<&'a str, &'a Named>,
    sitegroups: HashMap<&'a str, &'a str>,
    profiles: HashMap<&'a str, &'a str>,
}

impl<'a> Names<'a> {
    pub fn new(org: &'a Org, of_several: bool) -> Self {
        let names = |list: &'a [Named]| list.iter().map(|named| (named.id.as_str(), named.name.as_str())).collect();
        Self {
            org,
            of_several,
            sites: org.sites.iter().map(|site| (site.id.as_str(), site)).collect(),
            sitegroups: names(&org.sitegroups),
            profiles: names(&org.profiles),
        }
    }

    /// The site, unless it was created after the sites were listed.
    pub fn site(&self, id: &str) -> Option<&'a Named> {
        self.sites.get(id).copied()
    }

    /// Ids and names of the site groups that a site is in.
    pub fn sitegroups(&self, site: &'a Named) -> impl Iterator<Item = (&'a str, &'a str)> {
        site.sitegroup_ids.iter().map(|id| (id.as_str(), self.sitegroup(id)))
    }

    /// The name of a site group. That of an unknown one is its id.
    pub fn sitegroup<'b>(&self, id: &'b str) -> &'b str
    where
        'a: 'b,
    {
        self.sitegroups.get(id).copied().unwrap_or(id)
    }
}

/// All variables of a device, without marks. Unknown values are left out.
pub fn of_device(names: &Names<'_>, device: &Device, options: &Options) -> Map<String, Value> {
    let (row, stats) = (&device.row, &device.stats);
    let mut variables = Map::new();
    let mut text = |name: &str, value: &str| {
        if !value.is_empty() {
            variables.insert(name.to_owned(), value.into());
        }
    };
    if is_address(&stats.ip) {
        text("ansible_host", &stats.ip);
    }
    text("ansible_network_os", network_os(&row.model));
    text("mist_id", &row.id);
    text("mist_name", &row.name);
    text("mist_mac", &row.mac);
    text("mist_serial", &row.serial);
    text("mist_model", &row.model);
    text("mist_type", &row.kind);
    text("mist_version", &stats.version);
    let status = match (stats.status.as_str(), row.connected) {
        ("", true) => "connected",
        ("", false) => "disconnected",
        (status, _) => status,
    };
    text("mist_status", status);
    if names.of_several {
        text("mist_org", names.org.name.as_deref().unwrap_or_default());
        text("mist_org_id", &names.org.id);
    }
    text("mist_site_id", &row.site_id);
    let site = names.site(&row.site_id);
    text("mist_site", site.map(|site| site.name.as_str()).unwrap_or_default());
    text("mist_profile", names.profiles.get(row.deviceprofile_id.as_str()).copied().unwrap_or_default());
    if let Some(role) = device.config.as_ref().and_then(|config| config.get("role")).and_then(Value::as_str) {
        text("mist_role", role);
    }
    let sitegroups: Vec<&str> =
        site.map(|site| names.sitegroups(site).map(|(_, name)| name).collect()).unwrap_or_default();
    variables.insert("mist_sitegroups".to_owned(), json!(sitegroups));
    if let Some(stats) = &device.all_stats {
        variables.insert("mist_stats".to_owned(), Value::Object(stats.clone()));
    }
    if let Some(config) = &device.config {
        let schema = table::kind(Level::Site, "devices").map(|kind| kind.schema).unwrap_or_default();
        let mut shown = secrets::masked(schema, &Value::Object(config.clone()));
        mask_keys(&mut shown);
        variables.insert("mist_config".to_owned(), shown);
    }
    if options.includes(super::options::Include::SiteVars) {
        let vars = names.org.site_vars.get(&row.site_id).cloned().unwrap_or_else(|| json!({}));
        variables.insert("mist_site_vars".to_owned(), vars);
    }
    variables
}

/// Masks the keys of routing protocols, which the name of a field does not show to be secrets.
fn mask_keys(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if name == "auth_key" && value.is_string() {
                    *value = secrets::MASK.into();
                } else {
                    mask_keys(value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(mask_keys),
        _ => {}
    }
}

/// Removes the variables that the options do not keep.
pub fn keep(variables: &mut Map<String, Value>, kept: Option<&[Glob]>) {
    if let Some(kept) = kept {
        variables.retain(|name, _| name.starts_with("ansible_") || kept.iter().any(|glob| glob.matches(name)));
    }
}

/// The platform of Ansible's network modules: that of Junos where the device runs it. An SSR does not.
fn network_os(model: &str) -> &'static str {
    let model = model.to_uppercase();
    let model = model.strip_prefix('V').unwrap_or(&model);
    if ["EX", "QFX", "SRX"].iter().any(|family| model.starts_with(family)) { "junipernetworks.junos.junos" } else { "" }
}

/// True for an address that Ansible can connect to.
fn is_address(text: &str) -> bool {
    text.parse::<std::net::IpAddr>().is_ok_and(|address| !address.is_unspecified())
}

/// A value of the cloud with every text in it marked. Keys that would be marks themselves are changed.
#[must_use]
pub fn marked(value: Value) -> Value {
    match value {
        Value::String(text) => json!({ UNSAFE: text }),
        Value::Array(items) => Value::Array(items.into_iter().map(marked).collect()),
        Value::Object(fields) => {
            let field = |(key, value): (String, Value)| {
                let key = if key.starts_with("__ansible") { format!("mist{key}") } else { key };
                (key, marked(value))
            };
            Value::Object(fields.into_iter().map(field).collect())
        }
        other => other,
    }
}

/// Names of groups for one value of a variable, as Ansible's `keyed_groups` has them: a text one, a list one for each
/// item, a dictionary one for each key with its value. Nothing for an empty value.
pub fn keyed(value: &Value, separator: &str) -> Vec<String> {
    let scalar = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(truth) => Some(if *truth { "True" } else { "False" }.to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let names: Vec<String> = match value {
        Value::Array(items) => items.iter().filter_map(scalar).collect(),
        Value::Object(fields) => {
            fields.iter().filter_map(|(key, value)| Some(format!("{key}{separator}{}", scalar(value)?))).collect()
        }
        other => scalar(other).into_iter().collect(),
    };
    names.into_iter().filter(|name| !name.is_empty()).collect()
}

/// The value at a dotted path.
#[must_use]
pub fn at<'a>(variables: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    let mut steps = path.split('.');
    let first = variables.get(steps.next()?)?;
    steps.try_fold(first, |value, step| value.get(step))
}

/// Site groups with their sites: the ids of each site group that has one of these sites.
#[must_use]
pub fn sites_of_groups<'a>(names: &Names<'a>, sites: &[&'a str]) -> BTreeMap<&'a str, Vec<&'a str>> {
    let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for site in sites.iter().filter_map(|id| names.site(id)) {
        for (id, _) in names.sitegroups(site) {
            found.entry(id).or_default().push(&site.id);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn junos_is_the_platform_of_ex_qfx_and_srx_alone() {
        for (model, expected) in [
            ("EX4300-48P", true),
            ("QFX5120", true),
            ("SRX320", true),
            ("vSRX", true),
            ("SSR120", false),
            ("AP45", false),
            ("", false),
        ] {
            assert_eq!(!network_os(model).is_empty(), expected, "{model}");
        }
    }

    #[test]
    fn every_text_is_marked_and_no_key_is_a_mark() {
        let value =
            json!({"a": "{{ x }}", "n": 1, "l": ["b", null, true], "__ansible_vault": {"__ansible_unsafe": "c"}});
        assert_eq!(
            marked(value),
            json!({"a": {UNSAFE: "{{ x }}"}, "n": 1, "l": [{UNSAFE: "b"}, null, true],
                   "mist__ansible_vault": {"mist__ansible_unsafe": {UNSAFE: "c"}}})
        );
    }

    #[test]
    fn an_address_is_one_that_can_be_reached() {
        for (text, expected) in [
            ("10.0.0.1", true),
            ("fe80::1", true),
            ("0.0.0.0", false),
            ("", false),
            ("{{ x }}", false),
            ("host", false),
        ] {
            assert_eq!(is_address(text), expected, "{text}");
        }
    }

    #[test]
    fn keyed_values_are_those_of_ansible() {
        for (value, expected) in [
            (json!("EX"), vec!["EX"]),
            (json!(["a", "", 1]), vec!["a", "1"]),
            (json!({"k": "v", "n": null}), vec!["k_v"]),
            (json!(true), vec!["True"]),
            (json!(""), vec![]),
            (Value::Null, vec![]),
        ] {
            assert_eq!(keyed(&value, "_"), expected, "{value}");
        }
        let variables = json!({"a": {"b": 1}}).as_object().cloned().unwrap();
        assert_eq!(
            (at(&variables, "a.b"), at(&variables, "a.c.d"), at(&variables, "x")),
            (Some(&json!(1)), None, None)
        );
    }
}
