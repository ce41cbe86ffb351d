//! Deleting what goes, a few at a time, and saying so in the words of `acr-cli`.

use std::pin::pin;

use futures_util::{StreamExt as _, stream};
use serde_json::json;

use super::{Repository, Run, print};
use crate::cli::acr::login_server::LoginServer;
use crate::cli::failure::Failure;
use crate::cli::output::console::Console;

/// A tag or a manifest that is to go.
pub(super) struct Doomed {
    /// As it is shown, such as `myregistry.azurecr.io/hello-world:v1`.
    shown: String,
    /// Where it is deleted.
    path: String,
    /// What is unlocked before, if anything has to be.
    locks: Vec<String>,
    is_manifest: bool,
}

impl Doomed {
    /// A tag, and what of it is locked.
    pub(super) fn tag(repository: &Repository<'_>, tag: &str, locks: Vec<String>) -> Self {
        let (server, name) = (&repository.server.name, repository.name);
        let path = format!("/acr/v1/{name}/_tags/{tag}");
        Self { shown: format!("{server}/{name}:{tag}"), path, locks, is_manifest: false }
    }

    pub(super) fn manifest(repository: &Repository<'_>, digest: &str, is_locked: bool) -> Self {
        let (server, name) = (&repository.server.name, repository.name);
        let lock = format!("/acr/v1/{name}/_manifests/{digest}");
        Self {
            shown: format!("{server}/{name}@{digest}"),
            path: format!("/v2/{name}/manifests/{digest}"),
            locks: if is_locked { vec![lock] } else { Vec::new() },
            is_manifest: true,
        }
    }

    async fn delete(&self, server: &LoginServer) -> Result<(), Failure> {
        for lock in &self.locks {
            server.patch(lock, &json!({"deleteEnabled": true, "writeEnabled": true})).await?;
        }
        server.delete(&self.path).await.map(|_| ())
    }
}

impl Run<'_> {
    /// Deletes what is to go, and says of each whether it is gone; in a dry run says which would. What is gone already counts
    /// too, as it does with `acr-cli`. Whatever cannot be deleted is told of and keeps nothing else, unless the registry
    /// cannot be reached.
    pub(super) async fn delete(
        &mut self,
        repository: &Repository<'_>,
        doomed: &[Doomed],
        console: &mut Console<'_>,
    ) -> Result<Vec<bool>, Failure> {
        if self.args.dry_run {
            for one in doomed {
                print(console, &format!("Would delete: {}", one.shown))?;
                self.tally.count(one.is_manifest);
            }
            return Ok(vec![true; doomed.len()]);
        }
        let server = &repository.server;
        let deleting = doomed.iter().map(async |one| (one, one.delete(server).await));
        let mut deleted = pin!(stream::iter(deleting).buffered(self.concurrency));
        let mut gone = Vec::new();
        while let Some((Doomed { shown, is_manifest, .. }, outcome)) = deleted.next().await {
            gone.push(!matches!(outcome, Err(Failure::Content { status, .. }) if status != 404));
            match outcome {
                Ok(()) => print(console, &format!("Deleted {shown}"))?,
                Err(Failure::Content { status: 404, .. }) => {
                    print(console, &format!("Skipped {shown}, HTTP status: 404"))?;
                }
                Err(Failure::Content { message, .. }) => {
                    print(console, &format!("Failed to delete {shown}, error: {message}"))?;
                    self.tally.failed += 1;
                    continue;
                }
                Err(failure) => return Err(failure),
            }
            self.tally.count(*is_manifest);
        }
        Ok(gone)
    }
}
