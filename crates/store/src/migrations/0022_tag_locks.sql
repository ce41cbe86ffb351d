-- What an index of its own says whole is found there: SQLite looked through all tags of a repository for those that are locked.
DROP INDEX tag_locked;
CREATE INDEX tag_locked ON tag (registry, region, repository, is_delete_enabled, is_write_enabled, is_read_enabled,
                                is_list_enabled)
    WHERE is_delete_enabled = 0 OR is_write_enabled = 0;
