-- Charts of the classic Helm repository: what its index says of each version. A version is a manifest with one tag, and
-- its row is written and removed with it. One that was deleted and can be restored has `deleted_ms`.
CREATE TABLE chart (
    registry {text} NOT NULL,
    region {text} NOT NULL,
    repository {text} NOT NULL,
    manifest {text} NOT NULL,
    tag {text} NOT NULL,
    name {text} NOT NULL,
    version {text} NOT NULL,
    -- The archive, and the provenance where there is one.
    digest {text} NOT NULL,
    size BIGINT NOT NULL,
    provenance {text},
    provenance_size BIGINT,
    -- What the chart says of itself, as JSON.
    metadata {text} NOT NULL,
    created_ms BIGINT NOT NULL,
    deleted_ms BIGINT,
    CHECK ((provenance IS NULL) = (provenance_size IS NULL)),
    PRIMARY KEY (registry, region, repository, manifest)
) {clustered};
CREATE UNIQUE INDEX chart_by_tag ON chart (registry, region, repository, tag) WHERE deleted_ms IS NULL;
CREATE INDEX chart_by_name ON chart (registry, region, repository, name, tag) WHERE deleted_ms IS NULL;

-- Counts the changes of a repository's charts. A repository that is made anew has another generation.
CREATE TABLE chart_index (
    registry {text} NOT NULL,
    region {text} NOT NULL,
    repository {text} NOT NULL,
    generation {text} NOT NULL,
    revision BIGINT NOT NULL,
    changed_ms BIGINT NOT NULL,
    PRIMARY KEY (registry, region, repository)
) {clustered};

-- Which tag each of the last changes was about.
CREATE TABLE chart_change (
    registry {text} NOT NULL,
    region {text} NOT NULL,
    repository {text} NOT NULL,
    revision BIGINT NOT NULL,
    tag {text} NOT NULL,
    PRIMARY KEY (registry, region, repository, revision)
) {clustered};
