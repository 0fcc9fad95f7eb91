#!/bin/bash
# tools/tsan.sh BUILD
#
# Records the programs of tests/races with the extension and a free-threaded CPython both
# under ThreadSanitizer, and ends with an error if it reports anything with a function of
# the extension in it, or if a program does not say "done". CPython 3.13 has races of its
# own (a daemon thread at the end). Needs clang; CPython is built first
# (tools/cpython_build.sh).
set -euo pipefail
cd "$(dirname "$0")/.."
python=$(tools/cpython_build.sh tsan)
# A sanitized interpreter wants its addresses where it expects them.
export CC=clang TSAN_OPTIONS=report_bugs=0
venv=$(setarch -R tools/python_env.sh "$python" "$1" tsan)
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
export TSAN_OPTIONS=exitcode=0:log_path=$results/report

run() {
    local said
    said=$(setarch -R "$venv/bin/python" "$@")
    [ "$said" = "done" ] || { echo "$*: said '$said'" >&2 && exit 1; }
}

for format in json binary; do
    run -m codetracer_python_recorder --format "$format" -o "$results/$format" \
        tests/races/threads.py
done
run tests/races/start_stop.py "$results"
run tests/races/output.py "$results"

cat "$results"/report.* >"$results/reports" 2>/dev/null || true
ours=$(awk 'BEGIN { RS = "==================\n" } /codetracer_python_recorder\.cpython/' \
    "$results/reports")
[ -z "$ours" ] || { echo "$ours" >&2 && exit 1; }
echo "4 passed, 0 failed"
