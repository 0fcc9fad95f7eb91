#!/bin/bash
# A CPython of our own, for what no packaged one can show, from the source package
# python3.13 of Debian testing:
#
#   tools/cpython_build.sh debug   Py_DEBUG: assertions, and sys.gettotalrefcount()
#   tools/cpython_build.sh free    free-threaded, without the GIL
#   tools/cpython_build.sh tsan    free-threaded, under ThreadSanitizer (needs clang)
#
# Builds it unless it is there (3 to 6 minutes on two processors) and prints the path of
# its interpreter. It lies in CT_CACHE_DIR (default ~/.cache/codetracer-python-recorder),
# under the hash of what it is made from. Needs apt-get, a compiler, and the headers that
# CPython's own modules want (libssl-dev, libffi-dev, zlib1g-dev).
set -euo pipefail
umask 022

version=3.13
suite=forky
variant=${1:-}
case "$variant" in
    debug) options="--with-pydebug" compiler=${CC:-cc} ;;
    free) options="--disable-gil" compiler=${CC:-cc} ;;
    tsan) options="--disable-gil --with-thread-sanitizer" compiler=clang ;;
    *) echo "usage: cpython_build.sh debug | free | tsan" >&2 && exit 2 ;;
esac

cache=${CT_CACHE_DIR:-$HOME/.cache/codetracer-python-recorder}
key=$(printf '%s ' "$suite" "$version" "$options" "$("$compiler" --version | head -1)" |
    sha256sum | cut -c1-16)
prefix=$cache/cpython-$variant-$key
python=$prefix/bin/python3
if [ -e "$prefix/.complete" ]; then
    echo "$python"
    exit
fi

mkdir -p "$cache"
work=$(mktemp -d "$cache/cpython-work.XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
cd "$work"

# Lists of packages of our own: the machine's may name another release, and are its own.
fetch_source() {
    local site
    site=$(apt-get indextargets --format '$(SITE)' | grep -m1 '/debian$' ||
        echo http://deb.debian.org/debian)
    mkdir -p apt/lists/partial apt/cache/archives/partial
    echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
        "$site $suite main" >apt/sources.list
    set -- -q -o Dir::Etc::sourcelist="$PWD/apt/sources.list" \
        -o Dir::Etc::sourceparts=/dev/null -o Dir::State::lists="$PWD/apt/lists" \
        -o Dir::Cache="$PWD/apt/cache" -o Acquire::Check-Valid-Until=false \
        -o APT::Sandbox::User="$(id -un)"
    apt-get "$@" update
    apt-get "$@" source --download-only "python$version"
    tar --extract --file "python${version}"_*.orig.tar.xz --one-top-level=source \
        --strip-components=1
}

build() {
    mkdir build
    cd build
    CC=$compiler ../source/configure --prefix="$prefix" --disable-test-modules $options
    # A sanitized interpreter runs while it is built: addresses where it expects them.
    setarch -R make -j2 PROFILE_TASK= TSAN_OPTIONS=report_bugs=0
    setarch -R make install TSAN_OPTIONS=report_bugs=0
}

{ fetch_source && build; } >"$cache/cpython-$variant.log" 2>&1 ||
    { tail -n 20 "$cache/cpython-$variant.log" >&2 && exit 1; }
touch "$prefix/.complete"
echo "$python"
