#!/usr/bin/env bash
# Starts a Boathook of its own, fills it, and lets a real browser at its portal: portal.sh [--database URL].
# What it does there are the scripts under ci/portal/; pictures of all pages are left in target/ci/portal-screenshots.
# ONLY names the scripts to run, instead of all: ONLY='crawl' BOATHOOK=… bash ci/portal.sh
set -euo pipefail
cd "$(dirname "$0")/.."
source ci/lib.sh
client=portal

work_folder
export BOATHOOK=${BOATHOOK:-$PWD/target/release/boathook} BOATHOOK_DATA=$work/data
# The receiver is on this machine, and so are all that may be reached.
export BOATHOOK__WEBHOOKS__ALLOW_CIDRS=127.0.0.0/8
[[ -x $BOATHOOK ]] || fail "no $BOATHOOK: cargo build --release --bin boathook"
command -v chromium >/dev/null || fail "no chromium: bash ci/install.sh"

start "$work/serve.log" "$BOATHOOK" serve --data "$BOATHOOK_DATA" --listen 127.0.0.1:0 \
    --region local --region north --tls --tls-listen 127.0.0.1:0 "$@"
server=$started
wait_for 20 "boathook serve says that it is ready" grep -q '^ready http://' "$work/serve.log"
endpoint=$(sed -n 's/^ready //p' "$work/serve.log")
# receiver LOG OPTION…: starts one that says which port it has found.
receiver() {
    start "$work/$1.log" "$BOATHOOK" sink --listen 127.0.0.1:0 "${@:2}"
    wait_for 10 "the receiver listens" grep -q '^listening on ' "$work/$1.log"
    port=$(sed -n 's/^listening on .*://p' "$work/$1.log")
}
receiver sink
sink_port=$port
# One that takes nothing, so that there are attempts that failed.
receiver broken --status 503 --body 'not <b>now</b>'
broken_port=$port
ok "ready at $endpoint"

credential() { jq --exit-status --raw-output "$1" "$BOATHOOK_DATA/credentials.json"; }
registry=$(credential .registry) group=$(credential .resourceGroup)
acr() { "$BOATHOOK" acr "$@" --output none --only-show-errors; }

# What there is to look at: a registry in two regions with images, charts, and webhooks that do well and badly; one that
# has nothing; and one whose webhooks do not fit on a page.
acr replication create --registry "$registry" --location north
acr create --name nothinghere --resource-group "$group" --location local --sku Basic
acr create --name manyhooks --resource-group "$group" --location local --sku Premium
hook() { acr webhook create --registry "$registry" --name "$@"; }
hook seedpushes --actions push --uri "http://user:topsecret@127.0.0.1:$sink_port/pushes?from=seed" \
    --headers 'Authorization=Bearer topsecret' --scope 'team/*'
hook seedcharts --actions chart_push chart_delete --uri "http://127.0.0.1:$sink_port/charts"
hook seedbroken --actions push delete --uri "http://127.0.0.1:$broken_port/"
hook seednobody --actions push --uri http://127.0.0.1:9/ --scope 'team/app:v*'
hook seednorth --actions push --uri "http://127.0.0.1:$sink_port/north" --location north
hook seedsilent --actions push delete --uri "http://127.0.0.1:$sink_port/silent"
for number in {101..155}; do
    acr webhook create --registry manyhooks --name "hook$number" --actions push --uri "http://127.0.0.1:$sink_port/"
done
REGISTRY=${endpoint#http://}
REGISTRY=${REGISTRY%/}
python3 ci/clients/layout.py "$work/image" v1 >/dev/null
push() {
    skopeo copy --quiet --all --dest-tls-verify=false "oci:$work/image:v1" "docker://$REGISTRY/$1" \
        --dest-creds "$(credential .username):$(credential '.passwords[0]')"
}
for image in team/app:v1 team/app:v2 team/tools:latest hello-world:v1; do push "$image"; done
mkdir "$work/hello"
for version in 0.1.0 0.2.0; do
    printf 'apiVersion: v2\nname: hello\nversion: %s\n' "$version" >"$work/hello/Chart.yaml"
    tar -C "$work" -czf "$work/hello-$version.tgz" hello
    acr helm push "$work/hello-$version.tgz" --name "$registry" --repository charts
done
# It was on while there was something to tell, and is off now.
settled() {
    "$BOATHOOK" acr webhook list-events --registry "$registry" --name seedsilent --output json |
        jq --exit-status 'length >= 4 and all(.[]; .eventResponseMessage.statusCode == "200")'
}
wait_for 20 "the events of the pushes are delivered" settled
acr webhook update --registry "$registry" --name seedsilent --status disabled
ok "filled registries: $registry, nothinghere, manyhooks"

# Who looks at it. Each has one role, on the resource group of all registries, and the owners on all that there is, the audit
# log included; some of them forget to sign out.
person() {
    local scope=(--resource-group "$group")
    if [ "$2" = Owner ]; then scope=(--scope "/subscriptions/$(credential .subscriptionId)"); fi
    "$BOATHOOK" identity create --name "$1" --role "$2" "${scope[@]}" --output json
}
people=$(for role in Owner Contributor Reader AcrPull AcrPush AcrDelete; do
    person "the-${role,,}" "$role" | jq --arg role "$role" '{($role): {name, password}}'
done | jq --slurp add)
forgetful=$(person forgetful Owner | jq '{forgetful: {name, password}}')
(
    umask 077
    jq --null-input --argjson people "$people" --argjson forgetful "$forgetful" --arg base "${endpoint%/}" \
        --arg tls "$(credential .tlsEndpoint)" --arg registry "$registry" --arg sink "http://127.0.0.1:$sink_port" \
        --arg image "$work/image" --arg user "$(credential .username)" --arg password "$(credential '.passwords[0]')" \
        '{$base, $tls, $registry, $sink, $image, $user, $password, people: ($people + $forgetful)}' >"$work/site.json"
)
ok "identities: $(jq --raw-output 'keys | join(", ")' <<<"$people")"

# Node finds packages beside the script that asks for them.
cp ci/portal/*.mjs "$work"
ln -s "$PWD/target/ci/browser/node_modules" "$work/node_modules"
export PORTAL_SITE=$work/site.json PORTAL_SCREENSHOTS=$PWD/target/ci/portal-screenshots
rm -rf "$PORTAL_SCREENSHOTS"
mkdir -p "$PORTAL_SCREENSHOTS"
# The last one deletes what the others look at.
for script in ${ONLY:-faults howto accidents secure crawl}; do
    began=$SECONDS
    node "$work/$script.mjs"
    ok "$script.mjs took $((SECONDS - began)) s"
done
ok "pictures: $(find "$PORTAL_SCREENSHOTS" -name '*.png' | wc -l) in $PORTAL_SCREENSHOTS"

kill -0 "$server" || fail "the server did not outlive its browsers"
if grep -E 'panicked|ERROR' "$work/serve.log"; then fail "the server's log tells of errors"; fi
kill "$server"
wait "$server" || fail "the server ended with status $? when it was asked to stop"
ok "stopped as asked, with status 0"
