//! Runs of an executable without Ansible.

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

/// The end of a run.
#[derive(Debug)]
pub struct Ran {
    pub status: Option<i32>,
    pub stdout: String,
    /// Empty unless something is wrong.
    pub stderr: String,
}

impl Module {
    pub fn named(name: &str) -> anyhow::Result<Self> {
        let path = library().join(name);
        ensure!(path.exists(), "{} does not exist. Run `make` or `make test`.", path.display());
        Ok(Self { path })
    }

    /// All executables with documentation in `library/`.
    pub fn all() -> anyhow::Result<Vec<Self>> {
        let mut modules = Vec::new();
        for entry in project().join("library").read_dir()? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "yml") {
                let name = path.file_stem().and_then(|name| name.to_str()).context("the name of a file in library/")?;
                modules.push(Self::named(name)?);
            }
        }
        ensure!(!modules.is_empty(), "library/ is empty. Run `make`.");
        Ok(modules)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn name(&self) -> &str {
        self.path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
    }

    /// Options, without those of the connection, with which it reads and changes nothing.
    pub fn reading(&self) -> anyhow::Result<Value> {
        Ok(match self.name() {
            "mist_admins" => json!({"org": "Org 1", "admins": []}),
            "mist_api_token" => json!({"state": "info"}),
            "mist_api_token_info" | "mist_self_info" => json!({}),
            "mist_api_tokens" => json!({"tokens": []}),
            "mist_api_request" => json!({"path": "self"}),
            "mist_apply" => {
                let folder = std::env::temp_dir().join("mist-apply-empty");
                std::fs::create_dir_all(&folder)?;
                std::fs::write(folder.join("sitegroups.yml"), "[]\n")?;
                json!({"org": "Org 1", "src": folder})
            }
            "mist_export" => {
                let dest = std::env::temp_dir().join("mist-export-not-there");
                json!({"org": "Org 1", "dest": dest, "kinds": ["sites"], "sites": ["not there"]})
            }
            "mist_device_info" => json!({"org": "Org 1"}),
            "mist_devices" => json!({"org": "Org 1", "devices": []}),
            "mist_object" => {
                json!({"org": "Org 1", "type": "sites", "object": {"name": "not there"}, "state": "absent"})
            }
            "mist_objects" => json!({"org": "Org 1", "type": "sites", "objects": []}),
            "mist_object_info" => json!({"org": "Org 1", "type": "sites"}),
            "mist_firmware" => json!({"org": "Org 1", "version": "suggested", "all": true}),
            "mist_search" => json!({"org": "Org 1", "what": "orgs/clients"}),
            other => anyhow::bail!("add options here with which {other} only reads"),
        })
    }

    /// The path of its documentation.
    pub fn documentation(&self) -> PathBuf {
        self.path.with_extension("yml")
    }

    /// Runs it with these arguments, this environment without that of this process, and this input.
    pub fn run(&self, arguments: &[&str], environment: &[(&str, &str)], input: &str) -> anyhow::Result<Ran> {
        let mut command = Command::new(&self.path);
        command.args(arguments).env_clear().envs(environment.iter().copied());
        Running::start(command, input)?.finish()
    }
}

/// A run that has started.
#[derive(Debug)]
pub struct Running {
    child: Child,
    stdout: Output,
    stderr: JoinHandle<io::Result<String>>,
}

/// The standard output of a run.
#[derive(Debug)]
enum Output {
    // Read from the start: a program waits as soon as its pipe is full.
    Read(JoinHandle<io::Result<String>>),
    /// Open and not read. The writing end shows whether the pipe is still open.
    Open(PipeReader, PipeWriter),
    /// The reading end is closed.
    Closed,
}

impl Running {
    /// Starts it with this input.
    pub fn start(command: Command, input: &str) -> anyhow::Result<Self> {
        Ok(Self::start_unread(command, input)?.read_output())
    }

    /// Starts it with this input. Its standard output is open and not read: see [`Running::close_output`].
    pub fn start_unread(mut command: Command, input: &str) -> anyhow::Result<Self> {
        let (reader, writer) = io::pipe()?;
        command.stdin(Stdio::piped()).stdout(writer.try_clone()?).stderr(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("cannot start {}", command.get_program().display()))?;
        // The input is smaller than the pipe, so that this thread does not wait. A program can close the pipe without reading.
        if let Some(mut stdin) = child.stdin.take() {
            drop(stdin.write_all(input.as_bytes()));
        }
        let stderr = read(child.stderr.take().context("standard error")?);
        Ok(Self { child, stdout: Output::Open(reader, writer), stderr })
    }

    /// Starts it with the beginning of an input that is larger than a pipe, and returns as soon as it reads. The input ends
    /// when the returned pipe is dropped.
    pub fn start_reading(mut command: Command, beginning: &str) -> anyhow::Result<(Self, PipeWriter)> {
        let (input, mut writer) = io::pipe()?;
        let (reader, output) = io::pipe()?;
        command.stdin(input).stdout(output.try_clone()?).stderr(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("cannot start {}", command.get_program().display()))?;
        // The command holds copies of the child's ends of the pipes.
        drop(command);
        ensure!(beginning.len() > pipe_size(&writer)?, "the input fits into the pipe");
        writer.write_all(beginning.as_bytes())?;
        drop(output);
        let stderr = read(child.stderr.take().context("standard error")?);
        Ok((Self { child, stdout: Output::Read(read(reader)), stderr }, writer))
    }

    /// Fills the pipe of its standard output, so that it waits when it prints, until [`Running::read_output`]. Returns the
    /// filling.
    pub fn fill_output(&mut self) -> anyhow::Result<String> {
        let Output::Open(_, writer) = &mut self.stdout else { anyhow::bail!("the output is not open") };
        let filling = " ".repeat(pipe_size(&*writer)?);
        writer.write_all(filling.as_bytes())?;
        Ok(filling)
    }

    /// Starts to read its standard output.
    #[must_use]
    pub fn read_output(mut self) -> Self {
        self.stdout = match self.stdout {
            Output::Open(stdout, _) => Output::Read(read(stdout)),
            other => other,
        };
        self
    }

    /// Closes the reading end of its standard output, as when the process that started it ends.
    pub fn close_output(&mut self) -> anyhow::Result<()> {
        let Output::Open(reader, writer) = std::mem::replace(&mut self.stdout, Output::Closed) else {
            anyhow::bail!("the output is not open")
        };
        drop(reader);
        // A child that another thread started has a copy of the pipe until it runs its own program.
        loop {
            let mut descriptors = [PollFd::new(&writer, PollFlags::OUT)];
            poll(&mut descriptors, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }))?;
            if descriptors[0].revents().intersects(PollFlags::ERR | PollFlags::HUP) {
                return Ok(());
            }
            std::thread::yield_now();
        }
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn goes_on(&mut self) -> anyhow::Result<bool> {
        Ok(self.child.try_wait()?.is_none())
    }

    /// Ends it with SIGKILL.
    pub fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Waits for its end.
    pub fn finish(mut self) -> anyhow::Result<Ran> {
        let joined = |reader: JoinHandle<io::Result<String>>| match reader.join() {
            Ok(text) => text.context("the output"),
            Err(_) => anyhow::bail!("the output cannot be read"),
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
    /// The JSON object on standard output.
    pub fn result(&self) -> anyhow::Result<Value> {
        let result: Value = serde_json::from_str(&self.stdout).with_context(|| format!("printed {:?}", self.stdout))?;
        ensure!(result.is_object(), "printed {:?}", self.stdout);
        Ok(result)
    }
}
