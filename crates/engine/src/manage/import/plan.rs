//! What an image from elsewhere needs, and how much of it may be needed: nobody here has seen it yet.

use boathook_core::digest::Digest;
use boathook_core::manifest::Reference;
use std::collections::HashMap;

/// How many manifests an image from elsewhere may have, those of its indexes counted.
pub(crate) const MANIFESTS_MAX: usize = 1_000;
/// How large they may be together, in bytes: they are in memory until all their blobs are here.
pub(crate) const MANIFESTS_BYTES_MAX: usize = 64 * 1024 * 1024;
/// How many indexes may lie within each other.
pub(crate) const DEPTH_MAX: usize = 4;
/// How many blobs such an image may have.
pub(crate) const BLOBS_MAX: usize = 20_000;
/// How large they may be together, in bytes.
pub(crate) const IMAGE_BYTES_MAX: u64 = 1024 * 1024 * 1024 * 1024;

/// What an image needs.
#[derive(Debug, Default)]
pub(super) struct Plan {
    manifests: HashMap<Digest, u64>,
    manifests_bytes: usize,
    sizes: HashMap<Digest, u64>,
    /// Every blob once, in the order in which manifests name them.
    pub(super) blobs: Vec<(Digest, u64)>,
    /// How large they are together.
    pub(super) bytes: u64,
}

/// Why an image is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Excess {
    #[error("an image from another server has at most {MANIFESTS_MAX} manifests")]
    Manifests,
    #[error(
        "the manifests of an image from another server have at most {MANIFESTS_BYTES_MAX} bytes together"
    )]
    ManifestsBytes,
    #[error("at most {DEPTH_MAX} indexes of an image from another server lie within each other")]
    Depth,
    #[error("an image from another server has at most {BLOBS_MAX} blobs")]
    Blobs,
    #[error("an image from another server has at most {IMAGE_BYTES_MAX} bytes")]
    Bytes,
    #[error("the image's manifests disagree about the size of `{0}`")]
    Sizes(Digest),
}

impl Plan {
    /// Notes a manifest that is referred to, `depth` indexes above it; `false` where it was before.
    pub(super) fn manifest(
        &mut self,
        digest: &Digest,
        size: u64,
        depth: usize,
    ) -> Result<bool, Excess> {
        if DEPTH_MAX < depth {
            return Err(Excess::Depth);
        }
        match self.manifests.get(digest) {
            Some(&known) if known != size => return Err(Excess::Sizes(digest.clone())),
            Some(_) => return Ok(false),
            None => (),
        }
        if self.manifests.len() == MANIFESTS_MAX {
            return Err(Excess::Manifests);
        }
        self.manifests.insert(digest.clone(), size);
        Ok(true)
    }

    /// Notes the bytes of a manifest that came.
    pub(super) fn came(&mut self, bytes: usize) -> Result<(), Excess> {
        self.manifests_bytes += bytes;
        if MANIFESTS_BYTES_MAX < self.manifests_bytes {
            return Err(Excess::ManifestsBytes);
        }
        Ok(())
    }

    /// Notes a blob that is referred to.
    pub(super) fn blob(&mut self, blob: &Reference) -> Result<(), Excess> {
        match self.sizes.get(&blob.digest) {
            Some(&known) if known != blob.size => return Err(Excess::Sizes(blob.digest.clone())),
            Some(_) => return Ok(()),
            None => (),
        }
        if self.blobs.len() == BLOBS_MAX {
            return Err(Excess::Blobs);
        }
        let bytes = self.bytes.checked_add(blob.size).filter(|bytes| *bytes <= IMAGE_BYTES_MAX);
        self.bytes = bytes.ok_or(Excess::Bytes)?;
        self.sizes.insert(blob.digest.clone(), blob.size);
        self.blobs.push((blob.digest.clone(), blob.size));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use boathook_core::manifest::ReferenceKind;

    fn digest(number: usize) -> Digest {
        format!("sha256:{number:064}").parse().unwrap()
    }

    fn blob(number: usize, size: u64) -> Reference {
        Reference { kind: ReferenceKind::Blob, digest: digest(number), size }
    }

    #[test]
    fn there_are_as_many_manifests_as_may_be_and_no_more() {
        let mut plan = Plan::default();
        for number in 0..MANIFESTS_MAX {
            assert_eq!(plan.manifest(&digest(number), 2, 0), Ok(true));
        }
        assert_eq!(plan.manifest(&digest(0), 2, 1), Ok(false));
        assert_eq!(plan.manifest(&digest(0), 3, 0), Err(Excess::Sizes(digest(0))));
        assert_eq!(plan.manifest(&digest(MANIFESTS_MAX), 2, 0), Err(Excess::Manifests));
        assert_eq!(plan.came(MANIFESTS_BYTES_MAX), Ok(()));
        assert_eq!(plan.came(1), Err(Excess::ManifestsBytes));
    }

    #[test]
    fn indexes_lie_within_each_other_as_deep_as_they_may() {
        let mut plan = Plan::default();
        assert_eq!(plan.manifest(&digest(0), 2, DEPTH_MAX), Ok(true));
        assert_eq!(plan.manifest(&digest(1), 2, DEPTH_MAX + 1), Err(Excess::Depth));
    }

    #[test]
    fn there_are_as_many_blobs_and_bytes_as_may_be_and_no_more() {
        let mut plan = Plan::default();
        for number in 0..BLOBS_MAX {
            assert_eq!(plan.blob(&blob(number, 1)), Ok(()));
        }
        assert_eq!(plan.blob(&blob(0, 1)), Ok(()), "it is counted once");
        assert_eq!(plan.blob(&blob(0, 2)), Err(Excess::Sizes(digest(0))));
        assert_eq!(plan.blob(&blob(BLOBS_MAX, 1)), Err(Excess::Blobs));
        assert_eq!((plan.blobs.len(), plan.bytes), (BLOBS_MAX, BLOBS_MAX as u64));

        let mut plan = Plan::default();
        assert_eq!(plan.blob(&blob(0, IMAGE_BYTES_MAX)), Ok(()));
        assert_eq!(plan.blob(&blob(1, 0)), Ok(()));
        assert_eq!(plan.blob(&blob(2, 1)), Err(Excess::Bytes));
        assert_eq!(plan.blob(&blob(3, u64::MAX)), Err(Excess::Bytes));
    }
}
