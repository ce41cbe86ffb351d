//! `fsck`: looks whether what a server's database speaks of is in its files, and nothing else.
//!
//! The server has to be stopped where its database is a file: two programs must not have that at the same time. With
//! PostgreSQL nodes may go on.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use boathook_core::time::Clock;
use boathook_engine::fsck::{self, Finding, Fsck};
use boathook_engine::system::SystemClock;
use boathook_engine::{Blobs, Db};

use super::output::console::Console;
use super::serve::ServeArgs;
use crate::config::{self, Storage};

/// What could not be looked at.
const NOT_LOOKED: u8 = 2;

/// Where to look, and what to do.
#[derive(clap::Args)]
pub(crate) struct FsckArgs {
    /// Read the configuration of the server from this file.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Look at the server of this folder.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Look at the database at this URL instead of the one in the folder.
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// Look at the blobs at this URL instead of those in the folder.
    #[arg(long, value_name = "URL")]
    blobs: Option<String>,
    /// Read all bytes, and see whether they have their digests.
    #[arg(long)]
    verify_digests: bool,
    /// Remove files that no row speaks of, leftovers, and rows of blobs without bytes that no image needs.
    #[arg(long)]
    repair: bool,
}

/// Prints one line for each finding. Exit codes: 0 nothing found, 1 something found, 2 could not look.
pub(crate) async fn run(args: FsckArgs, console: &mut Console<'_>) -> anyhow::Result<ExitCode> {
    match look(args, console).await {
        Ok(0) => Ok(ExitCode::SUCCESS),
        Ok(_) => Ok(ExitCode::FAILURE),
        Err(error) => {
            console.say(&format!("boathook: {error:#}"));
            Ok(ExitCode::from(NOT_LOOKED))
        }
    }
}

async fn look(args: FsckArgs, console: &mut Console<'_>) -> anyhow::Result<u64> {
    let FsckArgs { config, data, database, blobs, verify_digests, repair } = args;
    let serve = ServeArgs { config, data, database, blobs, ..ServeArgs::default() };
    let Storage { data, database, blobs } = config::load(&serve)?.storage;
    let file = data.join("boathook.db");
    let url = match database.reveal() {
        Some(url) => url.to_owned(),
        None if file.is_file() => format!("sqlite:{}", file.display()),
        None => bail!("there is no `{}`: name the server's folder with --data", file.display()),
    };
    let folder = if blobs.0.as_os_str().is_empty() { data.join("blobs") } else { blobs.0 };
    if !folder.is_dir() {
        bail!("there is no folder `{}`: name the one of the blobs with --blobs", folder.display());
    }
    let db = Db::open_as_it_is(&url).await.context("could not open the database")?;
    let blobs = Blobs::open(&folder)?;
    let known = match blobs.id()? {
        Some(id) => db.blob_store_since(&id).await?,
        None => None,
    };
    if known.is_none() {
        bail!("`{}` is not the folder of this database's blobs", folder.display());
    }
    if repair && !fsck::may_repair(&db, &blobs).await? {
        bail!(
            "`{}` names another database, which may need what this one does not: nothing was looked at; repair with that \
             database, or remove the file if it is no more; without --repair everything is looked at",
            blobs.collector_path().display()
        );
    }
    let fsck = Fsck { verifies_digests: verify_digests, repairs: repair };
    let mut printed = Ok(());
    let mut tell = |finding: &Finding, is_repaired: bool| {
        let end = if is_repaired { " (repaired)" } else { "" };
        if printed.is_ok() {
            printed = console.answer(&format!("{finding}{end}\n"));
        }
    };
    let checked = fsck::check(&db, &blobs, fsck, SystemClock.now(), &mut tell).await;
    db.close().await;
    let checked = checked.context("could not look at everything")?;
    printed.context("could not print")?;
    let fsck::Checked { blobs, manifests, files, found, repaired } = checked;
    console.say(&format!(
        "looked at {blobs} blobs, {manifests} manifests and {files} files: {found} not as they should be, {repaired} \
         repaired"
    ));
    Ok(found)
}
