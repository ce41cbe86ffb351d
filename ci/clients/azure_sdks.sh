#!/usr/bin/env bash
# The SDKs of Azure for Python and JavaScript manage webhooks and content, with tokens of azure-identity.
set -euo pipefail
cd "$(dirname "$0")/../.."
source ci/clients/lib.sh
client=azure_sdks

target/ci/azure-sdk/bin/python ci/clients/azure_mgmt.py "sdkpy${run//-/}"
target/ci/azure-sdk/bin/python ci/clients/azure_content.py "clients/sdk/hello-$run"
# Node finds packages beside the script that asks for them.
work_folder
cp ci/clients/azure_mgmt.mjs "$work"
ln -s "$PWD/target/ci/azure-js/node_modules" "$work/node_modules"
node "$work/azure_mgmt.mjs" "sdkjs${run//-/}"
