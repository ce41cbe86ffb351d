#!/usr/bin/env bash
# az and boathook manage scope maps and tokens in the same words, and the password of a token reaches what its scope map
# says, and nothing else.
set -euo pipefail
cd "$(dirname "$0")/../.."
source ci/clients/az.sh
client=az_tokens
work_folder

registry=(--registry "$REGISTRY_NAME")
map=map-@@-$run token=token-@@-$run repository=clients/tokens
mine=${token/@@/${fresh[0]}}
alike scope-map create --name "$map" "${registry[@]}" --repository "$repository" content/read content/delete \
    --description 'of CI'
# In which order actions come out of a change is chance to az.
alike scope-map update --name "$map" "${registry[@]}" --description changed
alike scope-map update --name "$map" "${registry[@]}" --remove-repository "$repository" content/delete
alike scope-map show --name "$map" "${registry[@]}"
az acr scope-map update --name "${map/@@/${fresh[0]}}" "${registry[@]}" --add-repository "$repository" content/write \
    metadata/read --output none
equal scope-map show --name "${map/@@/${fresh[0]}}" "${registry[@]}"
equal scope-map list "${registry[@]}"
alike_refused 1 scope-map create --name "$map" "${registry[@]}" --repository "$repository"
alike_refused 1 scope-map update --name "$map" "${registry[@]}"
alike_refused 1 scope-map delete --name _repositories_pull "${registry[@]}" --yes
alike_refused 2 scope-map create "${registry[@]}" --repository "$repository" content/read

alike token create --name "$token" "${registry[@]}" --scope-map "$map"
alike token create --name "of-$token" "${registry[@]}" --repository "$repository" content/read --status disabled \
    --no-passwords
alike token show --name "$token" "${registry[@]}"
equal token list "${registry[@]}"
alike_refused 1 token create --name "$token" "${registry[@]}"
alike_refused 1 token create --name "new-$token" "${registry[@]}" --scope-map "none-$run"
alike_refused 1 token create --name "new-$token" "${registry[@]}" --scope-map "$map" --expiration tomorrow
alike_refused 2 token create --name "new-$token"

alike token credential generate --name "$token" "${registry[@]}" --password2 --expiration 2099-12-31T12:59:59Z
password=$(az acr token credential generate --name "$mine" "${registry[@]}" --password1 \
    --query 'passwords[0].value' --output tsv)
python3 ci/clients/layout.py "$work/in" v1 >/dev/null
push() { skopeo copy --quiet --all --dest-creds "$mine:$password" "oci:$work/in:v1" "docker://$REGISTRY/$1:v1"; }
push "$repository"
refused push clients/others
same "the tags that $mine sees" v1 "$(az acr repository show-tags --name "$REGISTRY_NAME" \
    --repository "$repository" --username "$mine" --password "$password" --output tsv)"
equal repository show-tags --name "$REGISTRY_NAME" --repository "$repository" --username "$mine" --password "$password"
alike_refused 1 repository list --name "$REGISTRY_NAME" --username "$mine" --password "$password"
ok "$mine pushes to $repository, and nowhere else"

second=$(az acr token credential generate --name "$mine" "${registry[@]}" --password2 --days 30 \
    --query 'passwords[1].value' --output tsv)
[[ $second != "$password" ]] || fail "the second password is the first"
password=$second push "$repository"
alike token credential delete --name "$token" "${registry[@]}" --password2
alike_refused 1 token credential delete --name "$token" "${registry[@]}"
password=$second refused push "$repository"
alike token update --name "$token" "${registry[@]}" --status disabled
alike token update --name "of-$token" "${registry[@]}" --scope-map _repositories_pull
refused push "$repository"
ok "made and took away a second password, and disabled $mine"

alike token delete --name "$token" "${registry[@]}" --yes
alike token delete --name "of-$token" "${registry[@]}" --yes
alike scope-map delete --name "$map" "${registry[@]}" --yes
alike_refused 3 token show --name "$token" "${registry[@]}"
alike_refused 3 token update --name "$token" "${registry[@]}" --status enabled
alike_refused 3 token credential generate --name "$token" "${registry[@]}"
alike_refused 3 scope-map show --name "$map" "${registry[@]}"
alike_refused 3 scope-map update --name "$map" "${registry[@]}" --description gone
ok "deleted all"
