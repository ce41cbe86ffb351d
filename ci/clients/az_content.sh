#!/usr/bin/env bash
# az signs docker in, which pushes and pulls; az shows, locks, imports, untags and deletes what is there.
set -euo pipefail
cd "$(dirname "$0")/../.."
source ci/clients/az.sh
client=az_content
work_folder

# The engine inherits where the proxy is and whom to trust.
source ci/clients/docker_engine.sh
printf '#!/bin/sh\nexec /usr/bin/docker --config %q --host %q "$@"\n' "$work/config" "unix://$work/docker.sock" \
    >"$work/docker"
chmod +x "$work/docker"
DOCKER_COMMAND=$work/docker az acr login --name "$REGISTRY_NAME" >"$work/login.log" 2>&1 || fail "$(<"$work/login.log")"
same "what az acr login says" "Login Succeeded" "$(grep Succeeded "$work/login.log")"
ok "az acr login signed docker in"

repository=clients/azure/hello-$run image=$REGISTRY/$repository
mkdir "$work/files"
head -c 300000 /dev/urandom >"$work/files/hello"
for tag in v1 v2; do
    echo "$tag" >"$work/files/tag"
    tar -C "$work/files" -c . | docker import - "$image:$tag" >/dev/null
    docker push --quiet "$image:$tag" >/dev/null
done
docker image rm "$image:v1" >/dev/null
docker pull --quiet "$image:v1" >/dev/null
ok "docker pushed and pulled $image with the token of az"

name=(--name "$REGISTRY_NAME")
registry=(--registry "$REGISTRY_NAME")
same "the server that is signed in to" "$REGISTRY" \
    "$(az acr login "${name[@]}" --expose-token --query loginServer --output tsv)"
equal repository list "${name[@]}"
equal repository show "${name[@]}" --repository "$repository"
equal repository show "${name[@]}" --image "$repository:v1"
equal repository show-tags "${name[@]}" --repository "$repository"
equal repository show-tags "${name[@]}" --repository "$repository" --detail --orderby time_desc
equal manifest list-metadata "${registry[@]}" --name "$repository"
equal manifest show-metadata "${registry[@]}" --name "$repository:v1"
equal manifest show "${registry[@]}" --name "$repository:v1"
same "the repositories that the admin sees" "$repository" "$(az acr repository list "${name[@]}" \
    --username "$REGISTRY_USER" --password "$REGISTRY_PASSWORD" --query "[?@=='$repository'] | [0]" --output tsv)"
ok "az and the admin list what is there"

lock() { az acr repository update "${name[@]}" --image "$repository:v1" --write-enabled "$1" --output none; }
lock false
refused docker push --quiet "$image:v1"
refused_with 1 'operation is disallowed' az acr repository delete "${name[@]}" --image "$repository:v1" --yes
lock true
ok "a locked tag is neither moved nor deleted"

az acr repository untag "${name[@]}" --image "$repository:v2"
same "the tags left" v1 "$(az acr repository show-tags "${name[@]}" --repository "$repository" --output tsv)"
az acr manifest delete "${registry[@]}" --name "$repository:v1" --yes --output none
refused_with 3 'no such tag' az acr repository show "${name[@]}" --image "$repository:v1"
az acr repository delete "${name[@]}" --repository "$repository" --yes --output none
same "the repositories left" '[]' "$(az acr repository list "${name[@]}" --query "[?@=='$repository']" --output json)"
ok "untagged, and deleted an image and the repository"
