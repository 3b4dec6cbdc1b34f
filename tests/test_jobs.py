"""Jobs give what a loop gives, and a bar shows them to those who wait."""

import subprocess
import sys
import time
from pathlib import Path

import joblib
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from skgenre._jobs import one_blas_thread, run_jobs, with_bar


def squares(n_jobs, prefer=None):
    tasks = (joblib.delayed(pow)(i, 2) for i in range(5))
    return list(run_jobs(tasks, n_jobs=n_jobs, prefer=prefer))


@pytest.mark.parametrize("prefer", [None, "threads", "processes"])
def test_results_are_in_the_order_of_the_tasks(prefer):
    for n_jobs in (None, 1, 2):
        assert squares(n_jobs, prefer) == [0, 1, 4, 9, 16]


def test_backends_that_give_all_at_the_end(monkeypatch):
    whole = joblib.Parallel

    def without_generators(return_as="list", **options):
        if return_as != "list":
            raise ValueError("no generators here")
        return whole(**options)

    monkeypatch.setattr(joblib, "Parallel", without_generators)
    assert squares(2) == [0, 1, 4, 9, 16]


def test_a_bar_for_those_who_wait(capsys):
    shown = {"what": "looking", "verbose": 1}
    assert list(with_bar(iter("abc"), 3, **shown, patience=0.0)) == ["a", "b", "c"]
    out, err = capsys.readouterr()
    assert out == ""
    assert "looking" in err
    assert "3/3" in err
    assert "song/s" in err
    assert list(with_bar(iter("abc"), 3, **shown)) == ["a", "b", "c"]
    assert capsys.readouterr().err == ""
    results = iter("abc")
    assert with_bar(results, 3, what="looking", verbose=0) is results


def blas_threads():
    pools = threadpool_info()
    return {pool["num_threads"] for pool in pools if pool["user_api"] == "blas"}


def test_one_thread_for_small_products():
    with threadpool_limits(2, user_api="blas"):
        with one_blas_thread():
            with one_blas_thread():
                assert blas_threads() == {1}
            assert blas_threads() == {1}
        assert blas_threads() == {2}


def test_threads_are_as_before_whatever_goes_wrong():
    before = blas_threads()
    with pytest.raises(KeyError), one_blas_thread():
        raise KeyError
    assert blas_threads() == before


KILLED = """
import os, sys, time
import subprocess
import sys
import time
from pathlib import Path

import joblib
from skgenre._jobs import run_jobs

if __name__ == "__main__":
    print({pids}, flush=True)
    time.sleep(60)
"""
OURS = "*run_jobs([joblib.delayed(os.getpid)()] * 4, n_jobs=2, prefer='processes')"
# As in scikit-learn's cross-validation, where a worker extracts features.
WITHIN = (
    "*joblib.Parallel(n_jobs=2)([joblib.delayed(lambda: "
    "next(iter(run_jobs([joblib.delayed(os.getpid)()], n_jobs=1))))()] * 4)"
)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
@pytest.mark.parametrize("pids", [OURS, WITHIN], ids=["ours", "within"])
def test_workers_end_with_the_process_that_was_killed(tmp_path, pids):
    (tmp_path / "run.py").write_text(KILLED.format(pids=pids))
    run = subprocess.Popen(
        [sys.executable, tmp_path / "run.py"], stdout=subprocess.PIPE, text=True
    )
    workers = set(run.stdout.readline().split())
    assert workers
    assert str(run.pid) not in workers
    run.kill()
    run.wait()
    run.stdout.close()
    until = time.monotonic() + 20
    while any(Path("/proc", worker).exists() for worker in workers):
        assert time.monotonic() < until
        time.sleep(0.1)


def patient(seconds):
    (result,) = run_jobs([joblib.delayed(time.sleep)(seconds)], n_jobs=1)
    return result


def test_jobs_within_a_worker_do_not_end_it():
    tasks = [joblib.delayed(patient)(1.5) for _ in range(2)]
    results = joblib.Parallel(n_jobs=2, prefer="processes")(tasks)
    assert results == [None, None]
    assert list(run_jobs(tasks, n_jobs=2, prefer="processes")) == [None, None]
