import os
import signal
from pathlib import Path

if "PYTEST_XDIST_WORKER" in os.environ:
    # Each process has a core; more threads than cores wait for each other.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"):
        os.environ.setdefault(name, "1")
    # Set for the lines of pytest, where nobody looks on.
    os.environ.pop("COLUMNS", None)

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from skgenre import SongWindows
from skgenre.audio import _isolated
from skgenre.datasets import make_songs

os.environ["MPLBACKEND"] = "Agg"
# A machine that is busy is no fault of the package.
settings.register_profile(
    "patient", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("patient")


@pytest.fixture(scope="session")
def data_dir():
    """Return the folder of real recordings, which are not part of the project."""
    folder = os.environ.get("SKGENRE_DATA")
    if not folder:
        pytest.skip("SKGENRE_DATA is not set")
    return Path(folder)


@pytest.fixture
def crash_at(monkeypatch):
    """Crash whatever decodes a file of this name in a process of its own.

    Gives the list of what such processes are asked.
    """
    if os.name == "nt":
        pytest.skip("signals of POSIX")
    real = _isolated._Child.ask
    asked = []

    def crash_at_name(crashing):
        def ask(child, *request):
            asked.append(request[0])
            if len(request) == 2 and getattr(request[1], "name", "") == crashing:
                os.kill(child._process.pid, signal.SIGKILL)
            return real(child, *request)

        monkeypatch.setattr(_isolated._Child, "ask", ask)
        return asked

    yield crash_at_name
    while _isolated._FREE:
        _isolated._FREE.pop().end()


@pytest.fixture(scope="session")
def song_files(tmp_path_factory):
    """30 synthesised songs of five genres, three artists each."""
    folder = tmp_path_factory.mktemp("songs")
    return make_songs(
        folder, n_songs=6, n_artists=3, max_seconds=9, formats=("wav", "flac", "ogg")
    )


@pytest.fixture
def songs():
    """Features of 40 songs of 1 to 6 windows: X (SongWindows), y and artists."""
    rng = np.random.default_rng(0)
    counts = rng.integers(1, 7, size=40)
    y = np.array(["jazz", "rock", "blues", "metal"] * 10)
    X = SongWindows(
        rng.normal(size=(counts.sum(), 3)).astype(np.float32),
        counts,
        starts=np.concatenate([2.5 * np.arange(n) for n in counts]),
        window_seconds=5.0,
    )
    centres = {"jazz": [2, 0, 0], "rock": [0, 2, 0], "blues": [0, 0, 2], "metal": 0}
    for label, centre in centres.items():
        X.values[X.expand(y) == label] += centre
    # Each artist plays one genre, as they do.
    artists = np.array([f"{label} artist {i // 4 % 5}" for i, label in enumerate(y)])
    return X, y, artists
