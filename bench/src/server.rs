//! A server that the bench started, and will stop.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use http::Method;
use tempfile::TempDir;

use crate::client::{Ask, Connection, Target};
use crate::clock;
use crate::database::Database;
use crate::hook::arm::Credentials;
use crate::measure::Subject;
use crate::peer::{DATA, Peer};
use crate::process::Usage;
use crate::seed::{Ground, Sizes};
use crate::stats::millis;

/// How long a server may take until it answers.
const START_MAX: Duration = Duration::from_mins(1);
/// How long it may take to stop when asked; then it is killed.
const STOP_MAX: Duration = Duration::from_secs(20);
/// How often to see whether it answers or has stopped.
const PROBE_INTERVAL: Duration = Duration::from_millis(1);

/// A running server with a folder of its own; dropping it stops the process and removes the folder.
pub(crate) struct Server {
    /// What it is.
    pub(crate) peer: Peer,
    /// How long the first start took.
    pub(crate) start: Start,
    /// What Boathook's environment says beside that of the bench.
    settings: Vec<(&'static str, String)>,
    process: Process,
    url: String,
    // Dropped after the process that uses them.
    database: Option<Database>,
    folder: TempDir,
}

/// How long a server took from its start, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start {
    /// Until `/v2/` was answered with 200.
    pub(crate) answered: f64,
    /// Until it said `ready` on its standard output, if it does.
    pub(crate) ready: Option<f64>,
}

impl Server {
    /// Starts a server on an empty folder below `scratch` and waits until it answers.
    pub(crate) async fn start(peer: &Peer, scratch: &Path) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("boathook-bench-").tempdir_in(scratch)?;
        let database = peer.database(folder.path())?;
        let settings = Vec::new();
        let (process, url, start) =
            launch(peer, folder.path(), database.as_ref(), &settings).await?;
        Ok(Self { peer: peer.clone(), start, settings, process, url, database, folder })
    }

    /// Stops it; what it has stored stays until it is dropped.
    pub(crate) fn stop(&mut self) {
        self.process.stop();
    }

    /// Has it be set in some way from the next start on.
    pub(crate) fn set(&mut self, name: &'static str, value: String) {
        self.settings.retain(|(set, _)| *set != name);
        self.settings.push((name, value));
    }

    /// Stops it and starts it again on what it has stored.
    pub(crate) async fn restart(&mut self) -> Result<Start> {
        self.stop();
        let (process, url, start) =
            launch(&self.peer, self.folder.path(), self.database.as_ref(), &self.settings).await?;
        self.process = process;
        self.url = url;
        Ok(start)
    }

    /// Gives the id of its process.
    pub(crate) fn pid(&self) -> u32 {
        self.process.child.id()
    }

    /// Reads what it has used since it was started.
    pub(crate) fn usage(&self) -> Result<Usage> {
        Usage::of(self.pid()).with_context(|| format!("{} is gone", self.peer.name()))
    }

    /// Gives the folder of what it keeps or serves.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join(DATA)
    }

    /// Describes it to those who measure.
    pub(crate) fn subject(&self, sizes: Sizes) -> Result<Subject> {
        let data = self.data();
        let credentials = match &self.peer {
            Peer::Boathook(_) | Peer::BoathookOnPostgres { .. } => {
                Some(Credentials::read(&data.join("credentials.json"), "local")?)
            }
            Peer::DockerRegistry(_) | Peer::Nginx(_) => None,
        };
        let files = matches!(self.peer, Peer::Nginx(_)).then_some(data);
        let target = Arc::new(Target::new(&self.url, None)?);
        let ground = Ground { target, files, sizes };
        Ok(Subject {
            name: self.peer.name().to_owned(),
            ground,
            pid: Some(self.pid()),
            credentials,
        })
    }
}

/// Starts a process and waits until it answers; gives it with its address and how long it took.
async fn launch(
    peer: &Peer,
    folder: &Path,
    database: Option<&Database>,
    settings: &[(&'static str, String)],
) -> Result<(Process, String, Start)> {
    // Between the closing of this socket and the server's own another program could take the port; it would not start.
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let url = format!("http://127.0.0.1:{port}");
    let target = Arc::new(Target::new(&url, None)?);
    let log = folder.join("log");
    let mut command = peer.command(folder, port, database)?;
    command.envs(settings.iter().map(|(name, value)| (name, value)));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(File::create(&log)?);
    let started = clock::now();
    let mut process = Process::spawn(&mut command)?;
    while !answers(&target).await {
        if process.has_ended() || clock::now() - started > START_MAX {
            let said = fs::read_to_string(&log).unwrap_or_default();
            bail!("{} did not start; it said: {said}", peer.name());
        }
        clock::until(clock::now() + PROBE_INTERVAL).await;
    }
    let answered = millis(clock::now() - started);
    let ready = match peer {
        Peer::Boathook(_) | Peer::BoathookOnPostgres { .. } => {
            let line = process.ready.recv_timeout(START_MAX);
            let line = line.context("boathook answers but has not said `ready`")?;
            Some(millis(line - started))
        }
        Peer::DockerRegistry(_) | Peer::Nginx(_) => None,
    };
    Ok((process, url, Start { answered, ready }))
}

async fn answers(target: &Arc<Target>) -> bool {
    let Ok(mut connection) = Connection::open(target).await else { return false };
    connection.drain(Ask::new(Method::GET, "/v2/")).await.is_ok()
}

/// A child process that does not outlive its handle.
struct Process {
    child: Child,
    /// When it said `ready`.
    ready: Receiver<Instant>,
}

impl Process {
    fn spawn(command: &mut Command) -> Result<Self> {
        let mut child = command.spawn().with_context(|| format!("cannot start {command:?}"))?;
        let stdout = child.stdout.take().expect("because the command pipes it");
        let (heard, ready) = channel();
        // Reads to the end, so that the server never waits for a full pipe.
        std::thread::spawn(move || listen(stdout, &heard));
        Ok(Self { child, ready })
    }

    fn has_ended(&mut self) -> bool {
        self.child.try_wait().is_ok_and(|status| status.is_some())
    }

    /// Asks it to stop, as an operator would; kills it if it will not.
    fn stop(&mut self) {
        if self.has_ended() {
            return;
        }
        let terminate = format!("kill -TERM {}", self.child.id());
        let _ = Command::new("sh").args(["-c", &terminate]).status();
        let asked = clock::now();
        while !self.has_ended() {
            if clock::now() - asked > STOP_MAX {
                let _ = self.child.kill();
                let _ = self.child.wait();
                return;
            }
            clock::pause(PROBE_INTERVAL);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop();
    }
}

fn listen(stdout: ChildStdout, heard: &std::sync::mpsc::Sender<Instant>) {
    for line in BufReader::new(stdout).lines().map_while(Result::ok) {
        if line.starts_with("ready ") {
            // Nobody listens any more once the server has been given up.
            let _ = heard.send(clock::now());
        }
    }
}
