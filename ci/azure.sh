#!/usr/bin/env bash
# Starts a Boathook of its own and lets Azure's own tools at it, unmodified: azure.sh [--database URL].
# They find it by its names through its own proxy, and trust its authority: what `boathook azure-env` prints is all.
set -euo pipefail
cd "$(dirname "$0")/.."
source ci/lib.sh
client=azure

work_folder
export BOATHOOK=${BOATHOOK:-$PWD/target/release/boathook} BOATHOOK_DATA=$work/data
# The receiver and the registry that is imported from are on this machine, and so are all that may be reached.
export BOATHOOK__WEBHOOKS__ALLOW_CIDRS=127.0.0.0/8 BOATHOOK__IMPORTS__ALLOW_CIDRS=127.0.0.0/8
[[ -x $BOATHOOK ]] || fail "no $BOATHOOK: cargo build --release --bin boathook"

start "$work/serve.log" "$BOATHOOK" serve --data "$BOATHOOK_DATA" --listen 127.0.0.1:0 \
    --region local --region north --tls --tls-listen 127.0.0.1:0 "$@"
server=$started
wait_for 20 "boathook serve says that it is ready" grep -q '^ready http://' "$work/serve.log"
ok "ready at $(sed -n 's/^ready //p' "$work/serve.log")"

credential() { jq --exit-status --raw-output "$1" "$BOATHOOK_DATA/credentials.json"; }
REGISTRY_NAME=$(credential .registry)
RESOURCE_GROUP=$(credential .resourceGroup)
SUBSCRIPTION_ID=$(credential .subscriptionId)
TENANT_ID=$(credential .tenantId)
CLIENT_ID=$(credential .clientId)
CLIENT_SECRET=$(credential .clientSecret)
DOMAIN=$(credential .domain)
REGISTRY=$REGISTRY_NAME.$DOMAIN
REGISTRY_USER=$(credential .username)
REGISTRY_PASSWORD=$(credential '.passwords[0]')
export REGISTRY REGISTRY_NAME REGISTRY_USER REGISTRY_PASSWORD
TLS_ENDPOINT=$(credential .tlsEndpoint)
export RESOURCE_GROUP SUBSCRIPTION_ID TENANT_ID CLIENT_ID CLIENT_SECRET DOMAIN TLS_ENDPOINT

environment=$("$BOATHOOK" azure-env)
eval "$environment"
export PATH=$PWD/target/ci/azure-cli/bin:$PATH

bash ci/clients/az_login.sh

# From here on az has an interpreter that is ready, because there are hundreds of its commands. As it knows the server by
# one address it has a folder of its own, see `direct`.
ready=("$PWD/target/ci/azure-cli/bin/python3" -S -E "$PWD/ci/clients/az_ready.py")
for folder in "$AZURE_CONFIG_DIR" "$AZURE_CONFIG_DIR-direct"; do
    start "$folder/ready.log" env AZURE_CONFIG_DIR="$folder" "${ready[0]}" "${ready[3]}" serve
    wait_for 30 "az is ready" test -S "$folder/ready"
done
mkdir "$work/bin"
printf '#!/bin/sh\nexec %q %q %q %q az "$@"\n' "${ready[@]}" >"$work/bin/az"
chmod +x "$work/bin/az"
export PATH=$work/bin:$PATH

# These need nothing of each other.
scripts=(az_registries.sh az_webhooks.sh az_tokens.sh az_content.sh az_helm.sh az_import.sh ansible.sh)
running=()
for script in "${scripts[@]}"; do
    bash "ci/clients/$script" >"$work/$script.log" 2>&1 </dev/null &
    running+=("$!")
    at_exit "stop $!"
done
failed=()
for index in "${!scripts[@]}"; do
    wait "${running[index]}" || failed+=("${scripts[index]}")
    cat "$work/${scripts[index]}.log"
done
((${#failed[@]} == 0)) || fail "${failed[*]}"
# What these make would be in the others' lists, and the other way round.
bash ci/clients/az_roles.sh
bash ci/clients/azure_sdks.sh

kill -0 "$server" || fail "the server did not outlive its clients"
kill "$server"
wait "$server" || fail "the server ended with status $? when it was asked to stop"
ok "stopped as asked, with status 0"
