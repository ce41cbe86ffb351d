-- The regions that a registry is in beside its home.
CREATE TABLE replication (
    registry {text} NOT NULL,
    name_key {text} NOT NULL,
    name {text} NOT NULL,
    region {text} NOT NULL,
    is_endpoint_enabled BIGINT NOT NULL CHECK (is_endpoint_enabled IN (0, 1)),
    is_zone_redundant BIGINT NOT NULL CHECK (is_zone_redundant IN (0, 1)),
    -- A JSON object of texts.
    tags {text} NOT NULL,
    created_ms BIGINT NOT NULL,
    created_by {text} NOT NULL,
    updated_ms BIGINT NOT NULL,
    updated_by {text} NOT NULL,
    PRIMARY KEY (registry, name_key),
    UNIQUE (registry, region)
);
