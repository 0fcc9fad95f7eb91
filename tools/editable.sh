#!/bin/sh
# tools/editable.sh PYTHON BUILD
#
# Checks that an editable install records like any other, from the command line and by
# the API: it runs the Python code of this checkout, and what was compiled from a folder
# of the build. Nothing of either is in a trace.
set -eu
cd "$(dirname "$0")/.."
python=$1 build=$(mkdir -p "$2" && cd "$2" && pwd)
venv=$build/venv-editable
tools/venv.sh "$python" "$venv" tools/requirements/build.txt
PATH=$venv/bin:$PATH "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    --no-build-isolation --no-deps -Cbuild-dir="$build/meson-editable" --editable .

cd "$build"
program=editable_program.py
cat >$program <<'PROGRAM'
import codetracer_python_recorder as recorder

if not recorder.is_tracing():
    with recorder.trace("editable-api", format="json"):
        print("recorded")
PROGRAM
rm -rf editable-api editable-cli
"$venv/bin/python" $program
"$venv/bin/codetracer-python-recorder" --trace-dir editable-cli --format json $program
for trace in editable-api editable-cli; do
    grep -q "/$program\"" $trace/trace_paths.json
    if grep -q '"[^"]*/codetracer_python_recorder/' $trace/trace_paths.json; then
        echo "$trace has code of the recorder: $(cat $trace/trace_paths.json)" >&2
        exit 1
    fi
done
