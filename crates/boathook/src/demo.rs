//! Stands in for the demonstration until it lands here.

use std::process::ExitCode;

use crate::cli::serve::DemoArgs;

pub(crate) async fn run(_args: DemoArgs) -> anyhow::Result<ExitCode> {
    std::future::ready(Err(anyhow::anyhow!("not built yet"))).await
}
