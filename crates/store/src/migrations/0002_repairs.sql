-- Which store holds the bytes of a region's blobs: the id that is written in it.
CREATE TABLE blob_store (
    region {text} NOT NULL PRIMARY KEY,
    id {text} NOT NULL,
    since_ms BIGINT NOT NULL
);
