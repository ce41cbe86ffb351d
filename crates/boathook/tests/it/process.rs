//! Starting the program and watching it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

/// How long an answer may take before a test gives up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Ports that the kernel gives to nobody who asks for any port, so that one is still free after a server has died.
const PORTS: std::ops::Range<u32> = 20_000..30_000;
/// How many ports this process has tried.
static TRIED: AtomicU32 = AtomicU32::new(0);

/// The program, untouched by what the environment says about servers.
pub(crate) fn boathook() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_boathook"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("BOATHOOK") {
            command.env_remove(name);
        }
    }
    command
}

/// Runs the program to its end.
pub(crate) fn run(args: &[&str]) -> Output {
    boathook().args(args).output().unwrap()
}

/// Returns the exit code and what was said on standard error.
pub(crate) fn complaint(output: &Output) -> (Option<i32>, String) {
    (output.status.code(), String::from_utf8(output.stderr.clone()).unwrap())
}

/// Finds a port that stays free until somebody uses it.
pub(crate) fn free_port() -> u16 {
    let count = PORTS.end - PORTS.start;
    for _ in PORTS {
        let tried = TRIED.fetch_add(1, Ordering::Relaxed);
        // Other processes begin elsewhere.
        let port = PORTS.start + (std::process::id().wrapping_mul(97) % count + tried) % count;
        let port = u16::try_from(port).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no port of {PORTS:?} is free");
}

/// A server that answers, on a port of its own; it is killed when it is dropped.
pub(crate) struct Serving {
    child: Child,
    stdout: BufReader<ChildStdout>,
    /// The lines of its log, which are read as they come: a program that nobody reads from stands still.
    log: Receiver<String>,
    /// Where it answers: host and port.
    pub(crate) address: String,
}

impl Serving {
    /// Starts `serve` on any port and waits until it is ready.
    pub(crate) fn start(data: &Path, more: &[&str]) -> Self {
        Self::try_start(data, more).unwrap_or_else(|said| panic!("it is not ready: {said}"))
    }

    /// Starts `serve` on any port and waits until it is ready, or returns what it complains of.
    pub(crate) fn try_start(data: &Path, more: &[&str]) -> Result<Self, String> {
        let mut command = boathook();
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data).args(more);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let log = lines_of(child.stderr.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let Some(address) = line.strip_prefix("ready http://") else {
            let said: Vec<_> = log.iter().collect();
            let code = child.wait().unwrap().code();
            return Err(format!("{line:?}, {code:?}, {}", said.join("\n")));
        };
        let address = address.trim_end().to_owned();
        Ok(Self { child, stdout, log, address })
    }

    /// Sends a request without a body and returns the whole answer.
    pub(crate) fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let host = &self.address;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Sends a signal, by its name.
    pub(crate) fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    /// How much memory of a kind it has, in KiB, by the kernel's name for the kind.
    pub(crate) fn memory_kib(&self, kind: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(kind)).unwrap();
        line.trim_matches([':', ' ', '\t', 'k', 'B']).parse().unwrap()
    }

    /// Reads what is logged up to a line that has `words` in it.
    pub(crate) fn read_log_until(&mut self, words: &str) {
        assert!(self.log.iter().any(|line| line.contains(words)), "nothing said `{words}`");
    }

    /// Waits for the end; returns the exit code and what followed the first line on standard output.
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().code(), rest)
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) fn stop(self) {
        self.signal("TERM");
        assert_eq!(self.end(), (Some(0), String::new()));
    }
}

/// Reads lines on a thread of its own, for as long as there are any.
fn lines_of(stderr: ChildStderr) -> Receiver<String> {
    let (lines, log) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            // Whoever asked may have gone; the program may not stand still all the same.
            let _ = lines.send(line);
        }
    });
    log
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It has ended by itself, most of the time.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
