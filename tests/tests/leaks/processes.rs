//! The command lines of all processes, which all users of the machine can read.

use crate::exposures::{CANARIES, EXPOSURES, Given, Proxies, config, tasks};
use acceptance::Leaks;
use acceptance::campaign::World;
use anyhow::ensure;
use mist_simulator::{Fault, FaultKind, NewToken};
use std::fs;

/// Searches the command lines of all processes for these secrets. Returns the number of processes.
pub fn search(leaks: &mut Leaks) -> anyhow::Result<usize> {
    let mut count = 0;
    for entry in fs::read_dir("/proc")? {
        let path = entry?.path();
        let is_process = path.file_name().is_some_and(|name| name.as_encoded_bytes().iter().all(u8::is_ascii_digit));
        // A process can end before its command line is read.
        if let Some(line) = is_process.then(|| fs::read(path.join("cmdline")).ok()).flatten() {
            leaks.search("a command line", &line);
            count += 1;
        }
    }
    Ok(count)
}

#[test]
fn no_secret_is_in_a_process_list() -> anyhow::Result<()> {
    let proxies = Proxies::start()?;
    let mut runs = 0;
    for exposure in EXPOSURES.iter().filter(|exposure| exposure.succeeds == Some(true)) {
        let world = World::new(config())?;
        world.cloud.add_user_token(NewToken::named("there"));
        let tasks = tasks(&world);
        for (module, options) in tasks.into_iter().filter(|(module, _)| exposure.is_for(module)) {
            let mut given = Given { world: &world, proxies: &proxies, options, environment: Vec::new() };
            (exposure.give)(&mut given)?;
            let task = given.into_task(module);
            // The cloud holds its first call, so that its command line can be read.
            world.cloud.fault(Fault::new(FaultKind::HoldRequest).times(1));
            let mut running = world.start(&task)?;
            let held = world.wait_for_held(1, &mut running)?;
            let secrets = acceptance::campaign::secrets::of_world(&world, &task.canaries);
            let mut leaks = Leaks::of(secrets.into_iter().chain(CANARIES.map(str::to_owned)));
            search(&mut leaks)?;
            let own = fs::read(format!("/proc/{}/cmdline", running.id()))?;
            world.cloud.release();
            running.finish()?;
            world.cloud.clear_faults();
            ensure!(leaks.found().is_empty(), "{}: {:?}", exposure.name, leaks.found());
            ensure!(!held || String::from_utf8_lossy(&own).contains(module), "its command line was not read");
            runs += usize::from(held);
        }
    }
    println!("Leaks. Command lines: {runs} runs, 0 leaks");
    ensure!(runs > 50, "only {runs} command lines of runs were read");
    Ok(())
}
