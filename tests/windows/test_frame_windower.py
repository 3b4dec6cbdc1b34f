import io
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

from skgenre import AudioError, FrameWindower

RATE = 100


def noise(seconds, seed=0):
    return np.random.default_rng(seed).normal(size=round(seconds * RATE))


def cut(song, **parameters):
    (windows,) = FrameWindower(sample_rate=RATE, **parameters).fit_transform([song])
    return windows


def test_a_minute_gives_23_windows_of_110250_samples():
    w = FrameWindower().fit_transform(
        [np.random.default_rng(0).normal(size=60 * 22050)]
    )
    assert w.counts.tolist() == [23]
    assert w[0].shape == (23, 110250)
    assert_array_equal(w.starts, 2.5 * np.arange(23))
    windower = FrameWindower().fit()
    assert windower.window_samples_ == 110250
    assert windower.hop_samples_ == 55125


@given(
    n_samples=st.integers(20, 1000),
    window=st.integers(10, 300),
    hop=st.integers(1, 300),
    tail=st.sampled_from(["drop", "pad", "align"]),
)
def test_windows_are_where_they_say(n_samples, window, hop, tail):
    y = np.random.default_rng(0).normal(size=n_samples)
    windower = FrameWindower(
        window / RATE, hop_seconds=hop / RATE, sample_rate=RATE, tail=tail
    )
    w = windower.fit_transform([y])
    padded = np.concatenate([y, np.zeros(window + hop)])
    for values, start in zip(w[0], w.starts, strict=True):
        first = round(start * RATE)
        assert_array_equal(values, padded[first : first + window])
    last_end = round(w.starts[-1] * RATE) + window
    if tail == "pad" and n_samples >= window and hop <= window:
        assert last_end >= n_samples  # no sample is lost
        assert last_end - n_samples < hop
    elif tail == "pad":
        assert last_end - window < n_samples  # no window of padding alone
    elif tail == "align" and n_samples >= window:
        assert last_end == n_samples
    elif n_samples >= window:
        assert last_end <= n_samples < last_end + hop


def test_windows_are_a_view_on_the_samples():
    y = noise(3)
    assert np.shares_memory(cut(y, window_seconds=1), y)


@pytest.mark.parametrize(
    ("short", "expected"),
    [("pad", [1, 2, 3, 0, 0, 0, 0]), ("repeat", [1, 2, 3, 1, 2, 3, 1])],
)
def test_short_songs(short, expected):
    windower = FrameWindower(0.7, sample_rate=10, short=short)
    assert_array_equal(windower.fit_transform([np.array([1.0, 2, 3])])[0], [expected])


def test_short_songs_are_dropped_with_a_word():
    windower = FrameWindower(2, sample_rate=RATE, short="drop")
    w = windower.fit_transform([noise(3), noise(1), noise(2)])
    with pytest.warns(UserWarning, match=r"song 1: It lasts 1.00 s, less than one"):
        assert w.counts.tolist() == [2, 0, 1]
    assert list(windower.errors_) == [1]


def test_short_songs_can_be_errors():
    w = FrameWindower(2, sample_rate=RATE, short="raise").fit_transform([noise(1)])
    with pytest.raises(AudioError, match="Take short='pad' or 'repeat'"):
        w.load()


def test_offset_and_maximum():
    y = noise(10)
    windower = FrameWindower(1, sample_rate=RATE, offset_seconds=2, max_seconds=3)
    w = windower.fit_transform([y])
    assert_array_equal(w.starts, [2, 2.5, 3, 3.5, 4])
    assert_array_equal(w[0][-1], y[400:500])


def test_samples_are_not_lost_to_rounding():
    # 0.29 * 100 is 28.999999999999996 in floating point.
    assert cut(noise(1), window_seconds=0.29).shape[1] == 29


@pytest.mark.parametrize(
    ("seconds", "window_samples", "hop_samples"),
    # Half of an odd window is rounded down; there is always a step; 0.29 s at 100 Hz
    # are 28.999999999999996 samples.
    [(0.05, 5, 2), (0.01, 1, 1), (0.29, 29, 14), (0.058, 5, 2)],
)
def test_windows_of_few_samples(seconds, window_samples, hop_samples):
    windower = FrameWindower(seconds, sample_rate=RATE).fit()
    assert windower.window_samples_ == window_samples
    assert windower.hop_samples_ == hop_samples
    w = windower.transform([noise(2.0)])
    # What is said is how long they are, not how long they were wished.
    assert w.window_seconds == window_samples / RATE
    assert w.window_shape == (window_samples,)


@pytest.mark.parametrize("dtype", [int, np.uint8, float])
def test_tables_of_numbers_are_no_songs(dtype):
    for shape in [(4,), (2, 3, 4)]:
        with pytest.raises(ValueError, match="X"):
            FrameWindower().fit(np.zeros(shape, dtype))
    # A row of a matrix is a waveform, which integers are not.
    one_column = np.zeros((3, 1), dtype)
    with pytest.raises(AudioError):
        FrameWindower(0.01, sample_rate=RATE).fit_transform(one_column).load()


def test_files_of_any_rate_and_channels(song_files):
    paths = [Path(song_files.data[0]), *song_files.data[1:4]]
    w = FrameWindower(2.0, sample_rate=8000).fit_transform(paths)
    assert w.song_ids.tolist() == [str(path) for path in paths]
    for path, windows in zip(paths, w, strict=True):
        info = soundfile.info(path)
        assert windows.shape[1] == 16000
        assert len(windows) == int((info.duration - 2) // 1) + 1
        assert windows.dtype == np.float32


@pytest.mark.parametrize(
    "as_type",
    [
        list,
        tuple,
        np.array,
        pd.Series,
        lambda x: pd.DataFrame({"path": x}),
        lambda x: np.array(x)[:, None],  # a column, as BaggingClassifier gives it
    ],
)
def test_kinds_of_sequences(song_files, as_type):
    w = FrameWindower().fit_transform(as_type(song_files.data[:3]))
    assert w.song_ids.tolist() == song_files.data[:3]
    assert len(w[0])


def test_array_of_equally_long_songs():
    X = np.stack([noise(3, seed) for seed in range(4)])
    w = FrameWindower(1.0, sample_rate=RATE).fit_transform(X)
    assert w.counts.tolist() == [5] * 4
    assert_array_equal(w[2][1], X[2, 50:150])


@pytest.mark.parametrize(
    ("X", "message"),
    [
        ([], "at least one song. Got an empty sequence"),
        ("song.wav", r"Got the one path 'song.wav'; write \[path\]"),
        (Path("song.wav"), "load_songs"),
        (np.zeros(9), r"write \[y\] for one waveform"),
        ([0.1, 0.2], r"Got a sequence of numbers; write \[y\]"),
        (np.zeros((2, 3, 4)), r"one array of shape \(2, 3, 4\)"),
        (None, "Got NoneType"),
        (7, "Got int"),
    ],
)
def test_what_is_no_sequence_of_songs(X, message):
    with pytest.raises(ValueError, match=message):
        FrameWindower().fit().transform(X)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"window_seconds": 0}, "'window_seconds' parameter .* must be a float in"),
        ({"window_seconds": -1}, "'window_seconds' parameter"),
        ({"hop_seconds": 0}, "'hop_seconds' parameter"),
        ({"hop_seconds": -1.0}, "'hop_seconds' parameter"),
        ({"window_seconds": 1e-9}, "a window of 0 samples"),
        ({"hop_seconds": 1e-9}, "a hop of 0 samples"),
        ({"sample_rate": 0}, "'sample_rate' parameter"),
        ({"max_seconds": 0}, "'max_seconds' parameter"),
        ({"tail": "keep"}, "'tail' parameter"),
        ({"short": "skip"}, "'short' parameter"),
        ({"on_error": "ignore"}, "'on_error' parameter"),
        ({"silence_db": 0}, "'silence_db' parameter"),
        ({"silence_db": -60}, "'silence_db' parameter"),
    ],
)
def test_wrong_parameters(parameters, message):
    with pytest.raises(ValueError, match=message):
        FrameWindower(**parameters).fit([noise(1)])


def test_one_error_names_every_bad_song(tmp_path):
    missing = str(tmp_path / "missing.wav")
    w = FrameWindower(1, sample_rate=RATE).fit_transform([missing, noise(2), noise(0)])
    with pytest.raises(AudioError, match="2 of 3 songs could not be used") as caught:
        w.load()
    assert list(caught.value.errors) == [missing, 2]
    assert "no such file" in str(caught.value)
    assert "on_error='warn'" in str(caught.value)


def test_bad_songs_keep_their_rows_under_warn(tmp_path):
    missing = str(tmp_path / "missing.wav")
    windower = FrameWindower(1, sample_rate=RATE, on_error="warn")
    w = windower.fit_transform([noise(2), missing, noise(1)])
    with pytest.warns(UserWarning, match="1 of 3 songs could not be used") as caught:
        loaded = w.load()
    assert len(caught) == 1
    assert loaded.counts.tolist() == [3, 0, 1]
    assert list(windower.errors_) == [missing]
    assert loaded[[2, 1]].counts.tolist() == [1, 0]
    assert list(loaded[[2, 1]].errors) == [missing]
    assert loaded[[2]].errors == {}
    with pytest.warns(UserWarning, match="no such file"):
        assert w[1].shape == (0, RATE)


def test_nothing_is_read_before_it_is_needed():
    w = FrameWindower().fit_transform(["missing.wav"] * 3)
    assert len(w[1:]) == 2


def test_clone_and_idempotence():
    windower = FrameWindower(2.0, hop_seconds=0.5, sample_rate=RATE, tail="pad")
    X = [noise(5), noise(7, 1)]
    a = windower.fit_transform(X)
    b = clone(windower).fit(X).fit(X).transform(X)
    assert a == b
    # Songs neither see each other nor mind the order.
    assert windower.transform(X[::-1]) == _renamed(a[[1, 0]])
    assert_allclose(windower.transform(X[1:]).values, a[1])


def _renamed(windows):
    windows = windows.load()
    windows.song_ids = np.arange(len(windows))
    return windows


# -- songs from memory -----------------------------------------------------------------


def wav_bytes(y, rate=RATE):
    file = io.BytesIO()
    soundfile.write(file, y, rate, format="WAV", subtype="DOUBLE")
    return file.getvalue()


def test_b14_songs_from_memory_are_one_song(tmp_path):
    y = np.float32(0.1 * noise(3))
    path = tmp_path / "song.wav"
    path.write_bytes(wav_bytes(y))
    with path.open("rb") as file:
        songs = [
            y,
            (y, RATE),
            wav_bytes(y),
            io.BytesIO(wav_bytes(y)),
            file,
            {"array": y, "sampling_rate": RATE},
            {"bytes": wav_bytes(y), "path": None},
            path,
        ]
        w = FrameWindower(1, sample_rate=RATE).fit_transform(songs)
        # A file that was read already is read from its beginning.
        again = FrameWindower(1, sample_rate=RATE).fit_transform([file])
    assert w.counts.tolist() == [5] * 8
    for windows in w:
        assert_array_equal(windows, w[0])
    assert_array_equal(again[0], w[0])
    assert w.song_ids.tolist() == [0, 1, 2, 3, 4, 5, 6, str(path)]
    # They travel, as paths do.
    assert pickle.loads(pickle.dumps(w)) == w


def test_b14_songs_with_a_rate_are_resampled():
    t = np.arange(3 * 8000) / 8000
    song = (np.sin(2 * np.pi * 10 * t), 8000)
    w = FrameWindower(1, sample_rate=RATE, offset_seconds=0.5).fit_transform([song])
    assert w.counts.tolist() == [4]
    expected = np.sin(2 * np.pi * 10 * (0.5 + np.arange(RATE) / RATE))
    assert_allclose(w[0][1][20:-20], np.roll(expected, -50)[20:-20], atol=0.01)


def test_b14_in_mixed_lists_each_bad_song_is_its_own_error(tmp_path):
    y = 0.1 * noise(3)
    text = tmp_path / "song.txt"
    text.write_text("words")
    closed = io.BytesIO(b"x")
    closed.close()
    with text.open() as file:
        songs = [
            y,
            3.0,
            None,
            [[0.1], [0.1, 0.2]],
            np.stack([y, y]),
            file,
            closed,
            (y, RATE),
        ]
        windower = FrameWindower(1, sample_rate=RATE, on_error="warn")
        w = windower.fit_transform(songs)
    with pytest.warns(UserWarning, match="6 of 8 songs could not be used"):
        assert w.counts.tolist() == [5, 0, 0, 0, 0, 0, 0, 5]
    reasons = list(windower.errors_.values())
    for reason, words in zip(
        reasons,
        [
            "Got 3.0",
            "Got None",
            "Got list",
            "y.mean(axis=0)",
            "open(path, 'rb')",
            "clo",
        ],
        strict=True,
    ):
        assert words in reason


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (b"RIFF", r"Got the bytes of one file; write \[data\]"),
        (io.BytesIO(b"RIFF"), r"Got one opened file; write \[file\]"),
        ((np.zeros(9), 100), r"Got \(samples, rate\); write \[\(y, rate\)\]"),
        (
            {"array": [0.1], "sampling_rate": 100},
            r"one dict with the keys \['array', 'sampling_rate'\]; write \[song\]",
        ),
    ],
)
def test_b14_one_song_from_memory_is_no_sequence(X, message):
    with pytest.raises(ValueError, match=message):
        FrameWindower().fit(X)


# -- silence and tails -----------------------------------------------------------------


@pytest.fixture
def with_silence():
    """6 s: noise, 2 s of digital silence, noise, and half a second more."""
    y = noise(6.5)
    y[2 * RATE : 4 * RATE] = 0
    return y


def test_a17_silent_windows_are_left_out(with_silence):
    windower = FrameWindower(1, sample_rate=RATE, silence_db=60)
    w = windower.fit_transform([with_silence, noise(2)])
    # Windows at 2, 2.5 and 3 hold silence alone.
    expected = [0, 0.5, 1, 1.5, 3.5, 4, 4.5, 5, 5.5]
    for known in (w, w.load()):
        assert known.counts.tolist() == [9, 3]
        assert_array_equal(known.starts, [*expected, 0, 0.5, 1])
    for start, window in zip(expected, w[0], strict=True):
        first = round(start * RATE)
        assert_array_equal(window, with_silence[first : first + RATE])
    assert windower.advice_ == []


def test_a17_silent_windows_that_vote_are_said(with_silence):
    windower = FrameWindower(1, sample_rate=RATE)
    assert windower.fit().advice_ == []
    w = windower.fit_transform([with_silence, noise(2)])
    assert windower.advice_ == []
    assert w.load().counts.tolist() == [12, 3]
    (said,) = windower.advice_
    assert said.startswith("3 of 15 windows, in 1 of 2 songs, hold digital silence")


def test_aligned_tails():
    y = noise(2.7)
    w = FrameWindower(1, sample_rate=RATE, tail="align").fit_transform([y, noise(0.5)])
    assert_allclose(w.starts, [0, 0.5, 1, 1.5, 1.7, 0])
    assert_array_equal(w[0][-1], y[-RATE:])
    # Songs shorter than a window follow `short`.
    assert_array_equal(w[1][0][RATE // 2 :], np.zeros(RATE // 2))
    assert w.to_frame()["end"].tolist()[4] == pytest.approx(2.7)


# -- advice ----------------------------------------------------------------------------


def test_a_hop_longer_than_the_window_is_said_before_reading():
    windower = FrameWindower(5, hop_seconds=60)
    windower.transform(["not_read.wav"])
    (said,) = windower.advice_
    assert said.startswith("Windows of 5 s start every 60 s, so 55 s between any two")


def test_a14_files_at_a_low_rate_are_a_warning(tmp_path):
    path = str(tmp_path / "heart.wav")
    soundfile.write(path, 0.1 * noise(8 * 40), 4000)
    windower = FrameWindower(1)
    with pytest.warns(UserWarning, match=r"at 4,000 Hz, read at 22,050.*=4000"):
        windower.fit_transform([path]).load()
    assert "set sample_rate=4000" in windower.advice_[0]
    FrameWindower(1, sample_rate=4000).fit_transform([path]).load()


def test_advice_of_songs_of_one_window():
    windower = FrameWindower(5, sample_rate=RATE)
    windower.fit_transform([noise(5, seed) for seed in range(4)]).load()
    assert windower.advice_ == [
        "4 of 4 songs have one window of 5 s, so votings cannot differ; "
        "window_seconds=1 would give about 9."
    ]
    again = pickle.loads(pickle.dumps(windower))
    assert again.advice_ == windower.advice_
