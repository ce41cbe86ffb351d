//! `docs/benchmarks.md`, made by one command.

use std::io::{Write, stdout};

use anyhow::{Context, Result};

use crate::args::{Beside, Compare, Growth, Paper, Portal};
use crate::beside::beside;
use crate::compare::compare;
use crate::growth::growth;
use crate::portal::portal;

/// A part of the paper.
pub(crate) struct Section {
    /// What it was measured on and with.
    pub(crate) machine: String,
    /// Its tables.
    pub(crate) text: String,
    /// Whether nothing was answered wrongly.
    pub(crate) clean: bool,
}

const HEAD: &str = "# Benchmarks

How fast Boathook is, beside Debian's `docker-registry` and, for what can be read from files, `nginx`: on one machine, in
one run, the servers in turn; and what becomes of it when its database fills. Compare the ratios; the absolute figures
are this machine's. Server CPU a request is the figure that a busy machine spoils least. Both registries flush what they
answer `201` for. [bench/README.md](../bench/README.md) says how each row is measured and how to measure any registry.";

/// Prints the comparison; `false` means that some row failed.
pub(crate) async fn print_compare(args: &Compare) -> Result<bool> {
    let section = compare(args).await?;
    writeln!(stdout(), "{}\n\n{}", section.machine, section.text)?;
    Ok(section.clean)
}

/// Prints the growth; `false` means that some row failed.
pub(crate) async fn print_growth(args: &Growth) -> Result<bool> {
    let section = growth(args).await?;
    writeln!(stdout(), "{}\n\n{}", section.machine, section.text)?;
    Ok(section.clean)
}

/// Prints what removing costs others; `false` means that something was answered wrongly.
pub(crate) async fn print_beside(args: &Beside) -> Result<bool> {
    let section = beside(args).await?;
    writeln!(stdout(), "{}\n\n{}", section.machine, section.text)?;
    Ok(section.clean)
}

/// Prints what pages cost; `false` means that one of them was answered wrongly.
pub(crate) async fn print_portal(args: &Portal) -> Result<bool> {
    let section = portal(args).await?;
    writeln!(stdout(), "{}\n\n{}", section.machine, section.text)?;
    Ok(section.clean)
}

/// Prints the whole paper; `false` means that some row failed.
pub(crate) async fn print(args: &Paper) -> Result<bool> {
    let boathook = args.compare.boathook.clone();
    let boathook = boathook.context("the paper is about Boathook and needs `--boathook PATH`")?;
    let compared = compare(&args.compare).await?;
    let bed = args.compare.bed.clone();
    let grown = growth(&Growth { boathook, filling: args.filling.clone(), bed }).await?;
    writeln!(stdout(), "{HEAD}\n\n{}\n\n{}\n{}", compared.machine, compared.text, grown.text)?;
    Ok(compared.clean && grown.clean)
}
