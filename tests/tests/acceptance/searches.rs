//! Searches with real `ansible-playbook`: rows and files, and no row that decides the state of its task. And the memory of a large
//! search.

use acceptance::{Module, Sandbox};
use anyhow::{Context as _, ensure};
use mist_simulator::{Config, Simulator};
use serde_json::{Value, json};
use std::fs;
use std::process::Command;

for_each_ansible!(rows_are_results_or_a_file);

fn rows_are_results_or_a_file(sandbox: &Sandbox) -> anyhow::Result<()> {
    let org_id = sandbox.cloud.org_id();
    let hostile = "{{ 7 * 7 }}";
    sandbox.cloud.search_finds(
        "sites/{site_id}/synthetic_test/search",
        [json!({"mac": hostile, "failed": true, "unreachable": true, "skipped": true, "failed_when_result": true})],
    );
    let path = sandbox.scratch().join("tests.csv");
    let options = json!({"org_id": org_id, "site": "Site 1", "what": "sites/synthetic_test"});
    let mut to_file = options.clone();
    to_file["dest"] = json!(path);
    let tasks = [json!({"name": "Rows", "mist_search": options}), json!({"name": "File", "mist_search": to_file})];
    let checked = sandbox.tasks(&tasks)?.args(&["--check", "--diff"]).succeeds()?;
    ensure!(checked.changed == 1 && !path.exists(), "{checked}");
    let [first, second] = sandbox.tasks(&tasks)?.again().args(&["--diff"]).each_succeeds()?;
    ensure!(first.changed == 1 && second.changed == 0, "{first}{second}");
    let (rows, file) = (first.task("Rows")?, first.task("File")?);
    assert_eq!(rows.status, "ok", "{first}");
    assert_eq!(rows.result["results"], json!([{"mac": hostile, "failed": true, "unreachable": true}]));
    assert_eq!(file.result["diff"], checked.task("File")?.result["diff"]);
    ensure!(fs::read_to_string(&path)?.contains(hostile), "the table lacks the row");
    Ok(())
}

#[test]
fn a_search_of_100_000_rows_takes_101_requests_and_32_mib() -> anyhow::Result<()> {
    let cloud = Simulator::start(Config::default())?;
    cloud.search_rows("orgs/{org_id}/wan_clients/search", 100_000);
    let scratch = tempfile::tempdir()?;
    let (dest, options) = (scratch.path().join("clients.csv"), scratch.path().join("options.json"));
    let all = json!({"host": cloud.url(), "api_token": cloud.api_token(), "ca_path": cloud.ca_path(),
        "org_id": cloud.org_id(), "what": "orgs/wan_clients", "dest": dest});
    fs::write(&options, all.to_string())?;
    let measure = "import resource, subprocess, sys\n\
                   subprocess.run(sys.argv[1:], check=True)\n\
                   print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)";
    let module = Module::named("mist_search")?;
    let ran = Command::new("python3").args(["-c", measure]).arg(module.path()).arg(&options).output()?;
    let printed = String::from_utf8(ran.stdout)?;
    let (result, peak) = printed.trim_end().rsplit_once('\n').with_context(|| format!("printed {printed:?}"))?;
    let result: Value = serde_json::from_str(result)?;
    assert_eq!((&result["count"], &result["complete"]), (&json!(100_000), &json!(true)));
    ensure!(cloud.requests().len() <= 101, "{} requests", cloud.requests().len());
    assert_eq!(fs::read_to_string(&dest)?.lines().count(), 100_001);
    let kib: u64 = peak.parse()?;
    ensure!(kib <= 32 * 1024, "{kib} KiB");
    Ok(())
}
