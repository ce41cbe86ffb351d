#!/usr/bin/env bash
# az makes registries, changes, replicates and fills them from another, and boathook prints what az prints.
set -euo pipefail
cd "$(dirname "$0")/../.."
source ci/clients/az.sh
client=az_registries
work_folder

number=${run//-/}
group=registries-$run one=one$number two=two$number
az group create --name "$group" --location local --output none

same "whether $one is free" true "$(az acr check-name --name "$one" --query nameAvailable --output tsv)"
equal check-name --name "$REGISTRY_NAME"
equal check-name --name "$one"
same "the server of $one" "$one.$DOMAIN" "$(az acr create --name "$one" --resource-group "$group" --sku Standard \
    --admin-enabled true --tags env=ci --query loginServer --output tsv)"
same "the state of $two" Succeeded \
    "$(az acr create --name "$two" --resource-group "$group" --sku Premium --query provisioningState --output tsv)"
same "whether $one is free" false "$(az acr check-name --name "$one" --query nameAvailable --output tsv)"
for registry in "$one" "$two"; do
    equal show --name "$registry"
    equal show-usage --name "$registry"
done
equal list --resource-group "$group"
refused_with 1 AlreadyInUse az acr create --name "$one" --resource-group "$RESOURCE_GROUP" --sku Basic
ok "made $one and $two"

equal credential show --name "$one"
old=$(az acr credential show --name "$one" --query 'passwords[0].value' --output tsv)
new=$(az acr credential renew --name "$one" --password-name password --query 'passwords[0].value' --output tsv)
[[ $old != "$new" ]] || fail "the new password is the old one"
python3 ci/clients/layout.py "$work/in" v1 >/dev/null
push() { skopeo copy --quiet --all --dest-creds "$one:$1" "oci:$work/in:v1" "docker://$one.$DOMAIN/hello:v1"; }
refused push "$old"
push "$new"
az acr update --name "$one" --admin-enabled false --output none
refused push "$new"
refused_with 1 admin az acr credential show --name "$one"
ok "renewed a password of the admin user, and disabled it"

same "who may pull" true "$(az acr update --name "$one" --anonymous-pull-enabled true --query anonymousPullEnabled --output tsv)"
same "what was not named stays" ci "$(az acr show --name "$one" --query tags.env --output tsv)"
skopeo inspect --no-creds "docker://$one.$DOMAIN/hello:v1" >/dev/null
ok "anybody pulls from $one"

az acr import --name "$two" --source "$one.$DOMAIN/hello:v1" --image copied:v9
same "the tags of the copy" v9 "$(az acr repository show-tags --name "$two" --repository copied --output tsv)"
refused_with 1 v9 az acr import --name "$two" --source "$one.$DOMAIN/hello:v1" --image copied:v9
az acr import --name "$two" --source hello:v1 --image copied:v9 --force \
    --registry "$(az acr show --name "$one" --query id --output tsv)"
ok "imported from $one into $two"

same "the state of the replication" Succeeded \
    "$(az acr replication create --registry "$two" --location north --query provisioningState --output tsv)"
equal replication list --registry "$two"
equal replication show --registry "$two" --name north
# Where content comes from, az says of itself, and names stores that there are not; boathook does not.
same "the server that content comes from" "$two.$DOMAIN" \
    "$(az acr show-endpoints --name "$two" --query loginServer --output tsv)"
same "whether the replication is reached by the registry's name" false \
    "$(az acr replication update --registry "$two" --name north --global-endpoint-routing false \
        --query regionEndpointEnabled --output tsv)"
az acr replication delete --registry "$two" --name north
same "the replications left" 0 "$(az acr replication list --registry "$two" --query 'length(@)' --output tsv)"
refused_with 1 Premium az acr replication create --registry "$one" --location north
ok "replicated $two to another region and back"
