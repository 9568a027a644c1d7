//! Runs another program, as `AnsibleModule.run_command` does.

use crate::{Failure, Task, syslog};
use atomic_file::error_text;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use std::ffi::OsString;
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// The end of a program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CommandOutput {
    /// The exit status; for a program that a signal ended, the negative number of the signal.
    pub rc: i32,
    /// Standard output. Bytes that are not UTF-8 are replacement characters here.
    pub stdout: String,
    /// Standard error, in the same way.
    pub stderr: String,
    /// Standard output, byte for byte.
    pub stdout_bytes: Vec<u8>,
}

/// A program to be run. It is not a shell command: every argument reaches the program as it is.
#[derive(Debug)]
#[must_use = "the program starts with `run`"]
pub struct RunCommand<'a> {
    task: &'a Task,
    argv: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    directory: Option<PathBuf>,
    stdin: Vec<u8>,
    timeout: Option<Duration>,
    check_rc: bool,
}

impl Task {
    /// A program with its arguments. Its output is captured, and its standard input is empty.
    ///
    /// ```
    /// # use ansible_binary_module::{Failure, Task};
    /// # fn run() -> Result<(), Failure> {
    /// let task = Task::builder().build();
    /// let output = task.run_command(["echo", "hello"]).env("LANG", "C").check_rc(true).run()?;
    /// assert_eq!((output.rc, output.stdout.as_str()), (0, "hello\n"));
    /// # Ok(())
    /// # }
    /// # run().unwrap();
    /// ```
    pub fn run_command<S: Into<OsString>>(&self, argv: impl IntoIterator<Item = S>) -> RunCommand<'_> {
        RunCommand {
            task: self,
            argv: argv.into_iter().map(Into::into).collect(),
            environment: Vec::new(),
            directory: None,
            stdin: Vec::new(),
            timeout: None,
            check_rc: false,
        }
    }

    /// The path of a program in `PATH`, `/sbin`, `/usr/sbin` or `/usr/local/sbin`.
    ///
    /// # Errors
    ///
    /// No directory contains the program.
    pub fn get_bin_path(&self, name: &str) -> Result<PathBuf, Failure> {
        let path = self.environment("PATH").unwrap_or_default();
        let mut directories: Vec<PathBuf> =
            std::env::split_paths(&path).filter(|directory| !directory.as_os_str().is_empty()).collect();
        for system in ["/sbin", "/usr/sbin", "/usr/local/sbin"].map(PathBuf::from) {
            if !directories.contains(&system) && system.exists() {
                directories.push(system);
            }
        }
        directories.iter().map(|directory| directory.join(name)).find(|program| is_executable(program)).ok_or_else(
            || {
                let paths: Vec<String> = directories.iter().map(|directory| directory.display().to_string()).collect();
                Failure::new(format!("Failed to find required executable \"{name}\" in paths: {}", paths.join(":")))
            },
        )
    }
}

fn is_executable(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|status| status.is_file() && status.permissions().mode() & 0o111 != 0)
}

impl RunCommand<'_> {
    /// Adds an environment variable.
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Sets the working directory.
    pub fn dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// Sets the content of standard input.
    pub fn stdin(mut self, content: impl Into<Vec<u8>>) -> Self {
        self.stdin = content.into();
        self
    }

    /// Ends the program and its children after this time. [`RunCommand::run`] then returns a failure.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Makes an exit status other than 0 a failure.
    pub fn check_rc(mut self, on: bool) -> Self {
        self.check_rc = on;
        self
    }

    /// Runs the program and waits for its end. A process that it leaves in the background is not waited for.
    ///
    /// # Errors
    ///
    /// A program that cannot be started, a timeout, and with [`RunCommand::check_rc`] an exit status other than 0. The failure
    /// has the fields `cmd`, `rc`, `stdout` and `stderr`.
    pub fn run(self) -> Result<CommandOutput, Failure> {
        let shown = shown(&self.argv);
        self.task.debug(format!("Executing: {shown}"));
        let failed = |msg: String, output: &CommandOutput| {
            Failure::new(msg)
                .with_field("cmd", &shown)
                .with_field("rc", output.rc)
                .with_field("stdout", &output.stdout)
                .with_field("stderr", &output.stderr)
        };
        let cannot_start = |rc: i32, reason: String| {
            failed(format!("Cannot run {shown}: {reason}"), &CommandOutput { rc, ..CommandOutput::default() })
        };
        let Some((program, arguments)) = self.argv.split_first() else {
            return Err(cannot_start(257, "no program was given".to_owned()));
        };
        let mut command = Command::new(program);
        command.args(arguments).envs(self.environment.iter().map(|(name, value)| (name, value)));
        if let Some(directory) = &self.directory {
            if !directory.is_dir() {
                return Err(cannot_start(257, format!("'{}' is not a directory", directory.display())));
            }
            command.current_dir(directory);
        }
        // A group of its own, so that a timeout reaches the children, too.
        command.process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.stdin(if self.stdin.is_empty() { Stdio::null() } else { Stdio::piped() });
        let child =
            command.spawn().map_err(|error| cannot_start(error.raw_os_error().unwrap_or(257), error_text(error)))?;
        let mut running = Running { child, stdout: Vec::new(), stderr: Vec::new() };
        let ended = running.wait(&self.stdin, self.timeout);
        let Running { stdout, stderr, .. } = running;
        let mut output = CommandOutput {
            rc: 257,
            stdout: String::from_utf8_lossy(&stdout).into_owned(),
            stderr: String::from_utf8_lossy(&stderr).into_owned(),
            stdout_bytes: stdout,
        };
        match ended {
            Ok(Some(status)) => output.rc = exit_code(status),
            Ok(None) => {
                let seconds = self.timeout.unwrap_or_default().as_secs_f64();
                return Err(failed(format!("{shown} was ended after {seconds} seconds (timeout)"), &output));
            }
            Err(error) => {
                return Err(failed(format!("The output of {shown} was lost: {}", error_text(error)), &output));
            }
        }
        if self.check_rc && output.rc != 0 {
            let msg = match output.stderr.trim_end() {
                "" => format!("{shown} failed with rc {}", output.rc),
                stderr => stderr.to_owned(),
            };
            return Err(failed(msg, &output));
        }
        Ok(output)
    }
}

fn exit_code(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| -status.signal().unwrap_or_default())
}

/// The longest wait before the next look for the end of the program, while a pipe stays open.
const INTERVAL: Duration = Duration::from_millis(50);

struct Running {
    child: Child,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

impl Running {
    /// Feeds and reads the program until it ends. `None`: the time was over, and the whole group was ended.
    fn wait(&mut self, stdin: &[u8], timeout: Option<Duration>) -> io::Result<Option<ExitStatus>> {
        let start = Instant::now();
        let (mut input, mut out, mut err) =
            (self.child.stdin.take(), self.child.stdout.take(), self.child.stderr.take());
        let pipes = [input.as_ref().map(AsFd::as_fd), out.as_ref().map(AsFd::as_fd), err.as_ref().map(AsFd::as_fd)];
        pipes.into_iter().flatten().try_for_each(|pipe| rustix::io::ioctl_fionbio(pipe, true))?;
        let mut unwritten = stdin;
        loop {
            // Looked for before the pipes are read: what the program wrote is in them by then.
            let has_ended = has_ended(&self.child);
            if unwritten.is_empty() {
                input = None;
            }
            if let Some(pipe) = &mut input {
                match pipe.write(unwritten) {
                    Ok(length) => unwritten = &unwritten[length..],
                    Err(error) if is_temporary(&error) => {}
                    // The program does not read all of it.
                    Err(_) => unwritten = &[],
                }
            }
            let read = [drain(&mut out, &mut self.stdout)?, drain(&mut err, &mut self.stderr)?];
            if has_ended && read == [false, false] || out.is_none() && err.is_none() && has_ended {
                return self.child.wait().map(Some);
            }
            let left = timeout.map_or(INTERVAL, |timeout| timeout.saturating_sub(start.elapsed()));
            if left.is_zero() {
                end_group(&self.child);
                self.child.wait()?;
                return Ok(None);
            }
            let mut descriptors: Vec<PollFd<'_>> = Vec::new();
            descriptors.extend(input.as_ref().map(|pipe| PollFd::new(pipe, PollFlags::OUT)));
            descriptors.extend(out.as_ref().map(|pipe| PollFd::new(pipe, PollFlags::IN)));
            descriptors.extend(err.as_ref().map(|pipe| PollFd::new(pipe, PollFlags::IN)));
            let pause = left.min(INTERVAL);
            let pause = Timespec { tv_sec: 0, tv_nsec: pause.subsec_nanos().into() };
            match poll(&mut descriptors, Some(&pause)) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// Reads all that is in the pipe. Returns true if there was anything, and closes the pipe at its end.
fn drain(pipe: &mut Option<impl Read>, output: &mut Vec<u8>) -> io::Result<bool> {
    let mut buffer = [0; 64 * 1024];
    let mut any = false;
    while let Some(open) = pipe {
        match open.read(&mut buffer) {
            Ok(0) => *pipe = None,
            Ok(length) => {
                output.extend_from_slice(&buffer[..length]);
                any = true;
            }
            Err(error) if is_temporary(&error) => break,
            Err(error) => return Err(error),
        }
    }
    Ok(any)
}

fn is_temporary(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

fn pid_of(child: &Child) -> Option<Pid> {
    Pid::from_raw(i32::try_from(child.id()).ok()?)
}

/// True if the program has ended. It stays a zombie, so that its number is not given to another process.
fn has_ended(child: &Child) -> bool {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    pid_of(child).is_none_or(|pid| waitid(WaitId::Pid(pid), options).is_ok_and(|status| status.is_some()))
}

/// Ends the program and its children. The number is that of a child that was not waited for, so that it is still its own.
fn end_group(child: &Child) {
    // Group 1 would be every process of the host.
    if let Some(pid) = pid_of(child).filter(|pid| pid.as_raw_nonzero().get() > 1) {
        let _ = kill_process_group(pid, Signal::KILL);
    }
}

/// The arguments for a shell, without passwords: those after `--password`, and those in URLs.
fn shown(argv: &[OsString]) -> String {
    let mut is_password = false;
    let shown: Vec<String> = argv
        .iter()
        .map(|argument| {
            let argument = argument.to_string_lossy();
            if std::mem::take(&mut is_password) {
                return "********".to_owned();
            }
            if names_a_password(&argument) {
                match argument.split_once('=') {
                    Some((name, _)) => return quoted(&format!("{name}=********")),
                    None => is_password = true,
                }
            }
            quoted(&syslog::without_passwords(&argument))
        })
        .collect();
    shown.join(" ")
}

/// `-p…`, `--pass`, `--password`, `pass-word=…`: the pattern `PASSWD_ARG_RE` of ansible-core's `basic.py`.
fn names_a_password(argument: &str) -> bool {
    let name = argument.strip_prefix("--").or_else(|| argument.strip_prefix('-')).unwrap_or(argument);
    name.starts_with("pass")
}

/// The argument as a POSIX shell reads it.
fn quoted(argument: &str) -> String {
    let is_safe = |character: char| character.is_ascii_alphanumeric() || "@%_-+=:,./".contains(character);
    match argument {
        "" => "''".to_owned(),
        plain if plain.chars().all(is_safe) => plain.to_owned(),
        other => format!("'{}'", other.replace('\'', "'\"'\"'")),
    }
}

/// The words of a command line, as Python's `shlex.split` finds them. `None`: a quotation mark or an escape has no end.
#[must_use]
pub fn split_words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some('"'), '\\') => {
                let next = characters.next()?;
                let word = word.get_or_insert_default();
                if !matches!(next, '"' | '\\') {
                    word.push('\\');
                }
                word.push(next);
            }
            (Some(end), _) if character == end => quote = None,
            (Some(_), _) => word.get_or_insert_default().push(character),
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None, '\\') => word.get_or_insert_default().push(characters.next()?),
            (None, ' ' | '\t' | '\r' | '\n') => words.extend(word.take()),
            (None, _) => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests;
