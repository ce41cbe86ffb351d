//! The requests of the distribution specification that the rows are made of.

use anyhow::{Context, Result};
use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_RANGE, LOCATION};
use http::{HeaderValue, Method, StatusCode};

use crate::client::{Ask, Connection, Pieces, Reply};
use crate::content::Blob;
use crate::image::MANIFEST_TYPE;
use crate::row::Way;

/// What one PATCH of a chunked upload carries, in bytes.
const CHUNK_BYTES: usize = 8 << 20;

/// What is handed to the socket at once when the length is known, in bytes.
const PIECE_BYTES: usize = 1 << 20;

/// What is handed to the socket at once when it is not: docker copies in pieces of this size.
const STREAM_PIECE_BYTES: usize = 32 << 10;

const OCTETS: &str = "application/octet-stream";

/// Asks for a manifest as a client does that knows images and indexes.
pub(crate) fn ask_manifest(path: &str) -> Ask {
    const TYPES: &str = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, \
         application/vnd.docker.distribution.manifest.v2+json, \
         application/vnd.docker.distribution.manifest.list.v2+json";
    Ask::new(Method::GET, path).header(ACCEPT, HeaderValue::from_static(TYPES))
}

/// Gives the path of a blob.
pub(crate) fn blob_path(repository: &str, digest: &str) -> String {
    format!("/v2/{repository}/blobs/{digest}")
}

/// Gives the path of a manifest, by tag or by digest.
pub(crate) fn manifest_path(repository: &str, reference: &str) -> String {
    format!("/v2/{repository}/manifests/{reference}")
}

/// Uploads a blob as `way` says; the server must answer 201.
pub(crate) async fn push_blob(
    connection: &mut Connection,
    repository: &str,
    blob: &Blob,
    way: Way,
) -> Result<()> {
    let mut upload = begin(connection, repository).await?;
    match way {
        Way::Mono => {
            let body = Pieces::sized(blob.pieces(0, blob.len(), PIECE_BYTES));
            return finish(connection, &upload, &blob.digest, body).await;
        }
        Way::Patch => {
            let body = Pieces::streamed(blob.pieces(0, blob.len(), STREAM_PIECE_BYTES));
            let patch = Ask::new(Method::PATCH, upload).body(OCTETS, body);
            upload = location(&connection.call(patch, StatusCode::ACCEPTED).await?)?;
        }
        Way::Chunked => {
            for start in (0..blob.len()).step_by(CHUNK_BYTES) {
                let end = (start + CHUNK_BYTES).min(blob.len());
                let range = HeaderValue::from_str(&format!("{start}-{}", end - 1))?;
                let body = Pieces::sized(blob.pieces(start, end, PIECE_BYTES));
                let patch =
                    Ask::new(Method::PATCH, upload).header(CONTENT_RANGE, range).body(OCTETS, body);
                upload = location(&connection.call(patch, StatusCode::ACCEPTED).await?)?;
            }
        }
    }
    finish(connection, &upload, &blob.digest, Pieces::default()).await
}

/// Uploads a blob by POST and one PUT with all of its pieces; the server must answer 201.
pub(crate) async fn push_pieces(
    connection: &mut Connection,
    repository: &str,
    digest: &str,
    pieces: Vec<Bytes>,
) -> Result<()> {
    let upload = begin(connection, repository).await?;
    finish(connection, &upload, digest, Pieces::sized(pieces)).await
}

async fn begin(connection: &mut Connection, repository: &str) -> Result<String> {
    let start = Ask::new(Method::POST, format!("/v2/{repository}/blobs/uploads/"));
    location(&connection.call(start, StatusCode::ACCEPTED).await?)
}

async fn finish(
    connection: &mut Connection,
    upload: &str,
    digest: &str,
    body: Pieces,
) -> Result<()> {
    let joint = if upload.contains('?') { '&' } else { '?' };
    let put = Ask::new(Method::PUT, format!("{upload}{joint}digest={digest}")).body(OCTETS, body);
    connection.call(put, StatusCode::CREATED).await?;
    Ok(())
}

/// Stores a manifest under a tag or its digest; the server must answer 201.
pub(crate) async fn put_manifest(
    connection: &mut Connection,
    repository: &str,
    reference: &str,
    manifest: &Blob,
) -> Result<()> {
    let body = Pieces::sized(manifest.pieces(0, manifest.len(), PIECE_BYTES));
    let put = Ask::new(Method::PUT, manifest_path(repository, reference)).body(MANIFEST_TYPE, body);
    connection.call(put, StatusCode::CREATED).await?;
    Ok(())
}

/// Mounts a blob of one repository into another; the server must answer 201.
pub(crate) async fn mount(
    connection: &mut Connection,
    source: &str,
    target: &str,
    digest: &str,
) -> Result<()> {
    let path = format!("/v2/{target}/blobs/uploads/?mount={digest}&from={source}");
    connection.call(Ask::new(Method::POST, path), StatusCode::CREATED).await?;
    Ok(())
}

/// Finds where an upload goes on: path and query of `Location`, which may be absolute.
fn location(reply: &Reply) -> Result<String> {
    let value =
        reply.headers.get(LOCATION).context("the answer to an upload has no Location")?.to_str()?;
    Ok(path_of(value).to_owned())
}

fn path_of(location: &str) -> &str {
    let Some((_, rest)) = location.split_once("://") else { return location };
    rest.find('/').map_or("/", |slash| &rest[slash..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_followed_on_the_same_connection() {
        for (location, path) in [
            (
                "http://127.0.0.1:5000/v2/a/blobs/uploads/1?_state=x",
                "/v2/a/blobs/uploads/1?_state=x",
            ),
            ("/v2/a/blobs/uploads/1", "/v2/a/blobs/uploads/1"),
            ("http://host", "/"),
        ] {
            assert_eq!(path_of(location), path);
        }
    }
}
