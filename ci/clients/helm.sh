#!/usr/bin/env bash
# helm pushes charts to the registry as OCI artifacts, signed ones too, and gets them back in every way that it has.
set -euo pipefail
cd "$(dirname "$0")/../.."
source ci/clients/lib.sh
client=helm

work_folder
export HOME=$work HELM_CONFIG_HOME=$work/config HELM_CACHE_HOME=$work/cache HELM_DATA_HOME=$work/data
helm() { "$PWD/target/ci/helm/helm" "$@"; }
charts=oci://$REGISTRY/clients/helm-$run
ok "$(helm version --template '{{.Version}}')"

refused helm show chart "$charts/hello" --version 0.1.0 --plain-http
helm registry login "$REGISTRY" --plain-http --username "$REGISTRY_USER" --password-stdin <<<"$REGISTRY_PASSWORD" \
    2>"$work/login.log" || fail "$(<"$work/login.log")"
ok "logged in; an anonymous caller is refused"

mkdir "$work/out"
helm create "$work/hello" >/dev/null
export GNUPGHOME=$work/gnupg
mkdir -m 700 "$GNUPGHOME"
at_exit "GNUPGHOME='$GNUPGHOME' gpgconf --kill all"
gpg --batch --quiet --pinentry-mode loopback --passphrase '' --quick-generate-key 'ci <ci@example.com>' rsa2048 sign never
gpg --batch --quiet --export >"$work/public.gpg"
gpg --batch --quiet --pinentry-mode loopback --passphrase '' --export-secret-keys >"$work/secret.gpg"
helm package "$work/hello" --version 0.1.0 --destination "$work" --sign --key ci --keyring "$work/secret.gpg" >/dev/null
helm push "$work/hello-0.1.0.tgz" "$charts" --plain-http >"$work/push.log" 2>&1 || fail "$(<"$work/push.log")"
digest=$(sed -n 's/^Digest: //p' "$work/push.log")
same "what the registry says of the chart" "$digest" \
    "$(skopeo inspect --tls-verify=false --creds "$REGISTRY_USER:$REGISTRY_PASSWORD" --raw \
        "docker://${charts#oci://}/hello:0.1.0" | sha256sum | sed 's/\([0-9a-f]*\).*/sha256:\1/')"
ok "pushed a signed chart"

helm pull "$charts/hello" --version 0.1.0 --plain-http --destination "$work/out" --verify --keyring "$work/public.gpg" \
    >"$work/pull.log" 2>&1 || fail "$(<"$work/pull.log")"
for file in hello-0.1.0.tgz hello-0.1.0.tgz.prov; do
    cmp "$work/$file" "$work/out/$file" || fail "$file is not what was pushed"
done
ok "pulled and verified it; chart and provenance are the same bytes"

same "the name in the chart" hello \
    "$(helm show chart "$charts/hello" --version 0.1.0 --plain-http 2>/dev/null | sed -n 's/^name: //p')"
helm template mine "$charts/hello" --version 0.1.0 --plain-http 2>/dev/null | grep --quiet '^kind: Deployment$' ||
    fail "the templates have no deployment"
helm package "$work/hello" --version 0.2.0 --destination "$work" >/dev/null
helm push "$work/hello-0.2.0.tgz" "$charts" --plain-http 2>/dev/null
same "the newest version" 0.2.0 \
    "$(helm show chart "$charts/hello" --plain-http 2>/dev/null | sed -n 's/^version: //p')"
ok "showed and rendered it, and found the newest version"

mkdir "$work/parent"
printf '%s\n' 'apiVersion: v2' 'name: parent' 'version: 0.1.0' 'dependencies:' \
    "  - { name: hello, version: '~0.1.0', repository: '$charts' }" >"$work/parent/Chart.yaml"
helm dependency update "$work/parent" --plain-http >"$work/update.log" 2>&1 || fail "$(<"$work/update.log")"
cmp "$work/hello-0.1.0.tgz" "$work/parent/charts/hello-0.1.0.tgz" || fail "the dependency is not what was pushed"
ok "updated the dependencies of another chart"

helm registry logout "$REGISTRY" 2>/dev/null
refused helm show chart "$charts/hello" --version 0.1.0 --plain-http
ok "logged out"
