import dataclasses
import os
import pickle
import sys

import joblib
import numpy as np
import pytest
import soundfile
from numpy.testing import assert_array_equal

from skgenre import AudioError, FrameWindower, recipes
from skgenre.audio import _plan
from skgenre.audio._facts import Read, SongFacts
from skgenre.audio._plan import DroppedSong, WindowPlan
from skgenre.audio._source import AudioSource, attempt, identity

PLAN = WindowPlan(
    sample_rate=100,
    window_samples=100,
    hop_samples=50,
    offset_seconds=0.0,
    max_seconds=None,
    tail="drop",
    short="drop",
)


def source_of(songs, *, on_error="raise", song_ids=None):
    song_ids = list(range(len(songs))) if song_ids is None else song_ids
    return AudioSource(songs, song_ids, plan=PLAN, on_error=on_error)


@pytest.fixture
def songs():
    """Songs of 2, 1 and 3 windows."""
    rng = np.random.default_rng(0)
    return [rng.normal(size=n) for n in (150, 100, 210)]


@pytest.fixture
def n_reads(monkeypatch):
    """Count the songs that are read."""
    read = []

    def spy(song, read_blocks=_plan.read_blocks, **parameters):
        read.append(song)
        return read_blocks(song, **parameters)

    monkeypatch.setattr(_plan, "read_blocks", spy)
    return lambda: len(read)


def test_what_is_known_without_reading(songs, n_reads):
    source = source_of(songs)
    assert len(source) == 3
    assert source.is_lazy
    assert source.sample_rate == 100
    assert source.window_shape == (100,)
    assert source.dtype is None
    assert source.reader is PLAN
    assert source.songs() is songs
    assert not source.is_measured
    taken = source.take(np.array([2, 0]))
    assert [len(song) for song in taken.songs()] == [210, 150]
    assert taken.song_ids == [2, 0]
    assert n_reads() == 0


def test_load_by_hand(songs):
    values, counts, starts = source_of(songs).load()
    assert_array_equal(counts, [2, 1, 3])
    assert_array_equal(starts, [0, 0.5, 0, 0, 0.5, 1])
    cut = [(0, 0), (0, 50), (1, 0), (2, 0), (2, 50), (2, 100)]
    assert_array_equal(values, [songs[i][first : first + 100] for i, first in cut])
    assert counts.dtype == np.intp


def test_no_songs():
    values, counts, starts = source_of([]).load()
    assert values.shape == (0, 100)
    assert counts.shape == starts.shape == (0,)
    assert [len(known) for known in source_of([]).measure()] == [0, 0]


def test_windows_are_counted_once(songs, n_reads):
    source = source_of(songs)
    counts, starts = source.measure()
    assert n_reads() == 3
    assert source.is_measured
    assert source.measure()[0] is counts
    assert source.measure()[1] is starts
    assert n_reads() == 3
    assert_array_equal(counts, [2, 1, 3])
    assert_array_equal(starts, source.load()[2])
    # Songs taken from it are counted anew.
    assert not source.take(np.array([1])).is_measured


def test_parts_write_errors_into_the_whole(songs):
    source = source_of([songs[0], np.zeros(300), songs[2]], on_error="warn")
    part = source.take(np.array([1, 2]))
    assert part.errors is source.errors == {}
    with pytest.warns(UserWarning, match="1 of 2 songs could not be used"):
        part.measure()
    assert source.errors == {1: "It is silent: every sample is 0."}


def test_one_bad_song():
    missing = "no_such_song.wav"
    source = source_of([missing], on_error="warn", song_ids=[missing])
    with pytest.warns(UserWarning, match="could not be used") as caught:
        windows = source.read(0)
    assert windows.shape == (0, 100)
    assert windows.dtype == np.float32
    assert str(caught[0].message) == (
        "1 of 1 songs could not be used:\n  no_such_song.wav: There is no such file."
        "\nThey have no windows."
    )
    with pytest.raises(AudioError) as raised:
        source_of([missing], song_ids=[missing]).read(0)
    assert str(raised.value) == (
        "1 of 1 songs could not be used:\n  no_such_song.wav: There is no such file."
        "\nLeave these out, or set FrameWindower(on_error='warn') to go on without "
        "them."
    )
    assert raised.value.errors == {missing: "There is no such file."}


# -- reports --------------------------------------------------------------------------


def test_everything_is_passed_on_before_the_report():
    source = source_of(["a", "b", "c"], song_ids=["a", "b", 7])
    results = [AudioError("First."), "features of b", AudioError("Last.")]
    seen = []
    with pytest.raises(AudioError) as caught:  # noqa: PT012 - the generator raises
        for result in source.checked(results):
            seen.append(result)  # noqa: PERF402
    assert seen == [None, "features of b", None]
    assert caught.value.errors == source.errors == {"a": "First.", 7: "Last."}
    assert "2 of 3 songs could not be used:\n  a: First.\n  song 7: Last.\n" in str(
        caught.value
    )


def test_dropped_songs_are_never_an_error():
    source = source_of(["a", "b"], song_ids=["a", "b"])
    with pytest.warns(UserWarning, match="1 of 2 songs could not be used:\n  b: Short"):
        assert list(source.checked([1, DroppedSong("Short.")])) == [1, None]
    assert source.errors == {"b": "Short."}
    # Beside a song that is one, they are named with it.
    with pytest.raises(AudioError, match=r"a: Bad\.\n  b: Short\."):
        list(source.checked([AudioError("Bad."), DroppedSong("Short.")]))


def test_good_songs_are_not_reported():
    source = source_of(["a", "b"])
    assert list(source.checked(iter([0, None]))) == [0, None]
    assert source.errors == {}


def test_a_result_for_each_song():
    with pytest.raises(ValueError, match="argument 2 is shorter"):
        list(source_of(["a", "b"]).checked([1]))


def test_attempt():
    def fail(error):
        raise error

    assert attempt(divmod, 7, 4) == (1, 3)
    error = AudioError("Bad.")
    assert attempt(fail, error) is error
    told = attempt(fail, MemoryError("9 GiB"))
    assert isinstance(told, AudioError)
    assert str(told).startswith("It does not fit into memory (9 GiB). Take fewer")
    assert str(attempt(fail, KeyError("x"))).startswith("It cannot be read (KeyError:")


def test_files_that_changed_since_their_windows_were_counted(tmp_path):
    y = np.random.default_rng(0).uniform(-0.5, 0.5, 4 * 8000)
    good, shrinks = tmp_path / "good.wav", tmp_path / "shrinks.wav"
    for path in (good, shrinks):
        soundfile.write(path, y, 8000)
    windower = FrameWindower(window_seconds=1.0, sample_rate=8000, on_error="warn")
    X = windower.fit_transform([good, shrinks])
    assert X.counts.tolist() == [7, 7]
    soundfile.write(shrinks, y[:16000], 8000)
    # Rows that were numbered are never others.
    with pytest.raises(AudioError, match="changed since its windows") as caught:
        _ = X.values
    assert list(caught.value.errors) == [str(shrinks)]
    with pytest.warns(UserWarning, match="changed since its windows"):
        assert [len(windows) for windows in X] == [7, 0]
    # What is asked anew is counted anew, and so is what another machine gets.
    assert X[[1]].counts.tolist() == [3]
    again = pickle.loads(pickle.dumps(X.source))
    assert len(again.read(1)) == 3


def test_an_error_is_forgotten_once_its_song_is_read(tmp_path):
    path = tmp_path / "later.wav"
    windower = FrameWindower(window_seconds=1.0, sample_rate=8000, on_error="warn")
    X = windower.fit_transform([path])
    with pytest.warns(UserWarning, match="no such file"):
        assert len(X[0]) == 0
    assert list(X.errors) == list(windower.errors_) == [str(path)]
    soundfile.write(path, np.random.default_rng(0).uniform(-0.5, 0.5, 16000), 8000)
    assert len(X[0]) == 3
    assert X.errors == windower.errors_ == {}


def test_a_pickled_pipeline_names_no_songs(tmp_path):
    good = [tmp_path / f"good secret {i}.wav" for i in range(4)]
    for i, path in enumerate(good):
        y = np.random.default_rng(i).uniform(-0.5, 0.5, 44100)
        soundfile.write(path, y, 22050)
    model = recipes.baseline(window_seconds=1.0)
    model.set_params(windows__on_error="warn")
    with pytest.warns(UserWarning, match="no such file|left out of fit"):
        model.fit([*good, tmp_path / "bad secret.wav"], [0, 1, 0, 1, 0])
    assert len(model["features"].errors_) == len(model["windows"].errors_) == 1
    sent = pickle.dumps(model)
    assert b"secret" not in sent
    assert pickle.loads(sent)["features"].errors_ == {}


# -- identity and travel --------------------------------------------------------------


def test_files_are_known_by_name_size_and_time(tmp_path, monkeypatch):
    path = tmp_path / "a.wav"
    soundfile.write(path, np.zeros(100), 100)
    first = identity(path)
    assert first == (str(path), path.stat().st_size, path.stat().st_mtime_ns)
    monkeypatch.chdir(tmp_path)
    assert identity("a.wav") == identity(str(path)) == first
    os.utime(path, ns=(1, 1))
    assert identity(path) != first
    path.unlink()
    assert identity(path) == (str(path), None, None)


def test_waveforms_are_known_by_content():
    y = np.arange(12.0)
    assert identity(y) == identity(y.copy()) == identity(np.arange(24.0)[:12])
    assert identity(y[::2]) == identity(y[::2].copy())
    others = [y[:-1], y + 1, y.astype(np.float32), y.reshape(3, 4), y[::-1]]
    assert len({identity(other) for other in [y, *others]}) == 6


def test_sources_travel(songs):
    source = source_of([*songs, np.zeros(200)], on_error="warn")
    with pytest.warns(UserWarning, match="1 of 4 songs"):
        source.measure()
    again = pickle.loads(pickle.dumps(source))
    assert again.plan == source.plan
    assert again.errors == source.errors
    assert again.is_measured
    assert_array_equal(again.measure()[0], [2, 1, 3, 0])
    paths = source_of(["a.wav"] * 3)
    assert len(pickle.dumps(paths)) < 1000


# -- notes, irregular starts, advice --------------------------------------------------


def test_irregular_starts_are_those_of_the_song(songs):
    aligned = dataclasses.replace(PLAN, tail="align")
    source = AudioSource(
        [*songs, np.zeros(300)], [0, 1, 2, 3], plan=aligned, on_error="warn"
    )
    # 150 samples: the second window ends there anyway; 210: one more from 1.1 s on.
    expected = [0, 0.5, 0, 0, 0.5, 1, 1.1]
    with pytest.warns(UserWarning, match="1 of 4 songs"):
        values, counts, starts = source.load()
    assert counts.tolist() == [2, 1, 4, 0]
    assert_array_equal(starts, expected)
    assert_array_equal(values[-1], songs[2][110:])
    with pytest.warns(UserWarning, match="1 of 4 songs"):
        assert_array_equal(source.measure()[1], expected)
    taken = source.take(np.array([2, 0]))
    assert_array_equal(taken.measure()[1], [0, 0.5, 1, 1.1, 0, 0.5])
    assert_array_equal(taken.load()[2], [0, 0.5, 1, 1.1, 0, 0.5])
    assert_array_equal(
        pickle.loads(pickle.dumps(taken)).measure()[1], taken.measure()[1]
    )


def test_notes_are_said_once_at_the_end(songs):
    source = source_of(
        ["cut.mp3", "good.mp3", "bad.mp3"], song_ids=["cut", "good", "b"]
    )
    facts = SongFacts(n_windows=2, notes=("It is cut off.", "And more."))
    results = [Read("a", facts), Read("b", SongFacts(n_windows=1)), AudioError("Bad.")]
    # Said even if the bad ones are an error.
    with (
        pytest.warns(UserWarning, match="songs were read") as caught,
        pytest.raises(AudioError, match="b: Bad"),
    ):
        list(source.checked(results))
    assert [str(warning.message) for warning in caught] == [
        "1 of 3 songs were read, but:\n  cut: It is cut off. And more."
    ]
    assert source.errors == {"b": "Bad."}


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are bytes on Linux")
def test_b3_names_that_are_no_utf8_are_shown_escaped(songs):
    name = os.fsdecode(b"caf\xe9.wav")
    source = source_of([name, songs[0]], on_error="warn", song_ids=[name, 1])
    with pytest.warns(UserWarning, match="1 of 2 songs") as caught:
        counts, _ = source.measure()
    assert counts.tolist() == [0, 2]
    assert r"  caf\xe9.wav: There is no such file." in str(caught[0].message)
    str(caught[0].message).encode()  # any terminal can print it
    assert source.errors == {name: "There is no such file."}


def test_advice_fills_while_songs_are_read(tmp_path):
    rng = np.random.default_rng(0)
    paths = [str(tmp_path / f"{i}.wav") for i in range(3)]
    for path in paths:
        soundfile.write(path, 0.1 * rng.normal(size=120), 100)
    source = source_of(paths, song_ids=paths)
    advice = source.advice
    assert advice == []
    source.measure()
    (said,) = advice
    assert said.startswith("3 of 3 songs have one window of 1 s, so votings cannot")
    assert source.take(np.array([0])).advice is advice


def test_a_rate_that_is_certainly_wrong_is_a_warning(tmp_path):
    rng = np.random.default_rng(0)
    paths = [str(tmp_path / f"{i}.wav") for i in range(3)]
    for path in paths:
        soundfile.write(path, 0.1 * rng.normal(size=120), 40)
    source = source_of(paths, song_ids=paths)
    with pytest.warns(UserWarning, match="set sample_rate") as caught:
        source.load()
    assert [str(warning.message) for warning in caught] == [
        "The files are at 40 Hz, read at 100, so above 20 Hz there is nothing in them: "
        "set sample_rate=40."
    ]


def test_a_source_keeps_its_hash_while_it_is_read(songs):
    # The memory of a pipeline knows it by that.
    source = source_of(songs)
    before = joblib.hash(source)
    source.load()
    assert joblib.hash(source) == before
    again = pickle.loads(pickle.dumps(source))
    assert again.errors is again.record.errors
    assert again.advice is again.record.advice
    assert_array_equal(again.load()[2], source.load()[2])
