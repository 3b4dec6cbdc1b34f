import sys
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
import soundfile
import soxr
from threadpoolctl import threadpool_info

from skgenre._jobs import with_bar
from skgenre.audio._decode import read_song
from skgenre.datasets import make_songs
from skgenre.model_selection import find_duplicates
from skgenre.model_selection._recording_prints import (
    _bits,
    _energies,
    _product,
    fingerprint,
    read_fingerprint,
    similar_pairs,
)

RATE = 22050


@pytest.fixture(scope="module")
def synthesised(tmp_path_factory):
    bunch = make_songs(
        tmp_path_factory.mktemp("songs"), n_songs=2, min_seconds=10, max_seconds=16
    )
    return bunch.data


@pytest.fixture(scope="module")
def waveforms(synthesised):
    return [read_song(path, sample_rate=RATE) for path in synthesised]


def test_similarity_is_symmetric_and_of_itself_one(waveforms):
    bits = fingerprint(soxr.resample(waveforms[0], RATE, 8000))
    assert bits.shape[1] == 32
    assert set(np.unique(bits)) <= {-1, 0, 1}
    y = waveforms[0].astype(float)
    (pair,) = find_duplicates([y, 2 * y], sample_rate=RATE)
    assert pair.similarity == pytest.approx(1, abs=0.01)
    assert pair.offset_seconds == 0


def by_definition(y):
    """Bits as in the paper: growth of differences of neighbouring bands' energies."""
    edges = np.round(np.geomspace(300, 2000, 34) * 2048 / 8000).astype(int)
    energies = []
    for start in range(0, len(y) - 2048 + 1, 512):
        power = np.abs(np.fft.rfft(np.hanning(2048) * y[start : start + 2048])) ** 2
        energies.append([power[a:b].sum() for a, b in pairwise(edges)])
    bits = []
    for before, now in zip(energies, energies[4:], strict=False):
        old, new = np.diff(np.log(before)), np.diff(np.log(now))
        bits.append(np.where(new > old, 1, -1))
    return np.array(bits)


def test_bits_are_those_of_the_definition():
    y = np.random.default_rng(0).normal(size=3 * 8000).astype(np.float32)
    bits = fingerprint(y)
    assert bits.dtype == np.int8
    assert bits.shape == (1 + (24000 - 2048) // 512 - 4, 32)
    np.testing.assert_array_equal(bits, by_definition(y))


def test_long_songs_are_read_in_pieces(monkeypatch):
    y = np.random.default_rng(0).normal(size=4 * 8000).astype(np.float32)
    whole = fingerprint(y)
    where = "skgenre.model_selection._recording_prints._FRAMES_AT_ONCE"
    monkeypatch.setattr(where, 7)
    np.testing.assert_array_equal(fingerprint(y), whole)


def test_silence_has_no_bits():
    y = np.random.default_rng(0).normal(size=4 * 8000).astype(np.float32)
    y[8000:24000] = 0
    bits = fingerprint(y)
    silent = ~bits.any(axis=1)
    # Frames 16 to 42 hear nothing, and neither do those four after them.
    assert np.flatnonzero(silent).tolist() == list(range(12, 43))
    assert fingerprint(np.zeros(8000, np.float32)).any() == 0


@pytest.mark.parametrize("n_samples", [0, 2047, 2048, 2048 + 3 * 512])
def test_too_short_for_a_bit(n_samples):
    assert fingerprint(np.ones(n_samples, np.float32)).shape == (0, 32)


def test_files_and_waveforms_are_read_alike(synthesised):
    path = next(path for path in synthesised if path.endswith(".wav"))
    bits, digest = read_fingerprint(path, 0, None)
    y = read_song(path, sample_rate=8000)
    again, same = read_fingerprint(y, 8000, None)
    np.testing.assert_array_equal(bits, again)
    assert digest == same
    start, other = read_fingerprint(y, 8000, 2.0)
    np.testing.assert_array_equal(start, bits[: len(start)])
    assert len(start) == 1 + (16000 - 2048) // 512 - 4
    assert other != digest


def slow_pairs(prints, least, min_frames):
    """Every pair at every offset, one after the other."""
    for j, second in enumerate(prints):
        for i, first in enumerate(prints[:j]):
            found = []
            for lag in range(1 - len(second), len(first)):
                a = first[max(lag, 0) :][: len(second) - max(-lag, 0)]
                b = second[max(-lag, 0) :][: len(a)]
                overlap = int(np.sum(a.any(axis=1) & b.any(axis=1)))
                if overlap >= min_frames:
                    agree = np.sum(a.astype(int) * b)
                    found.append((agree / (32 * overlap), lag, overlap))
            if found and max(found)[0] >= least:
                yield i, j, *max(found)


@pytest.mark.parametrize("side", [1, 2, 64])
def test_pairs_are_those_of_a_slow_loop(side, monkeypatch):
    monkeypatch.setattr("skgenre.model_selection._recording_prints._BLOCK", side)
    rng = np.random.default_rng(0)
    prints = [rng.choice([-1, 1], size=(n, 32)).astype(np.int8) for n in (30, 25, 41)]
    prints += [prints[0][7:], np.concatenate([prints[2][30:], prints[1]])]
    prints[3][3:5] = 0
    found = similar_pairs(prints, np.arange(5), least=0.3, min_frames=6)
    expected = sorted(slow_pairs(prints, 0.3, 6))
    assert [pair[:2] for pair in expected] == [(0, 3), (1, 4), (2, 4)]
    for pair, (i, j, similarity, lag, overlap) in zip(
        sorted(found), expected, strict=True
    ):
        assert (pair.first, pair.second) == (i, j)
        assert (pair.lag, pair.overlap) == (lag, overlap)
        assert pair.similarity == pytest.approx(similarity, abs=1e-5)


def test_equal_digests_are_pairs_whatever_is_heard():
    short = np.zeros((0, 32), np.int8)
    (pair,) = similar_pairs(
        [short, short], np.array(["a", "a"]), least=0.9, min_frames=1
    )
    assert pair == (0, 1, 1.0, 0, 0)


def test_a_bar_while_songs_are_compared(monkeypatch, capsys):
    module = sys.modules["skgenre.model_selection._recording_prints"]
    monkeypatch.setattr(module, "with_bar", partial(with_bar, patience=0.0))
    monkeypatch.setattr(module, "_BLOCK", 1)
    prints = [np.ones((9, 32), np.int8)] * 3
    settings = {"least": 0.9, "min_frames": 1}
    silent = list(similar_pairs(prints, np.arange(3), **settings))
    assert capsys.readouterr().err == ""
    shown = list(similar_pairs(prints, np.arange(3), **settings, verbose=1))
    assert shown == silent
    # Three songs with themselves and with each other.
    assert "6/6" in capsys.readouterr().err


class Product(np.ndarray):
    """Notes how many threads work on it."""

    def __matmul__(self, other):
        Product.threads = blas_threads()
        return np.asarray(self) @ np.asarray(other)


def blas_threads():
    pools = threadpool_info()
    return {pool["num_threads"] for pool in pools if pool["user_api"] == "blas"}


def test_small_products_are_not_shared_among_threads():
    left = np.ones((3, 2, 4), np.complex64)
    before = blas_threads()
    product = _product(left.view(Product), left)
    assert Product.threads == {1}
    assert blas_threads() == before
    np.testing.assert_array_equal(product, _product(left, left))


@pytest.mark.parametrize("most", [1, 20_000])
def test_channels_some_at_a_time_leave_no_trace(monkeypatch, most):
    rng = np.random.default_rng(0)
    whole = rng.choice(np.array([-1, 0, 1], np.int8), (900, 32))
    # Cut out of one recording, and one that is none of it.
    prints = [whole[:700], whole[100:], rng.choice(whole.ravel(), (400, 32))]
    digests = np.array(["a", "b", "c"])

    def pairs():
        return list(similar_pairs(prints, digests, least=0.05, min_frames=50))

    expected = pairs()
    assert (expected[0].first, expected[0].second, expected[0].lag) == (0, 1, 100)
    monkeypatch.setattr(
        "skgenre.model_selection._recording_prints._SPECTRA_VALUES", most
    )
    for found, pair in zip(pairs(), expected, strict=True):
        assert found._replace(similarity=pair.similarity) == pair
        assert found.similarity == pytest.approx(pair.similarity, abs=1e-5)


@pytest.mark.parametrize("size", [100, 512, 2048, 5000, 10**6])
def test_blocks_leave_no_trace_in_a_fingerprint(size):
    y = np.random.default_rng(0).normal(size=30_011).astype(np.float32)
    blocks = [y[i : i + size] for i in range(0, len(y), size)]
    energy = _energies(iter(blocks))
    assert energy.shape == (1 + (len(y) - 2048) // 512, 33)
    np.testing.assert_allclose(energy, _energies([y]), rtol=1e-5)
    # A bit may turn where two energies are as good as equal.
    assert (_bits(energy) == fingerprint(y)).mean() > 0.999


def test_a_file_has_the_fingerprint_of_its_samples_in_isolation_too(tmp_path):
    y = np.random.default_rng(0).uniform(-0.5, 0.5, 40 * 8000)
    path = str(tmp_path / "song.flac")
    soundfile.write(path, y, 8000)
    samples = read_song(path, sample_rate=8000)
    expected = read_fingerprint(samples, 8000, None)
    assert len(expected[0]) == 1 + (len(y) - 2048) // 512 - 4
    for isolate in (False, True):
        bits, digest = read_fingerprint(path, 0, None, isolate=isolate)
        assert digest == expected[1]
        assert (bits == expected[0]).mean() > 0.999
