#!/bin/sh
# tools/types.sh PYTHON BUILD: type-checks the package, and its stubs against the native
# module as it was built.
set -eu
cd "$(dirname "$0")/.."
venv=$(tools/python_env.sh "$1" "$2")
"$venv/bin/python" -m mypy --strict --cache-dir="$2/mypy-cache" \
    src/codetracer_python_recorder
exec "$venv/bin/python" -m mypy.stubtest \
    codetracer_python_recorder.codetracer_python_recorder
