#!/usr/bin/env bash
# az and boathook have the registry fetch images from another server: a second Boathook, which knows nothing of the first.
set -euo pipefail
cd "$(dirname "$0")/../.."
source ci/clients/az.sh
client=az_import
work_folder
name=(--name "$REGISTRY_NAME")

start "$work/serve.log" "$BOATHOOK" serve --data "$work/other" --listen 127.0.0.1:0
wait_for 20 "the other server says that it is ready" grep -q '^ready http://' "$work/serve.log"
other=$(sed -n 's/^ready http:\/\///p' "$work/serve.log")
other=${other%/}
user=$(jq --raw-output .username "$work/other/credentials.json")
password=$(jq --raw-output '.passwords[0]' "$work/other/credentials.json")

# blob FILE: pushes it to the other server, and prints what a manifest says of it.
blob() {
    local digest
    digest=sha256:$(sha256sum "$1" | cut -d' ' -f1)
    curl --fail --silent --show-error --user "$user:$password" --header 'Content-Type: application/octet-stream' \
        --request POST --data-binary "@$1" "http://$other/v2/team/app/blobs/uploads/?digest=$digest"
    jq --null-input --arg digest "$digest" --argjson size "$(stat --format=%s "$1")" --arg type "$2" \
        '{mediaType: $type, digest: $digest, size: $size}'
}
# manifest TAG TYPE FILE: pushes it to the other server, and prints what an index says of it.
manifest() {
    curl --fail --silent --show-error --user "$user:$password" --header "Content-Type: $2" --upload-file "$3" \
        "http://$other/v2/team/app/manifests/$1"
    jq --null-input --arg digest "sha256:$(sha256sum "$3" | cut -d' ' -f1)" \
        --argjson size "$(stat --format=%s "$3")" --arg type "$2" '{mediaType: $type, digest: $digest, size: $size}'
}
image_type=application/vnd.oci.image.manifest.v1+json
for architecture in amd64 arm64; do
    printf '{"os":"linux","architecture":"%s"}' "$architecture" >"$work/config"
    head -c 3000000 /dev/urandom >"$work/layer"
    jq --null-input --argjson config "$(blob "$work/config" application/vnd.oci.image.config.v1+json)" \
        --argjson layer "$(blob "$work/layer" application/vnd.oci.image.layer.v1.tar)" --arg type "$image_type" \
        '{schemaVersion: 2, mediaType: $type, config: $config, layers: [$layer]}' >"$work/image"
    manifest "$architecture" "$image_type" "$work/image" |
        jq --arg architecture "$architecture" '. + {platform: {os: "linux", architecture: $architecture}}' \
            >"$work/$architecture.json"
done
index_type=application/vnd.oci.image.index.v1+json
jq --null-input --slurpfile amd "$work/amd64.json" --slurpfile arm "$work/arm64.json" --arg type "$index_type" \
    '{schemaVersion: 2, mediaType: $type, manifests: ($amd + $arm)}' >"$work/index"
index=$(manifest v1 "$index_type" "$work/index" | jq --raw-output .digest)
arm=$(jq --raw-output .digest "$work/arm64.json")

digest_of() {
    az acr manifest show-metadata --registry "$REGISTRY_NAME" --name "$1" --query digest --output tsv
}
from=(--source "$other/team/app:v1" --username "$user")
az acr import "${name[@]}" "${from[@]}" --password "$password" --image "imports/az-$run:v1"
same "what az imported" "$index" "$(digest_of "imports/az-$run:v1")"
same "an image of what az imported" "$arm" "$(digest_of "imports/az-$run@$arm")"
direct "$BOATHOOK" acr import "${name[@]}" "${from[@]}" --password "$password" --image "imports/boathook-$run:v1" \
    --platform linux/arm64
same "what boathook imported" "$arm" "$(digest_of "imports/boathook-$run:v1")"
ok "az and boathook imported from $other"

refused_with 1 AuthorizationFailed az acr import "${name[@]}" "${from[@]}" --password wrong --image "imports/no-$run:v1"
refused_with 1 AuthorizationFailed az acr import "${name[@]}" --source "$other/team/app:v1" --image "imports/no-$run:v1"
refused_with 3 ResourceNotFound az acr import "${name[@]}" --source "$other/team/app:v9" --username "$user" \
    --password "$password" --image "imports/no-$run:v1"
refused_with 1 imports.allow_cidrs az acr import "${name[@]}" --source 10.0.0.1/team/app:v1 --image "imports/no-$run:v1"
refused_with 1 Conflict az acr import "${name[@]}" "${from[@]}" --password "$password" --image "imports/az-$run:v1"
ok "az is told why nothing is imported"
