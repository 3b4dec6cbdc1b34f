"""What a type checker says of a user's script, and of modules without estimators."""

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mypy")

ROOT = Path(__file__).parent.parent
# Functions on arrays: nothing of scikit-learn, whose types are unknown, is inherited.
PURE = (
    "_by_song/numbering.py",
    "_by_song/reductions.py",
    "_optional.py",
    "_wording.py",
    "audio/_decode.py",
    "audio/_plan.py",
    "audio/_source.py",
    "features/_kernels/chroma.py",
    "features/_kernels/mel_spectra.py",
    "features/_kernels/rhythm.py",
    "features/_kernels/spectral_shape.py",
    "features/_kernels/statistics.py",
    "features/_kernels/tables.py",
    "model_selection/_draw_groups.py",
    "model_selection/_recording_prints.py",
    "model_selection/_statistics.py",
    "model_selection/_text_tables.py",
    "neural/_batches.py",
    "neural/_targets.py",
    "voting/_rules.py",
    "windows/_growing_rows.py",
    "windows/_source.py",
    "windows/_stored.py",
    "windows/_tables.py",
)

# The README's five lines and what comes next, with types.
SCRIPT = """
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skgenre import FrameWindower, GroupVotingClassifier, MFCCFeaturizer, SongWindows
from skgenre.datasets import load_songs
from skgenre.model_selection import compare_votings, leakage_report
from skgenre.plotting import TimelineDisplay


def evaluate(folder: str) -> float:
    songs = load_songs(folder)
    windows = FrameWindower(window_seconds=5.0)
    features = MFCCFeaturizer(summary=("mean", "std"), memory="cache")
    vote = GroupVotingClassifier(LogisticRegression(), voting="mean_log_odds")
    model = make_pipeline(windows, features, vote)
    model.fit(songs.data, songs.target)
    X: SongWindows = features.fit(windows.transform(songs.data)).transform(
        windows.transform(songs.data)
    )
    verdicts: np.ndarray = vote.fit(X, songs.target).predict(X[:3])
    print(verdicts, X[0].shape, X.expand(songs.target)[0], vote.timeline(X).columns)
    comparison = compare_votings(vote, X, songs.target, cv=3, groups=songs.groups)
    print(comparison, leakage_report(vote, X, songs.target, cv=3).sentence)
    TimelineDisplay.from_estimator(vote, X, song=0)
    return vote.score(X, songs.target)
"""


def mypy(*arguments, cwd):
    # scikit-learn, soundfile and others ship no types.
    command = [sys.executable, "-m", "mypy", "--strict", "--ignore-missing-imports"]
    return subprocess.run(
        [*command, *arguments], capture_output=True, text=True, check=False, cwd=cwd
    )


@pytest.mark.slow
def test_a_users_script_is_clean_under_strict(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    result = mypy("script.py", cwd=tmp_path)
    assert result.returncode == 0, result.stdout


@pytest.mark.slow
def test_pure_modules_are_clean_under_strict():
    paths = [str(ROOT / "skgenre" / name) for name in PURE]
    result = mypy(
        "--follow-imports=silent",
        "--allow-untyped-calls",  # of numba's loops and scipy's functions
        "--allow-subclassing-any",  # soundfile's reader
        "--no-warn-return-any",  # what arithmetic with arrays gives, to numpy's stubs
        "--disable-error-code=type-arg",  # arrays of any dtype and shape
        *paths,
        cwd=ROOT,
    )
    assert result.returncode == 0, result.stdout
