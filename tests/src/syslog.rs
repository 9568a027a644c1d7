//! The log of the host for the runs of a test.

use anyhow::{Context as _, ensure};
use std::ffi::OsStr;
use std::fs::File;
use std::io::Read as _;
use std::os::fd::AsRawFd as _;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tempfile::TempDir;

/// Programs send their log messages to this socket.
const SOCKET: &str = "/dev/log";

/// Runs `$3` and its arguments with another `/dev`, in which `log` is the socket `$1`. `$2` is an empty folder.
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

/// Reports that the other `/dev` exists, and waits until its input is closed.
const MADE: [&str; 3] = ["/bin/sh", "-c", "echo made; read -r _ || :"];

/// Enters the namespaces of the options between both parts, changes to the current folder, and runs the arguments.
const ENTER: [&str; 2] = ["exec /usr/bin/nsenter", r#"-- /bin/sh -c 'cd "$0" && exec "$@"' "$PWD" "$@""#];

/// The log of one test. The programs of [`Syslog::command`] find it at `/dev/log`, even if this machine has none.
#[derive(Debug)]
pub struct Syslog {
    lines: Arc<Mutex<Vec<String>>>,
    over: Arc<AtomicBool>,
    listener: Option<JoinHandle<()>>,
    way: Way,
    /// The namespaces of all runs, with their names for nsenter. They exist as long as this process holds them open.
    entered: Vec<(&'static str, File)>,
    path: PathBuf,
    folder: TempDir,
}

/// The way in which a run finds the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// In a mount namespace. Within a user namespace, this needs no rights. All runs share one namespace, or each has its own
    /// where an existing one cannot be entered.
    Namespace { of_user: bool, of_all: bool },
    /// At `/dev/log` itself, which does not exist and can be created.
    Direct,
}

/// The ways that are tried before [`Way::Direct`].
const NAMESPACES: [Way; 4] = [
    Way::Namespace { of_user: true, of_all: true },
    Way::Namespace { of_user: false, of_all: true },
    Way::Namespace { of_user: true, of_all: false },
    Way::Namespace { of_user: false, of_all: false },
];

impl Syslog {
    /// Starts to receive. If that is not possible: `None` with the environment variable `ALLOW_MISSING_SYSLOG`, otherwise an
    /// error.
    pub fn listen() -> anyhow::Result<Option<Self>> {
        for way in NAMESPACES.into_iter().chain([Way::Direct]) {
            if let Ok(syslog) = Self::by(way) {
                return Ok(Some(syslog));
            }
        }
        ensure!(
            std::env::var_os("ALLOW_MISSING_SYSLOG").is_some(),
            "the log of the host cannot be read: mount namespaces (unshare --mount) are not available, and {SOCKET} cannot \
             be created. Run this as root, or omit it with ALLOW_MISSING_SYSLOG=1."
        );
        println!("NOT SEARCHED: the log of the host, which cannot be read here");
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
        let mut syslog = Self { lines, over, listener: Some(listener), way, entered: Vec::new(), path, folder };
        if let Way::Namespace { of_user, of_all: true } = way {
            syslog.entered = syslog.make(of_user)?;
        }
        let mut trial = syslog.command(Path::new("/bin/sh"));
        // In the user namespace of another account, the files of root have an unknown owner, and the modules create no lock.
        let tried =
            trial.args(["-c", "test -S /dev/log && test -O / && : >/dev/null"]).stderr(Stdio::null()).status()?;
        ensure!(tried.success(), "{way:?} does not work here");
        Ok(syslog)
    }

    /// A command that runs this program, without its arguments.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = match self.way {
            Way::Direct => return Command::new(program),
            Way::Namespace { of_user, of_all: false } => self.unshare(of_user),
            Way::Namespace { .. } => self.enter(),
        };
        command.arg(program);
        command
    }

    /// A command that creates namespaces and runs its further arguments there.
    fn unshare(&self, of_user: bool) -> Command {
        let mut command = Command::new("/usr/bin/unshare");
        command.args(of_user.then_some("--map-root-user"));
        command.args([OsStr::new("--mount"), OsStr::new("/bin/sh"), OsStr::new("-c"), OsStr::new(OWN_DEV)]);
        command.arg("sh").arg(&self.path).arg(self.folder.path().join("dev"));
        command
    }

    /// A command that runs its further arguments in the namespaces of all runs.
    fn enter(&self) -> Command {
        let mut options = "--preserve-credentials".to_owned();
        for (name, file) in &self.entered {
            options += &format!(" --{name}=/proc/{}/fd/{}", std::process::id(), file.as_raw_fd());
        }
        let [begin, end] = ENTER;
        let mut command = Command::new("/bin/sh");
        command.args(["-c", &format!("{begin} {options} {end}"), "sh"]);
        command
    }

    /// Creates the namespaces of all runs.
    fn make(&self, of_user: bool) -> anyhow::Result<Vec<(&'static str, File)>> {
        let mut command = self.unshare(of_user);
        command.args(MADE).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn()?;
        let mut made = [0; 5];
        let made = child.stdout.take().context("the output")?.read_exact(&mut made);
        let open = |(name, file)| Ok((name, File::open(format!("/proc/{}/ns/{file}", child.id()))?));
        let names = [("user", "user"), ("mount", "mnt")];
        let opened: anyhow::Result<_> = names.into_iter().skip(usize::from(!of_user)).map(open).collect();
        drop(child.stdin.take());
        child.wait()?;
        made.context("no namespace was created")?;
        opened
    }

    /// The messages so far, with all messages of finished runs.
    pub fn lines(&self) -> anyhow::Result<Vec<String>> {
        // Messages arrive in the order in which they were sent.
        let mark = "the mark";
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
    fn sent_messages_are_read() -> anyhow::Result<()> {
        let Some(syslog) = Syslog::listen()? else { return Ok(()) };
        for syslog in NAMESPACES.into_iter().filter_map(|way| Syslog::by(way).ok()).chain([syslog]) {
            let folder = TempDir::new()?;
            // Several runs, each in its folder and with its environment only.
            for number in 0..3 {
                let sent = format!("'{number}' was $sent");
                let text =
                    "import os, sys, syslog; syslog.syslog(sys.argv[1]); print(os.getcwd(), os.environ.get('HOME'))";
                let mut command = syslog.command(Path::new("/usr/bin/env"));
                command.args(["python3", "-c", text, &sent]).current_dir(folder.path()).env_remove("HOME");
                let ran = command.output()?;
                ensure!(ran.status.success(), "{:?}: {}", syslog.way, String::from_utf8_lossy(&ran.stderr));
                let place = format!("{} None\n", folder.path().canonicalize()?.display());
                ensure!(String::from_utf8(ran.stdout)? == place, "{:?}: it ran in another folder", syslog.way);
                let lines = syslog.lines()?;
                ensure!(lines.len() == number + 1, "{:?}: {lines:?}", syslog.way);
                ensure!(lines[number].contains(&sent), "{:?}: {lines:?}", syslog.way);
            }
        }
        Ok(())
    }
}
