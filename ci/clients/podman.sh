#!/usr/bin/env bash
# podman, with storage of its own, logs in, pushes, forgets, and pulls again by tag and by digest.
set -euo pipefail
cd "$(dirname "$0")/../.."
source ci/clients/lib.sh
client=podman

work_folder
podman() {
    command podman --root "$work/root" --runroot "$work/runroot" --tmpdir "$work/tmp" --storage-driver vfs \
        --events-backend none --cgroup-manager cgroupfs --log-level error "$@"
}
export REGISTRY_AUTH_FILE=$work/auth.json
repository=$REGISTRY/clients/podman/hello
mkdir "$work/files"
head -c 300000 /dev/urandom >"$work/files/hello"
tar -C "$work/files" -cf "$work/files.tar" .
podman import --quiet --change 'CMD ["/hello"]' "$work/files.tar" "$repository:$run" >/dev/null
id=$(podman image inspect --format '{{.Id}}' "$repository:$run")
ok "$(podman --version)"

refused podman push --quiet --tls-verify=false "$repository:$run"
refused podman login --tls-verify=false --username "$REGISTRY_USER" --password-stdin "$REGISTRY" <<<"not the password"
ok "a push without login, and a login with a wrong password, are refused"
podman login --tls-verify=false --username "$REGISTRY_USER" --password-stdin "$REGISTRY" <<<"$REGISTRY_PASSWORD" >/dev/null
ok "logged in"

forget() {
    podman image rm --force "$id" >/dev/null
    same "images left" 0 "$(podman image ls --all --quiet | wc -l | tr -d ' ')"
}

# The one format by its tag, the other by its digest.
for format in oci v2s2; do
    [[ $format == oci ]] || podman tag "$id" "$repository:$run-$format"
    tag=$([[ $format == oci ]] && echo "$run" || echo "$run-$format")
    podman push --quiet --tls-verify=false --format "$format" --digestfile "$work/digest" "$repository:$tag"
    digest=$(<"$work/digest")
    ok "pushed $repository:$tag as $format, $digest"

    forget
    podman pull --quiet --tls-verify=false "$repository:$tag" >/dev/null
    same "the digest pulled by tag" "$digest" "$(podman image inspect --format '{{.Digest}}' "$repository:$tag")"
    id=$(podman image inspect --format '{{.Id}}' "$repository:$tag")
    ok "removed, and pulled again by tag, as $format"

    forget
    podman pull --quiet --tls-verify=false "$repository@$digest" >/dev/null
    same "the image pulled by digest" "$id" "$(podman image inspect --format '{{.Id}}' "$repository@$digest")"
    ok "removed, and pulled again by digest, as $format"
done

podman logout "$REGISTRY" >/dev/null
refused podman pull --quiet --tls-verify=false "$repository:$run"
ok "a pull after logout is refused"
