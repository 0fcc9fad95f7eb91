# Thin targets; the work is in tools/. Variables: PYTHON, the interpreter to use (default:
# what tools/find_python finds); CC, the compiler; SUITES, which parts of `make test`.
#
#   make demo         record an example program and show what was recorded
#   make test         build and run every test, on every CPython at hand
#   make lint         check the layout of the sources; `make format` corrects it
#   make asan         the C tests under address and undefined-behaviour sanitizers
#   make asan-python  the extension under them: values, oracle, golden, random programs
#   make tsan         threads under ThreadSanitizer, on a CPython built for it
#   make fuzz         fuzz each target for FUZZ_SECONDS (needs clang)
#   make soak         the tests, long runs at their full counts
#   make bench        measure what recording costs, beside other recorders; BENCH_ARGS are
#                     those of bench/run.py: make bench BENCH_ARGS='--quick whole'
#   make bench-docs   the same for README.md and docs/, and put it there (an hour, 20 GB)
#   make instructions  count what a recorded event costs, against its budget (valgrind)
#   make docs         the documentation, in build/docs
#   make debian-root  CPython 3.14 and 3.15 to test with (needs root; 1 GB, a minute)
#   make clean        remove build/
SUITES = *
FUZZ_SECONDS = 60
PYTEST_ARGS =
BENCH_ARGS =

python = $$(tools/find_python)

help:
	@sed -n 's/^#   //p' Makefile

demo:
	@tools/demo.sh

test:
	@tools/check_compiler
	@python=$(python) && "$$python" tools/run_tests.py $(foreach s,$(SUITES),'$(s)')

lint:
	@python=$(python) && tools/lint.sh "$$python"

format:
	@python=$(python) && tools/lint.sh "$$python" --fix

asan:
	@tools/check_compiler
	@python=$(python) && tools/c_tests.sh "$$python" build/asan \
	    -Db_sanitize=address,undefined -Dbuildtype=debugoptimized

asan_tests = tests/test_values.py tests/test_value_texts.py tests/test_api.py \
    tests/test_golden.py tests/test_oracle.py tests/test_session.py \
    tests/isolated/test_hostile.py tests/property/test_random_programs.py
asan-python:
	@tools/check_compiler
	@python=$(python) && CT_PROGRAMS=1000 tools/python_tests.sh "$$python" build asan \
	    -- -o timeout=0 $(asan_tests)

tsan:
	@tools/tsan.sh build

fuzz:
	@python=$(python) && tools/fuzz.sh "$$python" $(FUZZ_SECONDS)

soak: asan-python
	@tools/check_compiler
	@python=$(python) && CT_SOAK=1 tools/python_tests.sh "$$python" build -- \
	    -o timeout=0 $(PYTEST_ARGS)

bench:
	@tools/check_compiler
	@python=$(python) && venv=$$(tools/python_env.sh "$$python" build) && \
	    "$$venv/bin/python" bench/run.py $(BENCH_ARGS)

instructions:
	@tools/check_compiler
	@python=$(python) && tools/instructions.sh "$$python" build

bench_docs_parts = while whole keep start threads memory growth
bench-docs:
	@tools/check_compiler
	@python=$(python) && venv=$$(tools/python_env.sh "$$python" build) && \
	    "$$venv/bin/python" bench/run.py $(BENCH_ARGS) $(bench_docs_parts) && \
	    "$$venv/bin/python" bench/publish.py

docs:
	@python=$(python) && tools/docs.sh "$$python" build

debian-root:
	@tools/debian_root.sh build

clean:
	rm -rf build

.PHONY: help demo test lint format asan asan-python tsan fuzz soak bench instructions bench-docs docs debian-root clean
