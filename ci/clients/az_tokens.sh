#!/usr/bin/env bash
# az manages scope maps and tokens, and the password of a token reaches what its scope map says, and nothing else.
set -euo pipefail
cd "$(dirname "$0")/../.."
source ci/clients/az.sh
client=az_tokens
work_folder

registry=(--registry "$REGISTRY_NAME")
map=map-$run token=token-$run repository=clients/tokens
same "the actions of $map" 2 "$(az acr scope-map create --name "$map" "${registry[@]}" \
    --repository "$repository" content/read metadata/read --query 'length(actions)' --output tsv)"
az acr scope-map update --name "$map" "${registry[@]}" --add-repository "$repository" content/write --output none
equal scope-map show --name "$map" "${registry[@]}"
equal scope-map list "${registry[@]}"
ok "created and updated $map"

password=$(az acr token create --name "$token" "${registry[@]}" --scope-map "$map" \
    --query 'credentials.passwords[0].value' --output tsv)
equal token show --name "$token" "${registry[@]}"
equal token list "${registry[@]}"
ok "created $token"

python3 ci/clients/layout.py "$work/in" v1 >/dev/null
push() { skopeo copy --quiet --all --dest-creds "$token:$password" "oci:$work/in:v1" "docker://$REGISTRY/$1:v1"; }
push "$repository"
refused push clients/others
same "the tags that $token sees" v1 "$(az acr repository show-tags --name "$REGISTRY_NAME" \
    --repository "$repository" --username "$token" --password "$password" --output tsv)"
ok "$token pushes to $repository, and nowhere else"

second=$(az acr token credential generate --name "$token" "${registry[@]}" --password2 --days 30 \
    --query 'passwords[1].value' --output tsv)
[[ $second != "$password" ]] || fail "the second password is the first"
password=$second push "$repository"
az acr token credential delete --name "$token" "${registry[@]}" --password2 --output none
password=$second refused push "$repository"
az acr token update --name "$token" "${registry[@]}" --status disabled --output none
refused push "$repository"
ok "made and took away a second password, and disabled $token"

az acr token delete --name "$token" "${registry[@]}" --yes
az acr scope-map delete --name "$map" "${registry[@]}" --yes
refused_with 3 ResourceNotFound az acr token show --name "$token" "${registry[@]}"
refused_with 3 ResourceNotFound az acr scope-map show --name "$map" "${registry[@]}"
ok "deleted both"
