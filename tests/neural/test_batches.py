import numpy as np
import pytest

from skgenre.neural._batches import SongBatches, WindowBatches, deal, places


def plain(windows):
    return windows


# -- of windows ----------------------------------------------------------------------


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
        values,
        np.arange(8),
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


# -- of songs ------------------------------------------------------------------------


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


def test_songs_are_dealt_to_the_batch_with_the_fewest_windows():
    counts = np.array([5, 1, 1, 3, 2])
    dealt = deal(np.arange(5), counts, n_batches=2, batch_size=4)
    # 5 | 1, 1, 3, and then both hold five.
    assert [songs.tolist() for songs in dealt] == [[0, 4], [1, 2, 3]]
    full = deal(np.arange(5), counts, n_batches=3, batch_size=2)
    assert [songs.tolist() for songs in full] == [[0], [1, 3], [2, 4]]


@pytest.mark.parametrize("least", [1, 8])
def test_places_of_windows_one_behind_the_other(least):
    place, mask = places(np.array([2, 3]), 3, least)
    assert mask[:, :4].tolist() == [
        [True, True, False, False],
        [True, True, True, False],
        [False, False, False, False],  # no song
    ]
    assert place[:, :4].tolist() == [[0, 1, 0, 0], [2, 3, 4, 0], [0, 0, 0, 0]]
    assert mask.shape == place.shape == (3, max(least, 4))
    assert not mask[:, 4:].any()
