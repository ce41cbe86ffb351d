-- How much went through a registry, by the hour.
CREATE TABLE traffic (
    registry {text} NOT NULL,
    region {text} NOT NULL,
    kind {text} NOT NULL CHECK (kind IN ('push', 'pull', 'delivery')),
    hour_ms BIGINT NOT NULL,
    count BIGINT NOT NULL,
    last_ms BIGINT NOT NULL,
    PRIMARY KEY (registry, kind, hour_ms, region)
) {clustered};
CREATE INDEX traffic_by_hour ON traffic (hour_ms, registry, kind, region);
