//! What Boathook remembers: SQL on two engines, and blobs.
