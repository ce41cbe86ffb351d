# What the scripts of az share. To be sourced, from the root of the repository, where az is signed in.
# shellcheck shell=bash disable=SC2034
source ci/clients/lib.sh
: "${BOATHOOK:?is the program}" "${BOATHOOK_DATA:?is its server\'s folder}" "${REGISTRY_NAME:?is the name of $REGISTRY}"

# refused_with STATUS CODE COMMAND…: fails unless the command ends with that status and tells of that code.
refused_with() {
    local status=0 expected=$1 code=$2
    shift 2
    refusal=$("$@" 2>&1) || status=$?
    same "the status of: $*" "$expected" "$status"
    [[ $refusal == *"$code"* ]] || fail "$*: it tells nothing of $code: $refusal"
}

# direct COMMAND…: runs it where az and boathook know the server by one address, since what they print depends on it.
direct() {
    AZURE_CONFIG_DIR=$AZURE_CONFIG_DIR-direct BOATHOOK_ENDPOINT=$TLS_ENDPOINT \
        BOATHOOK_CA_CERTIFICATE=$REQUESTS_CA_BUNDLE BOATHOOK_CLIENT_ID=$CLIENT_ID BOATHOOK_CLIENT_SECRET=$CLIENT_SECRET "$@"
}

# equal WORDS…: the same words give the same JSON and the same table from both programs, byte for byte.
equal() {
    local output
    for output in json table; do
        direct az acr "$@" --output "$output" >"$work/az.$output"
        direct "$BOATHOOK" acr "$@" --output "$output" >"$work/boathook.$output"
        # How a delivery stands, az leaves out of events, as everything that its model does not name.
        [[ $output != json || $* != *list-events* ]] || sed -i '/^    "boathook": {$/,/^    },$/d' "$work/boathook.json"
        diff "$work/az.$output" "$work/boathook.$output" || fail "az and boathook differ: acr $* --output $output"
    done
    ok "az and boathook print the same, as JSON and as a table: acr $*"
}
