//! A purge by a damaged file: cut anywhere, empty, or with nothing but comments. Nothing is deleted that the file still names, and no
//! secret of a broken line is quoted.

use acceptance::campaign::{Task, World, in_parallel};
use acceptance::{Leaks, Ran};
use anyhow::{Context as _, ensure};
use mist_simulator::Config;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;

/// The declared PSKs. One more exists, which the whole file purges.
const DECLARED: usize = 12;

/// The limits of the task for deletions. The second one allows all of them.
const MAX_DELETES: [usize; 2] = [2, 100];

/// The cuts of each file.
const CUTS: usize = 16;

struct Damaged {
    extension: &'static str,
    content: String,
    /// True if no source with this content can be meant.
    must_fail: bool,
    max_deletes: usize,
}

#[test]
fn a_purge_by_a_damaged_file_deletes_nothing_that_the_file_names() -> anyhow::Result<()> {
    let files: Vec<Damaged> = MAX_DELETES.into_iter().flat_map(damaged).collect();
    let results = in_parallel(&files, |file| {
        purge_by(file).with_context(|| format!("{} of {} bytes", file.extension, file.content.len()))
    });
    let (mut failed, mut violations) = (0, Vec::new());
    for result in results {
        let (status, found) = result?;
        failed += usize::from(status != Some(0));
        violations.extend(found);
    }
    println!("Damaged files: {} purges, {failed} refused, {} violations", files.len(), violations.len());
    assert!(violations.is_empty(), "{}", violations.join("\n"));
    assert!(failed >= files.len() / 2 && failed < files.len(), "{failed} of {} were refused", files.len());
    Ok(())
}

fn damaged(max_deletes: usize) -> Vec<Damaged> {
    let mut files = Vec::new();
    for (extension, whole) in [("csv", csv()), ("yml", yaml()), ("json", json_text())] {
        let mut add = |content: &str, must_fail: bool| {
            files.push(Damaged { extension, content: content.to_owned(), must_fail, max_deletes });
        };
        for cut in 0..CUTS {
            // A part of this JSON text is not valid.
            add(&whole[..whole.len() * cut / CUTS], cut == 0 || extension == "json");
        }
        for content in [if extension == "json" { "[]" } else { "# name,ssid\n# Ada,Staff\n" }, "\n \n", "\u{feff}"] {
            add(content, true);
        }
        add(&whole, false);
    }
    files
}

/// Runs the purge. Returns its exit status and the broken promises.
fn purge_by(file: &Damaged) -> anyhow::Result<(Option<i32>, Vec<String>)> {
    let world = World::new(Config::default())?;
    let path = format!("orgs/{}/psks", world.cloud.org_id());
    for number in 0..=DECLARED {
        world.cloud.seed(&path, psk(number, "old"));
    }
    let before = world.cloud.objects(&path);
    let source = world.scratch().join(format!("psks.{}", file.extension));
    fs::write(&source, &file.content)?;
    let options = json!({
        "type": "psks", "org_id": world.cloud.org_id(), "api_token": world.cloud.api_token(),
        "src": source.display().to_string(), "purge": true, "max_deletes": file.max_deletes, "_ansible_diff": true,
    });
    let ran = world.run(&Task::new("mist_objects", options))?;
    let after = world.cloud.objects(&path);
    let mut found = violations(file, &ran, &before, &after)?;
    let whole_file_purges = file.content.ends_with(&end_of(file.extension));
    if whole_file_purges {
        ensure!(ran.status == Some(0) && after.len() == DECLARED, "the whole file does not purge: {}", ran.stdout);
    }
    let wrote = world.cloud.requests().iter().any(|request| request.method != "GET");
    if file.must_fail && wrote {
        found.push("it wrote".to_owned());
    }
    let place = format!("{} of {} bytes", file.extension, file.content.len());
    Ok((ran.status, found.into_iter().map(|what| format!("{place}: {what}: {}", ran.stdout)).collect()))
}

fn violations(file: &Damaged, ran: &Ran, before: &[Value], after: &[Value]) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    let mut check = |kept: bool, what: &str| {
        if !kept {
            found.push(what.to_owned());
        }
    };
    let failed = ran.status != Some(0);
    check((ran.result()?["failed"] == true) == failed, "the exit status does not match the result");
    check(failed || !file.must_fail, "it succeeded");
    let names = |objects: &[Value]| -> BTreeSet<String> {
        objects.iter().filter_map(|object| object["name"].as_str().map(str::to_owned)).collect()
    };
    let deleted: Vec<String> = names(before).difference(&names(after)).cloned().collect();
    check(!failed || deleted.is_empty(), "it failed and deleted");
    check(deleted.len() <= file.max_deletes, "it deleted more than allowed");
    check(!deleted.iter().any(|name| file.content.contains(name.as_str())), "it deleted what the file names");
    let mut leaks = Leaks::of(["Canary"]);
    leaks.search("stdout", ran.stdout.as_bytes());
    leaks.search("stderr", ran.stderr.as_bytes());
    check(leaks.found().is_empty(), "a secret is shown");
    Ok(found)
}

fn name(number: usize) -> String {
    format!("psk-{number:02}-of-staff")
}

fn psk(number: usize, role: &str) -> Value {
    json!({"name": name(number), "ssid": "Staff", "passphrase": format!("Canary-{number}-Pa55"), "role": role})
}

fn declared() -> impl Iterator<Item = Value> {
    (0..DECLARED).map(|number| psk(number, "new"))
}

fn csv() -> String {
    let row = |psk: Value| {
        let cell = |field: &str| psk[field].as_str().unwrap_or_default().to_owned();
        format!("{},{},{},{}\n", cell("name"), cell("ssid"), cell("passphrase"), cell("role"))
    };
    format!("name,ssid,passphrase,role\n{}", declared().map(row).collect::<String>())
}

fn yaml() -> String {
    let item = |psk: Value| {
        let line = |field: &str| format!("{field}: {}", psk[field].as_str().unwrap_or_default());
        format!("- {}\n  {}\n  {}\n  {}\n", line("name"), line("ssid"), line("passphrase"), line("role"))
    };
    declared().map(item).collect()
}

fn json_text() -> String {
    Value::Array(declared().collect()).to_string()
}

/// The end of the last object of a whole file.
fn end_of(extension: &str) -> String {
    match extension {
        "csv" => format!("Canary-{}-Pa55,new\n", DECLARED - 1),
        "yml" => format!("Canary-{}-Pa55\n  role: new\n", DECLARED - 1),
        _ => "\"role\":\"new\"}]".to_owned(),
    }
}
