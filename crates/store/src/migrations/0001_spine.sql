-- Registries as ARM knows them.
CREATE TABLE registry (
    name {text} NOT NULL PRIMARY KEY,
    resource_group {text} NOT NULL,
    location {text} NOT NULL,
    sku {text} NOT NULL,
    created_ms BIGINT NOT NULL
);

-- Hashes of the secrets that somebody may sign in with: a registry's admin user, or an identity of the management API.
CREATE TABLE secret (
    registry {text} NOT NULL,
    owner {text} NOT NULL,
    slot BIGINT NOT NULL,
    hash {text} NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (registry, owner, slot)
) {clustered};

CREATE TABLE repository (
    registry {text} NOT NULL,
    region {text} NOT NULL,
    name {text} NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (registry, region, name)
) {clustered};

-- Bytes that are there: in the row if they are few, else in a file named by the digest.
CREATE TABLE blob (
    registry {text} NOT NULL,
    region {text} NOT NULL,
    digest {text} NOT NULL,
    size BIGINT NOT NULL,
    bytes {bytes},
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (registry, region, digest)
);

-- Which repositories may show a blob.
CREATE TABLE repository_blob (
    registry {text} NOT NULL,
    region {text} NOT NULL,
    repository {text} NOT NULL,
    digest {text} NOT NULL,
    linked_ms BIGINT NOT NULL,
    PRIMARY KEY (registry, region, repository, digest)
) {clustered};
CREATE INDEX repository_blob_by_digest ON repository_blob (registry, region, digest, repository);

CREATE TABLE manifest (
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
    PRIMARY KEY (registry, region, repository, digest)
);
CREATE INDEX manifest_by_subject ON manifest (registry, region, repository, subject, digest) WHERE subject IS NOT NULL;

-- What a manifest cannot do without: blobs and other manifests of its repository.
CREATE TABLE manifest_reference (
    registry {text} NOT NULL,
    region {text} NOT NULL,
    repository {text} NOT NULL,
    child {text} NOT NULL,
    parent {text} NOT NULL,
    PRIMARY KEY (registry, region, repository, child, parent)
) {clustered};

CREATE TABLE tag (
    registry {text} NOT NULL,
    region {text} NOT NULL,
    repository {text} NOT NULL,
    name {text} NOT NULL,
    digest {text} NOT NULL,
    created_ms BIGINT NOT NULL,
    updated_ms BIGINT NOT NULL,
    PRIMARY KEY (registry, region, repository, name)
) {clustered};
CREATE INDEX tag_by_digest ON tag (registry, region, repository, digest, name);

CREATE TABLE webhook (
    registry {text} NOT NULL,
    name_key {text} NOT NULL,
    id {text} NOT NULL UNIQUE,
    name {text} NOT NULL,
    region {text} NOT NULL,
    -- The service URI and the custom headers, sealed with a key that is not in the database.
    target {bytes} NOT NULL,
    actions {text} NOT NULL,
    scope {text} NOT NULL,
    is_enabled BIGINT NOT NULL CHECK (is_enabled IN (0, 1)),
    tags {text} NOT NULL,
    paused_ms BIGINT,
    paused_reason {text},
    created_ms BIGINT NOT NULL,
    created_by {text} NOT NULL,
    updated_ms BIGINT NOT NULL,
    updated_by {text} NOT NULL,
    CHECK ((paused_ms IS NULL) = (paused_reason IS NULL)),
    PRIMARY KEY (registry, name_key)
);

-- Counts changes, so that whoever keeps a copy knows when it is stale.
CREATE TABLE revision (
    subject {text} NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL
);
INSERT INTO revision (subject, number) VALUES ('webhook', 1);

-- What happened, written in the transaction in which it happened. `dispatched_ms` says that its deliveries are made.
CREATE TABLE event (
    id {text} NOT NULL PRIMARY KEY,
    registry {text} NOT NULL,
    region {text} NOT NULL,
    action {text} NOT NULL,
    repository {text},
    tags {text} NOT NULL,
    body {bytes} NOT NULL,
    occurred_ms BIGINT NOT NULL,
    dispatched_ms BIGINT
);
CREATE INDEX event_undispatched ON event (id) WHERE dispatched_ms IS NULL;

-- One event on its way to one webhook. A lease moves `due_ms` to where it runs out, so that there is one kind of due.
CREATE TABLE delivery (
    webhook {text} NOT NULL,
    event {text} NOT NULL,
    registry {text} NOT NULL,
    region {text} NOT NULL,
    kind {text} NOT NULL CHECK (kind IN ('event', 'ping')),
    state {text} NOT NULL CHECK (state IN ('pending', 'delivered', 'dead', 'cancelled')),
    attempts BIGINT NOT NULL,
    due_ms BIGINT NOT NULL,
    lease {text},
    limit_ms BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    finished_ms BIGINT,
    CHECK ((finished_ms IS NULL) = (state = 'pending')),
    CHECK (lease IS NULL OR state = 'pending'),
    PRIMARY KEY (webhook, event, region)
) {clustered};
CREATE INDEX delivery_pending ON delivery (webhook, due_ms, event) WHERE state = 'pending';
-- Which event is the oldest that somebody waits for.
CREATE INDEX delivery_oldest ON delivery (event) WHERE state = 'pending';

-- What came of each try. The request is sealed, since a service URI may hold a secret anywhere.
CREATE TABLE attempt (
    webhook {text} NOT NULL,
    event {text} NOT NULL,
    region {text} NOT NULL,
    number BIGINT NOT NULL,
    started_ms BIGINT NOT NULL,
    duration_ms BIGINT NOT NULL,
    request {bytes} NOT NULL,
    status BIGINT,
    reason {text},
    version {text},
    headers {text},
    body {bytes},
    error_class {text},
    error {text},
    CHECK ((status IS NULL) = (body IS NULL)),
    PRIMARY KEY (webhook, event, region, number)
) {clustered};
