//! What an image's configuration says, where it is too large to be in the database.

use crate::ctx::Ctx;
use boathook_core::digest::Digest;
use boathook_core::manifest::{Config, Platform};
use boathook_core::name::Place;
use boathook_store::{Blobs, INLINE_BYTES_MAX};
use std::io::Read;
use tokio::task::spawn_blocking;

/// How large a configuration is that is read. One with a thousand layers has some hundred kilobytes.
const CONFIG_BYTES_MAX: u64 = 1024 * 1024;

/// Reads what a manifest's configuration says, if it is in a file and not too large. Whether the repository has it is for
/// the commit to say; what cannot be read says nothing.
pub(super) async fn platform(ctx: &Ctx, place: &Place, config: Option<&Config>) -> Platform {
    let sizes = INLINE_BYTES_MAX as u64 + 1..=CONFIG_BYTES_MAX;
    let Some(config) = config.filter(|config| sizes.contains(&config.size)) else {
        return Platform::default();
    };
    let bytes = in_file(ctx, place, &config.digest).await;
    bytes.map(|bytes| Platform::of_config(&bytes)).unwrap_or_default()
}

/// Reads a configuration that is in a file.
pub(super) async fn in_file(ctx: &Ctx, place: &Place, digest: &Digest) -> Option<Vec<u8>> {
    let (blobs, place, digest) = (ctx.blobs.clone(), place.clone(), digest.clone());
    let read = spawn_blocking(move || read(&blobs, &place, &digest)).await;
    read.expect("reading a file does not panic")
}

fn read(blobs: &Blobs, place: &Place, digest: &Digest) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    // The file may be larger than the manifest says, which the commit refuses.
    blobs.read(place, digest).ok()?.file.take(CONFIG_BYTES_MAX).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}
