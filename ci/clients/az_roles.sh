#!/usr/bin/env bash
# Whoever has a role may do with az and with boathook what the role says, and is told the same where it says no.
set -euo pipefail
cd "$(dirname "$0")/../.."
source ci/clients/az.sh
client=az_roles
work_folder

registry=(--registry "$REGISTRY_NAME") name=(--name "$REGISTRY_NAME") repository=clients/roles/hello-$run
python3 ci/clients/layout.py "$work/in" v1 >/dev/null
skopeo copy --quiet --all --dest-creds "$REGISTRY_USER:$REGISTRY_PASSWORD" "oci:$work/in:v1" \
    "docker://$REGISTRY/$repository:v1"

# become ROLE: what follows is done by somebody new, who has that role on the registry.
become() {
    made=$("$BOATHOOK" identity create --name "$1-$run" --role "$1" "${registry[@]}" --output json)
    CLIENT_ID=$(jq --raw-output .appId <<<"$made") CLIENT_SECRET=$(jq --raw-output .password <<<"$made")
    export AZURE_CONFIG_DIR=$work/$1
    sign_in_directly
    ok "signed in as somebody with the role $1"
}

become Reader
equal show "${name[@]}"
equal webhook list "${registry[@]}"
equal repository show-tags "${name[@]}" --repository "$repository"
equal manifest show "${registry[@]}" --name "$repository:v1"
alike_refused 1 repository delete "${name[@]}" --repository "$repository" --yes
alike_refused 1 repository update "${name[@]}" --repository "$repository" --write-enabled false
alike_refused 1 webhook create "${registry[@]}" --name "hook@@${run//-/}" --uri http://127.0.0.1:9/ --actions push
alike_refused 1 update "${name[@]}" --admin-enabled false
alike_refused 1 delete "${name[@]}" --yes
alike_refused 1 credential show "${name[@]}"
alike_refused 1 create --name "reg@@${run//-/}" --resource-group "$RESOURCE_GROUP" --location local --sku Basic

become AcrPush
equal repository show-tags "${name[@]}" --repository "$repository"
alike repository update "${name[@]}" --repository "$repository" --list-enabled true
alike_refused 1 repository delete "${name[@]}" --repository "$repository" --yes
alike_refused 1 token list "${registry[@]}"
alike_refused 1 repository list --name none000
alike_refused 1 repository list --name none000 --username "$REGISTRY_USER" --password "$REGISTRY_PASSWORD"
alike login "${name[@]}" --expose-token

become AcrDelete
alike_refused 1 repository list "${name[@]}"
alike_refused 1 manifest show "${registry[@]}" --name "$repository:v1"
