#!/usr/bin/env bash
# az manages webhooks of a registry, and boathook prints what az prints.
set -euo pipefail
cd "$(dirname "$0")/../.."
source ci/clients/az.sh
client=az_webhooks
work_folder

equal show --name "$REGISTRY_NAME"
hook=hook${run//-/}
port=$(free_port)
start "$work/sink.log" "$BOATHOOK" sink --listen "127.0.0.1:$port"
wait_for 10 "the receiver listens" grep -q "$port" "$work/sink.log"

webhook() { az acr webhook "$1" --registry "$REGISTRY_NAME" "${@:2}"; }
same "the state of $hook" Succeeded "$(webhook create --name "$hook" --uri "http://127.0.0.1:$port/hook" \
    --actions push delete --scope 'hello:*' --headers X-Token=abc 'Authorization=Basic 00000' --tags env=ci \
    --query provisioningState --output tsv)"
ok "created $hook"
for action in show get-config; do
    equal webhook "$action" --registry "$REGISTRY_NAME" --name "$hook"
done
equal webhook list --registry "$REGISTRY_NAME"
same "the address of $hook" "http://127.0.0.1:$port/hook" \
    "$(webhook get-config --name "$hook" --query serviceUri --output tsv)"

event=$(webhook ping --name "$hook" --query id --output tsv)
answered() {
    webhook list-events --name "$hook" --output json | jq --exit-status --arg id "$event" \
        'any(.[]; .id == $id and .eventResponseMessage.statusCode == "200")'
}
wait_for 20 "list-events shows the ping as answered with 200" answered
equal webhook list-events --registry "$REGISTRY_NAME" --name "$hook"
ok "pinged $hook, and the receiver answered"

same "the actions of $hook" "push delete quarantine" "$(webhook update --name "$hook" --actions push delete quarantine \
    --status disabled --query 'join(`" "`, actions)' --output tsv)"
same "what was not named stays" 'hello:*' "$(webhook show --name "$hook" --query scope --output tsv)"
ok "updated $hook"

refused_with 1 InvalidRequest webhook create --name ab --uri "http://127.0.0.1:$port/" --actions push
refused_with 1 InvalidRequest webhook create --name "$hook" --uri not-a-uri --actions push
webhook delete --name "$hook"
refused_with 3 ResourceNotFound webhook show --name "$hook"
ok "deleted $hook; what may not be, and what is not there, is refused"
