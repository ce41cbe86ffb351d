-- Who may sign in to the management API, and to registries by roles.
CREATE TABLE identity (
    name_key {text} NOT NULL PRIMARY KEY,
    name {text} NOT NULL,
    client_id {text} NOT NULL UNIQUE,
    principal {text} NOT NULL UNIQUE,
    is_enabled BIGINT NOT NULL CHECK (is_enabled IN (0, 1)),
    created_ms BIGINT NOT NULL,
    created_by {text} NOT NULL,
    updated_ms BIGINT NOT NULL,
    updated_by {text} NOT NULL
);

-- Hashes of what identities sign in with.
CREATE TABLE identity_secret (
    principal {text} NOT NULL,
    id {text} NOT NULL,
    hash {text} NOT NULL,
    display_name {text},
    start_ms BIGINT NOT NULL,
    end_ms BIGINT,
    PRIMARY KEY (principal, id)
) {clustered};

-- Who has which role where. `registry` is the one that the scope is, if it is one: what is given on it ends with it.
CREATE TABLE role_assignment (
    id {text} NOT NULL PRIMARY KEY,
    principal {text} NOT NULL,
    principal_type {text} NOT NULL,
    role {text} NOT NULL,
    scope {text} NOT NULL,
    scope_key {text} NOT NULL,
    registry {text},
    created_ms BIGINT NOT NULL,
    created_by {text} NOT NULL,
    UNIQUE (principal, scope_key, role)
);
CREATE INDEX role_assignment_by_scope ON role_assignment (scope_key, id);
CREATE INDEX role_assignment_by_registry ON role_assignment (registry) WHERE registry IS NOT NULL;

-- What the tokens of the authority are signed with, sealed with a key that is not in the database.
CREATE TABLE signing_key (
    id {text} NOT NULL PRIMARY KEY,
    sealed {bytes} NOT NULL,
    begins_ms BIGINT NOT NULL,
    ends_ms BIGINT
);

-- Who changed what, written in the transaction of the change.
CREATE TABLE audit (
    id {text} NOT NULL PRIMARY KEY,
    at_ms BIGINT NOT NULL,
    caller {text} NOT NULL,
    action {text} NOT NULL,
    resource {text} NOT NULL,
    request {text} NOT NULL,
    details {text} NOT NULL
);

-- The management identity was a secret of a registry. The youngest is the one that `credentials.json` has.
INSERT INTO identity (name_key, name, client_id, principal, is_enabled, created_ms, created_by, updated_ms, updated_by)
    SELECT 'management', 'management', 'b0a70001-0000-4000-8000-000000000003', 'b0a70001-0000-4000-8000-000000000004', 1,
           MIN(created_ms), 'boathook', MIN(created_ms), 'boathook'
    FROM secret WHERE owner = 'b0a70001-0000-4000-8000-000000000003' HAVING 0 < COUNT(*);
INSERT INTO identity_secret (principal, id, hash, display_name, start_ms, end_ms)
    SELECT 'b0a70001-0000-4000-8000-000000000004', 'b0a70001-0000-4000-8000-000000000005', secret.hash, NULL,
           secret.created_ms, NULL
    FROM secret WHERE secret.owner = 'b0a70001-0000-4000-8000-000000000003' AND NOT EXISTS (
        SELECT 1 FROM secret AS later WHERE later.owner = secret.owner AND
            (secret.created_ms < later.created_ms OR
             secret.created_ms = later.created_ms AND secret.registry < later.registry));
INSERT INTO role_assignment (id, principal, principal_type, role, scope, scope_key, registry, created_ms, created_by)
    SELECT 'b0a70001-0000-4000-8000-000000000006', principal, 'ServicePrincipal', '8e3af657-a8ff-443c-a75c-2fe8c4bcb635',
           '/subscriptions/b0a70001-0000-4000-8000-000000000001', '/subscriptions/b0a70001-0000-4000-8000-000000000001',
           NULL, created_ms, created_by
    FROM identity;
DELETE FROM secret WHERE owner = 'b0a70001-0000-4000-8000-000000000003';
