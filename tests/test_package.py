import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import skgenre

ROOT = Path(__file__).parent.parent
HEAVY = ("tensorflow", "keras", "librosa", "numba", "matplotlib", "pandas")


def python(code):
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return result.stdout


def test_import_is_light():
    loaded = python(
        f"import skgenre, sys; print([m for m in {HEAVY} if m in sys.modules])"
    )
    assert loaded.strip() == "[]"


def test_the_core_needs_no_optional_package():
    # scikit-learn itself imports pandas where it is installed, so hide them all.
    blocked = [*HEAVY, "scikeras", "hmmlearn", "typer", "rich"]
    out = python(
        f"""
import sys
class Missing:
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] in {blocked!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Missing)
import numpy as np, skgenre
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
rng = np.random.default_rng(0)
songs = [rng.normal(size=9000) * np.linspace(1, i % 2, 9000) for i in range(8)]
model = make_pipeline(
    skgenre.FrameWindower(0.2),
    skgenre.MFCCFeaturizer(summary=("mean", "std")),
    skgenre.GroupVotingClassifier(LogisticRegression()),
)
print(model.fit(songs, ["a", "b"] * 4).predict(songs[:2]))
try:
    model[-1].timeline(model[:-1].transform(songs[:1]))
except ModuleNotFoundError as error:
    print(error)
"""
    )
    assert "['a' 'b']" in out
    assert 'Install it with: pip install "skgenre[plot]"' in out


def test_all_names_exist():
    assert set(skgenre.__all__) <= set(dir(skgenre))
    for name in skgenre.__all__:
        assert getattr(skgenre, name) is not None
    with pytest.raises(AttributeError, match="attribute nothing"):
        skgenre.nothing  # noqa: B018


@pytest.fixture(scope="module")
def readme():
    return (ROOT / "README.md").read_text()


def test_readme_tables_are_made_from_the_results(readme):
    path = ROOT / "benchmarks" / "readme_tables.py"
    spec = importlib.util.spec_from_file_location("readme_tables", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.render(readme) == readme
    for result in (ROOT / "benchmarks" / "results").glob("*.json"):
        assert "environment" in json.loads(result.read_text()), result.name


def test_readme_pictures_exist(readme):
    for path in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", readme):
        assert (ROOT / path).is_file(), path


def test_readme_runs(readme, tmp_path, monkeypatch):
    """Every Python block, in order, in a folder that holds songs."""
    blocks = re.findall(r"```python\n(.*?)```", readme, flags=re.DOTALL)
    assert len(blocks) > 5
    skgenre.datasets.make_songs(
        tmp_path / "songs", n_songs=6, genres=("drone", "techno"), max_seconds=9
    )
    if importlib.util.find_spec("scikeras") is None:
        blocks = [b for b in blocks if "keras" not in b and "neural" not in b]
    monkeypatch.chdir(tmp_path)
    program = "import matplotlib\nmatplotlib.use('Agg')\n" + "\n".join(blocks)
    result = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    assert result.returncode == 0, result.stderr[-3000:]


def test_nothing_names_a_folder_of_one_machine():
    files = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    for name in files.stdout.splitlines():
        path = ROOT / name
        if path.suffix in {".py", ".md", ".json", ".toml"} and path.is_file():
            text = path.read_text()
            assert not re.search(r"/(home|root|work|opt)/\w", text), name
