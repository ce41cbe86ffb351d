# A throw-away PostgreSQL 15: a cluster of its own on a port of its own, with fsync on, because durability is
# what is tested. To be sourced after lib.sh.
# shellcheck shell=bash disable=SC2154

postgres_bin=/usr/lib/postgresql/15/bin

# postgres_start: makes a cluster, starts it until the script ends, and exports BOATHOOK_TEST_POSTGRES.
postgres_start() {
    local as=() work port log began=$SECONDS
    work_folder
    # PostgreSQL refuses to run as root.
    if [[ $EUID == 0 ]]; then
        as=(setpriv --reuid=postgres --regid=postgres --init-groups)
        chown postgres: "$work"
    fi
    port=$(free_port)
    log=$work/postgres.log
    printf '\n=== PostgreSQL: a cluster in %s on port %s\n' "$work" "$port"
    (cd "$work" && "${as[@]}" "$postgres_bin/initdb" --pgdata="$work/data" --username=postgres --auth=trust \
        --locale=C --encoding=UTF8 >"$work/initdb.log" 2>&1) || {
        cat "$work/initdb.log" >&2
        fail "PostgreSQL: no cluster"
    }
    start "$log" "${as[@]}" "$postgres_bin/postgres" -D "$work/data" -p "$port" -k "$work" \
        -c listen_addresses=127.0.0.1 -c max_connections=300
    # Stopped without waiting for the clients, which are gone.
    at_exit "kill -INT $started"
    wait_for 30 "PostgreSQL answers" "$postgres_bin/pg_isready" --quiet --host=127.0.0.1 --port="$port" \
        --username=postgres
    kill -0 "$started" || fail "PostgreSQL ended, and something else answers on port $port"
    export BOATHOOK_TEST_POSTGRES="postgres://postgres@127.0.0.1:$port"
    postgres_sessions_before=$(postgres_sessions)
    steps+=("$(printf '%5d s  PostgreSQL' $((SECONDS - began)))")
}

# How many sessions there have been since the cluster was made.
postgres_sessions() {
    "$postgres_bin/psql" --no-psqlrc --quiet --tuples-only --no-align "$BOATHOOK_TEST_POSTGRES/postgres" \
        --command='SELECT sum(sessions) FROM pg_stat_database'
}

# postgres_was_used: fails if hardly anyone came, because then the tests were skipped and nobody said so.
postgres_was_used() {
    local sessions=$(($(postgres_sessions) - postgres_sessions_before))
    ((sessions >= 10)) || fail "the tests were not on PostgreSQL: $sessions sessions"
    printf '\n=== PostgreSQL had %d sessions\n' "$sessions"
}

# postgres_database NAME: makes a database and prints its URL.
postgres_database() {
    "$postgres_bin/createdb" --maintenance-db="$BOATHOOK_TEST_POSTGRES/postgres" "$1" >&2
    echo "$BOATHOOK_TEST_POSTGRES/$1"
}
