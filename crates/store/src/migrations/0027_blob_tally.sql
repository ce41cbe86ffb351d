-- How many bytes the blobs of a place have: the sum of a few rows, so that those who push at the same time do not wait for
-- one row.
CREATE TABLE blob_tally (
    registry {text} NOT NULL,
    region {text} NOT NULL,
    shard BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    PRIMARY KEY (registry, region, shard)
) {clustered};
INSERT INTO blob_tally (registry, region, shard, bytes)
    SELECT registry, region, 0, SUM(size) FROM blob GROUP BY registry, region;
