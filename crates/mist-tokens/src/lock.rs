//! One run at a time, on this machine, from listing to creation: many runs of one task make one token.
//!
//! The lock is the kernel's, on an open file (`flock`): it goes with the process, however that ends. The file
//! lies in a directory of the user's own, so that nobody else can hold or redirect it.

use crate::token::Owner;
use mist_client::client::Client;
use mist_client::error::{Error, Result, in_words};
use rustix::fs::{AtFlags, Mode, OFlags};
use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long between the first two looks at a lock that another run holds; then twice as long, up to the longest.
const FIRST_LOOK: Duration = Duration::from_millis(1);
/// No look is longer after the one before.
const LAST_LOOK: Duration = Duration::from_millis(25);

/// What a run that waits for a lock is told to wait for.
const REASON: &str = "another run on this machine was at work on the same tokens";

/// Held until dropped.
#[derive(Debug)]
pub struct Lock {
    // In the order in which they are given back.
    _name: Option<Held>,
    _owner: Held,
}

/// Takes the lock of a token's name, waiting for it within `max_wait`. Runs about other names go on beside it; a run
/// about the whole set of the owner's tokens does not.
///
/// # Errors
/// When there is no directory for it, or another run holds it all the while.
pub fn acquire(client: &Client, owner: &Owner, name: &str) -> Result<Lock> {
    let directory = directory()?;
    let file = |name| directory.join(file_name(client.host().origin(), owner, name));
    // The owner's first, everywhere: two runs that each wait for the other's lock cannot be.
    let all = wait_for(client, &file(None), Hold::Shared, &format!("all tokens of {owner}"))?;
    let name = wait_for(client, &file(Some(name)), Hold::Alone, &format!("token '{name}' of {owner}"))?;
    Ok(Lock { _name: Some(name), _owner: all })
}

/// Takes the lock of all the tokens of an owner, waiting for it within `max_wait`: one file, however many tokens.
///
/// # Errors
/// As [`acquire`].
pub fn acquire_all(client: &Client, owner: &Owner) -> Result<Lock> {
    let path = directory()?.join(file_name(client.host().origin(), owner, None));
    let all = wait_for(client, &path, Hold::Alone, &format!("tokens of {owner}"))?;
    Ok(Lock { _name: None, _owner: all })
}

/// Who may hold a lock at one time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hold {
    /// One run.
    Alone,
    /// Any number of runs that hold it so.
    Shared,
}

/// One lock that is held.
#[derive(Debug)]
struct Held {
    file: File,
    path: PathBuf,
}

impl Drop for Held {
    fn drop(&mut self) {
        // Removed while nobody else holds it, by the last of those who shared it. Whoever opened it meanwhile notices
        // that its name is gone.
        if self.file.try_lock().is_ok() && is_named(&self.file, &self.path).unwrap_or(false) {
            let _ = std::fs::remove_file(&self.path);
        }
        let _ = self.file.unlock();
    }
}

fn wait_for(client: &Client, path: &Path, hold: Hold, what: &str) -> Result<Held> {
    let limit = client.remaining_wait();
    let (mut waited, mut look) = (Duration::ZERO, FIRST_LOOK);
    loop {
        if let Some(held) = try_lock(path, hold)? {
            return Ok(held);
        }
        if waited >= limit {
            return Err(Error::Other(format!(
                "Another run on this machine is at work on {what}, and was not done within {} (max_wait). \
                 Run the task again when it is; what holds the lock is a process that has '{}' open.",
                in_words(limit),
                path.display()
            )));
        }
        client.pause(look, REASON);
        waited += look;
        look = (look * 2).min(LAST_LOOK);
    }
}

/// Takes the lock if it is free. What is opened is a file of this user's, or nothing.
fn try_lock(path: &Path, hold: Hold) -> Result<Option<Held>> {
    let cannot = |error: std::io::Error| {
        Error::Other(format!(
            "The lock '{}', which keeps two runs from making two tokens, cannot be had: {error}.",
            path.display()
        ))
    };
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
    // Whoever held it before may have removed it: then this is the lock of nothing.
    let named = is_named(&file, path).map_err(cannot)?;
    Ok(named.then(|| Held { file, path: path.to_owned() }))
}

/// Whether the path leads to this very file.
fn is_named(file: &File, path: &Path) -> std::io::Result<bool> {
    let held = file.metadata()?;
    Ok(std::fs::symlink_metadata(path).is_ok_and(|named| (named.dev(), named.ino()) == (held.dev(), held.ino())))
}

/// A directory that only this user can write to.
fn directory() -> Result<PathBuf> {
    let home = std::env::var_os("HOME").map(PathBuf::from).filter(|home| home.is_absolute());
    let own = rustix::process::geteuid().as_raw();
    let in_home = home.map(|home| home.join(".ansible").join("mist-locks"));
    let shared = PathBuf::from(format!("/tmp/.mist-locks-{own}"));
    let mut reasons = Vec::new();
    for candidate in in_home.into_iter().chain([shared]) {
        match make_own(&candidate, own) {
            Ok(()) => return Ok(candidate),
            Err(error) => reasons.push(format!("'{}': {error}", candidate.display())),
        }
    }
    Err(Error::Other(format!(
        "No directory for the lock that keeps two runs from making two tokens: {}. Give the user a home directory that it can write to.",
        reasons.join("; ")
    )))
}

/// Makes the directory with mode 0700, or takes the one that is there if it is this user's alone.
fn make_own(path: &Path, own: u32) -> std::io::Result<()> {
    if let Some(parent) = path.parent()
        && !parent.exists()
    {
        use std::os::unix::fs::DirBuilderExt;
        std::fs::DirBuilder::new().mode(0o700).recursive(true).create(parent)?;
    }
    match rustix::fs::mkdir(path, Mode::RWXU) {
        Ok(()) | Err(rustix::io::Errno::EXIST) => {}
        Err(error) => return Err(error.into()),
    }
    let status = rustix::fs::statat(rustix::fs::CWD, path, AtFlags::SYMLINK_NOFOLLOW)?;
    let is_directory = rustix::fs::FileType::from_raw_mode(status.st_mode) == rustix::fs::FileType::Directory;
    if !is_directory || status.st_uid != own || status.st_mode & 0o022 != 0 {
        return Err(std::io::Error::other("is not a directory of this user's alone"));
    }
    Ok(())
}

/// A name for the lock's file: readable for no one in particular, the same for every run.
fn file_name(origin: &str, owner: &Owner, name: Option<&str>) -> String {
    // FNV-1a: the same in every build, unlike the standard library's hash. Two names that share a lock wait for
    // each other, and that is all that happens.
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in [origin, &owner.path(), name.unwrap_or_default()].join("\n").bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    let what = if name.is_some() { "token" } else { "all" };
    format!("{hash:016x}.{what}.lock")
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

    /// A client that talks to nobody, and never waits.
    fn silent() -> Client {
        let network = mist_client::transport::Network {
            validate_certs: true,
            ca_path: None,
            proxy: None,
            timeout: Duration::from_secs(1),
            user_agent: String::new(),
        };
        let credentials = mist_client::Credentials::Tokens(vec![secrecy::SecretString::from("x")]);
        let host = mist_client::Host::parse("api.mist.com").unwrap();
        Client::new(&mist_client::Settings { host, credentials, network, max_wait: Duration::ZERO }).unwrap()
    }

    #[test]
    fn a_run_about_all_tokens_excludes_runs_about_one_and_these_exclude_it_alone() {
        let client = silent();
        let org = |id: &str| Owner::Organisation(id.to_owned());
        // Owners of this test's own: the locks lie in the user's directory, where other tests are at work too.
        let (mine, other) =
            (org(&format!("lock-{}", std::process::id())), org(&format!("other-{}", std::process::id())));
        let (a, b) = (acquire(&client, &mine, "a").unwrap(), acquire(&client, &mine, "b").unwrap());
        assert!(acquire(&client, &mine, "a").unwrap_err().to_string().contains("token 'a' of organisation lock-"));
        assert!(
            acquire_all(&client, &mine).unwrap_err().to_string().contains("at work on tokens of organisation lock-")
        );
        assert!(acquire_all(&client, &other).is_ok());
        drop((a, b));
        let all = acquire_all(&client, &mine).unwrap();
        assert!(acquire(&client, &mine, "a").unwrap_err().to_string().contains("all tokens of organisation lock-"));
        assert!(acquire(&client, &other, "a").is_ok());
        drop(all);
        assert!(acquire(&client, &mine, "a").is_ok());
    }

    #[test]
    fn a_link_in_the_place_of_the_lock_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (path, target) = (folder.path().join("x.lock"), folder.path().join("target"));
        std::os::unix::fs::symlink(&target, &path).unwrap();
        assert!(try_lock(&path, Hold::Alone).unwrap_err().to_string().contains("cannot be had"));
        assert!(!target.exists());
    }

    #[test]
    fn a_directory_that_others_can_write_to_or_a_link_is_not_taken() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let own = rustix::process::geteuid().as_raw();
        let open = folder.path().join("open");
        std::fs::create_dir(&open).unwrap();
        std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o777)).unwrap();
        let link = folder.path().join("link");
        let good = folder.path().join("a/b/good");
        std::os::unix::fs::symlink(folder.path(), &link).unwrap();
        for (path, own, taken) in
            [(&open, own, false), (&link, own, false), (&good, own, true), (&good, own + 1, false)]
        {
            assert_eq!(make_own(path, own).is_ok(), taken, "{}", path.display());
        }
    }

    #[test]
    fn every_cloud_owner_and_name_has_its_own_lock() {
        let org = Owner::Organisation("a97c1b22-a4e9-411e-9bfd-d8695a0f9e61".into());
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
