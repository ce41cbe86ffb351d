#!/usr/bin/env bash
# Ansible's collection of Azure makes, changes, shows and deletes a registry and a webhook.
set -euo pipefail
cd "$(dirname "$0")/../.."
source ci/clients/lib.sh
client=ansible
work_folder

export AZURE_SUBSCRIPTION_ID=$SUBSCRIPTION_ID AZURE_TENANT=$TENANT_ID
export AZURE_CLIENT_ID=$CLIENT_ID AZURE_SECRET=$CLIENT_SECRET
# The first says which cloud, and the second where clouds are described that the collection does not know by heart. What
# it finds there it keeps where az keeps what it knows.
export AZURE_CLOUD_ENVIRONMENT=https://management.$DOMAIN AZURE_CONFIG_DIR=$work/azure
export ARM_CLOUD_METADATA_URL="$AZURE_CLOUD_ENVIRONMENT/metadata/endpoints?api-version=2019-05-01"
export ANSIBLE_HOME=$work/ansible LC_ALL=C.UTF-8
# Every task imports all of Azure's SDKs, which takes a long time where none of them stays compiled.
unset PYTHONDONTWRITEBYTECODE

if ! target/ci/ansible/bin/ansible-playbook --extra-vars "run=ansible${run//-/}" ci/clients/ansible.yml \
    >"$work/play.log" 2>&1; then
    cat "$work/play.log" >&2
    fail "a task of ci/clients/ansible.yml"
fi
sed -n 's/^TASK \[\(.*\)\] \**$/\1/p' "$work/play.log" >"$work/tasks"
[[ -s $work/tasks ]] || fail "nothing was done"
while read -r task; do ok "$task"; done <"$work/tasks"
