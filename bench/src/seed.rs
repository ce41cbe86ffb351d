//! What a row needs to be there before it can be measured, made once and found again by the next run.
//!
//! Seeded content is the same in every run. A server of static files gets the same paths as files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use http::{Method, StatusCode};

use crate::chart;
use crate::client::{Ask, Connection, Target};
use crate::content::{Blob, Template, digest_of};
use crate::image;
use crate::load::{Crew, Limit};
use crate::registry::{ask_manifest, blob_path, manifest_path, push_blob, put_manifest};
use crate::row::{Way, Work};
use crate::work::{MOUNT_BLOBS, MOUNT_SOURCE, Op, SMALL_BLOB_BYTES, tag_name};

/// The repository of what is read.
pub(crate) const READ: &str = "bench/read";
/// The repository of new manifests.
pub(crate) const MANIFESTS: &str = "bench/new";
/// The classic Helm repository whose index is read.
const CHARTS: &str = "bench-charts";
/// Versions of the chart in it.
const CHART_VERSIONS: u64 = 10_000;
/// Size of the manifest that is read, in bytes.
const MANIFEST_BYTES: usize = 1024;
/// Size of the blob of the `blob10k` rows, in bytes.
const BLOB_BYTES: usize = 10 << 10;
/// Size of the large blobs, in bytes.
const LARGE_BLOB_BYTES: usize = 100 << 20;
/// Clients that seed many things at once.
const SEEDERS: usize = 16;

/// How much is put into the lists that are paged.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sizes {
    /// Tags of the repository whose tags are listed.
    pub(crate) tags: u64,
    /// Repositories of the catalog.
    pub(crate) repositories: u64,
}

/// Where the seeds go.
pub(crate) struct Ground {
    /// The server.
    pub(crate) target: Arc<Target>,
    /// The folder that it serves, if it is one of static files.
    pub(crate) files: Option<PathBuf>,
    /// How long the lists are.
    pub(crate) sizes: Sizes,
}

impl Ground {
    /// Makes what the work needs and gives what one turn of it does; `run` makes new content new.
    pub(crate) async fn prepare(&self, work: Work, run: u64) -> Result<Op> {
        Ok(match work {
            Work::Ping => Op::Ping,
            Work::ManifestTag => Op::GetManifest {
                path: self.image().await?.0,
                size: MANIFEST_BYTES as u64,
                authorization: None,
            },
            Work::ManifestDigest => Op::GetManifest {
                path: self.image().await?.1,
                size: MANIFEST_BYTES as u64,
                authorization: None,
            },
            Work::HeadBlob => Op::Head { path: self.blob(BLOB_BYTES).await? },
            Work::Blob10k => Op::Get {
                path: self.blob(BLOB_BYTES).await?,
                size: BLOB_BYTES as u64,
                counted: false,
            },
            Work::Blob100m => Op::Get {
                path: self.blob(LARGE_BLOB_BYTES).await?,
                size: LARGE_BLOB_BYTES as u64,
                counted: true,
            },
            Work::Push100m(way) => {
                Op::PushBlob { run, template: Template::new(LARGE_BLOB_BYTES), way }
            }
            Work::PushImage => Op::PushImage { run, template: Template::new(SMALL_BLOB_BYTES) },
            Work::PutManifest | Work::HookLag | Work::HookDeliveries | Work::HookBesideHang => {
                self.new_manifests(run).await?
            }
            Work::Mount => self.mount(run).await?,
            Work::TagsPage => self.tags().await?,
            Work::CatalogPage => self.catalog().await?,
            Work::HelmIndex => self.helm_index().await?,
            Work::Token | Work::ManifestToken | Work::WebhooksPage => {
                bail!("a row of Azure's wire is not prepared here")
            }
        })
    }

    /// Seeds an image; gives the paths of its manifest by tag and by digest.
    async fn image(&self) -> Result<(String, String)> {
        let layers = small_blobs();
        let config = image::config(&layers);
        let manifest = Blob::from_bytes(image::manifest_of_size(&config, &layers, MANIFEST_BYTES));
        let by_tag = manifest_path(READ, "latest");
        let by_digest = manifest_path(READ, &manifest.digest);
        if let Some(root) = &self.files {
            write_file(root, &by_tag, &manifest)?;
            write_file(root, &by_digest, &manifest)?;
        } else {
            let mut connection = Connection::open(&self.target).await?;
            for blob in layers.iter().chain([&config]) {
                push_if_missing(&mut connection, READ, blob).await?;
            }
            put_manifest(&mut connection, READ, "latest", &manifest).await?;
        }
        self.check(ask_manifest(&by_tag), &manifest.digest).await?;
        Ok((by_tag, by_digest))
    }

    /// Seeds a blob of `size` bytes; gives its path.
    async fn blob(&self, size: usize) -> Result<String> {
        let blob = Template::new(size).blob(0, 0);
        let path = blob_path(READ, &blob.digest);
        match &self.files {
            Some(root) => write_file(root, &path, &blob)?,
            None => {
                push_if_missing(&mut Connection::open(&self.target).await?, READ, &blob).await?;
            }
        }
        if size <= BLOB_BYTES {
            self.check(Ask::new(Method::GET, path.as_str()), &blob.digest).await?;
        }
        Ok(path)
    }

    /// Makes sure that the server answers with the very bytes, once, so that the timed part may only count them.
    async fn check(&self, ask: Ask, digest: &str) -> Result<()> {
        let reply = Connection::open(&self.target).await?.call(ask, StatusCode::OK).await?;
        ensure!(
            digest_of(&reply.body) == digest,
            "what was stored as {digest} came back as something else"
        );
        Ok(())
    }

    async fn new_manifests(&self, run: u64) -> Result<Op> {
        let layers = small_blobs();
        let config = image::config(&layers);
        let mut connection = Connection::open(&self.target).await?;
        for blob in layers.iter().chain([&config]) {
            push_if_missing(&mut connection, MANIFESTS, blob).await?;
        }
        Ok(Op::PutManifest { run, repository: MANIFESTS.to_owned(), config, layers })
    }

    async fn mount(&self, run: u64) -> Result<Op> {
        let template = Template::new(SMALL_BLOB_BYTES);
        let digests: Vec<String> =
            (0..MOUNT_BLOBS).map(|turn| template.blob(0, turn).digest).collect();
        let last = digests.last().context("because there are blobs to mount")?;
        let done =
            Connection::open(&self.target).await?.exists(&blob_path(MOUNT_SOURCE, last)).await?;
        if !done {
            self.many(Op::SeedMountBlob { template }, MOUNT_BLOBS).await?;
        }
        Ok(Op::Mount { run, digests })
    }

    async fn tags(&self) -> Result<Op> {
        let repository = format!("bench/tags-{}", self.sizes.tags);
        let config = Blob::from_bytes("{}");
        let manifest = Blob::from_bytes(image::manifest(&config, &[], "tags"));
        let mut connection = Connection::open(&self.target).await?;
        let last = manifest_path(&repository, &tag_name(self.sizes.tags - 1));
        if !connection.exists(&last).await? {
            push_if_missing(&mut connection, &repository, &config).await?;
            self.many(Op::SeedTag { repository: repository.clone(), manifest }, self.sizes.tags)
                .await?;
        }
        Ok(Op::Page { path: format!("/v2/{repository}/tags/list?n=100"), member: "tags" })
    }

    async fn catalog(&self) -> Result<Op> {
        let prefix = "bench/catalog".to_owned();
        let config = Blob::from_bytes("{}");
        let manifest = Blob::from_bytes(image::manifest(&config, &[], "catalog"));
        let last = format!("{prefix}/{}", tag_name(self.sizes.repositories - 1));
        let done =
            Connection::open(&self.target).await?.exists(&manifest_path(&last, "latest")).await?;
        if !done {
            self.many(Op::SeedRepository { prefix, config, manifest }, self.sizes.repositories)
                .await?;
        }
        Ok(Op::Page { path: "/v2/_catalog?n=100".to_owned(), member: "repositories" })
    }

    async fn helm_index(&self) -> Result<Op> {
        let path = format!("/helm/v1/{CHARTS}/index.yaml");
        let mut connection = Connection::open(&self.target).await?;
        if !connection.exists(&chart::path(CHARTS, CHART_VERSIONS - 1)).await? {
            self.many(Op::SeedChart { repository: CHARTS }, CHART_VERSIONS).await?;
        }
        let index = connection.call(Ask::new(Method::GET, path.as_str()), StatusCode::OK).await?;
        let index = std::str::from_utf8(&index.body)?;
        let found = index.lines().filter(|line| line.contains(".tgz")).count() as u64;
        ensure!(found == CHART_VERSIONS, "the index lists {found} of {CHART_VERSIONS} versions");
        Ok(Op::Get { path, size: index.len() as u64, counted: false })
    }

    async fn many(&self, op: Op, count: u64) -> Result<()> {
        let mut crew = Crew::gather(&self.target, SEEDERS).await?;
        crew.work(&Arc::new(op), Limit::Turns(count)).await?;
        Ok(())
    }
}

fn small_blobs() -> Vec<Blob> {
    let template = Template::new(SMALL_BLOB_BYTES);
    (0..3).map(|turn| template.blob(0, turn)).collect()
}

async fn push_if_missing(connection: &mut Connection, repository: &str, blob: &Blob) -> Result<()> {
    if connection.exists(&blob_path(repository, &blob.digest)).await? {
        return Ok(());
    }
    push_blob(connection, repository, blob, Way::Mono).await
}

fn write_file(root: &Path, path: &str, blob: &Blob) -> Result<()> {
    let file = root.join(path.trim_start_matches('/'));
    std::fs::create_dir_all(file.parent().context("because a path below /v2/ has a parent")?)?;
    std::fs::write(&file, blob.pieces(0, blob.len(), blob.len()).concat())
        .with_context(|| format!("cannot write {}", file.display()))
}
