-- How many attempts were over when it was last sent again: its retries are counted from there.
ALTER TABLE delivery ADD COLUMN attempts_before BIGINT NOT NULL DEFAULT 0;
