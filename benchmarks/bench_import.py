"""Seconds that `import skgenre` takes once `sklearn.base` is imported.

Fresh processes, in turns; medians. Names of skgenre are imported when first used, so
the import of public names is measured too.

    python benchmarks/bench_import.py [--out DIR or FILE] [--repeats 15]
"""

from functools import partial

from measure import (
    arguments,
    in_fresh_interpreter,
    medians,
    result_path,
    take_turns,
    walls,
    write,
)

STATEMENTS = {
    "skgenre": "import skgenre",
    "skgenre.vote": "from skgenre import vote",
    "skgenre.GroupVotingClassifier": "from skgenre import GroupVotingClassifier",
    "every public name": "from skgenre import *",
}
HEAVY = ("tensorflow", "keras", "librosa", "numba", "matplotlib", "pandas")


def main():
    """Measure, print and write."""
    options = arguments(__doc__, recordings=False, repeats=(15, "turns"))
    seconds, loaded = measure(options.repeats)
    report = {
        "repeats": options.repeats,
        "median_seconds_after_sklearn_base": medians(seconds),
        "seconds": walls(seconds),
        "heavy_packages_loaded": loaded,
    }
    show(report)
    write(report, result_path(options.out, "bench_import"))


def measure(repeats):
    """Seconds of each statement, and what heavy packages it imports."""
    steps = {name: [] for name in STATEMENTS}
    take_turns(
        {
            name: partial(in_fresh_interpreter, ["import sklearn.base", statement])
            for name, statement in STATEMENTS.items()
        },
        repeats + 1,
        check=lambda name, run: steps[name].append(run),
    )
    # The first turn writes bytecode and fills the disk's cache.
    counted = {name: runs[1:] for name, runs in steps.items()}
    seconds = {
        "sklearn.base": [base.seconds for runs in counted.values() for base, _ in runs],
        **{name: [more.seconds for _, more in runs] for name, runs in counted.items()},
    }
    loaded = {
        name: [package for package in HEAVY if package in runs[-1][1].modules]
        for name, runs in steps.items()
    }
    return seconds, loaded


def show(report):
    """Print the table."""
    for name, median in report["median_seconds_after_sklearn_base"].items():
        heavy = ", ".join(report["heavy_packages_loaded"].get(name, ())) or "none"
        print(f"{name:32s}{median:8.4f} s   heavy packages loaded by it: {heavy}")


if __name__ == "__main__":
    main()
