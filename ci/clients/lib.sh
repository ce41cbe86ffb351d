# What the scripts of the clients share. To be sourced, from the root of the repository.
# shellcheck shell=bash disable=SC2034
source ci/lib.sh

: "${REGISTRY:?is the address of a registry, such as 127.0.0.1:5000}"
: "${REGISTRY_USER:?is who may push to $REGISTRY}"
: "${REGISTRY_PASSWORD:?is the password of $REGISTRY_USER}"

# A name that no other run has used, so that a script can run twice against one registry.
run=$(date +%s)-$$
