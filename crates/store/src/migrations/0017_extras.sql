-- What a webhook asks for that ACR has nothing of.
ALTER TABLE webhook ADD COLUMN extra_actions {text} NOT NULL DEFAULT '';
ALTER TABLE webhook ADD COLUMN has_deleted_tags BIGINT NOT NULL DEFAULT 0 CHECK (has_deleted_tags IN (0, 1));
-- Whether anybody asks is looked up by whoever has something to tell of.
CREATE INDEX webhook_asking ON webhook (registry, region)
    WHERE is_enabled = 1 AND (extra_actions <> '' OR has_deleted_tags = 1);

-- What those get who ask for more than ACR tells, and which deliveries are theirs.
ALTER TABLE event ADD COLUMN extended_body {bytes};
ALTER TABLE delivery ADD COLUMN is_extended BIGINT NOT NULL DEFAULT 0 CHECK (is_extended IN (0, 1));
