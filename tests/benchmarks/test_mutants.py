import json
import subprocess
import sys

import mutants
import pytest


def test_the_list_is_of_lines_that_stand_there_once():
    found = mutants.listed(mutants.LIST.read_text())
    assert len(found) >= 120
    for mutant in found:
        text = (mutants.ROOT / mutant.module).read_text()
        assert text.count(mutant.old) == 1, mutant
        assert mutant.old != mutant.new
        for path in mutant.tests:
            assert (mutants.ROOT / path).is_file(), path


def test_blocks():
    text = "# words\n\n= a.py tests/a.py tests/b.py\n- x⏎y\n+\n\n- 1\n+ 2\n~ so it is\n"
    tests = ("tests/a.py", "tests/b.py")
    assert mutants.listed(text) == [
        mutants.Mutant("a.py", tests, "x\ny", ""),
        mutants.Mutant("a.py", tests, "1", "2", "so it is"),
    ]


def test_a_module_is_right_again_behind_each(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    module = tmp_path / "a.py"
    module.write_text("x = 1\n")
    seen = []

    def fail(tests):
        seen.append((tests, module.read_text()))
        raise KeyboardInterrupt

    monkeypatch.setattr(mutants, "outcome_of", fail)
    with pytest.raises(KeyboardInterrupt):
        mutants.tried(mutants.Mutant("a.py", ("b.py",), "1", "2"))
    assert seen == [(("b.py",), "x = 2\n")]
    assert module.read_text() == "x = 1\n"
    with pytest.raises(ValueError, match=r"'3' stands 0 times in a\.py"):
        mutants.tried(mutants.Mutant("a.py", ("b.py",), "3", "2"))
    same = mutants.tried(mutants.Mutant("a.py", ("b.py",), "1", "2", "it is"))
    assert (same["outcome"], same["why"]) == ("the same", "it is")


@pytest.mark.slow
def test_mutants_of_a_module(tmp_path):
    out = tmp_path / "mutants.json"
    command = [sys.executable, mutants.__file__, "--match", "_excerpt", "--out", out]
    subprocess.run(command, check=True, capture_output=True)
    report = json.loads(out.read_text())
    assert report["observable"] == report["mutants"] == 3
    assert report["killed"] == 3, report["survivors"]
