//! The host's log, as what a test runs sees it.

use anyhow::{Context as _, ensure};
use std::ffi::OsStr;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tempfile::TempDir;

/// Where programs send what is to be logged.
const SOCKET: &str = "/dev/log";

/// Gives what is run a `/dev` of its own, in which `log` is the socket `$1`; `$2` is an empty folder; the rest is what is run.
const OWN_DEV: &str = r#"
set -e
socket=$1 dev=$2
shift 2
mount -t tmpfs tmpfs "$dev"
for node in null zero full random urandom tty; do
  [ ! -e "/dev/$node" ] || { : >"$dev/$node"; mount --bind "/dev/$node" "$dev/$node"; }
done
for folder in shm pts; do
  [ ! -d "/dev/$folder" ] || { mkdir "$dev/$folder"; mount --rbind "/dev/$folder" "$dev/$folder"; }
done
[ ! -e /dev/ptmx ] || ln -s pts/ptmx "$dev/ptmx"
for link in fd stdin stdout stderr; do
  [ ! -e "/dev/$link" ] || ln -s "$(readlink "/dev/$link")" "$dev/$link"
done
ln -s "$socket" "$dev/log"
mount --rbind "$dev" /dev
exec "$@"
"#;

/// A log of a test's own: what is run by [`Syslog::command`] finds it at `/dev/log`, whether or not this machine has one.
#[derive(Debug)]
pub struct Syslog {
    lines: Arc<Mutex<Vec<String>>>,
    over: Arc<AtomicBool>,
    listener: Option<JoinHandle<()>>,
    way: Way,
    path: PathBuf,
    folder: TempDir,
}

/// How what is run comes to see the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// In a mount namespace of its own, which a user without rights can have in a user namespace of its own.
    Namespace { of_user: bool },
    /// There is none, and this test may make it.
    Direct,
}

impl Syslog {
    /// Listens; `None` if that is not possible here and the environment variable `ALLOW_MISSING_SYSLOG` says that this is
    /// all right, which is said aloud.
    ///
    /// # Errors
    ///
    /// It is not possible here.
    pub fn listen() -> anyhow::Result<Option<Self>> {
        for way in [Way::Namespace { of_user: true }, Way::Namespace { of_user: false }, Way::Direct] {
            if let Ok(syslog) = Self::by(way) {
                return Ok(Some(syslog));
            }
        }
        ensure!(
            std::env::var_os("ALLOW_MISSING_SYSLOG").is_some(),
            "the host's log cannot be watched: there are neither mount namespaces for this user (unshare --mount \
             --map-root-user), nor can {SOCKET} be made. Run this as root, or leave it out with ALLOW_MISSING_SYSLOG=1."
        );
        println!("NOT SEARCHED: the host's log, which cannot be watched here");
        Ok(None)
    }

    fn by(way: Way) -> anyhow::Result<Self> {
        let folder = TempDir::new()?;
        std::fs::create_dir(folder.path().join("dev"))?;
        let path = if way == Way::Direct { PathBuf::from(SOCKET) } else { folder.path().join("log") };
        let socket = UnixDatagram::bind(&path)?;
        socket.set_read_timeout(Some(Duration::from_millis(50)))?;
        let (lines, over) = (Arc::<Mutex<Vec<String>>>::default(), Arc::<AtomicBool>::default());
        let listener = std::thread::spawn({
            let (lines, over) = (Arc::clone(&lines), Arc::clone(&over));
            move || receive(&socket, &lines, &over)
        });
        let syslog = Self { lines, over, listener: Some(listener), way, path, folder };
        let mut trial = syslog.command(Path::new("/bin/sh"));
        let tried = trial.args(["-c", "test -S /dev/log && : >/dev/null"]).stderr(Stdio::null()).status()?;
        ensure!(tried.success(), "{way:?} does not work here");
        Ok(syslog)
    }

    /// A command that ends in this program, which takes more arguments.
    pub fn command(&self, program: &Path) -> Command {
        let Way::Namespace { of_user } = self.way else { return Command::new(program) };
        let mut command = Command::new("/usr/bin/unshare");
        if of_user {
            command.arg("--map-root-user");
        }
        command.args([OsStr::new("--mount"), OsStr::new("/bin/sh"), OsStr::new("-c"), OsStr::new(OWN_DEV)]);
        command.arg("sh").arg(&self.path).arg(self.folder.path().join("dev")).arg(program);
        command
    }

    /// What was logged so far. Everything that a finished run has sent is in it.
    ///
    /// # Errors
    ///
    /// Nothing can be sent to the log.
    pub fn lines(&self) -> anyhow::Result<Vec<String>> {
        // What is in it before the mark was sent before it.
        let mark = "the end of what was asked for";
        UnixDatagram::unbound()?.send_to(mark.as_bytes(), &self.path).context("the log")?;
        loop {
            let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
            if lines.iter().any(|line| line == mark) {
                lines.retain(|line| line != mark);
                return Ok(lines.clone());
            }
            drop(lines);
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Syslog {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
        if self.way == Way::Direct {
            let _ = std::fs::remove_file(SOCKET);
        }
    }
}

fn receive(socket: &UnixDatagram, lines: &Mutex<Vec<String>>, over: &AtomicBool) {
    let mut buffer = vec![0; 1 << 20];
    while !over.load(Ordering::SeqCst) {
        if let Ok(length) = socket.recv(&mut buffer) {
            let line = String::from_utf8_lossy(&buffer[..length]).into_owned();
            lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_to_the_log_is_read() -> anyhow::Result<()> {
        let Some(syslog) = Syslog::listen()? else { return Ok(()) };
        let sent = syslog
            .command(Path::new("/usr/bin/env"))
            .args(["python3", "-c", "import syslog; syslog.syslog('it was sent')"])
            .status()?;
        ensure!(sent.success());
        let lines = syslog.lines()?;
        ensure!(lines.iter().any(|line| line.contains("it was sent")), "{lines:?}");
        Ok(())
    }
}
