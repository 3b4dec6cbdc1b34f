import numpy as np
import pytest

from skgenre.neural._batches import WindowBatches
from skgenre.neural._scaling import WindowScaler


@pytest.mark.parametrize(
    ("shape", "axes"), [((4,), 0), ((4, 6), (0, 2)), ((4, 6, 2), (0, 2))]
)
def test_each_band_is_standardised_over_windows_and_time(shape, axes, monkeypatch):
    monkeypatch.setattr("skgenre.neural._scaling._CHUNK_VALUES", 50)
    rng = np.random.default_rng(0)
    scale = 10.0 ** np.arange(4).reshape(4, *[1] * (len(shape) - 1))
    values = rng.normal(1e3, 1, size=(30, *shape)) * scale
    rows = np.arange(3, 28)
    scaled = WindowScaler.learn(values, rows)(values[rows])
    assert scaled.dtype == np.float32
    np.testing.assert_allclose(scaled.mean(axis=axes), 0, atol=1e-5)
    np.testing.assert_allclose(scaled.std(axis=axes), 1, atol=1e-5)


def test_constant_bands_and_no_standardisation():
    values = np.full((5, 2), 0.1)
    values[:, 1] = [1, 2, 3, 4, 5]
    assert (WindowScaler.learn(values, np.arange(5))(values)[:, 0] == 0).all()
    same = WindowScaler.learn(values, np.arange(5), standardize=False)(values)
    np.testing.assert_array_equal(same, values.astype(np.float32))


def test_a_memory_map_is_never_loaded_whole(tmp_path, monkeypatch):
    monkeypatch.setattr("skgenre.neural._scaling._CHUNK_VALUES", 100)
    values = np.memmap(tmp_path / "v", np.float32, "w+", shape=(200, 10))
    values[:] = np.random.default_rng(0).normal(size=(200, 10))
    read = []

    class Watched(np.memmap):
        def __getitem__(self, key):
            part = np.asarray(np.memmap.__getitem__(self, key))
            read.append(len(part))
            return part

    watched = values.view(Watched)
    WindowScaler.learn(watched, np.arange(200))
    batches = WindowBatches(
        watched, np.arange(200), scaler=np.asarray, batch_size=16, targets=np.zeros(200)
    )
    assert sum(len(windows) for windows, _, _ in batches.epoch(0)) == 200
    assert max(read) <= 16


def test_values_worked_by_hand():
    values = np.array([[1.0, 10.0], [3.0, 10.0], [99.0, 99.0]])
    scaler = WindowScaler.learn(values, np.array([0, 1]))
    assert scaler.mean.tolist() == [2, 10]
    assert scaler.scale.tolist() == [1, 1]  # of a constant feature too
    assert scaler(values).tolist() == [[-1, 0], [1, 0], [97, 89]]
