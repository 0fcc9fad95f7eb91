#!/bin/sh
# tools/python_tests.sh PYTHON BUILD [VARIANT] [-- pytest arguments...]
#
# Runs the Python tests on the package as built for PYTHON (tools/python_env.sh), from
# an installed copy. The report is BUILD/results/python-TAG[-VARIANT].xml. With the
# variants `asan` and `tsan` a finding of the sanitizer ends the process.
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
case "$venv" in
    *-asan)
        # CPython is not sanitized: its own allocator would hide what is freed, and what
        # it keeps until the end is no leak.
        LD_PRELOAD="$(cc -print-file-name=libasan.so) $(cc -print-file-name=libubsan.so)"
        export LD_PRELOAD PYTHONMALLOC=malloc
        export ASAN_OPTIONS=detect_leaks=0:handle_abort=0:allocator_may_return_null=1
        export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
        ;;
esac
exec "$venv/bin/python" -m pytest -n 2 -o cache_dir="$build/pytest-cache" \
    --junit-xml="$report" "$@"
