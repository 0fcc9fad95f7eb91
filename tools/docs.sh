#!/bin/sh
# tools/docs.sh PYTHON BUILD
#
# Makes the documentation in BUILD/docs.
set -eu
cd "$(dirname "$0")/.."
python=$1
mkdir -p "$2/docs"
build=$(cd "$2" && pwd)
package=$(tools/python_env.sh "$python" "$build")
tools/venv.sh "$python" "$build/venv-docs" tools/requirements/docs.txt
PYTHONPATH=$(echo "$package"/lib/python*/site-packages)
export PYTHONPATH
bin=$build/venv-docs/bin
"$bin/python" -m sphinx -W -q docs "$build/docs"
