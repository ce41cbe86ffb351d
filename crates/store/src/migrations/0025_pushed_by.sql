-- Who pushed a manifest first, and who put a tag where it is: the name that they signed in with. Nothing is known of those
-- that were there before.
ALTER TABLE manifest ADD COLUMN pushed_by {text};
ALTER TABLE deleted_manifest ADD COLUMN pushed_by {text};
ALTER TABLE tag ADD COLUMN pushed_by {text};

-- Where a digest is, and which repositories have a tag of a name, whatever else there is.
CREATE INDEX manifest_by_digest ON manifest (registry, region, digest, is_list_enabled, repository);
CREATE INDEX tag_by_name ON tag (registry, region, name, is_list_enabled, repository);
