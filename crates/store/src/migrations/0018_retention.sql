-- Since when the retention of untagged manifests has been enabled: what lost its tag before stays.
ALTER TABLE registry ADD COLUMN retention_since_ms BIGINT NOT NULL DEFAULT 0;

-- What retention has to look at (`store/src/content/retention.rs`): manifests that had no tag when the row was made, while
-- the registry's policy was enabled. A row whose manifest is gone stands for those that are about it: the next to be noted
-- are the ones after `referrers_after`.
CREATE TABLE untagged (
    registry {text} NOT NULL,
    region {text} NOT NULL,
    repository {text} NOT NULL,
    digest {text} NOT NULL,
    since_ms BIGINT NOT NULL,
    due_ms BIGINT NOT NULL,
    referrers_after {text} NOT NULL,
    PRIMARY KEY (registry, region, repository, digest)
) {clustered};
CREATE INDEX untagged_due ON untagged (due_ms, registry, region, repository, digest);
