"""Small mistakes, put into the package one at a time: a test must fail of each.

The list is mutants.txt: a module, the tests that look after it, a text that stands once
in it and what stands there instead. Each is put into a copy of the tree, where these
tests run until one fails. A mutant that no test tells from the right code survives:
then a test is missing, or the two do the same; of those the list says why, and they do
not count.

    python benchmarks/mutants.py [--match rules] [--jobs 1] [--out DIR or FILE]
"""

import contextlib
import importlib
import os
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from importlib.util import cache_from_source
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from measure import Stopwatch, arguments, result_path, write

ROOT = Path(__file__).parents[1]
LIST = Path(__file__).with_suffix(".txt")
COPIED = ("skgenre", "tests", "benchmarks", "pyproject.toml", "README.md", "LICENSE")
# Tests that hang were changed as much as those that fail.
MOST_SECONDS = 600
# Imported once, before tests are forked; nothing that starts threads, nor the package.
PRELOADED = (
    "pytest",
    "hypothesis.strategies",
    "numba",
    "pandas",
    "scipy.stats",
    "sklearn.ensemble",
    "sklearn.linear_model",
    "sklearn.model_selection",
    "soundfile",
    "soxr",
)
NEWLINE = "⏎"


class Mutant(NamedTuple):
    """One change of one module."""

    module: str
    tests: tuple[str, ...]
    old: str
    new: str
    same: str = ""  # why it does the same, if it does


def main():
    """Try all mutants of the list, print what became of each and write all."""
    options = arguments(
        __doc__,
        recordings=False,
        match=("", "only modules whose path holds this"),
        jobs=(1, "mutants at a time"),
    )
    mutants = [m for m in listed(LIST.read_text()) if options.match in m.module]
    report = run(mutants, options.jobs)
    print(f"{report['killed']} of {report['observable']} that can be are killed.")
    write(report, result_path(options.out, "mutants"))


def listed(text):
    """Read the list.

    Parameters
    ----------
    text : str
        Blocks with a blank line between them.

    Returns
    -------
    list of Mutant
        In its order.
    """
    mutants, module, tests = [], "", ()
    for block in text.split("\n\n"):
        found = {"-": [], "+": [], "~": []}
        for line in block.splitlines():
            mark, _, rest = line.partition(" ")
            if mark == "=":
                module, *tests = rest.split()
            elif mark in found:
                found[mark].append(rest.replace(NEWLINE, "\n"))
        if found["-"]:
            old, new, same = ("\n".join(lines) for lines in found.values())
            mutants.append(Mutant(module, tuple(tests), old, new, same))
    return mutants


def run(mutants, n_jobs=1):
    """Try mutants, some at a time, and count.

    Returns
    -------
    dict
        What `counted` gives, and how long it took.
    """
    watch = Stopwatch()
    parts = [part for n in range(n_jobs) if (part := mutants[n::n_jobs])]
    with watch("all"), ProcessPoolExecutor(n_jobs, get_context("spawn")) as pool:
        tried = [result for part in pool.map(try_mutants, parts) for result in part]
    return {**counted(tried), "minutes": round(watch.seconds["all"] / 60, 1)}


def counted(tried):
    """Count what became of mutants, and list those that survive."""
    outcomes = Counter(result["outcome"] for result in tried)
    observable = len(tried) - outcomes["the same"]
    killed = outcomes["killed"] + outcomes["hung"]
    return {
        "mutants": len(tried),
        "observable": observable,
        "killed": killed,
        "share": round(killed / max(observable, 1), 3),
        "outcomes": dict(outcomes.most_common()),
        "modules": dict(Counter(result["module"] for result in tried)),
        "survivors": [result for result in tried if result["outcome"] == "survived"],
    }


def try_mutants(mutants):
    """Try mutants one after the other in a copy of the tree.

    Returns
    -------
    list of dict
        Module, change and outcome of each: "killed", "hung", "survived" or "the same".
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in COPIED:
            copied = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
            copied(ROOT / name, copy / name)
        os.chdir(copy)
        # Both the tests and what they start import the copy.
        sys.path.insert(0, folder)
        os.environ["PYTHONPATH"] = folder
        sys.dont_write_bytecode = False
        for module in PRELOADED:
            with contextlib.suppress(ImportError):
                importlib.import_module(module)
        for tests in sorted({mutant.tests for mutant in mutants}):
            if outcome_of(tests) != "survived":
                raise RuntimeError(f"{tests} fail without any mutant. Mend them first.")
        results = []
        for mutant in mutants:
            results.append(tried(mutant))
            print(*results[-1].values(), sep=" | ", flush=True)
        return results


def tried(mutant):
    """Put a mutant into the module, run its tests, and put the module right again."""
    path = Path(mutant.module)
    right = path.read_text()
    if right.count(mutant.old) != 1:
        raise ValueError(
            f"{mutant.old!r} stands {right.count(mutant.old)} times in {path}, but "
            "expected once. Change mutants.txt."
        )
    result = {"module": mutant.module, "old": mutant.old, "new": mutant.new}
    if mutant.same:
        return {**result, "outcome": "the same", "why": mutant.same}
    try:
        put(path, right.replace(mutant.old, mutant.new))
        return {**result, "outcome": outcome_of(mutant.tests)}
    finally:
        put(path, right)


def put(path, text):
    """Write a module; what was compiled of it is no more."""
    path.write_text(text)
    Path(cache_from_source(str(path.absolute()))).unlink(missing_ok=True)


def outcome_of(tests):
    """Run tests in a fork of this process until one fails.

    Returns
    -------
    {"killed", "hung", "survived"}
        What became of them.
    """
    child = os.fork()
    if child == 0:
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(1, 2)
        # Not by an exception, which would run what the parent still has to do.
        status = 1
        with contextlib.suppress(BaseException):
            import pytest

            options = ["-x", "-q", "-m", "not slow", "-p", "no:cacheprovider"]
            # Nobody reads what was asserted.
            options += ["--assert=plain"]
            status = int(pytest.main([*options, *tests]))
        os._exit(status)
    end = time.monotonic() + MOST_SECONDS
    while time.monotonic() < end:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return "killed" if status else "survived"
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "hung"


if __name__ == "__main__":
    main()
