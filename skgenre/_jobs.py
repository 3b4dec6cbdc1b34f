"""Songs at a time: jobs whose results come one by one, a bar, and threads of each."""

import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import joblib
from threadpoolctl import ThreadpoolController

# A bar that is gone before one has read it only makes restless.
_PATIENCE_SECONDS = 2.0
_WATCH_SECONDS = 1.0


def run_jobs(
    tasks: Iterable[Any], *, n_jobs: int | None, prefer: str | None = None
) -> Iterable[Any]:
    """Run the tasks; results come one by one where the backend can do that.

    Parameters
    ----------
    tasks : iterable of joblib.delayed
        What to do.
    n_jobs : int or None
        How many at a time, as in joblib.
    prefer : {"processes", "threads"} or None, default=None
        What jobs are, unless `joblib.parallel_config` says it.

    Returns
    -------
    iterable
        Results, in the order of the tasks.
    """
    own = os.getpid()
    tasks = (joblib.delayed(_with_parent)(own, *task) for task in tasks)
    try:
        parallel = joblib.Parallel(n_jobs=n_jobs, prefer=prefer, return_as="generator")
    except ValueError:
        # Ray's backend, for one, gives all results at the end.
        parallel = joblib.Parallel(n_jobs=n_jobs, prefer=prefer)
    return parallel(tasks)


def _with_parent(
    parent: int, function: Callable, args: tuple, kwargs: dict[str, Any]
) -> Any:
    """Do a task, in a worker that ends when the process does that started it."""
    # A worker of somebody else, say of a cross-validation, may loop over tasks itself.
    _end_with(os.getppid() if parent == os.getpid() else parent)
    return function(*args, **kwargs)


@cache
def _end_with(parent: int) -> None:
    """Have a worker of joblib watch its parent, once.

    One whose parent was killed would wait for five minutes for another task, with
    its memory. Workers of clusters have nannies of their own.
    """
    process = multiprocessing.current_process()
    if type(process).__name__ == "LokyProcess" and os.name != "nt":
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_WATCH_SECONDS)
    os._exit(1)


def with_bar(
    results: Iterable[Any],
    total: int,
    *,
    what: str,
    verbose: int,
    unit: str = "song",
    patience: float = _PATIENCE_SECONDS,
) -> Iterable[Any]:
    """Show how many results have come, how fast, and how long the rest will take.

    Parameters
    ----------
    results : iterable of length total
        A result a song.
    total : int
        How many there will be.
    what : str
        What is done, to be shown in front.
    verbose : int
        Nothing is shown if 0.
    unit : str, default="song"
        What a result is of.
    patience : float, default=2.0
        Seconds before anything is shown.

    Returns
    -------
    iterable
        The results.
    """
    if not verbose:
        return results
    from tqdm.auto import tqdm

    return tqdm(results, total=total, unit=unit, desc=what, delay=patience)


@cache
def _controller() -> ThreadpoolController:
    # Looking for libraries takes milliseconds, a limit microseconds.
    return ThreadpoolController()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Multiply matrices on one thread, as is best for many small ones.

    Threads that share a small product wait for each other longer than they work, most
    of all where other programs run; and its last bits depend on how many there are.
    """
    with _controller().limit(limits=1, user_api="blas"):
        yield
