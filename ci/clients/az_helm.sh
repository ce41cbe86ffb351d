#!/usr/bin/env bash
# az and boathook push, list, show and delete charts of the classic Helm repository, and print the same.
set -euo pipefail
cd "$(dirname "$0")/../.."
source ci/clients/az.sh
client=az_helm
work_folder

helm() { HOME=$work "$PWD/target/ci/helm/helm" "$@"; }
name=(--name "$REGISTRY_NAME" --repository "charts-$run")
helm create "$work/hello" >/dev/null
for version in 0.1.0 0.2.0 0.3.0 0.4.0 0.5.0; do
    helm package "$work/hello" --version "$version" --destination "$work" >/dev/null
done
printf 'apiVersion: v2\nname: long\nversion: 1.0.0\ndescription: %s\n' "$(printf 'long %.0s' {1..20})" >"$work/hello/Chart.yaml"
mv "$work/hello" "$work/long"
helm package "$work/long" --destination "$work" >/dev/null

alike helm push "$work/hello-0.1.0.tgz" "${name[@]}" --force
alike_refused 1 helm push "$work/hello-0.1.0.tgz" "${name[@]}"
alike_refused 1 helm push "$work/long" "${name[@]}"
alike_refused 1 helm push "$work/hello-0.1.0.tgz" --name "$REGISTRY_NAME" --repository Bad
for chart in hello-0.2.0 hello-0.3.0 hello-0.4.0 hello-0.5.0 long-1.0.0; do
    direct "$BOATHOOK" acr helm push "$work/$chart.tgz" "${name[@]}" --only-show-errors --output none
done
ok "pushed charts"

equal helm list "${name[@]}"
equal helm show hello "${name[@]}"
equal helm show hello "${name[@]}" --version 0.1.0
alike_refused 3 helm show none "${name[@]}"
alike_refused 3 helm show hello "${name[@]}" --version 9.0.0
equal helm list "${name[@]}" --username "$REGISTRY_USER" --password "$REGISTRY_PASSWORD"

# Each of the four times one of these goes.
versions=(0.2.0 0.3.0 0.4.0 0.5.0)
for index in "${!fresh[@]}"; do
    chart=${fresh[index]}
    printf 'apiVersion: v2\nname: %s\nversion: 1.0.0\n' "$chart" >"$work/long/Chart.yaml"
    cp -r "$work/long" "$work/$chart"
    helm package "$work/$chart" --destination "$work" >/dev/null
    helm package "$work/$chart" --version 2.0.0 --destination "$work" >/dev/null
    for version in 1.0.0 2.0.0; do
        direct "$BOATHOOK" acr helm push "$work/$chart-$version.tgz" "${name[@]}" --only-show-errors --output none
    done
done
alike_refused 1 helm delete @@ "${name[@]}" --version 1.0.0
alike helm delete @@ "${name[@]}" --version 1.0.0 --yes
alike_refused 1 helm delete @@ "${name[@]}" --version 1.0.0 --prov --yes
alike helm delete @@ "${name[@]}" --yes
alike_refused 1 helm delete @@ "${name[@]}" --yes
equal helm list "${name[@]}"
