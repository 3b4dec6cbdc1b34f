"""Songs of every fault at once: no good one is lost, and each bad one is named."""

import json
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
import soundfile
from bad_songs import RATE, bad_objects, bad_songs, noise
from numpy.testing import assert_array_equal
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skgenre import AudioError, FrameWindower, GroupVotingClassifier, MFCCFeaturizer
from skgenre.audio._song import shown
from skgenre.datasets import survey_songs


@pytest.fixture(scope="module")
def bad(tmp_path_factory):
    found = bad_songs(tmp_path_factory.mktemp("bad"))
    assert len(found) >= 100
    return found


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """Two good songs of two classes."""
    folder = tmp_path_factory.mktemp("good")
    paths = [str(folder / name) for name in ("noise.wav", "hum.wav")]
    soundfile.write(paths[0], noise(), RATE)
    soundfile.write(paths[1], np.cumsum(noise(seed=1), axis=0) / 100, RATE)
    return paths


def model():
    return make_pipeline(
        FrameWindower(window_seconds=1.0, on_error="warn"),
        MFCCFeaturizer(summary=("mean",)),
        GroupVotingClassifier(LogisticRegression()),
    )


def test_no_good_song_is_lost_and_each_bad_one_is_named_once(bad, good):
    songs = [good[0], *bad.values(), good[1]]
    windows, features, _ = model()
    with pytest.warns(UserWarning, match="could not be used") as caught:
        X = make_pipeline(windows, features).fit_transform(songs)
    assert X.counts.tolist() == [5, *[0] * len(bad), 5]
    assert_array_equal(X.values, features.transform(windows.transform(good)).values)
    assert set(X.errors) == set(bad.values())
    text = "\n".join(str(warning.message) for warning in caught)
    for kind, path in bad.items():
        # A sentence at least; that of one fault is not that of another's kind.
        assert len(X.errors[path]) > 20, kind
        assert "TypeError" not in X.errors[path], kind
        assert text.count(f"  {shown(path)}: ") == 1, kind
    strict = make_pipeline(windows.set_params(on_error="raise"), features)
    with pytest.raises(AudioError) as raised:
        strict.fit_transform(songs)
    assert raised.value.errors == X.errors


@pytest.mark.parametrize("kind", bad_objects())
def test_what_is_no_song_is_an_error_of_its_own(kind, good):
    X = FrameWindower(window_seconds=1.0, on_error="warn").fit_transform(
        [good[0], bad_objects()[kind], good[1]]
    )
    with pytest.warns(UserWarning, match="1 of 3 songs could not be used"):
        features = MFCCFeaturizer(summary=("mean",)).fit_transform(X)
    assert features.counts.tolist() == [5, 0, 5]
    assert len(features.errors) == 1


def test_no_bad_song_gets_a_verdict(bad, good):
    fitted = model()
    fitted.fit(good, ["noise", "hum"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        proba = fitted.predict_proba([*bad.values(), *good])
    assert_array_equal(proba[: len(bad)], np.full((len(bad), 2), 0.5))
    assert fitted.classes_[proba[len(bad) :].argmax(axis=1)].tolist() == [
        "noise",
        "hum",
    ]


def test_a_survey_names_them_all(bad, good):
    survey = survey_songs([*bad.values(), *good])
    # Nobody has asked for another rate yet.
    odd = {bad[kind] for kind in bad if kind.partition(".")[0].endswith("Hz")}
    assert set(bad.values()) - odd <= set(survey.errors) <= set(bad.values())


@pytest.mark.slow
@pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="reads memory from /proc"
)
def test_each_takes_little_time_and_memory(tmp_path):
    script = Path(__file__).parent / "bad_songs.py"
    run = subprocess.run(
        [sys.executable, script, tmp_path],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(lines) >= 100
    for line in lines:
        assert line["windows"] == 0, line
        assert line["seconds"] < 10, line
        assert line["mb"] < 100, line
