-- Whether the index of a classic Helm repository lists the charts that lie below it as OCI artifacts.
ALTER TABLE registry ADD COLUMN has_oci_charts_in_index BIGINT NOT NULL DEFAULT 0
    CHECK (has_oci_charts_in_index IN (0, 1));

-- What an OCI artifact says of itself as a chart, beside its manifest: as long as that is there or can be restored. Whether
-- an index lists it depends on its tag, on locks and on the quarantine as they are when the index is read.
CREATE TABLE oci_chart (
    registry {text} NOT NULL,
    region {text} NOT NULL,
    repository {text} NOT NULL,
    manifest {text} NOT NULL,
    -- The repository whose index lists it.
    above {text} NOT NULL,
    -- That of the version; whether the tag is on the manifest is for the tag to say.
    tag {text} NOT NULL,
    name {text} NOT NULL,
    version {text} NOT NULL,
    digest {text} NOT NULL,
    size BIGINT NOT NULL,
    provenance {text},
    provenance_size BIGINT,
    metadata {text} NOT NULL,
    created_ms BIGINT NOT NULL,
    CHECK ((provenance IS NULL) = (provenance_size IS NULL)),
    PRIMARY KEY (registry, region, repository, manifest)
) {clustered};
CREATE INDEX oci_chart_above ON oci_chart (registry, region, above, repository, manifest);

-- The repository whose tag has changed, where that lies below the one whose index it is about.
ALTER TABLE chart_change ADD COLUMN below {text};
