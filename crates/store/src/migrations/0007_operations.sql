-- What takes longer than its request. What is under way has no end; what has failed says why.
CREATE TABLE operation (
    id {text} NOT NULL PRIMARY KEY,
    registry {text} NOT NULL,
    kind {text} NOT NULL,
    -- The resource of the registry that it changes; nothing where that is the registry itself.
    child {text},
    -- What is to be done, in the words of the kind.
    command {text} NOT NULL,
    -- Whoever goes on with it does so until then.
    lease_ms BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    ended_ms BIGINT,
    error_code {text},
    error_message {text},
    CHECK ((error_code IS NULL) = (error_message IS NULL))
);

CREATE INDEX operation_open ON operation (lease_ms) WHERE ended_ms IS NULL;
CREATE INDEX operation_open_of ON operation (registry) WHERE ended_ms IS NULL;
CREATE INDEX operation_ended ON operation (ended_ms);
