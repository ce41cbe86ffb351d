//! The media types of manifests, and what each means for us.

/// OCI image manifest.
pub const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// OCI image index.
pub const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// The artifact manifest of OCI 1.1's release candidates, which some clients still send.
pub const OCI_ARTIFACT: &str = "application/vnd.oci.artifact.manifest.v1+json";
/// Docker image manifest, schema 2.
pub const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
/// Docker manifest list.
pub const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
/// A chart of the classic Helm repository; its manifest is written by the registry and by nobody else.
pub const HELM_CHART: &str = "application/vnd.acr.helm.chart";
/// What a chart says of itself, as JSON: the configuration of its manifest.
pub const HELM_CONFIG: &str = "application/vnd.cncf.helm.config.v1+json";
/// The archive of a chart.
pub const HELM_ARCHIVE: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
/// The provenance of a chart.
pub const HELM_PROVENANCE: &str = "application/vnd.cncf.helm.chart.provenance.v1.prov";
/// The configuration of a manifest that has none.
pub const OCI_EMPTY: &str = "application/vnd.oci.empty.v1+json";

/// The shape of a manifest, as its media type says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ManifestKind {
    /// A configuration and layers.
    Image,
    /// A list of manifests.
    Index,
    /// Blobs alone.
    Artifact,
}

/// Why a media type is no manifest's.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum NotAManifest {
    /// Docker's first format, which cannot be verified by digest.
    #[error(
        "docker schema 1 manifests (`{0}`) are not accepted: push with a client that makes docker schema 2 or OCI images"
    )]
    DockerSchema1(String),
    /// A chart of the classic Helm repository, which is no client's to write.
    #[error(
        "the manifest of a chart (`{HELM_CHART}`) is written by the registry: push the chart to `/helm/v1/`"
    )]
    Chart,
    /// A media type that we do not know how to read.
    #[error("`{0}` is not the media type of a manifest that this registry knows")]
    Unknown(String),
}

impl ManifestKind {
    /// Reads a media type without its parameters.
    pub fn from_media_type(media_type: &str) -> Result<Self, NotAManifest> {
        match media_type {
            OCI_MANIFEST | DOCKER_MANIFEST | HELM_CHART => Ok(Self::Image),
            OCI_INDEX | DOCKER_LIST => Ok(Self::Index),
            OCI_ARTIFACT => Ok(Self::Artifact),
            "application/vnd.docker.distribution.manifest.v1+json"
            | "application/vnd.docker.distribution.manifest.v1+prettyjws" => {
                Err(NotAManifest::DockerSchema1(media_type.to_owned()))
            }
            _ => Err(NotAManifest::Unknown(media_type.to_owned())),
        }
    }
}

/// Says whether layers of this type stay where they are and need not be pushed.
pub fn is_non_distributable(media_type: &str) -> bool {
    media_type.starts_with("application/vnd.oci.image.layer.nondistributable.v1.tar")
        || media_type == "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
}
