import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

import skgenre
from skgenre.cli import main

ROOT = Path(__file__).parent.parent
HEAVY = ("tensorflow", "keras", "librosa", "numba", "matplotlib", "pandas", "skops")


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


README = {"door": ROOT / "README.md", "laboratory": ROOT / "benchmarks" / "README.md"}


@pytest.fixture(params=README)
def readme(request):
    return README[request.param]


def test_readme_pictures_and_links_lead_somewhere(readme):
    links = re.findall(r"\[[^\]]*\]\(([^)]+)\)", readme.read_text())
    assert any(".png" in link for link in links)
    for link in links:
        if link.startswith("https:"):
            continue
        name, _, heading = link.partition("#")
        path = readme.parent / name if name else readme
        assert path.exists(), link
        if heading:
            assert heading in headings(path.read_text()), link


def test_b24_an_index_gets_no_link_into_a_folder_that_it_lacks():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    hook = project["tool"]["hatch"]["metadata"]["hooks"]["fancy-pypi-readme"]
    before = README["door"].read_text()
    shown = before
    for change in hook["substitutions"]:
        shown = re.sub(change["pattern"], change["replacement"], shown)
    assert ".png" not in shown
    assert "](" not in shown.replace("](https:", "")
    # Nothing else is lost: code and tables stay to the letter.
    code = re.compile(r"```.*?```", flags=re.DOTALL)
    assert code.findall(shown) == code.findall(before)
    assert shown.count("|") == before.count("|")


def headings(text):
    """Headings as they stand in links."""
    titles = re.findall(r"^#+ (.*)$", text, flags=re.MULTILINE)
    return [re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles]


def test_readme_shows_the_rooms_and_what_to_subclass():
    tree = README["door"].read_text().partition("skgenre/\n")[2].partition("```")[0]
    lines = [line.split(maxsplit=1) for line in tree.splitlines()]
    for name, _ in lines:
        assert (ROOT / "skgenre" / name).exists(), name
    public = {path.name for path in (ROOT / "skgenre").iterdir() if path.is_dir()}
    public = {f"{name}/" for name in public if not name.startswith("_")}
    assert public <= {name for name, _ in lines}
    for room, text in lines:
        for base in re.findall(r"subclass (\w+)", text):
            home = import_module(f"skgenre.{room.rstrip('/')}")
            assert isinstance(getattr(home, base), type)


def test_readme_runs(readme, tmp_path, monkeypatch):
    """Every Python block, in order, in a folder that holds songs."""
    blocks = re.findall(r"```python\n(.*?)```", readme.read_text(), flags=re.DOTALL)
    assert len(blocks) > (5 if readme == README["door"] else 0)
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


def test_readme_commands_run(tmp_path, monkeypatch, capsys):
    """Every command on the songs of the README, in order."""
    pytest.importorskip("typer")
    pytest.importorskip("skops")
    blocks = re.findall(r"```sh\n(.*?)```", README["door"].read_text(), flags=re.DOTALL)
    commands = [
        shlex.split(line, comments=True)[1:]
        for block in blocks
        for line in block.splitlines()
        if line.startswith("skgenre ")
    ]
    names = ["inspect", "train", "predict", "review"]
    assert [command[0] for command in commands] == names
    songs = skgenre.datasets.make_songs(
        tmp_path / "songs", n_songs=6, genres=("drone", "techno"), max_seconds=9
    )
    (tmp_path / "new").mkdir()
    for song in songs.data[::6]:
        shutil.copy(song, tmp_path / "new")
    (tmp_path / "new" / "notes.wav").write_bytes(b"no audio")
    monkeypatch.chdir(tmp_path)
    for command in commands:
        assert main(command) == 0, capsys.readouterr()
    table = (tmp_path / "verdicts.csv").read_text().splitlines()
    assert len(table) == 4
    assert (tmp_path / "review.csv").exists()
    assert (tmp_path / "verdicts-events").is_dir()


def test_nothing_names_a_folder_of_one_machine():
    files = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    for name in files.stdout.splitlines():
        path = ROOT / name
        if path.suffix in {".py", ".md", ".json", ".toml"} and path.is_file():
            text = path.read_text()
            assert not re.search(r"/(home|root|work|opt)/\w", text), name
