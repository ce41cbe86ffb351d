#!/usr/bin/env bash
# az and boathook make registries, change, replicate, fill and delete them in the same words, and print the same.
set -euo pipefail
cd "$(dirname "$0")/../.."
source ci/clients/az.sh
client=az_registries
work_folder

number=${run//-/}
group=registries-$run one=one$number two=two$number every=reg@@$number
az group create --name "$group" --location local --output none

same "whether $one is free" true "$(az acr check-name --name "$one" --query nameAvailable --output tsv)"
equal check-name --name "$REGISTRY_NAME"
equal check-name --name "$one"
equal check-name --name no
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
ok "made $one and $two"

# As Microsoft's page on the quarantine has it.
quarantine() {
    az resource update --ids "$(az acr show --name "$two" --query id --output tsv)" --output tsv \
        --set "properties.policies.quarantinePolicy.status=$1" --query properties.policies.quarantinePolicy.status
}
same "the quarantine of $two" enabled "$(quarantine enabled)"
equal show --name "$two"
same "the quarantine of $two" disabled "$(quarantine disabled)"
ok "enabled the quarantine of $two, and disabled it"

alike create --name "$every" --resource-group "$group" --sku Premium --admin-enabled --tags env=ci
alike update --name "$every" --anonymous-pull-enabled true --admin-enabled --tags a=b c
alike update --name "$every" --set adminUserEnabled=true tags.d=e
alike show --name "$every" --resource-group "$group"
alike check-name --name "$every"
alike credential show --name "$every"
alike credential renew --name "$every" --password-name password2
alike_refused 1 create --name "$one" --resource-group "$RESOURCE_GROUP" --sku Basic
alike_refused 1 create --name "No$number" --resource-group "$group" --sku Basic
alike_refused 1 create --name "new$number" --resource-group "$group" --sku Basic --location moon
alike_refused 1 update --name "$one" --default-action Deny
alike_refused 2 create --name "new$number" --resource-group "none-$run" --sku Basic
alike_refused 2 create --name "new$number" --sku Basic
alike_refused 3 create --name "new$number" --resource-group "none-$run" --sku Basic --location local
alike_refused 3 show --name "new$number" --resource-group "$group"
alike_refused 1 show --name "new$number"
alike_refused 3 update --name "new$number" --resource-group "$group" --admin-enabled

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
alike_refused 1 credential show --name "$one"
alike_refused 1 credential renew --name "$one" --password-name password
ok "renewed a password of the admin user, and disabled it"

same "who may pull" true "$(az acr update --name "$one" --anonymous-pull-enabled true --query anonymousPullEnabled --output tsv)"
same "what was not named stays" ci "$(az acr show --name "$one" --query tags.env --output tsv)"
skopeo inspect --no-creds "docker://$one.$DOMAIN/hello:v1" >/dev/null
ok "anybody pulls from $one"

az acr import --name "$two" --source "$one.$DOMAIN/hello:v1" --image copied:v9
same "the tags of the copy" v9 "$(az acr repository show-tags --name "$two" --repository copied --output tsv)"
server=$(direct az acr show --name "$one" --query loginServer --output tsv)
id=$(az acr show --name "$one" --query id --output tsv)
equal repository list --name "$server"
equal repository list --name "$one" --username "$CLIENT_ID" --password "$CLIENT_SECRET" --top 1
equal manifest list-metadata "$server/hello"
equal manifest show "$server/hello:v1"
alike import --name "$every" --source "$server/hello:v1" --image copied:v9
alike import --name "$every" --source "$server/hello:v1" --username "$CLIENT_ID" --password "$CLIENT_SECRET" \
    --image copied:v8 --repository only/manifests
alike import --name "$every" --source hello:v1 --registry "$one"
alike import --name "$every" --source hello:v1 --registry "$id" --image copied:v9 --image copied:v10 --force
alike show-usage --name "$every"
alike repository show-tags --name "$every" --repository copied
alike import --name "$every" --source hello:v1 --registry "$one" --image later:v1 --no-wait
alike_refused 1 import --name "$every" --source "$server/hello:v1" --image copied:v9
alike_refused 1 import --name "$every" --source "$server/hello:v1" --username "$CLIENT_ID"
alike_refused 1 import --name "$every" --source hello:v1
alike_refused 3 import --name "$every" --source hello:none --registry "$one"
alike_refused 1 import --name "$every" --source registry.example.com/hello:v1
ok "imported from $one into $two and others"

for policy in retention content-trust soft-delete authentication-as-arm; do
    same "what is said of $policy" '"status"' \
        "$(az acr config "$policy" show --registry "$two" --output json | grep --only-matching '"status"')"
done
same "whether $one lets images out" disabled \
    "$(az acr update --name "$one" --allow-exports false --query policies.exportPolicy.status --output tsv)"
refused_with 1 AuthorizationFailed az acr import --name "$two" --source "$one.$DOMAIN/hello:v1" --image copied:v9 --force
az acr config authentication-as-arm update --registry "$two" --status disabled --output none
same "what $two has" copied "$(az acr repository list --name "$two" --output tsv)"
same "the retention of $two" "enabled 3" "$(az acr config retention update --registry "$two" --status enabled --days 3 \
    --type UntaggedManifests --query '[status, to_string(days)]' --output tsv | paste -s -d ' ')"
equal config retention show --registry "$two"
alike config retention update --registry "$every" --status enabled --days 0 --type UntaggedManifests
refused_with 1 softDeletePolicy az acr config soft-delete update --registry "$two" --status enabled --days 3 --yes
refused_with 1 trustPolicy az resource update --ids "$(az acr show --name "$two" --query id --output tsv)" \
    --set properties.policies.trustPolicy.status=enabled
ok "changed the policies of $one and $two; those that are not had are refused by name"

same "the state of the replication" Succeeded \
    "$(az acr replication create --registry "$two" --location north --query provisioningState --output tsv)"
equal replication list --registry "$two"
equal replication show --registry "$two" --name north
# Where content comes from, az says of itself, and names stores that there are not; boathook does not.
same "the server that content comes from" "$two.$DOMAIN" \
    "$(az acr show-endpoints --name "$two" --query loginServer --output tsv)"
alike replication create --registry "$every" --location north --tags a=b
alike replication update --registry "$every" --name north --global-endpoint-routing false --tags c=d
alike_refused 1 replication create --registry "$every" --location moon
alike_refused 1 replication create --registry "$every" --location local
alike_refused 1 replication create --registry "$one" --location north
alike_refused 1 replication list --registry "$one"
alike_refused 3 replication show --registry "$every" --name moon
alike_refused 3 replication update --registry "$every" --name moon --tags a=b
alike replication delete --registry "$every" --name north
same "the replications left" 0 \
    "$(az acr replication list --registry "${every/@@/${fresh[0]}}" --query 'length(@)' --output tsv)"
ok "replicated to another region and back"

az acr webhook create --registry "$one" --name hook1 --uri http://127.0.0.1:9/ --actions push --output none
alike delete --name "$every" --yes
az acr delete --name "$one" --yes
refused skopeo inspect --no-creds "docker://$one.$DOMAIN/hello:v1"
alike_refused 3 show --name "$one" --resource-group "$group"
alike_refused 1 delete --name "$one"
alike_refused 1 delete --name "$one" --yes
same "the registries of $group" "$two" "$(az acr list --resource-group "$group" --query '[].name' --output tsv)"
ok "deleted $one with an image and a webhook in it"

az group delete --name "$group" --yes
same "whether $group is there" false "$(az group exists --name "$group")"
is_free() { [[ $(az acr check-name --name "$1" --query nameAvailable --output tsv) == true ]]; }
for registry in "$one" "$two"; do
    # Taken until the last of what it held is gone.
    wait_for 30 "the name of $registry is free" is_free "$registry"
done
ok "deleted $group with $two in it, and the names are free"
