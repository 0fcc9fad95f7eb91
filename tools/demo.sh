#!/bin/sh
# Installs the package the way a user does, records examples/library.py and shows what
# was recorded.
set -eu
cd "$(dirname "$0")/.."
tools/check_compiler
python=$(tools/find_python)
venv=build/demo/venv
trace=build/demo/trace

echo "Building the recorder for $("$python" -V) (half a minute the first time) ..."
mkdir -p build/demo
[ -x "$venv/bin/codetracer-python-recorder" ] || rm -rf "$venv"
[ -d "$venv" ] || "$python" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check .

rm -rf "$trace"
echo "$ codetracer-python-recorder --trace-dir $trace --format json examples/library.py"
"$venv/bin/codetracer-python-recorder" --trace-dir "$trace" --format json \
    examples/library.py
echo
exec "$python" tools/show_trace.py "$trace"
