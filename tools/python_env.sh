#!/bin/sh
# tools/python_env.sh PYTHON BUILD [VARIANT]
#
# Makes a virtual environment of PYTHON in the directory BUILD, with what the tests need
# and with the package, built from this checkout (which may be read-only); prints the
# environment's path. Does nothing again that is up to date. VARIANT `public` builds with
# the frame adapter on CPython's public API, `asan` with the address and
# undefined-behaviour sanitizers, `tsan` with ThreadSanitizer (for an interpreter that
# has it too: tools/cpython_build.sh).
set -eu
checkout=$(cd "$(dirname "$0")/.." && pwd)
python=$1
build=$(mkdir -p "$2" && cd "$2" && pwd)
variant=${3:-}
tag=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2] + sys.abiflags)')
tag=$tag${variant:+-$variant}
venv=$build/venv-$tag

cd "$checkout"
requirements=tools/requirements/build.txt
[ "$variant" = tsan ] || requirements="$requirements tools/requirements/test.txt"
tools/venv.sh "$python" "$venv" $requirements >&2

is_stale() {
    [ ! -e "$venv/installed" ] || find csrc src meson.build meson.options pyproject.toml \
        -name __pycache__ -prune -o -newer "$venv/installed" -print | grep -q .
}

if is_stale; then
    touch "$venv/installing"
    set -- -Csetup-args=-Dwerror=true
    case "$variant" in
        public) set -- "$@" -Csetup-args=-Dframe_adapter=public ;;
        asan) set -- "$@" -Csetup-args=-Db_sanitize=address,undefined \
            -Csetup-args=-Dbuildtype=debugoptimized -Csetup-args=-Db_lundef=false ;;
        tsan) set -- "$@" -Csetup-args=-Db_sanitize=thread \
            -Csetup-args=-Dbuildtype=debugoptimized -Csetup-args=-Db_lundef=false ;;
    esac
    PATH=$venv/bin:$PATH "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
        --no-build-isolation --no-deps --force-reinstall \
        -Cbuild-dir="$build/meson-$tag" "$@" . >&2
    mv "$venv/installing" "$venv/installed"
fi
echo "$venv"
