-- Who is signed in to the portal. The id is a hash of what the browser holds, so that nobody signs in with a copy of this.
CREATE TABLE session (
    id {text} NOT NULL PRIMARY KEY,
    principal {text} NOT NULL,
    -- The values by which an identity provider's token gave roles, a JSON array.
    roles {text} NOT NULL,
    agent {text} NOT NULL,
    created_ms BIGINT NOT NULL,
    used_ms BIGINT NOT NULL,
    ends_ms BIGINT NOT NULL
);
CREATE INDEX session_principal ON session (principal, created_ms);
CREATE INDEX session_ends ON session (ends_ms);
