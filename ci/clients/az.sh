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

# sign_in_directly: has az know the server by its address rather than by name, and sign in, in a folder of its own, since
# it keeps tokens by host.
sign_in_directly() {
    direct az cloud register --name boathook --endpoint-resource-manager "$TLS_ENDPOINT"
    direct az cloud set --name boathook
    direct az login --service-principal --tenant "$TENANT_ID" --username "$CLIENT_ID" --password "$CLIENT_SECRET" \
        --output none
}

# acr PROGRAM OUTPUT WORDS…: runs it as one of both programs. What it says goes to files in `work`, its status to `status`.
acr() {
    local command=az output=$2
    [[ $1 == az ]] || command=$BOATHOOK
    status=0
    direct "$command" acr "${@:3}" --only-show-errors --output "$output" \
        >"$work/$1.$output" 2>"$work/$1.errors" </dev/null || status=$?
}

# told WORDS…: the words of a command as they may be shown.
told() { sed -E 's/(--password) [^ ]+/\1 .../g' <<<"acr $*"; }

# equal WORDS…: the same words give the same JSON and the same table from both programs, byte for byte.
equal() {
    local output program
    for output in json table; do
        for program in az boathook; do
            acr "$program" "$output" "$@"
            ((status == 0)) || fail "$program ends with $status: $(told "$@"): $(<"$work/$program.errors")"
        done
        # How a delivery stands, az leaves out of events, as everything that its model does not name.
        [[ $output != json || $* != *list-events* ]] || sed -i '/^    "boathook": {$/,/^    },$/d' "$work/boathook.json"
        diff "$work/az.$output" "$work/boathook.$output" || fail "az and boathook differ: $(told "$@") --output $output"
    done
    ok "az and boathook print the same, as JSON and as a table: $(told "$@")"
}

# What `@@` in the words of `alike` stands for, each time that it runs them: two programs, two forms of output.
fresh=(alfa beta gama zeta)

# alike WORDS…: both programs do the same, and print the same JSON and the same table, but for what is new each time.
# Where the words have `@@`, each time is about something else, so that all of them can make and delete it.
alike() {
    local output program index=0
    for output in json table; do
        for program in az boathook; do
            acr "$program" "$output" "${@//@@/${fresh[index]}}"
            ((status == 0)) || fail "$program ends with $status: $(told "$@"): $(<"$work/$program.errors")"
            index=$((index + 1))
        done
        alike_files "$output" "$(told "$@") --output $output"
    done
    ok "az and boathook do the same, and print it alike: $(told "$@")"
}

# alike_refused STATUS WORDS…: both programs end with that status, print nothing, and say why in the same words.
alike_refused() {
    local expected=$1 program index=0
    shift
    for program in az boathook; do
        acr "$program" json "${@//@@/${fresh[index]}}"
        same "the status of $program: $(told "$@")" "$expected" "$status"
        [[ ! -s $work/$program.json ]] || fail "$program printed what it should not: $(told "$@")"
        index=$((index + 1))
    done
    # How each of them shows its usage is its own.
    ((expected == 2)) || alike_files errors "$(told "$@")"
    ok "az and boathook end with $expected, and say the same: $(told "$@")"
}

# alike_files WHICH WHAT: what az and boathook said is the same where it is masked.
alike_files() {
    local program
    for program in az boathook; do
        masked <"$work/$program.$1" >"$work/$program.masked"
    done
    diff "$work/az.masked" "$work/boathook.masked" || fail "az and boathook differ: $2"
}

# masked: replaces what is new each time: names, ids, times and secrets. They also say how wide a table is.
masked() {
    sed -E -e "s/$(IFS='|' && echo "${fresh[*]}")/@@/g" \
        -e 's/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/ID/g' \
        -e 's/^ERROR: [0-9-]{10} [0-9:.]{15} /ERROR: /' -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9.]+/TIME/g' \
        -e 's/("(value|accessToken|refreshToken)": )"[^"]{20,}"/\1SECRET/' \
        -e 's/(^| )[A-Za-z0-9+\/_.-]{40,}/\1SECRET/g' -e 's/([^ ]) +/\1 /g' -e 's/-{2,}/-/g'
}
