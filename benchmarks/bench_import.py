"""Seconds that `import skgenre` takes once `sklearn.base` is imported.

Fresh processes, in turns; medians. Names of skgenre are imported when first used, so
the import of public names is measured too.

    python benchmarks/bench_import.py [--out FILE] [--repeats 15]
"""

import argparse
import subprocess
import sys
from pathlib import Path

import numpy as np
from _data import environment, write

STATEMENTS = {
    "skgenre": "import skgenre",
    "skgenre.vote": "from skgenre import vote",
    "skgenre.GroupVotingClassifier": "from skgenre import GroupVotingClassifier",
    "every public name": "from skgenre import *",
}
HEAVY = ("tensorflow", "keras", "librosa", "numba", "matplotlib", "pandas")


def main():
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Path(__file__).parent / "results" / "bench_import.json"
    parser.add_argument("--out", default=default, type=Path)
    parser.add_argument("--repeats", default=15, type=int)
    options = parser.parse_args()
    seconds = {name: [] for name in ("sklearn.base", *STATEMENTS)}
    loaded = {}
    for repeat in range(options.repeats + 1):
        for name, statement in STATEMENTS.items():
            base, more, loaded[name] = measure(statement)
            if repeat:  # the first writes bytecode and fills the disk's cache
                seconds["sklearn.base"].append(base)
                seconds[name].append(more)
    medians = {name: float(np.median(times)) for name, times in seconds.items()}
    for name, median in medians.items():
        heavy = ", ".join(loaded.get(name, ())) or "none"
        print(f"{name:32s}{median:8.4f} s   heavy packages loaded by it: {heavy}")
    report = {
        "repeats": options.repeats,
        "median_seconds_after_sklearn_base": medians,
        "seconds": seconds,
        "heavy_packages_loaded": loaded,
        "environment": environment(),
    }
    write(report, options.out)


def measure(statement):
    """Seconds of sklearn.base, then of a statement, and what heavy it loads."""
    code = (
        "import time, sys; start = time.perf_counter(); import sklearn.base; "
        "between = time.perf_counter(); before = set(sys.modules); "
        f"again = time.perf_counter(); {statement}; end = time.perf_counter(); "
        "print(between - start, end - again, "
        f"*[m for m in {HEAVY} if m in set(sys.modules) - before])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    base, more, *heavy = result.stdout.split()
    return float(base), float(more), heavy


if __name__ == "__main__":
    main()
