#!/bin/sh
# tools/lint.sh PYTHON [--fix]: layout and lint of the C and Python sources; with --fix,
# brings the layout in order.
set -eu
cd "$(dirname "$0")/.."
tools/venv.sh "$1" build/venv-tools tools/requirements/tools.txt
PATH=$PWD/build/venv-tools/bin:$PATH
c_files=$(find csrc tests/c tests/fuzz -name '*.[ch]' | sort)
if [ "${2:-}" = --fix ]; then
    clang-format -i $c_files
    ruff check --quiet --fix-only .
    exec ruff format --quiet .
fi
status=0
for file in $c_files; do
    clang-format --dry-run -Werror "$file" 2>/dev/null ||
        { echo "$file is not laid out as \`make format\` would"; status=1; }
done
ruff check . || status=1
ruff format --check . || status=1
exit $status
