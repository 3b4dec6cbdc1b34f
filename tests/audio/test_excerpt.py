"""Excerpts of files: songs of their own, beside cuts of the decoded file by hand."""

import pickle
from itertools import pairwise
from pathlib import Path

import joblib
import numpy as np
import pytest
import soundfile
from numpy.testing import assert_array_equal
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline

from skgenre import AudioError, FrameWindower, GroupVotingClassifier, MFCCFeaturizer
from skgenre.audio import Excerpt
from skgenre.audio._decode import read_song
from skgenre.audio._song import as_song, identity, is_file, seconds_before
from skgenre.model_selection import find_duplicates
from skgenre.voting._judge_song import judge_song


@pytest.fixture(scope="module")
def noise():
    """12 s that get louder and softer, for any rate."""
    rng = np.random.default_rng(0)

    def make(rate, n_channels=1):
        t = np.arange(12 * rate) / rate
        y = rng.normal(size=(12 * rate, n_channels)) * np.abs(np.sin(t))[:, None]
        return (0.1 * y).astype(np.float32)

    return make


def test_what_it_is():
    call = Excerpt(Path("a") / "b.wav", start=3, end=np.float32(8))
    assert call == Excerpt(str(Path("a") / "b.wav"), start=3.0, end=8.0)
    assert len({call, Excerpt(call.path, start=3, end=8), Excerpt(call.path)}) == 2
    assert pickle.loads(pickle.dumps(call)) == call
    assert type(call.path) is str
    assert type(call.start) is type(call.end) is float
    assert str(Excerpt("b.wav", 3, 8.25)) == "b.wav [3.0 to 8.25 s]"
    assert str(Excerpt("b.wav", 3)) == "b.wav [from 3.0 s]"
    with pytest.raises(AttributeError):
        call.start = 4.0
    with pytest.raises(TypeError):
        Path(call)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ((7,), "Got path=7, but expected the path of a file."),
        (("a.wav", "3"), "Got start='3', but expected a number of seconds."),
        (("a.wav", None), "Got start=None, but expected a number of seconds."),
        (("a.wav", 0, True), "Got end=True, but expected a number of seconds."),
    ],
)
def test_what_it_is_not(parts, message):
    with pytest.raises(TypeError) as caught:
        Excerpt(*parts)
    assert str(caught.value) == message


def test_frames_by_hand():
    assert Excerpt("a.wav", 0.29, 1).frames(100) == (29, 100)
    assert Excerpt("a.wav", 0.005, 0.019).frames(100) == (0, 1)
    assert Excerpt("a.wav", 2).frames(100) == (200, None)
    assert Excerpt("a.wav", 2, np.inf).frames(100) == (200, None)


@pytest.mark.parametrize("rate", [8000, 22050, 44100])
@pytest.mark.parametrize("n_channels", [1, 2])
@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg", "a.mp3"])
def test_bit_identical_to_a_cut_by_hand(tmp_path, noise, name, rate, n_channels):
    path = tmp_path / name
    settings = {"bitrate_mode": "VARIABLE"} if name.endswith("mp3") else {}
    soundfile.write(path, noise(rate, n_channels), rate, **settings)
    whole = read_song(path, sample_rate=rate)
    for start, end in [(0, 1.3), (0.7, 2), (3.21, 4.6), (7.77, 9.01), (10.5, 11.999)]:
        cut = whole[int(start * rate + 1e-6) : int(end * rate + 1e-6)]
        part = Excerpt(path, start, end)
        assert_array_equal(read_song(part, sample_rate=rate), cut)
        # Resampling starts and ends with the excerpt, as if it were its own file.
        for other in (16000, 11025):
            assert_array_equal(
                read_song(part, sample_rate=other),
                read_song((cut, rate), sample_rate=other),
            )
    last = read_song(Excerpt(path, 11.3), sample_rate=rate)
    assert_array_equal(last, whole[int(11.3 * rate + 1e-6) :])


def test_neighbours_leave_no_gap(tmp_path, noise):
    y = noise(8000)
    soundfile.write(tmp_path / "a.wav", y, 8000, subtype="FLOAT")
    times = [0, 0.1, 0.30000000000000004, 1 / 3, 2.00001, 7, None]
    parts = [
        read_song(Excerpt(tmp_path / "a.wav", a, b), sample_rate=8000)
        for a, b in pairwise(times)
    ]
    assert_array_equal(np.concatenate(parts), y[:, 0])


def test_a_part_of_an_excerpt_lies_in_it(tmp_path, noise):
    y = noise(8000)[:, 0]
    soundfile.write(tmp_path / "a.wav", y, 8000, subtype="FLOAT")
    part = Excerpt(tmp_path / "a.wav", 2, 6)
    read = read_song(part, sample_rate=8000, offset_seconds=1, max_seconds=2)
    assert_array_equal(read, y[3 * 8000 : 5 * 8000])
    read = read_song(part, sample_rate=8000, offset_seconds=3, max_seconds=2)
    assert_array_equal(read, y[5 * 8000 : 6 * 8000])
    with pytest.raises(AudioError, match=r"lasts 4.00 s, so offset_seconds=4.5"):
        read_song(part, sample_rate=8000, offset_seconds=4.5)
    with pytest.raises(AudioError, match=r"lasts 2.00 s, so offset_seconds=2.5"):
        read_song(Excerpt(tmp_path / "a.wav", 10), sample_rate=8000, offset_seconds=2.5)


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        (12, 13, "The file lasts 12.00 s, so the excerpt that starts at 12.0 s lies"),
        (99, None, "The file lasts 12.00 s, so the excerpt that starts at 99.0 s lies"),
        (3, 3, "Got an excerpt from 3.0 to 3.0 s, but expected its end behind its"),
        (3, 2, "Got an excerpt from 3.0 to 2.0 s, but expected its end behind its"),
        (3, np.nan, "Got an excerpt from 3.0 to nan s, but expected its end behind"),
        (np.nan, 3, "Got an excerpt that starts at nan s, but expected 0 or more"),
        (-1, 3, "Got an excerpt that starts at -1.0 s, but expected 0 or more"),
        (np.inf, None, "Got an excerpt that starts at inf s, but expected 0 or more"),
    ],
)
def test_what_is_no_part_of_the_file_is_an_error_of_that_song(
    tmp_path, noise, start, end, message
):
    soundfile.write(tmp_path / "a.wav", noise(8000), 8000)
    bad = Excerpt(tmp_path / "a.wav", start, end)
    good = Excerpt(tmp_path / "a.wav", 1, 3)
    windower = FrameWindower(1.0, sample_rate=8000, on_error="warn")
    with pytest.warns(UserWarning, match="1 of 2 songs could not be used"):
        counts = windower.fit_transform([bad, good]).counts
    assert_array_equal(counts, [0, 3])
    assert list(windower.errors_) == [str(bad)]
    assert windower.errors_[str(bad)].startswith(message)
    assert identity(bad) == identity(bad)


def test_no_such_file_is_an_error_of_that_song(tmp_path):
    with pytest.raises(AudioError, match=r"gone.wav \[1.0 to 2.0 s\]: There is no"):
        FrameWindower().fit_transform([Excerpt(tmp_path / "gone.wav", 1, 2)]).counts  # noqa: B018


def test_a_file_that_ends_within_the_excerpt_is_said(tmp_path, noise):
    soundfile.write(tmp_path / "a.wav", noise(8000), 8000)
    windower = FrameWindower(1.0, sample_rate=8000)
    with pytest.warns(UserWarning, match=r"ends at 12.00 s, before .* \(15.0 s\)"):
        n = windower.fit_transform([Excerpt(tmp_path / "a.wav", 9, 15)]).counts
    assert_array_equal(n, [5])
    # Tables round: that is no news.
    windower.fit_transform([Excerpt(tmp_path / "a.wav", 9, 12.1)]).load()


def test_starts_are_seconds_of_the_file(tmp_path, noise):
    y = noise(8000)[:, 0]
    soundfile.write(tmp_path / "a.wav", y, 8000, subtype="FLOAT")
    path = str(tmp_path / "a.wav")
    songs = [Excerpt(path, 3, 5.7), path, Excerpt(path, 10.25)]
    for settings, expected in [
        ({"max_seconds": 1.5}, [3, 3.5, 0, 0.5, 10.25, 10.75]),
        (
            {"offset_seconds": 0.5, "max_seconds": 1.0, "tail": "align"},
            [3.5, 0.5, 10.75],
        ),
        (
            {"max_seconds": 1.7, "tail": "align"},
            [3, 3.5, 3.7, 0, 0.5, 0.7, 10.25, 10.75, 10.95],
        ),
        ({"max_seconds": 1.5, "silence_db": 90}, [3, 3.5, 0, 0.5, 10.25, 10.75]),
    ]:
        windower = FrameWindower(1.0, sample_rate=8000, **settings)
        measured = windower.fit_transform(songs)
        np.testing.assert_allclose(measured.starts, expected, rtol=0, atol=1e-12)
        loaded = windower.fit_transform(songs).load()
        assert_array_equal(loaded.starts, measured.starts)
        kept = pickle.loads(pickle.dumps(measured))
        assert_array_equal(kept.starts, measured.starts)
        for start, window in zip(loaded.starts, loaded.values, strict=True):
            first = round(start * 8000)
            assert_array_equal(window, y[first : first + 8000])
        assert loaded.song_ids.tolist() == [str(song) for song in songs]


def test_each_has_its_own_entry_in_the_cache(tmp_path, noise):
    path = tmp_path / "a.wav"
    soundfile.write(path, noise(8000), 8000)
    songs = [Excerpt(path, 0, 3), Excerpt(path, 3, 6), path]
    steps = make_pipeline(
        FrameWindower(1.0, sample_rate=8000),
        MFCCFeaturizer(summary=("mean",), memory=tmp_path / "cache"),
    )
    first = steps.fit_transform(songs)
    again = steps.fit_transform(songs[::-1])
    for i in range(3):
        assert_array_equal(first[i], again[2 - i])
    assert_array_equal(again.starts[-5:], [0, 0.5, 1, 1.5, 2])
    assert_array_equal(first.starts[5:10], [3, 3.5, 4, 4.5, 5])
    assert len({identity(song) for song in songs}) == 3
    soundfile.write(path, noise(8000)[::-1], 8000)
    changed = steps.fit_transform(songs)
    assert not np.array_equal(changed[1], first[1])


def test_a_source_is_hashed_with_its_files(tmp_path, noise):
    path = tmp_path / "a.wav"
    soundfile.write(path, noise(8000), 8000)

    def hashed(start):
        return joblib.hash(FrameWindower().fit_transform([Excerpt(path, start)]).source)

    before = hashed(1)
    assert hashed(1) == before != hashed(2)
    soundfile.write(path, noise(8000)[:-100], 8000)
    assert hashed(1) != before


def test_songs_of_every_tool(tmp_path, noise):
    """Folds, a model and its predictions, copies."""
    rng = np.random.default_rng(0)
    t = np.arange(20 * 8000) / 8000
    for name, pitch in (("a.wav", 300), ("b.wav", 900)):
        y = np.sin(2 * np.pi * pitch * t) + 0.1 * rng.normal(size=len(t))
        soundfile.write(tmp_path / name, 0.5 * y, 8000)
    songs = [
        Excerpt(tmp_path / name, 4 * i, 4 * i + 4)
        for i in range(5)
        for name in ("a.wav", "b.wav")
    ]
    model = make_pipeline(
        FrameWindower(1.0, sample_rate=8000),
        MFCCFeaturizer(summary=("mean",)),
        GroupVotingClassifier(LogisticRegression()),
    )
    y = ["low", "high"] * 5
    assert cross_val_score(model, songs, y, cv=3).tolist() == [1, 1, 1]
    assert cross_val_score(model, np.array(songs), y, cv=3).tolist() == [1, 1, 1]
    assert model.fit(songs, y).predict(songs[:2]).tolist() == ["low", "high"]
    with pytest.raises(ValueError, match="Got the one path"):
        model.predict(songs[0])
    soundfile.write(tmp_path / "c.wav", noise(8000), 8000)
    copies = [Excerpt(tmp_path / "c.wav", 0, 8), Excerpt(tmp_path / "c.wav", 2, 10)]
    (pair,) = find_duplicates(copies)
    assert pair.overlap_seconds == pytest.approx(6, abs=0.6)


def test_kinds():
    part = Excerpt("a.wav", 2, 3)
    assert as_song(part) is part
    assert is_file(part)
    assert seconds_before(part) == 2
    assert is_file("a.wav")
    assert not is_file((np.zeros(3), 8000))
    assert seconds_before("a.wav") == seconds_before(np.zeros(3)) == 0
    with pytest.raises(AudioError):
        as_song(Excerpt("a.wav", 3, 2))


def test_real_songs(data_dir):
    path = data_dir / "gtzan3" / "audio" / "rock" / "rock.00001.ogg"
    whole = read_song(path, sample_rate=22050)
    for start in (0.3, 11.1, 25):
        part = read_song(Excerpt(path, start, start + 3), sample_rate=22050)
        first = int(start * 22050 + 1e-6)
        assert_array_equal(part, whole[first : int((start + 3) * 22050 + 1e-6)])


def test_the_verdict_on_one_excerpt_ends_with_it(tmp_path, noise):
    path = tmp_path / "a.wav"
    soundfile.write(path, noise(8000), 8000)
    songs = [Excerpt(path, 0, 3), Excerpt(path, 4, 7.2), Excerpt(path, 10)]
    model = make_pipeline(
        FrameWindower(1.0, sample_rate=8000, tail="pad"),
        MFCCFeaturizer(summary=("mean",)),
        GroupVotingClassifier(GaussianNB()),
    ).fit(songs, ["a", "b", "a"])
    judged = judge_song(model, songs, song=1)
    assert_array_equal(judged.starts, [4, 4.5, 5, 5.5, 6, 6.5])
    assert_array_equal(judged.ends, [5, 5.5, 6, 6.5, 7, 7.2])
    assert str(judged.name).endswith("a.wav [4.0 to 7.2 s]")
    last = judge_song(model, songs[2])
    assert_array_equal(last.ends, [11, 11.5, 12])
