"""What others get: archives that hold what they should, and licences that are said."""

import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
# What no installed package needs to read, and what each needs.
SOURCES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (ROOT / "skgenre").rglob("*")
    if path.is_file() and "__pycache__" not in path.parts
)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Paths of the wheel and of the sdist."""
    pytest.importorskip("hatchling.build")
    pytest.importorskip("hatch_fancy_pypi_readme")
    out = tmp_path_factory.mktemp("dist")
    # The builder reads the folder that it stands in.
    code = (
        "import sys; from hatchling.build import build_sdist, build_wheel; "
        "print(build_wheel(sys.argv[1])); print(build_sdist(sys.argv[1]))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(out)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [out / name for name in run.stdout.split()[-2:]]


@pytest.mark.slow
def test_the_wheel_holds_the_package_and_nothing_else(built):
    with zipfile.ZipFile(built[0]) as wheel:
        names = [name for name in wheel.namelist() if ".dist-info/" not in name]
        about = next(n for n in wheel.namelist() if n.endswith("METADATA"))
        text = wheel.read(about).decode()
    assert sorted(names) == SOURCES
    assert "skgenre/py.typed" in names
    assert text.splitlines()[1] == "Name: skgenre"
    # The page of an index has no picture that lies beside it.
    assert "](benchmarks/" not in text


@pytest.mark.slow
def test_the_sdist_holds_tests_benchmarks_and_licence(built):
    with tarfile.open(built[1]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert set(SOURCES) <= names
    for expected in ("README.md", "LICENSE", "pyproject.toml", "PKG-INFO"):
        assert expected in names
    assert "tests/test_distribution.py" in names
    assert "benchmarks/README.md" in names
    kinds = {Path(name).suffix for name in names}
    # No recording, no weights, no cache.
    assert kinds.isdisjoint({".wav", ".mp3", ".ogg", ".onnx", ".npy", ".pkl", ".pyc"})


@pytest.mark.slow
def test_the_demo_runs_from_the_wheel(built, tmp_path):
    with zipfile.ZipFile(built[0]) as wheel:
        wheel.extractall(tmp_path / "installed")
    code = (
        "import skgenre, sys; from skgenre.cli import main; print(skgenre.__file__); "
        "main(['demo', '--songs', '6'])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "installed")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith(str(tmp_path / "installed"))
    assert (tmp_path / "skgenre-demo" / "timeline.png").stat().st_size > 10_000


# -- licences -------------------------------------------------------------------------

REQUIRED = {
    re.match(r"[\w.-]+", line)[0]
    for lines in [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    for line in lines
} - {"skgenre"}
# What packages call one and the same licence.
SHORT = {
    "BSD": "BSD",
    "Apache": "Apache",
    "MIT": "MIT",
    "ISC": "ISC",
    "MPL": "MPL",
    "LGPL": "LGPL",
    "Python Software Foundation": "PSF",
    "0BSD": "BSD",
}


def listed():
    """Licence of each package, as the laboratory's table says."""
    text = (ROOT / "benchmarks" / "README.md").read_text()
    part = text[text.index("| licence | packages |") :].partition("\n\n")[0]
    found = {}
    for line in part.splitlines()[2:]:
        licence, packages = (cell.strip() for cell in line.strip("| ").split("|"))
        found |= {name.strip(): licence for name in packages.split(",")}
    return found


def test_the_licence_of_every_dependency_is_listed():
    assert set(listed()) == REQUIRED


@pytest.mark.parametrize("name", sorted(REQUIRED))
def test_the_licence_is_what_the_package_says(name):
    try:
        about = metadata(name)
    except PackageNotFoundError:
        pytest.skip(f"{name} is not installed")
    said = about.get("License-Expression") or " ".join(
        [
            (about.get("License") or "")[:200],
            *(c for c in about.get_all("Classifier") or [] if c.startswith("License")),
        ]
    )
    known = [short for word, short in SHORT.items() if word in said]
    if not known:
        pytest.skip(f"{name} says {said[:60]!r}")
    assert any(short in listed()[name] for short in known), said
