//! What Boathook does: use cases and workers.
