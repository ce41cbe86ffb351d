# What the scripts of CI share: steps with a limit, programs that are ended, waiting, and one line for each fact.
# To be sourced, from the root of the repository.
# shellcheck shell=bash disable=SC2034

# Who speaks in `ok` and `fail`, and what `start` and `refused` leave behind.
client=ci started='' refusal=''

# How long all steps together may take, in seconds.
STEPS_SECONDS_MAX=2640
steps=()
step_id=

# step MINUTES WHAT COMMAND…: runs a command with a limit, no standard input, and its time noted.
step() {
    local what=$2 began=$SECONDS limit=$(($1 * 60)) left=$((STEPS_SECONDS_MAX - SECONDS)) status=0
    shift 2
    ((limit < left)) || limit=$left
    ((limit > 0)) || fail "no time is left for: $what"
    printf '\n=== %s: %s\n' "$what" "$*"
    # In the background, because a shell that waits hears of signals, and one that runs a program does not.
    timeout --kill-after=30 "$limit" "$@" </dev/null &
    step_id=$!
    wait "$step_id" || status=$?
    step_id=
    if ((status == 124)); then fail "$what: not done in $limit seconds"; fi
    if ((status)); then fail "$what: status $status after $((SECONDS - began)) s"; fi
    steps+=("$(printf '%5d s  %s' $((SECONDS - began)) "$what")")
}

steps_report() {
    printf '\n=== all steps passed in %d s\n' "$SECONDS"
    printf '%s\n' "${steps[@]}"
}

# at_exit COMMAND: will be run however the script ends; the last one first.
at_exit_commands=()
exit_status=0
at_exit() { at_exit_commands+=("$1"); }

on_exit() {
    exit_status=$?
    local index
    trap - EXIT ERR
    trap '' PIPE
    set +e
    [[ -z $step_id ]] || stop "$step_id"
    for ((index = ${#at_exit_commands[@]} - 1; index >= 0; index--)); do
        eval "${at_exit_commands[index]}"
    done
    exit "$exit_status"
}
trap on_exit EXIT
set -o errtrace
# What failed is shown unexpanded, and so without passwords.
trap 'echo "FAILED $client: ${BASH_SOURCE[0]} line $LINENO: $BASH_COMMAND" >&2' ERR
trap 'exit 130' INT
trap 'exit 143' TERM HUP
trap 'exit 141' PIPE

# start LOG COMMAND…: starts a program in the background; its id is in `started`. It is ended at exit, and its
# last words are shown if the script failed.
start() {
    local log=$1
    shift
    "$@" >"$log" 2>&1 </dev/null &
    started=$!
    at_exit "stop $started; show_if_failed '$log'"
}

# stop ID: asks a program that this shell started to end, and ends it after 20 seconds.
stop() {
    kill "$1" 2>/dev/null || return 0
    timeout 20 tail --pid="$1" -f /dev/null || kill -KILL "$1"
    wait "$1" 2>/dev/null || true
}

show_if_failed() {
    [[ $exit_status -eq 0 || ! -s $1 ]] && return 0
    echo "--- the last lines of $(basename "$1"):" >&2
    tail -n 30 "$1" >&2
}

# work_folder: makes a folder that is removed at exit, also if something is still mounted in it; its path is in `work`.
work_folder() {
    work=$(mktemp -d "${TMPDIR:-/tmp}/boathook-ci.XXXXXX")
    at_exit "remove_work '$work'"
}

remove_work() {
    local mounted
    awk -v under="$1/" 'index($2, under) == 1 { print $2 }' /proc/mounts | sort -r | while read -r mounted; do
        umount "$mounted"
    done
    rm -rf "$1"
}

# wait_for SECONDS WHAT COMMAND…: waits until a command succeeds.
wait_for() {
    local seconds=$1 what=$2 deadline=$((SECONDS + $1))
    shift 2
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < deadline)) || fail "$what: not within $seconds seconds"
        sleep 0.1
    done
}

# free_port: prints a port of the loopback address that nobody listens on.
free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# One line for each fact that a script proved, or the cause why it could not.
ok() { echo "ok $client: $*"; }
fail() {
    echo "FAILED $client: $*" >&2
    exit 1
}

# same WHAT EXPECTED FOUND: fails unless the two are equal, and not empty.
same() {
    [[ -n $2 && $2 == "$3" ]] || fail "$1: expected '$2', found '$3'"
}

# refused COMMAND…: fails if the command succeeds. What it says goes to `refusal`.
refused() {
    if refusal=$("$@" 2>&1); then fail "should have been refused: $*"; fi
}
