-- What is pending of a webhook that is disabled, paused or gone is so by the webhook's row alone (`outbox/settle.rs`):
-- what is due is looked for by kind, and the oldest event that somebody waits for needs the kind as well.
DROP INDEX delivery_pending;
CREATE INDEX delivery_pending ON delivery (webhook, kind, due_ms, event) WHERE state = 'pending';
DROP INDEX delivery_oldest;
CREATE INDEX delivery_oldest ON delivery (event, kind) WHERE state = 'pending';

-- What is to be tried later than it was made: its order by `limit_ms` is another than by `due_ms`. What succeeds at once
-- never comes here.
CREATE INDEX delivery_postponed ON delivery (webhook, limit_ms, event)
    WHERE kind = 'event' AND state = 'pending' AND lease IS NULL AND created_ms < due_ms;

-- Which store holds the bytes of a region's blobs: the id that is written in it.
CREATE TABLE blob_store (
    region {text} NOT NULL PRIMARY KEY,
    id {text} NOT NULL,
    since_ms BIGINT NOT NULL
);
