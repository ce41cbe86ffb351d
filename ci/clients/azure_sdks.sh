#!/usr/bin/env bash
# The SDKs of Azure for Python and JavaScript manage registries, all that they have, and content, with tokens of
# azure-identity.
set -euo pipefail
cd "$(dirname "$0")/../.."
source ci/clients/lib.sh
client=azure_sdks
work_folder

number=${run//-/} image=clients/sdk/imported-$run:v1
python3 ci/clients/layout.py "$work/in" v1 >/dev/null
skopeo copy --quiet --all --dest-creds "$REGISTRY_USER:$REGISTRY_PASSWORD" "oci:$work/in:v1" "docker://$REGISTRY/$image"
target/ci/azure-sdk/bin/python ci/clients/azure_mgmt.py "sdkpy$number" "ofpy$number" "$image"
target/ci/azure-sdk/bin/python ci/clients/azure_content.py "clients/sdk/hello-$run"
# Node finds packages beside the script that asks for them.
cp ci/clients/azure_mgmt.mjs "$work"
ln -s "$PWD/target/ci/azure-js/node_modules" "$work/node_modules"
node "$work/azure_mgmt.mjs" "sdkjs$number" "ofjs$number" "$image"
