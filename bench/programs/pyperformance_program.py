# pyperformance_program.py NAME: one of CPython's benchmark programs, as the package
# pyperformance has it, run once and for less long. pyperf, which would measure it, stays
# out: only the program itself is of interest. Needs: pyperformance.
import sys
import time
from importlib.machinery import SourceFileLoader
from importlib.util import find_spec, module_from_spec, spec_from_loader
from pathlib import Path
from types import SimpleNamespace


def go(module):
    module.GAMES = 5
    module.versus_cpu()


def chaos(module):
    runner = SimpleNamespace(
        metadata={}, bench_func=lambda name, function, *args: function(*args)
    )
    options = SimpleNamespace(
        thickness=0.25, width=64, height=64, iterations=100, rng_seed=1, filename=None
    )
    module.main(runner, options)


def spectral_norm(module):
    module.DEFAULT_N = 40
    module.bench_spectral_norm(1)


RUNS = {
    "nbody": lambda module: module.bench_nbody(1, "sun", 1000),
    "richards": lambda module: module.Richards().run(1),
    "deltablue": lambda module: module.delta_blue(100),
    "raytrace": lambda module: module.bench_raytrace(1, 12, 12, None),
    "chaos": chaos,
    "go": go,
    "hexiom": lambda module: module.main(1, 10),
    "pidigits": lambda module: module.calc_ndigits(500),
    "spectral_norm": spectral_norm,
    "unpack_sequence": lambda module: module.bench_all(100),
}

name = sys.argv[1]
sys.modules["pyperf"] = SimpleNamespace(perf_counter=time.perf_counter)
package = Path(find_spec("pyperformance").origin).parent
script = package / "data-files" / "benchmarks" / f"bm_{name}" / "run_benchmark.py"
spec = spec_from_loader(name, SourceFileLoader(name, str(script)))
module = module_from_spec(spec)
spec.loader.exec_module(module)
RUNS[name](module)
