#!/usr/bin/env bash
# az and boathook sign docker in, which pushes and pulls; both show, lock, untag and delete what is there, and print the
# same.
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
export DOCKER_COMMAND=$work/docker
name=(--name "$REGISTRY_NAME")
registry=(--registry "$REGISTRY_NAME")
az acr login "${name[@]}" >"$work/login.log" 2>&1 || fail "$(<"$work/login.log")"
same "what az acr login says" "Login Succeeded" "$(grep Succeeded "$work/login.log")"
ok "az acr login signed docker in"

repository=clients/azure/hello-$run image=$REGISTRY/clients/azure/hello-$run
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

same "the server that is signed in to" "$REGISTRY" \
    "$(az acr login "${name[@]}" --expose-token --query loginServer --output tsv)"
alike login "${name[@]}" --expose-token
alike login "${name[@]}"
server=$(direct az acr show "${name[@]}" --query loginServer --output tsv)
same "who docker is" 00000000-0000-0000-0000-000000000000 \
    "$(jq --raw-output ".auths[\"$server\"].auth" "$work/config/config.json" | base64 --decode | cut -d: -f1)"
docker pull --quiet "$server/$repository:v2" >/dev/null
alike login "${name[@]}" --username "$REGISTRY_USER" --password "$REGISTRY_PASSWORD"
same "who docker is" "$REGISTRY_USER" \
    "$(jq --raw-output ".auths[\"$server\"].auth" "$work/config/config.json" | base64 --decode | cut -d: -f1)"
alike_refused 1 login "${name[@]}" --username "$REGISTRY_USER" --password wrong
alike_refused 1 login "${name[@]}" --expose-token --username "$REGISTRY_USER" --password wrong
DOCKER_COMMAND=/nonexistent alike_refused 1 login "${name[@]}"
ok "boathook acr login signs docker in as az does"

# Each of the four times has a repository of its own with the same in it.
every=clients/azure/@@-$run
for each in "${fresh[@]}"; do
    az acr import "${name[@]}" --source "$REGISTRY/$repository:v1" --image "${every/@@/$each}:v1"
    az acr import "${name[@]}" --source "$REGISTRY/$repository:v2" --image "${every/@@/$each}:v2" \
        --image "${every/@@/$each}:v3"
done
digest=$(az acr manifest show-metadata "${registry[@]}" --name "$repository:v1" --query digest --output tsv)
equal repository show "${name[@]}" --repository "$repository"
equal repository show "${name[@]}" --image "$repository:v1"
equal repository show "${name[@]}" --image "$repository@$digest"
equal repository show-tags "${name[@]}" --repository "$repository"
equal repository show-tags "${name[@]}" --repository "$repository" --detail --orderby time_desc
equal repository show-manifests "${name[@]}" --repository "$repository" --detail --orderby time_asc
equal manifest list "${registry[@]}" --name "$repository"
equal manifest list-metadata "${registry[@]}" --name "$repository" --orderby time_desc --top 1
equal manifest show-metadata "${registry[@]}" --name "$repository:v1"
equal manifest show-metadata "${registry[@]}" --name "$repository@$digest"
equal manifest show "${registry[@]}" --name "$repository:v1"
equal manifest show "${registry[@]}" --name "$repository:v1" --raw
refer() {
    local as=(--fail --silent --show-error --user "$REGISTRY_USER:$REGISTRY_PASSWORD") of=https://$REGISTRY/v2/$repository
    curl "${as[@]}" --header 'Accept: application/vnd.docker.distribution.manifest.v2+json' "$of/manifests/v1" \
        --output "$work/image.json"
    # What is about the image has its config, so that there is no blob to be pushed.
    jq --arg digest "$digest" --argjson size "$(stat --format=%s "$work/image.json")" '{
        schemaVersion, mediaType: "application/vnd.oci.image.manifest.v1+json", artifactType: "application/vnd.ci.sbom",
        config, layers: [], subject: {mediaType, digest: $digest, size: $size}
    }' "$work/image.json" >"$work/sbom.json"
    curl "${as[@]}" --header 'Content-Type: application/vnd.oci.image.manifest.v1+json' --upload-file "$work/sbom.json" \
        "$of/manifests/sbom"
}
refer
for more in "" --recursive "--artifact-type application/vnd.ci.sbom" "--artifact-type application/vnd.ci.other"; do
    # shellcheck disable=SC2086
    equal manifest list-referrers "${registry[@]}" --name "$repository:v1" $more
done
same "what is about $repository:v1" application/vnd.ci.sbom "$(az acr manifest list-referrers "${registry[@]}" \
    --name "$repository:v1" --query 'manifests[].artifactType || referrers[].artifactType' --output tsv)"
same "the repositories that the admin sees" "$repository" "$(az acr repository list "${name[@]}" \
    --username "$REGISTRY_USER" --password "$REGISTRY_PASSWORD" --query "[?@=='$repository'] | [0]" --output tsv)"
alike_refused 1 repository list "${name[@]}" --username "$REGISTRY_USER" --password wrong
alike_refused 1 repository list "${name[@]}" --username "$REGISTRY_USER"
ok "az and the admin list what is there"

lock() { az acr repository update "${name[@]}" --image "$repository:v1" --write-enabled "$1" --output none; }
lock false
refused docker push --quiet "$image:v1"
lock true
alike repository update "${name[@]}" --repository "$every" --list-enabled true
alike repository update "${name[@]}" --image "$every:v1" --write-enabled false --delete-enabled false
for words in "repository delete ${name[*]} --image $every:v1 --yes" "repository untag ${name[*]} --image $every:v1" \
    "manifest delete ${registry[*]} --name $every:v1 --yes" "repository delete ${name[*]} --repository $every --yes"; do
    # shellcheck disable=SC2086
    alike_refused 1 $words
done
alike repository update "${name[@]}" --image "$every:v1" --write-enabled --delete-enabled true
alike manifest update-metadata "${registry[@]}" --name "$every@$digest" --read-enabled false
alike manifest update-metadata "${registry[@]}" --name "$every@$digest" --read-enabled true
ok "a locked tag is neither moved nor deleted"

alike repository untag "${name[@]}" --image "$every:v3"
alike manifest delete "${registry[@]}" --name "$every:v2" --yes
alike repository show-tags "${name[@]}" --repository "$every"
alike_refused 3 repository show "${name[@]}" --image "$every:v2"
alike_refused 1 repository delete "${name[@]}" --image "$every:v2" --yes
alike repository delete "${name[@]}" --image "$every@$digest" --yes
alike repository delete "${name[@]}" --repository "$every" --yes
alike_refused 1 repository delete "${name[@]}" --repository "$every" --yes
alike_refused 1 repository delete "${name[@]}" --repository "$repository"
alike_refused 3 repository show "${name[@]}" --repository "$every"
alike_refused 1 repository show-tags "${name[@]}" --repository "$every"
alike_refused 2 repository untag "${name[@]}"
az acr repository delete "${name[@]}" --repository "$repository" --yes --output none
same "the repositories left" '[]' "$(az acr repository list "${name[@]}" --query "[?@=='$repository']" --output json)"
ok "untagged, and deleted images and repositories"
