-- Manifests that were deleted and can be restored: all that is known of one that is there. What they refer to stays in
-- `manifest_reference`, which keeps it from going.
CREATE TABLE deleted_manifest (
    registry {text} NOT NULL,
    region {text} NOT NULL,
    repository {text} NOT NULL,
    digest {text} NOT NULL,
    media_type {text} NOT NULL,
    artifact_type {text},
    subject {text},
    annotations {text},
    size BIGINT NOT NULL,
    bytes {bytes} NOT NULL,
    created_ms BIGINT NOT NULL,
    is_delete_enabled BIGINT NOT NULL,
    is_write_enabled BIGINT NOT NULL,
    is_read_enabled BIGINT NOT NULL,
    is_list_enabled BIGINT NOT NULL,
    updated_ms BIGINT NOT NULL,
    image_size BIGINT NOT NULL,
    config_media_type {text},
    architecture {text},
    os {text},
    platforms {text},
    quarantine_state {text},
    quarantine_details {text},
    deleted_ms BIGINT NOT NULL,
    PRIMARY KEY (registry, region, repository, digest)
);
CREATE INDEX deleted_manifest_by_age ON deleted_manifest (registry, deleted_ms, region, repository, digest);

-- Tags that were deleted, each with the manifest that it was on. That one may be there, or deleted as well.
CREATE TABLE deleted_tag (
    registry {text} NOT NULL,
    region {text} NOT NULL,
    repository {text} NOT NULL,
    name {text} NOT NULL,
    digest {text} NOT NULL,
    deleted_ms BIGINT NOT NULL,
    PRIMARY KEY (registry, region, repository, digest, name)
) {clustered};
CREATE INDEX deleted_tag_by_name ON deleted_tag (registry, region, repository, name, deleted_ms, digest);
CREATE INDEX deleted_tag_by_age ON deleted_tag (registry, deleted_ms, region, repository, digest, name);
