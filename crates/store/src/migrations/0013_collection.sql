-- Content that nobody needs any more goes (`store/src/collection.rs`). Since when no manifest of the repository is known to
-- need a blob; nothing where one does. Each link that there is gets looked at once.
ALTER TABLE repository_blob ADD COLUMN idle_ms BIGINT;
UPDATE repository_blob SET idle_ms = linked_ms;
CREATE INDEX repository_blob_idle ON repository_blob (registry, region, idle_ms, repository, digest)
    WHERE idle_ms IS NOT NULL;

-- Since when no repository has the blob.
ALTER TABLE blob ADD COLUMN doomed_ms BIGINT;
UPDATE blob SET doomed_ms = created_ms WHERE NOT EXISTS (
    SELECT 1 FROM repository_blob l
    WHERE l.registry = blob.registry AND l.region = blob.region AND l.digest = blob.digest);
CREATE INDEX blob_doomed ON blob (registry, region, doomed_ms, digest) WHERE doomed_ms IS NOT NULL;

-- The last collection in each place, under way or ended, and what it has removed. Whoever does it has it until the lease
-- runs out.
CREATE TABLE collection (
    registry {text} NOT NULL,
    region {text} NOT NULL,
    lease_ms BIGINT NOT NULL,
    started_ms BIGINT NOT NULL,
    ended_ms BIGINT,
    link_count BIGINT NOT NULL,
    blob_count BIGINT NOT NULL,
    blob_bytes BIGINT NOT NULL,
    PRIMARY KEY (registry, region)
) {clustered};
