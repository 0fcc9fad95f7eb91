#!/bin/bash
# A Debian testing system in a directory: CPython 3.14 and 3.15 (and a debug build)
# where the machine has none.
#
#   tools/debian_root.sh where              print the directory of the root
#   tools/debian_root.sh have               succeed if it has been built
#   tools/debian_root.sh build              build it unless it is there (about a minute)
#   tools/debian_root.sh run BUILD CMD...   run CMD inside: this checkout, read-only, is
#                                           /src and the working directory; the host's
#                                           directory BUILD, writable, is /build
#
# Roots lie in CT_CACHE_DIR (default ~/.cache/codetracer-python-recorder), outside any
# checkout, under the hash of what they are made from: a changed list makes a new one.
# Needs root (mounts, chroot) and, to build, mmdebstrap, which is installed by apt-get
# when missing.
set -euo pipefail
umask 022

suite=forky
packages=ca-certificates,gcc,libc6-dev,valgrind
packages+=,python3.13-dev,python3.13-venv
packages+=,python3.14-dev,python3.14-venv,python3.14-dbg
packages+=,python3.15-dev,python3.15-venv

checkout=$(cd "$(dirname "$0")/.." && pwd)
cache=${CT_CACHE_DIR:-$HOME/.cache/codetracer-python-recorder}
key=$(printf '%s %s %s' "$suite" "$packages" "$(uname -m)" | sha256sum | cut -c1-16)
root=$cache/debian-$suite-$key
ca_file=/etc/ssl/certs/ca-certificates.crt

fail() {
    echo "debian_root: $*" >&2
    exit 1
}

need_root() {
    [ "$(id -u)" = 0 ] || fail "the Debian testing root needs the rights of root"
}

build() {
    [ -e "$root/.complete" ] && return
    need_root
    command -v apt-get >/dev/null || fail "needs a Debian or Ubuntu machine (apt-get)"
    if ! command -v mmdebstrap >/dev/null; then
        apt-get update -q >&2
        apt-get install -q -y mmdebstrap >&2
    fi
    local site keyring work
    site=$(apt-get indextargets --format '$(SITE)' | grep -m1 '/debian$' ||
        echo http://deb.debian.org/debian)
    keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    [ -e "$keyring" ] || apt-get install -q -y debian-archive-keyring >&2
    mkdir -p "$cache"
    work=$(mktemp -d "$root.XXXXXX")
    trap 'rm -rf --one-file-system "$work"' EXIT
    mmdebstrap --quiet --variant=apt --aptopt='Acquire::Check-Valid-Until "false"' \
        --dpkgopt='path-exclude=/usr/share/doc/*' \
        --dpkgopt='path-exclude=/usr/share/man/*' \
        --include="$packages" "$suite" "$work" \
        "deb [signed-by=$keyring] $site $suite main" >&2
    mkdir -p "$work/src" "$work/build"
    touch "$work/.complete"
    chmod 755 "$work"
    mv -T "$work" "$root"
    trap - EXIT
}

# The host's way to the network: names, pip's configuration, certificates.
copy_network_settings() {
    local file
    for file in /etc/resolv.conf /etc/hosts /etc/pip.conf; do
        [ -e "$file" ] && cp -L "$file" "$root$file"
    done
    file=${SSL_CERT_FILE:-$ca_file}
    [ -e "$file" ] && cp -L "$file" "$root$ca_file"
    return 0
}

run() {
    [ $# -ge 2 ] || fail "usage: run BUILD CMD..."
    [ -e "$root/.complete" ] || fail "not built yet: tools/debian_root.sh build"
    need_root
    mkdir -p "$1"
    local build_dir
    build_dir=$(cd "$1" && pwd)
    shift
    copy_network_settings
    # The mounts live in a namespace of their own and vanish with the command; --pid
    # gives programs a /proc of their own, and takes strays along.
    exec unshare --mount --pid --fork --kill-child --propagation private \
        bash -euc '
            root=$1 checkout=$2 build=$3 ca=$4
            shift 4
            mount -t proc proc "$root/proc"
            mount --rbind /dev "$root/dev"
            mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
            mount --bind "$checkout" "$root/src"
            mount -o remount,bind,ro "$root/src"
            mount --bind "$build" "$root/build"
            exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp LANG=C.UTF-8 \
                TERM="${TERM:-dumb}" PIP_DISABLE_PIP_VERSION_CHECK=1 \
                PIP_CERT="$ca" SSL_CERT_FILE="$ca" \
                chroot "$root" /bin/sh -c "cd /src && exec \"\$@\"" sh "$@"
        ' bash "$root" "$checkout" "$build_dir" "$ca_file" "$@"
}

case "${1:-}" in
    where) echo "$root" ;;
    have) [ -e "$root/.complete" ] ;;
    build) build ;;
    run) shift && run "$@" ;;
    *) fail "usage: where | have | build | run BUILD CMD..." ;;
esac
