//! Stands in for the server until it lands here.

use std::process::ExitCode;

use crate::cli::serve::ServeArgs;

pub(crate) async fn run(_args: ServeArgs) -> anyhow::Result<ExitCode> {
    std::future::ready(Err(anyhow::anyhow!("not built yet"))).await
}
