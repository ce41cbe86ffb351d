#!/usr/bin/env bash
# az registers the cloud, signs in, and looks at its subscription and its resource groups.
set -euo pipefail
cd "$(dirname "$0")/../.."
source ci/clients/az.sh
client=az_login
work_folder

az cloud register --name boathook --endpoint-resource-manager "https://management.$DOMAIN"
az cloud set --name boathook
same "the suffix of registries" ".$DOMAIN" "$(az cloud show --query suffixes.acrLoginServerEndpoint --output tsv)"
ok "$(az version --query '"azure-cli"' --output tsv) knows the cloud"

login() { az login --service-principal --tenant "$TENANT_ID" --username "$CLIENT_ID" --password "$1" "${@:2}"; }
refused_with 1 AADSTS7000215 login "not the secret"
ok "a wrong secret is refused"
same "the subscription" "$SUBSCRIPTION_ID" "$(login "$CLIENT_SECRET" --query '[0].id' --output tsv)"
same "who is signed in" "$CLIENT_ID" "$(az account show --query user.name --output tsv)"
ok "signed in"

sign_in_directly
ok "signed in at $TLS_ENDPOINT too"
# Others make registries later.
equal list

same "the regions" "local north" "$(az account list-locations --query 'join(`" "`, [].name)' --output tsv)"
same "the state of the provider" Registered \
    "$(az provider show --namespace Microsoft.ContainerRegistry --query registrationState --output tsv)"
ok "listed the regions, and found the provider registered"

group=group-$run
same "whether $group is there" false "$(az group exists --name "$group")"
same "the state of $group" Succeeded \
    "$(az group create --name "$group" --location local --tags env=ci --query properties.provisioningState --output tsv)"
same "the tags of $group" ci "$(az group show --name "$group" --query tags.env --output tsv)"
az group delete --name "$group" --yes
refused_with 3 ResourceGroupNotFound az group show --name "$group"
ok "made, showed and deleted a resource group"
