#!/bin/sh
# tools/fuzz.sh PYTHON SECONDS: runs each fuzz target for SECONDS under libFuzzer, starting
# from the corpus in tests/fuzz; new inputs go to build/fuzz/corpus. An input that takes
# longer than 10 s, one block of more than 256 MiB or 1 GiB in all has found a bug. Needs
# clang; needs PYTHON for meson only.
set -eu
cd "$(dirname "$0")/.."
clang=$(ls /usr/bin/clang /usr/bin/clang-[0-9]* 2>/dev/null | sort -V | tail -n 1)
if [ -z "$clang" ] || ! echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' |
    "$clang" -x c -fsanitize=fuzzer,address - -o /dev/null 2>/dev/null; then
    echo "Fuzzing needs clang with libFuzzer: install both (Debian, Ubuntu: apt-get" \
        "install clang libclang-rt-dev); \`make test\` replays the corpus." >&2
    exit 1
fi
tools/venv.sh "$1" build/venv-tools tools/requirements/tools.txt
PATH=$PWD/build/venv-tools/bin:$PATH
[ -e build/fuzz/build.ninja ] || CC=$clang meson setup build/fuzz . -Dextension=false \
    -Dfuzzer=true -Dbuildtype=debugoptimized -Db_lundef=false \
    -Db_sanitize=address,undefined -Dc_args=-fno-sanitize-recover=undefined
meson compile -C build/fuzz
[ -w /dev/shm ] && export TMPDIR=/dev/shm # inputs become files
for target in build/fuzz/tests/fuzz/fuzz_*; do
    [ -x "$target" ] && [ -f "$target" ] || continue
    name=${target##*/fuzz_}
    mkdir -p "build/fuzz/corpus/$name" "tests/fuzz/corpus/$name"
    echo "== $name"
    "$target" -max_total_time="$2" -artifact_prefix="build/fuzz/$name-" \
        -entropic=0 -timeout=10 -malloc_limit_mb=256 -rss_limit_mb=1024 -print_final_stats=1 \
        "build/fuzz/corpus/$name" "tests/fuzz/corpus/$name"
done

# Filter files, in Python.
env=$(tools/python_env.sh "$1" build)
"$env/bin/python" -m pip install --quiet --disable-pip-version-check \
    -r tools/requirements/fuzz.txt
if ! "$env/bin/python" -c 'import atheris' 2>/dev/null; then
    echo "== filters: left out, there is no atheris for this Python"
    exit
fi
mkdir -p build/fuzz/corpus/filters
echo "== filters"
"$env/bin/python" tests/fuzz/fuzz_filters.py -max_total_time="$2" \
    -artifact_prefix=build/fuzz/filters- -timeout=10 -rss_limit_mb=1024 \
    -print_final_stats=1 build/fuzz/corpus/filters tests/fuzz/corpus/filters
