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
    /// Where it is unlocked, if it has to be.
    lock: Option<String>,
}

impl Doomed {
    pub(super) fn tag(repository: &Repository<'_>, tag: &str, is_locked: bool) -> Self {
        let (server, name) = (&repository.server.name, repository.name);
        let path = format!("/acr/v1/{name}/_tags/{tag}");
        let lock = is_locked.then(|| path.clone());
        Self { shown: format!("{server}/{name}:{tag}"), path, lock }
    }

    pub(super) fn manifest(repository: &Repository<'_>, digest: &str, is_locked: bool) -> Self {
        let (server, name) = (&repository.server.name, repository.name);
        Self {
            shown: format!("{server}/{name}@{digest}"),
            path: format!("/v2/{name}/manifests/{digest}"),
            lock: is_locked.then(|| format!("/acr/v1/{name}/_manifests/{digest}")),
        }
    }

    async fn delete(&self, server: &LoginServer) -> Result<(), Failure> {
        if let Some(lock) = &self.lock {
            server.patch(lock, &json!({"deleteEnabled": true, "writeEnabled": true})).await?;
        }
        server.delete(&self.path).await.map(|_| ())
    }
}

impl Run<'_> {
    /// Deletes what is to go, and says how many have gone; in a dry run says which would. What is gone already counts
    /// too, as it does with `acr-cli`. Whatever cannot be deleted is told of and keeps nothing else, unless the registry
    /// cannot be reached.
    pub(super) async fn delete(
        &mut self,
        repository: &Repository<'_>,
        doomed: &[Doomed],
        console: &mut Console<'_>,
    ) -> Result<usize, Failure> {
        if self.args.dry_run {
            for one in doomed {
                print(console, &format!("Would delete: {}", one.shown))?;
            }
            return Ok(doomed.len());
        }
        let server = &repository.server;
        let deleting = doomed.iter().map(async |one| (one, one.delete(server).await));
        let mut deleted = pin!(stream::iter(deleting).buffered(self.concurrency));
        let mut count = 0;
        while let Some((Doomed { shown, .. }, outcome)) = deleted.next().await {
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
            count += 1;
        }
        Ok(count)
    }
}
