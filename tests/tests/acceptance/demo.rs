//! `make demo` after the build.

use acceptance::{Module, project};
use anyhow::{Context as _, ensure};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The simulator as a program. `cargo test --workspace` builds it for the tests of the simulator.
fn simulator() -> anyhow::Result<PathBuf> {
    let test = std::env::current_exe()?;
    let built = test.parent().and_then(Path::parent).context("where the tests are built")?;
    let path = built.join("mist-simulator");
    ensure!(path.exists(), "{} has not been built: run `make test`", path.display());
    Ok(path)
}

fn demo(scratch: &Path, path: &str, environment: &[(&str, &str)]) -> anyhow::Result<Output> {
    Module::all()?;
    let (home, temporary) = (scratch.join("home"), scratch.join("tmp"));
    std::fs::create_dir(&home)?;
    std::fs::create_dir(&temporary)?;
    let mut command = Command::new(project().join("scripts/demo"));
    command
        .arg(simulator()?)
        .env_clear()
        .env("PATH", path)
        .env("HOME", home)
        .env("TMPDIR", temporary)
        .envs(environment.iter().copied())
        .current_dir(scratch)
        .stdin(Stdio::null());
    command.output().context("scripts/demo")
}

fn path_with(version: &str) -> String {
    format!("{}:/usr/bin:/bin", project().join(format!(".venv-{version}/bin")).display())
}

// Other tests run its playbooks with the other versions.
acceptance::with_the_newest_ansible!(the_demo_does_what_it_says_and_leaves_nothing);

/// In a shell with variables for a real cloud and a proxy. A request to either is an error.
fn the_demo_does_what_it_says_and_leaves_nothing(version: &str) -> anyhow::Result<()> {
    acceptance::Ansible::installed(version)?;
    let trap = TcpListener::bind("127.0.0.1:0")?;
    let trap_url = format!("http://{}", trap.local_addr()?);
    let touched = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&touched);
    std::thread::spawn(move || {
        for _ in trap.incoming() {
            counter.fetch_add(1, Ordering::SeqCst);
        }
    });
    let scratch = tempfile::tempdir()?;
    let output = demo(
        scratch.path(),
        &path_with(version),
        &[
            ("MIST_HOST", &trap_url),
            ("MIST_API_TOKEN", "a-real-token"),
            ("MIST_ORG_ID", "not-even-an-id"),
            ("MIST_PROXY", &trap_url),
            ("HTTPS_PROXY", &trap_url),
            ("https_proxy", &trap_url),
            ("ALL_PROXY", &trap_url),
            ("SSL_CERT_FILE", "/nonexistent"),
            ("ANSIBLE_CONFIG", "/nonexistent"),
            ("ANSIBLE_STDOUT_CALLBACK", "minimal"),
        ],
    )?;
    let stdout = String::from_utf8(output.stdout)?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{stdout}{stderr}");
    ensure!(stderr.is_empty(), "{stderr}");
    ensure!(stdout.contains("every step had the expected result"), "{stdout}");
    ensure!(!stdout.contains("a-real-token"), "{stdout}");
    for secret in ["a-passphrase-of-the-demo", "a-secret-of-the-demo"] {
        ensure!(!stdout.contains(secret), "{stdout}");
    }
    // Eight runs of playbooks for tokens, and two runs of each of the four playbooks for objects.
    assert_eq!(stdout.matches("PLAY RECAP").count(), 16, "{stdout}");
    assert_eq!(touched.load(Ordering::SeqCst), 0, "the demo used a real cloud or a proxy");
    assert_nothing_left(scratch.path(), &stdout)
}

/// The demo must stop if the modules do not give the expected results.
#[test]
fn a_demo_that_goes_wrong_fails_and_leaves_nothing() -> anyhow::Result<()> {
    let scratch = tempfile::tempdir()?;
    let programs = scratch.path().join("bin");
    std::fs::create_dir(&programs)?;
    let pretender = programs.join("ansible-playbook");
    let script = "#!/bin/sh\necho 'ansible-playbook [core 2.19.1]'\necho 'localhost : ok=1 changed=7 failed=0'\n";
    std::fs::write(&pretender, script)?;
    std::fs::set_permissions(&pretender, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    let output = demo(scratch.path(), &format!("{}:/usr/bin:/bin", programs.display()), &[])?;
    let stdout = String::from_utf8(output.stdout)?;
    assert_eq!(output.status.code(), Some(1), "{stdout}");
    ensure!(String::from_utf8(output.stderr)?.contains("expected changed=1"), "{stdout}");
    assert_nothing_left(scratch.path(), &stdout)
}

/// No file and no server remains. The home directory can have the folder for the locks of the modules.
fn assert_nothing_left(scratch: &Path, stdout: &str) -> anyhow::Result<()> {
    let find = |folder: &str, arguments: &[&str]| -> anyhow::Result<String> {
        let output = Command::new("find").arg(scratch.join(folder)).args(arguments).output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8(output.stdout)?)
    };
    assert_eq!(find("tmp", &["-mindepth", "1"])?, "");
    assert_eq!(find("home", &["-type", "f"])?, "");
    let address = stdout.split("https://").nth(1).context("the simulator's address")?;
    let address = address.split_whitespace().next().context("the simulator's address")?;
    ensure!(TcpStream::connect(address).is_err(), "a server still exists at {address}");
    Ok(())
}
