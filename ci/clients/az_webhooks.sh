#!/usr/bin/env bash
# az and boathook manage webhooks of a registry in the same words, and print the same.
set -euo pipefail
cd "$(dirname "$0")/../.."
source ci/clients/az.sh
client=az_webhooks
work_folder

equal show --name "$REGISTRY_NAME"
hook=hook@@${run//-/} mine=hook${fresh[0]}${run//-/}
port=$(free_port)
start "$work/sink.log" "$BOATHOOK" sink --listen "127.0.0.1:$port"
wait_for 10 "the receiver listens" grep -q "$port" "$work/sink.log"

webhook() { az acr webhook "$1" --registry "$REGISTRY_NAME" "${@:2}"; }
registry=(--registry "$REGISTRY_NAME")
alike webhook create "${registry[@]}" --name "$hook" --uri "http://127.0.0.1:$port/hook" \
    --actions push delete --scope 'hello:*' --headers 'Authorization=Basic 00000' X-Token=abc --tags env=ci
for action in show get-config; do
    equal webhook "$action" "${registry[@]}" --name "$mine"
    alike webhook "$action" "${registry[@]}" --name "$hook"
done
equal webhook list "${registry[@]}"
same "the state of $mine" Succeeded "$(webhook show --name "$mine" --query provisioningState --output tsv)"
same "the address of $mine" "http://127.0.0.1:$port/hook" \
    "$(webhook get-config --name "$mine" --query serviceUri --output tsv)"

event=$(webhook ping --name "$mine" --query id --output tsv)
answered() {
    webhook list-events --name "$mine" --output json | jq --exit-status --arg id "$event" \
        'any(.[]; .id == $id and .eventResponseMessage.statusCode == "200")'
}
wait_for 20 "list-events shows the ping as answered with 200" answered
equal webhook list-events "${registry[@]}" --name "$mine"
alike webhook ping "${registry[@]}" --name "$hook"
ok "pinged $mine, and the receiver answered"

alike webhook update "${registry[@]}" --name "$hook" --actions push delete quarantine --status disabled \
    --headers X-Token=def --uri "http://127.0.0.1:$port/other"
alike webhook update "${registry[@]}" --name "$hook" --scope '' --tags a=b c --set status=enabled
same "the actions of $mine" "push delete quarantine" \
    "$(webhook show --name "$mine" --query 'join(`" "`, actions)' --output tsv)"
same "what was not named stays" 'X-Token def' \
    "$(webhook get-config --name "$mine" --query 'join(`" "`, [keys(customHeaders)[0], customHeaders."X-Token"])' --output tsv)"

to=(--uri "http://127.0.0.1:$port/" --actions push)
alike_refused 1 webhook create "${registry[@]}" --name ab "${to[@]}"
alike_refused 1 webhook create "${registry[@]}" --name "$hook" --uri not-a-uri --actions push
alike_refused 3 webhook create "${registry[@]}" --name "$hook" --location moon "${to[@]}"
alike_refused 1 webhook update "${registry[@]}" --name "$hook" --uri not-a-uri
alike_refused 1 webhook list --registry no
alike_refused 2 webhook create "${registry[@]}" --name "$hook" --actions push
alike_refused 2 webhook create "${registry[@]}" --name "$hook" --uri http://127.0.0.1 --actions pull
alike_refused 1 webhook create --registry none000 --name "$hook" "${to[@]}"

alike webhook delete "${registry[@]}" --name "$hook"
for action in show ping get-config list-events; do
    alike_refused 3 webhook "$action" "${registry[@]}" --name "$hook"
done
alike_refused 3 webhook update "${registry[@]}" --name "$hook" --status enabled
alike webhook delete "${registry[@]}" --name "$hook"
ok "deleted all; what may not be, and what is not there, is refused"
