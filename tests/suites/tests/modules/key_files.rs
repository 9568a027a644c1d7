//! Key files where the disk does not play along: each case in a process of its own, so that its limits are its own.

use ansible_binary_module::file::{FileOptions, PreparedFile, TargetFile};
use mist_modules::tokens::message_formatter;
use mist_modules::tokens::params::TokenOptions;
use mist_tokens::key_file::content::Entry;
use mist_tokens::key_file::{Fault, Format, Found, KeyFile};
use secrecy::SecretString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

const KEY: &str = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789";

/// Names the folder for a child process of this very test.
const FOLDER: &str = "MIST_CLIENT_TEST_FOLDER";

type Result<T> = std::result::Result<T, Fault>;

fn writer(file: &KeyFile) -> TargetFile {
    TokenOptions::default().file.target(&file.path).unwrap()
}

fn prepare(file: &KeyFile) -> Result<PreparedFile> {
    file.prepare(&writer(file))
}

fn deliver(file: &KeyFile, between: impl FnOnce()) -> Result<()> {
    let place = prepare(file)?;
    between();
    let key = SecretString::from(KEY);
    file.write(place, &Entry { host: "api.mist.com", id: "the-id", name: "the name", key: &key }).map(drop)
}

fn in_folder(folder: &Path) -> KeyFile {
    KeyFile::new(&folder.join("key"), Format::Raw).unwrap()
}

/// The refusal names the file, shows no key, and leaves the folder unchanged.
fn refused(outcome: Result<()>, folder: &Path, left: usize, words: &str) {
    let error = message_formatter::key_file(&outcome.unwrap_err());
    assert!(error.starts_with("key_file: '"), "{error}");
    assert!(error.contains(words), "{error}");
    assert!(!error.contains(KEY), "{error}");
    if let Ok(entries) = fs::read_dir(folder) {
        assert_eq!(entries.count(), left, "{error}");
    }
}

/// Runs the test of this name again, in a process that `wrapper` (a shell line ending in `exec "$@"`) limits.
fn again(test: &str, folder: &Path, wrapper: &str) {
    let output = Command::new("sh")
        .args(["-c", wrapper, "sh"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", &format!("key_files::{test}"), "--nocapture"])
        .env(FOLDER, folder)
        .output()
        .unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{text}");
    assert!(text.contains("1 passed"), "{text}");
}

fn child() -> Option<std::path::PathBuf> {
    std::env::var_os(FOLDER).map(Into::into)
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// A limit on the size of files simulates a full disk: the first write fails with `File too large`.
#[test]
fn where_not_a_byte_can_be_written_the_place_is_refused_beforehand() {
    match child() {
        Some(folder) => refused(prepare(&in_folder(&folder)).map(drop), &folder, 0, "cannot be written"),
        None => {
            let folder = tempfile::tempdir().unwrap();
            again(
                "where_not_a_byte_can_be_written_the_place_is_refused_beforehand",
                folder.path(),
                "trap '' XFSZ; ulimit -f 0; exec \"$@\"",
            );
        }
    }
}

/// The real thing, where mounting is allowed (root, in a mount namespace of its own): a file system without a free byte.
#[test]
fn on_a_full_disk_the_place_is_refused_beforehand() {
    match child() {
        Some(folder) => refused(prepare(&in_folder(&folder)).map(drop), &folder, 1, "No space left"),
        None => {
            let folder = tempfile::tempdir().unwrap();
            let namespace = "exec unshare --mount --map-root-user sh -c";
            let possible = Command::new("sh")
                .args(["-c", &format!("{namespace} 'mount -t tmpfs -o size=4k none \"$0\"' \"$1\"")])
                .arg("sh")
                .arg(folder.path())
                .output()
                .unwrap();
            if !possible.status.success() {
                eprintln!(
                    "not tried here, as nothing can be mounted ({}); the limit on the size of files is tried everywhere",
                    String::from_utf8_lossy(&possible.stderr).trim()
                );
                return;
            }
            again(
                "on_a_full_disk_the_place_is_refused_beforehand",
                folder.path(),
                &format!(
                    "{namespace} 'mount -t tmpfs -o size=16k none \"$MIST_CLIENT_TEST_FOLDER\" && \
                     {{ cat /dev/zero > \"$MIST_CLIENT_TEST_FOLDER/full\" 2>/dev/null; exec \"$@\"; }}' sh \"$@\""
                ),
            );
        }
    }
}

#[test]
fn a_directory_that_may_only_be_read_is_refused_beforehand() {
    match child() {
        Some(folder) => {
            refused(prepare(&in_folder(&folder)).map(drop), &folder, 0, "cannot be written (");
            assert!(writer(&in_folder(&folder)).check().is_err(), "check mode says so too");
        }
        None => {
            let folder = tempfile::tempdir().unwrap();
            fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
            let test = "a_directory_that_may_only_be_read_is_refused_beforehand";
            if is_root() {
                // Root can write anywhere; the user `nobody` cannot.
                let (_copy, program) = program_for_nobody();
                again(
                    test,
                    folder.path(),
                    &format!(
                        "shift; exec setpriv --reuid 65534 --regid 65534 --clear-groups -- '{}' \"$@\"",
                        program.display()
                    ),
                );
            } else {
                again(test, folder.path(), "exec \"$@\"");
            }
        }
    }
}

#[test]
fn a_directory_that_goes_away_before_the_delivery_is_told() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("folder");
    fs::create_dir(&folder).unwrap();
    let outcome = deliver(&in_folder(&folder), || fs::remove_dir_all(&folder).unwrap());
    refused(outcome, &folder, 0, "could not be written");
    assert!(!folder.exists());
}

#[test]
fn a_directory_that_comes_in_its_place_before_the_delivery_stays_and_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = in_folder(folder.path());
    let outcome = deliver(&file, || fs::create_dir(&file.path).unwrap());
    refused(outcome, folder.path(), 1, "is not a file");
}

#[test]
fn a_path_that_ends_as_a_directory_does_is_refused_before_anything_is_made() {
    let folder = tempfile::tempdir().unwrap();
    for end in ["key/", "key/.", "key//"] {
        let path = format!("{}/{end}", folder.path().display());
        let error = KeyFile::new(Path::new(&path), Format::Raw)
            .map_err(|fault| message_formatter::key_file(&fault))
            .unwrap_err();
        assert!(error.starts_with("key_file: '") && error.contains("names a directory"), "{error}");
    }
}

#[test]
fn a_name_that_is_too_long_is_refused_before_anything_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let file = KeyFile::new(&folder.path().join("k".repeat(300)), Format::Raw).unwrap();
    let read = message_formatter::key_file(&file.read().unwrap_err());
    assert!(read.starts_with("key_file: "), "{read}");
    refused(prepare(&file).map(drop), folder.path(), 0, "cannot be");
}

#[test]
fn a_key_that_was_there_is_replaced_in_one_step_and_stays_if_that_fails() {
    let folder = tempfile::tempdir().unwrap();
    let file = in_folder(folder.path());
    fs::write(&file.path, "OldKeyOldKeyOldKey\n").unwrap();
    fs::set_permissions(&file.path, fs::Permissions::from_mode(0o640)).unwrap();
    deliver(&file, || {
        assert_eq!(fs::read_to_string(&file.path).unwrap(), "OldKeyOldKeyOldKey\n");
    })
    .unwrap();
    assert!(matches!(file.read().unwrap(), Found::Key(held) if held.exposed));
    assert_eq!(fs::read_to_string(&file.path).unwrap(), format!("{KEY}\n"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// A file that is mounted by itself, as containers have them, where mounting is allowed.
#[test]
fn a_file_that_is_mounted_by_itself_is_refused_beforehand_or_written_in_place() {
    match child() {
        Some(folder) => {
            let file = in_folder(&folder);
            let told = writer(&file).check().unwrap_err().to_string();
            assert!(told.contains("bind mount") && told.contains("unsafe_writes: true"), "{told}");
            assert!(prepare(&file).is_err());
            let options = TokenOptions { file: FileOptions::default().with_unsafe_writes(), ..TokenOptions::default() };
            let writer = options.file.target(&file.path).unwrap();
            assert_eq!(writer.check().unwrap(), Vec::<String>::new());
            let key = SecretString::from(KEY);
            let entry = Entry { host: "h", id: "i", name: "n", key: &key };
            file.write(file.prepare(&writer).unwrap(), &entry).unwrap();
            assert_eq!(fs::read_to_string(folder.join("real")).unwrap(), format!("{KEY}\n"));
        }
        None => {
            let folder = tempfile::tempdir().unwrap();
            for name in ["real", "key"] {
                fs::write(folder.path().join(name), "OldKeyOldKeyOldKeyOldKeyOldKeyOldKeyOldKey").unwrap();
            }
            let namespace = "exec unshare --mount --map-root-user sh -c";
            let mount = "mount --bind \"$MIST_CLIENT_TEST_FOLDER/real\" \"$MIST_CLIENT_TEST_FOLDER/key\"";
            let possible = Command::new("sh")
                .args(["-c", &format!("{namespace} '{mount}'")])
                .env(FOLDER, folder.path())
                .output()
                .unwrap();
            if !possible.status.success() {
                eprintln!("not tried here, as nothing can be mounted: {}", String::from_utf8_lossy(&possible.stderr));
                return;
            }
            again(
                "a_file_that_is_mounted_by_itself_is_refused_beforehand_or_written_in_place",
                folder.path(),
                &format!("{namespace} '{mount} && exec \"$@\"' sh \"$@\""),
            );
        }
    }
}

/// A copy of this test that the user `nobody` can read and run. `cp` writes it, because a file that any process has open for writing cannot be run: a
/// concurrent test can be about to start a child, which inherits open files until its own program runs.
fn program_for_nobody() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::Builder::new().prefix("test").tempdir_in("/tmp").unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let program = folder.path().join("program");
    assert!(Command::new("cp").arg(std::env::current_exe().unwrap()).arg(&program).status().unwrap().success());
    (folder, program)
}

/// Runs as the user `nobody`, in a directory like `/tmp` with a file of another user.
#[test]
fn somebody_elses_file_in_a_directory_like_tmp_is_refused_beforehand() {
    match child() {
        Some(folder) => {
            let told = writer(&in_folder(&folder)).check().unwrap_err().to_string();
            assert!(told.contains("its directory is sticky"), "{told}");
            assert_eq!(fs::read_to_string(folder.join("key")).unwrap(), "OldKeyOldKeyOldKey\n");
        }
        None if is_root() => {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("key"), "OldKeyOldKeyOldKey\n").unwrap();
            fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o1777)).unwrap();
            let (_copy, program) = program_for_nobody();
            again(
                "somebody_elses_file_in_a_directory_like_tmp_is_refused_beforehand",
                folder.path(),
                &format!(
                    "shift; exec setpriv --reuid 65534 --regid 65534 --clear-groups -- '{}' \"$@\"",
                    program.display()
                ),
            );
        }
        None => eprintln!("only root can make somebody else's file"),
    }
}
