-- What tokens may do, by name. The maps that every registry has are not here.
CREATE TABLE scope_map (
    registry {text} NOT NULL,
    name_key {text} NOT NULL,
    name {text} NOT NULL,
    description {text},
    -- Words with blanks between.
    actions {text} NOT NULL,
    created_ms BIGINT NOT NULL,
    created_by {text} NOT NULL,
    updated_ms BIGINT NOT NULL,
    updated_by {text} NOT NULL,
    PRIMARY KEY (registry, name_key)
);

-- Users of one registry. What one may do is said by its scope map, which may be gone: then it may do nothing.
CREATE TABLE registry_token (
    registry {text} NOT NULL,
    name_key {text} NOT NULL,
    name {text} NOT NULL,
    scope_map_key {text} NOT NULL,
    scope_map {text} NOT NULL,
    is_enabled BIGINT NOT NULL CHECK (is_enabled IN (0, 1)),
    password1_hash {text},
    password1_created_ms BIGINT,
    password1_expires_ms BIGINT,
    password2_hash {text},
    password2_created_ms BIGINT,
    password2_expires_ms BIGINT,
    created_ms BIGINT NOT NULL,
    created_by {text} NOT NULL,
    updated_ms BIGINT NOT NULL,
    updated_by {text} NOT NULL,
    CHECK ((password1_hash IS NULL) = (password1_created_ms IS NULL)),
    CHECK ((password2_hash IS NULL) = (password2_created_ms IS NULL)),
    PRIMARY KEY (registry, name_key)
);
