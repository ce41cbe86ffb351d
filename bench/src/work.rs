//! What one turn of each row does; what it needs beforehand is in `seed`.

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, AUTHORIZATION, COOKIE};
use http::{HeaderValue, Method, StatusCode};

use crate::azure::FORM_TYPE;
use crate::chart;
use crate::client::{Ask, Connection, Pieces};
use crate::content::{Blob, Template};
use crate::hook::arm::Arm;
use crate::image;
use crate::registry::{ask_manifest, blob_path, manifest_path, mount, push_blob, put_manifest};
use crate::row::Way;

/// The repository of new large blobs.
const BULK: &str = "bench/bulk";
/// The repository of new images.
const IMAGES: &str = "bench/images";
/// Where the blobs that are mounted come from.
pub(crate) const MOUNT_SOURCE: &str = "bench/mount-source";
/// Blobs that can be mounted; each repository takes every one once.
pub(crate) const MOUNT_BLOBS: u64 = 512;
/// Size of each of them, in bytes.
pub(crate) const SMALL_BLOB_BYTES: usize = 2048;
/// Layers of a small image.
const LAYERS: u64 = 3;
/// Entries that a page holds.
const PAGE_ENTRIES: usize = 100;

/// One kind of turn, with all that it needs.
pub(crate) enum Op {
    /// GETs a path and counts the bytes, which must be as many as expected.
    Get { path: String, size: u64, counted: bool },
    /// GETs a manifest, which must have the size expected.
    GetManifest { path: String, size: u64, authorization: Option<HeaderValue> },
    /// GETs a manifest by tag, each turn another one, evenly spread over all.
    GetEach { repository: String, tags: u64, stride: u64 },
    /// HEADs a path.
    Head { path: String },
    /// GETs `/v2/`.
    Ping,
    /// GETs a page of a list, which must hold 100 entries or more.
    Page { path: String, member: &'static str },
    /// GETs a page of the portal as a browser does.
    Look { path: String, cookie: HeaderValue },
    /// Uploads a new blob.
    PushBlob { run: u64, template: Template, way: Way },
    /// Pushes a new image.
    PushImage { run: u64, template: Template },
    /// Stores a new manifest under a new tag.
    PutManifest { run: u64, repository: String, config: Blob, layers: Vec<Blob> },
    /// Asks for an access token.
    Token { form: Bytes },
    /// GETs the webhooks of the registry, which must be as many bytes as expected.
    Webhooks { arm: Arm, size: u64 },
    /// Mounts a blob where it is not yet.
    Mount { run: u64, digests: Vec<String> },
    /// Seeds: stores one manifest under the tag of the turn.
    SeedTag { repository: String, manifest: Blob },
    /// Seeds: makes the repository of the turn, with one image.
    SeedRepository { prefix: String, config: Blob, manifest: Blob },
    /// Seeds: uploads the blob of the turn to be mounted.
    SeedMountBlob { template: Template },
    /// Seeds: uploads the chart version of the turn.
    SeedChart { repository: &'static str },
}

impl Op {
    /// Takes a turn; says how many bytes of a large blob went either way.
    pub(crate) async fn run(&self, connection: &mut Connection, turn: u64) -> Result<u64> {
        match self {
            Self::Get { path, size, counted } => {
                let bytes = connection.drain(Ask::new(Method::GET, path.as_str())).await?;
                ensure!(bytes == *size, "{path} has {bytes} bytes instead of {size}");
                return Ok(if *counted { bytes } else { 0 });
            }
            Self::GetManifest { path, size, authorization } => {
                let mut ask = ask_manifest(path);
                if let Some(authorization) = authorization {
                    ask = ask.header(AUTHORIZATION, authorization.clone());
                }
                let bytes = connection.drain(ask).await?;
                ensure!(bytes == *size, "{path} has {bytes} bytes instead of {size}");
            }
            Self::GetEach { repository, tags, stride } => {
                let path = manifest_path(repository, &tag_name(turn * stride % tags));
                let bytes = connection.drain(ask_manifest(&path)).await?;
                ensure!(bytes > 0, "{path} is empty");
            }
            Self::Head { path } => {
                connection.drain(Ask::new(Method::HEAD, path.as_str())).await?;
            }
            Self::Ping => {
                connection.drain(Ask::new(Method::GET, "/v2/")).await?;
            }
            Self::Page { path, member } => page(connection, path, member).await?,
            Self::Look { path, cookie } => look(connection, path, cookie).await?,
            Self::PushBlob { run, template, way } => {
                let blob = template.blob(*run, turn);
                push_blob(connection, BULK, &blob, *way).await?;
                return Ok(blob.len() as u64);
            }
            Self::PushImage { run, template } => {
                push_image(connection, template, *run, turn).await?;
            }
            Self::PutManifest { run, repository, config, layers } => {
                let tag = format!("{run:x}-{turn}");
                let manifest = Blob::from_bytes(image::manifest(config, layers, &tag));
                put_manifest(connection, repository, &tag, &manifest).await?;
            }
            Self::Token { form } => {
                let body = Pieces::sized(vec![form.clone()]);
                let ask = Ask::new(Method::POST, "/oauth2/token").body(FORM_TYPE, body);
                connection.drain(ask).await?;
            }
            Self::Webhooks { arm, size } => {
                let bytes = connection.drain(arm.list()).await?;
                ensure!(bytes == *size, "the list has {bytes} bytes instead of {size}");
            }
            Self::Mount { run, digests } => {
                let target = format!("bench/mount-{run:x}-{}", turn / MOUNT_BLOBS);
                let digest = &digests[usize::try_from(turn % MOUNT_BLOBS)?];
                mount(connection, MOUNT_SOURCE, &target, digest).await?;
            }
            Self::SeedTag { repository, manifest } => {
                put_manifest(connection, repository, &tag_name(turn), manifest).await?;
            }
            Self::SeedRepository { prefix, config, manifest } => {
                let repository = format!("{prefix}/{}", tag_name(turn));
                push_blob(connection, &repository, config, Way::Mono).await?;
                put_manifest(connection, &repository, "latest", manifest).await?;
            }
            Self::SeedMountBlob { template } => {
                push_blob(connection, MOUNT_SOURCE, &template.blob(0, turn), Way::Mono).await?;
            }
            Self::SeedChart { repository } => chart::push(connection, repository, turn).await?,
        }
        Ok(0)
    }
}

/// Names the tag (or repository) of a turn, so that their order is that of the turns.
pub(crate) fn tag_name(turn: u64) -> String {
    format!("t{turn:07}")
}

/// Pushes an image as clients do: asks for each blob, uploads it, and then stores the manifest.
async fn push_image(
    connection: &mut Connection,
    template: &Template,
    run: u64,
    turn: u64,
) -> Result<()> {
    let layers: Vec<Blob> =
        (0..LAYERS).map(|layer| template.blob(run, turn * LAYERS + layer)).collect();
    let config = image::config(&layers);
    for blob in layers.iter().chain([&config]) {
        let there = connection.exists(&blob_path(IMAGES, &blob.digest)).await?;
        ensure!(!there, "the new blob {} is there already", blob.digest);
        push_blob(connection, IMAGES, blob, Way::Mono).await?;
    }
    let manifest = Blob::from_bytes(image::manifest(&config, &layers, "small image"));
    put_manifest(connection, IMAGES, &format!("{run:x}-{turn}"), &manifest).await
}

async fn look(connection: &mut Connection, path: &str, cookie: &HeaderValue) -> Result<()> {
    let gzip = HeaderValue::from_static("gzip");
    let ask = Ask::new(Method::GET, path).header(ACCEPT_ENCODING, gzip);
    connection.drain(ask.header(COOKIE, cookie.clone())).await?;
    Ok(())
}

async fn page(connection: &mut Connection, path: &str, member: &str) -> Result<()> {
    let reply = connection.call(Ask::new(Method::GET, path), StatusCode::OK).await?;
    let count =
        entries(&reply.body, member).with_context(|| format!("{path} is no list of {member}"))?;
    // Some registries ignore `n` and answer with the whole list: their time is what it is.
    ensure!(count >= PAGE_ENTRIES, "{path} has {count} entries instead of {PAGE_ENTRIES}");
    Ok(())
}

/// Counts the entries of a page.
pub(crate) fn entries(body: &[u8], member: &str) -> Option<usize> {
    let document: serde_json::Value = serde_json::from_slice(body).ok()?;
    Some(document.get(member)?.as_array()?.len())
}
