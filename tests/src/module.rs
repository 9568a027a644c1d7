//! Running an executable without Ansible.

use crate::{library, project};
use anyhow::{Context as _, ensure};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pipe::fcntl_getpipe_size;
use serde_json::{Value, json};
use std::io::{self, PipeReader, PipeWriter, Read, Write as _};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

/// One executable in `library/`.
#[derive(Debug, Clone)]
pub struct Module {
    path: PathBuf,
}

/// What a run of it came to.
#[derive(Debug)]
pub struct Ran {
    /// The exit status.
    pub status: Option<i32>,
    /// What was printed.
    pub stdout: String,
    /// Nothing, where all is well.
    pub stderr: String,
}

impl Module {
    /// The executable of this name.
    ///
    /// # Errors
    ///
    /// It has not been built.
    pub fn named(name: &str) -> anyhow::Result<Self> {
        let path = library().join(name);
        ensure!(path.exists(), "{} has not been built: run `make`, or `make test`", path.display());
        Ok(Self { path })
    }

    /// Every executable that is documented in `library/`.
    ///
    /// # Errors
    ///
    /// One has not been built, or there is none at all.
    pub fn all() -> anyhow::Result<Vec<Self>> {
        let mut modules = Vec::new();
        for entry in project().join("library").read_dir()? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "yml") {
                let name = path.file_stem().and_then(|name| name.to_str()).context("the name of a file in library/")?;
                modules.push(Self::named(name)?);
            }
        }
        ensure!(!modules.is_empty(), "there is nothing in library/: run `make`");
        Ok(modules)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
    }

    /// Options, beside those of the connection, with which it asks the cloud something and changes nothing.
    ///
    /// # Errors
    ///
    /// This module is new, and nobody has said yet how it only reads.
    pub fn reading(&self) -> anyhow::Result<Value> {
        Ok(match self.name() {
            "mist_api_token" => json!({"state": "info"}),
            "mist_api_token_info" | "mist_self_info" => json!({}),
            "mist_api_tokens" => json!({"tokens": []}),
            "mist_api_request" => json!({"path": "self"}),
            "mist_object" => {
                json!({"org": "Org 1", "type": "sites", "object": {"name": "not there"}, "state": "absent"})
            }
            "mist_objects" => json!({"org": "Org 1", "type": "sites", "objects": []}),
            "mist_object_info" => json!({"org": "Org 1", "type": "sites"}),
            other => anyhow::bail!("say here with which options {other} only reads"),
        })
    }

    /// Where its documentation is.
    pub fn documentation(&self) -> PathBuf {
        self.path.with_extension("yml")
    }

    /// Runs it with these arguments, this environment and nothing else of this process's, and this on its input.
    ///
    /// # Errors
    ///
    /// It cannot be started, or prints what is not UTF-8.
    pub fn run(&self, arguments: &[&str], environment: &[(&str, &str)], input: &str) -> anyhow::Result<Ran> {
        let mut command = Command::new(&self.path);
        command.args(arguments).env_clear().envs(environment.iter().copied());
        Running::start(command, input)?.finish()
    }
}

/// A run that was started.
#[derive(Debug)]
pub struct Running {
    child: Child,
    stdout: Output,
    stderr: JoinHandle<io::Result<String>>,
}

/// Its standard output.
#[derive(Debug)]
enum Output {
    // Read from the beginning: a pipe that nobody reads holds a program up that prints more than the pipe holds.
    Read(JoinHandle<io::Result<String>>),
    /// Open, and nobody reads it. The other end is there to be asked whether it is still open.
    Open(PipeReader, PipeWriter),
    /// Nobody has its other end any more.
    Closed,
}

impl Running {
    /// Starts it, with this on its input.
    ///
    /// # Errors
    ///
    /// It cannot be started.
    pub fn start(command: Command, input: &str) -> anyhow::Result<Self> {
        Ok(Self::start_unread(command, input)?.read_output())
    }

    /// Starts it, with this on its input; its standard output is open, but read by nobody: [`Running::close_output`].
    ///
    /// # Errors
    ///
    /// It cannot be started.
    pub fn start_unread(mut command: Command, input: &str) -> anyhow::Result<Self> {
        let (reader, writer) = io::pipe()?;
        command.stdin(Stdio::piped()).stdout(writer.try_clone()?).stderr(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("cannot start {}", command.get_program().display()))?;
        // Written from here: what is fed to it is far smaller than a pipe holds. A program that does not read its
        // input closes the pipe, which is no error.
        if let Some(mut stdin) = child.stdin.take() {
            drop(stdin.write_all(input.as_bytes()));
        }
        let stderr = read(child.stderr.take().context("standard error")?);
        Ok(Self { child, stdout: Output::Open(reader, writer), stderr })
    }

    /// Starts it with a beginning of its input that a pipe cannot hold: returns as soon as it reads. The input has no end
    /// until the returned pipe is dropped.
    ///
    /// # Errors
    ///
    /// It cannot be started, or ends without reading.
    pub fn start_reading(mut command: Command, beginning: &str) -> anyhow::Result<(Self, PipeWriter)> {
        let (input, mut writer) = io::pipe()?;
        let (reader, output) = io::pipe()?;
        command.stdin(input).stdout(output.try_clone()?).stderr(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("cannot start {}", command.get_program().display()))?;
        // The command has copies of the ends that the child has.
        drop(command);
        ensure!(beginning.len() > pipe_size(&writer)?, "the pipe holds all of it");
        writer.write_all(beginning.as_bytes())?;
        drop(output);
        let stderr = read(child.stderr.take().context("standard error")?);
        Ok((Self { child, stdout: Output::Read(read(reader)), stderr }, writer))
    }

    /// Fills the pipe of its standard output, so that it waits when it prints, until [`Running::read_output`].
    /// Returns what is in the pipe.
    ///
    /// # Errors
    ///
    /// Its output is read already, or closed.
    pub fn fill_output(&mut self) -> anyhow::Result<String> {
        let Output::Open(_, writer) = &mut self.stdout else { anyhow::bail!("the output is not open") };
        let filling = " ".repeat(pipe_size(&*writer)?);
        writer.write_all(filling.as_bytes())?;
        Ok(filling)
    }

    /// Begins to read its standard output.
    #[must_use]
    pub fn read_output(mut self) -> Self {
        self.stdout = match self.stdout {
            Output::Open(stdout, _) => Output::Read(read(stdout)),
            other => other,
        };
        self
    }

    /// Closes the other end of its standard output, as whoever started it does who went away.
    ///
    /// # Errors
    ///
    /// It was closed before, or the system does not say whether it is.
    pub fn close_output(&mut self) -> anyhow::Result<()> {
        let Output::Open(reader, writer) = std::mem::replace(&mut self.stdout, Output::Closed) else {
            anyhow::bail!("nobody had its other end")
        };
        drop(reader);
        // Another process that was just begun has a copy of the pipe, until it is another program.
        loop {
            let mut descriptors = [PollFd::new(&writer, PollFlags::OUT)];
            poll(&mut descriptors, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }))?;
            if descriptors[0].revents().intersects(PollFlags::ERR | PollFlags::HUP) {
                return Ok(());
            }
            std::thread::yield_now();
        }
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it goes on still.
    ///
    /// # Errors
    ///
    /// The system does not say.
    pub fn goes_on(&mut self) -> anyhow::Result<bool> {
        Ok(self.child.try_wait()?.is_none())
    }

    /// Ends it as SIGKILL does: nothing of it is asked.
    ///
    /// # Errors
    ///
    /// It cannot be ended.
    pub fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Waits for its end.
    ///
    /// # Errors
    ///
    /// It printed what is not UTF-8.
    pub fn finish(mut self) -> anyhow::Result<Ran> {
        let joined = |reader: JoinHandle<io::Result<String>>| match reader.join() {
            Ok(text) => text.context("what was printed"),
            Err(_) => anyhow::bail!("what was printed could not be read"),
        };
        let status = self.child.wait()?.code();
        let stdout = match self.stdout {
            Output::Read(reader) => joined(reader)?,
            Output::Open(..) | Output::Closed => String::new(),
        };
        Ok(Ran { status, stdout, stderr: joined(self.stderr)? })
    }
}

fn pipe_size(pipe: impl AsFd) -> anyhow::Result<usize> {
    Ok(fcntl_getpipe_size(pipe)?)
}

fn read(mut pipe: impl Read + Send + 'static) -> JoinHandle<io::Result<String>> {
    std::thread::spawn(move || {
        let mut text = String::new();
        pipe.read_to_string(&mut text).map(|_| text)
    })
}

impl std::fmt::Display for Ran {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{:?}: {}{}", self.status, self.stdout, self.stderr)
    }
}

impl Ran {
    /// The one JSON object that it printed.
    ///
    /// # Errors
    ///
    /// It printed something else.
    pub fn result(&self) -> anyhow::Result<Value> {
        let result: Value = serde_json::from_str(&self.stdout).with_context(|| format!("printed {:?}", self.stdout))?;
        ensure!(result.is_object(), "printed {:?}", self.stdout);
        Ok(result)
    }
}
