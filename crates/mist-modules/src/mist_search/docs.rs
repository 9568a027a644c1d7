//! Documentation of `mist_search`, and the list of searches.

use crate::common::{AUTHOR, PLATFORM, REQUIREMENTS};
use ansible_binary_module::{Attribute, Documentation, SeeAlso, Support};
use mist_search::table::{self, Kind, Parameter, Search};
use std::fmt::Write as _;

pub const DOCUMENTATION: Documentation = Documentation::new()
    .short_description("Search clients, events, alarms, statistics and logs of the Juniper Mist cloud")
    .description(&[
        "Reads all rows of a search, a list of statistics or a log, and returns them or writes them to a CSV or JSON file.",
        "It never changes anything in the cloud.",
    ])
    .version_added("0.3.0")
    .author(AUTHOR)
    .requirements(REQUIREMENTS)
    .notes(&[
        "C(mist_search --searches) prints all searches with their parameters.",
        "One call reads up to 1000 rows. Names of organization and site cost one call more each.",
        "Only one page of rows is in memory if O(dest) is set. A table of more than 4096 columns is refused.",
        "Rows that appear on two pages are returned once.",
        "Many searches find only a part of all kinds by default: see the parameter C(type) or C(device_type).",
    ])
    .seealso(&[
        SeeAlso::Module { module: "mist_object_info", description: "Objects of the configuration." },
        SeeAlso::Module { module: "mist_api_request", description: "Any other request." },
    ])
    .attributes(ATTRIBUTES)
    .examples(EXAMPLES);

const ATTRIBUTES: &[Attribute] = &[
    Attribute::check_mode(Support::Full),
    Attribute::diff_mode(Support::Partial).details("Shows the size of the file O(dest), and not its rows."),
    Attribute::idempotent(Support::Full).details("Changed only if the content of O(dest) changes."),
    PLATFORM,
];

const EXAMPLES: &str = r#"- name: Write the clients of a week to a table
  mist_search:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    what: orgs/clients
    duration: 7d
    fields: [mac, hostname, last_ip, ssid, ap]
    dest: /etc/mist/clients.csv

- name: List the critical alarms of a site
  mist_search:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    site: Lobby
    what: sites/alarms
    where:
      severity: critical
  register: alarms

- name: Count the events of all switches by type
  mist_search:
    org_id: 2818e386-8dec-2562-9ede-5b8a0fbbdc71
    what: orgs/devices/events
    where:
      device_type: switch
    start: "-12h"
    count_by: type
  register: events
"#;

/// The list of searches.
pub(super) fn searches() -> String {
    let mut text =
        "Each search, its path, the options for its time range, its parameters, and the fields to count by.\n\
                    A parameter has its type, a * if it is required, its values and its default.\n"
            .to_owned();
    for search in table::all() {
        entry(&mut text, search);
    }
    text
}

fn entry(text: &mut String, search: &Search) {
    // Writing to memory cannot fail.
    let _ = writeln!(text, "\n{}  ({})", search.name, search.path);
    let time: Vec<&str> =
        [("duration", search.takes_duration), ("start", search.takes_start), ("end", search.takes_start)]
            .into_iter()
            .filter_map(|(option, is_known)| is_known.then_some(option))
            .collect();
    if !time.is_empty() {
        let _ = writeln!(text, "  time: {}", time.join(", "));
    }
    let parameters: Vec<String> = search.parameters.iter().map(parameter).collect();
    if !parameters.is_empty() {
        let _ = writeln!(text, "  where: {}", parameters.join(", "));
    }
    if let Some(distinct) = &search.distinct {
        let fields = if distinct.values.is_empty() { "any field".to_owned() } else { distinct.values.join(", ") };
        let _ = writeln!(text, "  count_by: {fields}");
    }
}

fn parameter(parameter: &Parameter) -> String {
    let kind = match parameter.kind {
        Kind::Text => "",
        Kind::Integer => " integer",
        Kind::Number => " number",
        Kind::Boolean => " boolean",
        Kind::List => " list",
    };
    let required = if parameter.is_required { "*" } else { "" };
    let values = if parameter.values.is_empty() { String::new() } else { format!(" ({})", parameter.values.join("|")) };
    let default = parameter.default.map(|default| format!(" [{default}]")).unwrap_or_default();
    format!("{}{required}{kind}{values}{default}", parameter.name)
}
