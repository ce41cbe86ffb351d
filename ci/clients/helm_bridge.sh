#!/usr/bin/env bash
# helm pushes charts as OCI artifacts, signed ones too, and finds them in the classic repository above them.
# Needs BOATHOOK, the program; BOATHOOK_DATA, its server's folder; and REGISTRY_NAME beside the usual.
set -euo pipefail
cd "$(dirname "$0")/../.."
source ci/clients/lib.sh
client=helm-bridge

work_folder
export HOME=$work HELM_CONFIG_HOME=$work/config HELM_CACHE_HOME=$work/cache HELM_DATA_HOME=$work/data
helm() { "$PWD/target/ci/helm/helm" "$@"; }
repository=clients/bridge-$run
bridge() { "$BOATHOOK" acr helm bridge "$@" --name "$REGISTRY_NAME" --query status --output tsv; }
# The versions that helm finds, the newest first.
versions() {
    helm repo update >"$work/update.log" 2>&1 || fail "$(<"$work/update.log")"
    helm search repo bridged/hello --versions --output json | jq --raw-output '[.[].version] | join(" ")'
}

helm registry login "$REGISTRY" --plain-http --username "$REGISTRY_USER" --password-stdin <<<"$REGISTRY_PASSWORD" \
    2>"$work/login.log" || fail "$(<"$work/login.log")"
helm create "$work/hello" >/dev/null
export GNUPGHOME=$work/gnupg
mkdir -m 700 "$GNUPGHOME"
at_exit "GNUPGHOME='$GNUPGHOME' gpgconf --kill all"
gpg --batch --quiet --pinentry-mode loopback --passphrase '' --quick-generate-key 'ci <ci@example.com>' rsa2048 sign never
gpg --batch --quiet --export >"$work/public.gpg"
gpg --batch --quiet --pinentry-mode loopback --passphrase '' --export-secret-keys >"$work/secret.gpg"
# push VERSION: packages it, signs it and pushes it.
push() {
    helm package "$work/hello" --version "$1" --destination "$work" --sign --key ci --keyring "$work/secret.gpg" >/dev/null
    helm push "$work/hello-$1.tgz" "oci://$REGISTRY/$repository" --plain-http >"$work/push.log" 2>&1 ||
        fail "$(<"$work/push.log")"
}
push 0.1.0
push 0.2.0+build.5
ok "pushed two versions as OCI artifacts"

add() {
    helm repo add bridged "http://$REGISTRY/helm/v1/$repository" --username "$REGISTRY_USER" --password-stdin \
        <<<"$REGISTRY_PASSWORD" >"$work/add.log" 2>&1
}
same "whether they are listed" disabled "$(bridge show)"
refused add
[[ $(<"$work/add.log") == *404* ]] || fail "$(<"$work/add.log")"
same "whether they are listed" enabled "$(bridge update --status enabled)"
at_exit 'bridge update --status disabled >/dev/null'
add || fail "$(<"$work/add.log")"
same "the versions that helm finds" "0.2.0+build.5 0.1.0" "$(versions)"
ok "found them in the classic repository above, when that was allowed"

mkdir "$work/out"
for version in 0.1.0 0.2.0+build.5; do
    helm pull bridged/hello --version "$version" --destination "$work/out" --verify --keyring "$work/public.gpg" \
        >"$work/pull.log" 2>&1 || fail "$(<"$work/pull.log")"
    for file in "hello-$version.tgz" "hello-$version.tgz.prov"; do
        cmp "$work/$file" "$work/out/$file" || fail "$file is not what was pushed"
    done
done
ok "pulled and verified both; charts and provenances are the same bytes"

same "the name in the chart" hello "$(helm show chart bridged/hello | sed -n 's/^name: //p')"
helm template mine bridged/hello 2>/dev/null | grep --quiet '^kind: Deployment$' || fail "the templates have no deployment"
mkdir "$work/parent"
printf '%s\n' 'apiVersion: v2' 'name: parent' 'version: 0.1.0' 'dependencies:' \
    "  - { name: hello, version: '~0.1.0', repository: '@bridged' }" >"$work/parent/Chart.yaml"
helm dependency update "$work/parent" >"$work/update.log" 2>&1 || fail "$(<"$work/update.log")"
cmp "$work/hello-0.1.0.tgz" "$work/parent/charts/hello-0.1.0.tgz" || fail "the dependency is not what was pushed"
ok "showed it, rendered it and depended on it"

push 0.3.0
same "the versions that helm finds" "0.3.0 0.2.0+build.5 0.1.0" "$(versions)"
"$BOATHOOK" acr repository delete --name "$REGISTRY_NAME" --image "$repository/hello:0.3.0" --yes --only-show-errors \
    --output none
same "the versions that are left" "0.2.0+build.5 0.1.0" "$(versions)"
ok "saw one come and go"
