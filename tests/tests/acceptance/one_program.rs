//! The program `mist`, which contains every module, in place of their executables.

use acceptance::{Module, Sandbox, project};
use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

for_each_ansible!(links_to_the_program_are_the_modules);

/// Built as `make` builds the modules.
static PROGRAM: LazyLock<Result<PathBuf, String>> = LazyLock::new(|| {
    let mut build = Command::new(project().join("scripts/build"));
    let output = build.args(["--bin", "mist"]).output().map_err(|error| error.to_string())?;
    let printed = String::from_utf8_lossy(&output.stdout);
    let folder = output.status.success().then(|| project().join(printed.trim()));
    Ok(folder.ok_or_else(|| String::from_utf8_lossy(&output.stderr).into_owned())?.join("mist"))
});

fn program() -> anyhow::Result<&'static Path> {
    PROGRAM.as_deref().map_err(|error| anyhow::anyhow!("{error}"))
}

fn links_to_the_program_are_the_modules(sandbox: &Sandbox) -> anyhow::Result<()> {
    let library = sandbox.scratch().join("links");
    std::fs::create_dir(&library)?;
    let mut tasks = Vec::new();
    for module in Module::all()? {
        symlink(program()?, library.join(module.name()))?;
        tasks.push(json!({"name": module.name(), module.name(): module.reading()?}));
    }
    let own = sandbox.tasks(&tasks)?.succeeds()?;
    // The same module by its full name, and two that change something.
    let create = json!({"name": "linked", "return_key": false});
    tasks.push(json!({"name": "Predict", "mist_api_token": create, "check_mode": true}));
    tasks.push(json!({"name": "Create", "ansible.legacy.mist_api_token": create}));
    tasks.push(json!({"name": "Refuse", "mist_object": {"nmae": "x"}, "ignore_errors": true}));
    let linked = sandbox.tasks(&tasks)?.env("ANSIBLE_LIBRARY", &library.display().to_string()).succeeds()?;

    let names = |result: &Value| -> Vec<String> {
        let mut names: Vec<_> = result.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
        names.sort();
        names
    };
    for module in Module::all()? {
        let result = &linked.task(module.name())?.result;
        ensure!(result["failed"] != true && result["api_calls"].is_number(), "{linked}");
        assert_eq!(names(result), names(&own.task(module.name())?.result), "{}", module.name());
    }
    ensure!(linked.task("Predict")?.changed() && linked.task("Create")?.changed(), "{linked}");
    assert_eq!(sandbox.tokens_named("linked", false).len(), 1);
    let refused = linked.task("Refuse")?.msg();
    ensure!(refused.starts_with("Unsupported parameters for (mist_object) module: nmae"), "{refused}");
    Ok(())
}

#[test]
fn the_program_runs_each_module_by_hand() -> anyhow::Result<()> {
    let run = |arguments: &[&str]| -> anyhow::Result<String> {
        let output = Command::new(program()?).args(arguments).output()?;
        Ok(String::from_utf8(output.stdout)?)
    };
    let help = run(&["--help"])?;
    for module in Module::all()? {
        let name = module.name();
        ensure!(help.contains(name), "{name}: {help}");
        assert_eq!(run(&[name, "--docs"])?, std::fs::read_to_string(module.documentation())?);
        let link = tempfile::tempdir()?;
        symlink(program()?, link.path().join(name))?;
        let version = Command::new(link.path().join(name)).arg("--version").output()?;
        assert_eq!(String::from_utf8(version.stdout)?, format!("{name} {}\n", env!("CARGO_PKG_VERSION")));
    }
    let unknown: Value = serde_json::from_str(&run(&["mist_unknown", "args"])?).context("one object")?;
    ensure!(unknown["failed"] == true && unknown["msg"].as_str().is_some_and(|msg| msg.contains("mist_self_info")));
    Ok(())
}
