//! Charts for the classic Helm repository.

use anyhow::Result;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{Method, StatusCode};

use crate::client::{Ask, Connection, Pieces};

/// Name of the chart of which there are many versions.
const NAME: &str = "bench";

/// Gives the path of the version of a turn.
pub(crate) fn path(repository: &str, turn: u64) -> String {
    format!("/helm/v1/{repository}/_blobs/{NAME}-{}.tgz", version(turn))
}

/// Uploads the version of a turn.
pub(crate) async fn push(connection: &mut Connection, repository: &str, turn: u64) -> Result<()> {
    let body = Pieces::sized(vec![archive(&version(turn))?]);
    let put = Ask::new(Method::PUT, path(repository, turn)).body("application/octet-stream", body);
    connection.call(put, StatusCode::CREATED).await?;
    Ok(())
}

fn version(turn: u64) -> String {
    format!("1.{}.{}", turn / 100, turn % 100)
}

/// Packs a version as `helm package` does.
fn archive(version: &str) -> Result<Bytes> {
    let yaml = format!(
        "apiVersion: v2\nname: {NAME}\nversion: {version}\nappVersion: \"{version}\"\ntype: application\n\
         description: A chart that is only there to be listed\nhome: https://charts.example/{NAME}\n\
         keywords: [bench, list]\nmaintainers:\n- name: Somebody\n  email: somebody@charts.example\n"
    );
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    let mut header = tar::Header::new_gnu();
    header.set_size(yaml.len() as u64);
    header.set_mode(0o644);
    tar.append_data(&mut header, format!("{NAME}/Chart.yaml"), yaml.as_bytes())?;
    Ok(tar.into_inner()?.finish()?.into())
}
