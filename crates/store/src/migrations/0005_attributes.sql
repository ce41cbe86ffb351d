-- What may be done with repositories, manifests and tags, whoever asks.
ALTER TABLE repository ADD COLUMN is_delete_enabled BIGINT NOT NULL DEFAULT 1 CHECK (is_delete_enabled IN (0, 1));
ALTER TABLE repository ADD COLUMN is_write_enabled BIGINT NOT NULL DEFAULT 1 CHECK (is_write_enabled IN (0, 1));
ALTER TABLE repository ADD COLUMN is_read_enabled BIGINT NOT NULL DEFAULT 1 CHECK (is_read_enabled IN (0, 1));
ALTER TABLE repository ADD COLUMN is_list_enabled BIGINT NOT NULL DEFAULT 1 CHECK (is_list_enabled IN (0, 1));
ALTER TABLE manifest ADD COLUMN is_delete_enabled BIGINT NOT NULL DEFAULT 1 CHECK (is_delete_enabled IN (0, 1));
ALTER TABLE manifest ADD COLUMN is_write_enabled BIGINT NOT NULL DEFAULT 1 CHECK (is_write_enabled IN (0, 1));
ALTER TABLE manifest ADD COLUMN is_read_enabled BIGINT NOT NULL DEFAULT 1 CHECK (is_read_enabled IN (0, 1));
ALTER TABLE manifest ADD COLUMN is_list_enabled BIGINT NOT NULL DEFAULT 1 CHECK (is_list_enabled IN (0, 1));
ALTER TABLE tag ADD COLUMN is_delete_enabled BIGINT NOT NULL DEFAULT 1 CHECK (is_delete_enabled IN (0, 1));
ALTER TABLE tag ADD COLUMN is_write_enabled BIGINT NOT NULL DEFAULT 1 CHECK (is_write_enabled IN (0, 1));
ALTER TABLE tag ADD COLUMN is_read_enabled BIGINT NOT NULL DEFAULT 1 CHECK (is_read_enabled IN (0, 1));
ALTER TABLE tag ADD COLUMN is_list_enabled BIGINT NOT NULL DEFAULT 1 CHECK (is_list_enabled IN (0, 1));

-- What lists show of a manifest without reading it again. `platforms` is JSON: what an index says of its manifests.
ALTER TABLE manifest ADD COLUMN updated_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE manifest ADD COLUMN image_size BIGINT NOT NULL DEFAULT 0;
ALTER TABLE manifest ADD COLUMN config_media_type {text};
ALTER TABLE manifest ADD COLUMN architecture {text};
ALTER TABLE manifest ADD COLUMN os {text};
ALTER TABLE manifest ADD COLUMN platforms {text};
UPDATE manifest SET updated_ms = created_ms, image_size = size;

-- Lists in the order of time, of what lists show.
CREATE INDEX manifest_by_time ON manifest (registry, region, repository, is_list_enabled, updated_ms, digest);
CREATE INDEX tag_by_time ON tag (registry, region, repository, is_list_enabled, updated_ms, name);

-- What keeps a repository from being deleted.
CREATE INDEX manifest_locked ON manifest (registry, region, repository)
    WHERE is_delete_enabled = 0 OR is_write_enabled = 0;
CREATE INDEX tag_locked ON tag (registry, region, repository)
    WHERE is_delete_enabled = 0 OR is_write_enabled = 0;

-- How much a repository has, and when anything in it last changed: the sums and the latest of a few rows, so that those
-- who push to one repository at the same time do not wait for one row.
CREATE TABLE repository_tally (
    registry {text} NOT NULL,
    region {text} NOT NULL,
    repository {text} NOT NULL,
    shard BIGINT NOT NULL,
    manifest_count BIGINT NOT NULL,
    tag_count BIGINT NOT NULL,
    changed_ms BIGINT NOT NULL,
    PRIMARY KEY (registry, region, repository, shard)
) {clustered};
INSERT INTO repository_tally (registry, region, repository, shard, manifest_count, tag_count, changed_ms)
    SELECT registry, region, repository, 0, SUM(manifests), SUM(tags), MAX(at_ms)
    FROM (SELECT registry, region, repository, 1 AS manifests, 0 AS tags, created_ms AS at_ms FROM manifest
          UNION ALL
          SELECT registry, region, repository, 0, 1, updated_ms FROM tag) counted
    GROUP BY registry, region, repository;
