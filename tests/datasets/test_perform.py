import numpy as np
import pytest
from numpy.testing import assert_array_equal
from song_files import GENRES

from skgenre.datasets._perform import draw_artist, perform
from skgenre.datasets._styles import STYLES


def onset_rate(sound, sample_rate):
    """Rises of the loudness by more than half in 23 ms, per second."""
    size = round(0.023 * sample_rate)
    frames = sound[: len(sound) // size * size].reshape(-1, size)
    loudness = np.sqrt(np.mean(frames**2, axis=1))
    rises = loudness[1:] > 1.5 * loudness[:-1] + 0.05 * loudness.max()
    return rises.sum() / (len(sound) / sample_rate)


def centroid(sound, sample_rate):
    power = np.abs(np.fft.rfft(sound)) ** 2
    hertz = np.fft.rfftfreq(len(sound), 1 / sample_rate)
    return np.sum(hertz * power) / np.sum(power)


@pytest.fixture(scope="module")
def sounds():
    """Six songs of every genre, each by an artist of its own."""
    return {
        genre: [
            perform(
                genre,
                draw_artist(genre, np.random.default_rng(seed)),
                n_samples=80000,
                sample_rate=16000,
                n_channels=1,
                rng=np.random.default_rng((seed, 1)),
            )[:, 0]
            for seed in range(6)
        ]
        for genre in GENRES
    }


def test_genres_differ_in_rhythm_and_brightness(sounds):
    rates = {g: np.median([onset_rate(s, 16000) for s in sounds[g]]) for g in GENRES}
    bright = {g: np.median([centroid(s, 16000) for s in sounds[g]]) for g in GENRES}
    assert rates["drone"] < rates["ballad"] < rates["march"]
    assert rates["ballad"] < rates["techno"]
    assert bright["drone"] < bright["ballad"] < bright["march"]
    assert bright["ballad"] < bright["chiptune"]


def test_songs_differ(sounds):
    songs = [sound for genre in GENRES for sound in sounds[genre]]
    likeness = np.corrcoef(songs) - np.eye(len(songs))
    assert np.abs(likeness).max() < 0.5


def test_perform_depends_on_its_generator_alone():
    artist = draw_artist("march", np.random.default_rng(3))
    settings = {"n_samples": 8000, "sample_rate": 8000, "n_channels": 2}
    first, second, third = (
        perform("march", artist, rng=np.random.default_rng(seed), **settings)
        for seed in (1, 1, 2)
    )
    assert first.shape == (8000, 2)
    assert first.dtype == np.float32
    assert_array_equal(first, second)
    assert np.any(first != third)


@pytest.mark.parametrize("genre", GENRES)
def test_artists_are_drawn_from_their_genre(genre):
    style = STYLES[genre]
    artist = draw_artist(genre, np.random.default_rng(0))
    assert artist == draw_artist(genre, np.random.default_rng(0))
    assert artist != draw_artist(genre, np.random.default_rng(1))
    assert style.reverb[0] <= artist.reverb <= style.reverb[1]
    assert np.shape(artist.favourites) == (len(style.parts), 2)
    assert np.shape(artist.humps) == (3, 2)
    low, high = artist.noise_band
    assert 50 < low < high


@pytest.mark.parametrize("n_channels", [1, 2])
def test_songs_are_of_the_length_and_never_clip(n_channels):
    song = perform(
        "techno",
        draw_artist("techno", np.random.default_rng(0)),
        n_samples=7001,
        sample_rate=8000,
        n_channels=n_channels,
        rng=np.random.default_rng(0),
    )
    assert song.shape == (7001, n_channels)
    # Between -16 and -0.5 decibels of the loudest that there is.
    assert 10 ** (-16 / 20) <= np.abs(song).max() <= 10 ** (-0.5 / 20) + 1e-6
    # Faded in and out.
    assert not song[[0, -1]].any()


def played(seed, genre="march", **kwargs):
    """Three seconds of a song."""
    artist = draw_artist(genre, np.random.default_rng(seed))
    rng = np.random.default_rng((seed, 1))
    settings = {"n_samples": 48000, "sample_rate": 16000, "n_channels": 1}
    return perform(genre, artist, rng=rng, **settings, **kwargs)[:, 0]


def test_without_distraction_a_song_is_as_it_was():
    assert_array_equal(played(0), played(0, interlude=0.0, applause=0.0))


def alike(before, after, *, size=1600):
    """Pieces of 0.1 s in which two songs are the same, but for their loudness."""
    pieces = [
        np.corrcoef(before[i : i + size], after[i : i + size])[0, 1]
        for i in range(0, len(before), size)
    ]
    return np.abs(pieces) > 0.5


@pytest.mark.parametrize("seed", range(3))
def test_applause_is_at_both_ends_and_music_between(seed):
    kept = np.flatnonzero(alike(played(seed), played(seed, applause=0.5)))
    # Half of 30 pieces, and all in a row.
    assert 13 <= len(kept) <= 16
    assert np.ptp(kept) == len(kept) - 1


@pytest.mark.parametrize("seed", range(3))
def test_an_interlude_is_one_piece_that_others_play(seed):
    lost = np.flatnonzero(~alike(played(seed), played(seed, interlude=0.4)))
    # Two fifths of 30 pieces. The room's echo goes on for a while.
    assert 9 <= len(lost) <= 18
    assert np.ptp(lost) < 1.5 * len(lost)
