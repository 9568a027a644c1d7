//! One run at a time on this machine, from listing to delivery: many runs of one task create one token.
//!
//! The kernel holds the lock on an open file (`flock`) until the process ends. The file is in a directory of the user, so that
//! other users cannot hold or redirect it.

use crate::marker::{LockDomain, fnv};
use crate::token::Owner;
use mist_client::Client;
use rustix::fs::{Mode, OFlags};
use std::fs::File;
use std::io::{IsTerminal, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

mod directory;

/// The pause between the first two attempts; each later one is twice as long, up to [`LAST_LOOK`].
const FIRST_LOOK: Duration = Duration::from_millis(1);
const LAST_LOOK: Duration = Duration::from_millis(25);

/// The reason of the pauses, for messages.
const REASON: &str = "another run on this machine held the lock";

/// A run that waits longer prints a line at a terminal.
const NOTICE_AFTER: Duration = Duration::from_millis(500);

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Another run on this machine held it for the whole time.
    Held {
        owner: String,
        /// `None` for all tokens.
        name: Option<String>,
        waited: Duration,
        path: PathBuf,
    },
    Unusable {
        path: PathBuf,
        reason: String,
    },
    /// No directory can be used: the tried ones, each with a reason.
    NoDirectory(Vec<(PathBuf, String)>),
}

type Result<T> = std::result::Result<T, Fault>;

/// Held until dropped.
#[derive(Debug)]
pub struct Lock {
    // Released in this order.
    _name: Option<Held>,
    _owner: Held,
    domain: Option<LockDomain>,
}

impl Lock {
    /// The runs that this lock excludes: a marker of the same domain belongs to a run that has ended.
    #[must_use]
    pub fn domain(&self) -> Option<LockDomain> {
        self.domain
    }
}

/// The domain of the lock of a name (`None`: of all tokens) if no run holds that lock. For check mode, which writes no lock.
#[must_use]
pub fn domain_if_free(client: &Client, owner: &Owner, name: Option<&str>) -> Option<LockDomain> {
    let directory = directory::find_existing()?;
    let is_free = |name: Option<&str>, hold| {
        let path = directory.join(file_name(client.host().origin(), owner, name));
        let file = match File::options().read(true).open(path) {
            Ok(file) => file,
            Err(error) => return error.kind() == std::io::ErrorKind::NotFound,
        };
        match hold {
            Hold::Alone => file.try_lock().is_ok(),
            Hold::Shared => file.try_lock_shared().is_ok(),
        }
    };
    let is_free = match name {
        Some(name) => is_free(None, Hold::Shared) && is_free(Some(name), Hold::Alone),
        None => is_free(None, Hold::Alone),
    };
    is_free.then(|| domain(client, &directory)).flatten()
}

/// Two runs exclude each other if these are equal: the kernel since its boot, the directory, the cloud.
fn domain(client: &Client, directory: &Path) -> Option<LockDomain> {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let directory = std::fs::metadata(directory).ok()?;
    let place = format!("{} {}", directory.dev(), directory.ino());
    Some(LockDomain::of(&[boot.trim(), &place, client.host().origin()]))
}

/// Takes the lock of a name, waiting up to `max_wait`. Runs about other names continue; a run about all tokens of the owner waits.
///
/// # Errors
/// No usable directory, and a lock that another run holds for the whole time.
pub fn acquire(client: &Client, owner: &Owner, name: &str) -> Result<Lock> {
    let directory = directory::find().map_err(Fault::NoDirectory)?;
    let file = |name| directory.join(file_name(client.host().origin(), owner, name));
    // All runs take the lock of the owner first: no two runs wait for each other.
    let all = wait_for(client, &file(None), Hold::Shared, &owner.to_string(), None)?;
    let name = wait_for(client, &file(Some(name)), Hold::Alone, &owner.to_string(), Some(name))?;
    Ok(Lock { _name: Some(name), _owner: all, domain: domain(client, &directory) })
}

/// Takes the lock of all tokens of an owner, waiting up to `max_wait`.
pub fn acquire_all(client: &Client, owner: &Owner) -> Result<Lock> {
    let directory = directory::find().map_err(Fault::NoDirectory)?;
    let path = directory.join(file_name(client.host().origin(), owner, None));
    let all = wait_for(client, &path, Hold::Alone, &owner.to_string(), None)?;
    Ok(Lock { _name: None, _owner: all, domain: domain(client, &directory) })
}

/// The lock of a subject that is not a token, such as the administrators of an organization. Held until dropped.
#[derive(Debug)]
pub struct SubjectLock {
    _held: Held,
    memory: PathBuf,
}

impl SubjectLock {
    /// The file for facts that later runs about the subject need. Only this user can write to its directory. It does not exist before the first fact.
    #[must_use]
    pub fn memory(&self) -> &Path {
        &self.memory
    }
}

/// Takes the lock of a subject in this cloud, waiting up to `max_wait`.
///
/// # Errors
/// As [`acquire`].
pub fn acquire_subject(client: &Client, subject: &str) -> Result<SubjectLock> {
    let directory = directory::find().map_err(Fault::NoDirectory)?;
    let name = subject_name(client.host().origin(), subject);
    let held = wait_for(client, &directory.join(format!("{name}.lock")), Hold::Alone, subject, None)?;
    Ok(SubjectLock { _held: held, memory: directory.join(format!("{name}.memory")) })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hold {
    Alone,
    Shared,
}

#[derive(Debug)]
struct Held {
    file: File,
    path: PathBuf,
}

impl Drop for Held {
    fn drop(&mut self) {
        // Removed by the last holder. A run that has opened it notices the missing name.
        if self.file.try_lock().is_ok() && is_named(&self.file, &self.path).unwrap_or(false) {
            let _ = std::fs::remove_file(&self.path);
        }
        let _ = self.file.unlock();
    }
}

fn wait_for(client: &Client, path: &Path, hold: Hold, owner: &str, name: Option<&str>) -> Result<Held> {
    let limit = client.remaining_wait();
    let (mut waited, mut look) = (Duration::ZERO, FIRST_LOOK);
    let mut is_noticed = false;
    loop {
        if let Some(held) = try_lock(path, hold)? {
            return Ok(held);
        }
        if !is_noticed && waited >= NOTICE_AFTER {
            is_noticed = true;
            notice(&mut std::io::stderr(), std::io::stderr().is_terminal(), path);
        }
        if waited >= limit {
            return Err(Fault::Held {
                owner: owner.to_owned(),
                name: name.map(str::to_owned),
                waited: limit,
                path: path.to_owned(),
            });
        }
        client.pause(look, REASON);
        waited += look;
        look = (look * 2).min(LAST_LOOK);
    }
}

/// Prints that the run waits, if a person can see it. Ansible's output has no place for it.
fn notice(output: &mut dyn Write, is_terminal: bool, path: &Path) {
    if is_terminal {
        // A closed terminal does not stop the run.
        let _ = writeln!(output, "Waiting for another run on this machine. Lock: {}", path.display());
    }
}

/// Takes the lock if it is free. Opens only a file of this user.
fn try_lock(path: &Path, hold: Hold) -> Result<Option<Held>> {
    let cannot = |error: std::io::Error| Fault::Unusable { path: path.to_owned(), reason: error.to_string() };
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file: File =
        rustix::fs::open(path, flags, Mode::RUSR | Mode::WUSR).map_err(|error| cannot(error.into()))?.into();
    let taken = match hold {
        Hold::Alone => file.try_lock(),
        Hold::Shared => file.try_lock_shared(),
    };
    match taken {
        Ok(()) => {}
        Err(std::fs::TryLockError::WouldBlock) => return Ok(None),
        Err(std::fs::TryLockError::Error(error)) => return Err(cannot(error)),
    }
    // A previous holder may have removed the file: a lock on it excludes no run.
    let named = is_named(&file, path).map_err(cannot)?;
    Ok(named.then(|| Held { file, path: path.to_owned() }))
}

fn is_named(file: &File, path: &Path) -> std::io::Result<bool> {
    let held = file.metadata()?;
    Ok(std::fs::symlink_metadata(path).is_ok_and(|named| (named.dev(), named.ino()) == (held.dev(), held.ino())))
}

/// The same name for every run.
fn file_name(origin: &str, owner: &Owner, name: Option<&str>) -> String {
    let hash = hash(&[origin, &owner.path(), name.unwrap_or_default()]);
    let what = if name.is_some() { "token" } else { "all" };
    format!("{hash:016x}.{what}.lock")
}

fn subject_name(origin: &str, subject: &str) -> String {
    format!("{:016x}.subject", hash(&[origin, subject]))
}

/// Two names with one hash wait for each other.
fn hash(parts: &[&str]) -> u64 {
    fnv(parts.join("\n").bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_held_lock_is_not_had_twice_and_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.lock");
        let held = try_lock(&path, Hold::Alone).unwrap().unwrap();
        assert!(try_lock(&path, Hold::Alone).unwrap().is_none());
        drop(held);
        assert!(!path.exists());
        assert!(try_lock(&path, Hold::Alone).unwrap().is_some());
    }

    #[test]
    fn a_lock_file_that_was_removed_meanwhile_locks_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.lock");
        let first = try_lock(&path, Hold::Alone).unwrap().unwrap();
        std::fs::remove_file(&path).unwrap();
        let second = try_lock(&path, Hold::Alone).unwrap();
        assert!(second.is_some(), "a new file under the name is a new lock");
        drop(first);
    }

    #[test]
    fn a_shared_lock_is_had_by_several_and_keeps_out_who_wants_it_alone_until_the_last_one_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.lock");
        let shared = || try_lock(&path, Hold::Shared).unwrap();
        let alone = || try_lock(&path, Hold::Alone).unwrap();
        let (one, two) = (shared().unwrap(), shared().unwrap());
        assert!(alone().is_none());
        drop(one);
        assert!(alone().is_none(), "the one that is left still has it");
        assert!(path.exists() && shared().is_some());
        drop(two);
        assert!(!path.exists());
        let held = alone().unwrap();
        assert!(shared().is_none());
        drop(held);
        assert!(shared().is_some());
    }

    /// A client that sends nothing and never waits.
    fn silent() -> Client {
        let network = mist_client::transport::Network {
            ca_path: None,
            timeout: Duration::from_secs(1),
            user_agent: String::new(),
            ..mist_client::transport::Network::default()
        };
        let credentials = mist_client::Credentials::Tokens(vec![secrecy::SecretString::from("x")]);
        let host = mist_client::Host::parse("api.mist.com").unwrap();
        Client::new(&mist_client::Settings {
            host,
            credentials,
            credential_source: None,
            network,
            max_wait: Duration::ZERO,
            check_mode: false,
        })
        .unwrap()
    }

    #[test]
    fn a_run_about_all_tokens_excludes_runs_about_one_and_these_exclude_it_alone() {
        let client = silent();
        let org = |id: &str| Owner::Organization(id.to_owned());
        // Owners of this test: other tests use the same directory.
        let (mine, other) =
            (org(&format!("lock-{}", std::process::id())), org(&format!("other-{}", std::process::id())));
        let (a, b) = (acquire(&client, &mine, "a").unwrap(), acquire(&client, &mine, "b").unwrap());
        let held = |lock: Result<Lock>| match lock {
            Err(Fault::Held { owner, name, .. }) => (owner == mine.to_string(), name),
            other => panic!("{other:?}"),
        };
        assert_eq!(held(acquire(&client, &mine, "a")), (true, Some("a".into())));
        assert_eq!(held(acquire_all(&client, &mine)), (true, None));
        assert!(acquire_all(&client, &other).is_ok());
        drop((a, b));
        let all = acquire_all(&client, &mine).unwrap();
        assert_eq!(held(acquire(&client, &mine, "a")), (true, None));
        assert!(acquire(&client, &other, "a").is_ok());
        drop(all);
        assert!(acquire(&client, &mine, "a").is_ok());
    }

    #[test]
    fn a_subject_has_a_lock_and_a_memory_of_its_own() {
        let client = silent();
        let subject = |name: &str| format!("{name} {}", std::process::id());
        let held = acquire_subject(&client, &subject("admins")).unwrap();
        assert!(matches!(acquire_subject(&client, &subject("admins")), Err(Fault::Held { .. })));
        let other = acquire_subject(&client, &subject("codes")).unwrap();
        assert_ne!(held.memory(), other.memory());
        let memory = held.memory().to_owned();
        drop(held);
        assert_eq!(acquire_subject(&client, &subject("admins")).unwrap().memory(), memory);
    }

    #[test]
    fn a_run_that_waits_prints_a_line_at_a_terminal_only() {
        let printed = |is_terminal| {
            let mut output = Vec::new();
            notice(&mut output, is_terminal, Path::new("/locks/x.lock"));
            String::from_utf8(output).unwrap()
        };
        assert_eq!(printed(true), "Waiting for another run on this machine. Lock: /locks/x.lock\n");
        assert_eq!(printed(false), "");
    }

    #[test]
    fn a_link_in_the_place_of_the_lock_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (path, target) = (folder.path().join("x.lock"), folder.path().join("target"));
        std::os::unix::fs::symlink(&target, &path).unwrap();
        assert!(matches!(try_lock(&path, Hold::Alone), Err(Fault::Unusable { .. })));
        assert!(!target.exists());
    }

    #[test]
    fn every_cloud_owner_and_name_has_its_own_lock() {
        let org = Owner::Organization("a97c1b22-a4e9-411e-9bfd-d8695a0f9e61".into());
        let names = [
            file_name("https://api.mist.com", &Owner::User, Some("a")),
            file_name("https://api.eu.mist.com", &Owner::User, Some("a")),
            file_name("https://api.mist.com", &org, Some("a")),
            file_name("https://api.mist.com", &Owner::User, Some("b")),
            file_name("https://api.mist.com", &Owner::User, Some("")),
            file_name("https://api.mist.com", &Owner::User, None),
            file_name("https://api.mist.com", &org, None),
        ];
        let distinct: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(distinct.len(), names.len());
        assert_eq!(names[0], file_name("https://api.mist.com", &Owner::User, Some("a")));
    }
}
