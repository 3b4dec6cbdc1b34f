import numpy as np
import pytest
from shell import write_song
from sklearn.linear_model import LogisticRegression

from skgenre import FrameWindower, SongWindows, recipes
from skgenre.model_selection._heard import heard_songs


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    """A song, a file that is none, a song of half a second, and silence."""
    folder = tmp_path_factory.mktemp("songs")
    write_song(folder / "good.wav", 440)
    (folder / "bad.wav").write_bytes(b"no audio")
    write_song(folder / "short.wav", 440, seconds=0.5)
    return [str(folder / name) for name in ("good.wav", "bad.wav", "short.wav")]


def test_rows_without_windows():
    models = [LogisticRegression()]
    assert heard_songs(models, np.zeros((3, 2)), n_jobs=None).tolist() == [True] * 3
    windows = SongWindows(np.zeros((3, 2)), [2, 0, 1])
    assert heard_songs(models, windows, n_jobs=None).tolist() == [True, False, True]


def test_songs_are_read_wherever_the_windower_is(paths):
    model = recipes.strong(window_seconds=(0.25, 1.0), sample_rate=8000)
    model.set_params(
        scales__windows_0_25s__windows__on_error="warn",
        scales__windows_1s__windows__on_error="warn",
    )
    assert heard_songs([model], paths, n_jobs=None).tolist() == [True, False, True]
    # In one of two models it is too short.
    model.set_params(scales__windows_1s__windows__short="drop")
    assert heard_songs([model], paths, n_jobs=None).tolist() == [True, False, False]


def test_windows_of_audio_are_not_kept(paths):
    windower = FrameWindower(1.0, sample_rate=8000, on_error="warn")
    lazy = windower.fit_transform(paths)
    found = heard_songs([LogisticRegression()], lazy, n_jobs=None)
    assert found.tolist() == [True, False, True]
    assert not lazy.source.is_measured


def test_a_windower_that_raises_does_so_when_it_is_fitted(paths):
    model = recipes.baseline(window_seconds=1.0, sample_rate=8000)
    assert heard_songs([model], paths, n_jobs=None).all()


def test_the_users_windower_keeps_its_errors(paths):
    model = recipes.baseline(window_seconds=1.0, sample_rate=8000)
    model.set_params(windows__on_error="warn")
    model["windows"].fit()
    heard_songs([model], paths, n_jobs=None)
    assert model["windows"].errors_ == {}
