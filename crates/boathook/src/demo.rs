//! `demo`: the whole story in ten seconds, in a temporary folder.
//!
//! Nothing in it is staged: the server is the one of `serve`, the receiver the one of `sink`, the commands are those that
//! anybody would type, and image and chart go over HTTP as a client sends them. It succeeds only if every event is found
//! in two places: with status 200 in the list that the server keeps, and among what the receiver got.

mod artifact;
mod client;
mod story;

use std::process::ExitCode;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::cli::output::console::Console;
use crate::cli::serve::DemoArgs;
use crate::cli::sink;
use crate::config::{self, Config};
use crate::serve::{self, StopSignals};
use crate::telemetry;

/// Any free port of this machine alone.
const ANY_PORT: &str = "127.0.0.1:0";
/// Where the demonstration's webhooks point to.
const LOOPBACK: &str = "127.0.0.0/8";
/// What is logged: a reader follows the story, not the server.
const LOG_FILTER: &str = "warn";

/// Tells the story; it fails where anything did not happen as told.
pub(crate) async fn run(_args: DemoArgs, console: &mut Console<'_>) -> anyhow::Result<ExitCode> {
    let mut signals = StopSignals::listen()?;
    tokio::select! {
        told = tell(console) => told.map(|()| ExitCode::SUCCESS),
        // Leaving by this way still removes the temporary folder.
        () = signals.next() => Ok(ExitCode::FAILURE),
    }
}

async fn tell(console: &mut Console<'_>) -> anyhow::Result<()> {
    let folder = tempfile::Builder::new().prefix("boathook-demo-").tempdir();
    let folder = folder.context("could not make a temporary folder")?;
    let config = in_folder(folder.path());
    telemetry::start(&config.log);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut nobody = Console::of_buffers(&mut out, &mut err, false);
    let server = serve::start(&config, &mut nobody).await?;
    let receiver = TcpListener::bind(ANY_PORT).await.context("could not start a receiver")?;
    let hook = format!("http://{}", receiver.local_addr().context("the receiver has no port")?);

    let (stop, stopped) = oneshot::channel::<()>();
    let receiving = sink::collect(receiver, async { drop(stopped.await) });
    let telling = async {
        let told = story::tell(&server, folder.path(), &hook, console).await;
        drop(stop);
        told
    };
    let (told, arrived) = tokio::join!(telling, receiving);
    let told = match told {
        Ok(told) => told.compare(&arrived?, console),
        Err(error) => Err(error),
    };
    server.stop().await;
    told
}

/// A server that keeps everything in `folder`, and may reach a receiver on this machine.
fn in_folder(folder: &std::path::Path) -> Config {
    let mut config = config::defaults();
    config.server.listen = ANY_PORT.parse().expect("because it is an address");
    folder.clone_into(&mut config.storage.data);
    config.webhooks.allow_cidrs = vec![LOOPBACK.parse().expect("because it is a network")];
    LOG_FILTER.clone_into(&mut config.log.filter);
    config
}
