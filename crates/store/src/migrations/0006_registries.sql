-- What the management API shows of a registry and sets. `deleting_ms` says that it is gone, and that what it held is still
-- being worked off.
ALTER TABLE registry ADD COLUMN label {text} NOT NULL DEFAULT '';
ALTER TABLE registry ADD COLUMN group_key {text} NOT NULL DEFAULT '';
ALTER TABLE registry ADD COLUMN tags {text} NOT NULL DEFAULT '{}';
ALTER TABLE registry ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;
ALTER TABLE registry ADD COLUMN created_by {text} NOT NULL DEFAULT 'boathook';
ALTER TABLE registry ADD COLUMN updated_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE registry ADD COLUMN updated_by {text} NOT NULL DEFAULT 'boathook';
ALTER TABLE registry ADD COLUMN has_admin_user BIGINT NOT NULL DEFAULT 0;
ALTER TABLE registry ADD COLUMN has_anonymous_pull BIGINT NOT NULL DEFAULT 0;
ALTER TABLE registry ADD COLUMN has_data_endpoint BIGINT NOT NULL DEFAULT 0;
ALTER TABLE registry ADD COLUMN has_regional_endpoints BIGINT NOT NULL DEFAULT 0;
ALTER TABLE registry ADD COLUMN has_public_access BIGINT NOT NULL DEFAULT 1;
ALTER TABLE registry ADD COLUMN is_zone_redundant BIGINT NOT NULL DEFAULT 0;
ALTER TABLE registry ADD COLUMN network_bypass {text} NOT NULL DEFAULT 'AzureServices';
ALTER TABLE registry ADD COLUMN may_tasks_bypass BIGINT NOT NULL DEFAULT 0;
ALTER TABLE registry ADD COLUMN quarantine {text} NOT NULL DEFAULT 'disabled';
ALTER TABLE registry ADD COLUMN trust {text} NOT NULL DEFAULT 'disabled';
ALTER TABLE registry ADD COLUMN retention {text} NOT NULL DEFAULT 'disabled';
ALTER TABLE registry ADD COLUMN retention_days BIGINT NOT NULL DEFAULT 7;
ALTER TABLE registry ADD COLUMN retention_updated_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE registry ADD COLUMN export {text} NOT NULL DEFAULT 'enabled';
ALTER TABLE registry ADD COLUMN azure_ad_as_arm {text} NOT NULL DEFAULT 'enabled';
ALTER TABLE registry ADD COLUMN soft_delete {text} NOT NULL DEFAULT 'disabled';
ALTER TABLE registry ADD COLUMN soft_delete_days BIGINT NOT NULL DEFAULT 7;
ALTER TABLE registry ADD COLUMN soft_delete_updated_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE registry ADD COLUMN deleting_ms BIGINT;
-- There is one registry so far, and its admin user has always been able to sign in.
UPDATE registry SET label = name, group_key = lower(resource_group), updated_ms = created_ms, has_admin_user = 1,
    retention_updated_ms = created_ms, soft_delete_updated_ms = created_ms;
CREATE INDEX registry_by_group ON registry (group_key, name);
CREATE INDEX registry_deleting ON registry (name) WHERE deleting_ms IS NOT NULL;

-- The admin user's passwords can be shown: sealed with a key that is not in the database.
ALTER TABLE secret ADD COLUMN sealed {bytes};

CREATE TABLE resource_group (
    name_key {text} NOT NULL PRIMARY KEY,
    name {text} NOT NULL,
    location {text} NOT NULL,
    tags {text} NOT NULL,
    created_ms BIGINT NOT NULL,
    created_by {text} NOT NULL,
    updated_ms BIGINT NOT NULL,
    updated_by {text} NOT NULL
);
INSERT INTO resource_group (name_key, name, location, tags, created_ms, created_by, updated_ms, updated_by)
    SELECT lower(resource_group), MIN(resource_group), MIN(location), '{}', MIN(created_ms), 'boathook', MIN(created_ms), 'boathook'
    FROM registry GROUP BY lower(resource_group);
