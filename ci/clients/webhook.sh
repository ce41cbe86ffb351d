#!/usr/bin/env bash
# adnanh's webhook receives what Boathook sends while docker pushes, and its command runs with the right values.
# Needs BOATHOOK, the program; BOATHOOK_DATA, its server's folder; and REGISTRY_NAME beside the usual.
set -euo pipefail
cd "$(dirname "$0")/../.."
source ci/clients/lib.sh
client=webhook

work_folder
name=hook${run//-/}
repository=clients/webhook/hello-$run

# The rule of a receiver that deploys on a push: it wants the action, and hands on repository and tag.
cat >"$work/ran.sh" <<'END'
#!/bin/sh
echo "$*" >>"$(dirname "$0")/ran"
END
chmod +x "$work/ran.sh"
touch "$work/ran"
jq --null-input --arg command "$work/ran.sh" '
    def payload($name): {source: "payload", name: $name};
    [{
        id: "acr",
        "execute-command": $command,
        "pass-arguments-to-command": [payload("action"), payload("target.repository"), payload("target.tag")],
        "trigger-rule": {match: {type: "value", value: "push", parameter: payload("action")}}
    }]' >"$work/hooks.json"
port=$(free_port)
start "$work/receiver.log" webhook -hooks "$work/hooks.json" -ip 127.0.0.1 -port "$port" -verbose
wait_for 10 "the receiver answers" curl --silent --fail "http://127.0.0.1:$port/"
ok "$(webhook -version) listens"

acr() { "$BOATHOOK" acr webhook "$@" --registry "$REGISTRY_NAME" --name "$name"; }
acr create --actions push delete --uri "http://127.0.0.1:$port/hooks/acr" >/dev/null
at_exit 'acr delete >/dev/null'
ok "created $name"

DOCKER_REPOSITORY=$repository DOCKER_TAG=$run bash ci/clients/docker.sh

for tag in "$run" "$run-again"; do
    wait_for 20 "the command runs for the push of $tag" grep -qx "push $repository $tag" "$work/ran"
    ok "the command ran with: push $repository $tag"
done

# An event of another action is delivered too, and the rule lets it pass.
skopeo delete --tls-verify=false --creds "$REGISTRY_USER:$REGISTRY_PASSWORD" "docker://$REGISTRY/$repository:$run"
delivered() {
    acr list-events --output json | jq --exit-status --arg repository "$repository" 'any(.[];
        .eventRequestMessage.content.action == "delete" and
        .eventRequestMessage.content.target.repository == $repository and
        .eventResponseMessage.statusCode == "200")'
}
wait_for 20 "list-events shows the delete as answered with 200" delivered
same "how often the command ran" 2 "$(grep -c " $repository " "$work/ran")"
ok "the delete was delivered, and no command ran for it"
