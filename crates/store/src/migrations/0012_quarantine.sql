-- What the quarantine says of a manifest; nothing where nobody has judged it, and it came while there was no policy.
ALTER TABLE manifest ADD COLUMN quarantine_state {text}
    CHECK (quarantine_state IN ('Quarantined', 'Passed', 'Failed'));
-- JSON, as it came.
ALTER TABLE manifest ADD COLUMN quarantine_details {text};

-- Whether anybody hears of what is pushed before it has passed: every push asks.
CREATE INDEX webhook_quarantine ON webhook (registry, region) WHERE is_enabled = 1 AND actions LIKE '%quarantine%';
