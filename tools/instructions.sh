#!/bin/sh
# tools/instructions.sh PYTHON BUILD [OPTIONS]: counts the instructions of recorded events
# and compares them with their budget. OPTIONS are those of bench/instructions.py.
set -eu
cd "$(dirname "$0")/.."
python=$1 build=$2
shift 2
venv=$(tools/python_env.sh "$python" "$build")
exec "$venv/bin/python" bench/instructions.py "$@"
