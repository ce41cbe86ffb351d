#!/usr/bin/env bash
# helm uses the classic repository, signed charts too, and a receiver hears of each chart that comes and goes.
# Needs BOATHOOK, the program; BOATHOOK_DATA, its server's folder; and REGISTRY_NAME beside the usual.
set -euo pipefail
cd "$(dirname "$0")/../.."
source ci/clients/lib.sh
client=helm-repository

work_folder
export HOME=$work HELM_CONFIG_HOME=$work/config HELM_CACHE_HOME=$work/cache HELM_DATA_HOME=$work/data
helm() { "$PWD/target/ci/helm/helm" "$@"; }
repository=clients/charts-$run
url=http://$REGISTRY/helm/v1/$repository

# send METHOD FILE: what `az acr helm` sends, whose words are tested elsewhere.
send() {
    curl --silent --show-error --fail --user "$REGISTRY_USER:$REGISTRY_PASSWORD" --request "$1" \
        --data-binary "@$2" "$url/_blobs/$(basename "$2")"
}
remove() {
    curl --silent --show-error --fail --user "$REGISTRY_USER:$REGISTRY_PASSWORD" --request DELETE "$url/$1"
}

touch "$work/events"
port=$(free_port)
start "$work/sink.log" "$BOATHOOK" sink --listen "127.0.0.1:$port" --log "$work/events"
name=charts${run//-/}
acr() { "$BOATHOOK" acr webhook "$@" --registry "$REGISTRY_NAME" --name "$name"; }
acr create --actions push delete chart_push chart_delete --uri "http://127.0.0.1:$port/" >/dev/null
at_exit 'acr delete >/dev/null'
# heard ACTION: how many events of the action there were for the repository.
heard() {
    jq --slurp --arg action "$1" --arg repository "$repository" '
        map(.body | fromjson | select(.action == $action and .target?.repository? == $repository)) | length' "$work/events"
}
has_heard() { [[ $(heard "$1") == "$2" ]]; }

helm create "$work/hello" >/dev/null
export GNUPGHOME=$work/gnupg
mkdir -m 700 "$GNUPGHOME"
at_exit "GNUPGHOME='$GNUPGHOME' gpgconf --kill all"
gpg --batch --quiet --pinentry-mode loopback --passphrase '' --quick-generate-key 'ci <ci@example.com>' rsa2048 sign never
gpg --batch --quiet --export >"$work/public.gpg"
gpg --batch --quiet --pinentry-mode loopback --passphrase '' --export-secret-keys >"$work/secret.gpg"
for version in 0.1.0 0.2.0; do
    helm package "$work/hello" --version "$version" --destination "$work" --sign --key ci --keyring "$work/secret.gpg" >/dev/null
    same "what a push answers" '{"saved":true}' "$(send PUT "$work/hello-$version.tgz")"
    same "what a push answers" '{"saved":true}' "$(send PUT "$work/hello-$version.tgz.prov")"
done
refused send PUT "$work/hello-0.1.0.tgz"
ok "pushed two signed versions, each once"

refused helm repo add classic "$url"
helm repo add classic "$url" --username "$REGISTRY_USER" --password-stdin <<<"$REGISTRY_PASSWORD" >"$work/add.log" 2>&1 ||
    fail "$(<"$work/add.log")"
helm repo update >"$work/update.log" 2>&1 || fail "$(<"$work/update.log")"
same "the versions that helm finds, the newest first" "0.2.0 0.1.0" \
    "$(helm search repo classic/hello --versions --output json | jq --raw-output '[.[].version] | join(" ")')"
ok "added the repository with a name and a password, and searched it"

mkdir "$work/out"
helm pull classic/hello --version 0.1.0 --destination "$work/out" --verify --keyring "$work/public.gpg" \
    >"$work/pull.log" 2>&1 || fail "$(<"$work/pull.log")"
for file in hello-0.1.0.tgz hello-0.1.0.tgz.prov; do
    cmp "$work/$file" "$work/out/$file" || fail "$file is not what was pushed"
done
ok "pulled and verified it; chart and provenance are the same bytes"

same "the name in the chart" hello "$(helm show chart classic/hello | sed -n 's/^name: //p')"
helm template mine classic/hello 2>/dev/null | grep --quiet '^kind: Deployment$' || fail "the templates have no deployment"
ok "showed and rendered it"

same "what a deletion answers" '{"deleted":true}' "$(remove _blobs/hello-0.2.0.tgz)"
helm repo update >/dev/null 2>&1
same "the versions that are left" 0.1.0 \
    "$(helm search repo classic/hello --versions --output json | jq --raw-output '[.[].version] | join(" ")')"
same "what a deletion answers" '{"deleted":true}' "$(remove _charts/hello)"
wait_for 20 "the receiver hears of both pushes" has_heard chart_push 2
wait_for 20 "the receiver hears of both deletions" has_heard chart_delete 2
same "how many others it heard of" "0 0" "$(heard push) $(heard delete)"
ok "two chart_push and two chart_delete were delivered, and nothing else"
