#!/usr/bin/env bash
# A docker engine of its own logs in, pushes, forgets, and pulls again by tag and by digest.
set -euo pipefail
cd "$(dirname "$0")/../.."
source ci/clients/lib.sh
client=docker

work_folder
source ci/clients/docker_engine.sh

repository=$REGISTRY/${DOCKER_REPOSITORY:-clients/docker/hello}
tag=${DOCKER_TAG:-$run}
mkdir "$work/files"
head -c 300000 /dev/urandom >"$work/files/hello"
tar -C "$work/files" -c . | docker import --change 'CMD ["/hello"]' - "$repository:$tag" >/dev/null
id=$(docker image inspect --format '{{.Id}}' "$repository:$tag")

refused docker push "$repository:$tag"
refused docker login --username "$REGISTRY_USER" --password-stdin "$REGISTRY" <<<"not the password"
ok "a push without login, and a login with a wrong password, are refused"
docker login --username "$REGISTRY_USER" --password-stdin "$REGISTRY" <<<"$REGISTRY_PASSWORD" >"$work/login.log" 2>&1 ||
    fail "$(<"$work/login.log")"
ok "logged in"

docker push "$repository:$tag" >"$work/push.log" || fail "$(cat "$work/push.log")"
digest=$(grep -o 'digest: sha256:[0-9a-f]*' "$work/push.log" | cut -d' ' -f2)
ok "pushed $repository:$tag, $digest"

forget() {
    docker image rm --force "$id" >/dev/null
    same "images left" 0 "$(docker image ls --all --quiet | wc -l | tr -d ' ')"
}
forget
docker pull --quiet "$repository:$tag" >/dev/null
same "the image pulled by tag" "$id" "$(docker image inspect --format '{{.Id}}' "$repository:$tag")"
ok "removed, and pulled again by tag"

forget
docker pull --quiet "$repository@$digest" >/dev/null
same "the image pulled by digest" "$id" "$(docker image inspect --format '{{.Id}}' "$repository@$digest")"
ok "removed, and pulled again by digest"

docker push "$repository:$tag" >/dev/null 2>&1 && fail "pushed a tag that is not here"
docker tag "$repository@$digest" "$repository:$tag-again"
docker push "$repository:$tag-again" >"$work/push.log" || fail "$(cat "$work/push.log")"
same "layers that were there already" 1 "$(grep -c 'Layer already exists' "$work/push.log")"
ok "pushed another tag, with no layer sent twice"

refused docker pull "$repository:no-such-tag"
docker logout "$REGISTRY" >/dev/null
refused docker pull "$repository:$tag"
ok "a tag that is not there, and a pull after logout, are refused"
