//! `sink`: a receiver to point webhooks at.
//!
//! Standard output carries one line of JSON a request and nothing else, so that scripts can read it; where the sink
//! listens is said on standard error.

mod line;

use std::convert::Infallible;
use std::fs::File;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::output::console::Console;
use line::Line;

/// Most that a request's body may have; webhooks are far smaller.
const BODY_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Lines that may wait to be printed before requests wait for the printer.
const LINES_WAITING_MAX: usize = 1024;
/// How long a stop waits for requests that are still being answered, beyond their delay.
const DRAIN: Duration = Duration::from_secs(5);
/// Longest delay that may be asked for.
const DELAY_MAX: Duration = Duration::from_hours(24);

/// What to receive with and how to answer.
#[derive(clap::Args)]
pub(crate) struct SinkArgs {
    /// Listen on this address.
    #[arg(long, default_value = "127.0.0.1:9099", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Answer with this status.
    #[arg(long, default_value = "200", value_name = "CODE")]
    status: StatusCode,
    /// Wait this long before each answer.
    #[arg(long, default_value = "0s", value_name = "DURATION", value_parser = delay)]
    delay: Duration,
    /// Answer with this text.
    #[arg(long, default_value = "", value_name = "TEXT")]
    body: String,
    /// Append what arrives to this file too.
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
}

fn delay(text: &str) -> anyhow::Result<Duration> {
    let delay: jiff::SignedDuration =
        text.parse().context("a delay is a number and a unit, such as 500ms or 2s")?;
    let delay = Duration::try_from(delay).context("a delay cannot be negative")?;
    ensure!(delay <= DELAY_MAX, "a delay is at most a day");
    Ok(delay)
}

/// How to answer.
struct Reply {
    status: StatusCode,
    delay: Duration,
    body: Bytes,
}

/// What every connection shares.
struct Sink {
    reply: Reply,
    lines: mpsc::Sender<Line>,
}

/// Receives until it is told to stop, or until nobody reads what it prints.
pub(crate) async fn run(args: SinkArgs, console: &mut Console<'_>) -> anyhow::Result<ExitCode> {
    ensure!(!args.status.is_informational(), "--status must be between 200 and 999");
    let log = args.log.map(|path| line::open(&path)).transpose()?;
    let mut terminate = signal(SignalKind::terminate()).context("could not listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("could not listen for SIGINT")?;
    let listener = TcpListener::bind(args.listen).await.with_context(|| {
        format!("could not listen on {}: choose another address with --listen", args.listen)
    })?;
    console.say(&format!("listening on http://{}", listener.local_addr()?));
    let reply = Reply { status: args.status, delay: args.delay, body: args.body.into() };
    let stop = async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    receive(listener, reply, stop, console, log).await?;
    Ok(ExitCode::SUCCESS)
}

/// Receives with status 200 until it is told to stop; returns the lines that `sink` would have printed.
pub(crate) async fn collect(
    listener: TcpListener,
    stop: impl Future<Output = ()>,
) -> anyhow::Result<Vec<serde_json::Value>> {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut console = Console::of_buffers(&mut out, &mut err, false);
    let reply = Reply { status: StatusCode::OK, delay: Duration::ZERO, body: Bytes::new() };
    receive(listener, reply, stop, &mut console, None).await?;
    let lines = serde_json::Deserializer::from_slice(&out).into_iter();
    lines.collect::<Result<_, _>>().context("the sink printed something that is no JSON")
}

async fn receive(
    listener: TcpListener,
    reply: Reply,
    stop: impl Future<Output = ()>,
    console: &mut Console<'_>,
    mut log: Option<File>,
) -> anyhow::Result<()> {
    let (lines, mut arrived) = mpsc::channel(LINES_WAITING_MAX);
    let drain = reply.delay + DRAIN;
    let sink = Arc::new(Sink { reply, lines });
    let mut connections = JoinSet::new();
    let graceful = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // A connection that failed before it began is the sender's to try again.
                let Ok((stream, _)) = accepted else { continue };
                let sink = sink.clone();
                let service = service_fn(move |request| answer(sink.clone(), request));
                let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                connections.spawn(graceful.watch(connection));
            }
            Some(line) = arrived.recv() => {
                if !line::print(&line, console, log.as_mut())? {
                    return Ok(());
                }
            }
            Some(_) = connections.join_next() => {}
            () = &mut stop => break,
        }
    }
    drop((listener, sink));
    // Requests on their way are printed and answered; connections without one end at once.
    let finish = async {
        let print = async {
            while let Some(line) = arrived.recv().await {
                line::print(&line, console, log.as_mut())?;
            }
            anyhow::Ok(())
        };
        let ((), printed) = tokio::join!(graceful.shutdown(), print);
        printed
    };
    let ended = async { tokio::join!(finish, connections.join_all()).0 };
    tokio::time::timeout(drain, ended).await.unwrap_or(Ok(()))
}

async fn answer(
    sink: Arc<Sink>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = match Limited::new(body, BODY_BYTES_MAX).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => {
            return Ok(plain(
                StatusCode::PAYLOAD_TOO_LARGE,
                format!("a body is at most {BODY_BYTES_MAX} bytes\n").into(),
            ));
        }
        Err(_) => return Ok(plain(StatusCode::BAD_REQUEST, "the body could not be read\n".into())),
    };
    // Printed before it is answered: a sender that has its answer can rely on the line.
    let printed = sink.lines.send(Line::new(&head, &body)).await;
    if printed.is_err() {
        return Ok(plain(StatusCode::SERVICE_UNAVAILABLE, "stopping\n".into()));
    }
    if !sink.reply.delay.is_zero() {
        wait(sink.reply.delay).await;
    }
    Ok(plain(sink.reply.status, sink.reply.body.clone()))
}

fn plain(status: StatusCode, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response
}

#[expect(
    clippy::disallowed_methods,
    reason = "waiting is what a delay is for, and no test waits for a long one"
)]
async fn wait(delay: Duration) {
    tokio::time::sleep(delay).await;
}

#[cfg(test)]
mod tests;
