-- Charts of the classic Helm repository are never held back, those included that were stored before that was so.
UPDATE manifest SET quarantine_state = 'Passed'
WHERE (registry, region, repository, digest) IN (SELECT registry, region, repository, manifest FROM chart)
  AND COALESCE(quarantine_state, '') <> 'Passed';
UPDATE deleted_manifest SET quarantine_state = 'Passed'
WHERE (registry, region, repository, digest) IN (SELECT registry, region, repository, manifest FROM chart)
  AND COALESCE(quarantine_state, '') <> 'Passed';
