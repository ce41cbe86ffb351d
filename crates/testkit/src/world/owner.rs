//! What the owner of the registry does.

use super::World;
use boathook_core::digest::{Algorithm, Digest};
use boathook_core::event::Request;
use boathook_core::id::EventId;
use boathook_core::media_type::OCI_MANIFEST;
use boathook_core::name::Repository;
use boathook_engine::audit::Actor;
use boathook_engine::manage::events::{self, EventView};
use boathook_engine::manage::webhooks::{self, Refusal};
use boathook_engine::registry::upload::Finished;
use boathook_engine::registry::{delete, push, upload};
use boathook_engine::{RegistryRow, WebhookRow};
use boathook_wire::arm::condition::Condition;
use boathook_wire::arm::webhook::parameters::{Create, Update};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

/// The owner of the registry, as the audit log has them.
pub fn actor() -> Actor {
    Actor { name: "owner".to_owned(), request: String::new() }
}

/// An enabled webhook that hears of every push and every deletion and calls `uri`.
pub fn hook(uri: &str) -> Create {
    Create {
        location: boathook_core::defaults::REGION.to_owned(),
        tags: BTreeMap::new(),
        service_uri: uri.to_owned(),
        custom_headers: Vec::new(),
        status: None,
        scope: None,
        actions: vec!["push".to_owned(), "delete".to_owned()],
        extra_actions: None,
        has_deleted_tags: None,
    }
}

impl World {
    /// The one registry.
    pub async fn registry(&self) -> RegistryRow {
        let found = self.ctx().db.registry(&self.ctx().site.registry).await;
        found.expect("the database works").expect("every world has a registry")
    }

    /// Makes a webhook.
    pub async fn create_webhook(&self, name: &str, create: Create) -> WebhookRow {
        self.try_create_webhook(name, create).await.expect("the webhook is in order")
    }

    /// Makes a webhook, perhaps.
    pub async fn try_create_webhook(
        &self,
        name: &str,
        create: Create,
    ) -> Result<WebhookRow, Refusal> {
        let registry = self.registry().await;
        let made =
            webhooks::create(self.ctx(), &registry, name, create, &Condition::default(), &actor())
                .await;
        made.expect("the database works")
    }

    /// Changes a webhook.
    pub async fn update_webhook(&self, name: &str, update: Update) -> WebhookRow {
        let registry = self.registry().await;
        let updated =
            webhooks::update(self.ctx(), &registry, name, update, &Condition::default(), &actor())
                .await;
        updated.expect("the database works").expect("the change is in order")
    }

    /// Sets a webhook's status.
    pub async fn set_status(&self, name: &str, status: &str) {
        let update = Update { status: Some(status.to_owned()), ..Update::default() };
        self.update_webhook(name, update).await;
    }

    /// Looks a webhook up.
    pub async fn webhook(&self, name: &str) -> WebhookRow {
        let found = webhooks::get(self.ctx(), &self.registry().await, name).await;
        found.expect("the database works").expect("the webhook is there")
    }

    /// Removes a webhook.
    pub async fn delete_webhook(&self, name: &str) {
        let removed = webhooks::delete(
            self.ctx(),
            &self.registry().await,
            name,
            &Condition::default(),
            &actor(),
        )
        .await;
        let removed = removed.expect("the database works").expect("no condition was set");
        assert!(removed, "there is a webhook `{name}`");
    }

    /// Pings a webhook.
    pub async fn ping(&self, name: &str) -> EventId {
        let pinged = events::ping(self.ctx(), &self.registry().await, name).await;
        pinged.expect("the database works").expect("the webhook is there")
    }

    /// What a webhook was sent, newest first, all pages.
    pub async fn events(&self, name: &str) -> Vec<EventView> {
        let registry = self.registry().await;
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = events::list(self.ctx(), &registry, name, after.as_ref()).await;
            let page = page.expect("the database works").expect("the webhook is there");
            all.extend(page.events);
            after = page.next;
            if after.is_none() {
                return all;
            }
        }
    }

    /// Pushes a blob.
    pub async fn push_blob(&self, repository: &Repository, bytes: &[u8]) -> Digest {
        let digest = Algorithm::Sha256.digest(bytes);
        let body = futures_util::stream::iter([Ok(Bytes::copy_from_slice(bytes))]);
        let (ctx, place) = (self.ctx(), self.ctx().place());
        let finished =
            upload::finish_whole(ctx, &place, repository, digest.clone(), Box::pin(body)).await;
        assert_eq!(finished.expect("the disk works"), Finished::Stored);
        digest
    }

    /// Pushes an image like no other as `REPOSITORY:TAG`, or without a tag as `REPOSITORY`.
    pub async fn push(&self, name: &str) -> Digest {
        let number = self.made.fetch_add(1, Ordering::SeqCst);
        self.push_image(name, format!("{{\"number\":{number}}}").as_bytes()).await
    }

    /// Pushes the image whose one blob is `config`.
    pub async fn push_image(&self, name: &str, config: &[u8]) -> Digest {
        let (repository, tag) =
            name.split_once(':').map_or((name, None), |(name, tag)| (name, Some(tag)));
        let repository: Repository = repository.parse().expect("the repository's name is valid");
        let blob = self.push_blob(&repository, config).await;
        let bytes = format!(
            r#"{{"schemaVersion":2,"mediaType":"{OCI_MANIFEST}","config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{blob}","size":{}}},"layers":[]}}"#,
            config.len()
        );
        let digest = Algorithm::Sha256.digest(bytes.as_bytes());
        let reference = tag.map_or_else(|| digest.to_string(), str::to_owned);
        let push = push::PushManifest {
            place: self.ctx().place(),
            repository,
            reference: reference.parse().expect("the tag is valid"),
            content_type: Some(OCI_MANIFEST.to_owned()),
            bytes: bytes.into(),
            pushed_by: Some(actor().name),
            request: self.request("PUT"),
        };
        let pushed = push::manifest(self.ctx(), push).await.expect("the database works");
        assert!(matches!(pushed, push::Pushed::Stored { .. }), "{pushed:?}");
        digest
    }

    /// Deletes a manifest.
    pub async fn delete_manifest(&self, repository: &str, digest: &Digest) {
        let delete = delete::DeleteManifest {
            place: self.ctx().place(),
            repository: repository.parse().expect("the repository's name is valid"),
            digest: digest.clone(),
            request: self.request("DELETE"),
        };
        let was_there = delete::manifest(self.ctx(), delete).await.expect("the database works");
        assert_eq!(was_there, Ok(true), "there is a manifest {digest}");
    }

    fn request(&self, method: &'static str) -> Request {
        Request {
            id: self.ctx().ids.uuid(),
            host: "boathook.azurecr.localhost".to_owned(),
            method,
            user_agent: Some("testkit/1".to_owned()),
        }
    }
}
