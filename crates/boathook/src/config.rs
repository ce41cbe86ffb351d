//! Stands in for the configuration until it lands here.

use std::process::ExitCode;

use crate::cli::serve::ServeArgs;

pub(crate) fn check(_args: &ServeArgs) -> anyhow::Result<ExitCode> {
    Err(anyhow::anyhow!("not built yet"))
}

pub(crate) fn show(_args: &ServeArgs) -> anyhow::Result<ExitCode> {
    Err(anyhow::anyhow!("not built yet"))
}
