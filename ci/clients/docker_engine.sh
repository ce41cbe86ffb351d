# A docker engine of a script's own in $work, and its client. To be sourced.
# shellcheck shell=bash disable=SC2154

# Debian's client beside Debian's engine, whatever else is on the path.
docker() { /usr/bin/docker --config "$work/config" --host "unix://$work/docker.sock" "$@"; }
mkdir "$work/config"
echo '{}' >"$work/daemon.json"
# No bridge and no firewall rules: it only pushes and pulls. vfs needs nothing of the kernel.
start "$work/dockerd.log" dockerd --config-file="$work/daemon.json" --iptables=false --bridge=none \
    --storage-driver=vfs --data-root="$work/data" --exec-root="$work/exec" --pidfile="$work/docker.pid" \
    --host="unix://$work/docker.sock"
wait_for 30 "the engine answers" docker version
ok "engine $(docker version --format '{{.Server.Version}}'), client $(docker version --format '{{.Client.Version}}')"
