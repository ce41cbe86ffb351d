#!/usr/bin/env bash
# Starts a Boathook of its own and lets every real client at it: clients.sh [--database URL].
# Each client is a script of its own under ci/clients/, and can be pointed at any registry:
#   REGISTRY=127.0.0.1:5000 REGISTRY_USER=boathook REGISTRY_PASSWORD=… ci/clients/skopeo.sh
set -euo pipefail
cd "$(dirname "$0")/.."
source ci/lib.sh
client=boathook

work_folder
export BOATHOOK=${BOATHOOK:-$PWD/target/release/boathook} BOATHOOK_DATA=$work/data
# The receiver is on this machine, and so are all that may be reached.
export BOATHOOK__WEBHOOKS__ALLOW_CIDRS=127.0.0.0/8
[[ -x $BOATHOOK ]] || fail "no $BOATHOOK: cargo build --release --bin boathook"

start "$work/serve.log" "$BOATHOOK" serve --data "$BOATHOOK_DATA" --listen 127.0.0.1:0 "$@"
server=$started
wait_for 20 "boathook serve says that it is ready" grep -q '^ready http://' "$work/serve.log"
endpoint=$(sed -n 's/^ready //p' "$work/serve.log")
ok "ready at $endpoint"

credential() { jq --exit-status --raw-output "$1" "$BOATHOOK_DATA/credentials.json"; }
REGISTRY=${endpoint#http://}
REGISTRY=${REGISTRY%/}
REGISTRY_NAME=$(credential .registry)
REGISTRY_USER=$(credential .username)
REGISTRY_PASSWORD=$(credential '.passwords[0]')
export REGISTRY REGISTRY_NAME REGISTRY_USER REGISTRY_PASSWORD

bash ci/clients/skopeo.sh
bash ci/clients/webhook.sh # with docker.sh as the one who pushes
bash ci/clients/podman.sh
bash ci/clients/oras.sh
bash ci/clients/helm.sh
bash ci/clients/helm_repository.sh
bash ci/clients/helm_bridge.sh

kill -0 "$server" || fail "the server did not outlive its clients"
kill "$server"
wait "$server" || fail "the server ended with status $? when it was asked to stop"
ok "stopped as asked, with status 0"
