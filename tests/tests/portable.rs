//! Each executable runs as the only file of a system, and a token is created and deleted by it.
//!
//! `scripts/prove portable` runs the same for the archives of `make dist`: `ACCEPTANCE_LIBRARY` is the folder of the
//! executables, and `ACCEPTANCE_EMULATOR` a static emulator for those of another architecture.

use acceptance::{Module, project};
use anyhow::{Context as _, ensure};
use mist_simulator::{Config, Simulator};
use serde_json::{Value, json};
use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn emulator() -> Option<PathBuf> {
    std::env::var_os("ACCEPTANCE_EMULATOR").map(PathBuf::from)
}

/// Runs the command with this input and no environment.
fn result_of(mut command: Command, input: &Value) -> anyhow::Result<Value> {
    command.arg("-").env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("{command:?}"))?;
    child.stdin.take().context("standard input")?.write_all(input.to_string().as_bytes())?;
    let output = child.wait_with_output()?;
    let told = || format!("{command:?}: {:?} {}", output.status, String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).with_context(told)
}

/// With `cp`: a program that a process has open for writing cannot run, and a child of another test inherits open files until
/// it runs its own program.
fn copy(program: &Path, to: &Path) -> anyhow::Result<()> {
    ensure!(Command::new("cp").arg(program).arg(to).status()?.success(), "{}", program.display());
    Ok(())
}

/// The name is only in `/etc/hosts` of that system, and no name server answers.
#[test]
fn every_executable_finds_a_host_by_its_name_in_a_root_that_holds_nothing_else() -> anyhow::Result<()> {
    for module in Module::all()? {
        let cloud = Simulator::start(Config::default())?;
        let root = tempfile::tempdir()?;
        fs::create_dir(root.path().join("etc"))?;
        fs::write(root.path().join("etc/hosts"), "127.0.0.1 the-cloud.example\n")?;
        fs::write(root.path().join("etc/resolv.conf"), "nameserver 127.0.0.1\n")?;
        copy(module.path(), &root.path().join("module"))?;

        // Accounts without the rights of root need a user namespace.
        let mut command = match rustix::process::geteuid().is_root() {
            true => Command::new("chroot"),
            false => Command::new("unshare"),
        };
        if command.get_program() == OsStr::new("unshare") {
            command.args(["--user", "--map-root-user", "chroot"]);
        }
        command.arg(root.path());
        if let Some(emulator) = emulator() {
            copy(&emulator, &root.path().join("emulator"))?;
            command.arg("/emulator");
        }
        command.arg("/module");

        let port = cloud.url().rsplit(':').next().context("the simulator's port")?.to_owned();
        let mut options = module.reading()?;
        if let Some(folder) = options["src"].as_str() {
            let folder = root.path().join(folder.trim_start_matches('/'));
            fs::create_dir_all(&folder)?;
            fs::write(folder.join("sitegroups.yml"), "[]\n")?;
        }
        options["host"] = json!(format!("https://the-cloud.example:{port}"));
        options["api_token"] = json!(cloud.api_token());
        // The certificate is for localhost.
        options["validate_certs"] = json!(false);
        let result = result_of(command, &options)?;
        ensure!(result["failed"] != true, "{}: {result}", module.name());
        ensure!(!cloud.requests().is_empty(), "{}: the cloud got no request: {result}", module.name());
    }
    Ok(())
}

/// The paths of sources and dependencies are private, and would give other bytes on another machine.
#[test]
fn no_executable_tells_where_it_was_built() -> anyhow::Result<()> {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let cargo =
        variable("CARGO_HOME").or_else(|| Some(variable("HOME")?.join(".cargo"))).context("the folder of cargo")?;
    let built = variable("CARGO_TARGET_DIR").unwrap_or_else(|| project().join("target"));
    let toolchain = Command::new("rustc").args(["--print", "sysroot"]).output()?.stdout;
    let toolchain = Path::new(String::from_utf8(toolchain)?.trim()).join("lib/rustlib");
    for module in Module::all()? {
        let content = fs::read(module.path())?;
        let text = String::from_utf8_lossy(&content);
        for place in [&project(), &cargo, &built, &toolchain] {
            let place = place.to_str().context("a path in UTF-8")?;
            ensure!(!text.contains(place), "{} contains {place}", module.name());
        }
    }
    Ok(())
}

#[test]
fn a_token_is_created_found_and_deleted() -> anyhow::Result<()> {
    let cloud = Simulator::start(Config::default())?;
    let module = Module::named("mist_api_token")?;
    let home = tempfile::tempdir()?;
    let key_file = home.path().join("key");
    let run = |more: Value| -> anyhow::Result<Value> {
        let mut options = json!({
            "host": cloud.url(),
            "api_token": cloud.api_token(),
            "ca_path": cloud.ca_path(),
            "name": "portable",
        });
        for (name, value) in more.as_object().into_iter().flatten() {
            options[name] = value.clone();
        }
        let mut command = Command::new(emulator().unwrap_or_else(|| module.path().to_path_buf()));
        if emulator().is_some() {
            command.arg(module.path());
        }
        let result = result_of(command, &options)?;
        ensure!(result["failed"] != true, "{result}");
        Ok(result)
    };
    let created = run(json!({"key_file": key_file}))?;
    let tokens = || cloud.user_tokens().into_iter().filter(|token| token.name == "portable").collect::<Vec<_>>();
    let [token] = tokens().try_into().ok().context("one token")?;
    ensure!(created["changed"] == true && held(&key_file)? == token.key, "{created}");
    ensure!(run(json!({"key_file": key_file}))?["changed"] == false);
    ensure!(run(json!({"state": "absent"}))?["deleted"] == json!([token.id]));
    ensure!(tokens().is_empty());
    Ok(())
}

fn held(key_file: &Path) -> anyhow::Result<String> {
    Ok(fs::read_to_string(key_file)?.trim_end().to_owned())
}

/// `make dist` omits the tables that unwinding needs (`.cargo/no-unwinding.ld`). `scripts/prove portable` sets `ACCEPTANCE_BUILD` to
/// build the program in the same way.
#[test]
fn a_panic_in_an_executable_built_like_the_modules_is_one_result_and_leaves_nothing_behind() -> anyhow::Result<()> {
    let build = std::env::var("ACCEPTANCE_BUILD").unwrap_or_else(|_| "scripts/build".to_owned());
    let built = Command::new("sh")
        .args(["-c", &format!("{build} \"$@\""), "sh"])
        .args(["--package", "failure-programs"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .output()?;
    ensure!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let built = String::from_utf8(built.stdout)?;
    let program = project().join(built.trim()).join("failure-programs");
    let directory = tempfile::tempdir()?;
    let leftover = directory.path().join("leftover");
    for what in ["panic", "panic_in_thread", "panic_twice"] {
        for backtrace in ["0", "full"] {
            fs::write(&leftover, "to be removed")?;
            let mut command = Command::new(emulator().as_ref().unwrap_or(&program));
            command.args(emulator().is_some().then_some(&program));
            let mut child = command
                .arg("-")
                .env("RUST_BACKTRACE", backtrace)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .with_context(|| program.display().to_string())?;
            let options = json!({"what": what, "secret": "s3cret", "leftover": leftover});
            child.stdin.take().context("standard input")?.write_all(options.to_string().as_bytes())?;
            let output = child.wait_with_output()?;
            let told = format!("{what}: {output:?}");
            let result: Value = serde_json::from_slice(&output.stdout).context(told.clone())?;
            ensure!(output.status.code() == Some(1) && output.stderr.is_empty(), told);
            ensure!(result["failed"] == true && !told.contains("s3cret") && !leftover.exists(), told);
            ensure!(result["msg"].as_str().is_some_and(|msg| msg.contains("programming error in")), told);
        }
    }
    Ok(())
}
