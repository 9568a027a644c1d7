//! A Mist cloud on this machine as a program. It prints one line of JSON (its URL and credentials) and serves until SIGTERM, SIGINT or
//! SIGHUP.

use anyhow::{Context, Result, bail};
use lexopt::prelude::*;
use mist_simulator::{Certificate, Config, RetryAfterForm, Simulator, Variants};
use serde_json::{Value, json};
use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};

fn main() -> ExitCode {
    let result = match parse(std::env::args_os()) {
        Ok(Command::Help) => write_out(HELP),
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
        // Handlers are installed before the first file is created, so that no signal leaves a file behind.
        let mut ends = [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()].map(signal);
        let [Ok(terminate), Ok(interrupt), Ok(hangup)] = &mut ends else {
            anyhow::bail!("signals: no handlers installed");
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
    // The thread that reads standard input can block forever.
    runtime.shutdown_background();
    served
}

/// The line that the program prints.
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
    // An error ends the input too.
    while matches!(input.read(&mut ignored).await, Ok(read) if read > 0) {}
}

fn write_out(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("standard output: not written")
}

pub(crate) const HELP: &str = "\
A simulated Mist cloud on this machine, for the demo, the tests and the benchmarks.

It prints one line of JSON on standard output (url, ca_path, org_id, api_token, site_id, sitegroup_id, orgs, email,
password, two_factor, pid) and serves until SIGTERM, SIGINT or SIGHUP.

Usage: mist-simulator [OPTION]...

  --port N              port on 127.0.0.1 (any free one)
  --http                plain HTTP in place of TLS
  --certificate KIND    good, expired, other-host or other-authority (good)
  --email ADDRESS       e-mail address of the account
  --password TEXT       password of the account
  --two-factor CODE     second factor of the account (none)
  --sso                 the account logs in through its identity provider
  --locked              the account is locked at the start
  --role ROLE           role of the account in its organizations (admin)
  --orgs N              organizations (1)
  --sites N             sites of each organization (5)
  --sitegroups N        site groups of each organization (2)
  --devices N           devices of each organization, with statistics (0)
  --device-stats BYTES  approximate size of the statistics of a device (1000)
  --search-rows N       rows of each search, list of statistics and log (10)
  --tokens N            further user tokens (0)
  --org-tokens N        tokens of each organization (0)
  --cookie-suffix TEXT  suffix of the cookies' names, such as .eu
  --quota N             calls an hour (5000)
  --round-trip MS       round trip of the network; TCP and TLS cost one each (0)
  --request-time MS     time that the cloud takes for a request (0)
  --retry-after FORM    Retry-After of a refusal for the quota: absent, seconds or date (absent)
  --clock SECONDS       time in seconds since 1970, which changes only on request (the machine's)
  --document            behave as the OpenAPI document describes, where practice differs
  --stop-with-stdin     also stop at the end of standard input
  --help                this text

Requests that control it while it runs, on the same port and without authentication:
  POST   /simulator/faults     {\"method\": \"POST\", \"path\": \"*/apitokens\", \"times\": 1, \"kind\": \"cut_after\"}
  DELETE /simulator/faults     remove all faults
  GET    /simulator/held       number of held requests
  POST   /simulator/release    let all held requests continue
  GET    /simulator/requests   recorded requests, number of connections and of TLS handshakes
  DELETE /simulator/requests   drop the recorded requests
  GET    /simulator/tokens     all tokens with their keys
  PUT    /simulator/behavior   {\"nested\": \"merged\"}: how the cloud keeps and shows objects (also GET, DELETE)
  PUT    /simulator/variants   {\"pages\": \"body\"}: where document and practice differ (also GET, DELETE)
  POST   /simulator/objects    {\"path\": \"orgs/ID/wlans\", \"object\": {}}: add an object
  GET    /simulator/objects?path=orgs/ID/wlans  the objects of a path as the cloud keeps them
  GET    /simulator/clock      time
  POST   /simulator/clock      {\"set\": SECONDS} or {\"advance\": SECONDS}
";

pub(crate) enum Command {
    Help,
    Serve(Box<Arguments>),
}

pub(crate) struct Arguments {
    pub(crate) config: Config,
    pub(crate) stop_with_stdin: bool,
}

/// Parses the arguments, which start with the program's name.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command> {
    let mut parser = lexopt::Parser::from_iter(arguments);
    let mut config = Config::default();
    let mut stop_with_stdin = false;
    while let Some(argument) = parser.next()? {
        let Long(name) = argument else {
            return Err(argument.unexpected().into());
        };
        match name {
            "help" => return Ok(Command::Help),
            "port" => config.port = parser.value()?.parse()?,
            "http" => config.plain_http = true,
            "certificate" => config.certificate = certificate(&parser.value()?.string()?)?,
            "email" => config.email = parser.value()?.string()?,
            "password" => config.password = parser.value()?.string()?,
            "two-factor" => config.two_factor = Some(parser.value()?.string()?),
            "sso" => config.sso = true,
            "locked" => config.locked = true,
            "role" => config.role = parser.value()?.string()?,
            "orgs" => config.orgs = parser.value()?.parse()?,
            "sites" => config.sites = parser.value()?.parse()?,
            "sitegroups" => config.sitegroups = parser.value()?.parse()?,
            "devices" => config.devices = parser.value()?.parse()?,
            "search-rows" => config.search_rows = parser.value()?.parse()?,
            "device-stats" => config.device_stats = parser.value()?.parse()?,
            "tokens" => config.user_tokens = parser.value()?.parse()?,
            "org-tokens" => config.org_tokens = parser.value()?.parse()?,
            "cookie-suffix" => config.cookie_suffix = parser.value()?.string()?,
            "quota" => config.quota = parser.value()?.parse()?,
            "round-trip" => config.latency.round_trip = Duration::from_millis(parser.value()?.parse()?),
            "request-time" => config.latency.request = Duration::from_millis(parser.value()?.parse()?),
            "retry-after" => config.quota_retry_after = retry_after(&parser.value()?.string()?)?,
            "clock" => config.clock = Some(parser.value()?.parse()?),
            "document" => config.variants = Variants::document(),
            "stop-with-stdin" => stop_with_stdin = true,
            _ => return Err(argument.unexpected().into()),
        }
    }
    Ok(Command::Serve(Box::new(Arguments { config, stop_with_stdin })))
}

fn certificate(kind: &str) -> Result<Certificate> {
    Ok(match kind {
        "good" => Certificate::Good,
        "expired" => Certificate::Expired,
        "other-host" => Certificate::OtherHost,
        "other-authority" => Certificate::OtherAuthority,
        _ => bail!("--certificate: {kind} is not one of good, expired, other-host, other-authority"),
    })
}

fn retry_after(form: &str) -> Result<RetryAfterForm> {
    Ok(match form {
        "absent" => RetryAfterForm::Absent,
        "seconds" => RetryAfterForm::Seconds,
        "date" => RetryAfterForm::Date,
        _ => bail!("--retry-after: {form} is not one of absent, seconds, date"),
    })
}
