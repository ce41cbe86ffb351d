-- Operations under way are not in it, so that nobody looks for them there and has to sort what is found.
DROP INDEX operation_ended;
CREATE INDEX operation_ended ON operation (ended_ms) WHERE ended_ms IS NOT NULL;
