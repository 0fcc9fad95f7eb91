#!/bin/sh
# tools/venv.sh PYTHON DIR REQUIREMENTS...
#
# Makes DIR a virtual environment of PYTHON with the packages of the requirement files,
# unless it already is one of the same interpreter and the same files.
set -eu
python=$1 dir=$2
shift 2
made_from=$({ "$python" -VV && "$python" -c 'import sys; print(sys.executable)' &&
    cat "$@"; } | sha256sum)
[ "$made_from" = "$(cat "$dir/made-from" 2>/dev/null)" ] && exit
set -- $(printf -- '-r %s ' "$@")
rm -rf "$dir"
"$python" -m venv "$dir"
"$dir/bin/python" -m pip install --quiet --disable-pip-version-check "$@"
echo "$made_from" >"$dir/made-from"
