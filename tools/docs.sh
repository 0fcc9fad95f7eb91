#!/bin/sh
# tools/docs.sh PYTHON BUILD
#
# Makes the documentation in BUILD/docs, and from the parser of the command line the man
# page (man/) and the completion of its options for bash and zsh.
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
"$bin/python" -m sphinx -W -q -b man docs "$build/docs/man"
for shell in bash zsh; do
    "$bin/python" -m shtab --shell=$shell --prog=codetracer-python-recorder \
        codetracer_python_recorder.cli._make_parser >"$build/docs/completion.$shell"
done
