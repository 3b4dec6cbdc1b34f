import random
import subprocess
import sys

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from skgenre._keras import seeded  # noqa: E402
from skgenre.neural._batches import SongBatches, WindowBatches  # noqa: E402
from skgenre.neural._hold_out import held_out  # noqa: E402
from skgenre.neural._scaling import WindowScaler  # noqa: E402
from skgenre.neural._targets import one_hot  # noqa: E402
from skgenre.neural._training import make_optimizer  # noqa: E402


def plain(windows):
    return windows


# -- standardisation ------------------------------------------------------------------


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
        *(watched, np.arange(200)), scaler=plain, batch_size=16, targets=np.zeros(200)
    )
    assert sum(len(windows) for windows, _, _ in batches.epoch(0)) == 200
    assert max(read) <= 16


# -- batches --------------------------------------------------------------------------


def test_window_batches_hold_each_row_once_and_shuffle_by_seed_and_epoch():
    values = np.arange(20.0)[:, None]
    rows = np.arange(3, 20)
    options = {"scaler": plain, "batch_size": 5, "targets": np.arange(20)}
    batches = WindowBatches(values, rows, seed=1, weights=np.arange(20), **options)
    assert len(batches) == 4

    def order(epoch, batches=batches):
        found = list(batches.epoch(epoch))
        assert [len(windows) for windows, _, _ in found] == [5, 5, 5, 2]
        for windows, targets, weights in found:
            np.testing.assert_array_equal(windows[:, 0], targets)
            np.testing.assert_array_equal(weights, targets)
        return np.concatenate([targets for _, targets, _ in found]).tolist()

    assert sorted(order(0)) == rows.tolist()
    assert order(0) == order(0) != order(1)
    unshuffled = WindowBatches(values, rows, **options)
    assert np.concatenate([t for _, t, _ in unshuffled.epoch(3)]).tolist() == (
        rows.tolist()
    )


def test_mixup_mixes_windows_targets_and_weights_alike():
    values = np.arange(8.0, dtype=np.float32)[:, None]
    targets = np.eye(8, dtype=np.float32)
    batches = WindowBatches(
        *(values, np.arange(8)),
        scaler=plain,
        batch_size=8,
        targets=targets,
        weights=np.arange(8, dtype=np.float32),
        seed=0,
        mixup=0.4,
    )
    ((windows, mixed, weights),) = batches.epoch(0)
    np.testing.assert_allclose(mixed.sum(axis=1), 1, rtol=1e-6)
    assert (np.sort(mixed, axis=1)[:, -2] > 0).any()
    assert (mixed.max(axis=1) >= 0.5).all()
    np.testing.assert_allclose(mixed @ np.arange(8), windows[:, 0], rtol=1e-5)
    np.testing.assert_allclose(weights, windows[:, 0], rtol=1e-5)


def song_batches(counts, **options):
    offsets = np.concatenate([[0], np.cumsum(counts)])
    values = np.repeat(np.arange(len(counts)), counts)[:, None].astype(np.float32)
    settings = {"batch_size": 8, "batch_windows": 64, "seed": 0, **options}
    songs = settings.pop("songs", np.flatnonzero(counts))
    targets = np.arange(len(counts), dtype=np.float32)[:, None]
    return SongBatches(
        values, offsets, songs, scaler=plain, targets=targets, **settings
    )


def test_song_batches_hold_every_song_once_with_all_its_windows():
    counts = np.array([3, 1, 0, 7, 2, 2, 40, 1, 1, 5, 90, 4])
    weight = np.linspace(1, 2, len(counts))
    batches = song_batches(counts, weights=weight)
    seen = []
    for (mask, index, windows), targets, weights in batches.epoch(0):
        for row, song in enumerate(targets[:, 0].astype(int)):
            if weights[row] == 0:
                assert not mask[row].any()
                continue
            own = windows[index[row][mask[row]]]
            assert own[:, 0].tolist() == [song] * counts[song]
            seen.append(song)
            scale = len(batches) * len(targets) / (counts > 0).sum()
            np.testing.assert_allclose(weights[row], weight[song] * scale, rtol=1e-6)
        assert len(targets) == 8
    assert sorted(seen) == np.flatnonzero(counts).tolist()


def test_memory_is_bounded_by_windows_and_not_by_the_longest_song():
    rng = np.random.default_rng(0)
    counts = rng.integers(1, 12, size=300)
    counts[7] = 400
    batches = song_batches(counts, batch_size=32, batch_windows=128)
    shapes, used = set(), 0
    for epoch in range(3):
        for (mask, index, windows), _, _ in batches.epoch(epoch):
            real = mask.sum()
            # Not 32 songs of 400 windows each; and hardly any padding.
            assert len(windows) - real < batches.step <= 128 / 8
            assert len(windows) <= 128 + counts.max() + batches.step
            assert mask.shape == index.shape
            shapes.add(len(windows))
            used += real
    assert used == 3 * counts.sum()
    assert len(shapes) <= 12


def test_padding_of_a_batch_is_real_windows():
    batches = song_batches(np.array([33, 30, 30]), batch_windows=200)
    (((mask, _, windows), _, _),) = batches.epoch(0)
    assert len(windows) > mask.sum() == 93
    assert set(np.unique(windows)) == {0, 1, 2}


# -- optimiser, targets, split, seed --------------------------------------------------


def test_cosine_schedule_rises_and_falls():
    optimizer = make_optimizer(
        "adamw",
        learning_rate=1.0,
        schedule="cosine",
        weight_decay=0.1,
        n_steps=100,
        beta_1=0.5,
    )
    rate = keras.optimizers.schedules.deserialize(
        optimizer.get_config()["learning_rate"]
    )
    rates = [float(rate(step)) for step in (0, 5, 10, 55, 100)]
    np.testing.assert_allclose(rates, [0.1, 0.55, 1.0, 0.5, 0.0], atol=1e-3)
    assert isinstance(optimizer, keras.optimizers.AdamW)
    assert optimizer.weight_decay == pytest.approx(0.1)
    assert optimizer.beta_1 == 0.5


def test_an_optimizer_instance_is_copied():
    given = keras.optimizers.SGD(0.3)
    settings = {"schedule": "constant", "weight_decay": 0.0, "n_steps": 9}
    made = make_optimizer(given, learning_rate=1.0, **settings)
    assert made is not given
    assert float(made.learning_rate) == pytest.approx(0.3)
    made = make_optimizer(keras.optimizers.SGD, learning_rate=0.2, **settings)
    assert float(made.learning_rate) == pytest.approx(0.2)


def test_targets():
    codes = np.array([0, 1, 1])
    assert one_hot(codes, 1).tolist() == [[0], [1], [1]]
    np.testing.assert_allclose(one_hot(codes, 1, 0.2), [[0.1], [0.9], [0.9]])
    assert one_hot(codes, 3)[1].tolist() == [0, 1, 0]
    np.testing.assert_allclose(one_hot(codes, 3, 0.3)[0], [0.8, 0.1, 0.1], rtol=1e-6)


def test_whole_groups_are_held_out():
    y = np.repeat(["jazz", "rock"], 40)
    groups = np.arange(80) // 4
    train, valid = held_out(y, groups, 0.25, 0, "song")
    assert not set(groups[train]) & set(groups[valid])
    assert sorted([*train, *valid]) == list(range(80))
    assert set(y[valid]) == set(y[train]) == {"jazz", "rock"}
    with pytest.raises(ValueError, match="one group only of class 'rock'") as error:
        held_out(y, np.where(y == "rock", 99, groups), 0.25, 0, "artist")
    assert "validation_fraction=0.25 holds out whole artists" in str(
        error.value.__notes__
    )


def test_seeding_restores_every_global_state():
    random.seed(5)
    np.random.seed(5)  # noqa: NPY002 - the global state is what this is about
    before = random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002

    def draw():
        with seeded(3):
            return np.asarray(keras.layers.Dense(2).kernel_initializer((2, 2)))

    assert (draw() == draw()).all()
    after = random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    assert before == after


# -- import ---------------------------------------------------------------------------


def python(code):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )


def test_nothing_is_written_to_the_standard_error(monkeypatch):
    monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL", raising=False)
    result = python(
        """
import logging, numpy as np
from skgenre.neural import KerasWindowClassifier, MILClassifier  # noqa: E402
X, y = np.random.default_rng(0).normal(size=(20, 3)), ["a", "b"] * 10
for kind in (KerasWindowClassifier, MILClassifier):
    model = kind("linear", epochs=2, random_state=0).fit(X, y)
    print(model.predict(X).shape)
# What TensorFlow says once a search has made some networks.
logger = logging.getLogger("tensorflow")
logger.warning("5 out of the last %d calls triggered tf.function retracing", 9)
"""
    )
    assert result.stderr == ""
    assert result.stdout == "(20,)\n" * 2


def test_without_keras_the_package_says_what_to_install():
    result = python(
        """
import sys
class Missing:
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] in ("keras", "tensorflow", "scikeras"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Missing)
import skgenre.neural
print(dir(skgenre.neural)[:2])
for name in skgenre.neural.__all__:
    try:
        getattr(skgenre.neural, name)
    except ModuleNotFoundError as error:
        print(error)
"""
    )
    assert result.stdout.count('Install it with: pip install "skgenre[keras]"') == 5


def test_loading_the_module_loads_no_keras():
    result = python(
        "import sys, skgenre.neural; print('keras' in sys.modules)\n"
        "try: skgenre.neural.nothing\n"
        "except AttributeError as error: print(error)"
    )
    assert result.stdout.splitlines() == [
        "False",
        "No skgenre.neural attribute nothing",
    ]
