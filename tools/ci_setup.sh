#!/bin/sh
# Installs what a full test run needs beyond a compiler, CPython and cargo, on Debian and
# its kin: Cap'n Proto's compiler, to build tests/readers, mmdebstrap, to build the root
# that holds CPython 3.14 and 3.15, and valgrind, to count instructions.
set -eu
missing=
command -v cc >/dev/null || missing="$missing gcc libc6-dev"
command -v capnp >/dev/null || missing="$missing capnproto"
command -v mmdebstrap >/dev/null || missing="$missing mmdebstrap"
command -v valgrind >/dev/null || missing="$missing valgrind"
[ -n "$missing" ] || exit 0
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends $missing
