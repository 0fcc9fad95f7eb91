#!/bin/sh
# tools/python_tests.sh PYTHON BUILD [VARIANT] [-- pytest arguments...]
#
# Runs the Python tests on the package as built for PYTHON (tools/python_env.sh), from
# an installed copy. The report is BUILD/results/python-TAG[-VARIANT].xml.
set -eu
python=$1
build=$(mkdir -p "$2/results" && cd "$2" && pwd)
variant=
shift 2
if [ $# -gt 0 ] && [ "$1" != -- ]; then
    variant=$1
    shift
fi
[ $# -eq 0 ] || shift
cd "$(dirname "$0")/.."
venv=$(tools/python_env.sh "$python" "$build" $variant)
report=$build/results/python-${venv##*/venv-}.xml
export HYPOTHESIS_STORAGE_DIRECTORY="$build/hypothesis"
exec "$venv/bin/python" -m pytest -n 2 -o cache_dir="$build/pytest-cache" \
    --junit-xml="$report" "$@"
