//! The executables without Ansible, as any script can run them.

use acceptance::{Module, project};
use anyhow::ensure;
use mist_simulator::{Config, Simulator};
use serde_json::json;
use std::fs;
use std::process::Command;

/// An executable is a single file without an interpreter and without shared libraries, so that it runs wherever Ansible copies it.
#[test]
fn every_executable_is_statically_linked() -> anyhow::Result<()> {
    for module in Module::all()?.into_iter().chain([Module::named("mist_inventory")?]) {
        let output = Command::new("readelf")
            .env("LC_ALL", "C")
            .args(["--wide", "--program-headers", "--dynamic"])
            .arg(module.path())
            .output()?;
        let headers = String::from_utf8(output.stdout)?;
        ensure!(headers.contains(" LOAD "), "readelf does not know {}", module.path().display());
        ensure!(!headers.contains("INTERP"), "{} asks for an interpreter", module.path().display());
        ensure!(!headers.contains("(NEEDED)"), "{} needs a shared library", module.path().display());
    }
    Ok(())
}

#[test]
fn the_documentation_in_the_library_is_what_the_executable_says() -> anyhow::Result<()> {
    for module in Module::all()? {
        let ran = module.run(&["--docs"], &[], "")?;
        ensure!(ran.status == Some(0) && ran.stderr.is_empty(), "{ran:?}");
        assert_eq!(fs::read_to_string(module.documentation())?, ran.stdout);
    }
    Ok(())
}

#[test]
fn every_executable_tells_what_it_is_and_what_it_takes() -> anyhow::Result<()> {
    for module in Module::all()? {
        let name = module.path().file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        let help = module.run(&["--help"], &[], "")?;
        ensure!(help.status == Some(0) && help.stdout.contains(&name), "{help:?}");
        ensure!(help.stdout.contains("api_token"), "{help:?}");
        let version = module.run(&["--version"], &[], "")?;
        ensure!(version.status == Some(0), "{version:?}");
        ensure!(version.stdout.trim_end().ends_with(env!("CARGO_PKG_VERSION")), "{version:?}");
        let schema = module.run(&["--schema"], &[], "")?.result()?;
        ensure!(schema["options"]["properties"]["api_token"].is_object(), "{schema}");
    }
    Ok(())
}

#[test]
fn a_script_creates_and_deletes_a_token_with_json_on_standard_input() -> anyhow::Result<()> {
    let cloud = Simulator::start(Config::default())?;
    let module = Module::named("mist_api_token")?;
    let (url, ca_path) = (cloud.url(), cloud.ca_path().display().to_string());
    let environment =
        [("MIST_HOST", url.as_str()), ("MIST_API_TOKEN", cloud.api_token()), ("SSL_CERT_FILE", ca_path.as_str())];

    let ran = module.run(&["-"], &environment, &json!({"name": "scripted"}).to_string())?;
    let result = ran.result()?;
    ensure!(ran.status == Some(0) && result["changed"] == true && ran.stderr.is_empty(), "{ran:?}");
    let made = cloud.user_tokens();
    let made = made.iter().find(|token| token.name == "scripted");
    assert_eq!(made.map(|token| token.key.as_str()), result["key"].as_str());

    let absent = json!({"state": "absent", "name": "scripted"}).to_string();
    let result = module.run(&["-"], &environment, &absent)?.result()?;
    assert_eq!(result["deleted"].as_array().map(Vec::len), Some(1), "{result}");
    assert!(cloud.user_tokens().iter().all(|token| token.name != "scripted"));
    Ok(())
}

#[test]
fn what_cannot_be_done_is_one_json_object_and_exit_status_1() -> anyhow::Result<()> {
    let scratch = tempfile::tempdir()?;
    let file = |name: &str, content: &[u8]| -> anyhow::Result<String> {
        let path = scratch.path().join(name);
        fs::write(&path, content)?;
        Ok(path.display().to_string())
    };
    let broken = file("broken", b"{\"name\": ")?;
    let list = file("list", b"[1, 2]")?;
    let not_utf8 = file("not_utf8", b"{\"name\": \"\xff\"}")?;
    let missing = scratch.path().join("missing").display().to_string();
    for module in Module::all()? {
        for arguments in [
            &[][..],
            &[missing.as_str()],
            &[broken.as_str()],
            &[list.as_str()],
            &[not_utf8.as_str()],
            &["--no-such-option"],
        ] {
            let ran = module.run(arguments, &[], "")?;
            let result = ran.result()?;
            ensure!(ran.status == Some(1) && result["failed"] == true, "{arguments:?}: {ran:?}");
            ensure!(result["msg"].as_str().is_some_and(|msg| !msg.is_empty()), "{arguments:?}: {ran:?}");
        }
    }
    Ok(())
}

/// The modules must not depend on the simulator.
#[test]
fn nothing_that_is_shipped_depends_on_the_simulator() -> anyhow::Result<()> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--offline", "--edges", "normal", "--prefix", "none", "--package", "mist-modules"])
        .current_dir(project())
        .output()?;
    let tree = String::from_utf8(output.stdout)?;
    ensure!(tree.contains("mist-client"), "cargo tree: {}", String::from_utf8_lossy(&output.stderr));
    ensure!(!tree.contains("mist-simulator") && !tree.contains("hyper"), "the modules depend on the simulator");
    Ok(())
}
