#!/usr/bin/env bash
# skopeo copies an image for three platforms in and out, and every byte is the same.
set -euo pipefail
cd "$(dirname "$0")/../.."
source ci/clients/lib.sh
client=skopeo

work_folder
image=docker://$REGISTRY/clients/skopeo/multi
other=docker://$REGISTRY/clients/skopeo/other-$run
digest=$(SALT=$run python3 ci/clients/layout.py "$work/in" multi)

auth=$work/auth.json
export REGISTRY_AUTH_FILE=$auth
refused skopeo inspect --raw --tls-verify=false "$image:none"
same "why an anonymous caller is refused" yes "$(grep -qiE 'unauthori[sz]ed|authentication required' <<<"$refusal" && echo yes)"
ok "an anonymous caller is refused"
skopeo login --tls-verify=false --username "$REGISTRY_USER" --password-stdin "$REGISTRY" <<<"$REGISTRY_PASSWORD" >/dev/null
ok "logged in"

skopeo copy --quiet --all --preserve-digests --dest-tls-verify=false "oci:$work/in:multi" "$image:$run"
ok "pushed $digest for three platforms"

raw() { skopeo inspect --raw --tls-verify=false "$1"; }
raw "$image:$run" >"$work/by-tag"
raw "$image@$digest" >"$work/by-digest"
cmp "$work/by-tag" "$work/in/blobs/sha256/${digest#sha256:}" || fail "the index by tag is not what was pushed"
cmp "$work/by-tag" "$work/by-digest" || fail "the index by digest is not the index by tag"
for platform in $(jq -r '.manifests[].digest' "$work/by-tag"); do
    raw "$image@$platform" | cmp - "$work/in/blobs/sha256/${platform#sha256:}" || fail "$platform differs"
done
ok "index and manifests are the same bytes, by tag and by digest"

skopeo copy --quiet --all --preserve-digests --src-tls-verify=false "$image:$run" "oci:$work/out:multi"
diff -r "$work/in/blobs" "$work/out/blobs" || fail "what came out is not what went in"
ok "pulled $(find "$work/out/blobs" -type f | wc -l) blobs, each the same bytes"

same "the tags" "$run" "$(skopeo list-tags --tls-verify=false "$image" | jq -r --arg tag "$run" '.Tags[] | select(. == $tag)')"
ok "listed the tag"

skopeo copy --quiet --all --preserve-digests --src-tls-verify=false --dest-tls-verify=false "$image:$run" "$other:copy"
same "the digest of the copy" "$digest" "sha256:$(raw "$other:copy" | sha256sum | cut -d' ' -f1)"
ok "copied to another repository"

skopeo delete --tls-verify=false "$other:copy"
refused raw "$other:copy"
raw "$image:$run" >/dev/null
ok "deleted the copy, and the first is still there"
