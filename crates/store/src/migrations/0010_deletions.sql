-- A group that is gone, and whose registries are still being worked off.
ALTER TABLE resource_group ADD COLUMN deleting_ms BIGINT;

-- What a registry has is found by its name when it goes. An operation that ends a registry is nobody's: its registry is
-- the empty name.
CREATE INDEX operation_of ON operation (registry, id);
DROP INDEX role_assignment_by_registry;
CREATE INDEX role_assignment_by_registry ON role_assignment (registry, id) WHERE registry IS NOT NULL;

-- Default registries that somebody has deleted: no start makes them again.
CREATE TABLE forgone (
    name {text} NOT NULL PRIMARY KEY
);

-- What was sealed with the first key that the database has seen. It was a secret of a registry, which may go.
CREATE TABLE seal_proof (
    number BIGINT NOT NULL PRIMARY KEY,
    proof {text} NOT NULL
);
INSERT INTO seal_proof (number, proof)
    SELECT 1, hash FROM secret WHERE owner = 'seal.key' ORDER BY created_ms, registry LIMIT 1;
DELETE FROM secret WHERE owner = 'seal.key';
