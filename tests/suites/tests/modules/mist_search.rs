//! `mist_search` against a simulated cloud: every search of the document, every form of pages, and the file.

use ansible_binary_module::Success;
use mist_client::paging::PageForm;
use mist_modules::mist_search::MistSearch;
use mist_search::table;
use mist_simulator::{Config, Fault, FaultKind, Simulator};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashSet};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use suites::{Failure, Seen};

const ID: &str = "53f10664-3ce8-4c27-b382-0ef66432349f";

fn cloud() -> Simulator {
    Simulator::start(Config { msp_orgs: 1, clock: Some(1_790_000_000.0), ..Config::default() }).unwrap()
}

fn seen(cloud: &Simulator, check_mode: bool, options: Value) -> Seen<Value> {
    cloud.clear_requests();
    let mut usual = json!({"max_wait": 0});
    if options.get("org").is_none() {
        usual["org_id"] = json!(cloud.org_id());
    }
    suites::run::<MistSearch, _>(cloud, check_mode, &[usual, options])
}

fn search(cloud: &Simulator, options: Value) -> Success<Value> {
    seen(cloud, false, options).0.unwrap_or_else(|failure| panic!("{}", failure.msg))
}

fn refused(cloud: &Simulator, options: Value) -> Failure<Value> {
    seen(cloud, false, options).0.unwrap_err()
}

/// The option that an error names.
fn option_of(failure: &Failure<Value>) -> &str {
    failure.msg.split_once(": ").map_or("", |(option, _)| option)
}

fn requests(cloud: &Simulator) -> Vec<String> {
    cloud.requests().iter().map(|request| format!("{}?{}", request.path, request.query)).collect()
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// The options with which a search needs nothing else.
fn options_of(cloud: &Simulator, search: &table::Search) -> Value {
    let site = cloud.sites()[0]["id"].clone();
    let mut options = json!({"what": search.name});
    let mut filter = Map::new();
    for parameter in search.parameters.iter().filter(|parameter| parameter.is_required) {
        let value = parameter.values.first().map_or(ID, |value| value);
        filter.insert(parameter.name.to_owned(), json!(value));
    }
    if search.needs("site_id") {
        options["site_id"] = site;
    }
    if search.needs("msp_id") {
        options["msp_id"] = json!(cloud.msp_id());
    }
    options["where"] = Value::Object(filter);
    options
}

#[test]
fn every_search_of_the_document_returns_all_its_rows_once() {
    // The cloud returns smaller pages than the module asks for.
    let config = Config { msp_orgs: 1, page_limit: 100, ..Config::default() };
    let cloud = Simulator::start(config).unwrap();
    for one in table::all() {
        cloud.search_rows(one.path, 230);
        let found = search(&cloud, options_of(&cloud, one)).results;
        let rows = found["results"].as_array().unwrap();
        let distinct: HashSet<String> = rows.iter().map(Value::to_string).collect();
        let is_cut = one.pages == PageForm::One && one.takes_limit && one.name != "sites/stats/clients";
        let expected = if is_cut { 100 } else { 230 };
        assert_eq!((rows.len(), distinct.len()), (expected, expected), "{}: {}", one.name, found["total"]);
        assert_eq!((&found["complete"], &found["count"]), (&json!(expected == 230), &json!(expected)), "{}", one.name);
    }
}

#[test]
fn a_name_of_organization_and_site_is_found_and_a_site_restricts_the_organization() {
    let cloud = cloud();
    let site = cloud.sites()[1]["id"].as_str().unwrap().to_owned();
    search(&cloud, json!({"org": "Org 1", "site": "Site 2", "what": "sites/clients"}));
    let calls = requests(&cloud);
    assert!(calls.len() == 4 && calls[3] == format!("/api/v1/sites/{site}/clients/search?limit=1000"), "{calls:?}");
    search(&cloud, json!({"site": "Site 2", "what": "orgs/clients", "where": {"band": 5}}));
    let last = requests(&cloud).pop().unwrap();
    assert!(last.ends_with(&format!("/clients/search?band=5&limit=1000&site_id={site}")), "{last}");
}

#[test]
fn conditions_times_and_counts_are_parameters() {
    let cloud = cloud();
    for (options, expected) in [
        (json!({"what": "/api/v1/orgs/{org_id}/clients/search", "duration": "7d"}), "duration=7d&limit=1000"),
        (
            json!({"what": "orgs/clients", "start": "2026-11-30T18:00:00Z", "end": "now"}),
            "start=1796061600&end=now&limit=1000",
        ),
        (json!({"what": "orgs/clients", "start": "-1d", "limit": 5}), "start=-1d&limit=5"),
        (
            json!({"what": "orgs/clients", "start": 1_790_000_000, "end": 1_790_000_001}),
            "start=1790000000&end=1790000001&limit=1000",
        ),
    ] {
        search(&cloud, options);
        assert_eq!(requests(&cloud), [format!("/api/v1/orgs/{}/clients/search?{expected}", cloud.org_id())]);
    }
    cloud.search_rows("orgs/{org_id}/clients/search", 70);
    let counted = search(&cloud, json!({"what": "orgs/clients", "count_by": "model"})).results;
    assert_eq!((&counted["count"], &counted["results"][0]), (&json!(7), &json!({"model": "model-0", "count": 10})));
    let limited = search(&cloud, json!({"what": "orgs/clients", "limit": 30, "fields": ["mac"]})).results;
    assert_eq!((&limited["count"], &limited["complete"], &limited["total"]), (&json!(30), &json!(false), &json!(70)));
    assert_eq!(limited["results"][1], json!({"mac": "5c5b35000001"}));
    let exact = search(&cloud, json!({"what": "orgs/clients", "limit": 70})).results;
    assert_eq!((&exact["count"], &exact["complete"]), (&json!(70), &json!(true)));
}

#[test]
fn a_search_with_one_page_is_complete_only_if_the_page_has_all() {
    let cloud = cloud();
    let options = json!({"what": "sites/iotendpoints", "site": "Site 1"});
    for (rows, count, complete) in [(7, 7, true), (1000, 1000, true), (1001, 1000, false)] {
        cloud.search_rows("sites/{site_id}/iotendpoints/search", rows);
        let (outcome, warnings) = seen(&cloud, false, options.clone());
        let found = outcome.unwrap().results;
        assert_eq!((&found["count"], &found["complete"]), (&json!(count), &json!(complete)));
        assert_eq!(warnings.len(), usize::from(!complete), "{warnings:?}");
    }
}

#[test]
fn a_list_without_totals_ends_with_an_empty_page_or_a_repeated_one() {
    let cloud = cloud();
    cloud.search_rows("orgs/{org_id}/stats/assets", 1500);
    let all = |without: &[&str]| {
        let headers = without.iter().map(|name| ((*name).to_owned(), None)).collect();
        let kind = FaultKind::Altered { fields: BTreeMap::new(), without: Vec::new(), headers };
        cloud.clear_faults();
        cloud.fault(Fault::new(kind).path("*/stats/assets"));
        let found = search(&cloud, json!({"what": "orgs/stats/assets/list"})).results;
        (found["count"].clone(), found["complete"].clone(), cloud.requests().len())
    };
    assert_eq!(all(&[]), (json!(1500), json!(true), 2));
    assert_eq!(all(&["x-page-total"]), (json!(1500), json!(true), 2));
    assert_eq!(all(&["x-page-total", "x-page-limit"]), (json!(1500), json!(true), 3));
    // A cloud that ignores the number of the page.
    let first = |rows: usize| {
        let page: Vec<Value> = (0..rows).map(|number| json!({"mac": number})).collect();
        let body = Value::Array(page).to_string();
        cloud.clear_faults();
        cloud.fault(Fault::new(suites::answer(200, &body)).path("*/stats/assets"));
        let found = search(&cloud, json!({"what": "orgs/stats/assets/list"})).results;
        (found["count"].clone(), found["complete"].clone(), cloud.requests().len())
    };
    assert_eq!(first(300), (json!(300), json!(true), 2));
    assert_eq!(first(1000), (json!(1000), json!(false), 2));
    cloud.clear_faults();
    cloud.fault(Fault::new(FaultKind::OtherQuery { query: "limit=1000".to_owned() }).path("*/stats/assets"));
    let found = search(&cloud, json!({"what": "orgs/stats/assets/list"})).results;
    assert_eq!((&found["count"], &found["complete"]), (&json!(1000), &json!(false)));
}

#[test]
fn a_row_never_decides_the_state_of_the_task() {
    let cloud = cloud();
    let row = json!({"mac": "a", "failed": true, "changed": true, "unreachable": true, "skipped": true,
        "failed_when_result": true, "_ansible_no_log": true});
    cloud.search_finds("sites/{site_id}/synthetic_test/search", [row]);
    let options = json!({"site": "Site 1", "what": "sites/synthetic_test"});
    let found = search(&cloud, options).results;
    let shown = json!([{"mac": "a", "failed": true, "changed": true, "unreachable": true}]);
    assert_eq!(found["results"], shown);
    assert_eq!((&found["failed"], &found["unreachable"]), (&json!(false), &json!(false)));
}

/// The next response of a search has these values at these JSON pointers.
fn altered(cloud: &Simulator, fields: Value) {
    let fields = fields.as_object().unwrap().clone().into_iter().collect();
    let kind = FaultKind::Altered { fields, without: Vec::new(), headers: BTreeMap::new() };
    cloud.fault(Fault::new(kind).path("*/search").times(1));
}

#[test]
fn a_next_to_another_host_or_in_a_loop_is_refused() {
    let cloud = cloud();
    cloud.search_rows("orgs/{org_id}/clients/search", 3000);
    let path = format!("/api/v1/orgs/{}/clients/search", cloud.org_id());
    for next in ["https://evil.example/api/v1/x", "//evil.example/x", "next8"] {
        altered(&cloud, json!({"/next": next}));
        let failure = refused(&cloud, json!({"what": "orgs/clients"}));
        assert_eq!((cloud.requests().len(), failure.msg.contains("evil")), (1, false), "{}", failure.msg);
    }
    altered(&cloud, json!({"/next": format!("{path}?limit=1000")}));
    refused(&cloud, json!({"what": "orgs/clients"}));
    assert_eq!(cloud.requests().len(), 1);
    // Each `next` is new, and the rows are not.
    cloud.search_finds("orgs/{org_id}/clients/search", (0..9000).map(|_| json!({"mac": "same"})));
    let failure = refused(&cloud, json!({"what": "orgs/clients"}));
    assert_eq!((option_of(&failure), cloud.requests().len()), ("what", 4));
}

#[test]
fn rows_on_two_pages_are_returned_once() {
    let cloud = cloud();
    let row = |number: usize| json!({"mac": format!("{number}"), "in": {"x": number}});
    // The last rows of a page come again on the next one.
    let rows = (0..1000).chain(900..1500).map(row);
    cloud.search_finds("orgs/{org_id}/logs/search", rows.clone());
    cloud.search_finds("orgs/{org_id}/clients/search", rows);
    for what in ["orgs/logs", "orgs/clients"] {
        let found = search(&cloud, json!({"what": what})).results;
        assert_eq!((&found["count"], cloud.requests().len()), (&json!(1500), 2), "{what}");
        assert_eq!(found["results"][1499], row(1499));
    }
}

#[test]
fn secrets_are_masked_in_results_and_files_unless_the_task_asks() {
    let cloud = cloud();
    let folder = tempfile::tempdir().unwrap();
    cloud.search_finds(
        "orgs/{org_id}/clients/search",
        [json!({"mac": "a", "magic": "canary", "deep": [{"after": {"psk": "canary"}}], "text": "{\"psk\": \"canary\"}"})],
    );
    for name in ["", "a.csv", "a.jsonl", "a.json"] {
        let mut options = json!({"what": "orgs/clients"});
        if !name.is_empty() {
            options["dest"] = json!(folder.path().join(name));
        }
        let shown = |options: Value| {
            let printed = search(&cloud, options).results.to_string();
            if name.is_empty() { printed } else { text(&folder.path().join(name)) }
        };
        let masked = shown(options.clone());
        assert!(!masked.contains("canary") && masked.matches("********").count() == 3, "{masked}");
        options["redact"] = json!(false);
        assert_eq!(shown(options).matches("canary").count(), 3, "{name}");
    }
}

#[test]
fn a_file_is_changed_by_its_content_alone() {
    let cloud = cloud();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clients.csv");
    let rows =
        |last: i64| [json!({"mac": "=1", "rssi": -70}), json!({"mac": "b", "rssi": last, "new": {"field": [1]}})];
    cloud.search_finds("orgs/{org_id}/clients/search", rows(-60));
    let options = json!({"what": "orgs/clients", "dest": path});

    let (predicted, _) = seen(&cloud, true, options.clone());
    let predicted = predicted.unwrap();
    assert!(predicted.changed && !path.exists());
    let first = search(&cloud, options.clone());
    assert_eq!((first.changed, &first.diff), (true, &predicted.diff));
    assert_eq!((&first.results["count"], &first.results["dest"]), (&json!(2), &json!(path)));
    assert!(first.results.get("results").is_none_or(Value::is_null));
    let table = text(&path);
    let columns: Vec<&str> = table.lines().next().unwrap().split(',').collect();
    assert_eq!(&columns[columns.len() - 2..], ["new.field", "rssi"], "documented columns come first: {columns:?}");
    assert!(table.contains("'=1") && table.contains(",-70\n") && table.contains(",[1],-60\n"), "{table}");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
    assert!(!search(&cloud, options.clone()).changed && !seen(&cloud, true, options.clone()).0.unwrap().changed);

    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(search(&cloud, options.clone()).changed && !search(&cloud, options.clone()).changed);
    cloud.search_finds("orgs/{org_id}/clients/search", rows(-61));
    let (predicted, real) = (seen(&cloud, true, options.clone()).0.unwrap(), search(&cloud, options.clone()));
    assert!(predicted.changed && real.changed && predicted.diff == real.diff && !real.diff.is_empty());
    cloud.search_finds("orgs/{org_id}/clients/search", rows(-61).into_iter().take(1));
    assert!(search(&cloud, options.clone()).changed, "the beginning of the old content is the new one");
    assert!(!search(&cloud, json!({"what": "orgs/clients"})).changed, "never without a file");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "a temporary file stayed");
}

#[test]
fn a_failed_search_leaves_the_file_as_it_was() {
    let cloud = cloud();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clients.jsonl");
    cloud.search_rows("orgs/{org_id}/clients/search", 2500);
    let options = json!({"what": "orgs/clients", "dest": path});
    search(&cloud, options.clone());
    let before = text(&path);
    assert_eq!(before.lines().count(), 2500);
    cloud.search_rows("orgs/{org_id}/clients/search", 2400);
    for kind in [FaultKind::CutAfter, FaultKind::TruncatedBody, FaultKind::Garbage] {
        let fault = Fault::new(kind).method("GET").skip(2).times(1);
        cloud.fault(fault);
        refused(&cloud, options.clone());
        assert_eq!((text(&path), std::fs::read_dir(&folder).unwrap().count()), (before.clone(), 1));
        cloud.clear_faults();
    }
    search(&cloud, options);
    assert_eq!(text(&path).lines().count(), 2400);
    // A full disk.
    if Path::new("/dev/full").exists() {
        let failure = refused(&cloud, json!({"what": "orgs/clients", "dest": "/dev/full", "format": "json"}));
        assert_eq!(option_of(&failure), "dest");
    }
}

#[test]
fn bad_options_are_refused_before_any_request() {
    let cloud = cloud();
    for (options, option) in [
        (json!({"what": "orgs/client"}), "what"),
        (json!({"what": ""}), "what"),
        (json!({"what": "orgs/clients", "where": {"ssidd": "x"}}), "where.ssidd"),
        (json!({"what": "orgs/clients", "where": {"ssid": ""}}), "where.ssid"),
        (json!({"what": "orgs/clients", "where": {"page": 2}}), "where.page"),
        (json!({"what": "orgs/webhooks/events"}), "where.webhook_id"),
        (json!({"what": "orgs/webhooks/events", "where": {"webhook_id": "../../x"}}), "where.webhook_id"),
        (json!({"what": "orgs/clients", "duration": "1y"}), "duration"),
        (json!({"what": "orgs/clients", "duration": "1d", "start": "-1d"}), "duration"),
        (json!({"what": "orgs/clients", "start": "yesterday"}), "start"),
        (json!({"what": "orgs/clients", "start": 200, "end": 100}), "end"),
        (json!({"what": "orgs/inventory", "duration": "1d"}), "duration"),
        (json!({"what": "orgs/vars", "count_by": "var"}), "count_by"),
        (json!({"what": "orgs/clients", "count_by": ""}), "count_by"),
        (json!({"what": "orgs/clients", "fields": []}), "fields"),
        (json!({"what": "orgs/clients", "fields": ["mac", ""]}), "fields"),
        (json!({"what": "orgs/clients", "format": "csv"}), "format"),
        (json!({"what": "orgs/clients", "dest": "/tmp/x.txt"}), "format"),
        (json!({"what": "sites/clients"}), "site_id"),
        (json!({"what": "sites/clients", "site": ""}), "site"),
        (json!({"what": "orgs/clients", "org_id": ""}), "org_id"),
        (json!({"what": "orgs/clients", "org_id": null}), "org_id"),
        (json!({"what": "msps/orgs"}), "msp_id"),
        (json!({"what": "orgs/guests", "site_id": ID}), "site_id"),
    ] {
        let failure = refused(&cloud, options.clone());
        assert_eq!((option_of(&failure), cloud.requests().len()), (option, 0), "{options}: {}", failure.msg);
        assert!(failure.msg.chars().count() <= 240, "{}", failure.msg);
    }
    for dest in ["/no-such-folder/x.csv", "/"] {
        let failure = refused(&cloud, json!({"what": "orgs/clients", "dest": dest, "format": "csv"}));
        assert_eq!((option_of(&failure), cloud.requests().len()), ("dest", 0), "{}", failure.msg);
    }
}

#[test]
fn what_the_document_lacks_is_a_warning() {
    let cloud = cloud();
    let (outcome, warnings) = seen(&cloud, false, json!({"what": "orgs/clients", "where": {"brand_new": "x"}}));
    assert!(outcome.is_ok() && warnings.len() == 1 && warnings[0].contains("brand_new"), "{warnings:?}");
    assert!(requests(&cloud)[0].contains("brand_new=x"));
}
