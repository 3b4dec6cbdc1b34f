import doctest
import json
import os
import sys
import time
from pathlib import Path

import measure
import numpy as np
import pytest
from measure import (
    MEBI,
    Peak,
    Seconds,
    Stopwatch,
    allocated,
    arguments,
    differences,
    environment,
    in_fresh_interpreter,
    in_process,
    limit_threads,
    medians,
    peak_of_this_process,
    ratios,
    read,
    result_path,
    take_turns,
    timed,
    walls,
    write,
)
from threadpoolctl import threadpool_info, threadpool_limits

LINUX = pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="Linux")


def command_line(monkeypatch, *words):
    monkeypatch.setattr(sys, "argv", ["bench.py", *words])


def test_arguments_take_their_types_from_the_defaults(monkeypatch):
    monkeypatch.delenv("SKGENRE_DATA", raising=False)
    command_line(monkeypatch, "--data", "here", "--n-songs", "3", "--hours", "0.5")
    options = arguments(
        "What it shows.\n\nMore.",
        cache=True,
        threads=None,
        n_songs=(10, "how many"),
        hours=(3.0, "of one"),
        sets=(("a", "b"), "data sets"),
    )
    assert vars(options) == {
        "n_songs": 3,
        "hours": 0.5,
        "sets": ("a", "b"),
        "out": Path(__file__).parents[2] / "benchmarks" / "results",
        "cache": None,
        "data": Path("here"),
    }
    command_line(monkeypatch, "--data", "here", "--sets", "b")
    options = arguments("It.", threads=None, sets=(("a", "b"), "data sets"))
    assert options.sets == ["b"]
    assert "cache" not in options


def test_arguments_ask_for_recordings_where_needed(monkeypatch, capsys):
    monkeypatch.delenv("SKGENRE_DATA", raising=False)
    command_line(monkeypatch)
    with pytest.raises(SystemExit, match="2"):
        arguments("It.", threads=None)
    assert "--data DIR, or SKGENRE_DATA" in capsys.readouterr().err
    assert "data" not in arguments("It.", recordings=False, threads=None)
    assert "out" not in arguments("It.", recordings=False, out=False, threads=None)
    monkeypatch.setenv("SKGENRE_DATA", "there")
    assert arguments("It.", threads=None).data == Path("there")


def test_help_shows_the_first_line_and_the_defaults(monkeypatch, capsys):
    command_line(monkeypatch, "--help")
    with pytest.raises(SystemExit, match="0"):
        arguments("What it shows.\n\nMore.", sets=(("a", "b"), "data sets"))
    out = capsys.readouterr().out
    assert "What it shows." in out
    assert "More." not in out
    assert "data sets (default: a b)" in out


def test_threads_are_limited_here_and_in_processes_to_come(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    before = {pool["filepath"]: pool["num_threads"] for pool in threadpool_info()}
    try:
        limit_threads(1)
        assert {pool["num_threads"] for pool in threadpool_info()} <= {1}
        assert os.environ["OMP_NUM_THREADS"] == "1"
    finally:
        threadpool_limits(max(before.values(), default=1))


def test_timed_gives_the_result_and_both_clocks():
    result, seconds = timed(lambda n, factor: n * factor, 3, factor=2)
    assert result == 6
    assert 0 <= seconds.wall < 1
    asleep = [timed(time.sleep, 0.02)[1] for _ in range(5)]
    assert all(seconds.wall >= 0.02 for seconds in asleep)
    # Other threads of the process may work meanwhile, but not always.
    assert min(seconds.cpu / seconds.wall for seconds in asleep) < 0.9


def test_stopwatch_adds_up_steps_of_one_name():
    watch = Stopwatch()
    for _ in range(2):
        with watch("sleep"):
            time.sleep(0.01)
    with watch("nothing"):
        pass
    assert list(watch.seconds) == ["sleep", "nothing"]
    assert watch.seconds["sleep"] >= 0.02
    assert watch.rounded()["nothing"] == 0.0


def test_contenders_take_turns_in_order():
    calls = []
    contenders = {
        name: lambda x, name=name: calls.append((name, x)) or name.upper()
        for name in "ab"
    }
    seen = []
    seconds = take_turns(
        contenders,
        2,
        inputs=[(1,), (2,)],
        warm_up=1,
        once=["b"],
        check=lambda *result: seen.append(result),
    )
    turn = [("a", 1), ("b", 1), ("a", 2), ("b", 2)]
    # "b" is too long to be repeated: once on the clock, in the second turn.
    assert calls == [*turn, ("a", 1), ("b", 1), ("a", 2), ("a", 1), ("a", 2)]
    assert seen[:2] == [("a", "A"), ("b", "B")]
    assert [len(seconds[name]) for name in "ab"] == [4, 1]


def test_medians_and_ratios_of_them():
    seconds = {
        "loop": [Seconds(8, 2), Seconds(6, 4), Seconds(100, 9)],
        "ours": [Seconds(2, 1), Seconds(4, 1)],
    }
    assert medians(seconds) == {"loop": 8, "ours": 3}
    assert medians(seconds, clock="cpu") == {"loop": 4, "ours": 1}
    assert walls(seconds) == {"loop": [8, 6, 100], "ours": [2, 4]}
    found = ratios({"loop": 8, "ours": 4}, {"times as fast": ("loop", "ours")})
    assert found == {"times as fast": 2}


def test_differences_are_the_largest_of_all_inputs():
    contenders = {
        "right": lambda x: x,
        "near": lambda x: x + 0.25 * x,
        "another shape": lambda x: x[:1],
    }
    tolerances = {"right": 0.0, "near": 0.5, "another shape": None}
    inputs = [(np.array([1.0, -1.0]),), (np.array([0.0, 2.0]),)]
    found = differences(contenders, "right", tolerances=tolerances, inputs=inputs)
    assert found == {"right": 0.0, "near": 0.5, "another shape": 0.0}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: np.array([1.0, 2.5]), "by 5.0e-01, but expected at most 1e-01"),
        (lambda: np.array([1.0, np.nan]), "by nan, but expected"),
        (lambda: np.array([1.0]), r"shape \(1,\) from 'wrong', but expected \(2,\)"),
    ],
)
def test_disagreement_is_an_error(wrong, message):
    contenders = {"right": lambda: np.array([1.0, 2.0]), "wrong": wrong}
    tolerances = {"right": 0.0, "wrong": 0.1}
    with pytest.raises(ValueError, match=message):
        differences(contenders, "right", tolerances=tolerances)


def test_a_fresh_interpreter_shares_names_between_statements(monkeypatch):
    first, second = in_fresh_interpreter(
        ["import wave, os; x = os.environ['ONE']", "print(wave.__name__, x)"],
        variables={"ONE": "1"},
    )
    assert "wave" in first.modules
    assert second.modules == []
    assert 0 <= second.seconds.wall < 1


def test_in_process_is_another_process():
    # Of a module that a new process can import.
    assert in_process(os.path.join, "a", "b") == os.path.join("a", "b")  # noqa: PTH118
    assert in_process(os.getpid) != os.getpid()


@LINUX
def test_peak_is_beyond_what_was_there_before():
    kept = np.ones(4 * MEBI)  # 32 MiB
    with Peak() as peak:
        block = np.ones(8 * MEBI)  # 64 MiB
        del block
    assert kept.sum() == 4 * MEBI
    assert 60 * MEBI < peak.bytes < 90 * MEBI
    assert peak.seconds > 0
    assert peak_of_this_process() > 32


def test_allocated_counts_arrays():
    assert MEBI <= allocated(lambda: np.zeros(MEBI, np.uint8)) < 2 * MEBI


def test_out_is_a_folder_or_a_file(tmp_path):
    assert result_path(tmp_path, "bench_x") == tmp_path / "bench_x.json"
    new = tmp_path / "new"
    assert result_path(new, "bench_x") == new / "bench_x.json"
    assert result_path(new, "votings_a", part="a") == new / "votings_a.json"
    file = tmp_path / "mine.json"
    assert result_path(file, "bench_x") == file
    assert result_path(file, "votings_a", part="a") == tmp_path / "mine_a.json"
    folder = tmp_path / "odd.json"
    folder.mkdir()
    assert result_path(folder, "bench_x") == folder / "bench_x.json"


def test_reports_are_written_with_their_environment(tmp_path, capsys):
    path = tmp_path / "new" / "bench_x.json"
    write({"figure": 1.5}, path, packages=["joblib"])
    report = json.loads(path.read_text())
    assert report["figure"] == 1.5
    assert report["environment"] == environment("joblib")
    assert {"python", "machine", "skgenre", "joblib"} <= report["environment"].keys()
    assert "bench_x.json" in capsys.readouterr().out


def test_read_gives_a_committed_result():
    assert read("gtzan3")["n_valid"] == 61


def test_examples_run():
    result = doctest.testmod(measure)
    assert result.attempted > 0
    assert result.failed == 0
