"""Every script can be asked what it does, and stands in the list of the laboratory."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"
SCRIPTS = sorted(path for path in FOLDER.glob("*.py") if "__main__" in path.read_text())
LISTED = [path for path in SCRIPTS if path.stem not in {"pictures", "tables"}]


@pytest.mark.slow
@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_help(path):
    if path.stem == "bench_cluster" and not importlib.util.find_spec("distributed"):
        pytest.skip("distributed is not installed")
    command = [sys.executable, str(path), "--help"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("usage: ")


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_the_docstring_has_the_command(path):
    lines = path.read_text().split('"""')[1].splitlines()
    assert any(f"python benchmarks/{path.name}" in line for line in lines)


@pytest.mark.parametrize("path", LISTED, ids=lambda path: path.stem)
def test_the_laboratory_lists_the_script(path):
    assert f"| `{path.name}` |" in (FOLDER / "README.md").read_text()


def test_clocks_are_in_one_place():
    for path in FOLDER.glob("*.py"):
        clocks = re.findall(r"perf_counter|process_time", path.read_text())
        assert bool(clocks) == (path.stem == "measure"), path.name
