#!/usr/bin/env bash
# Installs what CI needs on Debian 12 and this machine lacks. Quick where nothing is missing.
set -euo pipefail
cd "$(dirname "$0")/.."
source ci/lib.sh
client=install

packages=(
    ca-certificates curl gcc jq libc6-dev python3 python3-venv # to build, and for these scripts
    postgresql-15                                              # the second engine
    docker.io podman skopeo webhook                            # real clients, and a real receiver
)
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

# The oras client of Python, in an environment of its own.
oras=target/ci/oras
if [[ ! -x $oras/bin/python ]] || ! "$oras/bin/pip" show --quiet oras 2>/dev/null; then
    mkdir -p target/ci
    python3 -m venv --clear "$oras"
    "$oras/bin/pip" install --quiet --retries 3 'oras==0.2.43'
fi
ok "$("$oras/bin/pip" list 2>/dev/null | grep '^oras ') in $oras"
