import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from numpy.testing import assert_array_equal

from skgenre.features._pieces import cut_pieces, piece_starts, resampled


@pytest.mark.parametrize(
    ("n_window_samples", "n_samples", "starts"),
    [
        (10, None, [0]),
        (10, 10, [0]),
        (10, 12, [0]),
        (15, 10, [0, 5]),
        (16, 10, [0, 5, 6]),
        (50, 30, [0, 15, 20]),
        (60, 30, [0, 15, 30]),
        (7, 3, [0, 1, 2, 3, 4]),
        (4, 1, [0, 1, 2, 3]),
        # A sample more, by rounding, is not worth another piece.
        (48001, 48000, [0]),
        (48049, 48000, [0, 49]),
    ],
)
def test_pieces_overlap_by_half_and_the_last_ends_with_the_window(
    n_window_samples, n_samples, starts
):
    assert piece_starts(n_window_samples, n_samples).tolist() == starts


def slow_mean(windows, n_samples):
    """Mean over the pieces of each window of (sum, first sample, last sample)."""
    rows = []
    for window in windows:
        if n_samples is not None:
            while len(window) < n_samples:
                window = np.concatenate([window, window])
        size = n_samples or len(window)
        whole = window[: max(size, len(windows[0]))]
        starts = [*range(0, len(whole) - size, max(1, size // 2)), len(whole) - size]
        pieces = np.array([whole[start : start + size] for start in starts])
        rows.append(
            np.stack([pieces.sum(axis=1), pieces[:, 0], pieces[:, -1]], axis=1).mean(0)
        )
    return np.array(rows)


def windows_of(kind):
    samples = np.random.default_rng(0).normal(size=400).astype(np.float32)
    return {
        "apart": samples[:60].reshape(3, 20),
        "overlap": sliding_window_view(samples, 20)[:200:10],
        "gaps": sliding_window_view(samples, 20)[::33],
        "same": sliding_window_view(samples, 20)[[4, 4, 7]],
        "one": samples[None, :20],
        "backwards": samples[:60].reshape(3, 20)[::-1],
        "columns": samples[:60].reshape(20, 3).T,
        "every second": samples[:120].reshape(3, 40)[:, ::2],
        "broadcast": np.broadcast_to(samples[:20], (3, 20)),
        "double": samples[:60].reshape(3, 20).astype(np.float64),
    }[kind]


KINDS = ("apart", "overlap", "gaps", "same", "one", "backwards", "columns")
KINDS += ("every second", "broadcast", "double")


@pytest.mark.parametrize("n_samples", [None, 20, 8, 7, 33])
@pytest.mark.parametrize("kind", KINDS)
def test_pieces_are_those_of_each_window_however_it_lies_in_memory(kind, n_samples):
    windows = windows_of(kind)
    before = windows.copy()
    pieces = cut_pieces(windows, n_samples)
    batches = [
        pieces.batch(i, min(i + 3, len(pieces))) for i in range(0, len(pieces), 3)
    ]
    cut = np.concatenate(batches)
    assert cut.dtype == np.float32
    rows = np.stack([cut.sum(axis=1), cut[:, 0], cut[:, -1]], axis=1)
    found = pieces.mean(rows)
    np.testing.assert_allclose(found, slow_mean(windows, n_samples), atol=1e-5)
    assert_array_equal(windows, before)


def test_what_two_windows_share_is_cut_once():
    samples = np.arange(40, dtype=np.float32)
    overlapping = sliding_window_view(samples, 20)[::10]  # at 0, 10, 20
    # Pieces of each at 0, 5, 10: those of all at 0, 5, 10, 15, 20, 25, 30.
    assert len(cut_pieces(overlapping, 10)) == 7
    assert len(cut_pieces(overlapping.copy(), 10)) == 9


def test_no_windows():
    assert len(cut_pieces(np.zeros((0, 20), np.float32), 10)) == 0


def test_a_tone_is_resampled_and_silence_stays():
    seconds = np.arange(8000) / 8000
    windows = np.stack([np.sin(2 * np.pi * 440 * seconds), np.zeros(8000)])
    found = resampled(windows, 8000, 16000)
    expected = np.sin(2 * np.pi * 440 * np.arange(16000) / 16000)
    assert found.shape == (2, 16000)
    assert found.dtype == np.float32
    # Where the tone begins and ends there is more than a tone.
    np.testing.assert_allclose(found[0, 500:-500], expected[500:-500], atol=1e-3)
    assert not found[1].any()


def test_lengths_are_rounded_and_the_same_rate_is_no_work():
    windows = np.ones((1, 1001), np.float32)
    assert resampled(windows, 22050, 16000).shape == (1, 726)
    assert resampled(windows, 22050, 22050) is windows
    assert resampled(np.ones((1, 1), np.float32), 22050, 100).shape == (1, 1)
