#!/usr/bin/env bash
# oras pushes an artifact that refers to another, and the registry lists it as its referrer.
set -euo pipefail
cd "$(dirname "$0")/../.."
source ci/clients/lib.sh

work_folder
export HOME=$work # where oras looks for other logins
python=$PWD/target/ci/oras/bin/python script=$PWD/ci/clients/oras_subject.py
cd "$work" # oras pushes files of the working folder only
"$python" "$script" "clients/oras/app-$run"
