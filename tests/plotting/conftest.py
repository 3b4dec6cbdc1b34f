import matplotlib as mpl
import numpy as np
import pytest

from skgenre import SongWindows

mpl.use("Agg")
plt = pytest.importorskip("matplotlib.pyplot")


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def songs():
    rng = np.random.default_rng(0)
    y = np.array(["jazz", "rock"] * 10)
    windows = SongWindows(
        rng.normal(size=(100, 3)),
        counts=[5] * 20,
        song_ids=[f"{label}/{i} - Title.wav" for i, label in enumerate(y)],
        starts=np.tile(np.arange(5) * 2.5, 20),
        window_seconds=5.0,
    )
    windows.values[windows.expand(y) == "rock"] += 0.7
    return windows, y
