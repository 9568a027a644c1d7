//! The options of the inventory, and their checks. Documentation, help, validation and the plugin all come from here.

use crate::ConnectionOptions;
use crate::common::glob::Glob;
use crate::common::options::{OptionError, is_blank};
use crate::common::scope::{IdOrName, OrgOptions, org_of_environment};
use ansible_binary_module::{AnsiblePath, NoLog, Task};
use mist_objects::source;
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Beginning of the environment variable of an option that has no other.
const VARIABLE_PREFIX: &str = "MIST_INVENTORY_";

/// Longest `cache_timeout`: a year.
const LONGEST_CACHE: i64 = 31_536_000;

/// Options of `mist_inventory`.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(transform = environment_variables)]
pub struct Options {
    #[serde(flatten)]
    pub org: OrgOptions,
    /// Organizations by name. Patterns are possible: V(*) matches any text, V(?) one character, V([ab]) one of these. V(all) selects every organization that the credentials can read.
    ///
    /// Default: the organization of O(org_id) or O(org), otherwise the only organization that the credentials can read. Mutually exclusive with O(org_id) and O(org).
    pub orgs: Option<Vec<String>>,
    /// Sites whose devices are hosts, by name, pattern or id. Default: all sites. A name without a pattern must exist.
    pub sites: Option<Vec<String>>,
    /// Site groups whose devices are hosts, by name, pattern or id. Default: all sites. A name without a pattern must exist.
    pub sitegroups: Option<Vec<String>>,
    /// Types of devices that are hosts.
    #[serde(default = "default_types")]
    pub types: Vec<DeviceType>,
    /// Models of devices that are hosts, by name or pattern, such as V(EX4*).
    pub models: Option<Vec<String>>,
    /// Only devices with one of these statuses. Any status other than V(connected) counts as V(disconnected).
    pub status: Option<Vec<Status>>,
    /// Only devices whose variables have these values. A key is the name of a variable, with or without C(mist_), or a dotted path into it. A text may be a pattern. One item of a list must match.
    #[schemars(extend("examples" = [{"name": "edge-*", "mist_stats.is_ha": true}]))]
    #[serde(rename = "where")]
    pub filter: Option<Map<String, Value>>,
    /// Additional groups by the value of a variable. In the plugin, O(keyed_groups) are those of Ansible, with Jinja expressions.
    #[serde(default)]
    #[schemars(extend("default" = []))]
    pub keyed_groups: Vec<KeyedGroup>,
    /// Sources of the host name, the first one first. A name that Ansible cannot use as a host name, that equals a group, or that several devices have is skipped for all of them. The last source is always the id of the device.
    #[serde(default = "default_host_names")]
    pub hostname_from: Vec<HostnameSource>,
    /// Variables of each host, by name or pattern, with or without C(mist_). Default: all. C(ansible_host) and C(ansible_network_os) are always set.
    pub vars: Option<Vec<String>>,
    /// Additional variables of each host.
    #[serde(default)]
    #[schemars(extend("default" = []))]
    pub include: Vec<Include>,
    /// Keep the inventory in a file, and answer from the file for O(cache_timeout) seconds. The file is in E(XDG_CACHE_HOME), default C(~/.cache), in the folder C(mist-inventory), and only its owner can read it. A damaged file, or a file that cannot be written, is ignored.
    #[serde(default)]
    pub cache: bool,
    /// Seconds for which O(cache=true) answers from the file.
    #[serde(default = "default_cache_timeout")]
    pub cache_timeout: i64,
    /// Answer with the last inventory that was read, whatever its age, when the cloud cannot be reached or fails itself. Its age in seconds is then C(mist_inventory_stale_seconds) of all hosts, and a warning is printed. Refused credentials and unknown names still fail.
    #[serde(default)]
    pub serve_stale: bool,
    /// File with the API token on its first line, instead of O(api_token). It is used when O(api_token) and its environment variables are not set, or when the option is set in the file of the inventory.
    pub api_token_file: Option<AnsiblePath>,
    #[serde(flatten)]
    pub connection: ConnectionOptions,
}

/// Type of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DeviceType {
    Ap,
    Switch,
    Gateway,
}

impl DeviceType {
    pub const ALL: [Self; 3] = [Self::Ap, Self::Switch, Self::Gateway];

    pub fn name(self) -> &'static str {
        match self {
            Self::Ap => "ap",
            Self::Switch => "switch",
            Self::Gateway => "gateway",
        }
    }
}

/// Status of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Connected,
    Disconnected,
}

/// Source of a host name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum HostnameSource {
    /// Name of the device in Mist.
    Name,
    /// Host name that the device reports.
    Hostname,
    /// MAC address.
    Mac,
    /// Serial number.
    Serial,
    /// Id of the device.
    Id,
}

/// Additional variables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Include {
    /// C(mist_stats), the statistics of the device.
    Stats,
    /// C(mist_config), the configuration of the device with its secrets masked, and C(mist_role). One more request for each site.
    Config,
    /// C(mist_site_vars), the variables of the site, which are not masked. One more request for each site.
    SiteVars,
}

/// Groups by the value of a variable, named C(prefix), C(separator) and the value.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub struct KeyedGroup {
    /// Name of a variable such as C(mist_model), or a dotted path into it. A list gives a group for each item.
    #[schemars(extend("x-ansible-aliases" = ["field"]))]
    pub key: String,
    /// Beginning of the names.
    #[serde(default)]
    pub prefix: String,
    /// Text between the prefix and the value.
    #[serde(default = "default_separator")]
    pub separator: String,
}

fn default_types() -> Vec<DeviceType> {
    vec![DeviceType::Switch, DeviceType::Gateway]
}

fn default_host_names() -> Vec<HostnameSource> {
    vec![HostnameSource::Name, HostnameSource::Mac, HostnameSource::Serial]
}

fn default_cache_timeout() -> i64 {
    3600
}

fn default_separator() -> String {
    "_".to_owned()
}

/// Gives every option an environment variable, and the description of `org_id` and `org` their use here.
fn environment_variables(schema: &mut Schema) {
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
    for (name, option) in properties.into_iter().flatten() {
        if let Some(option) = option.as_object_mut() {
            let variable = format!("{VARIABLE_PREFIX}{}", name.to_uppercase());
            option.entry("x-ansible-env").or_insert_with(|| Value::from(vec![variable]));
        }
    }
}

/// Options of the form in which Ansible gives them, with lists and dictionaries of environment variables that are JSON.
#[must_use]
pub fn with_json_variables(
    mut given: Map<String, Value>,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Map<String, Value> {
    for option in ["where", "keyed_groups"] {
        let text = variable(&format!("{VARIABLE_PREFIX}{}", option.to_uppercase())).unwrap_or_default();
        if !given.contains_key(option)
            && text.trim_start().starts_with(['[', '{'])
            && let Ok(value) = serde_json::from_str(&text)
        {
            given.insert(option.to_owned(), value);
        }
    }
    given
}

/// Organizations that the options select.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Orgs {
    /// One, by its id.
    Id(String),
    /// By name or pattern.
    Names(Vec<String>),
    /// All that the credentials can read.
    All,
    /// The only one that the credentials can read.
    Only,
}

/// Names, patterns and ids that select objects by their name or id.
#[derive(Clone, Debug)]
pub struct Selection(Vec<(String, Glob)>);

impl Selection {
    pub fn new(patterns: &[String]) -> Self {
        Self(patterns.iter().map(|pattern| (pattern.clone(), Glob::new(pattern))).collect())
    }

    pub fn has(&self, name: &str, id: &str) -> bool {
        self.0.iter().any(|(text, glob)| text == id || text == name || glob.matches(name))
    }

    /// Names that are not patterns.
    pub fn plain(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(text, _)| text.as_str()).filter(|text| !text.contains(['*', '?', '[']))
    }
}

impl Options {
    /// The organizations, before the cloud is asked.
    ///
    /// # Errors
    ///
    /// Options that exclude each other, or are empty.
    pub fn orgs(&self, task: &Task) -> Result<Orgs, OptionError> {
        if let Some(names) = &self.orgs {
            if task.given("org_id") || task.given("org") || self.org.org.is_some() {
                return Err(OptionError::mutually_exclusive("orgs", "org_id and org"));
            }
            not_empty("orgs", names)?;
            let all = names.iter().any(|name| name == "all");
            return Ok(if all { Orgs::All } else { Orgs::Names(names.clone()) });
        }
        Ok(match self.org.id_or_name(task, &org_of_environment())? {
            Some(IdOrName::Id(id)) => Orgs::Id(id),
            Some(IdOrName::Name(name)) => Orgs::Names(vec![name]),
            None => Orgs::Only,
        })
    }

    /// Checks values that no type can express.
    ///
    /// # Errors
    ///
    /// The first option that cannot be used.
    pub fn check(&self) -> Result<(), OptionError> {
        let lists = [("sites", &self.sites), ("sitegroups", &self.sitegroups), ("models", &self.models)];
        for (option, list) in lists {
            if let Some(list) = list {
                not_empty(option, list)?;
            }
        }
        if self.types.is_empty() {
            return Err(OptionError::new("types", "empty. Name at least one type."));
        }
        if !(0..=LONGEST_CACHE).contains(&self.cache_timeout) {
            let reason = format!("{} is out of range. Use 0 to {LONGEST_CACHE} seconds.", self.cache_timeout);
            return Err(OptionError::new("cache_timeout", reason));
        }
        if let Some(at) = self.keyed_groups.iter().position(|group| is_blank(&group.key)) {
            return Err(OptionError::new(format!("keyed_groups[{at}].key"), "empty. Name a variable."));
        }
        Ok(())
    }

    /// Reads the token from its file, where the options name one.
    ///
    /// # Errors
    ///
    /// A file without a token, or no credentials at all.
    pub fn read_token_file(&mut self, task: &Task) -> Result<(), OptionError> {
        let variables = ["MIST_API_TOKEN", "MIST_APITOKEN", "MIST_API_KEY"];
        let in_environment = variables.iter().any(|name| task.environment(name).is_some_and(|text| !is_blank(&text)));
        let is_set =
            self.connection.api_token.as_ref().is_some_and(|token| !is_blank(token.expose())) || in_environment;
        let Some(path) = &self.api_token_file else {
            if is_set || self.connection.username.is_some() {
                return Ok(());
            }
            return Err(OptionError::new("api_token", "required. Set MIST_API_TOKEN, or api_token_file."));
        };
        if task.given("api_token_file") && task.given("api_token") {
            return Err(OptionError::mutually_exclusive("api_token_file", "api_token"));
        }
        if is_set && !task.given("api_token_file") {
            return Ok(());
        }
        let unusable = |reason: String| OptionError::new("api_token_file", format!("'{}' {reason}", path.display()));
        let text = source::read(path).map_err(|reason| unusable(format!("{reason}.")))?;
        let token = text.lines().next().unwrap_or_default().trim();
        if is_blank(token) {
            return Err(unusable("has no token on its first line.".to_owned()));
        }
        self.connection.api_token = Some(NoLog::from(token));
        Ok(())
    }

    pub fn includes(&self, include: Include) -> bool {
        self.include.contains(&include)
    }

    pub fn filter_by_variables(&self) -> Map<String, Value> {
        self.filter.iter().flatten().map(|(path, value)| (variable_name(path), value.clone())).collect()
    }

    /// Patterns of the variables to keep.
    pub fn kept_variables(&self) -> Option<Vec<Glob>> {
        let patterns = self.vars.as_ref()?;
        Some(patterns.iter().flat_map(|pattern| [Glob::new(pattern), Glob::new(&variable_name(pattern))]).collect())
    }
}

/// The name of a variable that may lack its prefix.
fn variable_name(name: &str) -> String {
    if name.starts_with("mist_") || name.starts_with("ansible_") { name.to_owned() } else { format!("mist_{name}") }
}

fn not_empty(option: &str, list: &[String]) -> Result<(), OptionError> {
    if list.is_empty() || list.iter().any(|text| is_blank(text)) {
        return Err(OptionError::new(
            option,
            "empty. Is a variable in it empty? Name something, or remove the option.",
        ));
    }
    Ok(())
}
