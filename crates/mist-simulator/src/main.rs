//! A Mist cloud on loopback as a program: it prints one line of JSON that says where it is and who may log in, and
//! serves until it is told to stop by SIGTERM, SIGINT or SIGHUP.

mod arguments;

use anyhow::{Context, Result};
use arguments::{Arguments, Command};
use mist_simulator::Simulator;
use serde_json::{Value, json};
use std::io::Write;
use std::process::ExitCode;
use tokio::io::AsyncReadExt;
use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};

fn main() -> ExitCode {
    let result = match arguments::parse(std::env::args_os()) {
        Ok(Command::Help) => write_out(arguments::HELP),
        Ok(Command::Serve(arguments)) => serve(*arguments),
        Err(error) => Err(error).context("see mist-simulator --help"),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("mist-simulator: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn serve(arguments: Arguments) -> Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let served = runtime.block_on(async {
        // Heard from before the first file is made, so that whenever the end comes, nothing is left behind.
        let mut ends = [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()].map(signal);
        let [Ok(terminate), Ok(interrupt), Ok(hangup)] = &mut ends else {
            anyhow::bail!("signals cannot be heard");
        };
        let account = (arguments.config.email.clone(), arguments.config.password.clone());
        let two_factor = arguments.config.two_factor.clone();
        let simulator = tokio::task::spawn_blocking(move || Simulator::start(arguments.config)).await??;
        write_out(&format!("{}\n", address(&simulator, account, two_factor)))?;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            _ = hangup.recv() => {}
            () = end_of_input(), if arguments.stop_with_stdin => {}
        }
        tokio::task::spawn_blocking(move || drop(simulator)).await?;
        Ok(())
    });
    // The thread that reads standard input may never come back.
    runtime.shutdown_background();
    served
}

/// What whoever started the program needs to know.
fn address(simulator: &Simulator, (email, password): (String, String), two_factor: Option<String>) -> Value {
    let first = |list: Vec<Value>| list.into_iter().next().and_then(|item| item.get("id").cloned());
    json!({
        "url": simulator.url(),
        "ca_path": simulator.ca_path(),
        "org_id": simulator.org_id(),
        "api_token": simulator.api_token(),
        "site_id": first(simulator.sites()),
        "sitegroup_id": first(simulator.sitegroups()),
        "orgs": simulator.orgs().into_iter().map(|(id, name)| json!({"id": id, "name": name})).collect::<Vec<_>>(),
        "email": email,
        "password": password,
        "two_factor": two_factor,
        "pid": std::process::id(),
    })
}

async fn end_of_input() {
    let mut ignored = [0; 4096];
    let mut input = tokio::io::stdin();
    // An error is an end too: there is nobody left to wait for.
    while matches!(input.read(&mut ignored).await, Ok(read) if read > 0) {}
}

fn write_out(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("cannot write to standard output")
}
