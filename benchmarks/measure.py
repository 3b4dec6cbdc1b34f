"""How a benchmark is run: options, clocks, turns, agreement, memory, machine, results.

Contenders take turns in one process on one thread, after their values were checked to
agree; what counts are medians, and ratios of medians, as a machine that is busy for a
while then slows all of them. Every report is written with the versions it ran with.
"""

import argparse
import ast
import json
import multiprocessing
import os
import platform
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import llvmlite.binding
import numpy as np
from threadpoolctl import threadpool_limits

RESULTS = Path(__file__).parent / "results"
PACKAGES = ("skgenre", "scikit-learn", "numpy", "scipy", "librosa", "soundfile", "soxr")
MEBI = 2**20

# -- options --------------------------------------------------------------------------


def arguments(
    description: str,
    /,
    *,
    recordings: bool = True,
    out: bool = True,
    cache: bool = False,
    threads: int | None = 1,
    **options: tuple[Any, str],
) -> argparse.Namespace:
    """Read the command line of a benchmark.

    Parameters
    ----------
    description : str
        The script's docstring, of which --help shows the first line.
    recordings : bool, default=True
        Whether it needs --data, or SKGENRE_DATA, the folder of real recordings.
    out : bool, default=True
        Whether --out says where the result goes.
    cache : bool, default=False
        Whether --cache, a folder that keeps features, means something to it.
    threads : int or None, default=1
        Threads of BLAS and OpenMP from here on, in processes started later as well;
        as many as they like if None.
    **options : tuple of (default, help)
        Its own options. The default gives the type; a tuple means one or more of its
        members.

    Returns
    -------
    argparse.Namespace
        Among others ``out``: a folder, or a file (see `result_path`).
    """
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    for name, (default, text) in options.items():
        settings = {"default": default, "help": f"{text} (default: {_shown(default)})"}
        if isinstance(default, tuple):
            settings |= {"nargs": "+", "choices": default}
        else:
            settings["type"] = type(default)
        parser.add_argument("--" + name.replace("_", "-"), **settings)
    if out:
        text = "folder or file of the result (default: benchmarks/results)"
        parser.add_argument("--out", default=RESULTS, type=Path, help=text)
    if cache:
        parser.add_argument("--cache", help="keep features in this folder")
    if recordings:
        text = "folder of the recordings (default: SKGENRE_DATA)"
        given = os.environ.get("SKGENRE_DATA")
        parser.add_argument("--data", default=given, type=Path, help=text)
    parsed = parser.parse_args()
    if recordings and parsed.data is None:
        parser.error("say where the recordings are: --data DIR, or SKGENRE_DATA")
    if threads is not None:
        limit_threads(threads)
    return parsed


def _shown(default: Any) -> str:
    return " ".join(default) if isinstance(default, tuple) else str(default)


def limit_threads(threads: int) -> None:
    """Let BLAS and OpenMP have so many threads, here and in processes to come."""
    os.environ["OMP_NUM_THREADS"] = str(threads)
    threadpool_limits(threads)


# -- clocks ---------------------------------------------------------------------------


class Seconds(NamedTuple):
    """What something took, by the clock on the wall and by the CPU's."""

    wall: float
    # Of this process: it does not count what other programs did meanwhile.
    cpu: float


def timed(function: Callable, *args: Any, **kwargs: Any) -> tuple[Any, Seconds]:
    """Call a function; return its result, and how long it took."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = function(*args, **kwargs)
    end = time.perf_counter(), time.process_time()
    return result, Seconds(end[0] - wall, end[1] - cpu)


class Stopwatch:
    """Wall seconds of named steps; those of one name are added up.

    Examples
    --------
    >>> watch = Stopwatch()
    >>> with watch("features"):
    ...     pass
    >>> list(watch.seconds)
    ['features']
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, step: str) -> Iterator[None]:
        """Time the block as a step."""
        start = time.perf_counter()
        yield
        taken = time.perf_counter() - start
        self.seconds[step] = self.seconds.get(step, 0.0) + taken

    def rounded(self) -> dict[str, float]:
        """Return the seconds with one digit, to be printed."""
        return {step: round(value, 1) for step, value in self.seconds.items()}


def take_turns(
    contenders: Mapping[str, Callable],
    repeats: int,
    *,
    inputs: Sequence[tuple] = ((),),
    warm_up: int = 0,
    once: Sequence[str] = (),
    check: Callable[[str, Any], None] | None = None,
) -> dict[str, list[Seconds]]:
    """Time contenders one after the other, again and again.

    Parameters
    ----------
    contenders : dict of callables
        By name.
    repeats : int
        Turns that count.
    inputs : sequence of tuple, default=((),)
        Arguments; in each turn each contender is called with each of them.
    warm_up : int, default=0
        Turns before, which do not count.
    once : sequence of str, default=()
        Contenders too long to be repeated.
    check : callable, default=None
        Is given the name and the result of each call, off the clock.

    Returns
    -------
    dict of list of Seconds
        Of each contender, one for each turn and input.
    """
    seconds: dict[str, list[Seconds]] = {name: [] for name in contenders}
    for turn in range(warm_up + repeats):
        for args in inputs:
            for name, contender in contenders.items():
                if name in once and seconds[name]:
                    continue
                result, taken = timed(contender, *args)
                if check is not None:
                    check(name, result)
                if turn >= warm_up:
                    seconds[name].append(taken)
    return seconds


def medians(
    seconds: Mapping[str, Sequence[Seconds]], *, clock: str = "wall"
) -> dict[str, float]:
    """Return the median of each contender's seconds, by one of the two clocks."""
    return {
        name: float(np.median([getattr(taken, clock) for taken in turns]))
        for name, turns in seconds.items()
    }


def walls(seconds: Mapping[str, Sequence[Seconds]]) -> dict[str, list[float]]:
    """Return each contender's seconds by the clock on the wall."""
    return {name: [taken.wall for taken in turns] for name, turns in seconds.items()}


def ratios(
    seconds: Mapping[str, float], pairs: Mapping[str, tuple[str, str]]
) -> dict[str, float]:
    """Divide the first by the second contender's seconds, for each named pair."""
    return {title: seconds[a] / seconds[b] for title, (a, b) in pairs.items()}


# -- agreement ------------------------------------------------------------------------


def differences(
    contenders: Mapping[str, Callable],
    reference: str,
    *,
    tolerances: Mapping[str, float | None],
    inputs: Sequence[tuple] = ((),),
) -> dict[str, float]:
    """Compare what contenders give with what the reference gives.

    Parameters
    ----------
    contenders : dict of callables
        By name, the reference among them.
    reference : str
        Whose values are right.
    tolerances : dict of float or None
        Largest difference that is allowed; None where other values are meant.
    inputs : sequence of tuple, default=((),)
        Arguments of each call.

    Returns
    -------
    dict of float
        The largest difference of each contender; 0 where shapes differ, which only
        a contender of other values may do.

    Raises
    ------
    ValueError
        If a contender differs by more than it may.
    """
    largest = dict.fromkeys(contenders, 0.0)
    for args in inputs:
        expected = np.asarray(contenders[reference](*args))
        for name, contender in contenders.items():
            got = np.asarray(contender(*args))
            if got.shape == expected.shape:
                found = float(np.abs(got - expected).max())
                # Not max(), which may pass over NaN.
                largest[name] = float(np.maximum(largest[name], found))
            elif tolerances[name] is not None:
                raise ValueError(
                    f"Got an array of shape {got.shape} from {name!r}, but expected "
                    f"{expected.shape} as from {reference!r}."
                )
    for name, found in largest.items():
        allowed = tolerances[name]
        # Not `found > allowed`: NaN is no agreement.
        if allowed is not None and not found <= allowed:
            raise ValueError(
                f"Got values from {name!r} that differ from those of {reference!r} by "
                f"{found:.1e}, but expected at most {allowed:.0e}."
            )
    return largest


# -- processes ------------------------------------------------------------------------


class Step(NamedTuple):
    """A statement that ran in a fresh interpreter."""

    seconds: Seconds
    modules: list[str]  # that it imported


_STEPS = """
import sys, time
steps = []
for statement in {statements!r}:
    before = set(sys.modules)
    wall, cpu = time.perf_counter(), time.process_time()
    exec(statement)
    end = time.perf_counter(), time.process_time()
    steps.append((end[0] - wall, end[1] - cpu, sorted(set(sys.modules) - before)))
print(steps)
"""


def in_fresh_interpreter(
    statements: Sequence[str], *, variables: Mapping[str, str] | None = None
) -> list[Step]:
    """Run statements one after the other in an interpreter of their own.

    Parameters
    ----------
    statements : sequence of str
        Python, sharing one namespace.
    variables : dict of str, default=None
        Environment variables beside this process's own.

    Returns
    -------
    list of Step
        Seconds of each statement, and the modules that it imported.
    """
    result = subprocess.run(
        [sys.executable, "-c", _STEPS.format(statements=list(statements))],
        env={**os.environ, **(variables or {})},
        capture_output=True,
        text=True,
        check=True,
    )
    steps = ast.literal_eval(result.stdout.splitlines()[-1])
    return [Step(Seconds(wall, cpu), modules) for wall, cpu, modules in steps]


def in_process(function: Callable, *args: Any) -> Any:
    """Call a function in a process of its own, so that its memory is its own."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as process:
        return process.submit(function, *args).result()


# -- memory ---------------------------------------------------------------------------


class Peak:
    """The highest resident memory of a block beyond what was there before; Linux.

    Attributes
    ----------
    bytes : int
        After the block.
    seconds : float
        What the block took.
    """

    def __enter__(self) -> "Peak":
        self._before = _resident("VmRSS")
        Path("/proc/self/clear_refs").write_text("5")  # resets the peak
        self._start = time.perf_counter()
        return self

    def __exit__(self, *exception: object) -> None:
        self.bytes = _resident("VmHWM") - self._before
        self.seconds = time.perf_counter() - self._start


def _resident(field: str) -> int:
    """Return one line of /proc/self/status in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024
    raise KeyError(field)


def peak_of_this_process() -> float:
    """Return the highest resident memory that this process ever had, in MiB."""
    import resource  # not on Windows

    # Linux counts in KiB.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def allocated(function: Callable) -> int:
    """Return the most bytes that Python objects and arrays took during a call."""
    tracemalloc.start()
    function()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


# -- results --------------------------------------------------------------------------


def environment(*packages: str) -> dict[str, str]:
    """Return the versions and the machine, which stand beside every result."""
    return {
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "processor": llvmlite.binding.get_host_cpu_name(),
        **{name: version(name) for name in (*PACKAGES, *packages)},
    }


def result_path(out: Path, name: str, *, part: str | None = None) -> Path:
    """Return where a result goes.

    Parameters
    ----------
    out : Path
        What --out names: a folder, for ``out/NAME.json``, or a file, which ends in
        .json.
    name : str
        Of the result.
    part : str or None, default=None
        Which of several results of one run it is, as they cannot all go to one file;
        None if there is one.

    Returns
    -------
    Path

    Examples
    --------
    >>> result_path(Path("folder"), "votings_esc10", part="esc10").as_posix()
    'folder/votings_esc10.json'
    >>> result_path(Path("mine.json"), "votings_esc10", part="esc10").as_posix()
    'mine_esc10.json'
    >>> result_path(Path("mine.json"), "votings_esc10").as_posix()
    'mine.json'
    """
    out = Path(out)
    if out.suffix != ".json" or out.is_dir():
        return out / f"{name}.json"
    return out if part is None else out.with_stem(f"{out.stem}_{part}")


def write(
    report: Mapping[str, Any], path: Path, *, packages: Sequence[str] = ()
) -> None:
    """Write a report with the environment it was made in, and say where."""
    report = {**report, "environment": environment(*packages)}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, indent=1) + "\n")
    print(f"\nWritten to {path.name}")


def read(name: str) -> dict[str, Any]:
    """Return a committed result."""
    return json.loads((RESULTS / f"{name}.json").read_text())
