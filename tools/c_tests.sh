#!/bin/sh
# tools/c_tests.sh PYTHON BUILD [meson options...]
#
# Builds the C core with its unit tests and fuzz targets in the directory BUILD, and runs
# the tests and the replay of the fuzz corpus. Needs PYTHON for meson only.
set -eu
python=$1 build=$2
shift 2
cd "$(dirname "$0")/.."
tools/venv.sh "$python" build/venv-tools tools/requirements/tools.txt
PATH=$PWD/build/venv-tools/bin:$PATH
[ -e "$build/build.ninja" ] || rm -rf "$build"
if [ -d "$build" ]; then set -- --reconfigure "$@"; fi
meson setup "$build" . -Dextension=false -Dtests=true -Dwerror=true "$@" >"$build.log" ||
    { cat "$build.log"; exit 1; }
meson compile -C "$build" >"$build.log" || { cat "$build.log"; exit 1; }
exec meson test -C "$build" --no-rebuild --print-errorlogs --num-processes 2 --verbose
